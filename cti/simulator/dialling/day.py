"""What is counted of one day of a campaign."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Day:
    """One day under one policy. Times in µs."""

    placed: int = 0
    """Lines."""
    failed: int = 0
    live: int = 0
    """Answered by a person."""
    connected: int = 0
    abandoned: int = 0
    """Answered, and nobody was there in time."""
    talked: int = 0
    staffed: int = 0
    course: list[tuple[float, int, int, int, int, float]] = field(default_factory=list)
    """Every few minutes: hours since the start, lines placed, live answers, abandoned calls so far, agents at
    work then, and the share of the agents' time since the row before that they talked."""

    @property
    def unexplained(self) -> int:
        """Lines and answers that nobody knows the end of; anything but 0 is a bug."""
        return abs(self.placed - self.failed - self.live) + abs(self.live - self.connected - self.abandoned)

    @property
    def abandoned_share(self) -> float:
        """Of live answers."""
        return self.abandoned / self.live if self.live else 0.0

    @property
    def utilisation(self) -> float:
        """The share of the agents' time in which they talked."""
        return self.talked / self.staffed if self.staffed else 0.0
