"""What a caller hears, step by step, by what they press."""

from typing import Any

import pytest

from ivr.back import RefusedLater
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import CallbackBooked, CallerGone, Left, OutOfTurn, QueueRefused
from ivr.interpreter import MAX_STEPS, Interpreter
from ivr.notes import NodeAnswered, NodeEntered
from ivr.steps import AskCallback, Done, HangUp, LeaveForQueue, ListenForKey
from ivr.talk import MAX_NOTES, Talk
from ivr.utterance import TimeOfDay
from ivr.values import Secret, Value
from tests.ivr.caller import FINISHED, SILENCE, Caller, key, plays


def main_menu(**changes: Any) -> Flow:
    choice = {
        "kind": "menu",
        "prompts": ["press-1"],
        "keys": {"1": "sales", "2": "vip-desk"},
        "timeout_s": 3,
        "retries": 1,
        "invalid_prompts": ["invalid"],
        "timeout_prompts": ["are-you-there"],
        "otherwise": "goodbye",
    }
    return Flow.model_validate(
        {
            "name": "main",
            "start": "greeting",
            "nodes": {
                "greeting": {"kind": "play", "prompts": ["hello", "welcome"], "next": "choice"},
                "choice": choice | changes,
                "sales": {"kind": "queue", "queue": "sales", "refused": "goodbye"},
                "vip-desk": {"kind": "queue", "queue": "sales", "priority": "vip", "refused": "goodbye"},
                "goodbye": {"kind": "hangup", "prompts": ["bye"]},
            },
        }
    )


def test_a_caller_who_listens_and_chooses_enters_the_queue() -> None:
    caller = Caller(main_menu())
    assert caller.step == plays("hello", "welcome")
    assert caller.then(FINISHED) == plays("press-1")
    assert caller.then(FINISHED) == ListenForKey(timeout_s=3)
    assert caller.then(key("1")) == LeaveForQueue(node="sales", queue="sales", priority=None)
    assert caller.then(Left()) == Done(reason=Ending.QUEUED)
    assert caller.path == [("greeting", None), ("choice", "1"), ("sales", None)]


def test_a_key_interrupts_the_menu() -> None:
    caller = Caller(main_menu())
    assert caller.then(FINISHED, key("2")) == LeaveForQueue(node="vip-desk", queue="sales", priority="vip")


def test_a_key_over_the_greeting_answers_the_menu() -> None:
    caller = Caller(main_menu())
    assert caller.then(key("1")) == LeaveForQueue(node="sales", queue="sales", priority=None)
    assert caller.path == [("greeting", None), ("choice", "1"), ("sales", None)]


def test_a_wrong_key_over_the_greeting_is_told_to_be_wrong_and_not_taken_again() -> None:
    caller = Caller(main_menu())
    assert caller.then(key("7")) == plays("invalid", "press-1")
    assert caller.then(FINISHED) == ListenForKey(timeout_s=3)


def test_a_key_over_the_invalid_prompt_is_the_next_try() -> None:
    caller = Caller(main_menu())
    assert caller.then(FINISHED, key("7"), key("1")) == LeaveForQueue(
        node="sales", queue="sales", priority=None
    )
    assert caller.path == [("greeting", None), ("choice", "7"), ("choice", "1"), ("sales", None)]


def test_a_wrong_key_and_silence_both_count_as_tries() -> None:
    caller = Caller(main_menu())
    caller.then(FINISHED, key("7"), FINISHED)
    assert caller.then(SILENCE) == plays("bye", stop_on="")
    assert caller.path == [("greeting", None), ("choice", "7"), ("choice", None), ("goodbye", None)]


def test_silence_is_asked_again_in_its_own_words() -> None:
    caller = Caller(main_menu())
    assert caller.then(FINISHED, FINISHED, SILENCE) == plays("are-you-there", "press-1")


def test_a_menu_without_retries_is_asked_once() -> None:
    caller = Caller(main_menu(retries=0))
    assert caller.then(FINISHED, FINISHED, SILENCE) == plays("bye", stop_on="")


def test_tries_are_counted_anew_when_a_caller_comes_back_to_a_menu() -> None:
    caller = Caller(main_menu(otherwise="choice", retries=1))
    caller.then(FINISHED)
    for _ in range(3):
        assert caller.then(FINISHED, SILENCE) == plays("are-you-there", "press-1")
        assert caller.then(FINISHED, SILENCE) == plays("press-1")


