"""Expressions in flows: ``balance < 0 and customer.segment == "private"``. Read with :mod:`ast` against a
list of what is allowed, limited in size, and evaluated by our own walker: nothing of Python is reached.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Protocol, final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ivr.values import MAX_NUMBER, Secret, Value, as_text, is_reasonable

MAX_LENGTH = 500
"""Characters of one expression."""
MAX_DEPTH = 20
"""How deep one may be nested."""
MAX_TEXT = 1000
"""Characters of the longest text an expression makes."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_CONSTANTS: Mapping[str, Value] = {"true": True, "false": False, "none": None}


class ExpressionError(ValueError):
    """What is written is no expression."""


class Fault(Exception):
    """An expression has no value for this caller: it calculates with a text, or divides by nothing."""


class Scope(Protocol):
    """What an expression is evaluated in: the variables of a call and its time."""

    @property
    def now(self) -> datetime:
        """When it is for this caller: by the clock on the wall of the house."""
        ...

    def value_of(self, name: str) -> Value:
        """What a variable holds; None when there is none of this name."""
        ...


@final
class Expression:
    """An expression, checked. Two of the same text are equal."""

    __slots__ = ("_tree", "names", "source")

    def __init__(self, source: str) -> None:
        """Read ``source``.

        Raises:
            ExpressionError: it is too long or deep, or says what no flow may say.
        """
        self.source = source
        self._tree = _parsed(source)
        self.names: tuple[str, ...] = tuple(dict.fromkeys(_checked(self._tree, 0)))
        """Every variable it reads, dotted ones whole."""

    def value(self, scope: Scope) -> Value:
        """What it comes to.

        Raises:
            Fault: it comes to nothing for this caller.
        """
        return _value(self._tree, scope)

    def truth(self, scope: Scope) -> bool:
        """Whether it holds: nothing, ``false``, zero and an empty text do not.

        Raises:
            Fault: it comes to nothing for this caller.
        """
        return _truth(_value(self._tree, scope))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._written, serialization=core_schema.plain_serializer_function_ser_schema(_source_of)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = {"type": "string", "maxLength": MAX_LENGTH, "description": "An expression"}
        return {"anyOf": [text, {"type": "number"}, {"type": "boolean"}]}

    @classmethod
    def _written(cls, given: object) -> "Expression":
        """As a document gives it: ``5`` and ``true`` need no quotes."""
        match given:
            case Expression():
                return given
            case bool():
                return cls("true" if given else "false")
            case int() | float():
                return cls(f"{given}")
            case str():
                return cls(given)
            case _:
                raise ValueError("must be an expression, such as balance < 0")


def _source_of(expression: Expression) -> str:
    return expression.source


def _parsed(source: str) -> ast.expr:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"is no expression: {_short(source)}") from None


def _short(source: str) -> str:
    return source if len(source) <= 60 else source[:57] + "..."


# --- what may be written ---------------------------------------------------------------------------------


