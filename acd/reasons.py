"""Why an agent is not ready: codes the rules let people choose from, and the engine's own, a closed set."""

from typing import NewType

NotReadyReason = NewType("NotReadyReason", str)
"""A code: one of the rules' (see :class:`acd.rules.ReasonRules`), or one of :class:`EngineReason`."""


class EngineReason:
    """What only the engine gives as a reason; nobody may ask for these, and no rule may use their names."""

    NO_ANSWER = NotReadyReason("no_answer")
    REJECTED = NotReadyReason("rejected")
    PHONE_UNREACHABLE = NotReadyReason("phone_unreachable")


CHOSEN_BY_ENGINE = frozenset({EngineReason.NO_ANSWER, EngineReason.REJECTED, EngineReason.PHONE_UNREACHABLE})

OTHER = NotReadyReason("other")
"""The reason of who gives none."""
