"""How many calls the simulator lives per second of CPU time at 50 agents, best of seven.

The busy floor: three queues, three classes, two skills per agent, ten seconds of wrap-up, impatient callers,
nine tenths occupied. The plain floor: one queue, everybody alike, no wrap-up. No scoreboard row; goal 20,000.

Run: python -m bench.simulated_calls [calls]; with the compiled core: scripts/compile-core run python -m ...
"""

import sys
import time

import acd.engine
import cti.simulator.world
from acd.ids import AgentId, QueueId
from acd.instant import seconds
from acd.requirement import Requirement
from acd.rules import AgentProfile, QueueRules, Rules
from acd.skills import SkillSet
from bench.common.machine import Load
from cti.simulator.figures import Scope, figures_of
from cti.simulator.scenario import Scenario
from cti.simulator.setting import Setting
from cti.simulator.study import Result, run_into

AGENTS, HANDLING_S, REPEATS = 50, 180.0, 7


def rules(queues: int, wrap_up_s: float) -> Rules:
    """Every agent serves two neighbouring queues, or the only one."""
    return Rules(
        run="speed",
        queues={
            QueueId(f"q{n}"): QueueRules(
                queue_id=QueueId(f"q{n}"),
                requirement=Requirement.parse(f"s{n} >= 1"),
                wrap_up=seconds(wrap_up_s),
                capacity=10_000,
            )
            for n in range(queues)
        },
        agents={
            AgentId(f"a{n}"): AgentProfile(
                agent_id=AgentId(f"a{n}"),
                name=f"A{n}",
                skills=SkillSet.of({f"s{n % queues}": 5, f"s{(n + 1) % queues}": 5}),
            )
            for n in range(AGENTS)
        },
    )


def scenario(queues: int, load: float, calls: int) -> Scenario:
    """So many erlangs, four fifths of them normal callers."""
    per_hour = load / HANDLING_S * 3600
    shares = {"normal": 0.8, "vip": 0.1, "returning": 0.1} if queues > 1 else {"normal": 1.0}
    return Scenario.model_validate(
        {
            "hours": calls / per_hour,
            "patience": {"kind": "exponential", "mean_s": 300},
            "handling": {"kind": "exponential", "mean_s": HANDLING_S},
            "arrivals": [
                {"queue": f"q{n}", "class": name, "per_hour": per_hour * share / queues}
                for n in range(queues)
                for name, share in shares.items()
            ],
        }
    )


def main() -> int:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    load = Load()
    for what, module in (("core", acd.engine), ("world", cti.simulator.world)):
        print(f"{what}: {'compiled' if str(module.__file__).endswith('.so') else 'interpreted'}")
    for name, queues, wrap_up_s, erlangs in (("busy floor", 3, 10.0, 42.0), ("plain floor", 1, 0.0, 45.0)):
        costs = []
        for _ in range(REPEATS):
            setting = Setting.of(scenario(queues, erlangs, calls), None, 10)
            result = Result(name, rules(queues, wrap_up_s))
            began = time.process_time()
            run_into(result, setting, 1)
            costs.append((time.process_time() - began) / result.calls)
        every = figures_of(result, Scope())
        assert every.unexplained == result.core_unexplained == 0
        busy = every.occupancy.value if every.occupancy is not None else 0.0
        best, middle = min(costs), sorted(costs)[REPEATS // 2]
        print(
            f"{name}: {1 / best:.0f} calls/s best of {REPEATS}, {1 / middle:.0f} median; {result.calls} calls"
            f" of {result.messages / result.calls:.1f} messages, occupancy {busy:.2f}, unexplained: 0"
        )
    print(load.told())
    return 0


if __name__ == "__main__":
    sys.exit(main())
