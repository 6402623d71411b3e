"""Service level: one word, five meanings. Each has a name, which is told with every figure.

A caller answered within the queue's threshold counts for the queue in all of them; they differ in what they
make of callers who gave up.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the formulas are made of. All counts are visits to a queue."""

    answered: int
    answered_within: int
    """Answered within the threshold."""
    abandoned: int
    abandoned_within: int
    """Gave up within the threshold."""
    abandoned_short: int
    """Gave up so soon that nobody could have answered; among those within the threshold or not."""


class ServiceLevelFormula(StrEnum):
    """How the share is built. Sources: ICMI's variants as collected by callcentrehelper.com; the second is
    what Asterisk's app_queue calls service level, the fourth what Cisco ICM calls "abandons ignored".
    """

    ABANDONED_COUNT_AGAINST = "abandoned_count_against"
    """answered within / (answered + abandoned)."""
    ANSWERED_ONLY = "answered_only"
    """answered within / answered: who gave up is not counted at all."""
    ABANDONED_IN_TIME_COUNT_FOR = "abandoned_in_time_count_for"
    """(answered within + abandoned within) / (answered + abandoned)."""
    ABANDONED_IN_TIME_IGNORED = "abandoned_in_time_ignored"
    """answered within / (answered + abandoned after the threshold)."""
    SHORT_ABANDONED_COUNT_FOR = "short_abandoned_count_for"
    """(answered within + abandoned very soon) / (answered + abandoned)."""

    @property
    def words(self) -> str:
        """The formula as people read it beside the figure."""
        match self:
            case ServiceLevelFormula.ABANDONED_COUNT_AGAINST:
                return "answered_within / (answered + abandoned)"
            case ServiceLevelFormula.ANSWERED_ONLY:
                return "answered_within / answered"
            case ServiceLevelFormula.ABANDONED_IN_TIME_COUNT_FOR:
                return "(answered_within + abandoned_within) / (answered + abandoned)"
            case ServiceLevelFormula.ABANDONED_IN_TIME_IGNORED:
                return "answered_within / (answered + abandoned - abandoned_within)"
            case ServiceLevelFormula.SHORT_ABANDONED_COUNT_FOR:
                return "(answered_within + abandoned_short) / (answered + abandoned)"
            case _:
                assert_never(self)

    def share(self, n: Answers) -> float | None:
        """The service level, from 0 to 1; None before the first call that counts."""
        well, of = self.parts(n)
        return well / of if of else None

    def parts(self, n: Answers) -> tuple[int, int]:
        """What is divided by what."""
        everybody = n.answered + n.abandoned
        match self:
            case ServiceLevelFormula.ABANDONED_COUNT_AGAINST:
                well, of = n.answered_within, everybody
            case ServiceLevelFormula.ANSWERED_ONLY:
                well, of = n.answered_within, n.answered
            case ServiceLevelFormula.ABANDONED_IN_TIME_COUNT_FOR:
                well, of = n.answered_within + n.abandoned_within, everybody
            case ServiceLevelFormula.ABANDONED_IN_TIME_IGNORED:
                well, of = n.answered_within, everybody - n.abandoned_within
            case ServiceLevelFormula.SHORT_ABANDONED_COUNT_FOR:
                well, of = n.answered_within + n.abandoned_short, everybody
            case _:
                assert_never(self)
        return well, of
