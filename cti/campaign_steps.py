"""The part ``steps`` of a campaign's document: a text first, a call later, one more text."""

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from acd.instant import seconds
from cti.value_types import Section
from dialer.campaign import Step, StepKind
from ivr.document import Misfit, Misfits

MOST_H = 24 * 90
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _time_of_day(written: str) -> str:
    if not _TIME.fullmatch(written):
        raise ValueError("must be a time of day, such as 09:30")
    return written


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
TextBody = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class StepConfig(Section):
    """One step; the next one follows when it is over and he has not responded."""

    kind: StepKind
    text: TextBody = ""
    """What is sent, with ``{name}`` and the lead's data."""
    not_before: TimeOfDay = "00:00"
    """By his clock."""
    after_h: Annotated[float, Field(ge=0, le=MOST_H)] = 0
    """Since the step before was over."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if misfits := [*self._misfits()]:
            raise Misfits(misfits)
        return self

    def _misfits(self) -> Iterator[Misfit]:
        if self.kind is StepKind.TEXT and not self.text.strip():
            yield Misfit(("text",), "needs the text that is sent")
        if self.kind is StepKind.CALL and self.text:
            yield Misfit(("text",), "is sent only in a step whose kind is text")

    @property
    def step(self) -> Step:
        """As the core knows it."""
        hours, minutes = self.not_before.split(":")
        return Step(
            kind=self.kind,
            text=self.text,
            not_before_minute=int(hours) * 60 + int(minutes),
            after=seconds(self.after_h * 3600),
        )
