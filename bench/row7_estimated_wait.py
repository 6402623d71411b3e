"""Scoreboard row 7: how long will this caller wait? Foretold when he begins to wait, on a bank's real calls.

The log of January to July 1999 is replayed in the order of time, and whatever is foretold comes from what was
known at that moment; nothing is fitted beforehand, the estimator learns as it goes. The figures that count
are of June and July. Callers who waited and were answered are scored; of those who gave up nobody knows how
long they would have waited.

The production estimator (:class:`acd.estimates.Estimates`) is driven as the engine drives it. The log does
not tell who was logged in and for what: an agent counts as there from a call he takes until ten minutes after
his last one, and for the types of calls he had in the days before. Its median is judged by the mean absolute
error (MAE), its mean by the root of the mean square (RMSE), its quantile by how many were answered within it.

Peers: app_queue's running mean (three parts old, one part new, whole seconds, of everybody answered), one for
all callers and one for each type; the wait of whoever was answered last; queue length times service over
agents.

Run: python -m bench.row7_estimated_wait
"""

import hashlib
import heapq
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from acd.call import Call, CallClass
from acd.estimates import Estimates
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, in_seconds, seconds
from acd.line import Line
from acd.pace import Reach
from acd.priority import serving_order, within_class
from acd.rules import ClassRules
from bench.common import report
from bench.common.interval import bootstrap
from bench.common.machine import Load
from cti.simulator.bank import BankLog, in_order
from cti.simulator.trace import TraceCall, TraceOutcome

DATA = Path(os.environ.get("CALLWRIGHT_SHARED_DATA", Path(__file__).parents[1].parent / "shared" / "data"))
ARCHIVE = "anonymous_bank_1999_jan-jul.tar.gz"
SHA256 = "c42e3f05460beb75bb3edfdeb030895cb4ae68304b20d8c75f5049cc48fba230"
SEED = 7
RESAMPLES = 2_000
GOAL_RATIO, GOAL_COVERAGE = 0.80, (0.78, 0.82)
PERMILLE = 800
DAY = 86_400_000_000


def _day(month: int) -> int:
    return int(datetime(1999, month, 1, tzinfo=UTC).timestamp()) * 1_000_000 // DAY


LEARNT_BY, TESTED_FROM = _day(3), _day(6)
"""Days since 1970."""

HEAD_START = seconds(90)
"""The bank let customers of high priority begin with so much."""
CLASSES = {
    CallClass.VIP: ClassRules(objective=seconds(60), offset=HEAD_START, never_exceed=seconds(86_400)),
    CallClass.NORMAL: ClassRules(objective=seconds(60), never_exceed=seconds(86_400)),
}
GONE_AFTER = seconds(600)
"""An agent without a call for so long is taken to be away."""
SKILL_KEPT, SKILL_SHARE, SKILL_LEAST = 0.8, 0.01, 0.5
"""Calls of a type count so much less every day; who had this share of them, and so many, may take them."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One caller who waited and was answered: what he waited, and what everybody had foretold, in seconds."""

    day: int
    queue: QueueId
    waited: float
    stated: float
    median: float
    mean: float
    peers: tuple[float, ...]
    spoken: bool
    """Whether the engine would have told him, its own accuracy being what it was."""


PEERS = ("app_queue", "app_queue_per_type", "last_to_enter_service", "queue_length")


class Peers:
    """What others would have told."""

    def __init__(self) -> None:
        self._hold, self._hold_by_type = 0, defaultdict[QueueId, int](int)
        self._last = 0.0
        self._served_s, self._served = 180.0, 1.0

    def foretell(self, queue: QueueId, ahead: int, agents: int) -> tuple[float, ...]:
        length = (ahead + 1) * self._served_s / self._served / max(1, agents)
        return float(self._hold), float(self._hold_by_type[queue]), self._last, length

    def answered(self, call: TraceCall) -> None:
        """As ``recalc_holdtime`` of app_queue does it, of everybody answered, at once or not."""
        waited = int(in_seconds(call.waited))
        self._hold = (self._hold * 3 + waited) >> 2
        self._hold_by_type[call.queue] = (self._hold_by_type[call.queue] * 3 + waited) >> 2
        self._last = in_seconds(call.waited)

    def served(self, service: Span) -> None:
        self._served_s += in_seconds(service)
        self._served += 1


