"""The same inputs at the same instants give the same outputs: in another world of the same seed, in another
process, in a fresh floor fed from the record, and in a shell that is late or looks at the clock too often."""

import os
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from acd.agent import AgentState
from acd.commands import SetAgentReady
from acd.engine import Acd
from acd.ids import AgentId
from acd.instant import Instant, after, seconds
from acd.messages import CoreInput
from acd.offer_events import RoutingDecided
from cti.floor import Floor
from cti.messages import Output
from cti.simulation import World
from tests.bad_day import RULES, BadDay
from tests.sim_floor import SimFloor

ROOT = Path(__file__).parents[2]


def outputs_of(world: World) -> list[Output]:
    return [recorded.output for recorded in world.heard]


def digest(world: World) -> str:
    return sha256("\n".join(map(repr, world.heard)).encode()).hexdigest()


def test_the_same_seed_lives_the_same_day() -> None:
    one, other, another = BadDay(7).lived().world, BadDay(7).lived().world, BadDay(8).lived().world
    assert one.heard == other.heard
    assert one.heard != another.heard


def test_the_same_seed_lives_the_same_day_in_another_process() -> None:
    here = digest(BadDay(7, minutes=5).lived().world)
    program = (
        "from tests.bad_day import BadDay; from hashlib import sha256;"
        "heard = BadDay(7, minutes=5).lived().world.heard;"
        "print(sha256('\\n'.join(map(repr, heard)).encode()).hexdigest())"
    )
    for hash_seed in ("1", "2"):  # sets are ordered otherwise there
        told = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert told.stdout.strip() == here


@pytest.mark.parametrize("seed", range(5))
def test_a_fresh_floor_says_the_same_from_the_record_however_late_its_shell_is(seed: int) -> None:
    world = BadDay(seed).lived().world
    floor = Floor(RULES)
    said: list[Output] = []
    for at, message in world.inputs:  # nobody ever asks for a deadline: they fire late, at their due time
        said += floor.handle(message, at)
    said += floor.advance(world.now)
    assert said == outputs_of(world)
    assert len(said) > 1000


@pytest.mark.parametrize("seed", range(5))
def test_a_fresh_floor_says_the_same_however_often_its_shell_looks_at_the_clock(seed: int) -> None:
    world = BadDay(seed).lived().world
    floor, rng = Floor(RULES), random.Random(seed)
    said: list[Output] = []
    now = world.inputs[0][0]
    for at, message in world.inputs:
        for moment in sorted(rng.uniform(now, at) for _ in range(3)):
            said += floor.advance(Instant(int(moment)))
        said += floor.handle(message, at)
        now = at
    said += floor.advance(world.now)
    assert said == outputs_of(world)


@pytest.mark.parametrize("seed", range(3))
def test_a_core_that_gives_no_reasons_decides_the_same(seed: int) -> None:
    world = BadDay(seed).lived().world
    silent = Acd(RULES, explains=False)
    said: list[Output] = []
    for at, message in world.inputs:
        if isinstance(message, CoreInput):  # what the dialer is told is none of its business
            said += silent.handle(message, at)
    said += silent.advance(world.now)
    assert said == [output for output in outputs_of(world) if not isinstance(output, RoutingDecided)]


def test_a_deadline_that_fires_late_counts_from_when_it_was_due(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    call.hangs_up()
    due = after(floor.agent("ana").now.since, seconds(10))
    assert floor.world.floor.next_deadline() == due
    floor.world.floor.advance(after(due, seconds(3600)))
    assert (floor.agent("ana").state, floor.agent("ana").now.since) == (AgentState.READY, due)
    assert floor.agent("ana").now.ready_since == due


def test_a_clock_read_too_early_takes_nobody_back_in_time(floor: SimFloor) -> None:
    floor.wait(seconds=10)
    now = floor.world.now
    floor.world.floor.handle(SetAgentReady(agent_id=AgentId("ana")), Instant(now - seconds(5)))
    assert floor.agent("ana").now.since == now
