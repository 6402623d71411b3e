"""Figures of campaigns, counted by the database from attempts; each can be traced to its attempts."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, case, func, not_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.agent import AgentState
from acd.instant import Instant, Span
from cti import schema
from cti.attempt_rows import attempt_record
from cti.attempts import AttemptRecord
from cti.rows import storable
from dialer.attempt import NOT_DIALLED, AttemptOutcome
from dialer.ids import AttemptId, CampaignId

MOST_ATTEMPTS = 500
"""The most attempts one page holds."""
MOST_GROUPS = 1_000
"""The most lines of one report; of more numbers, those dialled most often."""

AT_WORK = (AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAPPING_UP)

_TABLE = schema.campaign_attempts

IN_LEDGER = and_(_TABLE.c.counted_at.is_not(None), _TABLE.c.taken_back_at.is_(None))
"""Attempts in the ledger of live answers."""


class By(StrEnum):
    """What a report tells apart."""

    LIST = "list"
    HOUR = "hour"
    """Of the day of the called, by the clock there."""
    NUMBER = "number"
    OUTCOME = "outcome"
    AGENT = "agent"
    """Who talked."""
    DISPOSITION = "disposition"


_KEYS: dict[By, Column[Any]] = {
    By.LIST: _TABLE.c.list_id,
    By.HOUR: _TABLE.c.local_hour,
    By.NUMBER: _TABLE.c.number,
    By.OUTCOME: _TABLE.c.outcome,
    By.AGENT: _TABLE.c.agent_id,
    By.DISPOSITION: _TABLE.c.disposition,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Attempts of one campaign that were placed in ``since <= t < until``; None leaves no attempt out."""

    campaign_id: CampaignId
    since: Instant
    until: Instant
    list_id: str | None = None
    hour: int | None = None
    number: str | None = None
    outcome: str | None = None
    agent_id: str | None = None
    disposition: str | None = None
    lead_id: str | None = None
    live: bool | None = None
    counted: bool | None = None
    """Whether it is in the ledger of live answers."""
    abandoned: bool | None = None
    success: bool | None = None
    opted_out: bool | None = None


