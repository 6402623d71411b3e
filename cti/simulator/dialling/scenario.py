"""The scenario of a campaign's day: who answers, how long everything takes, who works."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cti.simulator.scenario import GammaConfig, LognormalConfig, Reaction
from dialer.budget import Allowance
from ivr.document import Misfit, Misfits

MOST_AGENTS = 1_000

Rate = Annotated[float, Field(gt=0, lt=1)]
HourOfRun = Annotated[float, Field(ge=0, le=24)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RatePoint(_Part):
    """How many of those dialled at one moment answer; in a straight line from one moment to the next."""

    at_h: HourOfRun
    rate: Rate


class Leave(_Part):
    """Some agents go home, after their conversations."""

    at_h: HourOfRun
    agents: Annotated[int, Field(ge=1, le=MOST_AGENTS)]


class DiallingScenario(_Part):
    """One day of one campaign; all of it has defaults."""

    agents: Annotated[int, Field(ge=1, le=MOST_AGENTS)] = 20
    hours: Annotated[float, Field(gt=0, le=24)] = 8.0
    answer_rate: Rate | list[RatePoint] = 0.30
    ring: Reaction = GammaConfig(kind="gamma", mean_s=10, sd_s=4)
    """Until a person answers who is going to."""
    ring_out_s: Annotated[float, Field(ge=1, le=60)] = 20.0
    """How long it rings for who is not."""
    fails_at_once: Annotated[float, Field(ge=0, le=1)] = 0.2
    """The share of those not answered that fail within 3 s: engaged, wrong number."""
    talk: Reaction = LognormalConfig(kind="lognormal", mean_s=120, sd_s=90)
    wrap_up_s: Annotated[float, Field(ge=0, le=600)] = 15.0
    connect_within_s: Annotated[float, Field(ge=0.1, le=10)] = 2.0
    """A live answer for whom nobody is there after so long is abandoned."""
    allowed: Annotated[float, Field(ge=0, lt=1)] = 0.03
    """The share of live answers that may be abandoned."""
    leads: Annotated[int, Field(ge=1)] | None = None
    """How many people the list has; None: as many as are wanted."""
    leave: list[Leave] = Field(default_factory=list)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        wrong = list[Misfit]()
        if isinstance(self.answer_rate, list):
            if not self.answer_rate:
                wrong.append(Misfit(("answer_rate",), "needs a rate, or moments with their rates"))
            for n, (one, two) in enumerate(pairwise(self.answer_rate)):
                if two.at_h <= one.at_h:
                    wrong.append(Misfit(("answer_rate", n + 1, "at_h"), "must be later than the one before"))
        going = sum(leave.agents for leave in self.leave)
        if going >= self.agents:
            wrong.append(Misfit(("leave",), f"{going} of {self.agents} agents leave: nobody would be left"))
        if wrong:
            raise Misfits(wrong)
        return self

    def rate_at(self, hour: float) -> float:
        """The share of those dialled so many hours after the start who answer."""
        if not isinstance(self.answer_rate, list):
            return self.answer_rate
        points = self.answer_rate
        if hour <= points[0].at_h:
            return points[0].rate
        for one, two in pairwise(points):
            if hour <= two.at_h:
                return one.rate + (two.rate - one.rate) * (hour - one.at_h) / (two.at_h - one.at_h)
        return points[-1].rate

    def allowance(self) -> Allowance:
        """As the ledger counts it, over 30 days."""
        return Allowance(share=self.allowed)
