"""Scoreboard row 1, the busy floor: an agent hangs up -> that agent's next INVITE, while callers wait.

One agent with five callers waiting, and twenty with forty. Peers in the same run: Asterisk's app_queue
(retry=1), and the raw floor (AMI Hangup event -> AMI Redirect, nothing else). Telephones are real SIP and
RTP, one process owns both timestamps; a caller who has been served calls again at once, so that the number
waiting never changes. Peers are interleaved in blocks (A B C C B A). With one agent conversations are very
short, for enough samples; app_queue's vary by a second, or its polling would march in step with them.

Run: python -m bench.row1_busy_floor [--blocks N]
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, NamedTuple

from bench.common import report
from bench.common.floors import (
    QUEUE_OF_ALL,
    QUEUE_OF_ONE,
    RAW_FLOOR,
    SERVICE,
    Floor,
    OurFloor,
    PeersFloor,
    both_floors,
    versions,
)
from bench.common.interval import Estimate, bootstrap, of_medians, quantile
from bench.common.machine import Load
from demo.phone import Phone

SEED = 1
BLOCKS = 5
RETAKES = 1
"""How often a block taken on a busy machine is taken again."""
LONGEST_PHASE_S = 60.0
LONGEST_CALL_S = 30.0
GOALS = {"p50_over_floor": 3.0, "p95_over_app_queue": 1 / 30, "p99_ms": 100.0}
SHOWN = (0.5, 0.95, 0.99)
CALLWRIGHT, QUEUE, FLOOR = "callwright", "app_queue", "raw floor"


class Scene(NamedTuple):
    """How big the floor is, and how many samples each peer gives in one of two phases of a block."""

    agents: int
    waiting: int
    talk_s: tuple[float, float]
    """Conversations last between these, evenly spread."""
    talk_app_queue_s: tuple[float, float]
    samples: dict[str, int]


SCENES = {
    "1 agent, 5 waiting": Scene(1, 5, (0.05, 0.15), (0.05, 1.05), {CALLWRIGHT: 100, QUEUE: 20, FLOOR: 40}),
    "20 agents, 40 waiting": Scene(20, 40, (0.5, 1.5), (0.5, 1.5), {CALLWRIGHT: 100, QUEUE: 40, FLOOR: 60}),
}
Latencies = dict[str, list[float]]
"""In milliseconds, by peer."""


def latencies(phone: Phone) -> list[float]:
    """From each hang-up of the agent's to the next ring, in milliseconds."""
    hung_up_at, found = None, []
    for event in phone.events:
        if event.what == "hung up":
            hung_up_at = event.at
        elif event.what == "ringing" and hung_up_at is not None:
            found.append((event.at - hung_up_at) * 1000)
            hung_up_at = None
    return found


async def phase(floor: Floor, number: str, scene: Scene, wanted: int) -> list[float]:
    """Busy until ``wanted`` samples are there; everybody has hung up afterwards."""
    chance = random.Random(SEED)
    talk_s = scene.talk_app_queue_s if number in (QUEUE_OF_ONE, QUEUE_OF_ALL) else scene.talk_s
    phones = [floor.phones[name] for name in floor.names[: scene.agents]]
    for phone in phones:
        phone.events.clear()
        phone.talk_s = lambda: chance.uniform(*talk_s)
    stopping = asyncio.Event()

    async def calls_again_and_again(caller_id: str) -> None:
        while not stopping.is_set():
            call = await floor.caller.call(number, caller_id=caller_id)
            over, end = (
                asyncio.create_task(call.hung_up(LONGEST_CALL_S)),
                asyncio.create_task(stopping.wait()),
            )
            await asyncio.wait((over, end), return_when=asyncio.FIRST_COMPLETED)
            end.cancel()
            if not over.done():
                over.cancel()
                await call.hang_up()
            await asyncio.gather(over, end, return_exceptions=True)

    callers = [
        asyncio.create_task(calls_again_and_again(f"55{at:04}")) for at in range(scene.agents + scene.waiting)
    ]
    began = time.monotonic()
    while sum(len(latencies(phone)) for phone in phones) < wanted:
        if time.monotonic() - began > LONGEST_PHASE_S or any(caller.done() for caller in callers):
            break
        await asyncio.sleep(0.1)
    for phone in phones:
        phone.stop_answering()
    stopping.set()
    ends = await asyncio.gather(*callers, return_exceptions=True)
    found = [sample for phone in phones for sample in latencies(phone)]
    if problems := [str(end) or repr(end) for end in ends if isinstance(end, BaseException)]:
        print(f"  {number}: {len(problems)} callers had a problem: {problems[0]}", file=sys.stderr)
    if len(found) < wanted / 2:
        raise RuntimeError(f"only {len(found)} of {wanted} samples at {number} in {LONGEST_PHASE_S:.0f} s")
    return found