def test_a_refused_caller_hears_goodbye_and_is_hung_up_on() -> None:
    caller = Caller(main_menu())
    assert caller.then(key("1"), QueueRefused(reason="full")) == plays("bye", stop_on="")
    assert caller.then(FINISHED) == HangUp()
    assert caller.then(FINISHED) == Done(reason=Ending.HUNG_UP)


def test_a_caller_may_be_gone_at_any_step_and_more_than_once() -> None:
    caller = Caller(main_menu())
    assert caller.then(FINISHED, CallerGone()) == Done(reason=Ending.CALLER_GONE)
    assert caller.then(CallerGone()) == Done(reason=Ending.CALLER_GONE)


def test_a_late_hang_up_does_not_change_how_the_flow_ended() -> None:
    caller = Caller(main_menu())
    assert caller.then(key("1"), Left(), CallerGone()) == Done(reason=Ending.QUEUED)


def test_what_cannot_have_happened_is_a_mistake_and_changes_nothing() -> None:
    caller = Caller(main_menu())
    for impossible in (SILENCE, Left(), QueueRefused(reason="?"), key("")):
        with pytest.raises(OutOfTurn):
            caller.then(impossible)
    assert caller.then(FINISHED) == plays("press-1")
    caller.then(CallerGone())
    with pytest.raises(OutOfTurn):
        caller.then(FINISHED)
    with pytest.raises(OutOfTurn):
        caller.interpreter.begin()
    with pytest.raises(OutOfTurn):
        Interpreter(main_menu()).proceed(FINISHED)


def test_a_prompt_that_may_not_be_interrupted_takes_no_key() -> None:
    flow = main_menu().model_dump()
    flow["nodes"]["greeting"]["interruptible"] = False
    caller = Caller(Flow.model_validate(flow))
    assert caller.step == plays("hello", "welcome", stop_on="")
    with pytest.raises(OutOfTurn):
        caller.then(key("1"))


def test_a_key_pressed_ahead_passes_prompts_that_must_be_heard() -> None:
    flow = main_menu().model_dump()
    flow["nodes"]["greeting"]["next"] = "law"
    flow["nodes"]["law"] = {
        "kind": "play",
        "prompts": ["recorded"],
        "next": "choice",
        "interruptible": False,
    }
    caller = Caller(Flow.model_validate(flow))
    assert caller.then(key("1")) == plays("recorded", stop_on="")
    assert caller.then(FINISHED) == LeaveForQueue(node="sales", queue="sales", priority=None)


def test_a_key_pressed_ahead_passes_any_number_of_prompts() -> None:
    nodes: dict[str, Any] = {
        f"n{i}": {"kind": "play", "prompts": ["hello"], "next": f"n{i + 1}"} for i in range(499)
    }
    nodes["n499"] = {"kind": "hangup"}
    caller = Caller(Flow.model_validate({"name": "long", "start": "n0", "nodes": nodes}))
    assert caller.then(key("1")) == HangUp()
    assert len(caller.path) == 500


def test_a_caller_who_goes_round_forever_is_hung_up_on() -> None:
    caller = Caller(main_menu(otherwise="choice"))
    steps = 1
    while not isinstance(caller.step, Done):
        caller.then(SILENCE if isinstance(caller.step, ListenForKey) else FINISHED)
        steps += 1
    assert caller.step == Done(reason=Ending.TOO_LONG)
    assert steps == MAX_STEPS + 1
    assert len(caller.notes) <= MAX_NOTES


def test_a_callback_is_booked_and_said_so_or_refused() -> None:
    flow = Flow.model_validate(
        {
            "name": "main",
            "start": "ask",
            "nodes": {
                "ask": {"kind": "callback", "queue": "sales", "booked": "thanks", "refused": "bye"},
                "thanks": {"kind": "hangup", "prompts": ["auth-thankyou"]},
                "bye": {"kind": "hangup"},
            },
        }
    )
    booked = Interpreter(flow)
    assert booked.begin() == AskCallback(queue="sales")
    assert booked.proceed(CallbackBooked()) == plays("auth-thankyou", stop_on="")
    refused = Interpreter(flow)
    refused.begin()
    assert refused.proceed(QueueRefused(reason="he shows no number")) == HangUp()