@dataclass(slots=True)
class Agents:
    """Who is there, and for what, as far as the log tells."""

    estimates: Estimates
    queues: list[QueueId]
    had: dict[AgentId, dict[QueueId, float]] = field(default_factory=dict)
    busy: dict[AgentId, int] = field(default_factory=dict)
    free_since: dict[AgentId, Instant] = field(default_factory=dict)
    day: int = -1

    def begins_day(self, day: int) -> None:
        """Yesterday's calls count less, and who may take what is told anew."""
        if day != self.day:
            self.day = day
            for had in self.had.values():
                for queue in had:
                    had[queue] *= SKILL_KEPT
            serves = {agent: self._serves(agent) for agent in self.had}
            self.estimates.adopt(serves, {queue: queue for queue in self.queues})

    def _serves(self, agent: AgentId) -> list[Reach]:
        had = self.had[agent]
        least = max(SKILL_LEAST, SKILL_SHARE * sum(had.values()))
        return [queue for queue in self.queues if had.get(queue, 0.0) >= least]

    def takes(self, agent: AgentId, queue: QueueId, at: Instant) -> None:
        had = self.had.setdefault(agent, {})
        had[queue] = had.get(queue, 0.0) + 1
        self.busy[agent] = self.busy.get(agent, 0) + 1
        self.estimates.pace.comes(agent)
        self.estimates.pace.takes(agent, at)

    def is_free(self, agent: AgentId, at: Instant) -> None:
        self.busy[agent] -= 1
        if not self.busy[agent]:
            self.free_since[agent] = at
            self.estimates.pace.is_free(agent, at, talked=True)

    def leaves_if_idle(self, agent: AgentId, at: Instant) -> None:
        if not self.busy[agent] and self.free_since[agent] + GONE_AFTER <= at:
            self.estimates.pace.goes(agent)


