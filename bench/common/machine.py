"""The machine a measurement runs on: how busy it was, and which processor does what."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MOST_PRESSURE = 0.20
"""A block taken while more of the time something waited for a processor is taken again."""


def pressure_us() -> int:
    """Microseconds in which something had to wait for a CPU, since boot; 0 where the kernel does not tell."""
    try:
        return int(Path("/proc/pressure/cpu").read_text().split("total=")[1].split()[0])
    except (OSError, IndexError):
        return 0


def steal_ticks() -> int:
    """Ticks another machine had our processors, since boot."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8])


class Load:
    """What goes into a row's report about the machine; starts to count when made."""

    def __init__(self) -> None:
        self._steal = steal_ticks()
        self._average = os.getloadavg()
        self.pressure: list[float] = []
        """Of each block that was kept: the share of its time in which something waited for a CPU."""

    def told(self) -> dict[str, Any]:
        """Load averages before and after, steal in between, pressure of each block."""
        return {
            "average_before": self._average,
            "average": os.getloadavg(),
            "steal_ticks": steal_ticks() - self._steal,
            "pressure": [round(share, 3) for share in self.pressure],
        }

    def quiet(self, block: Callable[[], T], retakes: int) -> T:
        """A block taken while the machine had time for it, or else the calmest of ``retakes + 1``."""
        taken = []
        for _ in range(retakes + 1):
            waited, started = pressure_us(), time.monotonic()
            result = block()
            taken.append(((pressure_us() - waited) / 1e6 / (time.monotonic() - started), result))
            if taken[-1][0] <= MOST_PRESSURE:
                break
        share, result = min(taken, key=lambda one: one[0])
        self.pressure.append(share)
        return result


def pin(process: int, processor: int) -> None:
    """Keep every thread of a process on one processor, those it makes later too; where there are several."""
    if (os.cpu_count() or 1) < 2:
        return
    for thread in Path(f"/proc/{process}/task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), {processor})
        except ProcessLookupError:
            continue  # a thread that has just ended
