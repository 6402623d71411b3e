"""Scoreboard row 2, the idle floor: a caller's INVITE -> the free agent's INVITE.

Nobody waits and one agent is free. Peers in the same run: a bare Dial() (nothing is answered or decided), and
Asterisk's app_queue behind an Answer(), as it is used. Ours answers, asks the engine over FastAGI (a flow
that queues at once, without a prompt), decides and rings. Callers send RTP as soon as they are answered,
because Answer() waits for it. Calls come one at a time after a random pause. Peers are interleaved in blocks
(A B C C B A).

Run: python -m bench.row2_idle_floor [--blocks N]
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from bench.common import report
from bench.common.floors import (
    BARE_DIAL,
    QUEUE_OF_ONE,
    SERVICE,
    Floor,
    OurFloor,
    PeersFloor,
    both_floors,
    versions,
)
from bench.common.interval import Estimate, bootstrap, quantile
from bench.common.machine import Load
from demo.phone import RingsForever

SEED = 2
BLOCKS = 5
RETAKES = 1
"""How often a block taken on a busy machine is taken again."""
CALLS = 40
"""In each of a peer's two phases of a block."""
PAUSE_S = (0.1, 0.2)
"""Between two calls: the first has left the house by then."""
RINGS_WITHIN_S = 10.0
GOALS = {"p50_over_app_queue_ms": 5.0, "p95_over_app_queue": 1.5}
SHOWN = (0.5, 0.95, 0.99)
CALLWRIGHT, QUEUE, DIAL = "callwright", "app_queue", "Dial()"
ORDER = (CALLWRIGHT, QUEUE, DIAL)
Latencies = dict[str, list[float]]
"""In milliseconds, by peer."""


async def phase(floor: Floor, number: str, chance: random.Random) -> list[float]:
    """Calls one after the other, each given up as soon as the agent's telephone rings."""
    phone = floor.phones[floor.names[0]]
    phone.behaviour = RingsForever()
    found = []
    for at in range(CALLS):
        call = await floor.caller.call(number, caller_id=f"55{at:04}")
        ringing = await phone.next_ring(RINGS_WITHIN_S)
        assert ringing.t_ringing is not None
        found.append((ringing.t_ringing - call.t_invite) * 1000)
        await call.hang_up()
        await ringing.hung_up(RINGS_WITHIN_S)
        await asyncio.sleep(chance.uniform(*PAUSE_S))
    return found


async def block(ours: OurFloor, peers: PeersFloor, chance: random.Random) -> Latencies:
    found: Latencies = {peer: [] for peer in ORDER}
    for peer in ORDER + ORDER[::-1]:
        if peer == CALLWRIGHT:
            found[peer] += await phase(ours, SERVICE, chance)
            await ours.settled()
        else:
            found[peer] += await phase(peers, QUEUE_OF_ONE if peer == QUEUE else BARE_DIAL, chance)
    return found


def pooled(blocks: Sequence[Latencies], peer: str, share: float) -> float:
    return quantile([sample for found in blocks for sample in found[peer]], share)


def judge(blocks: Sequence[Latencies]) -> dict[str, Estimate]:
    """Each goal's figure, over all samples of the blocks drawn."""
    return {
        "p50_over_app_queue_ms": bootstrap(
            blocks, lambda drawn: pooled(drawn, CALLWRIGHT, 0.5) - pooled(drawn, QUEUE, 0.5), SEED
        ),
        "p95_over_app_queue": bootstrap(
            blocks, lambda drawn: pooled(drawn, CALLWRIGHT, 0.95) / pooled(drawn, QUEUE, 0.95), SEED
        ),
    }


async def measure(blocks: int) -> int:
    load, chance = Load(), random.Random(SEED)
    taken: list[Latencies] = []
    async with both_floors(1) as (ours, peers):
        await ours.on_duty(1)
        for at in range(blocks):
            taken.append(await load.quiet_with_telephones(partial(block, ours, peers, chance), RETAKES))
            print(f"block {at + 1} of {blocks}", file=sys.stderr)
        asterisk = versions(ours)
    estimates = judge(taken)
    table: dict[str, Any] = {
        peer: {
            "samples": sum(len(found[peer]) for found in taken),
            **{f"p{share * 100:g}_ms": round(pooled(taken, peer, share), 2) for share in SHOWN},
        }
        for peer in ORDER
    }
    print(f"  {'peer':<12}{'samples':>8}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}")
    for peer, told in table.items():
        samples, *quantiles = told.values()
        print(f"  {peer:<12}{samples:>8}" + "".join(f"{q:>10.2f}" for q in quantiles))
    for goal, limit in GOALS.items():
        e = estimates[goal]
        print(f"  {goal}: {e.value:.4g} [{e.low:.4g}, {e.high:.4g}], goal <= {limit:.4g}")
    report.write(
        2,
        figures={g: {"value": round(e.value, 4), "interval": e.rounded(4)} for g, e in estimates.items()},
        peers=table,
        goal="p50 <= app_queue + 5 ms; p95 <= 1.5 x app_queue",
        interval={goal: e.rounded(4) for goal, e in estimates.items()},
        met=all(estimates[goal].high <= limit for goal, limit in GOALS.items()),
        versions=asterisk,
        load=load.told(),
        seeds={"pauses": SEED, "bootstrap": SEED},
    )
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--blocks", type=int, default=BLOCKS, help="fewer for a first look")
    # Not uvloop: its clock ticks in milliseconds.
    return asyncio.run(measure(parser.parse_args().blocks))


if __name__ == "__main__":
    sys.exit(main())
