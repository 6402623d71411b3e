"""The live shell: one writer, one bounded inbox, the next deadline; and what waiters get when it ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from time import monotonic

import pytest

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.call_signals import CallerHungUp, CallerWaiting
from acd.commands import SetAgentNotReady, SetAgentReady
from acd.events import Refused
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, after, seconds
from acd.invariants import violations
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer_events import OfferEnded
from acd.offer_signals import Failure, OfferFailed, PhoneChanged
from acd.orders import Order, RingAgent
from acd.reasons import NotReadyReason
from cti.clock import Clock
from cti.envelope import Envelope
from cti.floor import Floor
from cti.messages import Input, Output
from cti.runtime import SLICE_S, EngineStopped, InboxFull, Runtime
from tests.cti.fake_ami import Watched
from tests.sim_floor import rules_of

ANA = AgentId("ana")
SUPPORT = QueueId("support")
GONE = CallerHungUp(call_id=CallId("c-gone"))


class HandClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = Instant(1_000_000)

    def now(self) -> Instant:
        return self.at


class House(Watched):
    """A runtime with Ana and one queue, and everything it said and ordered."""

    def __init__(
        self,
        clock: Clock | None = None,
        floor: Floor | None = None,
        inbox_limit: int = 100,
        watch: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        rules = rules_of(agents={"ana": {"support": 8}}, queues={"support": {"support": 5}})
        self.told: list[Envelope] = []
        self.orders: list[tuple[int, Order]] = []
        self.runtime = Runtime(
            floor or Floor(rules),
            clock or Clock(),
            "run",
            carry_out=self.carry_out,
            inbox_limit=inbox_limit,
            watch=watch,
        )
        self.runtime.listen(self.heard)

    def carry_out(self, order: Order) -> None:
        self.orders.append((len(self.told), order))

    def heard(self, step: Sequence[Envelope]) -> None:
        self.told += step
        self.changed()

    def events(self, kind: type) -> list[Envelope]:
        return [envelope for envelope in self.told if isinstance(envelope.message, kind)]

    def ana(self) -> AgentState:
        return self.runtime.tables.agents[ANA].state

    def opens(self, *waiting: str) -> None:
        """The link is up, Ana's phone is there, and these callers wait."""
        at = self.runtime.clock.now()
        calls = tuple(
            LiveCall(call_id=CallId(c), place=Place.WAITING, queue_id=SUPPORT, queued_at=at) for c in waiting
        )
        self.runtime.post(
            LinkRestored(
                seen=Observation(as_of=after(at, seconds(1)), calls=calls, reachable=frozenset({ANA}))
            )
        )


@asynccontextmanager
async def living(house: House) -> AsyncIterator[House]:
    """The runtime runs for the length of the story, and leaves no task behind."""
    before = asyncio.all_tasks()
    running = asyncio.create_task(house.runtime.run())
    try:
        yield house
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert asyncio.all_tasks() <= before
        assert violations(house.runtime.tables) == []


async def test_a_command_is_answered_when_it_has_been_applied() -> None:
    async with living(House()) as house:
        house.opens()
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        assert house.ana() is AgentState.READY
        refused = await house.runtime.ask(SetAgentReady(agent_id=AgentId("nobody")))
        assert refused == Refused(reason="there is no agent nobody")


async def test_every_message_has_its_number_and_outputs_name_their_cause() -> None:
    async with living(House()) as house:
        house.opens("c-1")
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
    assert [envelope.seq for envelope in house.told] == list(range(1, len(house.told) + 1))
    causes = {envelope.seq for envelope in house.told if envelope.cause is None}
    assert [type(e.message) for e in house.told if e.cause is None] == [LinkRestored, SetAgentReady]
    assert {e.cause for e in house.told if e.cause is not None} == causes
    assert {e.run for e in house.told} == {"run"}


async def test_an_order_is_on_record_before_it_is_carried_out() -> None:
    async with living(House()) as house:
        house.opens("c-1")
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
    [(told_before, ring)] = house.orders
    assert isinstance(ring, RingAgent)
    assert house.told[:told_before] == house.told
    assert house.told[-1].message == ring


async def test_a_deadline_falls_due_with_nobody_saying_anything() -> None:
    rules = rules_of(agents={"ana": {"support": 8}}, queues={"support": {"support": 5}})
    brief = replace(rules, rejected_pause=seconds(0.05))
    async with living(House(floor=Floor(brief))) as house:
        house.opens("c-1")
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
        [(_, ring)] = house.orders
        assert isinstance(ring, RingAgent)
        house.runtime.post(OfferFailed(offer_id=ring.offer_id, why=Failure.REJECTED))
        await house.until(lambda: house.events(OfferEnded))
        assert house.ana() is AgentState.NOT_READY
        await house.until(lambda: house.ana() is AgentState.READY)
    back = house.events(AgentStateChanged)[-1]
    assert isinstance(back.message, AgentStateChanged)
    assert (back.cause, back.message.because) == (None, Because.PAUSE_OVER)


async def test_what_a_deadline_led_to_is_not_blamed_on_the_message_after_it() -> None:
    clock = HandClock()
    async with living(House(clock=clock)) as house:
        house.opens("c-1")
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
        clock.at = after(clock.at, seconds(60))  # the offer's lease is long over when the next word comes
        house.runtime.post(GONE)
        await house.until(lambda: house.events(CallerHungUp))
    [expired] = house.events(OfferEnded)
    [gone] = house.events(CallerHungUp)
    assert expired.cause is None
    assert expired.seq < gone.seq


