"""What the store promises, kept by SQLite and by a real PostgreSQL alike."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because, QueueStandingChanged
from acd.agent_state import QueueStanding
from acd.call import CallClass, Outcome
from acd.call_events import (
    CallConnected,
    CallEnded,
    CallStarted,
    CustomerRecognised,
    UnansweredClosed,
    UnansweredOpened,
)
from acd.call_signals import CallArrived
from acd.decision import Candidate, Score, Verdict
from acd.door import Closure
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, CustomerId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.ivr_events import IvrEntered, IvrNodeAnswered
from acd.ledger import WhyOwed
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, OfferMade, RoutingDecided
from acd.orders import RingAgent
from acd.overflow_rules import AtClosing
from acd.queue_events import CallLeftQueue, CallQueued, QueueDoorChanged
from acd.reasons import NotReadyReason
from acd.remembered import QueueRemembered
from cti import database
from cti.envelope import Envelope
from cti.journal import Position
from cti.messages import Input, Output
from cti.projections import AgentRecord, CallRecord
from cti.schema import metadata
from cti.store import MOST_CALLS, Store, StoreUnavailable
from tests.contract.servers import PrivatePostgres, running

SECOND = 1_000_000
SALES, SUPPORT = QueueId("sales"), QueueId("support")
ANA, BEN = AgentId("ana"), AgentId("ben")


SCORE = Score(
    call_class=CallClass.VIP,
    waited=Span(0),
    offset=Span(60 * SECOND),
    boost=Span(0),
    objective=Span(20 * SECOND),
    never_exceed=Span(180 * SECOND),
    millionths=3_000_000,
    overdue=False,
)


class Tape:
    """Writes down a run's messages, one second apart."""

    def __init__(self, run: str = "run1", begins_at: int = 1_000) -> None:
        self.run, self.now, self.seq = run, begins_at, 0
        self.envelopes: list[Envelope] = []

    def then(self, *messages: Input | Output) -> "Tape":
        for message in messages:
            self.seq += 1
            at = Instant(self.now * SECOND)
            self.envelopes.append(Envelope(run=self.run, seq=self.seq, at=at, cause=None, message=message))
        self.now += 1
        return self

    def arrives(self, call: str, *, found: bool = False, caller: str = "+3312") -> "Tape":
        call_id = CallId(call)
        return self.then(
            CallArrived(call_id=call_id, caller=caller, dialled="8000"),
            CallStarted(call_id=call_id, caller=caller, dialled="8000", found=found),
        )

    def queues(self, call: str, queue: QueueId = SALES) -> "Tape":
        return self.then(
            CallQueued(
                call_id=CallId(call),
                queue_id=queue,
                call_class=CallClass.VIP,
                queued_at=Instant(self.now * SECOND),
                position=1,
            )
        )

    def offered(self, call: str, agent: AgentId) -> "Tape":
        offer, call_id = OfferId(f"o{self.seq}"), CallId(call)
        return self.then(
            OfferMade(
                offer_id=offer, call_id=call_id, agent_id=agent, queue_id=SALES, expires_at=Instant(self.now)
            ),
            RoutingDecided(
                offer_id=offer,
                call_id=call_id,
                agent_id=agent,
                queue_id=SALES,
                because="longest idle",
                score=SCORE,
                candidates=(Candidate(agent_id=agent, verdict=Verdict.CHOSEN, detail="idle 30 s"),),
                candidates_unnamed=0,
                rivals=(),
                rivals_unnamed=0,
            ),
            RingAgent(offer_id=offer, call_id=call_id, agent_id=agent, ring_timeout=Span(15 * SECOND)),
        )

    def connects(self, call: str, agent: AgentId, waited: int) -> "Tape":
        return self.then(
            CallConnected(call_id=CallId(call), agent_id=agent, queue_id=SALES, waited=Span(waited * SECOND))
        )

    def ends(
        self, call: str, outcome: Outcome, *, queue: QueueId | None = SALES, talked: int | None = None
    ) -> "Tape":
        return self.then(
            CallEnded(
                call_id=CallId(call),
                queue_id=queue,
                agent_id=ANA if talked is not None else None,
                outcome=outcome,
                talked=None if talked is None else Span(talked * SECOND),
            )
        )

    def moves(self, agent: AgentId, now: AgentState, reason: NotReadyReason | None = None) -> "Tape":
        return self.then(
            AgentStateChanged(
                agent_id=agent, was=AgentState.READY, now=now, reason=reason, because=Because.ASKED
            )
        )

    @property
    def end(self) -> Position:
        return Position(f"{self.run}-000001.jsonl", len(self.envelopes))


def answered(call: CallId, node: str, key: str | None) -> IvrNodeAnswered:
    return IvrNodeAnswered(call_id=call, flow="main", node=node, kind="menu", key=key, result=None)


