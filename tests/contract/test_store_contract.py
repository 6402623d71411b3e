"""What the store promises, kept by SQLite and by a real PostgreSQL alike."""

import asyncio

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, QueueStandingChanged
from acd.agent_state import QueueStanding
from acd.call import Outcome
from acd.call_events import (
    CallEnded,
    CallStarted,
)
from acd.call_signals import CallArrived
from acd.door import Closure
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span
from acd.offer_events import RoutingDecided
from acd.orders import RingAgent
from acd.overflow_rules import AtClosing
from acd.queue_events import CallLeftQueue, QueueDoorChanged
from acd.reasons import NotReadyReason
from acd.remembered import QueueRemembered
from cti.journal import Position
from cti.projections import AgentRecord
from cti.store import MOST_CALLS, Store
from tests.contract.call_tape import ANA, BEN, SALES, SECOND, SERVED, SUPPORT, Tape, served_call


async def test_a_call_is_told_in_one_record(store: Store) -> None:
    tape = served_call()
    await store.write(tape.envelopes, tape.end)
    assert await store.call(CallId("c1")) == SERVED
    assert await store.calls(10) == [SERVED]
    assert await store.call(CallId("c2")) is None


async def test_its_timeline_says_why_each_agent_was_chosen(store: Store) -> None:
    tape = served_call().arrives("c2")
    await store.write(tape.envelopes, tape.end)
    timeline = await store.timeline(CallId("c1"))
    events = [e for e in tape.envelopes if not isinstance(e.message, CallArrived | RingAgent)]
    assert timeline == events[:-1]
    decisions = [e.message for e in timeline if isinstance(e.message, RoutingDecided)]
    assert [decision.agent_id for decision in decisions] == [BEN, ANA]
    assert decisions[0].candidates[0].detail == "idle 30 s"


async def test_the_same_batch_twice_changes_nothing(store: Store) -> None:
    tape = served_call()
    for _ in range(2):
        await store.write(tape.envelopes, tape.end)
    assert await store.call(CallId("c1")) == SERVED
    assert len(await store.timeline(CallId("c1"))) == len(
        [e for e in tape.envelopes if not isinstance(e.message, CallArrived | RingAgent)]
    )


async def test_however_the_journal_is_cut_into_batches_the_record_is_the_same(store: Store) -> None:
    envelopes = served_call().envelopes
    for first in range(len(envelopes)):  # each batch again brings what the one before had brought
        await store.write(envelopes[max(0, first - 3) : first + 1], Position("s", first))
    assert await store.call(CallId("c1")) == SERVED


async def test_the_cursor_is_stored_with_what_it_covers(store: Store) -> None:
    assert await store.cursor() is None
    await store.write(served_call().envelopes, Position("run1-000001.jsonl", 10))
    await store.write([], Position("run1-000002.jsonl", 2**40))
    assert await store.cursor() == Position("run1-000002.jsonl", 2**40)


async def test_callers_who_gave_up_waited_until_they_did(store: Store) -> None:
    tape = Tape().arrives("c1").queues("c1").arrives("c2").ends("c1", Outcome.ABANDONED)
    tape.queues("c2").then(CallLeftQueue(call_id=CallId("c2"), queue_id=SALES))
    tape.then(CallLeftQueue(call_id=CallId("c2"), queue_id=SALES, exit=QueueExit.FULL))  # let in no more
    tape.ends("c2", Outcome.LEFT_IVR, queue=None)
    await store.write(tape.envelopes, tape.end)
    gone, left = await store.call(CallId("c1")), await store.call(CallId("c2"))
    assert gone is not None
    assert left is not None
    assert (gone.outcome, gone.waited_us, gone.talked_us) == (Outcome.ABANDONED, 2 * SECOND, None)
    assert (left.outcome, left.waited_us, left.queue_id) == (Outcome.LEFT_IVR, 1 * SECOND, SALES)


async def test_calls_come_page_by_page_latest_first(store: Store) -> None:
    tape = Tape()
    for number in range(12):
        tape.arrives(f"c{number:02d}")
        tape.now -= number % 2  # some arrive at the same instant
    await store.write(tape.envelopes, tape.end)
    seen, before = list[str](), None
    while page := await store.calls(5, before):
        assert len(page) <= 5
        seen += [call.call_id for call in page]
        before = (page[-1].arrived_at, page[-1].call_id)
    assert seen == [f"c{number:02d}" for number in reversed(range(12))]
    assert await store.calls(0) == []