@pytest.mark.parametrize(
    ("given", "written", "booked"),
    [
        ({"n": "+33612345678"}, {"number": "n"}, AskCallback(queue="sales", number="+33612345678")),
        ({"n": "0612"}, {"number": "last(n, 3)"}, AskCallback(queue="sales", number="612")),
        ({"n": "+33\r\nAction: Originate"}, {"number": "n"}, None),
        ({"n": Secret("0612345678")}, {"number": "n"}, None),
        ({}, {"number": "n"}, None),
        ({"n": "1" * 21}, {"number": "n"}, None),
        ({}, {"at": "90 * 60"}, AskCallback(queue="sales", at=5400)),
        ({"t": "0930"}, {"at": "t"}, AskCallback(queue="sales", at=TimeOfDay(hour=9, minute=30))),
        ({"t": "17:05"}, {"at": "t"}, AskCallback(queue="sales", at=TimeOfDay(hour=17, minute=5))),
        ({"t": "2400"}, {"at": "t"}, None),
        ({"t": -1}, {"at": "t"}, None),
        ({"t": 10**9}, {"at": "t"}, None),
        ({"t": True}, {"at": "t"}, None),
        ({}, {"at": "t"}, None),
    ],
)
def test_a_callback_at_another_number_or_time_is_the_one_he_gave_or_none(
    given: dict[str, Value], written: dict[str, str], booked: AskCallback | None
) -> None:
    flow = Flow.model_validate(
        {
            "name": "main",
            "start": "ask",
            "nodes": {
                "ask": {
                    "kind": "callback",
                    "queue": "sales",
                    "booked": "thanks",
                    "refused": "bye",
                    **written,
                },
                "thanks": {"kind": "hangup", "prompts": ["auth-thankyou"]},
                "bye": {"kind": "hangup"},
            },
        }
    )
    assert Interpreter(flow, Talk(given=given)).begin() == (booked or HangUp())


def test_a_queue_may_send_a_caller_back_who_left_for_it() -> None:
    caller = Caller(main_menu())
    caller.then(key("2"), Left())
    assert caller.interpreter.rejoin(RefusedLater()) == plays("bye", stop_on="")
    assert caller.then(FINISHED, FINISHED) == Done(reason=Ending.HUNG_UP)
    with pytest.raises(OutOfTurn):
        caller.interpreter.rejoin(RefusedLater())


def test_who_comes_back_when_nothing_is_known_of_him_goes_on_at_his_node_or_begins_anew() -> None:
    for node, first in (("sales", plays("bye", stop_on="")), ("gone", plays("hello", "welcome"))):
        assert Interpreter(main_menu()).begin(node, RefusedLater()) == first
    assert Interpreter(main_menu()).begin("goodbye", RefusedLater()) == plays("hello", "welcome")


def test_every_node_entered_is_noted_and_what_it_learned() -> None:
    caller = Caller(main_menu())
    caller.then(FINISHED, key("7"), key("1"))
    assert caller.notes == [
        NodeEntered(flow="main", node="greeting", kind="play"),
        NodeEntered(flow="main", node="choice", kind="menu"),
        NodeAnswered(flow="main", node="choice", kind="menu", key="7", result="invalid"),
        NodeAnswered(flow="main", node="choice", kind="menu", key="1", result="chosen", answered=True),
        NodeEntered(flow="main", node="sales", kind="queue"),
    ]


def test_keys_typed_while_nothing_was_asked_answer_the_next_questions_in_turn() -> None:
    flow = main_menu().model_dump()
    flow["nodes"]["choice"]["keys"]["5"] = "again"
    flow["nodes"]["again"] = flow["nodes"]["choice"] | {"keys": {"3": "sales"}}
    caller = Caller(Flow.model_validate(flow))
    for pressed in "53":
        caller.interpreter.talk.typed(pressed)
    assert caller.then(FINISHED) == LeaveForQueue(node="sales", queue="sales", priority=None)


def test_what_was_typed_behind_a_wrong_key_is_forgotten() -> None:
    caller = Caller(main_menu())
    for pressed in "71":
        caller.interpreter.talk.typed(pressed)
    assert caller.then(FINISHED) == plays("invalid", "press-1")
