"""The legal allowance of abandoned calls, as a budget that pacing may spend."""

from dataclasses import dataclass

from acd.instant import Span, seconds

THIRTY_DAYS = seconds(30 * 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many live answers may be abandoned, over how long. Figures of a profile, no constants."""

    share: float = 0.03
    """Of live answers."""
    window: Span = THIRTY_DAYS
    """The rolling span over which they are counted."""
    least: int = 1_000
    """A share of fewer live answers than this says nothing: a campaign is stopped by more abandoned calls
    than the share of so many allows. No call is *risked* on that account: there only real answers count."""

    def __post_init__(self) -> None:
        assert 0 <= self.share < 1, f"a share of {self.share}"
        assert self.window > 0, "a window without length"
        assert self.least >= 0, "fewer live answers than none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What an allowance has left, at one moment."""

    allowance: Allowance
    live: int
    """Answered by a person within the window."""
    abandoned: int
    """Of these, those for whom nobody was there in time."""

    def __post_init__(self) -> None:
        assert 0 <= self.abandoned <= self.live, f"{self.abandoned} of {self.live}"

    @property
    def left(self) -> float:
        """Calls that may still be abandoned; less than 0 when more were than the share of those answered."""
        return self.allowance.share * self.live - self.abandoned

    @property
    def is_spent(self) -> bool:
        """Whether nobody may be dialled any more until older calls leave the window."""
        return self.abandoned > self.allowance.share * max(self.live, self.allowance.least)

    @property
    def share(self) -> float | None:
        """Of the live answers, those abandoned; None before there was one."""
        return self.abandoned / self.live if self.live else None
