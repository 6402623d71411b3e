"""What callers said of how they were served, as rows of the database, and what is counted of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant
from acd.ivr_events import SurveyAnswered
from cti import schema
from cti.envelope import Envelope
from cti.rows import storable

MOST_ANSWERS = 500
"""The most answers one page holds."""
MOST_GROUPS = 10_000
"""Questions times agents times queues of one report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRecord:
    """One answer to one question."""

    run: str
    seq: int
    at: Instant
    call_id: CallId
    flow: str
    node: str
    question: str
    grade: int | None
    """None when it was said in words."""
    least: int
    most: int
    comment: str | None
    agent_id: AgentId | None
    """With whom the caller had talked, if with anybody."""
    queue_id: QueueId | None


@dataclass(slots=True, kw_only=True)
class Grades:
    """What is counted of the answers to one question."""

    question: str
    group: str | None
    """The agent or the queue, when they are told apart; None also for callers who talked with nobody."""
    least: int
    most: int
    given: dict[int, int] = field(default_factory=dict)
    """How often each grade was given."""
    comments: int = 0

    @property
    def answers(self) -> int:
        """Grades given."""
        return sum(self.given.values())

    @property
    def mean(self) -> float | None:
        """The mean grade."""
        return sum(grade * n for grade, n in self.given.items()) / self.answers if self.answers else None


_FIELDS = tuple(one.name for one in fields(SurveyRecord))


async def project_surveys(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Keep the answers these envelopes tell of. Where a run of the engine did not know with whom the caller
    had talked, his call's record says it, which must have been brought up to date before.
    """
    told = [envelope for envelope in envelopes if isinstance(envelope.message, SurveyAnswered)]
    if not told:
        return
    names = sorted({str(storable(e.message.call_id)) for e in told})  # type: ignore[union-attr]
    calls = schema.calls
    found = await connection.execute(
        select(calls.c.call_id, calls.c.agent_id, calls.c.queue_id).where(calls.c.call_id.in_(names))
    )
    talked = {row.call_id: row for row in found if row.agent_id is not None}
    rows = []
    for envelope in told:
        event = envelope.message
        assert isinstance(event, SurveyAnswered)
        known = talked.get(str(storable(event.call_id))) if event.agent_id is None else None
        values: dict[str, Any] = {
            "run": envelope.run,
            "seq": envelope.seq,
            "at": envelope.at,
            **{name: getattr(event, name) for name in _FIELDS[3:]},
        }
        if known is not None:
            values |= {"agent_id": known.agent_id, "queue_id": known.queue_id}
        rows.append({name: storable(value) for name, value in values.items()})
    await connection.execute(schema.survey_answers.insert(), rows)


async def grades(
    connection: AsyncConnection,
    since: Instant,
    until: Instant,
    *,
    by: str | None = None,
    queue: QueueId | None = None,
    agent: AgentId | None = None,
) -> list[Grades]:
    """What was said in ``since <= t < until``, by question; ``by`` tells agents (``agent_id``) or queues
    (``queue_id``) apart.
    """
    table = schema.survey_answers
    group = table.c[by] if by is not None else table.c.question
    query = _chosen(
        select(
            table.c.question,
            group.label("group_name"),
            table.c.least,
            table.c.most,
            table.c.grade,
            func.count().label("answers"),
        ),
        since,
        until,
        queue,
        agent,
    )
    columns = (table.c.question, group, table.c.least, table.c.most, table.c.grade)
    query = query.group_by(*dict.fromkeys(columns)).order_by(*dict.fromkeys(columns)).limit(MOST_GROUPS)
    counted: dict[tuple[str, str | None, int, int], Grades] = {}
    for row in await connection.execute(query):
        name = None if by is None else row.group_name
        one = counted.setdefault(
            (row.question, name, row.least, row.most),
            Grades(question=row.question, group=name, least=row.least, most=row.most),
        )
        if row.grade is None:
            one.comments += int(row.answers)
        else:
            one.given[int(row.grade)] = int(row.answers)
    return sorted(counted.values(), key=lambda one: (one.question, one.group or "", one.least, one.most))


async def answers(
    connection: AsyncConnection,
    since: Instant,
    until: Instant,
    limit: int,
    *,
    queue: QueueId | None = None,
    agent: AgentId | None = None,
    question: str | None = None,
    call: CallId | None = None,
    after: tuple[Instant, str, int] | None = None,
) -> list[SurveyRecord]:
    """The answers behind a figure, earliest first, at most :data:`MOST_ANSWERS`.

    ``after`` is ``(at, run, seq)`` of the last answer of the page before.
    """
    table = schema.survey_answers
    query = _chosen(select(table), since, until, queue, agent)
    query = query.order_by(table.c.at, table.c.run, table.c.seq)
    if question is not None:
        query = query.where(table.c.question == storable(question))
    if call is not None:
        query = query.where(table.c.call_id == storable(call))
    if after is not None:
        place = tuple_(table.c.at, table.c.run, table.c.seq)
        query = query.where(place > (after[0], storable(after[1]), after[2]))
    rows = await connection.execute(query.limit(max(0, min(limit, MOST_ANSWERS))))
    return [survey_record(row) for row in rows]


def survey_record(row: Row[Any]) -> SurveyRecord:
    """The record in a row of ``survey_answers``."""
    return SurveyRecord(**row._mapping)


def _chosen(
    query: Select[Any], since: Instant, until: Instant, queue: QueueId | None, agent: AgentId | None
) -> Select[Any]:
    table = schema.survey_answers
    query = query.where(table.c.at >= since, table.c.at < until)
    if queue is not None:
        query = query.where(table.c.queue_id == storable(queue))
    if agent is not None:
        query = query.where(table.c.agent_id == storable(agent))
    return query
