"""Sounds that are kept: bounded, made once, found again."""

import asyncio
import os
from pathlib import Path

import pytest

from cti.sound_cache import FAILED_S, IN_USE_S, Maker, NoSound, SoundCache


class World:
    """A cache of at most three files and 100 bytes, and a clock that is turned by hand."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.now, self.made = directory, 1000.0, 0
        self.cache = self.another()

    def another(self) -> SoundCache:
        cache = SoundCache(self.directory, most_bytes=100, most_files=3, at_once=2, clock=lambda: self.now)
        cache.open()
        return cache

    def of(self, size: int) -> Maker:
        async def make(to: Path) -> None:
            self.made += 1
            to.write_bytes(b"x" * size)

        return make

    def names(self) -> set[str]:
        return {path.name[:1] for path in self.directory.iterdir()}


def key(letter: str) -> str:
    return letter * 24


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "prompts")


async def test_what_was_used_longest_ago_makes_room(world: World) -> None:
    for letter in "abc":
        await world.cache.get(key(letter), world.of(10))
        world.now += 1
    world.now += IN_USE_S
    world.cache.find(key("a"))
    await world.cache.get(key("d"), world.of(10))
    assert world.names() == set("acd")
    assert world.cache.size == (3, 30)


async def test_what_is_asked_for_while_earlier_sounds_are_looked_for_counts_once_and_was_used_last(
    world: World,
) -> None:
    """Callers are there before the house has looked through what it keeps."""
    for letter in "ab":
        await world.cache.get(key(letter), world.of(10))
        world.now += 1
    for letter in "ab":
        os.utime(world.directory / f"{key(letter)}.wav", (world.now, world.now))
        world.now += 1
    early = SoundCache(world.directory, most_bytes=100, most_files=3, at_once=2, clock=lambda: world.now)
    left = early.left_behind()
    assert early.find(key("a")) is not None
    early.keep(left)
    assert early.size == (2, 20)
    world.now += IN_USE_S + 1
    await early.get(key("c"), world.of(10))
    await early.get(key("d"), world.of(10))
    assert world.names() == set("acd")


async def test_a_large_one_takes_the_room_of_several(world: World) -> None:
    for letter in "abc":
        await world.cache.get(key(letter), world.of(30))
    world.now += IN_USE_S
    await world.cache.get(key("d"), world.of(80))
    assert world.names() == {"d"}


async def test_what_may_be_playing_is_not_taken_away(world: World) -> None:
    for letter in "abc":
        await world.cache.get(key(letter), world.of(10))
    with pytest.raises(NoSound, match="full"):
        await world.cache.get(key("d"), world.of(10))
    assert world.names() == set("abc")
    world.now += IN_USE_S
    await world.cache.get(key("d"), world.of(10))


async def test_the_next_run_finds_them_and_knows_which_are_old(world: World) -> None:
    for letter, used in (("a", 500), ("b", 300), ("c", 400)):
        path = await world.cache.get(key(letter), world.of(10))
        os.utime(path, (used, used))
    (world.directory / "README").write_text("not ours")
    (world.directory / ".draft.1.x.wav").write_text("left behind by a crash")
    os.utime(world.directory / ".draft.1.x.wav", (1, 1))
    world.now = 2000.0
    again = world.another()
    assert again.size == (3, 30)
    await again.get(key("d"), world.of(10))
    assert world.names() == {"a", "c", "d", "R"}


async def test_one_that_somebody_removed_is_made_again(world: World) -> None:
    (await world.cache.get(key("a"), world.of(10))).unlink()
    assert world.cache.find(key("a")) is None
    await world.cache.get(key("a"), world.of(10))
    assert (world.made, world.cache.size) == (2, (1, 10))


async def test_one_that_somebody_else_made_is_found(world: World) -> None:
    await world.another().get(key("a"), world.of(10))
    assert world.cache.find(key("a")) is not None
    assert world.cache.size == (1, 10)


async def test_what_cannot_be_made_is_not_tried_by_every_caller(world: World) -> None:
    async def fails(to: Path) -> None:
        world.made += 1
        to.write_bytes(b"half")
        raise NoSound("broken")

    for _ in range(3):
        with pytest.raises(NoSound, match="broken"):
            await world.cache.get(key("a"), fails)
    assert (world.made, world.names()) == (1, set())
    world.now += FAILED_S
    await world.cache.get(key("a"), world.of(10))


async def test_a_caller_who_hangs_up_does_not_stop_it(world: World) -> None:
    go = asyncio.Event()

    async def slow(to: Path) -> None:
        await go.wait()
        to.write_bytes(b"x")

    first = asyncio.create_task(world.cache.get(key("a"), slow))
    await asyncio.sleep(0)
    second = asyncio.create_task(world.cache.get(key("a"), slow))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert (await second).name == f"{key('a')}.wav"


async def test_only_a_few_are_made_at_once_and_only_so_many_wait(world: World) -> None:
    go, busy, most = asyncio.Event(), 0, 0

    async def slow(to: Path) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await go.wait()
        busy -= 1
        to.write_bytes(b"")

    tasks = [world.cache.begin(f"{n:024x}", slow) for n in range(200)]
    with pytest.raises(NoSound, match="being made"):
        world.cache.begin(key("f"), slow)
    for _ in range(10):
        await asyncio.sleep(0)
    assert most == 2
    await world.cache.close()
    assert all(task.cancelled() for task in tasks)