def replay(calls: Sequence[TraceCall]) -> Iterator[Scored]:
    """Everybody who waited and was answered, from the beginning of the log."""
    queues = sorted({call.queue for call in calls})
    estimates, peers = Estimates(), Peers()
    agents = Agents(estimates, queues)
    lines = {queue: Line(CLASSES) for queue in queues}
    foretold: dict[int, tuple[float, ...]] = {}
    spoken: dict[int, bool] = {}
    due: list[tuple[Instant, int, int]] = []
    for number, call in enumerate(calls):
        heapq.heappush(due, (call.queued_at, JOINS, number))
    while due:
        at, what, number = heapq.heappop(due)
        call, name = calls[number], CallId(str(number))
        agent = None if call.agent is None else AgentId(call.agent)
        if what == JOINS:
            agents.begins_day(call.queued_at // DAY)
            if call.waited > 0:
                waiting = _waiting(call, name, number)
                order = serving_order(CLASSES[call.call_class], within_class(waiting), at)
                met = estimates.situation(lines, call.queue, call.queue, call.call_class, order, at)
                estimates.begins_to_wait(
                    name, call.queue, call.queue, met, call.call_class, PERMILLE, at, at_once=False
                )
                ahead = sum(line.ahead_of(order, at) for line in lines.values())
                foretold[number] = peers.foretell(call.queue, ahead, len(estimates.pace.there()))
                spoken[number] = estimates.model(call.queue).is_calibrated(PERMILLE)
                lines[call.queue].add(waiting)
            heapq.heappush(due, (call.left_queue_at, LEAVES, number))
        elif what == LEAVES:
            if call.waited > 0:
                lines[call.queue].discard(name)
                told = estimates.foretold[name]
                if call.outcome is TraceOutcome.ANSWERED:
                    estimates.is_answered(name, at)
                    theirs = foretold.pop(number)
                    if told.stated is not None:
                        yield Scored(
                            day=call.queued_at // DAY,
                            queue=call.queue,
                            waited=in_seconds(call.waited),
                            stated=in_seconds(told.stated.wait),
                            median=in_seconds(told.stated.median),
                            mean=in_seconds(told.stated.mean),
                            peers=theirs,
                            spoken=spoken[number],
                        )
                else:
                    estimates.gives_up(name, at)
                    del foretold[number]
            if call.outcome is TraceOutcome.ANSWERED:
                peers.answered(call)
                if agent is not None and call.service is not None:
                    agents.takes(agent, call.queue, at)
                    over = Instant(at + max(call.service, seconds(1)))
                    heapq.heappush(due, (over, FREE, number))
        elif what == FREE:
            assert agent is not None
            assert call.service is not None
            agents.is_free(agent, at)
            peers.served(call.service)
            heapq.heappush(due, (Instant(at + GONE_AFTER), IDLE, number))
        else:
            assert agent is not None
            agents.leaves_if_idle(agent, at)


FREE, IDLE, LEAVES, JOINS = range(4)
"""What happens at one moment, in this order."""


def _waiting(call: TraceCall, name: CallId, number: int) -> Call:
    return Call(
        call_id=name,
        caller="",
        dialled="",
        arrived_at=call.arrived_at,
        queue_id=call.queue,
        call_class=call.call_class,
        queued_at=call.queued_at,
        arrival=number,
    )


def sums_by_day(scored: Sequence[Scored]) -> list[tuple[float, ...]]:
    """Of each day: callers, how many were covered, everybody's absolute and square errors, ours first."""
    days: dict[int, list[float]] = {}
    for one in scored:
        told = [(one.median, one.mean), *((peer, peer) for peer in one.peers)]
        sums = days.setdefault(one.day, [0.0] * (2 + 2 * len(told)))
        sums[0] += 1
        sums[1] += one.waited <= one.stated
        for at, (median, mean) in enumerate(told):
            sums[2 + 2 * at] += abs(median - one.waited)
            sums[3 + 2 * at] += (mean - one.waited) ** 2
    return [tuple(sums) for sums in days.values()]


def total(days: Sequence[tuple[float, ...]], column: int) -> float:
    return sum(day[column] for day in days)


def coverage(days: Sequence[tuple[float, ...]]) -> float:
    """The share answered within what was stated."""
    return total(days, 1) / total(days, 0)


def error(days: Sequence[tuple[float, ...]], who: int, *, square: bool) -> float:
    """MAE or RMSE in seconds; of us for 0, else of a peer."""
    mean = total(days, 2 + 2 * who + square) / total(days, 0)
    return math.sqrt(mean) if square else mean


def ratio(days: Sequence[tuple[float, ...]], peer: int, *, square: bool) -> float:
    """Our error over a peer's."""
    return error(days, 0, square=square) / error(days, peer, square=square)


def judged(scored: Sequence[Scored]) -> dict[str, Any]:
    """Every figure of some callers, with 95 % intervals by bootstrap over days."""
    days = sums_by_day(scored)
    figures: dict[str, Any] = {"callers": len(scored), "days": len(days)}

    def sure(name: str, statistic: Callable[[Sequence[tuple[float, ...]]], float]) -> None:
        estimate = bootstrap(days, statistic, SEED, RESAMPLES)
        figures[name] = {"value": round(estimate.value, 4), "interval": estimate.rounded(4)}

    sure("coverage", coverage)
    for who, name in enumerate(("callwright", *PEERS)):
        figures[name] = {
            "mae_s": round(error(days, who, square=False), 2),
            "rmse_s": round(error(days, who, square=True), 2),
        }
    for peer, name in enumerate(PEERS, 1):
        for square, what in ((False, "mae"), (True, "rmse")):
            sure(f"{what}_ratio_to_{name}", partial(ratio, peer=peer, square=square))
    by_type: dict[str, list[bool]] = {}
    for one in scored:
        by_type.setdefault(one.queue, []).append(one.waited <= one.stated)
    spoken = [one for one in scored if one.spoken]
    covered_spoken = sum(one.waited <= one.stated for one in spoken) / len(spoken)
    figures["told"] = {
        "share": round(len(spoken) / len(scored), 4),
        "coverage": round(covered_spoken, 4),
    }
    figures["coverage_by_type"] = {
        queue: {"callers": len(covered), "coverage": round(sum(covered) / len(covered), 4)}
        for queue, covered in sorted(by_type.items())
    }
    return figures


def show(title: str, figures: Mapping[str, Any]) -> None:
    print(f"\n{title}: {figures['callers']} callers who waited and were answered, {figures['days']} days")
    print(f"{'':<24}{'MAE s':>8}{'RMSE s':>8}   {'our MAE over it, 95 %':<27}our RMSE over it, 95 %")
    for name in ("callwright", *PEERS):
        line = f"{name:<24}{figures[name]['mae_s']:>8.1f}{figures[name]['rmse_s']:>8.1f}"
        for what in ("mae", "rmse") if name in PEERS else ():
            of = figures[f"{what}_ratio_to_{name}"]
            line += f"   {of['value']:.3f} ({of['interval'][0]:.3f} to {of['interval'][1]:.3f})"
        print(line)
    covered = figures["coverage"]
    low, high = covered["interval"]
    print(f"stated {PERMILLE / 10:g} % quantile covers {covered['value']:.2%} ({low:.2%} to {high:.2%})")
    told = figures["told"]
    print(f"told to {told['share']:.1%} of them (other queues are silent); covers {told['coverage']:.2%}")
    print("by type: " + ", ".join(f"{q} {c['coverage']:.1%}" for q, c in figures["coverage_by_type"].items()))


def is_met(figures: Mapping[str, Any]) -> bool:
    """The bad end of every interval meets the goal."""
    low, high = figures["coverage"]["interval"]
    ends = [figures[f"{what}_ratio_to_app_queue"]["interval"][1] for what in ("mae", "rmse")]
    return max(ends) <= GOAL_RATIO and GOAL_COVERAGE[0] <= low and high <= GOAL_COVERAGE[1]


def main() -> int:
    archive = DATA / ARCHIVE
    if not archive.exists():
        print(f"row 7 needs {archive}; set CALLWRIGHT_SHARED_DATA to the folder that holds it")
        return 1
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        print(f"{archive} is not the log that row 7 is measured on: its sha256 is {digest}")
        return 1
    load = Load()
    calls = [c for c in in_order(BankLog().read(archive)) if c.outcome is not TraceOutcome.LEFT_IVR]
    began = time.process_time()
    scored = list(replay(calls))
    spent = time.process_time() - began
    tested = judged([one for one in scored if one.day >= TESTED_FROM])
    before = judged([one for one in scored if LEARNT_BY <= one.day < TESTED_FROM])
    show("June and July", tested)
    show("March to May, for comparison", before)
    print(f"\n{len(calls)} calls replayed in {spent:.1f} s of CPU, peers and the log's agents included")
    met = is_met(tested)
    report.write(
        7,
        figures={
            "june_july": tested,
            "march_may": before,
            "stated_quantile": PERMILLE / 1000,
            "cpu_s": round(spent, 2),
            "calls": len(calls),
            "note": "the data end in July; learnt online from January on; answered callers only",
        },
        peers={name: tested[name] for name in ("callwright", *PEERS)},
        goal=f"MAE and RMSE <= {GOAL_RATIO}x app_queue's; stated 80 % quantile covers 78 to 82 %",
        interval={
            "mae_ratio": tested["mae_ratio_to_app_queue"]["interval"],
            "rmse_ratio": tested["rmse_ratio_to_app_queue"]["interval"],
            "coverage": tested["coverage"]["interval"],
        },
        met=met,
        versions={"bank_log_sha256": SHA256},
        load=load.told(),
        seeds={"bootstrap": SEED},
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
