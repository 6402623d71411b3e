"""Reports count what happened, in SQLite and in a real PostgreSQL alike: the books agree with the floor."""

from collections import Counter

import pytest

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.call import CallClass, Outcome
from acd.call_events import CallConnected, CallEnded
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, seconds
from acd.orders import Order
from acd.queue_events import CallLeftQueue, CallQueued
from cti import report_queries
from cti.envelope import Envelope
from cti.journal import Position
from cti.report_queries import Counts, Thresholds
from cti.store import Store
from tests.bad_day import BadDay

SECOND = 1_000_000
SALES = QueueId("sales")
ANA = AgentId("ana")
EVER = Instant(2**53)
STRICT = Thresholds(within=seconds(20), short=seconds(5))


def told_by(day: BadDay) -> list[Envelope]:
    """Everything the floor said on a bad day, as the journal would bring it."""
    return [
        Envelope(run="day", seq=seq, at=said.at, cause=None, message=said.output)
        for seq, said in enumerate(day.world.heard, start=1)
        if not isinstance(said.output, Order)
    ]


async def total_of(store: Store, queue: QueueId, period: Span = seconds(1800)) -> Counts:
    async with store.reading() as connection:
        periods = await report_queries.queue_periods(connection, queue, Instant(0), EVER, period, STRICT)
    total = Counts()
    for counts in periods.values():
        total.add(counts)
    return total


@pytest.mark.parametrize("seed", range(3))
async def test_after_a_bad_day_the_books_agree_with_the_floor(store: Store, seed: int) -> None:
    day = BadDay(seed).lived()
    envelopes = told_by(day)
    for first in range(0, len(envelopes), 37):
        batch = envelopes[max(0, first - 5) : first + 37]  # each brings some of the one before again
        await store.write(batch, Position("day-1.jsonl", first))
    for queue_id, stats in day.world.floor.tables.stats.items():
        counted = await total_of(store, queue_id)
        here = len(day.world.floor.tables.in_queue[queue_id])
        assert (counted.offered, counted.still_here) == (stats.offered, here)
        assert counted.exits == {exit_: n for exit_, n in stats.exits.items() if n}
        assert counted.finished <= stats.finished  # who was cut off and waited again has one talk booked
        assert counted.longest_waited == stats.longest_waited
        assert counted.wrapped == stats.wrapped
    async with store.reading() as connection:
        for agent in await report_queries.agent_counts(connection, Instant(0), day.world.now):
            assert agent.staffed == sum(
                agent.spent.get(state, 0) for state in AgentState if state is not AgentState.LOGGED_OUT
            )
            assert 0 <= (agent.occupancy or 0) <= 1


class Book:
    """Writes events down, at seconds given."""

    def __init__(self, run: str = "run1") -> None:
        self.run, self.envelopes = run, list[Envelope]()

    def at(self, secs: float, *events: object) -> "Book":
        for event in events:
            self.envelopes.append(
                Envelope(
                    run=self.run,
                    seq=len(self.envelopes) + 1,
                    at=Instant(round(secs * SECOND)),
                    cause=None,
                    message=event,  # type: ignore[arg-type]
                )
            )
        return self

    def queues(self, secs: float, call: str, since: float | None = None) -> "Book":
        began = Instant(round((secs if since is None else since) * SECOND))
        return self.at(
            secs,
            CallQueued(
                call_id=CallId(call), queue_id=SALES, call_class=CallClass.NORMAL, queued_at=began, position=1
            ),
        )

    def leaves(self, secs: float, call: str, exit_: QueueExit, waited: float | None) -> "Book":
        span = None if waited is None else seconds(waited)
        return self.at(secs, CallLeftQueue(call_id=CallId(call), queue_id=SALES, exit=exit_, waited=span))

    def moves(self, secs: float, now: AgentState) -> "Book":
        was = AgentState.LOGGED_OUT
        return self.at(
            secs, AgentStateChanged(agent_id=ANA, was=was, now=now, reason=None, because=Because.ASKED)
        )

    def connects(self, secs: float, call: str, waited: float) -> "Book":
        self.leaves(secs, call, QueueExit.ANSWERED, waited)
        return self.at(
            secs,
            CallConnected(call_id=CallId(call), agent_id=ANA, queue_id=SALES, waited=seconds(waited)),
        )

    def ends(self, secs: float, call: str, talked: float | None) -> "Book":
        return self.at(
            secs,
            CallEnded(
                call_id=CallId(call),
                queue_id=SALES,
                agent_id=ANA,
                outcome=Outcome.ANSWERED if talked is not None else Outcome.ABANDONED,
                talked=None if talked is None else seconds(talked),
            ),
        )


