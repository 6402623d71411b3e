"""Menus, yes or no, and several digits: what callers type, and what becomes of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from ivr.check_digits import CheckDigit, holds
from ivr.document import DocumentError, parse_document, validate
from ivr.flow import Flow
from ivr.happenings import KeyPressed
from ivr.steps import HangUp, ListenForKey, Step
from ivr.values import Secret
from tests.ivr.caller import FINISHED, SILENCE, Caller, key, plays

QUESTION = {"prompts": ["ask"], "timeout_s": 5, "retries": 1}
ASKED, ASKED_AGAIN = plays("ask"), plays("wrong", "ask")
NEXT, OTHERWISE = plays("next", stop_on=""), plays("otherwise", stop_on="")


def asking(kind: str, *, before: bool = False, **fields: Any) -> Flow:
    """A flow of one question; ``before``: behind a prompt."""
    ends = ("next", "otherwise", "confirmed", "declined")
    nodes: dict[str, Any] = {name: {"kind": "hangup", "prompts": [name]} for name in ends}
    node = {"kind": kind, **QUESTION, "invalid_prompts": ["wrong"], "otherwise": "otherwise", **fields}
    if kind == "confirm":
        node |= {"confirmed": "confirmed", "declined": "declined"}
        del nodes["next"]
    else:
        del nodes["confirmed"], nodes["declined"]
    if kind == "collect":
        node = {"into": "account", "next": "next", "length": 4} | node
    if before:
        nodes["before"] = {"kind": "play", "prompts": ["before"], "next": "ask"}
    return Flow.model_validate(
        {"name": "asking", "start": "before" if before else "ask", "nodes": {"ask": node, **nodes}}
    )


def test_a_hidden_key_works_as_any_other() -> None:
    flow = asking("menu", keys={"1": "next"}, hidden_keys={"9": "otherwise"})
    assert Caller(flow).types("9") == OTHERWISE
    assert Caller(flow).types("1") == NEXT
    with pytest.raises(ValidationError, match="told of already"):
        asking("menu", keys={"1": "next"}, hidden_keys={"1": "otherwise"})


def test_words_that_have_to_be_heard_are_cut_short_by_the_menus_own_keys_alone() -> None:
    flow = asking("menu", keys={"9": "next"}, only_own_keys=True, before=True, retries=0)
    caller = Caller(flow)
    assert caller.then(key("5")) == plays("ask", stop_on="9")  # typed ahead, and it leads nowhere
    assert caller.then(FINISHED) == ListenForKey(timeout_s=5)
    assert caller.then(key("5")) == OTHERWISE
    caller = Caller(flow)
    caller.then(FINISHED)
    assert caller.then(key("9")) == NEXT


@pytest.mark.parametrize(("pressed", "heard"), [("1", "confirmed"), ("2", "declined"), ("31", "confirmed")])
def test_yes_or_no(pressed: str, heard: str) -> None:
    assert Caller(asking("confirm")).types(pressed) == plays(heard, stop_on="")


def test_who_says_neither_yes_nor_no_is_asked_again_and_then_goes_otherwise() -> None:
    caller = Caller(asking("confirm", yes="5", no="6"))
    assert caller.types("1") == ASKED_AGAIN
    assert caller.then(FINISHED, SILENCE) == OTHERWISE
    assert [note.key for note in caller.notes[1:3]] == ["1", None]  # type: ignore[union-attr]


def test_yes_and_no_are_two_keys() -> None:
    text = """\
name: main
start: ask
nodes:
  ask: {kind: confirm, prompts: [a], timeout_s: 1, retries: 0,
        no: "1", confirmed: bye, declined: bye, otherwise: bye}
  bye: {kind: hangup}
