"""What prompts come to for a caller: what is known is said, what is not is left out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from ivr.document import DocumentError, parse_document, validate
from ivr.flow import Flow
from ivr.prompts import Prompt
from ivr.talk import MAX_KEYS, MAX_VARIABLES, Talk
from ivr.utterance import Amount, Date, Digits, Number, Recording, Sound, Text, TimeOfDay, Utterance
from ivr.values import Secret

PROMPT: TypeAdapter[Prompt] = TypeAdapter(Prompt)


def talk() -> Talk:
    known = {
        "balance": Decimal("12.50"),
        "account": "06 12",
        "pin": Secret("1234"),
        "day": "2026-12-24",
        "message": "rec-1.wav",
        "evil": "../../etc/passwd",
        "blank": " ",
        "name": "Ana",
    }
    return Talk(given={"caller": "+33"}, variables=dict(known), now=datetime(2026, 12, 24, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("digits/1", Sound("digits/1")),
        ({"text": "Hello {name}."}, Text("Hello Ana.")),
        ({"text": {"en": "Hello", "zh": "你好"}}, Text("Hello")),
        ({"text": {"zh": "你好"}}, None),
        ({"text": "{blank}{nobody}"}, None),
        ({"number": "balance * 2"}, Number(Decimal("25.00"))),
        ({"number": 42}, Number(42)),
        ({"number": "account"}, None),
        ({"number": "true"}, None),
        ({"digits": "account"}, Digits("0612")),
        ({"digits": "caller"}, Digits("+33")),
        ({"digits": "pin"}, None),
        ({"digits": "nobody"}, None),
        ({"amount": "balance", "currency": "EUR"}, Amount(amount=Decimal("12.50"), currency="EUR")),
        ({"amount": "balance // 0", "currency": "EUR"}, None),
        ({"date": "today()"}, Date(date(2026, 12, 24))),
        ({"date": "day"}, Date(date(2026, 12, 24))),
        ({"date": "account"}, None),
        ({"time": "clock()"}, TimeOfDay(hour=17, minute=0)),
        ({"time": "account"}, None),
        ({"recording": "message"}, Recording("rec-1.wav")),
        ({"recording": "evil"}, None),
    ],
)
def test_a_prompt_says_what_is_known(written: Any, said: Utterance | None) -> None:
    assert talk().say([PROMPT.validate_python(written)]) == (() if said is None else (said,))


def test_a_caller_is_spoken_to_in_his_language() -> None:
    ours = talk()
    ours.language = "zh"
    assert ours.say([PROMPT.validate_python({"text": {"en": "Hello", "zh": "你好"}})]) == (Text("你好"),)
    assert ours.value_of("language") == "zh"


def test_what_is_given_cannot_be_set_and_nothing_grows_without_end() -> None:
    ours = Talk(given={"caller": "+33"})
    ours.set("caller", "evil")
    assert ours.value_of("caller") == "+33"
    for at in range(MAX_VARIABLES * 2):
        ours.set(f"v{at}", at)
    for _ in range(MAX_KEYS * 2):
        ours.typed("1")
    ours.typed("A")
    assert len(ours.variables) == MAX_VARIABLES
    assert sum(ours.next_key() is not None for _ in range(MAX_KEYS * 2)) == MAX_KEYS


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("{text: 'Hello {name'}", "4: nodes.a.prompts.0.text: has a brace alone"),
        ("{number: a b}", "4: nodes.a.prompts.0.number: is no expression: a b"),
        ("{amount: 1}", "4: nodes.a.prompts.0.currency: is required but missing"),
        ("{amount: 1, currency: euro}", "4: nodes.a.prompts.0.currency: String should match"),
        ("{amount: 1, curency: EUR}", "4: nodes.a.prompts.0.currency: is required but missing"),
        ("{say: hello}", "4: nodes.a.prompts.0: must be a name or a mapping with one of: prompt, text"),
        ("{}", "4: nodes.a.prompts.0: must be a name or a mapping with one of: prompt, text"),
        ("[hello]", "4: nodes.a.prompts.0: must be a name or a mapping"),
        ("5", "4: nodes.a.prompts.0: must be text: put it in quotes"),
        ("{text: {zh: x}}", "4: nodes.a.prompts.0.text: has no text in 'en'"),
        ("{text: {}}", "4: nodes.a.prompts.0.text"),
    ],
)
def test_a_prompt_written_wrongly_is_told_at_its_place(prompt: str, told: str) -> None:
    text = f"name: main\nstart: a\nnodes:\n  a: {{kind: hangup, prompts: [{prompt}]}}\n"
    with pytest.raises(DocumentError) as mistakes:
        validate(parse_document(text.encode(), ""), Flow)
    assert str(mistakes.value).splitlines()[0].removeprefix(":").startswith(told)


def test_a_talk_shows_neither_secrets_nor_what_was_typed_before_it_was_asked_for() -> None:
    ahead = talk()
    for key in "5678":
        ahead.typed(key)
    shown = repr(ahead)
    assert "Ana" in shown
    assert "1234" not in shown
    assert not any(f"'{key}'" in shown for key in "5678")
