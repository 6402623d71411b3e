"""What the callers of one queue waited, against what was foretold: learns, corrects, and judges itself."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from acd.call import CallClass
from acd.instant import Span, in_seconds, seconds
from acd.regression import Regression
from acd.window import PERMILLE, Window

BANDS = (0, 1, 2, 3, 4, 4, 5, 5, 5)
"""Callers ahead to band: few ahead and many ahead err differently."""
LAST_BAND = 6
REMEMBERED = 400
"""Observations in a window, of each band and of all."""
ENOUGH = 50
"""Observations before anything is said of their spread."""
JUDGED = 200
"""The latest statements by which accuracy is judged ..."""
ENOUGH_JUDGED = 50
"""... and how many there must be."""
TOLERANCE = 100
"""Permille by which coverage may miss the stated quantile before the queue falls silent."""
LEAST_S = 1.0
ABANDONMENT_FORGETS = 0.9999
FIRST_PATIENCE_S = 600.0

_CLASSES = tuple(CallClass)
_BELIEVED = (1.0, 0.0, 0.0, 0.0) + (0.0,) * (len(_CLASSES) - 1)
_STRENGTH = (1e4, 1e4, 30.0, 1e4) + (30.0,) * (len(_CLASSES) - 1)


class Situation(NamedTuple):
    """What a caller meets when he begins to wait, as the regression sees it; times in seconds."""

    ahead: float
    """Callers ahead who will be taken by agents he could have."""
    speed: float
    """Calls a second those agents can take."""
    head_waited: float
    """How long the first in his queue has waited."""
    call_class: CallClass


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How a queue's estimates did lately. Only callers who were answered can tell."""

    judged: int
    """Statements looked back at, the latest ones."""
    covered: int
    """Of these, answered within the stated time."""
    mean_error_s: float | None
    """Mean distance between the median estimate and the wait."""
    learnt: int
    """Answered callers learnt from since the engine started."""

    @property
    def coverage_permille(self) -> int | None:
        """Share answered within what was stated."""
        return None if not self.judged else self.covered * PERMILLE // self.judged


class WaitModel:
    """The mean wait is a weighted sum of what the queueing model says and of a few facts, the weights learnt
    by regression. The spread around it is learnt by position: waits divided by their means, the latest ones.
    """

    def __init__(self) -> None:
        self._regression = Regression(_BELIEVED, _STRENGTH)
        self._ratios: dict[int, Window] = {}
        self._all = Window(REMEMBERED)
        self._left = 1.0
        self._waited_s = FIRST_PATIENCE_S
        self._judged: deque[tuple[bool, Span]] = deque()
        self._covered = self._errors = 0
        self._stated_permille: int | None = None

    # -- foretelling ---------------------------------------------------------------------------------------

    def features(self, situation: Situation) -> tuple[float, ...]:
        """What the regression weighs. The first is the queueing model's answer: everybody ahead, and then he,
        is taken by the agents or gives up; the second the time between two of these agents getting free.
        """
        leaving = situation.ahead * self._left / self._waited_s / 2
        others = (float(situation.call_class is one) for one in _CLASSES[:-1])
        return (
            (situation.ahead + 1) / (situation.speed + leaving),
            1 / situation.speed,
            1.0,
            situation.head_waited,
            *others,
        )

    def mean(self, features: Sequence[float]) -> float:
        """The mean wait in seconds."""
        weights = self._regression.weights()
        return max(LEAST_S, sum(weight * fact for weight, fact in zip(weights, features, strict=True)))

    def ratio(self, ahead: float, permille: int) -> float | None:
        """Wait over mean wait, not exceeded with this probability; None as long as too little was seen."""
        window = self._ratios.get(_band(ahead))
        if window is None or len(window) < ENOUGH:
            window = self._all
        return window.quantile(permille) if len(window) >= ENOUGH else None

    # -- learning ------------------------------------------------------------------------------------------

    def answered(self, situation: Situation, features: Sequence[float], mean: float, waited_s: float) -> None:
        """He was answered."""
        self._waits(waited_s, left=False)
        self._regression.learn(features, waited_s)
        ratio = waited_s / mean
        self._ratios.setdefault(_band(situation.ahead), Window(REMEMBERED)).add(ratio)
        self._all.add(ratio)

    def abandoned(self, waited_s: float) -> None:
        """He gave up: callers ahead do that, too."""
        self._waits(waited_s, left=True)

    def _waits(self, waited_s: float, *, left: bool) -> None:
        self._left = self._left * ABANDONMENT_FORGETS + left
        self._waited_s = self._waited_s * ABANDONMENT_FORGETS + waited_s

    # -- its own judge -------------------------------------------------------------------------------------

    def judge(self, permille: int, stated_s: float, median_s: float, waited_s: float) -> None:
        """Look back at what was stated to a caller who was answered."""
        if permille != self._stated_permille:
            self._stated_permille, self._covered, self._errors = permille, 0, 0
            self._judged.clear()
        covered, error = waited_s <= stated_s, seconds(abs(median_s - waited_s))
        self._judged.append((covered, error))
        self._covered += covered
        self._errors += error
        if len(self._judged) > JUDGED:
            covered, error = self._judged.popleft()
            self._covered -= covered
            self._errors -= error

    def accuracy(self) -> Accuracy:
        """How it did lately."""
        judged = len(self._judged)
        error = in_seconds(self._errors) / judged if judged else None
        return Accuracy(judged, self._covered, error, self._regression.seen)

    def is_calibrated(self, permille: int) -> bool:
        """Whether it has seen enough, and kept what it said."""
        judged = len(self._judged)
        if judged < ENOUGH_JUDGED or permille != self._stated_permille:
            return False
        return abs(self._covered * PERMILLE - permille * judged) <= TOLERANCE * judged


def _band(ahead: float) -> int:
    whole = int(ahead)
    return BANDS[whole] if whole < len(BANDS) else LAST_BAND