def _checked(node: ast.expr, depth: int) -> Iterator[str]:
    """The names ``node`` reads, once it is known to hold only what is allowed."""
    if depth > MAX_DEPTH:
        raise ExpressionError(f"is nested more than {MAX_DEPTH} deep")
    match node:
        case ast.Constant(value=value):
            _constant(value)
        case ast.Name() | ast.Attribute():
            if (name := _name(node)) not in _CONSTANTS:
                yield name
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _checked(part, depth + 1)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield from _checked(operand, depth + 1)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod()):
            yield from _checked(node.left, depth + 1)
            yield from _checked(node.right, depth + 1)
        case ast.Compare(left=left, ops=ops, comparators=rights):
            yield from _checked(left, depth + 1)
            for op, right in zip(ops, rights, strict=True):
                if isinstance(op, ast.Is | ast.IsNot):
                    raise ExpressionError("compares with == and !=, not with 'is'")
                for part in _listed(right) if isinstance(op, ast.In | ast.NotIn) else [right]:
                    yield from _checked(part, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in _FUNCTIONS:
                raise ExpressionError(f"knows no function {name}(); there are {', '.join(_FUNCTIONS)}")
            takes = _FUNCTIONS[name][0]
            if len(arguments) != takes:
                raise ExpressionError(f"must give {takes} values to {name}(), not {len(arguments)}")
            for argument in arguments:
                yield from _checked(argument, depth + 1)
        case _:
            raise ExpressionError(f"may not hold '{_short(ast.unparse(node))}'")


def _constant(value: object) -> Value:
    match value:
        case str() if len(value) <= MAX_TEXT:
            return value
        case bool() | None:
            raise ExpressionError("writes true, false and none in small letters")
        case int() if abs(value) < MAX_NUMBER:
            return value
        case float() if abs(value) < MAX_NUMBER:
            return Decimal(repr(value))
        case _:
            raise ExpressionError("holds a value that is no text and no number of reasonable size")


def _name(node: ast.expr) -> str:
    """``customer.id`` of its parts."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise ExpressionError(f"may not hold '{_short(ast.unparse(node))}' before a dot")
    parts.append(node.id)
    for part in parts:
        if not _NAME.fullmatch(part):
            raise ExpressionError(f"names are small letters, digits and _: {_short(part)}")
    return ".".join(reversed(parts))


def _listed(node: ast.expr) -> list[ast.expr]:
    """What stands in a list; anything else is by itself."""
    return node.elts if isinstance(node, ast.Tuple | ast.List) else [node]


# --- what it comes to ------------------------------------------------------------------------------------


def _value(node: ast.expr, scope: Scope) -> Value:
    match node:
        case ast.Constant(value=value):
            return _constant(value)
        case ast.Name() | ast.Attribute():
            name = _name(node)
            return _CONSTANTS[name] if name in _CONSTANTS else scope.value_of(name)
        case ast.BoolOp(op=op, values=parts):
            wanted = isinstance(op, ast.Or)
            return wanted if any(_truth(_value(part, scope)) is wanted for part in parts) else not wanted
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(_value(operand, scope))
        case ast.UnaryOp(operand=operand):
            return _in_bounds(-_number(_value(operand, scope)))
        case ast.BinOp(left=left, op=op, right=right):
            return _sum(op, _value(left, scope), _value(right, scope))
        case ast.Compare():
            return _holds(node, scope)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name][1](scope, *(_value(argument, scope) for argument in arguments))
        case _:
            raise AssertionError("was checked when it was read")


def _holds(node: ast.Compare, scope: Scope) -> bool:
    left = _value(node.left, scope)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            right: Value = None
            if isinstance(comparator, ast.Tuple | ast.List):
                found = any(_same(left, _value(part, scope)) for part in comparator.elts)
            else:
                right = _value(comparator, scope)
                found = left is not None and right is not None and _text(left) in _text(right)
            holds = found is isinstance(op, ast.In)
        else:
            right = _value(comparator, scope)
            holds = _compared(op, left, right)
        if not holds:
            return False
        left = right
    return True


def _compared(op: ast.cmpop, left: Value, right: Value) -> bool:
    if isinstance(op, ast.Eq | ast.NotEq):
        return _same(left, right) is isinstance(op, ast.Eq)
    a: Any = left
    b: Any = right
    if not any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, date)):
        a, b = _number(left), _number(right)
    match op:
        case ast.Lt():
            return bool(a < b)
        case ast.LtE():
            return bool(a <= b)
        case ast.Gt():
            return bool(a > b)
        case _:
            return bool(a >= b)


def _same(left: Value, right: Value) -> bool:
    """Whether two values are the same. A typed key is text: ``"1"`` and ``1`` are not."""
    if isinstance(left, Secret) and isinstance(right, str):
        return left.reveal() == right
    if isinstance(right, Secret) and isinstance(left, str):
        return right.reveal() == left
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _truth(value: Value) -> bool:
    return bool(value.reveal()) if isinstance(value, Secret) else bool(value)


def _number(value: Value) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Fault("calculates with what is no number")
    if isinstance(value, Decimal) and not is_reasonable(value):
        raise Fault("calculates with a number of unreasonable size")
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise Fault("needs a text")
    return value


def _sum(op: ast.operator, left: Value, right: Value) -> Value:
    if isinstance(op, ast.Add) and isinstance(left, str) and isinstance(right, str):
        return _short_enough(left + right)
    a, b = _number(left), _number(right)
    try:
        match op:
            case ast.Add():
                return _in_bounds(Decimal(a) + b if isinstance(b, Decimal) else a + b)
            case ast.Sub():
                return _in_bounds(Decimal(a) - b if isinstance(b, Decimal) else a - b)
            case ast.Mult():
                return _in_bounds(Decimal(a) * b if isinstance(b, Decimal) else a * b)
            case ast.FloorDiv():
                return _in_bounds(_whole_times(a, b))
            case _:
                return _in_bounds(a - _whole_times(a, b) * b)
    except ArithmeticError:
        raise Fault("comes to no number") from None


def _whole_times(a: int | Decimal, b: int | Decimal) -> int:
    """How many whole times ``b`` goes into ``a``, rounded down for every kind of number."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    return int((Decimal(a) / Decimal(b)).to_integral_value(ROUND_FLOOR))


def _in_bounds(number: int | Decimal) -> int | Decimal:
    if not -MAX_NUMBER < number < MAX_NUMBER:
        raise Fault("comes to a number that is too large")
    return number


def _short_enough(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Fault("comes to a text that is too long")
    return text


# --- functions -------------------------------------------------------------------------------------------


def _len(scope: Scope, value: Value) -> Value:
    return len(value.reveal()) if isinstance(value, Secret) else len(_text(value))


def _int(scope: Scope, value: Value) -> Value:
    if isinstance(value, str) and _INTEGER.fullmatch(value) and value.isascii():
        return int(value)
    return int(_number(value))


def _to_number(scope: Scope, value: Value) -> Value:
    if isinstance(value, str) and _NUMBER.fullmatch(value) and value.isascii():
        return Decimal(value)
    return _number(value)


def _to_text(scope: Scope, value: Value) -> Value:
    return value if isinstance(value, Secret) else as_text(value)


def _first(scope: Scope, value: Value, most: Value) -> Value:
    return _text(value)[: _count(most)]


def _last(scope: Scope, value: Value, most: Value) -> Value:
    text = _text(value)
    return text[max(0, len(text) - _count(most)) :]


def _count(value: Value) -> int:
    number = _number(value)
    if not isinstance(number, int) or number < 0:
        raise Fault("counts with what is no whole number")
    return number


_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Value]]] = {
    "clock": (0, lambda scope: f"{scope.now:%H:%M}"),
    "first": (2, _first),
    "int": (1, _int),
    "last": (2, _last),
    "len": (1, _len),
    "lower": (1, lambda scope, value: _short_enough(_text(value).lower())),
    "number": (1, _to_number),
    "starts": (2, lambda scope, value, start: _text(value).startswith(_text(start))),
    "text": (1, _to_text),
    "today": (0, lambda scope: scope.now.date()),
    "upper": (1, lambda scope, value: _short_enough(_text(value).upper())),
    "weekday": (0, lambda scope: WEEKDAYS[scope.now.weekday()]),
}
"""Name → how many values it takes, and what it comes to."""
