"""How many of the people who are dialled answer: learnt from every outcome, and anew when it jumps.

How much of the past counts cannot be chosen beforehand: with much of it the estimate is steady and late, with
little it is quick and shakes. So several estimates run side by side, each with a memory of its own, and one
that remembers this hour of the day; each is believed as much as it has foretold the latest outcomes, and
belief moves on by a fixed share per outcome, so that whoever was wrong for long is soon heard again (Herbster
and Warmuth 1998).
"""

MEMORIES = (15.0, 60.0, 240.0, 960.0)
"""Outcomes each of them remembers."""
OF_THE_HOUR = 2_000.0
"""The same of what is remembered of one hour of the day."""
ENOUGH = 50.0
"""Outcomes of an hour from which on it is believed."""
MOVES_ON = 0.01
"""The share of belief that is handed round at each outcome."""
PRIOR_ANSWERED, PRIOR_TRIED = 1.0, 2.0
"""Before anything was seen: half answer, as if one of two had. Too high is the safe side: who expects too
many answers places too few lines."""


class _Tally:
    """Answers among the latest tries, older ones counting less; starts from the prior."""

    __slots__ = ("answered", "kept", "tried")

    def __init__(self, memory: float) -> None:
        self.kept = 1.0 - 1.0 / memory
        self.answered, self.tried = PRIOR_ANSWERED, PRIOR_TRIED

    @property
    def mean(self) -> float:
        """Never 0 nor 1: nothing is impossible."""
        return (self.answered + 0.5) / (self.tried + 1.0)

    def add(self, answered: bool) -> None:
        self.answered = self.answered * self.kept + answered
        self.tried = self.tried * self.kept + 1.0

    def copy(self) -> "_Tally":
        other = _Tally.__new__(_Tally)
        other.kept, other.answered, other.tried = self.kept, self.answered, self.tried
        return other


class AnswerRate:
    """Of one list, or one region of it: what is believed, by hour of the day."""

    __slots__ = ("_beliefs", "_hour", "_hours", "_mean", "_tallies")

    def __init__(self) -> None:
        self._tallies = [_Tally(memory) for memory in MEMORIES]
        self._hours: dict[int, _Tally] = {}
        self._beliefs = [1.0 / (len(MEMORIES) + 1)] * (len(MEMORIES) + 1)
        self._hour: int | None = None
        self._mean = 0.0

    def observe(self, *, answered: bool, hour: int) -> None:
        """What became of a line that was placed in this ``hour`` (of the day, where the called is)."""
        beliefs = self._beliefs
        for n, tally in enumerate(self._believed(hour)):
            beliefs[n] *= tally.mean if answered else 1.0 - tally.mean
        all_of_it, even = sum(beliefs), MOVES_ON / len(beliefs)
        self._beliefs = [(1.0 - MOVES_ON) * belief / all_of_it + even for belief in beliefs]
        for tally in self._tallies:
            tally.add(answered)
        self._hours.setdefault(hour, _Tally(OF_THE_HOUR)).add(answered)
        self._hour = None

    def mean(self, hour: int) -> float:
        """The chance that somebody answers who is dialled in this hour."""
        if hour != self._hour:
            tallies = self._believed(hour)
            self._mean = sum(b * tally.mean for b, tally in zip(self._beliefs, tallies, strict=True))
            self._hour = hour
        return self._mean

    def copy(self) -> "AnswerRate":
        """Another one that has seen the same."""
        other = AnswerRate()
        other._tallies = [tally.copy() for tally in self._tallies]
        other._hours = {hour: tally.copy() for hour, tally in self._hours.items()}
        other._beliefs = list(self._beliefs)
        return other

    def _believed(self, hour: int) -> list[_Tally]:
        """Those with a memory, and the one of the hour; the longest memory again until that knows enough."""
        of_the_hour = self._hours.get(hour)
        if of_the_hour is None or of_the_hour.tried < ENOUGH:
            of_the_hour = self._tallies[-1]
        return [*self._tallies, of_the_hour]