async def test_a_visit_counts_in_the_period_in_which_it_began(store: Store) -> None:
    book = Book().queues(100, "c1").queues(1790, "c2").queues(1801, "c3")
    book.connects(110, "c1", 10).ends(170, "c1", 60)
    book.leaves(1815, "c2", QueueExit.ABANDONED, 25).leaves(1803, "c3", QueueExit.ABANDONED, 2)
    book.leaves(1900, "c4", QueueExit.FULL, None)
    await store.write(book.envelopes, Position("s", 1))
    async with store.reading() as connection:
        periods = await report_queries.queue_periods(
            connection, SALES, Instant(0), EVER, seconds(1800), STRICT
        )
    first, second = periods[0], periods[1]
    assert list(periods) == [0, 1]
    assert (first.offered, first.exits) == (2, {QueueExit.ANSWERED: 1, QueueExit.ABANDONED: 1})
    assert (first.answered_within, first.abandoned_within, first.abandoned_short) == (1, 0, 0)
    assert (first.talked, first.waited_answered, first.longest_waited) == (
        seconds(60),
        seconds(10),
        seconds(25),
    )
    assert (second.offered, second.exits) == (2, {QueueExit.ABANDONED: 1, QueueExit.FULL: 1})
    assert (second.abandoned_within, second.abandoned_short) == (1, 1)


async def test_a_restart_neither_doubles_a_visit_nor_loses_its_end(store: Store) -> None:
    before = Book().queues(10, "waits").queues(11, "gone").queues(12, "talks").connects(20, "talks", 8)
    await store.write(before.envelopes, Position("s", 1))
    await store.close_orphans({CallId("waits"), CallId("talks")}, Instant(60 * SECOND))
    again = Book("run2").queues(61, "waits", since=10)
    again.at(61, CallConnected(call_id=CallId("talks"), agent_id=ANA, queue_id=None, waited=Span(0)))
    again.connects(70, "waits", 60).ends(80, "talks", 19)
    await store.write(again.envelopes, Position("s", 2))
    total = await total_of(store, SALES)
    assert total.exits == {QueueExit.ANSWERED: 2, QueueExit.LOST: 1}
    assert (total.offered, total.still_here, total.finished) == (3, 0, 1)
    assert total.talked == seconds(60)  # from where the first run saw it begin


async def test_nobody_is_thought_ready_all_night_while_the_engine_was_away(store: Store) -> None:
    before = Book().moves(0, AgentState.READY).moves(100, AgentState.TALKING).moves(160, AgentState.READY)
    before.queues(200, "c1")  # the last thing that was told
    await store.write(before.envelopes, Position("s", 1))
    await store.close_orphans({CallId("c1")}, Instant(40_000 * SECOND))
    again = Book("run2").moves(40_001, AgentState.READY).moves(40_101, AgentState.LOGGED_OUT)
    await store.write(again.envelopes, Position("s", 2))
    async with store.reading() as connection:
        (ana,) = await report_queries.agent_counts(connection, Instant(0), Instant(50_000 * SECOND))
        (late,) = await report_queries.agent_counts(connection, Instant(130 * SECOND), Instant(180 * SECOND))
    assert ana.staffed == seconds(300)
    assert ana.occupancy == pytest.approx(60 / 300)
    assert (late.staffed, late.spent[AgentState.TALKING]) == (seconds(50), seconds(30))


async def test_a_figure_leads_to_its_visits_page_by_page(store: Store) -> None:
    book = Book()
    for number in range(7):
        book.queues(number, f"c{number}").leaves(number + 30, f"c{number}", QueueExit.ABANDONED, 30)
    book.queues(3, "other").connects(4, "other", 1)
    await store.write(book.envelopes, Position("s", 1))
    seen, after = Counter[str](), None
    async with store.reading() as connection:
        while page := await report_queries.visits(
            connection, Instant(0), EVER, 3, queue=SALES, exit_=QueueExit.ABANDONED, after=after
        ):
            seen.update(visit.call_id for visit in page)
            after = (page[-1].began_at, page[-1].run, page[-1].seq)
        (hers,) = await report_queries.visits(connection, Instant(0), EVER, 10, agent=ANA)
    assert seen == Counter({f"c{number}": 1 for number in range(7)})
    assert hers.call_id == "other"
