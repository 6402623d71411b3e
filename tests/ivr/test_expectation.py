"""What is taken of an answer, and what is not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ivr.expectation import MAX_NUMBER, MAX_TEXT, Expectation, NotAsExpected, taken
from ivr.question import Json
from ivr.values import Secret, Value


def take(written: Any, answer: Json) -> Value:
    expected = TypeAdapter(Expectation).validate_python(written)
    return taken({"it": expected}, answer)["it"]


@pytest.mark.parametrize(
    ("written", "answer", "value"),
    [
        ("text", {"it": "gold"}, "gold"),
        ("text", {"it": "李 Ölström"}, "李 Ölström"),
        ("integer", {"it": -3}, -3),
        ("decimal", {"it": 12}, Decimal(12)),
        ("decimal", {"it": Decimal("12.50")}, Decimal("12.50")),
        ("decimal", {"it": "-1234.50"}, Decimal("-1234.50")),
        ("decimal", {"it": Decimal("0." + "1" * 5000)}, Decimal("0.111111111")),
        ("decimal", {"it": Decimal("1e-99999")}, Decimal(0)),
        ("boolean", {"it": False}, False),
        ("date", {"it": "2026-12-24"}, date(2026, 12, 24)),
        ({"type": "integer", "path": "a.b"}, {"a": {"b": 5}}, 5),
        ({"type": "integer", "path": "a.1.b"}, {"a": [0, {"b": 5}]}, 5),
        ({"type": "integer", "path": "0"}, [5], 5),
        ({"type": "integer", "path": "7"}, {"7": 5}, 5),
        ({"type": "text", "optional": True}, {}, None),
        ({"type": "text", "optional": True}, {"it": None}, None),
        ({"type": "text", "optional": True}, None, None),
        ({"type": "text", "choices": ["a", "b"]}, {"it": "b"}, "b"),
        ({"type": "text", "secret": True}, {"it": "4711"}, Secret("4711")),
    ],
)
def test_what_is_expected_is_taken(written: Any, answer: Json, value: Value) -> None:
    found = take(written, answer)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("text", None),
        ("text", {}),
        ("text", []),
        ("text", "gold"),
        ("text", {"it": None}),
        ("text", {"it": 5}),
        ("text", {"it": ["gold"]}),
        ("text", {"it": "a\nb"}),
        ("text", {"it": "a\0b"}),
        ("text", {"it": "\ud800"}),
        ("text", {"it": "\u202egold"}),
        ("text", {"it": "x" * (MAX_TEXT + 1)}),
        ("integer", {"it": "5"}),
        ("integer", {"it": True}),
        ("integer", {"it": Decimal("5.0")}),
        ("integer", {"it": MAX_NUMBER}),
        ("integer", {"it": 10**4000}),
        ("decimal", {"it": True}),
        ("decimal", {"it": "1e5"}),
        ("decimal", {"it": "١٢"}),
        ("decimal", {"it": "12 EUR"}),
        ("decimal", {"it": -MAX_NUMBER}),
        ("decimal", {"it": Decimal("1e99999")}),
        ("decimal", {"it": Decimal("Infinity")}),
        ("decimal", {"it": ""}),
        ("boolean", {"it": 1}),
        ("boolean", {"it": "true"}),
        ("date", {"it": "2026-02-30"}),
        ("date", {"it": "20261224"}),
        ("date", {"it": "2026-W01-1"}),
        ("date", {"it": 20261224}),
        ({"type": "text", "choices": ["a"]}, {"it": "b"}),
        ({"type": "text", "optional": True}, {"it": 5}),
        ({"type": "integer", "path": "a.5"}, {"a": [1]}),
        ({"type": "integer", "path": "a.-1"}, {"a": [1]}),
        ({"type": "integer", "path": "a.99999999999999999999"}, {"a": [1]}),
        ({"type": "integer", "path": "a.b"}, {"a": "b"}),
    ],
)
def test_what_is_not_expected_is_not_taken(written: Any, answer: Json) -> None:
    with pytest.raises(NotAsExpected, match=r"^it$"):
        take(written, answer)


@pytest.mark.parametrize(
    "written",
    [
        "money",
        5,
        {},
        {"type": "text", "path": ""},
        {"type": "text", "path": "a..b"},
        {"type": "text", "path": "$.a"},
        {"type": "text", "more": 1},
        {"type": "text", "choices": []},
        {"type": "integer", "choices": ["1"]},
        {"type": "integer", "secret": True},
    ],
)
def test_what_makes_no_sense_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Expectation).validate_python(written)
