"""Replay: a recorded journal through a fresh floor, and whether it says the same again.

For debugging, regressions and what-if, not for recovery: the world is not asked. Deadlines are no inputs;
what they led to is recorded without a cause, and there the floor is let through time up to that moment.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from acd.instant import Instant
from acd.rules import Rules
from cti.envelope import Envelope
from cti.floor import Floor
from cti.journal import Gap, Torn
from cti.messages import Output, is_input


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where record and replay part."""

    run: str
    seq: int
    """The message of the record; for a record that is too short, the last one."""
    at: Instant
    recorded: Output | None
    """None: the replayed output was never recorded."""
    replayed: Output | None
    """None: the recorded output did not come again."""
    broke: str | None = None
    """What the floor said when it met a bug of ours."""


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What a replay found."""

    runs: int = 0
    inputs: int = 0
    outputs: int = 0
    """Outputs that were recorded and came again."""
    difference: Difference | None = None
    """The first one; the replay ends there."""
    unreplayed: list[str] = field(default_factory=list)
    """What of the record could not be replayed, in words for people."""

    @property
    def same(self) -> bool:
        """Whether all of the record was replayed, and said the same."""
        return self.difference is None and not self.unreplayed


class _Run:
    """One run of the engine, again."""

    def __init__(self, run: str, rules: Rules) -> None:
        self.run = run
        self.floor = Floor(rules)
        self.seq = 0
        self.at = Instant(0)
        self.ended_early = False
        self.expected: deque[Output] = deque()
        self.cause: int | None = None

    def take(self, envelope: Envelope, found: Replayed) -> Difference | None:
        """Go one message further; the difference, if there is one."""
        self.seq, self.at = envelope.seq, envelope.at
        message = envelope.message
        try:
            if is_input(message):
                if self.expected:
                    return self.difference(None)
                found.inputs += 1
                self.expected.extend(self.floor.handle(message, envelope.at))
                self.cause = envelope.seq
                return None
            if not self.expected and envelope.cause is None:
                self.expected.extend(self.floor.advance(envelope.at))
                self.cause = None
        except AssertionError as bug:
            return self.difference(None, broke=str(bug) or type(bug).__name__)
        if not self.expected or self.expected[0] != message or self.cause != envelope.cause:
            return self.difference(message)
        self.expected.popleft()
        found.outputs += 1
        return None

    def difference(self, recorded: Output | None, broke: str | None = None) -> Difference:
        replayed = self.expected[0] if self.expected else None
        return Difference(
            run=self.run, seq=self.seq, at=self.at, recorded=recorded, replayed=replayed, broke=broke
        )


def replay(record: Iterable[Envelope | Gap | Torn], rules_for: Callable[[str], Rules]) -> Replayed:
    """Replay a record, each run in it through a floor of its own; ``rules_for`` gives the rules of a run.

    A run whose beginning is missing cannot be replayed, and after a hole in the record none can go on.
    """
    found = Replayed()
    current: _Run | None = None
    torn: Torn | None = None
    for item in record:
        if torn is not None:
            _hole(found, current, f"{torn.length} bytes at {torn.offset} of {torn.segment} are no message")
            torn = None
        if isinstance(item, Torn):
            torn = item
            continue
        if isinstance(item, Gap):
            _hole(found, current, f"{item.lost} messages from number {item.first_seq} on: {item.reason}")
            continue
        if current is None or item.run != current.run:
            found.difference = _end(current)
            if found.difference is not None:
                return found
            current = _Run(item.run, rules_for(item.run))
            found.runs += 1
        if current.ended_early:
            continue
        if item.seq != current.seq + 1:
            _hole(found, current, f"messages {current.seq + 1} to {item.seq - 1} are not in it")
            continue
        found.difference = current.take(item, found)
        if found.difference is not None:
            return found
    # A line cut off at the very end is how a power cut looks: all that was written before it counts.
    found.difference = None if torn is not None else _end(current)
    return found


def _hole(found: Replayed, current: _Run | None, what: str) -> None:
    if current is None:
        found.unreplayed.append(f"the record begins with a hole: {what}")
    elif not current.ended_early:
        current.ended_early = True
        found.unreplayed.append(f"run {current.run} after message {current.seq}: {what}")


def _end(current: _Run | None) -> Difference | None:
    if current is None or current.ended_early or not current.expected:
        return None
    return current.difference(None)