def served_call() -> Tape:
    """A caller who picked 1, then 2, waited, was refused by Ben and then talked with Ana."""
    call = CallId("c1")
    return (
        Tape()
        .arrives("c1")
        .then(IvrEntered(call_id=call, flow="main", flow_version=3, caller="+3312"))
        .then(answered(call, "menu", "1"))
        .then(answered(call, "language", None))
        .then(answered(call, "language", "2"))
        .queues("c1")
        .offered("c1", BEN)
        .then(OfferEnded(offer_id=OfferId("o8"), call_id=call, agent_id=BEN, how=OfferEnd.REJECTED))
        .offered("c1", ANA)
        .connects("c1", ANA, waited=4)
        .ends("c1", Outcome.ANSWERED, talked=1)
    )


SERVED = CallRecord(
    call_id=CallId("c1"),
    caller="+3312",
    dialled="8000",
    arrived_at=Instant(1_000 * SECOND),
    found=False,
    flow="main",
    flow_version=3,
    menu_keys="12",
    queue_id=SALES,
    call_class=CallClass.VIP,
    queued_at=Instant(1_005 * SECOND),
    offers_made=2,
    connected_at=Instant(1_009 * SECOND),
    agent_id=ANA,
    ended_at=Instant(1_010 * SECOND),
    outcome=Outcome.ANSWERED,
    waited_us=Span(4 * SECOND),
    talked_us=Span(1 * SECOND),
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    with running(server):
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}"
    server: PrivatePostgres = request.getfixturevalue("postgres")
    return await server.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = Store(url)
    await opened.open()
    yield opened
    await opened.close()


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


def owing(call: str, caller: str, attempts: int, customer: str | None = None) -> UnansweredOpened:
    return UnansweredOpened(
        call_id=CallId(call),
        caller=caller,
        why=WhyOwed.ABANDONED,
        attempts=attempts,
        customer_id=None if customer is None else CustomerId(customer),
    )


def answering(call: str, caller: str, customer: str | None = None) -> UnansweredClosed:
    who = None if customer is None else CustomerId(customer)
    return UnansweredClosed(call_id=CallId(call), caller=caller, attempts=1, customer_id=who)


async def test_the_store_knows_whom_we_owe_an_answer(store: Store) -> None:
    tape = Tape().then(owing("c1", "+331", 1)).then(owing("c2", "+332", 1)).then(owing("c3", "+331", 2))
    tape.then(answering("c5", "+332")).then(owing("c7", "+334", 1))
    await store.write(tape.envelopes[:2], tape.end)
    await store.write(tape.envelopes, tape.end)
    owed = await store.unanswered(Instant(0))
    assert [(o.caller, o.call_id, o.why, o.attempts) for o in owed] == [
        ("+331", "c3", WhyOwed.ABANDONED, 2),
        ("+334", "c7", WhyOwed.ABANDONED, 1),
    ]
    assert [o.caller for o in await store.unanswered(Instant(owed[0].since + 1))] == ["+334"]
    assert [o.caller for o in await store.unanswered(Instant(0))] == ["+334"], "what is too old is forgotten"


async def test_an_item_is_the_customers_whatever_number_he_called_from(store: Store) -> None:
    tape = Tape().then(owing("c1", "+331", 1))  # before it was known who he is
    tape.then(owing("c2", "+331", 2, "mia")).then(owing("c3", "+339", 3, "mia")).then(owing("c4", "+334", 1))
    await store.write(tape.envelopes, tape.end)
    owed = await store.unanswered(Instant(0))
    assert [(o.customer_id, o.caller, o.attempts) for o in owed] == [("mia", "+339", 3), (None, "+334", 1)]
    tape.then(answering("c5", "+334", "mia"))  # what was open for the number he was answered by is closed too
    await store.write(tape.envelopes, tape.end)
    assert await store.unanswered(Instant(0)) == []


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_was_owed_to_a_number_is_its_customers_once_he_is_known(
    store: Store, at_once: bool
) -> None:
    mia = CustomerId("mia")
    tape = Tape().then(owing("c1", "+331", 2)).then(owing("c0", "+339", 1, "mia"))
    tape.then(CustomerRecognised(call_id=CallId("c2"), customer_id=mia, segment=None, caller="+331"))
    for end in [len(tape.envelopes)] if at_once else [1, 2, 3]:
        await store.write(tape.envelopes[:end], tape.end)
    owed = await store.unanswered(Instant(0))
    assert [(o.customer_id, o.call_id, o.attempts) for o in owed] == [("mia", "c0", 3)]
    tape.then(answering("c3", "+332", "mia"))  # on yet another number
    await store.write(tape.envelopes, tape.end)
    assert await store.unanswered(Instant(0)) == []


async def test_who_left_while_nobody_watched_is_owed_an_answer(store: Store) -> None:
    tape = Tape().then(owing("c0", "+331", 1)).arrives("c1", caller="+331").arrives("c2", caller="unknown")
    tape.then(CustomerRecognised(call_id=CallId("c2"), customer_id=CustomerId("mia"), segment=None))
    tape.arrives("c3", caller="+331").arrives("c4", caller="unknown")
    await store.write(tape.envelopes, tape.end)
    assert await store.close_orphans(set(), Instant(5_000 * SECOND)) == 4
    owed = await store.unanswered(Instant(0))
    assert [(o.customer_id, o.caller, o.call_id, o.why, o.attempts) for o in owed] == [
        ("mia", "unknown", "c2", WhyOwed.LOST, 1),
        (None, "+331", "c3", WhyOwed.LOST, 3),
    ]


