"""Several days of a campaign under several policies, and what came of them with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cti.simulator.dialling.day import Day
from cti.simulator.dialling.others import FixedRatio, Progressive, Reactive
from cti.simulator.dialling.ours import Budgeted, Foreknowing
from cti.simulator.dialling.policy import Policy
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import STARTS, DiallingWorld
from cti.simulator.estimate import Estimate, ratio

CALLWRIGHT, PROGRESSIVE, RATIO, REACTIVE, FOREKNOWING = (
    "callwright",
    "progressive",
    "fixed-ratio",
    "reactive",
    "semi-clairvoyant",
)
POLICIES: Mapping[str, str] = {
    CALLWRIGHT: "the product's own pacing; nothing is known beforehand",
    PROGRESSIVE: "one line for each idle agent",
    RATIO: "so many lines for each agent, the best number found in hindsight",
    REACTIVE: "a ratio that adapts to idle agents and to the drops since the day began",
    FOREKNOWING: "the product's decisions by the true rates and distributions, its risk found in hindsight",
}
TUNED_IN = {RATIO: (1.0, 2.2), FOREKNOWING: (0.006, 0.06)}
"""Where the best setting is looked for ..."""
TRIES = 7
"""... by how many halvings."""
TUNED_ON = 60
"""Agents' days that are lived to find it (at least one day of all): the first of those that are compared."""

Watch = Callable[[str, int], None]
"""Told which policy lives which day."""


@dataclass(frozen=True, slots=True)
class Course:
    """One policy's days."""

    policy: str
    setting: float | None
    """What was found in hindsight: lines for each agent, or the share that is risked at every moment."""
    days: Sequence[Day]

    @property
    def utilisation(self) -> Estimate | None:
        """Agents' share of time spent talking; each day is a sample."""
        return ratio([day.talked for day in self.days], [day.staffed for day in self.days])

    @property
    def abandoned(self) -> Estimate | None:
        """Share of live answers."""
        return ratio([day.abandoned for day in self.days], [day.live for day in self.days])

    def within(self, allowed: float) -> float:
        """The share of days on which no more were abandoned than allowed."""
        return sum(day.abandoned <= allowed * day.live for day in self.days) / len(self.days)

    @property
    def unexplained(self) -> int:
        """Lines and answers without an end; anything but 0 is a bug."""
        return sum(day.unexplained for day in self.days)


def live(policy: str, scenario: DiallingScenario, days: int, seed: int, watch: Watch | None = None) -> Course:
    """Days of one policy. All policies dial the same people; every day begins with an empty ledger."""
    setting = None
    if policy in TUNED_IN:
        tuned_on = max(1, min(days, TUNED_ON // scenario.agents))
        setting = _tuned(policy, scenario, tuned_on, seed, watch)
    return _lived(policy, setting, scenario, days, seed, watch)


def _lived(
    policy: str,
    setting: float | None,
    scenario: DiallingScenario,
    days: int,
    seed: int,
    watch: Watch | None,
) -> Course:
    lived = list[Day]()
    for day in range(days):
        if watch is not None:
            watch(policy, day)
        lived.append(DiallingWorld(scenario, _policy(policy, setting, scenario), _seed(seed, day)).run())
    return Course(policy, setting, lived)


def _tuned(policy: str, scenario: DiallingScenario, days: int, seed: int, watch: Watch | None) -> float:
    """The greatest setting under which no more than the allowed share is abandoned, of all days together."""
    least, most = TUNED_IN[policy]
    for _ in range(TRIES):
        middle = (least * most) ** 0.5
        tried = _lived(policy, middle, scenario, days, seed, watch).abandoned
        if tried is None or tried.value <= scenario.allowed:
            least = middle
        else:
            most = middle
    return least


def _policy(policy: str, setting: float | None, scenario: DiallingScenario) -> Policy:
    if policy == PROGRESSIVE:
        return Progressive()
    if policy == REACTIVE:
        return Reactive(scenario.allowed, STARTS)
    if policy == RATIO:
        assert setting is not None
        return FixedRatio(setting)
    if policy == FOREKNOWING:
        assert setting is not None
        return Foreknowing(scenario, STARTS, setting)
    assert policy == CALLWRIGHT, policy
    return Budgeted(scenario)


def _seed(seed: int, day: int) -> int:
    return seed * 100_003 + day
