"""The pace of a telephone's audio, by a clock that runs as a test wants it to."""

import asyncio
from collections.abc import Callable

import pytest

from demo.media import MediaClock


class Loop:
    """Time, and what is to be done when it has come; the process may be held up."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._due: tuple[float, Callable[[], None]] | None = None

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, act: Callable[[], None]) -> "Loop":
        self._due = when, act
        return self

    def cancel(self) -> None:
        self._due = None

    def goes_on(self, seconds: float, late_s: float = 0.0) -> None:
        """Time passes; everything is done so much after it was due."""
        ends = self.now + seconds
        while self._due is not None and max(self._due[0] + late_s, self.now) <= ends:
            (when, act), self._due = self._due, None
            self.now = max(self.now, when + late_s)
            act()
        self.now = ends


class Sent(list[int]):
    """A stream that notes how many packets were left out before each it sent."""

    def tick(self, *, late: int) -> None:
        self.append(late)


@pytest.fixture
async def sent(monkeypatch: pytest.MonkeyPatch) -> tuple[Loop, Sent]:
    loop, stream = Loop(), Sent()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    clock = MediaClock()
    monkeypatch.undo()
    clock.add(stream)  # type: ignore[arg-type]
    return loop, stream


async def test_fifty_packets_a_second_whoever_is_a_little_late(sent: tuple[Loop, Sent]) -> None:
    loop, stream = sent
    loop.goes_on(60, late_s=0.013)
    assert len(stream) == pytest.approx(3000, abs=1)
    assert set(stream) == {0}


async def test_who_was_held_up_for_a_moment_sends_what_he_owes(sent: tuple[Loop, Sent]) -> None:
    loop, stream = sent
    loop.goes_on(1)
    loop.now += 0.09
    loop.goes_on(0.91)
    assert len(stream) == pytest.approx(100, abs=1)
    assert set(stream) == {0}


async def test_who_was_held_up_for_long_leaves_out_what_nobody_would_hear_in_time(
    sent: tuple[Loop, Sent],
) -> None:
    loop, stream = sent
    loop.goes_on(1)
    loop.now += 1
    loop.goes_on(1)
    assert len(stream) + sum(stream) == pytest.approx(150, abs=1)
    assert sum(late > 0 for late in stream) == 1
    assert sum(stream) > 40
