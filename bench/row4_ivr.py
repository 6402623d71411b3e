"""Scoreboard row 4, the IVR: menus of one and of five steps at 50, 100 and 150 calls a second.

Callers press nothing: each menu plays a short prompt, waits half a second for a key and goes on; after the
last one the call is hung up. So a call's length is known, and what it is longer than that is what carrying
it out costs. Peers in the same run: the same menus in pure dialplan (Background, WaitExten), and behind a
FastAGI server that reads a line and writes a line (``bench.common.bare_agi``), on an event loop like our
engine's. Ours is the engine as it is shipped, with journal, database and recognition of callers.

Times are the kernel's, of packets on the loopback interface: from the answer of a call to its BYE, and
between Asterisk and the FastAGI servers. A command's round trip is what Asterisk takes to answer one that
takes no time (SET VARIABLE, the median) and what the server takes from an answer to its next command. A
call's first command is told apart, too: before it our engine learns who calls, the floor and the journal take
note, and a flow begins. It is one in three (in eleven, of five steps), so a p95 is one of those.

The most calls a second: the highest rate, of rates a tenth apart and by halving, at which every call of a
menu of one step comes to its end and 95 of 100 last no more than LATE_MS longer than the quiet ones' median.

Run: python -m bench.row4_ivr [--blocks N]
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.common import report
from bench.common.floors import (
    OUR_PROCESSOR,
    SOON_S,
    Floor,
    OurFloor,
    PeersFloor,
    versions,
)
from bench.common.interval import Estimate, bootstrap, quantile
from bench.common.machine import Load, pin
from bench.common.silent_callers import call
from bench.common.wire import Wire
from cti.ports import free_ports
from demo.house import REPOSITORY

SEED = 4
BLOCKS = 3
RETAKES = 1
PROMPT, TIMEOUT_MS = "ascending-2tone", 500
"""200 ms of sound, then half a second for a key."""
RATES = (50, 100, 150)
STEPS = (1, 5)
PHASE_S = 3.0
"""Callers come for so long; a peer has two phases of each kind in a block."""
MOST_RATES = tuple(round(20 * 1.1**step) for step in range(32))
"""20 to 384 calls a second, among which the most is looked for."""
PROBE_S = 4.0
LATE_MS = 100.0
GOALS = {"round_trip_p95_over_bare": 1.25, "ms_per_step_over_dialplan": 1.0, "most_calls_over_dialplan": 0.9}
CALLWRIGHT, BARE, DIALPLAN = "callwright", "bare agi", "dialplan"
ORDER = (CALLWRIGHT, BARE, DIALPLAN)
NUMBERS = {CALLWRIGHT: "810", BARE: "910", DIALPLAN: "920"}
"""What is dialled; the number of steps follows."""


def flow(steps: int) -> str:
    """Our flow of so many menus."""
    menus = [
        f"  menu{at}: {{kind: menu, prompts: [{PROMPT}], keys: {{'1': bye}}, timeout_s: {TIMEOUT_MS / 1000}, "
        f"retries: 0, otherwise: {f'menu{at + 1}' if at < steps else 'bye'}}}"
        for at in range(1, steps + 1)
    ]
    name = f"{NUMBERS[CALLWRIGHT]}{steps}"
    return "\n".join((f"name: '{name}'", "start: menu1", "nodes:", *menus, "  bye: {kind: hangup}", ""))


def menu_in_dialplan(steps: int) -> str:
    """The same as contexts: a key would hang up, as it does in ours."""
    return "".join(
        f"[menu{at}of{steps}]\n"
        f"exten => s,1,Background({PROMPT})\n"
        f" same => n,WaitExten({TIMEOUT_MS / 1000})\n"
        f"exten => 1,1,Hangup()\n"
        f"exten => t,1,{f'Goto(menu{at + 1}of{steps},s,1)' if at < steps else 'Hangup()'}\n"
        for at in range(1, steps + 1)
    )


class OurMenus(OurFloor):
    """Our engine with a flow for each number of steps."""

    flows = MappingProxyType({f"{NUMBERS[CALLWRIGHT]}{steps}": flow(steps) for steps in STEPS})
    changes = MappingProxyType({"ivr": {"most_callers": 5000}})


class PeersMenus(PeersFloor):
    """Asterisk with the same in its dialplan, and behind the bare server."""

    async def _open(self) -> None:
        [self.bare_port] = free_ports(1)
        self.dialplan = self._menus()
        await super()._open()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.common.bare_agi"),
            *("127.0.0.1", str(self.bare_port), PROMPT, str(TIMEOUT_MS)),
            stdout=asyncio.subprocess.PIPE,
            cwd=REPOSITORY,
        )
        self.stack.push_async_callback(_end, process)
        assert process.stdout is not None
        async with asyncio.timeout(SOON_S):
            if await process.stdout.readline() != b"up\n":
                raise RuntimeError("the bare FastAGI server did not come up")
        pin(process.pid, OUR_PROCESSOR)

    def _menus(self) -> str:
        lines = ["[callers](+)"]
        for steps in STEPS:
            lines += [
                f"exten => {NUMBERS[DIALPLAN]}{steps},1,Answer()",
                f" same => n,Goto(menu1of{steps},s,1)",
                f"exten => {NUMBERS[BARE]}{steps},1,Answer()",
                f" same => n,AGI(agi://127.0.0.1:{self.bare_port}/bare{steps})",
                " same => n,Hangup()",
            ]
        return "\n".join((*lines, *map(menu_in_dialplan, STEPS), ""))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


@dataclass(slots=True)
class Phase:
    """What was seen of some calls, in milliseconds."""

    lengths: list[float] = field(default_factory=list)
    round_trips: list[float] = field(default_factory=list)
    turnarounds: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    """Those of the turnarounds that are a call's first: its request is answered."""
    lost: int = 0
    """Calls that did not come to their end."""


