"""Figures of the past, counted by the database from visits and spells; each can be traced to its calls."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.agent import AgentState
from acd.exits import QueueExit
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span
from acd.service_level import Answers
from cti import schema
from cti.rows import storable
from cti.visit_rows import visit_record
from cti.visits import VisitRecord

MOST_PERIODS = 3_000
"""Periods of one report: two months in half-hours."""
MOST_VISITS = 500
"""The most visits one page holds."""

STAFFED = frozenset(AgentState) - {AgentState.LOGGED_OUT}
OCCUPIED = frozenset({AgentState.OFFERED, AgentState.TALKING, AgentState.WRAPPING_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a queue's rules say about counting, today: the past is counted by them too, so that periods
    before and after a change can be compared."""

    within: Span
    short: Span


@dataclass(slots=True, kw_only=True)
class Counts:
    """What is counted of the visits that began in one period, or in several. Spans are sums."""

    exits: dict[QueueExit, int] = field(default_factory=dict)
    still_here: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    abandoned_short: int = 0
    waited_answered: Span = Span(0)
    longest_waited: Span = Span(0)
    talked: Span = Span(0)
    finished: int = 0
    wrapped: Span = Span(0)
    wrap_ups: int = 0

    @property
    def offered(self) -> int:
        """Everybody who knocked."""
        return sum(self.exits.values()) + self.still_here

    @property
    def answers(self) -> Answers:
        """What service levels are computed from."""
        return Answers(
            answered=self.exits.get(QueueExit.ANSWERED, 0),
            answered_within=self.answered_within,
            abandoned=self.exits.get(QueueExit.ABANDONED, 0),
            abandoned_within=self.abandoned_within,
            abandoned_short=self.abandoned_short,
        )

    def add(self, other: "Counts") -> None:
        """Count another period's visits too."""
        for exit_, visits in other.exits.items():
            self.exits[exit_] = self.exits.get(exit_, 0) + visits
        self.still_here += other.still_here
        self.answered_within += other.answered_within
        self.abandoned_within += other.abandoned_within
        self.abandoned_short += other.abandoned_short
        self.waited_answered = Span(self.waited_answered + other.waited_answered)
        self.longest_waited = max(self.longest_waited, other.longest_waited)
        self.talked = Span(self.talked + other.talked)
        self.finished += other.finished
        self.wrapped = Span(self.wrapped + other.wrapped)
        self.wrap_ups += other.wrap_ups


