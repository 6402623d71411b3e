"""Least squares that learn one observation at a time and forget old ones slowly. No library, no chance."""

from collections.abc import Sequence

FORGETTING = 0.9995
"""What an observation weighs after each that follows it: about two thousand count."""
OFTEN_UNTIL, THEN_EVERY = 200, 10
"""Coefficients are worked out anew after every observation at first, then after every tenth."""


class Regression:
    """``y`` as a weighted sum of ``x``. Without observations the weights are those believed in beforehand;
    each belief counts as much as observations of ``x`` whose squares sum up to its strength.
    """

    __slots__ = ("_moments", "_products", "_strength", "_weights", "seen")

    def __init__(self, believed: Sequence[float], strength: Sequence[float]) -> None:
        self.seen = 0
        self._weights: list[float] | None = list(believed)
        size = len(believed)
        self._strength = tuple(zip(believed, strength, strict=True))
        self._moments = [[0.0] * size for _ in range(size)]
        self._products = [0.0] * size

    def weights(self) -> Sequence[float]:
        """What each part of ``x`` counts for."""
        if self._weights is None:
            rows = [list(row) for row in self._moments]
            right = list(self._products)
            for at, (believed, strength) in enumerate(self._strength):
                rows[at][at] += strength
                right[at] += strength * believed
            self._weights = _solved(rows, right)
        return self._weights

    def learn(self, x: Sequence[float], y: float) -> None:
        """One observation."""
        for at, value in enumerate(x):
            row = self._moments[at]
            for other, factor in enumerate(x):
                row[other] = row[other] * FORGETTING + value * factor
            self._products[at] = self._products[at] * FORGETTING + value * y
        self.seen += 1
        if self.seen <= OFTEN_UNTIL or self.seen % THEN_EVERY == 0:
            self._weights = None


def _solved(rows: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a symmetric, positive definite system, by Gauss; the arguments are used up."""
    size = len(right)
    for at in range(size):
        pivot = rows[at]
        for below in range(at + 1, size):
            row = rows[below]
            factor = row[at] / pivot[at]
            for column in range(at, size):
                row[column] -= factor * pivot[column]
            right[below] -= factor * right[at]
    solution = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][column] * solution[column] for column in range(at + 1, size))
        solution[at] = (right[at] - known) / rows[at][at]
    return solution