async def test_no_page_is_longer_than_the_most(store: Store) -> None:
    tape = Tape()
    for number in range(MOST_CALLS + 5):
        tape.arrives(f"c{number}")
    await store.write(tape.envelopes, tape.end)
    assert len(await store.calls(10_000)) == MOST_CALLS


async def test_calls_are_found_by_queue_and_outcome(store: Store) -> None:
    tape = Tape()
    for number, (queue, outcome) in enumerate(
        [(SALES, Outcome.ABANDONED), (SUPPORT, Outcome.ABANDONED), (SALES, Outcome.LOST), (SALES, None)]
    ):
        tape.arrives(f"c{number}").queues(f"c{number}", queue)
        if outcome is not None:
            tape.ends(f"c{number}", outcome, queue=queue)
    await store.write(tape.envelopes, tape.end)

    async def found(queue: QueueId | None = None, outcome: Outcome | None = None) -> list[str]:
        return [call.call_id for call in await store.calls(10, queue=queue, outcome=outcome)]

    assert await found(queue=SALES) == ["c3", "c2", "c0"]
    assert await found(outcome=Outcome.ABANDONED) == ["c1", "c0"]
    assert await found(queue=SALES, outcome=Outcome.ABANDONED) == ["c0"]
    assert await found(queue=QueueId("night")) == []


async def test_how_agents_stand_to_queues_and_until_when_is_remembered(store: Store) -> None:
    def stands(agent: AgentId, queue: str, standing: QueueStanding, since: int) -> QueueStandingChanged:
        return QueueStandingChanged(
            agent_id=agent, queue_id=QueueId(queue), standing=standing, reason=None, since=Instant(since)
        )

    until = Instant(2_000 * SECOND)
    alone = AgentStateChanged(
        agent_id=BEN,
        was=AgentState.OFFERED,
        now=AgentState.NOT_READY,
        reason=NotReadyReason("rejected"),
        because="rejected",
        until=until,
        since=Instant(7),
    )
    tape = Tape().then(stands(ANA, "sales", QueueStanding.PAUSED, 3), alone)
    tape.then(stands(ANA, "support", QueueStanding.LEFT, 4), stands(BEN, "sales", QueueStanding.LEFT, 5))
    tape.then(stands(BEN, "sales", QueueStanding.SERVES, 6))
    await store.write(tape.envelopes[:2], tape.end)
    await store.write(tape.envelopes, tape.end)
    found = await store.away_from()
    assert {agent: [(a.queue_id, a.standing, a.since) for a in away] for agent, away in found.items()} == {
        ANA: [("sales", QueueStanding.PAUSED, 3), ("support", QueueStanding.LEFT, 4)]
    }
    (ben,) = await store.agents()
    assert (ben.until, ben.since) == (until, 7)


async def test_agents_are_remembered_as_they_were_last(store: Store) -> None:
    tape = Tape().moves(BEN, AgentState.READY).moves(ANA, AgentState.TALKING)
    tape.moves(ANA, AgentState.WRAPPING_UP).moves(BEN, AgentState.NOT_READY, NotReadyReason("lunch"))
    await store.write(tape.envelopes[:2], tape.end)
    await store.write(tape.envelopes, tape.end)
    assert await store.agents() == [
        AgentRecord(agent_id=ANA, state=AgentState.WRAPPING_UP, reason=None, since=Instant(1_002 * SECOND)),
        AgentRecord(
            agent_id=BEN,
            state=AgentState.NOT_READY,
            reason=NotReadyReason("lunch"),
            since=Instant(1_003 * SECOND),
        ),
    ]


async def test_queues_closed_by_hand_are_remembered_until_they_are_reopened(store: Store) -> None:
    def door(queue_id: QueueId, closure: Closure | None) -> QueueDoorChanged:
        return QueueDoorChanged(
            queue_id=queue_id, open=closure is None, open_by_hours=True, holiday="", closure=closure
        )

    fire = Closure(because="fire alarm", by="Ada", since=Instant(5), waiting=AtClosing.LEAVE)
    drill = Closure(because="drill", by="", since=Instant(7))
    tape = Tape().then(door(SALES, fire)).then(door(SUPPORT, fire)).then(door(SALES, drill))
    tape.then(door(SUPPORT, None))
    await store.write(tape.envelopes[:2], tape.end)
    assert await store.closures() == (
        QueueRemembered(queue_id=SALES, closure=fire),
        QueueRemembered(queue_id=SUPPORT, closure=fire),
    )
    await store.write(tape.envelopes, tape.end)
    assert await store.closures() == (QueueRemembered(queue_id=SALES, closure=drill),)


