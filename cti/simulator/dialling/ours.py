"""The product's own pacing, learning as it goes; and the same one told the truth beforehand."""

from acd.instant import Instant, Span, in_seconds, seconds
from cti.simulator.dialling.floor import Floor
from cti.simulator.dialling.people import HOUR_S, People
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.people import chance_for
from dialer.budget import Allowance, Budget
from dialer.durations import Durations
from dialer.estimates import RING_CELLS, TALK_CELL_S, TALK_CELLS, WRAP_CELLS, Estimates
from dialer.pacing import MOST_BOLD, lines_to_place

LIST = "simulated"
DRAWN, KNOWN_BY = 20_000, 0
"""Draws that stand for a true distribution, and their seed."""
_HOUR = seconds(HOUR_S)


class Budgeted:
    """Callwright: nothing is known beforehand, the ledger's budget is what may be spent."""

    def __init__(self, scenario: DiallingScenario) -> None:
        self.estimates = Estimates(connect_within=seconds(scenario.connect_within_s))

    def lines(self, floor: Floor, budget: Budget, at: Instant) -> int:
        """As the product decides."""
        rate = self.estimates.answer_rate(LIST, _hour(at))
        return lines_to_place(floor.view(rate, at), self.estimates, budget)

    def answered(self, rang: Span, at: Instant) -> None:
        """Learnt from."""
        self.estimates.line_answered(LIST, _hour(at), rang)

    def failed(self, rang: Span, at: Instant) -> None:
        """Learnt from."""
        self.estimates.line_failed(LIST, _hour(at), rang)

    def dropped(self, at: Instant) -> None:
        """The ledger knows."""

    def talked(self, span: Span) -> None:
        """Learnt from."""
        self.estimates.talked(span)

    def wrapped_up(self, span: Span) -> None:
        """Learnt from."""
        self.estimates.wrapped_up(span)


class Foreknowing(Budgeted):
    """Semi-clairvoyant: the same decisions by the true answer rate of every moment and the true distributions
    of ringing, talking and wrapping up; only what chance will do with one person it does not know.

    It has no ledger to keep to: it always risks the same share, which is found in hindsight.
    """

    def __init__(self, scenario: DiallingScenario, since: Instant, risked: float) -> None:
        super().__init__(scenario)
        self._scenario, self._since = scenario, since
        draws = scenario.talk.distribution().draws(chance_for(KNOWN_BY, "talks"))
        talks = [span for span in (draws() for _ in range(DRAWN)) if span is not None]
        people = People(scenario, KNOWN_BY)
        fates = [people.next(Span(0)) for _ in range(DRAWN)]
        self.estimates = Estimates(
            connect_within=seconds(scenario.connect_within_s),
            answers=Durations.known(1.0, RING_CELLS, (f.rings for f in fates if f.answers), memory=DRAWN),
            fails=Durations.known(1.0, RING_CELLS, (f.rings for f in fates if not f.answers), memory=DRAWN),
            talks=Durations.known(TALK_CELL_S, TALK_CELLS, talks, memory=DRAWN),
            wraps=Durations.known(1.0, WRAP_CELLS, [seconds(scenario.wrap_up_s)], memory=DRAWN),
        )
        self._risks = Budget(allowance=Allowance(share=risked / MOST_BOLD), live=10**9, abandoned=0)

    def lines(self, floor: Floor, budget: Budget, at: Instant) -> int:
        """As the product decides, had it known."""
        view = floor.view(self._rate(at), at, self._rate)
        return lines_to_place(view, self.estimates, self._risks)

    def answered(self, rang: Span, at: Instant) -> None:
        """Known beforehand."""

    def failed(self, rang: Span, at: Instant) -> None:
        """Known beforehand."""

    def talked(self, span: Span) -> None:
        """Known beforehand."""

    def wrapped_up(self, span: Span) -> None:
        """Known beforehand."""

    def _rate(self, at: Instant) -> float:
        return self._scenario.rate_at(in_seconds(at - self._since) / HOUR_S)


def _hour(at: Instant) -> int:
    return at // _HOUR % 24