@dataclass(slots=True)
class Block:
    """Phases by peer, steps and rate; and the most calls a second, by peer."""

    phases: dict[tuple[str, int, int], Phase] = field(default_factory=dict)
    most: dict[str, float] = field(default_factory=dict)


class Bench:
    """Both houses, and the wire between everybody."""

    def __init__(self, ours: OurMenus, peers: PeersMenus, wire: Wire) -> None:
        self._ours, self._peers, self._wire = ours, peers, wire

    async def block(self) -> Block:
        found = Block()
        for rate in RATES:
            for steps in STEPS:
                progress(f"{rate} calls/s, steps: {steps}")
                for peer in ORDER + ORDER[::-1]:
                    phase = found.phases.setdefault((peer, steps, rate), Phase())
                    await self._add(phase, peer, steps, rate, PHASE_S)
        for peer in (CALLWRIGHT, DIALPLAN):
            quiet = quantile(found.phases[peer, 1, RATES[0]].lengths, 0.5)
            found.most[peer] = await self._most(peer, quiet + LATE_MS)
        return found

    async def _add(self, phase: Phase, peer: str, steps: int, rate: int, for_s: float) -> None:
        house: Floor = self._ours if peer == CALLWRIGHT else self._peers
        pbx = house.asterisk.config.asterisk
        called = await call(
            f"{NUMBERS[peer]}{steps}",
            pbx=(pbx.sip_host, pbx.sip_port),
            rate=rate,
            for_s=for_s,
            processor=OUR_PROCESSOR,
        )
        if peer == CALLWRIGHT:
            await self._ours.settled()
        seen = await asyncio.to_thread(self._wire.take)
        lengths = [
            (call.ended - call.answered) * 1000
            for call in seen.calls.values()
            if call.answered is not None and call.ended is not None
        ]
        phase.lengths += lengths
        phase.lost += max(called.failed, round(rate * for_s) - len(lengths))
        port = pbx.agi_port if peer == CALLWRIGHT else self._peers.bare_port
        if peer != DIALPLAN:
            told = seen.agi[port]
            answer = quantile(told.answers, 0.5) * 1000
            phase.turnarounds += [turn * 1000 for turn in told.turnarounds]
            phase.firsts += [turn * 1000 for turn in told.firsts]
            phase.round_trips += [answer + turn * 1000 for turn in told.turnarounds]

    async def _most(self, peer: str, not_longer_ms: float) -> float:
        held, missed = -1, len(MOST_RATES)
        while missed - held > 1:
            middle = (held + missed) // 2
            phase = Phase()
            await self._add(phase, peer, 1, MOST_RATES[middle], PROBE_S)
            holds = not phase.lost and quantile(phase.lengths, 0.95) <= not_longer_ms
            progress(f"{peer}: {MOST_RATES[middle]}/s {'holds' if holds else 'does not hold'}")
            held, missed = (middle, missed) if holds else (held, middle)
        return float(MOST_RATES[held]) if held >= 0 else 0.0


def progress(told: str) -> None:
    """A block takes minutes: say where it is."""
    print(f"  {told}", file=sys.stderr, flush=True)


def pooled(blocks: Sequence[Block], peer: str, what: str, share: float, steps: int, rate: int) -> float:
    return quantile(
        [sample for block in blocks for sample in getattr(block.phases[peer, steps, rate], what)], share
    )


def worst_round_trip(blocks: Sequence[Block]) -> float:
    """The worst ratio to the bare server's, over steps and rates."""
    return max(
        pooled(blocks, CALLWRIGHT, "round_trips", 0.95, steps, rate)
        / pooled(blocks, BARE, "round_trips", 0.95, steps, rate)
        for steps in STEPS
        for rate in RATES
    )