async def test_after_a_restart_calls_that_are_gone_are_lost_and_the_others_go_on(store: Store) -> None:
    tape = Tape().arrives("gone").arrives("talks").queues("talks").connects("talks", ANA, waited=1)
    tape.arrives("over").ends("over", Outcome.LEFT_IVR, queue=None)
    await store.write(tape.envelopes, tape.end)
    restart = Instant(2_000 * SECOND)
    assert await store.close_orphans({CallId("talks"), CallId("new")}, restart) == 1
    assert await store.close_orphans({CallId("talks")}, restart) == 0
    gone = await store.call(CallId("gone"))
    assert gone is not None
    assert (gone.outcome, gone.ended_at) == (Outcome.LOST, restart)

    later = Tape("run2", begins_at=2_000).arrives("talks", found=True).connects("talks", ANA, waited=0)
    later.ends("talks", Outcome.ANSWERED, talked=1)
    await store.write(later.envelopes, later.end)
    talks = await store.call(CallId("talks"))
    assert talks is not None
    assert (talks.arrived_at, talks.connected_at) == (1_001 * SECOND, 1_003 * SECOND)
    assert (talks.found, talks.waited_us, talks.talked_us) == (False, SECOND, 999 * SECOND)
    assert len(await store.timeline(CallId("talks"))) == 6


async def test_orphans_are_not_those_who_came_after_the_look(store: Store) -> None:
    tape = Tape().arrives("old").arrives("new")
    await store.write(tape.envelopes, tape.end)
    assert await store.close_orphans(set(), Instant(1_000 * SECOND)) == 1
    new = await store.call(CallId("new"))
    assert new is not None
    assert new.outcome is None


async def test_the_real_end_of_a_call_counts_even_when_it_is_written_late(store: Store) -> None:
    tape = Tape().arrives("c1").queues("c1").ends("c1", Outcome.ABANDONED)
    await store.write(tape.envelopes[:-1], tape.end)
    assert await store.close_orphans(set(), Instant(5_000 * SECOND)) == 1
    await store.write(tape.envelopes, tape.end)
    call = await store.call(CallId("c1"))
    assert call is not None
    assert (call.outcome, call.ended_at) == (Outcome.ABANDONED, 1_002 * SECOND)


async def test_a_hole_in_the_journal_costs_details_not_calls(store: Store) -> None:
    tape = served_call()
    await store.write(tape.envelopes[6:], tape.end)
    call = await store.call(CallId("c1"))
    assert call is not None
    assert (call.caller, call.outcome, call.agent_id) == ("unknown", Outcome.ANSWERED, ANA)


async def test_no_text_or_number_can_stop_what_comes_behind_it(store: Store) -> None:
    odd = CallId("c\0\ud800é")
    tape = Tape().then(CallStarted(call_id=odd, caller="\0", dialled="\udfff"))
    tape.then(
        CallEnded(call_id=odd, queue_id=None, agent_id=None, outcome=Outcome.ANSWERED, talked=Span(2**80))
    ).arrives("c2")
    await store.write(tape.envelopes, tape.end)
    call = await store.call(odd)
    assert call is not None
    assert call.outcome is Outcome.ANSWERED
    assert [e.message for e in await store.timeline(odd)] == [e.message for e in tape.envelopes[:2]]
    assert await store.call(CallId("c2")) is not None


async def test_readers_and_the_writer_do_not_disturb_each_other(store: Store) -> None:
    tape = Tape()
    for number in range(40):
        tape.arrives(f"c{number}").queues(f"c{number}")

    async def write() -> None:
        for first in range(0, len(tape.envelopes), 3):
            await store.write(tape.envelopes[first : first + 3], Position("s", first))

    async def read() -> int:
        return max([len(await store.calls(100)) for _ in range(20)])

    _, *seen = await asyncio.gather(write(), read(), read(), read())
    assert len(await store.calls(100)) == 40
    assert all(count <= 40 for count in seen)
