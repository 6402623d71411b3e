"""The number plan: which flow answers which dialled number, and at what hours."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ivr.document import Loc, Misfit, Misfits

ANY_NUMBER = "default"
"""The key of the number plan that catches every number not named in it."""
MAX_NUMBERS = 10_000


def _matching(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(what)
        return text

    return AfterValidator(check)


FlowName = Annotated[
    str, _matching("[a-z0-9][a-z0-9_-]{0,63}", "must be a flow's name: lower-case letters, digits, hyphens")
]
CalendarName = Annotated[
    str, _matching("[a-z][a-z0-9-]{0,30}[a-z0-9]", "must be the name of one of the rules' calendars")
]
DialledNumber = Annotated[
    str,
    _matching("default|[+*#]?[0-9]{1,31}", "must be digits, optionally after +, * or #, or the word default"),
]
"""What the dialplan lets in; ``default`` stands for every number not named."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FlowByHours(_Written):
    """Who answers a number, and who does when it is closed."""

    flow: FlowName
    hours: CalendarName | None = None
    """One of the rules' calendars; None: always open."""
    closed: FlowName | None = None
    """The flow for callers outside the hours."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.hours is None) != (self.closed is None):
            given, lacking = ("hours", "closed") if self.closed is None else ("closed", "hours")
            raise Misfits([Misfit((given,), f"means nothing without {lacking}")])
        return self


Answering = Annotated[
    Annotated[FlowName, Tag("a flow")] | Annotated[FlowByHours, Tag("flows by hours")],
    Discriminator(lambda given: "a flow" if isinstance(given, str) else "flows by hours"),
]
"""``main``, or ``{flow: main, hours: office, closed: night}``."""


class NumberPlan(_Written):
    """Every number that is answered, and by which flow."""

    numbers: Annotated[Mapping[DialledNumber, Answering], Field(min_length=1, max_length=MAX_NUMBERS)]

    def flow_for(self, dialled: str, open_now: Callable[[str], bool]) -> str | None:
        """The flow that answers ``dialled``, None when none does. ``open_now`` is asked of a calendar."""
        answering = self.numbers.get(dialled, self.numbers.get(ANY_NUMBER))
        if not isinstance(answering, FlowByHours):
            return answering
        if answering.hours is None or open_now(answering.hours):
            return answering.flow
        return answering.closed

    def flows_named(self) -> Iterator[tuple[Loc, str]]:
        """Every flow named here, with its place."""
        for number, answering in self.numbers.items():
            if not isinstance(answering, FlowByHours):
                yield ("numbers", number), answering
                continue
            yield ("numbers", number, "flow"), answering.flow
            if answering.closed is not None:
                yield ("numbers", number, "closed"), answering.closed

    def calendars_named(self) -> Iterator[tuple[Loc, str]]:
        """Every calendar named here, with its place."""
        for number, answering in self.numbers.items():
            if isinstance(answering, FlowByHours) and answering.hours is not None:
                yield ("numbers", number, "hours"), answering.hours
