"""Callers as the simulator plans them: when they come, what for, how patient they are, how long they talk."""

import math
import random
from collections.abc import Iterator, Sequence
from enum import IntEnum
from heapq import heapify, heappop, heapreplace

from acd.call import CallClass
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, Span
from cti.simulator.book import Chapter, Visits
from cti.simulator.people import Draw

HALF_HOUR = Span(1800 * MICROSECONDS_PER_SECOND)


class Where(IntEnum):
    """Where the world has a caller."""

    COMING = 0
    WAITING = 1
    RINGING = 2
    TALKING = 3
    LEAVING = 4
    GONE = 5


class Caller:
    """One call, planned and lived."""

    __slots__ = (
        "agent_id",
        "at",
        "attempt",
        "call_class",
        "call_id",
        "chapter",
        "handling",
        "number",
        "offer_id",
        "patience",
        "queue_id",
        "token",
        "visit",
        "where",
    )

    def __init__(
        self,
        call_id: CallId,
        number: str,
        queue_id: QueueId,
        call_class: CallClass | None,
        at: Instant,
        patience: Span | None,
        handling: Span,
        attempt: int = 1,
    ) -> None:
        self.call_id = call_id
        self.number = number
        self.queue_id = queue_id
        self.call_class = call_class
        """None leaves it to the rules."""
        self.at = at
        """When he knocks at the queue."""
        self.patience = patience
        """How long he is prepared to wait; None: for ever."""
        self.handling = handling
        """How long the agent will talk with him."""
        self.attempt = attempt
        """Which of his attempts this is, from 1."""
        self.where = Where.COMING
        self.token = 0
        """Grows with every change, so that what was planned for an earlier moment does not happen."""
        self.chapter: Chapter | None = None
        """Where he is counted; None: nowhere."""
        self.visit: Visits | None = None
        """His visit to the queue he is in."""
        self.offer_id: OfferId | None = None
        self.agent_id: AgentId | None = None

    def again(self, at: Instant) -> "Caller":
        """The same caller, trying once more."""
        attempt = self.attempt + 1
        name = CallId(f"{self.call_id.partition('~')[0]}~{attempt}")
        return Caller(
            name, self.number, self.queue_id, self.call_class, at, self.patience, self.handling, attempt
        )


def come_by_chance(
    name: str,
    queue_id: QueueId,
    call_class: CallClass | None,
    rates_per_hour: Sequence[float],
    midnight: Instant,
    since: Instant,
    until: Instant,
    chance: random.Random,
    patience: Draw,
    handling: Draw,
) -> Iterator[Caller]:
    """Callers of one kind, each a stranger, by a Poisson process whose rate changes every half hour.

    ``rates_per_hour`` is the day's, from midnight; clocks that change with the season are not followed.
    """
    uniform, log, place = chance.random, math.log, list(rates_per_hour)
    constant = min(place) == max(place)
    at = float(since)
    for n in range(1, 1 << 62):
        need = -log(1.0 - uniform()) * 3600 * MICROSECONDS_PER_SECOND
        if constant:
            at += need / place[0]
        else:
            at = _ahead(at, need, place, midnight)
        if at >= until:
            return
        spoken = handling()
        assert spoken is not None
        yield Caller(
            CallId(f"{name}-{n}"),
            f"{name}.{n}",
            queue_id,
            call_class,
            Instant(int(at)),
            patience(),
            spoken,
        )


def _ahead(at: float, need: float, place: Sequence[float], midnight: Instant) -> float:
    """When the rates, summed up from ``at``, come to ``need``."""
    while True:
        slot = int((at - midnight) // HALF_HOUR)
        rate, ends = place[slot % len(place)], midnight + (slot + 1) * HALF_HOUR
        if need <= rate * (ends - at):
            return at + need / rate if rate else float(ends)
        need -= rate * (ends - at)
        at = float(ends)


def in_order(streams: Sequence[Iterator[Caller]]) -> Iterator[Caller]:
    """The callers of all streams in the order of their coming; who comes at the same time, by stream."""
    coming = [
        (caller.at, n, caller, stream) for n, stream in enumerate(streams) if (caller := next(stream, None))
    ]
    heapify(coming)
    while coming:
        _, n, caller, stream = coming[0]
        yield caller
        after = next(stream, None)
        if after is None:
            heappop(coming)
        else:
            heapreplace(coming, (after.at, n, after, stream))
