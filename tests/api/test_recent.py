"""What is remembered of the last calls, within bounds."""

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call_events import CallStarted
from acd.call_signals import CallerHungUp
from acd.ids import AgentId, CallId
from acd.instant import Instant
from acd.ivr_events import IvrNodeEntered
from api.recent import RecentEvents
from cti.envelope import Envelope
from cti.messages import Input, Output


def envelope(seq: int, message: Input | Output) -> Envelope:
    return Envelope(run="r", seq=seq, at=Instant(seq), cause=None, message=message)


def arrival(call: str, *, found: bool = False) -> CallStarted:
    return CallStarted(call_id=CallId(call), caller="+33", dialled="8000", found=found)


def step(call: str) -> IvrNodeEntered:
    return IvrNodeEntered(call_id=CallId(call), flow="main", node="choice", kind="menu")


def test_only_events_of_calls_are_kept() -> None:
    recent = RecentEvents()
    ready = AgentStateChanged(
        agent_id=AgentId("ana"), was=AgentState.READY, now=AgentState.LOGGED_OUT, reason=None, because="asked"
    )
    recent([envelope(1, CallerHungUp(call_id=CallId("c1"))), envelope(2, ready), envelope(3, arrival("c1"))])
    assert [e.seq for e in recent.of(CallId("c1")).envelopes] == [3]
    assert len(recent) == 1
    assert not recent.of(CallId("c2")).envelopes


def test_a_caller_who_wanders_for_long_loses_his_first_steps_and_it_is_known() -> None:
    recent = RecentEvents(events_of_a_call=3)
    recent([envelope(1, arrival("c1")), envelope(2, step("c1")), envelope(3, step("c1"))])
    assert recent.of(CallId("c1")).has_everything
    recent([envelope(4, step("c1"))])
    tail = recent.of(CallId("c1"))
    assert ([e.seq for e in tail.envelopes], tail.forgotten, tail.has_everything) == ([2, 3, 4], 1, False)
    assert len(recent) == 3


def test_a_call_met_after_a_restart_has_a_past_we_did_not_see() -> None:
    recent = RecentEvents()
    recent([envelope(1, arrival("c1", found=True))])
    assert not recent.of(CallId("c1")).has_everything


def test_the_call_longest_without_news_is_forgotten_first() -> None:
    recent = RecentEvents(calls=2)
    recent([envelope(1, arrival("c1")), envelope(2, arrival("c2")), envelope(3, step("c1"))])
    recent([envelope(4, arrival("c3"))])
    assert [bool(recent.of(CallId(c)).envelopes) for c in ("c1", "c2", "c3")] == [True, False, True]
    assert len(recent) == 3


def test_all_calls_together_are_bounded_too() -> None:
    recent = RecentEvents(events=10)
    for number in range(100):
        recent(
            [envelope(3 * number + 1, arrival(f"c{number}")), envelope(3 * number + 2, step(f"c{number}"))]
        )
    assert len(recent) == 10
    assert recent.of(CallId("c99")).has_everything
