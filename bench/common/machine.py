"""The machine a measurement runs on: how busy it was, and which processor does what."""

import os
import time
from collections.abc import Awaitable, Callable
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
        taken: list[tuple[float, T]] = []
        while self._another_is_needed(taken, retakes):
            began = _Began()
            result = block()
            taken.append((began.pressure(), result))
        return self._calmest(taken)

    async def quiet_with_telephones(self, block: Callable[[], Awaitable[T]], retakes: int) -> T:
        """The same for a block that is awaited."""
        taken: list[tuple[float, T]] = []
        while self._another_is_needed(taken, retakes):
            began = _Began()
            result = await block()
            taken.append((began.pressure(), result))
        return self._calmest(taken)

    @staticmethod
    def _another_is_needed(taken: list[tuple[float, T]], retakes: int) -> bool:
        return not taken or (taken[-1][0] > MOST_PRESSURE and len(taken) <= retakes)

    def _calmest(self, taken: list[tuple[float, T]]) -> T:
        share, result = min(taken, key=lambda one: one[0])
        self.pressure.append(share)
        return result


class _Began:
    def __init__(self) -> None:
        self._waited, self._at = pressure_us(), time.monotonic()

    def pressure(self) -> float:
        """The share of the time since then in which something waited for a CPU."""
        return (pressure_us() - self._waited) / 1e6 / (time.monotonic() - self._at)


def pin(process: int, processor: int) -> None:
    """Keep every thread of a process on one processor, those it makes later too; where there are several."""
    if (os.cpu_count() or 1) < 2:
        return
    for thread in Path(f"/proc/{process}/task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), {processor})
        except ProcessLookupError:
            continue  # a thread that has just ended


def pin_family(process: int, processor: int) -> None:
    """The same for a process and those it has started: our engine and the one that writes its history."""
    pin(process, processor)
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in (thread / "children").read_text().split():
            pin(int(child), processor)