async def one_peer(peer: str, scene: Scene, ours: OurFloor, peers: PeersFloor) -> list[float]:
    wanted = scene.samples[peer]
    async with AsyncExitStack() as stack:
        if peer == CALLWRIGHT:
            await ours.on_duty(scene.agents)
            found = await phase(ours, SERVICE, scene, wanted)
            await ours.settled()
            return found
        if peer == FLOOR:
            await stack.enter_async_context(peers.raw_floor(scene.agents))
            return await phase(peers, RAW_FLOOR, scene, wanted)
        return await phase(peers, QUEUE_OF_ONE if scene.agents == 1 else QUEUE_OF_ALL, scene, wanted)


async def block(scene: Scene, ours: OurFloor, peers: PeersFloor) -> Latencies:
    order = [CALLWRIGHT, QUEUE, FLOOR]
    found: Latencies = {peer: [] for peer in order}
    for peer in order + order[::-1]:
        found[peer] += await one_peer(peer, scene, ours, peers)
    return found


def pooled(blocks: Sequence[Latencies], peer: str, share: float) -> float:
    return quantile([sample for found in blocks for sample in found[peer]], share)


def judge(blocks: Sequence[Latencies]) -> dict[str, Estimate]:
    """Each goal's figure; tails over all samples of the blocks drawn, for one block has too few."""
    medians = [quantile(found[CALLWRIGHT], 0.5) / quantile(found[FLOOR], 0.5) for found in blocks]
    return {
        "p50_over_floor": of_medians(medians, SEED),
        "p95_over_app_queue": bootstrap(
            blocks, lambda drawn: pooled(drawn, CALLWRIGHT, 0.95) / pooled(drawn, QUEUE, 0.95), SEED
        ),
        "p99_ms": bootstrap(blocks, lambda drawn: pooled(drawn, CALLWRIGHT, 0.99), SEED),
    }


async def measure(blocks: int) -> int:
    load = Load()
    taken: dict[str, list[Latencies]] = {name: [] for name in SCENES}
    async with both_floors(max(scene.agents for scene in SCENES.values())) as (ours, peers):
        for at in range(blocks):
            for name, scene in SCENES.items():
                found = await load.quiet_with_telephones(partial(block, scene, ours, peers), RETAKES)
                taken[name].append(found)
            print(f"block {at + 1} of {blocks}", file=sys.stderr)
        asterisk = versions(ours)
    figures: dict[str, Any] = {}
    table: dict[str, Any] = {}
    met = True
    for name, blocks_of in taken.items():
        estimates = judge(blocks_of)
        figures[name] = {
            goal: {"value": round(e.value, 4), "interval": e.rounded(4)} for goal, e in estimates.items()
        }
        met = met and all(estimates[goal].high <= limit for goal, limit in GOALS.items())
        table[name] = {
            peer: {
                "samples": sum(len(one[peer]) for one in blocks_of),
                **{
                    f"p{share * 100:g}_ms": round(pooled(blocks_of, peer, share), 2)
                    for share in (0.5, 0.95, 0.99)
                },
            }
            for peer in (CALLWRIGHT, QUEUE, FLOOR)
        }
        print(f"\n{name}\n  {'peer':<12}{'samples':>8}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}")
        for peer, told in table[name].items():
            samples, *quantiles = told.values()
            print(f"  {peer:<12}{samples:>8}" + "".join(f"{q:>10.2f}" for q in quantiles))
        for goal, limit in GOALS.items():
            e = estimates[goal]
            print(f"  {goal}: {e.value:.4g} [{e.low:.4g}, {e.high:.4g}], goal <= {limit:.4g}")
    report.write(
        1,
        figures=figures,
        peers=table,
        goal="p50 <= 3 x raw floor; p95 <= 1/30 of app_queue (retry=1); p99 <= 100 ms",
        interval={name: figures[name]["p95_over_app_queue"]["interval"] for name in figures},
        met=met,
        versions=asterisk,
        load=load.told(),
        seeds={"talk": SEED, "bootstrap": SEED},
    )
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--blocks", type=int, default=BLOCKS, help="fewer for a first look")
    # Not uvloop: its clock ticks in milliseconds.
    return asyncio.run(measure(parser.parse_args().blocks))


if __name__ == "__main__":
    sys.exit(main())