@dataclass(slots=True, kw_only=True)
class AgentCounts:
    """How an agent spent a span of time, and the calls he took in it."""

    agent_id: AgentId
    spent: dict[AgentState, Span] = field(default_factory=dict)
    not_ready: dict[str, Span] = field(default_factory=dict)
    """By reason."""
    answered: int = 0
    talked: Span = Span(0)
    wrapped: Span = Span(0)

    @property
    def staffed(self) -> Span:
        """Logged in, whatever he did."""
        return Span(sum(span for state, span in self.spent.items() if state in STAFFED))

    @property
    def occupancy(self) -> float | None:
        """(ringing + talking + wrap-up) / logged in; None for who was never logged in."""
        occupied = sum(span for state, span in self.spent.items() if state in OCCUPIED)
        return occupied / self.staffed if self.staffed else None


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _total(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


async def queues_visited(connection: AsyncConnection, since: Instant, until: Instant) -> list[QueueId]:
    """Queues that anybody came to in ``since <= t < until``, by name."""
    table = schema.visits
    query = (
        select(table.c.queue_id)
        .where(table.c.began_at >= since, table.c.began_at < until)
        .distinct()
        .order_by(table.c.queue_id)
    )
    return [QueueId(queue_id) for queue_id in (await connection.execute(query)).scalars()]


async def queue_periods(
    connection: AsyncConnection,
    queue: QueueId,
    since: Instant,
    until: Instant,
    period: Span,
    thresholds: Thresholds,
) -> dict[int, Counts]:
    """Counts of the periods since ``since`` in which anybody came to the queue, by their number from 0."""
    table = schema.visits
    number = ((table.c.began_at - since) // literal(period)).label("number")
    answered, abandoned = table.c.exit == QueueExit.ANSWERED.value, table.c.exit == QueueExit.ABANDONED.value
    within = table.c.waited_us <= thresholds.within
    query = (
        select(
            number,
            table.c.exit,
            func.count().label("visits"),
            _count_if(and_(answered, within)).label("answered_within"),
            _count_if(and_(abandoned, within)).label("abandoned_within"),
            _count_if(and_(abandoned, table.c.waited_us <= thresholds.short)).label("abandoned_short"),
            _total(case((answered, table.c.waited_us), else_=0)).label("waited_answered"),
            func.coalesce(func.max(table.c.waited_us), 0).label("longest_waited"),
            _total(table.c.talked_us).label("talked"),
            func.count(table.c.talked_us).label("finished"),
            _total(table.c.wrapped_us).label("wrapped"),
            func.count(table.c.wrapped_us).label("wrap_ups"),
        )
        .where(table.c.queue_id == storable(queue), table.c.began_at >= since, table.c.began_at < until)
        .group_by(number, table.c.exit)
    )
    periods: dict[int, Counts] = {}
    for row in await connection.execute(query):
        one = Counts(
            exits={} if row.exit is None else {QueueExit(row.exit): int(row.visits)},
            still_here=int(row.visits) if row.exit is None else 0,
            answered_within=int(row.answered_within),
            abandoned_within=int(row.abandoned_within),
            abandoned_short=int(row.abandoned_short),
            waited_answered=Span(int(row.waited_answered)),
            longest_waited=Span(int(row.longest_waited)),
            talked=Span(int(row.talked)),
            finished=int(row.finished),
            wrapped=Span(int(row.wrapped)),
            wrap_ups=int(row.wrap_ups),
        )
        periods.setdefault(int(row.number), Counts()).add(one)
    return dict(sorted(periods.items()))


async def agent_counts(connection: AsyncConnection, since: Instant, until: Instant) -> list[AgentCounts]:
    """What agents did in ``since <= t < until``, by name; who was logged out all the time is left out.

    A call counts for the agent in the span in which he took it.
    """
    agents: dict[str, AgentCounts] = {}
    spells = schema.spells
    begin = case((spells.c.since < since, since), else_=spells.c.since)
    end = case((or_(spells.c.until.is_(None), spells.c.until > until), until), else_=spells.c.until)
    spent = (
        select(spells.c.agent_id, spells.c.state, spells.c.reason, _total(end - begin).label("spent"))
        .where(spells.c.since < until, or_(spells.c.until.is_(None), spells.c.until > since))
        .group_by(spells.c.agent_id, spells.c.state, spells.c.reason)
    )
    for row in await connection.execute(spent):
        one = agents.setdefault(row.agent_id, AgentCounts(agent_id=AgentId(row.agent_id)))
        state = AgentState(row.state)
        one.spent[state] = Span(one.spent.get(state, 0) + int(row.spent))
        if row.reason is not None:
            one.not_ready[row.reason] = Span(int(row.spent))
    visits = schema.visits
    taken = (
        select(
            visits.c.agent_id,
            func.count().label("answered"),
            _total(visits.c.talked_us).label("talked"),
            _total(visits.c.wrapped_us).label("wrapped"),
        )
        .where(visits.c.agent_id.is_not(None), visits.c.ended_at >= since, visits.c.ended_at < until)
        .group_by(visits.c.agent_id)
    )
    for row in await connection.execute(taken):
        one = agents.setdefault(row.agent_id, AgentCounts(agent_id=AgentId(row.agent_id)))
        one.answered = int(row.answered)
        one.talked, one.wrapped = Span(int(row.talked)), Span(int(row.wrapped))
    return [agents[name] for name in sorted(agents) if agents[name].staffed or agents[name].answered]


async def visits(
    connection: AsyncConnection,
    since: Instant,
    until: Instant,
    limit: int,
    *,
    queue: QueueId | None = None,
    exit_: QueueExit | None = None,
    agent: AgentId | None = None,
    after: tuple[Instant, str, int] | None = None,
) -> list[VisitRecord]:
    """The visits behind a figure, earliest first, at most :data:`MOST_VISITS`.

    ``after`` is ``(began_at, run, seq)`` of the last visit of the page before.
    """
    table = schema.visits
    place = tuple_(table.c.began_at, table.c.run, table.c.seq)
    query = (
        select(table)
        .where(table.c.began_at >= since, table.c.began_at < until)
        .order_by(table.c.began_at, table.c.run, table.c.seq)
    )
    if queue is not None:
        query = query.where(table.c.queue_id == storable(queue))
    if exit_ is not None:
        query = query.where(table.c.exit == exit_.value)
    if agent is not None:
        query = query.where(table.c.agent_id == storable(agent))
    if after is not None:
        query = query.where(place > (after[0], storable(after[1]), after[2]))
    rows = await connection.execute(query.limit(max(0, min(limit, MOST_VISITS))))
    return [visit_record(row) for row in rows]
