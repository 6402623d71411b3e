"""Why an agent is not ready: codes the rules let people choose from, and the engine's own, a closed set."""

from typing import Final, NewType

NotReadyReason = NewType("NotReadyReason", str)
"""A code: one of the rules' (see :class:`acd.agent_rules.ReasonRules`), or one of :class:`EngineReason`."""


class EngineReason:
    """What only the engine gives as a reason; nobody may ask for these, and no rule may use their names."""

    NO_ANSWER: Final = NotReadyReason("no_answer")
    REJECTED: Final = NotReadyReason("rejected")
    PHONE_BUSY: Final = NotReadyReason("phone_busy")
    NOT_RUNG: Final = NotReadyReason("not_rung")
    """His phone could not be rung, though it is registered as far as is known."""
    OFFERS_NOT_TAKEN: Final = NotReadyReason("offers_not_taken")
    """So many offers in a row came to nothing that he is left alone until he says so himself."""
    PHONE_UNREACHABLE: Final = NotReadyReason("phone_unreachable")


CHOSEN_BY_ENGINE = frozenset(
    {
        EngineReason.NO_ANSWER,
        EngineReason.REJECTED,
        EngineReason.PHONE_BUSY,
        EngineReason.NOT_RUNG,
        EngineReason.OFFERS_NOT_TAKEN,
        EngineReason.PHONE_UNREACHABLE,
    }
)

OTHER = NotReadyReason("other")
"""The reason of who gives none."""
