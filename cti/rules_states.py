"""The rules' sections about agents' states: reasons, limits, and what follows an offer that was not taken."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from acd.agent_rules import (
    DEFAULT_REASONS,
    DwellRule,
    DwellThen,
    FailurePolicy,
    FailureThen,
    ReasonRules,
)
from acd.agent_state import AgentState
from acd.instant import seconds
from acd.offer import OfferEnd
from acd.reasons import CHOSEN_BY_ENGINE, NotReadyReason
from cti.several import MOST as MOST_AT_ONCE
from cti.value_types import PersonName, Section
from ivr.document import Misfit, Misfits

LONGEST_S = 86_400
"""A day: no limit or pause is longer."""

Seconds = Annotated[int, Field(ge=1, le=LONGEST_S)]


class LimitConfig(Section):
    """How long agents may be in a state, and what happens then besides being told."""

    most_s: Seconds
    then: Literal["flag"] = "flag"

    @property
    def rule(self) -> DwellRule:
        """As the core takes it."""
        return DwellRule(most=seconds(self.most_s), then=DwellThen(self.then))


class NotReadyLimitConfig(LimitConfig):
    """Who is not ready for too long may be logged out."""

    then: Literal["flag", "log_out"] = "flag"  # type: ignore[assignment]


class WrapUpLimitConfig(LimitConfig):
    """A wrap-up that takes too long may be ended."""

    then: Literal["flag", "release"] = "flag"  # type: ignore[assignment]


class DwellConfig(Section):
    """How long agents may be in a state; what is left out has no limit."""

    not_ready: NotReadyLimitConfig | None = None
    ready: LimitConfig | None = None
    talking: LimitConfig | None = None
    """Nobody's conversation is cut."""
    wrapping_up: WrapUpLimitConfig | None = None

    @property
    def rules(self) -> dict[AgentState, DwellRule]:
        """As the core takes them."""
        return {AgentState(state): limit.rule for state, limit in self if limit is not None}


class ReasonConfig(Section):
    """A reason agents may give for being not ready, and how long it may last."""

    label: PersonName
    most_s: Seconds | None = None
    then: Literal["flag", "log_out"] = "flag"

    @property
    def rules(self) -> ReasonRules:
        """As the core takes it."""
        limit = (
            None if self.most_s is None else DwellRule(most=seconds(self.most_s), then=DwellThen(self.then))
        )
        return ReasonRules(label=self.label, dwell=limit)


class NotTakenConfig(Section):
    """What follows one kind of offer that was not taken."""

    then: FailureThen
    cool_down_s: Annotated[int, Field(ge=0, le=LONGEST_S)] | None = None
    """How long the agent is left alone; goes with ``cool_down`` only, which needs it."""
    not_again_s: Annotated[int, Field(ge=0, le=LONGEST_S)] = 30
    """How long this caller is not offered to him again."""

    @property
    def policy(self) -> FailurePolicy:
        """As the core takes it."""
        return FailurePolicy(
            then=self.then, cool_down=seconds(self.cool_down_s or 0), not_again=seconds(self.not_again_s)
        )

    @model_validator(mode="after")
    def _cools_down_for_some_time(self) -> Self:
        if (self.cool_down_s is not None) != (self.then is FailureThen.COOL_DOWN):
            why = "'then: cool_down' needs cool_down_s, and nothing else takes it"
            raise Misfits([Misfit(("cool_down_s",), why)])
        return self


class AllNotTakenConfig(Section):
    """Policies by how an offer ended without being taken; what is left out follows a more general rule."""

    no_answer: NotTakenConfig | None = None
    rejected: NotTakenConfig | None = None
    busy: NotTakenConfig | None = None
    unreachable: NotTakenConfig | None = None
    expired: NotTakenConfig | None = None
    """Nothing was heard of the phone until the lease ended."""

    @property
    def policies(self) -> dict[OfferEnd, FailurePolicy]:
        """As the core takes them."""
        return {OfferEnd(end): policy.policy for end, policy in self if policy is not None}


class OffersConfig(Section):
    """How a queue rings its agents, what it does about offers they do not take, and gives them afterwards."""

    ring_most: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 1
    """How many phones may ring for one caller at once, when nobody else waits for their agents."""

    wrap_up_s: Annotated[int, Field(ge=0, le=3600)] = 10
    """How long after-call work takes; when it is manual, the longest it may take."""
    wrap_up_manual: bool = False
    """Wrap-up lasts until the agent says that he is done."""
    more_wrap_up_s: Annotated[int, Field(ge=1, le=3600)] = 30
    """What an agent gets who asks for more time ..."""
    more_wrap_up_times: Annotated[int, Field(ge=0, le=20)] = 0
    """... and how often he may ask after one conversation."""
    not_taken: AllNotTakenConfig = AllNotTakenConfig()

    @model_validator(mode="after")
    def _has_a_longest(self) -> Self:
        if self.wrap_up_manual and not self.wrap_up_s:
            raise Misfits([Misfit(("wrap_up_s",), "must say how long a manual wrap-up may take at the most")])
        return self


def default_reasons() -> dict[str, ReasonConfig]:
    """What people may choose from when the rules do not say."""
    return {code: ReasonConfig(label=reason.label) for code, reason in DEFAULT_REASONS.items()}


def engines_own(reasons: Mapping[str, ReasonConfig]) -> list[Misfit]:
    """Reasons that only the engine may give."""
    return [
        Misfit(("not_ready_reasons", code), "is a reason of the engine's own")
        for code in reasons
        if NotReadyReason(code) in CHOSEN_BY_ENGINE
    ]
