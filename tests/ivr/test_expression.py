"""Expressions say what they seem to say, reach nothing else, and end quickly whatever they hold."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.expression import MAX_LENGTH, Expression, ExpressionError, Fault
from ivr.template import Template
from ivr.values import Secret, Value


class Call:
    """A caller of whom some things are known."""

    now = datetime(2026, 12, 24, 17, 30, tzinfo=UTC)

    def __init__(self, **variables: Value) -> None:
        self._variables = variables

    def value_of(self, name: str) -> Value:
        return self._variables.get(name.replace(".", "_"))


CALL = Call(
    balance=Decimal("-12.50"),
    tries=3,
    account="0612345678",
    customer_segment="private",
    pin=Secret("1234"),
    due=date(2027, 1, 2),
    agreed=True,
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("balance", Decimal("-12.50")),
        ("balance + 2.5", Decimal("-10.00")),
        ("tries * 2 - 1", 5),
        ("tries // 2", 1),
        ("-tries // 2", -2),
        ("balance // 5", -3),
        ("balance % 5", Decimal("2.50")),
        ("tries % 2", 1),
        ('"+33" + last(account, 9)', "+33612345678"),
        ("first(account, 2)", "06"),
        ("last(account, 0)", ""),
        ("len(account)", 10),
        ("len(pin)", 4),
        ("int(first(account, 3))", 61),
        ('number("12.50")', Decimal("12.50")),
        ("text(tries)", "3"),
        ("upper(customer.segment)", "PRIVATE"),
        ("balance < 0 and tries >= 3", True),
        ("balance > 0 or not agreed", False),
        ("0 < tries < 4", True),
        ("0 < tries < 3", False),
        ('customer.segment in ("private", "gold")', True),
        ('customer.segment not in ["gold"]', True),
        ('"123" in account', True),
        ('starts(account, "06")', True),
        ('pin == "1234"', True),
        ('pin == "4321"', False),
        ("account == 612345678", False),
        ("customer.name == none", True),
        ("customer.name", None),
        ("agreed == true", True),
        ("tries == true", False),
        ("today()", date(2026, 12, 24)),
        ("due > today()", True),
        ("weekday()", "thu"),
        ('clock() < "18:00"', True),
        ("  tries  ", 3),
        ("false", False),
    ],
)
def test_an_expression_comes_to_its_value(written: str, value: Value) -> None:
    found = Expression(written).value(CALL)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "account + 1",
        "customer.name + 1",
        "tries // 0",
        "balance % 0",
        "customer.name < 3",
        "account < 3",
        "pin + pin",
        'pin < "2000"',
        "last(pin, 2)",
        "int(account + account)",
        'int("٣")',
        "agreed + 1",
        "999999999999999999 * 999999999999999999",
        "1e-30 * 1e-10 + 1",
        "first(account, -1)",
        "1 in account",
    ],
)
def test_what_has_no_value_is_a_fault(written: str) -> None:
    with pytest.raises(Fault):
        Expression(written).value(CALL)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a b",
        "a.b.__class__",
        "__import__('os')",
        "().__class__",
        "a[0]",
        "a()",
        "len()",
        "len(a, b)",
        "len(*a)",
        "len(x=a)",
        "a.upper()",
        "lambda: 1",
        "[x for x in a]",
        "(1, 2)",
        "a if b else c",
        "a := 1",
        "f'{a}'",
        "b'a'",
        "1j",
        "2 ** 1000",
        "1 << 10",
        "a / b",
        "~a",
        "a is none",
        "True",
        "None",
        "Name",
        "1e400",
        "9" * 30,
        "9" * (MAX_LENGTH + 1),
        "a\n b",
        "\0",
        "(" * 300,
        "-" * 400 + "1",
        "not " * 100 + "a",
        "1if a else b",
        "...",
    ],
)
def test_what_is_no_expression_is_told_when_it_is_read(written: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(written)


def test_an_expression_knows_the_names_it_reads() -> None:
    names = Expression("a + customer.id > len(b) and a in (c, none) or true").names
    assert names == ("a", "customer.id", "b", "c")


@given(st.text(max_size=60) | st.text(alphabet="abs.()[]'\"+-*/%<>=, 0123456789\n_{}\\", max_size=60))
def test_any_text_is_an_expression_or_is_refused(written: str) -> None:
    try:
        expression = Expression(written)
    except ExpressionError:
        return
    try:
        expression.value(CALL)
    except Fault:
        return


def test_a_template_is_filled_with_what_is_known() -> None:
    template = Template("{{{account}}} owes {0 - balance} EUR, {customer.name}{tries // 0}{pin}.")
    assert template.fill(CALL) == "{0612345678} owes 12.50 EUR, ***."
    assert template.names == ("account", "balance", "customer.name", "tries", "pin")
    assert template.fill(CALL, lambda value: "?").count("?") == 4


@pytest.mark.parametrize("written", ["{", "}", "a {b", "{}", "{a.b.__class__}", "{a} }", "x" * 2001])
def test_what_is_no_template_is_told_when_it_is_read(written: str) -> None:
    with pytest.raises(ExpressionError):
        Template(written)


@given(st.text(max_size=40) | st.text(alphabet="{}a+1 ", max_size=40))
def test_any_text_is_a_template_or_is_refused(written: str) -> None:
    try:
        template = Template(written)
    except ExpressionError:
        return
    assert isinstance(template.fill(CALL), str)


def test_a_secret_is_never_written_out() -> None:
    pin = Secret("1234")
    assert f"{pin} {pin!r} {[pin]} {pin:>5}" == "*** *** [***] ***"
    assert pin.reveal() == "1234"
    assert pin == Secret("1234")
    assert pin != Secret("12345")
    assert pin != "1234"