async def test_it_is_known_who_talked_with_a_customer_last_and_which_calls_were_his(store: Store) -> None:
    mia = CustomerId("mia")
    tape = Tape()
    for call, agent in (("c1", ANA), ("c2", BEN)):
        tape.arrives(call).then(CustomerRecognised(call_id=CallId(call), customer_id=mia, segment="gold"))
        tape.then(
            CallConnected(
                call_id=CallId(call), agent_id=agent, queue_id=SALES, waited=Span(0), customer_id=mia
            )
        )
    tape.arrives("c3").connects("c3", ANA, waited=0)
    await store.write(tape.envelopes, tape.end)
    assert await store.last_agent(mia) == BEN
    assert await store.last_agent(CustomerId("tom")) is None
    assert [c.call_id for c in await store.calls(10, customer=mia)] == ["c2", "c1"]
    assert {c.customer_id for c in await store.calls(10)} == {mia, None}


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


async def test_the_tables_are_those_of_the_code(store: Store, url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_what_older_tables_say_of_whom_we_owe_an_answer_is_taken_over(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = database.command.upgrade
    before = Store(url)
    with monkeypatch.context() as patch:
        patch.setattr(database.command, "upgrade", lambda config, revision: latest(config, "0003"))
        await before.open()
    await before.close()
    engine = create_async_engine(url)
    calls = [
        ("c1", "+331", 5, "answered"),
        ("c2", "+331", 7, "abandoned"),
        ("c3", "+332", 7, "abandoned"),
        ("c4", "+332", 9, "answered"),
        ("c5", "unknown", 9, "lost"),
        ("c6", "+333", None, None),
    ]
    async with engine.begin() as connection:
        for call, caller, ended_at, outcome in calls:
            values = {"call": call, "caller": caller, "ended_at": ended_at, "outcome": outcome}
            columns = "call_id, caller, dialled, arrived_at, found, menu_keys, offers_made, ended_at, outcome"
            given = ":call, :caller, '', 1, false, '', 0, :ended_at, :outcome"
            insert = f"INSERT INTO calls ({columns}) VALUES ({given})"
            await connection.execute(text(insert), values)
    await engine.dispose()
    after = Store(url)
    await after.open()
    owed = await after.unanswered(Instant(0))
    assert [(o.caller, o.call_id, o.since, o.why, o.attempts) for o in owed] == [
        ("+331", "c2", 7, WhyOwed.ABANDONED, 1)
    ]
    await after.close()


async def test_opening_again_keeps_everything(store: Store, url: str) -> None:
    tape = served_call()
    await store.write(tape.envelopes, tape.end)
    await store.open()
    again = Store(url)
    await again.open()
    assert await again.calls(10) == [SERVED]
    await again.close()


async def test_tables_that_were_dropped_under_us_are_made_again(store: Store, url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for table in (*metadata.tables, "alembic_version"):
            await connection.execute(text(f"DROP TABLE {table}"))
    await engine.dispose()
    tape = served_call()
    with pytest.raises(StoreUnavailable):
        await store.write(tape.envelopes, tape.end)
    assert not store.ready
    await store.open()
    await store.write(tape.envelopes, tape.end)
    assert await store.calls(10) == [SERVED]


async def test_a_database_of_a_later_version_is_left_alone(store: Store, url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreUnavailable, match="9999"):
        await store.open()


async def test_nothing_is_answered_before_the_store_is_open(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="not been opened"):
        await store.calls(1)
    await store.close()


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


@pytest.mark.parametrize(
    "unreachable",
    [
        "postgresql+asyncpg://callwright:s3cret@127.0.0.1:1/callwright",
        "sqlite+aiosqlite:////no/such/place.db",
    ],
)
async def test_an_unreachable_database_is_named_without_its_password(unreachable: str) -> None:
    store = Store(unreachable)
    with pytest.raises(StoreUnavailable) as caught:
        await store.open()
    assert unreachable.split("@")[-1] in str(caught.value)
    assert "s3cret" not in str(caught.value)
    await store.close()


@pytest.mark.parametrize("wrong", ["", "callwright.db", "mysql://host/db", "postgresql://host/db"])
def test_other_urls_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="database URL"):
        Store(wrong)


async def test_a_start_killed_between_two_tables_leaves_no_ruin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "callwright.db"
    store = Store(f"sqlite+aiosqlite:///{path}")

    def cut(*_: object) -> None:
        raise OSError("cut")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", cut)  # after the first table
        with pytest.raises(StoreUnavailable, match="cut"):
            await store.open()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    await store.open()
    assert await store.calls(1) == []
    await store.close()
