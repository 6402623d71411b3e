"""What callers did in flows, counted by the database from stays and visits; each figure leads to its calls.

A call counts, with everything it did in flows, in the span in which it first came to one. So every figure of
a span is about the same calls, and they add up: to a node come as many as begin there and as are led there.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.call import Outcome
from acd.instant import Instant, Span
from acd.ivr_exits import IvrExit
from cti import schema
from cti.ivr_path import NO_KEY, NodeVisitRecord, StayRecord
from cti.ivr_rows import node_visit_record, stay_record
from cti.rows import storable

MOST_ROWS = 500
"""The most stays or visits one page holds."""
KEYS = "0123456789*#"
CONTAINED = Outcome.SERVED_IN_IVR
"""How a call ends that was contained: its flow served it, and nobody else had to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which calls are counted: those that first came to a flow in ``since <= t < until``."""

    since: Instant
    until: Instant
    flow: str | None = None
    """Only stays in this flow."""
    version: int | None = None
    """Only stays in flows of this published version."""

    def among(self, table: Table, flow: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether a row of ``table``, whose stay's flow is ``flow``, is counted."""
        wanted = [table.c.counted_at >= self.since, table.c.counted_at < self.until]
        if self.flow is not None:
            wanted.append(flow == storable(self.flow))
        if self.version is not None:
            wanted.append(table.c.flow_version == storable(self.version))
        return and_(*wanted)


@dataclass(frozen=True, slots=True, order=True)
class NodeName:
    """A node, with the flow it is in."""

    flow: str
    node: str


@dataclass(slots=True, kw_only=True)
class CallCounts:
    """Calls that came to a flow, by how they ended."""

    outcomes: dict[Outcome, int] = field(default_factory=dict)
    live: int = 0
    """Calls that are not over."""

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(self.outcomes.values()) + self.live

    @property
    def containment(self) -> float | None:
        """Calls that were served in the IVR / calls that are over; None while none is."""
        over = sum(self.outcomes.values())
        return self.outcomes.get(CONTAINED, 0) / over if over else None


@dataclass(slots=True, kw_only=True)
class NodeCounts:
    """What callers did at one node."""

    name: NodeName
    kind: str
    begins: int = 0
    """Visits a stay began with."""
    exits: dict[IvrExit, int] = field(default_factory=dict)
    """Visits a stay ended with."""
    leads_to: dict[NodeName, int] = field(default_factory=dict)
    """Visits from which callers went on, by where."""
    still_here: int = 0
    spent: Span = Span(0)
    timed: int = 0
    """Visits of which it is known how long they took; ``spent`` is their sum."""
    answers: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    """Visits at which the node learned something, by the deciding key and what came of it."""
    wrong_keys: dict[str, int] = field(default_factory=dict)
    """Tries before the last, by key; ``-`` is silence, or more than one key."""

    @property
    def visits(self) -> int:
        """All of them."""
        return sum(self.exits.values()) + sum(self.leads_to.values()) + self.still_here

    @property
    def dropped(self) -> int:
        """Visits at which the caller hung up."""
        return self.exits.get(IvrExit.HUNG_UP, 0)


@dataclass(slots=True, kw_only=True)
class FlowCounts:
    """What callers did in one flow."""

    flow: str
    exits: dict[IvrExit, int] = field(default_factory=dict)
    still_here: int = 0
    spent: Span = Span(0)
    timed: int = 0
    """Stays of which it is known how long they took; ``spent`` is their sum."""
    calls: CallCounts = field(default_factory=CallCounts)
    nodes: dict[NodeName, NodeCounts] = field(default_factory=dict)

    @property
    def stays(self) -> int:
        """All of them."""
        return sum(self.exits.values()) + self.still_here


