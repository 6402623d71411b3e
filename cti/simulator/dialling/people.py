"""The people a campaign dials: what becomes of each is drawn in the order they are dialled."""

from typing import NamedTuple

from acd.instant import Span, in_seconds, seconds
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.people import chance_for

HOUR_S = 3600.0


class Fate(NamedTuple):
    """What becomes of one line."""

    answers: bool
    rings: Span
    talks: Span
    """If somebody is there for him."""


class People:
    """Draws fates, each purpose with chance of its own: under every policy the n-th who is dialled would have
    answered by the same lot, after the same time, and talked as long."""

    def __init__(self, scenario: DiallingScenario, seed: int) -> None:
        self._scenario = scenario
        self._answers = chance_for(seed, "answers").random
        self._fails = chance_for(seed, "fails").random
        self._rings = scenario.ring.distribution().draws(chance_for(seed, "rings"))
        self._talks = scenario.talk.distribution().draws(chance_for(seed, "talks"))
        self._longest = seconds(scenario.ring_out_s)

    def next(self, since: Span) -> Fate:
        """Of who is dialled so long after the start."""
        scenario = self._scenario
        lot, how, answered_after, talks = self._answers(), self._fails(), self._rings(), self._talks()
        assert answered_after is not None
        assert talks is not None
        if lot < scenario.rate_at(in_seconds(since) / HOUR_S):
            return Fate(True, min(answered_after, self._longest), talks)
        if how < scenario.fails_at_once:
            return Fate(False, seconds(min(3.0, scenario.ring_out_s) * how / scenario.fails_at_once), talks)
        return Fate(False, self._longest, talks)
