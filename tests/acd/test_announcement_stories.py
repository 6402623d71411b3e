"""Waiting callers hear their place; no offer waits for it."""

import pytest

from acd import estimate
from acd.call import CallState
from acd.commands import TellPlace
from acd.estimate import Estimate
from acd.ids import QueueId
from acd.instant import seconds
from acd.orders import Announce, RingAgent
from acd.overflow_rules import AnnounceRules, OverflowStep, ToQueue
from acd.queue_events import CallAnnounced
from tests.sim_floor import OneCaller, SimFloor, rules_of


def announcing(**rules: object) -> SimFloor:
    told = AnnounceRules(first=seconds(20), every=seconds(30), **rules)  # type: ignore[arg-type]
    return SimFloor(
        rules_of(
            {"ana": {"s": 5}}, {"s": {"s": 1}, "quiet": {"s": 1}}, life={"s": {"announce": told}}, wrap_up=0
        )
    )


def heard(floor: SimFloor, call: OneCaller) -> list[int | None]:
    """The places a caller was told, each with an order that carries it out."""
    orders = [(o.call_id, o.position, o.wait_minutes) for o in floor.events(Announce)]
    told = [(e.call_id, e.position, e.wait_minutes) for e in floor.events(CallAnnounced)]
    assert orders == told
    return [position for call_id, position, _ in told if call_id == call.id]


def test_a_caller_is_told_his_place_and_again_when_it_changed() -> None:
    floor = announcing()
    first = floor.caller("+331").enters("s")
    call = floor.caller("+332").enters("s")
    floor.wait(seconds=19)
    assert heard(floor, call) == []
    floor.wait(seconds=200)
    assert heard(floor, call) == [2]
    first.hangs_up()
    floor.wait(seconds=30)
    assert heard(floor, call) == [2, 1]
    call.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_other_queues_say_nothing() -> None:
    floor = announcing()
    call = floor.caller("+331").enters("quiet")
    floor.wait(seconds=100)
    assert heard(floor, call) == []


def test_nobody_is_told_anything_while_a_phone_rings_for_him() -> None:
    floor = announcing()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=15)
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    floor.wait(seconds=10)
    assert call.now.state is CallState.OFFERED
    assert heard(floor, call) == []
    floor.wait(seconds=30)  # nobody answered: the next time comes
    assert heard(floor, call) == [1]


def test_an_announcement_delays_no_offer() -> None:
    floor = announcing()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=20.5)  # it has begun a moment ago
    assert heard(floor, call) == [1]
    floor.agents("ana").ready()
    (ring,) = [r for r in floor.world.heard if isinstance(r.output, RingAgent)]
    assert ring.at == floor.agent("ana").now.ready_since


def test_nothing_is_said_while_the_link_is_down() -> None:
    floor = announcing()
    call = floor.caller("+331").enters("s")
    floor.world.cut_link()
    floor.wait(seconds=100)
    assert heard(floor, call) == []
    floor.world.mend_link()
    floor.wait(seconds=30)
    assert heard(floor, call) == [1]


def foretelling(monkeypatch: pytest.MonkeyPatch, waits: list[float | None]) -> None:
    """The estimates to be had from now on, in seconds, the last one for good."""

    def for_call(*_: object) -> Estimate | None:
        secs = waits.pop(0) if len(waits) > 1 else waits[0]
        if secs is None:
            return None
        wait = seconds(secs)
        return Estimate(wait=wait, by_now=wait, quantile_permille=800, median=wait, ahead=0, agents=1)

    monkeypatch.setattr(estimate, "for_call", for_call)
    monkeypatch.setattr(estimate, "for_newcomer", for_call)
    monkeypatch.setattr(estimate, "announce", lambda *_: None)


def test_the_wait_is_told_in_whole_minutes_when_there_is_an_estimate_and_never_a_longer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = announcing()
    call = floor.caller("+331").enters("s")
    floor.caller("+332").enters("quiet")
    foretelling(monkeypatch, [None, 170, 175, 250, 61, 60, 60])
    floor.wait(seconds=250)
    told = [(e.call_id, e.position, e.wait_minutes) for e in floor.events(CallAnnounced)]
    assert told == [(call.id, 1, None), (call.id, 1, 3), (call.id, 1, 2), (call.id, 1, 1)]


def test_a_queue_may_be_silent_about_the_wait_or_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    foretelling(monkeypatch, [100])
    for rules, expected in (({"wait": False}, (1, None)), ({"position": False}, (None, 2))):
        floor = announcing(**rules)
        floor.caller("+331").enters("s")
        floor.wait(seconds=100)
        assert [(o.position, o.wait_minutes) for o in floor.events(Announce)] == [expected]


def test_who_would_wait_too_long_goes_elsewhere_at_the_door_or_later(monkeypatch: pytest.MonkeyPatch) -> None:
    step = OverflowStep(action=ToQueue(queue_id=QueueId("quiet")), predicted=seconds(120))
    floor = SimFloor(
        rules_of({"ana": {"s": 5}}, {"s": {"s": 1}, "quiet": {"s": 1}}, life={"s": {"overflow": (step,)}})
    )
    foretelling(monkeypatch, [None])
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=60)
    foretelling(monkeypatch, [119])
    floor.wait(seconds=60)
    assert call.now.queue_id == "s"  # nobody could say, then it was not too long
    foretelling(monkeypatch, [120])
    assert floor.caller("+332").enters("s").now.queue_id == "quiet"
    floor.wait(seconds=6)
    assert call.now.queue_id == "quiet"


def test_a_flow_tells_him_his_place_whenever_it_asks_and_his_wait_unless_it_grew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}}, {"s": {"s": 1}}))
    floor.caller("+331").enters("s")
    call = floor.caller("+332").enters("s")
    foretelling(monkeypatch, [90.0, 200.0, None, 30.0])
    for _ in range(4):
        assert floor.asks(TellPlace(call_id=call.id)) is None
    told = [(e.position, e.wait_minutes) for e in floor.events(CallAnnounced)]
    assert told == [(2, 2), (2, None), (2, None), (2, 1)]
    assert floor.events(Announce) == []


def test_who_does_not_wait_is_told_nothing() -> None:
    floor = announcing()
    call = floor.caller("+331").enters("s")
    floor.agents("ana").ready()
    assert call.now.state is CallState.OFFERED
    assert floor.asks(TellPlace(call_id=call.id)) == "he does not wait"
    call.hangs_up()
    assert floor.asks(TellPlace(call_id=call.id)) == "he does not wait"