def _total(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


async def all_calls(connection: AsyncConnection, which: Which) -> CallCounts:
    """The calls that came to any of the flows, each once."""
    stays, calls = schema.ivr_stays, schema.calls
    counted = select(stays.c.call_id).where(which.among(stays, stays.c.flow)).distinct().subquery("counted")
    query = (
        select(calls.c.outcome, func.count().label("calls"))
        .select_from(counted.outerjoin(calls, calls.c.call_id == counted.c.call_id))
        .group_by(calls.c.outcome)
    )
    counts = CallCounts()
    for row in await connection.execute(query):
        _add_calls(counts, row.outcome, int(row.calls))
    return counts


def _add_calls(counts: CallCounts, outcome: str | None, calls: int) -> None:
    if outcome is None:
        counts.live += calls
    else:
        counts.outcomes[Outcome(outcome)] = calls


async def flows(connection: AsyncConnection, which: Which) -> list[FlowCounts]:
    """What callers did, flow by flow, in the order of their names."""
    found: dict[str, FlowCounts] = {}
    await _count_stays(connection, which, found)
    await _count_calls(connection, which, found)
    await _count_visits(connection, which, found)
    await _count_answers(connection, which, found)
    await _count_tries(connection, which, found)
    return [found[name] for name in sorted(found)]


async def _count_stays(connection: AsyncConnection, which: Which, found: dict[str, FlowCounts]) -> None:
    table = schema.ivr_stays
    query = (
        select(
            table.c.flow,
            table.c.exit,
            func.count().label("stays"),
            _total(table.c.spent_us).label("spent"),
            func.count(table.c.spent_us).label("timed"),
        )
        .where(which.among(table, table.c.flow))
        .group_by(table.c.flow, table.c.exit)
    )
    for row in await connection.execute(query):
        one = found.setdefault(row.flow, FlowCounts(flow=row.flow))
        one.spent, one.timed = Span(one.spent + int(row.spent)), one.timed + int(row.timed)
        if row.exit is None:
            one.still_here = int(row.stays)
        else:
            one.exits[IvrExit(row.exit)] = int(row.stays)


async def _count_calls(connection: AsyncConnection, which: Which, found: dict[str, FlowCounts]) -> None:
    stays, calls = schema.ivr_stays, schema.calls
    query = (
        select(stays.c.flow, calls.c.outcome, func.count(stays.c.call_id.distinct()).label("calls"))
        .select_from(stays.outerjoin(calls, calls.c.call_id == stays.c.call_id))
        .where(which.among(stays, stays.c.flow))
        .group_by(stays.c.flow, calls.c.outcome)
    )
    for row in await connection.execute(query):
        _add_calls(found[row.flow].calls, row.outcome, int(row.calls))


async def _count_visits(connection: AsyncConnection, which: Which, found: dict[str, FlowCounts]) -> None:
    table = schema.ivr_visits
    grouped = (
        table.c.stay_flow,
        table.c.flow,
        table.c.node,
        table.c.kind,
        table.c.next_flow,
        table.c.next_node,
        table.c.exit,
    )
    query = (
        select(
            *grouped,
            func.count().label("visits"),
            func.sum(case((table.c.first, 1), else_=0)).label("begins"),
            _total(table.c.spent_us).label("spent"),
            func.count(table.c.spent_us).label("timed"),
        )
        .where(which.among(table, table.c.stay_flow))
        .group_by(*grouped)
        .order_by(*grouped)
    )
    for row in await connection.execute(query):
        name, visits = NodeName(row.flow, row.node), int(row.visits)
        one = found[row.stay_flow].nodes.setdefault(name, NodeCounts(name=name, kind=row.kind))
        one.begins += int(row.begins)
        one.spent, one.timed = Span(one.spent + int(row.spent)), one.timed + int(row.timed)
        if row.next_node is not None:
            to = NodeName(row.next_flow, row.next_node)
            one.leads_to[to] = one.leads_to.get(to, 0) + visits
        elif row.exit is not None:
            exit_ = IvrExit(row.exit)
            one.exits[exit_] = one.exits.get(exit_, 0) + visits
        else:
            one.still_here += visits


async def _count_answers(connection: AsyncConnection, which: Which, found: dict[str, FlowCounts]) -> None:
    table = schema.ivr_visits
    grouped = table.c.stay_flow, table.c.flow, table.c.node, table.c.key, table.c.result
    query = (
        select(*grouped, func.count().label("visits"))
        .where(which.among(table, table.c.stay_flow), table.c.tries > 0)
        .group_by(*grouped)
    )
    for row in await connection.execute(query):
        one = found[row.stay_flow].nodes[NodeName(row.flow, row.node)]
        one.answers[row.key, row.result] = int(row.visits)


async def _count_tries(connection: AsyncConnection, which: Which, found: dict[str, FlowCounts]) -> None:
    table = schema.ivr_visits
    tried = table.c.tried
    grouped = table.c.stay_flow, table.c.flow, table.c.node
    each = {
        key: func.sum(func.length(tried) - func.length(func.replace(tried, key, ""))) for key in KEYS + NO_KEY
    }
    query = (
        select(*grouped, *(count.label(f"key_{key}") for key, count in each.items()))
        .where(which.among(table, table.c.stay_flow), tried != "")
        .group_by(*grouped)
    )
    for row in await connection.execute(query):
        one = found[row.stay_flow].nodes[NodeName(row.flow, row.node)]
        counts = {key: int(row._mapping[f"key_{key}"]) for key in each}
        one.wrong_keys = {key: count for key, count in counts.items() if count}


async def stays(
    connection: AsyncConnection,
    which: Which,
    limit: int,
    *,
    exit_: IvrExit | None = None,
    outcome: Outcome | None = None,
    after: tuple[Instant, str, int] | None = None,
) -> list[StayRecord]:
    """The stays behind a figure, earliest first, at most :data:`MOST_ROWS`. ``outcome`` is their calls'.

    ``after`` is ``(began_at, run, seq)`` of the last stay of the page before.
    """
    table, calls = schema.ivr_stays, schema.calls
    query = select(table).where(which.among(table, table.c.flow))
    if exit_ is not None:
        query = query.where(table.c.exit == exit_.value)
    if outcome is not None:
        query = query.where(
            table.c.call_id.in_(select(calls.c.call_id).where(calls.c.outcome == outcome.value))
        )
    place = table.c.began_at, table.c.run, table.c.seq
    if after is not None:
        query = query.where(tuple_(*place) > (after[0], storable(after[1]), after[2]))
    rows = await connection.execute(query.order_by(*place).limit(max(0, min(limit, MOST_ROWS))))
    return [stay_record(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtNode:
    """Which visits are meant; None: any."""

    name: NodeName | None = None
    next: NodeName | None = None
    """Those from which the caller went on there."""
    exit: IvrExit | None = None
    """Those with which a stay ended so."""
    key: str | None = None
    """Those decided by this key; ``-``: those at which something was asked and no single key decided."""
    result: str | None = None


async def node_visits(
    connection: AsyncConnection,
    which: Which,
    limit: int,
    at: AtNode,
    after: tuple[Instant, str, int] | None = None,
) -> list[NodeVisitRecord]:
    """The visits to nodes behind a figure, earliest first, at most :data:`MOST_ROWS`.

    ``after`` is ``(entered_at, run, seq)`` of the last visit of the page before.
    """
    table = schema.ivr_visits
    query = select(table).where(which.among(table, table.c.stay_flow))
    if at.name is not None:
        query = query.where(table.c.flow == storable(at.name.flow), table.c.node == storable(at.name.node))
    if at.next is not None:
        query = query.where(
            table.c.next_flow == storable(at.next.flow), table.c.next_node == storable(at.next.node)
        )
    if at.exit is not None:
        query = query.where(table.c.exit == at.exit.value)
    if at.key == NO_KEY:
        query = query.where(table.c.key.is_(None), table.c.tries > 0)
    elif at.key is not None:
        query = query.where(table.c.key == storable(at.key))
    if at.result is not None:
        query = query.where(table.c.result == storable(at.result))
    place = table.c.entered_at, table.c.run, table.c.seq
    if after is not None:
        query = query.where(tuple_(*place) > (after[0], storable(after[1]), after[2]))
    rows = await connection.execute(query.order_by(*place).limit(max(0, min(limit, MOST_ROWS))))
    return [node_visit_record(row) for row in rows]