def worst_step(blocks: Sequence[Block]) -> float:
    """Milliseconds a step takes longer than the dialplan's: the worst of medians, over steps and rates."""
    return max(
        (
            pooled(blocks, CALLWRIGHT, "lengths", 0.5, steps, rate)
            - pooled(blocks, DIALPLAN, "lengths", 0.5, steps, rate)
        )
        / steps
        for steps in STEPS
        for rate in RATES
    )


def most_calls(blocks: Sequence[Block]) -> float:
    """The most calls a second, as a share of the dialplan's."""
    ours, theirs = (quantile([block.most[peer] for block in blocks], 0.5) for peer in (CALLWRIGHT, DIALPLAN))
    return ours / theirs if theirs else 0.0


def judge(blocks: Sequence[Block]) -> dict[str, Estimate]:
    """Each goal's figure, over all samples of the blocks drawn."""
    figures = dict(zip(GOALS, (worst_round_trip, worst_step, most_calls), strict=True))
    return {name: bootstrap(blocks, statistic, SEED, 200) for name, statistic in figures.items()}


@asynccontextmanager
async def both_houses() -> AsyncIterator[tuple[OurMenus, PeersMenus]]:
    """Both houses, everything started for them stopped afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    try:
        async with OurMenus(directory / "ours", 1) as ours, PeersMenus(directory / "peers", 1) as peers:
            pin(os.getpid(), OUR_PROCESSOR)
            yield ours, peers
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def table(blocks: Sequence[Block]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for steps in STEPS:
        for rate in RATES:
            for peer in ORDER:
                row = {
                    "calls": sum(len(block.phases[peer, steps, rate].lengths) for block in blocks),
                    "lost": sum(block.phases[peer, steps, rate].lost for block in blocks),
                    **{
                        f"length_p{share * 100:g}_ms": round(
                            pooled(blocks, peer, "lengths", share, steps, rate), 2
                        )
                        for share in (0.5, 0.95)
                    },
                }
                if peer != DIALPLAN:
                    row |= {
                        f"{what}_p{share * 100:g}_ms": round(
                            pooled(blocks, peer, f"{what}s", share, steps, rate), 3
                        )
                        for what in ("first", "turnaround", "round_trip")
                        for share in (0.5, 0.95)
                    }
                told[f"{peer}, {steps} step{'s' * (steps > 1)}, {rate}/s"] = row
    return told


async def measure(blocks: int) -> int:
    load = Load()
    taken: list[Block] = []
    async with both_houses() as (ours, peers):
        sip = [house.asterisk.config.asterisk.sip_port for house in (ours, peers)]
        agi = [ours.asterisk.config.asterisk.agi_port, peers.bare_port]
        with Wire(sip, agi) as wire:
            bench = Bench(ours, peers, wire)
            for at in range(blocks):
                taken.append(await load.quiet_with_telephones(partial(bench.block), RETAKES))
                print(f"block {at + 1} of {blocks}: most calls/s {taken[-1].most}", file=sys.stderr)
        asterisk = versions(ours)
    estimates, rows = judge(taken), table(taken)
    for name, row in rows.items():
        print(f"  {name:<28}" + "  ".join(f"{key} {value}" for key, value in row.items()))
    for goal, limit in GOALS.items():
        e = estimates[goal]
        sign = ">=" if goal == "most_calls_over_dialplan" else "<="
        print(f"  {goal}: {e.value:.4g} [{e.low:.4g}, {e.high:.4g}], goal {sign} {limit:.4g}")
    lost = sum(phase.lost for block in taken for phase in block.phases.values())
    report.write(
        4,
        figures={g: {"value": round(e.value, 4), "interval": e.rounded(4)} for g, e in estimates.items()},
        peers=rows | {"most calls/s": [block.most for block in taken]},
        goal="round trip p95 <= 1.25 x bare; <= dialplan + 1 ms per step; >= 0.9 x dialplan's most calls/s",
        interval={goal: e.rounded(4) for goal, e in estimates.items()},
        met=lost == 0
        and estimates["round_trip_p95_over_bare"].high <= GOALS["round_trip_p95_over_bare"]
        and estimates["ms_per_step_over_dialplan"].high <= GOALS["ms_per_step_over_dialplan"]
        and estimates["most_calls_over_dialplan"].low >= GOALS["most_calls_over_dialplan"],
        versions=asterisk,
        load=load.told(),
        seeds={"bootstrap": SEED},
    )
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--blocks", type=int, default=BLOCKS, help="fewer for a first look")
    return asyncio.run(measure(parser.parse_args().blocks))


if __name__ == "__main__":
    sys.exit(main())
