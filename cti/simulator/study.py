"""A study: the same callers under one or several sets of rules, run by run."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from acd.rules import Rules
from cti.simulator.book import Book, Chapter
from cti.simulator.setting import Setting
from cti.simulator.world import LeanWorld

Watch = Callable[[float], None]
"""Told the share of a run that is done."""


@dataclass(slots=True)
class Result:
    """What callers met under one set of rules. ``samples`` are independent of each other, or nearly so."""

    name: str
    rules: Rules
    samples: list[Chapter] = field(default_factory=list)
    runs: int = 0
    calls: int = 0
    """Callers who came, in the warm-up too."""
    messages: int = 0
    """What the core was told."""
    not_carried_out: dict[str, int] = field(default_factory=dict)
    """Orders of kinds the simulator does not know, by kind; should be empty."""
    core_unexplained: int = 0
    """Visits the core's own books do not explain, over all runs; must be 0."""


def run_once(setting: Setting, rules: Rules, seed: int, watch: Watch | None = None) -> tuple[LeanWorld, Book]:
    """Live one run. The seed alone decides what people are like; the rules decide what becomes of them."""
    book = Book(rules.agents, len(setting.edges) - 1)
    world = LeanWorld(
        rules,
        setting.people(rules, seed),
        setting.callers(seed),
        book,
        starts=setting.starts,
        ends=setting.ends,
        edges=setting.edges,
        cuts=setting.cuts(),
        redials=setting.redials(seed),
    )
    with _no_collector():
        world.run(watch)
    return world, book


def run_into(result: Result, setting: Setting, seed: int, watch: Watch | None = None) -> None:
    """Live one more run and count it. A trace's days are its samples, over all runs; else the runs are,
    or the stretches of a few of them."""
    world, book = run_once(setting, result.rules, seed, watch)
    if setting.from_trace and result.samples:
        for sample, chapter in zip(result.samples, book.chapters, strict=True):
            sample.add(chapter)
    else:
        result.samples.extend(book.chapters)
    result.runs += 1
    result.calls += world.came
    result.messages += world.messages
    for kind, count in world.not_carried_out.items():
        result.not_carried_out[kind] = result.not_carried_out.get(kind, 0) + count
    tables = world.acd.tables
    for queue_id, stats in tables.stats.items():
        result.core_unexplained += abs(stats.unexplained(len(tables.in_queue[queue_id])))


def seed_of(seed: int, run: int) -> int:
    """The seed of a run of a study: run 0 of seed 7 is the same in a study of ten."""
    return seed * 1_000_003 + run


@contextmanager
def _no_collector() -> Iterator[None]:
    """The world makes no cycles: looking for them takes a tenth of the time and finds nothing."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