@dataclass(slots=True, kw_only=True)
class AttemptCounts:
    """What is counted of some attempts. Spans are sums, but for the longest."""

    outcomes: dict[str, int] = field(default_factory=dict)
    """Of those that are over and were dialled."""
    refused: int = 0
    """The gate, or the PBX, let nothing out: they are no attempts."""
    running: int = 0
    """Without an end yet."""
    live: int = 0
    """A person answered."""
    counted: int = 0
    """In the ledger of live answers ..."""
    abandoned: int = 0
    """... and of these, nobody was there in time."""
    connected: int = 0
    """An agent talked with him."""
    connected_after: Span = Span(0)
    longest_connected_after: Span = Span(0)
    talked: Span = Span(0)
    successes: int = 0
    disposed: int = 0
    opted_out: int = 0

    @property
    def dialled(self) -> int:
        """Everybody whose telephone was dialled."""
        return sum(self.outcomes.values()) + self.running

    def of(self, *outcomes: AttemptOutcome) -> int:
        """Those that ended so."""
        return sum(self.outcomes.get(outcome.value, 0) for outcome in outcomes)

    def add(self, other: "AttemptCounts") -> None:
        """Count others too."""
        for outcome, attempts in other.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + attempts
        self.longest_connected_after = max(self.longest_connected_after, other.longest_connected_after)
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_SUMS = tuple(
    one.name for one in fields(AttemptCounts) if one.name not in ("outcomes", "longest_connected_after")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHours:
    """The time of the agents who talked for a campaign."""

    agents: int
    at_work: Span
    """Ready, ringing, talking or wrapping up, for whatever, between its first and its last attempt."""


def _that(which: Which) -> Iterator[ColumnElement[bool]]:
    c = _TABLE.c
    yield c.campaign_id == storable(which.campaign_id)
    yield c.placed_at >= which.since
    yield c.placed_at < which.until
    for column, wanted in (
        (c.list_id, which.list_id),
        (c.local_hour, which.hour),
        (c.number, which.number),
        (c.outcome, which.outcome),
        (c.agent_id, which.agent_id),
        (c.disposition, which.disposition),
        (c.lead_id, which.lead_id),
    ):
        if wanted is not None:
            yield column == storable(wanted)
    for truth, asked in ((c.live, which.live), (c.abandoned, which.abandoned), (c.success, which.success)):
        if asked is not None:
            yield truth.is_(True) if asked else or_(truth.is_(None), truth.is_(False))
    if which.counted is not None:
        yield IN_LEDGER if which.counted else not_(IN_LEDGER)
    if which.opted_out is not None:
        yield c.opted_out_at.is_not(None) if which.opted_out else c.opted_out_at.is_(None)


async def counts(connection: AsyncConnection, which: Which, by: By) -> dict[str | int | None, AttemptCounts]:
    """What is counted of these, told apart; None stands for those of which it is not known. Of more than
    :data:`MOST_GROUPS` groups, those with most attempts; by the group's name."""
    key = _KEYS[by].label("key")
    groups = None
    if by is By.NUMBER:
        most = (
            select(_TABLE.c.number)
            .where(*_that(which))
            .group_by(_TABLE.c.number)
            .order_by(func.count().desc(), _TABLE.c.number)
            .limit(MOST_GROUPS)
        )
        groups = _TABLE.c.number.in_(most)
    found: dict[str | int | None, AttemptCounts] = {}
    query = select(key, _TABLE.c.outcome, *_COUNTED).where(*_that(which)).group_by(key, _TABLE.c.outcome)
    for row in await connection.execute(query if groups is None else query.where(groups)):
        found.setdefault(row.key, AttemptCounts()).add(_counted(row))
    named = [name for name in found if name is not None]
    ordered: list[str | int | None] = [*sorted(named), *([None] if None in found else [])]
    return {name: found[name] for name in ordered}


async def total(connection: AsyncConnection, which: Which) -> AttemptCounts:
    """What is counted of all of these together."""
    everything = AttemptCounts()
    for one in (await counts(connection, which, By.OUTCOME)).values():
        everything.add(one)
    return everything


def _sum_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _sum(column: Column[Any]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


_COUNTED = (
    func.count().label("attempts"),
    _sum_if(_TABLE.c.live.is_(True)).label("live"),
    _sum_if(IN_LEDGER).label("counted"),
    _sum_if(and_(IN_LEDGER, _TABLE.c.abandoned.is_(True))).label("abandoned"),
    func.count(_TABLE.c.connected_at).label("connected"),
    _sum(_TABLE.c.connected_after_us).label("connected_after"),
    func.coalesce(func.max(_TABLE.c.connected_after_us), 0).label("longest_connected_after"),
    _sum(_TABLE.c.talked_us).label("talked"),
    _sum_if(_TABLE.c.success.is_(True)).label("successes"),
    func.count(_TABLE.c.disposed_at).label("disposed"),
    func.count(_TABLE.c.opted_out_at).label("opted_out"),
)


def _counted(row: Any) -> AttemptCounts:
    counted = AttemptCounts(longest_connected_after=Span(int(row.longest_connected_after)))
    for name in _SUMS:
        if name not in ("refused", "running"):
            setattr(counted, name, int(getattr(row, name)))
    match row.outcome:
        case None:
            counted.running = int(row.attempts)
        case outcome if outcome == NOT_DIALLED:
            counted.refused = int(row.attempts)
        case outcome:
            counted.outcomes[outcome] = int(row.attempts)
    return counted


async def attempts(
    connection: AsyncConnection,
    which: Which,
    limit: int,
    after: tuple[Instant, AttemptId] | None = None,
) -> list[AttemptRecord]:
    """The attempts behind a figure, earliest first, at most :data:`MOST_ATTEMPTS`. ``after`` names the last
    one of the page before."""
    query = select(_TABLE).where(*_that(which)).order_by(_TABLE.c.placed_at, _TABLE.c.attempt_id)
    if after is not None:
        query = query.where(tuple_(_TABLE.c.placed_at, _TABLE.c.attempt_id) > (after[0], storable(after[1])))
    rows = await connection.execute(query.limit(max(0, min(limit, MOST_ATTEMPTS))))
    return [attempt_record(row) for row in rows]


async def agent_hours(connection: AsyncConnection, which: Which) -> AgentHours:
    """The time of the agents who talked in these. What an agent does for others meanwhile counts too."""
    begin = select(func.min(_TABLE.c.placed_at), func.max(_TABLE.c.ended_at)).where(*_that(which))
    first, last = (await connection.execute(begin)).one()
    who = select(_TABLE.c.agent_id).where(*_that(which), _TABLE.c.connected_at.is_not(None)).distinct()
    agents = [*(await connection.execute(who)).scalars()]
    if first is None or last is None or not agents:
        return AgentHours(agents=len(agents), at_work=Span(0))
    spells = schema.spells
    begins = case((spells.c.since < first, first), else_=spells.c.since)
    ends = case((or_(spells.c.until.is_(None), spells.c.until > last), last), else_=spells.c.until)
    query = select(func.coalesce(func.sum(ends - begins), 0)).where(
        spells.c.agent_id.in_(who),
        spells.c.state.in_([state.value for state in AT_WORK]),
        spells.c.since < last,
        or_(spells.c.until.is_(None), spells.c.until > first),
    )
    at_work = int((await connection.execute(query)).scalar_one())
    return AgentHours(agents=len(agents), at_work=Span(at_work))