async def test_a_full_inbox_takes_neither_signals_nor_commands_and_says_so() -> None:
    house = House(inbox_limit=2)
    assert [house.runtime.post(GONE) for _ in range(3)] == [True, True, False]
    with pytest.raises(InboxFull, match="2 messages"):
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
    assert (house.runtime.missed, house.runtime.behind) == (1, 2)
    async with living(house):
        await house.until(lambda: house.runtime.behind == 0 and house.runtime.handled == 2)
        assert house.runtime.post(GONE)


@pytest.mark.parametrize(("message_s", "most"), [(SLICE_S / 3.5, 4), (SLICE_S / 1.5, 2), (50 * SLICE_S, 1)])
async def test_others_get_their_turn_however_long_messages_take(message_s: float, most: int) -> None:
    """The time of messages is bounded, not their number: what is slow leaves others a turn the sooner."""
    house = House(inbox_limit=200, watch=lambda: house.runtime.handled * message_s)
    for number in range(200):
        assert house.runtime.post(CallerHungUp(call_id=CallId(f"c-{number}")))
    seen = [0]

    async def other() -> None:
        while house.runtime.behind:
            seen.append(house.runtime.handled)
            await asyncio.sleep(0)

    async with living(house):
        await other()
    assert max(later - earlier for earlier, later in pairwise(seen)) == most
    assert seen[-1] < 200  # it was served before the inbox was empty
    assert [one.message for one in house.told if one.cause is None] == [
        CallerHungUp(call_id=CallId(f"c-{number}")) for number in range(200)
    ]


async def test_who_stops_waiting_takes_nothing_back_and_breaks_nothing() -> None:
    house = House()
    house.opens()
    asking = asyncio.create_task(house.runtime.ask(SetAgentReady(agent_id=ANA)))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with living(house):
        await house.until(lambda: house.ana() is AgentState.READY)
        busy = SetAgentNotReady(agent_id=ANA, reason=NotReadyReason("lunch"))
        assert await house.runtime.ask(busy) is None


class BrokenFloor(Floor):
    """Asserts when it hears the word."""

    def handle(self, message: Input, at: Instant) -> tuple[Output, ...]:
        assert not isinstance(message, SetAgentNotReady), "a bug of ours"
        return super().handle(message, at)


async def test_a_bug_ends_the_engine_and_nobody_waits_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    rules = rules_of(agents={"ana": {"support": 8}}, queues={"support": {"support": 5}})
    house = House(floor=BrokenFloor(rules))
    lunch = SetAgentNotReady(agent_id=ANA, reason=NotReadyReason("lunch"))
    ready = SetAgentReady(agent_id=ANA)
    asking = [asyncio.create_task(house.runtime.ask(command)) for command in (ready, lunch, ready)]
    await asyncio.sleep(0)
    with caplog.at_level(logging.CRITICAL), pytest.raises(AssertionError, match="a bug of ours"):
        await house.runtime.run()
    first, *others = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(first, Refused)  # her phone is not registered; that was before the bug
    assert [type(other) for other in others] == [EngineStopped, EngineStopped]
    assert "SetAgentNotReady" in caplog.text
    assert not house.runtime.alive
    with pytest.raises(EngineStopped):
        await house.runtime.ask(ready)
    assert house.runtime.post(GONE) is False
    assert house.runtime.behind == 0


async def test_stopping_answers_whoever_still_waits() -> None:
    house = House()
    running = asyncio.create_task(house.runtime.run())
    await house.runtime.ask(SetAgentReady(agent_id=ANA))
    assert house.runtime.alive
    running.cancel()  # takes effect before the runtime can wake up for the next command
    asking = asyncio.create_task(house.runtime.ask(SetAgentReady(agent_id=ANA)))
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(EngineStopped):
        await asking
    assert not house.runtime.alive


class NobodyAnswers(House):
    """Each order fails while it is being given."""

    def carry_out(self, order: Order) -> None:
        assert isinstance(order, RingAgent)
        self.runtime.post(OfferFailed(offer_id=order.offer_id, why=Failure.NO_ANSWER))


async def test_an_order_whose_outcome_comes_at_once_is_no_trouble() -> None:
    async with living(NobodyAnswers()) as house:
        house.opens("c-1", "c-2")
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
        await house.until(lambda: house.events(OfferEnded))
        assert house.ana() is AgentState.NOT_READY


async def test_double_late_and_unknown_news_change_nothing() -> None:
    async with living(House()) as house:
        house.opens("c-1")
        for _ in range(2):
            house.runtime.post(CallerWaiting(call_id=CallId("c-1")))
            house.runtime.post(PhoneChanged(agent_id=ANA, reachable=True))
            house.runtime.post(CallerHungUp(call_id=CallId("c-1")))
        house.runtime.post(CallerWaiting(call_id=CallId("c-1")))
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
        assert house.ana() is AgentState.READY
        assert house.runtime.tables.calls == {}
    assert house.orders == []


def test_the_clock_never_runs_backwards_when_the_system_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    before = clock.now()
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert clock.now() >= before
    assert isinstance(clock.now(), int)