"""
    with pytest.raises(DocumentError, match=r"5: nodes\.ask\.no: is the same key as yes, 1"):
        validate(parse_document(text.encode(), "main.yaml"), Flow)


def test_so_many_digits_are_taken_as_soon_as_they_are_there() -> None:
    caller = Caller(asking("collect"))
    assert caller.step == ASKED
    assert caller.types("0") == ListenForKey(timeout_s=3)
    assert caller.types("612") == NEXT
    assert caller.knows("account") == "0612"
    assert caller.learned == ["4 digits"]


@pytest.mark.parametrize(
    ("keys", "account"), [("12#", "12"), ("12.", "12"), ("12345", "12345"), ("1#", None), ("#", None)]
)
def test_digits_end_with_the_terminator_or_silence_or_the_last_that_may_come(
    keys: str, account: str | None
) -> None:
    caller = Caller(asking("collect", length={"min": 2, "max": 5}))
    for pressed in keys:
        caller.then(SILENCE if pressed == "." else key(pressed))
    assert caller.knows("account") == account
    assert caller.step == (ASKED_AGAIN if account is None else NEXT)


def test_without_a_terminator_its_key_is_a_wrong_one() -> None:
    caller = Caller(asking("collect", length={"min": 2, "max": 5}, terminator=None))
    assert caller.types("12#34") == ASKED_AGAIN


def test_a_star_spoils_a_number() -> None:
    assert Caller(asking("collect")).types("1*34") == ASKED_AGAIN


def test_silence_is_a_try_too_and_the_last_one_leaves_nothing_known() -> None:
    caller = Caller(asking("collect", timeout_prompts=["hello"]))
    assert caller.then(FINISHED, SILENCE) == plays("hello", "ask")
    assert caller.then(key("1"), SILENCE) == OTHERWISE
    assert caller.knows("account") is None
    assert caller.learned == ["silence", "invalid"]


def test_digits_typed_ahead_are_taken() -> None:
    caller = Caller(asking("collect", before=True))
    for pressed in "23":
        caller.interpreter.talk.typed(pressed)
    assert caller.types("1") == ListenForKey(timeout_s=3)  # the play node was interrupted by a third
    assert caller.types("4") == NEXT
    assert caller.knows("account") == "2314"


def test_digits_left_over_answer_the_next_question() -> None:
    flow = asking("collect").model_dump()
    flow["nodes"]["next"] = {"kind": "confirm", **QUESTION}
    flow["nodes"]["next"] |= {"confirmed": "bye", "declined": "otherwise", "otherwise": "otherwise"}
    flow["nodes"]["bye"] = {"kind": "hangup"}
    caller = Caller(Flow.model_validate(flow))
    assert caller.types("0612") == ASKED
    assert caller.types("1") == HangUp()


def test_a_secret_is_kept_out_of_everything_that_is_told() -> None:
    caller = Caller(asking("collect", mask=True))
    caller.types("4711")
    assert caller.knows("account") == Secret("4711")
    assert caller.learned == ["masked"]
    assert "4711" not in f"{caller.notes} {caller.interpreter.talk}"


def test_a_number_that_cannot_be_right_is_asked_again() -> None:
    caller = Caller(asking("collect", length=16, check="luhn"))
    assert caller.types("4111111111111112") == ASKED_AGAIN
    assert caller.types("4111111111111111") == NEXT


@pytest.mark.parametrize(
    ("check", "right"),
    [
        (CheckDigit.LUHN, "79927398713"),
        (CheckDigit.LUHN, "4111111111111111"),
        (CheckDigit.MOD97, "3214282912345698765432161182"),  # the IBAN GB82WEST12345698765432 as digits
        (CheckDigit.MOD11, "0306406152"),  # an ISBN
        (CheckDigit.MOD11, "9434765919"),  # an NHS number
    ],
)
def test_check_digits_hold_for_real_numbers_and_for_no_single_wrong_digit(
    check: CheckDigit, right: str
) -> None:
    assert holds(check, right)
    for at, digit in enumerate(right):
        for wrong in "0123456789":
            if wrong != digit:
                assert not holds(check, right[:at] + wrong + right[at + 1 :])
    assert not holds(check, "")
    assert not holds(check, "٣٣")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"length": 0}, "greater than or equal to 1"),
        ({"length": 41}, "less than or equal to 40"),
        ({"length": {"min": 5, "max": 4}}, "is more than max, 4"),
        ({"length": "4"}, "valid integer"),
        ({"terminator": "5"}, "'#' or '\\*'"),
        ({"check": "iban"}, "'luhn', 'mod97' or 'mod11'"),
        ({"into": "customer"}, "'customer' is given and cannot be set"),
        ({"into": "class"}, "'class' means something else in expressions"),
        ({"into": "true"}, "'true' means something else in expressions"),
        ({"into": "a.b"}, "should match pattern"),
    ],
)
def test_a_collect_node_out_of_its_limits_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        asking("collect", **fields)


def account_then_menu(*, pound: bool = False) -> Flow:
    keys = {"1": "next"} | ({"#": "otherwise"} if pound else {})
    account = {
        **QUESTION,
        "kind": "collect",
        "into": "account",
        "length": 4,
        "next": "menu",
        "otherwise": "menu",
    }
    menu = {**QUESTION, "kind": "menu", "prompts": ["menu"], "invalid_prompts": ["wrong"], "keys": keys}
    ends = {name: {"kind": "hangup", "prompts": [name]} for name in ("next", "otherwise")}
    nodes = {"ask": account, "menu": menu | {"otherwise": "otherwise"}, **ends}
    return Flow.model_validate({"name": "account", "start": "ask", "nodes": nodes})


@pytest.mark.parametrize("hears_the_menu_first", [False, True])
def test_a_terminator_pressed_by_habit_after_the_last_digit_answers_nothing(
    hears_the_menu_first: bool,
) -> None:
    caller = Caller(account_then_menu())
    assert caller.types("0612") == plays("menu")
    if hears_the_menu_first:
        assert caller.then(FINISHED) == ListenForKey(timeout_s=5)
        assert caller.types("#") == ListenForKey(timeout_s=5)
    else:
        assert caller.types("#") == plays("menu")  # it cut the menu short: he hears it again
    assert caller.types("1") == NEXT
    assert caller.learned == ["4 digits", "chosen"]


@pytest.mark.parametrize(("keys", "goes_on"), [("#1", NEXT), ("1", NEXT), ("#", plays("menu"))])
def test_keys_pressed_while_a_sound_was_made_are_taken_in_turn(keys: str, goes_on: Step) -> None:
    caller = Caller(account_then_menu())
    caller.types("0612")
    assert caller.then(KeyPressed(key=keys[0], then=keys[1:])) == goes_on


def test_it_is_forgiven_once_and_only_where_it_means_nothing() -> None:
    caller = Caller(account_then_menu())
    assert caller.types("0612##") == plays("wrong", "menu")
    caller = Caller(account_then_menu(pound=True))
    assert caller.types("0612#") == OTHERWISE
