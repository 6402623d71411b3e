"""``lookup``: what a service, or the customers' directory, knows."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import quote

from pydantic import Field, model_validator

from ivr.back import Back
from ivr.document import Misfit, Misfits
from ivr.expectation import Expectation, NotAsExpected, taken
from ivr.expression import Expression
from ivr.happenings import Answered, LookedUp, NothingThere
from ivr.names import NodeName, Place, VariableName
from ivr.nodes.node import Node, Outside
from ivr.question import CustomerQuestion, Method, Question, ServiceQuestion
from ivr.steps import LookUp
from ivr.talk import Run, Talk
from ivr.template import Template
from ivr.values import Secret, Value, as_text

MOST_PARTS = 30
"""Names in a query, in a body, or expected of an answer."""

ServiceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$")]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][0-9A-Za-z_.-]{0,63}$")]
LookupSeconds = Annotated[float, Field(strict=True, ge=0.1, le=30, allow_inf_nan=False)]

_LITERAL = re.compile(r"[0-9A-Za-z/._~-]*")


class _NotToBeAsked(Exception):
    """A question that would be another one: something in it is not known, or nobody may see it."""


class LookupNode(Node):
    """Asks a service by its name, or who has a number, and takes what is expected of the answer.

    Without an answer in time, or with one that is not what was expected, the variables hold what ``default``
    says, and the caller goes to ``failed``; where that is left out, on to ``next``.
    """

    while_waiting: ClassVar[bool] = True

    kind: Literal["lookup"]
    service: ServiceName | None = None
    """A service of the configuration (``ivr.lookups``)."""
    path: Template | None = None
    """After the service's own address, from a ``/`` on. Values stand in it percent-encoded."""
    query: Annotated[Mapping[FieldName, Template], Field(max_length=MOST_PARTS)] = {}
    """Names and values after the path; a value that is not known is left out, with its name."""
    method: Method | None = None
    """Left out: POST with a body, else GET."""
    body: Annotated[Mapping[FieldName, Template] | None, Field(max_length=MOST_PARTS)] = None
    """Sent as a JSON object. A text that is one expression and nothing else keeps its kind."""
    customer: Expression | None = None
    """Asks the customers' directory instead: who has this telephone number."""
    timeout_s: LookupSeconds = 3.0
    """How long a caller waits for it, all tries together, in seconds."""
    retries: Annotated[int, Field(strict=True, ge=0, le=3)] = 0
    """How many times it is asked again when there was no answer."""
    expect: Annotated[Mapping[VariableName, Expectation], Field(max_length=MOST_PARTS)] = {}
    """The variables it sets."""
    default: Mapping[VariableName, Expression] = {}
    """What they hold without an answer; nothing, if not said."""
    next: NodeName
    failed: NodeName | None = None
    """Where the caller goes without an answer; left out: on, with what ``default`` says."""
    not_found: NodeName | None = None
    """Where he goes when there is no such thing, or nobody of that number; left out: as without an answer."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if misfits := [*self._asks_one(), *self._path_misfits(), *self._default_misfits()]:
            raise Misfits(misfits)
        return self

    def _asks_one(self) -> Iterator[Misfit]:
        if (self.service is None) == (self.customer is None):
            yield Misfit((), "must ask a service: or a customer:, one of them")
        elif self.service is None:
            for name in ("path", "query", "method", "body"):
                if getattr(self, name):
                    yield Misfit((name,), "is for a service")
        if self.method == "GET" and self.body is not None:
            yield Misfit(("body",), "is not sent with GET")

    def _path_misfits(self) -> Iterator[Misfit]:
        if self.path is None or not self.path.source:
            return
        literals = [part for part in self.path.parts if isinstance(part, str)]
        if not self.path.source.startswith("/"):
            yield Misfit(("path",), "must begin with /")
        if not all(map(_LITERAL.fullmatch, literals)):
            yield Misfit(
                ("path",), "may hold letters, digits, / . _ ~ - and expressions; for more there is query"
            )
        if _leads_elsewhere("".join(part if isinstance(part, str) else "x" for part in self.path.parts)):
            yield Misfit(("path",), "may not hold . or .. between slashes")

    def _default_misfits(self) -> Iterator[Misfit]:
        for name in self.default:
            if name not in self.expect:
                yield Misfit(("default", name), "is not expected: see expect")
        if self.failed is None:
            for name, expected in self.expect.items():
                if name not in self.default and not expected.optional:
                    yield Misfit(("expect", name), "needs a default, or the node a failed:")

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On, and where he goes without an answer."""
        yield ("next",), self.next
        if self.failed is not None:
            yield ("failed",), self.failed
        if self.not_found is not None:
            yield ("not_found",), self.not_found

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The service."""
        if self.service is not None:
            yield ("service",), Outside.SERVICE, self.service

    def sets(self) -> Iterator[tuple[Place, str]]:
        """What is expected."""
        yield from ((("expect", name), name) for name in self.expect)

    def learns(self, way: str) -> Iterator[str]:
        """What the answer must hold; without an answer, what has a default."""
        for name, expected in self.expect.items():
            if name in self.default or (way == "next" and not expected.optional):
                yield name

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask, and take the answer. Keys he typed meanwhile are kept for the next question."""
        try:
            question = self._question(talk)
        except _NotToBeAsked as reason:
            return self._without_answer(talk, str(reason), self.failed)
        happening = yield LookUp(
            question=question, timeout_s=self.timeout_s, retries=self.retries, expects=self.expect
        )
        if isinstance(happening, LookedUp):
            for key in happening.typed:
                talk.typed(key)
        match happening:
            case Answered(data=data):
                try:
                    found = taken(self.expect, data)
                except NotAsExpected as missed:
                    return self._without_answer(talk, f"not as expected: {missed}", self.failed)
                for name, value in found.items():
                    talk.set(name, value)
                talk.note(result="ok")
                return self.next
            case NothingThere():
                return self._without_answer(talk, "not found", self.not_found or self.failed)
            case _:
                return self._without_answer(talk, "no answer", self.failed)

    def _without_answer(self, talk: Talk, why: str, way: NodeName | None) -> NodeName:
        for name in self.expect:
            talk.set(name, talk.value(self.default[name]) if name in self.default else None)
        talk.note(result=why)
        return way or self.next

    def _question(self, talk: Talk) -> Question:
        if self.customer is not None:
            return CustomerQuestion(number=_known(talk.value(self.customer)))
        assert self.service is not None, "was checked when it was read"
        query = {name: _only_value(template, talk) for name, template in self.query.items()}
        body = {name: _only_value(template, talk) for name, template in (self.body or {}).items()}
        return ServiceQuestion(
            service=self.service,
            method=self.method or ("GET" if self.body is None else "POST"),
            path=_path(self.path, talk) if self.path is not None else "",
            query=tuple((name, _seen(value)) for name, value in query.items() if value is not None),
            body=None if self.body is None else body,
        )


def _path(template: Template, talk: Talk) -> str:
    path = "".join(
        part if isinstance(part, str) else quote(_known(talk.value(part)), safe="", errors="replace")
        for part in template.parts
    )
    if _leads_elsewhere(path):
        raise _NotToBeAsked("a path that leads elsewhere")
    return path


def _leads_elsewhere(path: str) -> bool:
    return not {".", ".."}.isdisjoint(path.split("/"))


def _only_value(template: Template, talk: Talk) -> Value:
    """The value of the one expression the template is, else its text."""
    match template.parts:
        case (Expression() as expression,):
            return talk.value(expression)
        case parts:
            return "".join(part if isinstance(part, str) else _known(talk.value(part)) for part in parts)


def _known(value: Value) -> str:
    """A value without which the question would be another one."""
    if value is None or value == "":
        raise _NotToBeAsked("something in the question is not known")
    return _seen(value)


def _seen(value: Value) -> str:
    """A value where anybody may see it."""
    if isinstance(value, Secret):
        raise _NotToBeAsked("a secret where it would be seen")
    return as_text(value)
