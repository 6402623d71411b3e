"""The parts ``retry`` and ``dispositions`` of a campaign's document: what follows an attempt."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from acd.instant import seconds
from cti.value_types import ReasonCode, Section
from dialer.attempt import AttemptOutcome
from dialer.campaign import Disposition, RetryRule
from ivr.document import Misfit, Misfits

MOST_MIN = 60 * 24 * 90
MOST_H = 24 * 366
UNKNOWN_DISPOSITION = "unknown"
"""Of whom nobody has said what came of it."""

RetriedOutcome = Literal[
    "abandoned",
    "hung_up",
    "left_flow",
    "machine",
    "message_left",
    "busy",
    "no_answer",
    "rejected",
    "failed",
    "cancelled",
    "agent_gone",
    "lost",
]
"""Outcomes of attempts that did not reach him. After all others he is done with, or his disposition says."""

Shown = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


class RetryConfig(Section):
    """What follows an outcome."""

    after_min: Annotated[float, Field(ge=0, le=MOST_MIN)]
    """How long he is left alone at least."""
    most: Annotated[int, Field(ge=0, le=100)] = 3
    """After so many of this outcome he is done with, by this number."""
    next_number: Annotated[bool, Field(strict=True)] = False
    """His next number is tried at once, and this one when all were tried."""
    other_part_of_day: Annotated[bool, Field(strict=True)] = False
    """Not before another part of his day begins: morning, afternoon, evening."""

    @property
    def rule(self) -> RetryRule:
        """As the core knows it."""
        return RetryRule(
            after=seconds(self.after_min * 60),
            most=self.most,
            next_number=self.next_number,
            other_part_of_day=self.other_part_of_day,
        )


class DispositionConfig(Section):
    """Something that may be said to have come of it; without further keys he is done."""

    title: Shown = ""
    success: Annotated[bool, Field(strict=True)] = False
    retry_h: Annotated[float, Field(gt=0, le=MOST_H)] | None = None
    """He is tried again after so long."""
    do_not_call: Annotated[bool, Field(strict=True)] = False
    """All his numbers go on the house's own list of those who are not called."""
    calls_back: Annotated[bool, Field(strict=True)] = False
    """A moment is asked for at which he is called again."""
    machine: Annotated[bool, Field(strict=True)] = False
    """It was no person: it does not count as a live answer."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if misfits := [*self._misfits()]:
            raise Misfits(misfits)
        return self

    def _misfits(self) -> Iterator[Misfit]:
        if self.calls_back and self.retry_h is not None:
            yield Misfit(("retry_h",), "he is called again at the moment that was agreed: calls_back")
        if self.do_not_call and (self.calls_back or self.retry_h is not None):
            yield Misfit(("do_not_call",), "he is never called again, and yet to be tried again")
        if self.machine and (self.success or self.calls_back or self.do_not_call):
            yield Misfit(("machine",), "a machine agrees to nothing")

    def disposition(self, name: str) -> Disposition:
        """As the core knows it."""
        return Disposition(
            name=name,
            title=self.title,
            success=self.success,
            retry_after=None if self.retry_h is None else seconds(self.retry_h * 3600),
            do_not_call=self.do_not_call,
            calls_back=self.calls_back,
            machine=self.machine,
        )


DispositionName = ReasonCode


def retry_rules(written: Mapping[RetriedOutcome, RetryConfig]) -> dict[AttemptOutcome, RetryRule]:
    """As the core knows them, in the order of outcomes."""
    named: dict[str, RetryConfig] = {str(name): rule for name, rule in written.items()}
    return {outcome: named[outcome].rule for outcome in AttemptOutcome if outcome in named}
