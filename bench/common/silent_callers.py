"""Many callers who say nothing and press nothing, by SIPp: so many a second, each until he is hung up on."""

import asyncio
import csv
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.common.machine import pin
from cti.ports import free_ports

SCENARIO = Path(__file__).with_name("silent_caller.xml")
HOST = "127.0.0.2"
WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What became of the callers."""

    succeeded: int
    failed: int


async def call(number: str, *, pbx: tuple[str, int], rate: int, for_s: float, processor: int) -> Called:
    """Have ``rate`` callers a second dial ``number`` for so long; returns when all of them are gone.

    Raises:
        RuntimeError: SIPp is not installed, or did not run.
    """
    program = shutil.which("sipp")
    if program is None:
        raise RuntimeError("no sipp: apt-get install sip-tester")
    with tempfile.TemporaryDirectory(prefix="callwright-sipp-") as directory:
        process = await asyncio.create_subprocess_exec(
            *(program, "-sf", str(SCENARIO), "-s", number, "-i", HOST, "-mi", HOST),
            *("-p", str(free_ports(1)[0]), "-r", str(rate), "-m", str(round(rate * for_s)), "-l", "100000"),
            *("-timeout", f"{WITHIN_S:.0f}s", "-nostdin", "-trace_stat", "-stf", "stat.csv", "-fd", "1"),
            f"{pbx[0]}:{pbx[1]}",
            cwd=directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            pin(process.pid, processor)
            await asyncio.wait_for(process.wait(), WITHIN_S + 10)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        stat = Path(directory) / "stat.csv"
        if not stat.exists():
            raise RuntimeError(f"sipp ended with {process.returncode} and no figures")
        with stat.open(newline="") as lines:
            row = [*csv.DictReader(lines, delimiter=";")][-1]
    return Called(succeeded=int(row["SuccessfulCall(C)"]), failed=int(row["FailedCall(C)"]))
