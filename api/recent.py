"""The last events of the last calls, in memory: a call's story is complete before the database has it."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from acd.call_events import CallStarted
from acd.ids import CallId
from api.facts import is_fact
from cti.envelope import Envelope
from cti.rows import call_of
from dialer.events import AttemptPlaced

MOST_CALLS = 5_000
MOST_EVENTS_OF_A_CALL = 200
MOST_EVENTS = 50_000
"""Of all calls together: some tens of megabytes."""


@dataclass(slots=True)
class Tail:
    """The last events of one call."""

    envelopes: deque[Envelope] = field(default_factory=deque)
    forgotten: int = 0

    @property
    def has_everything(self) -> bool:
        """Whether these are all events of the call, from its arrival, or from the order to dial."""
        first = self.envelopes[0].message if self.envelopes else None
        begun = isinstance(first, AttemptPlaced) or (isinstance(first, CallStarted) and not first.found)
        return begun and not self.forgotten


class RecentEvents:
    """A listener of the runtime. Bounded: calls longest without an event are forgotten first."""

    def __init__(
        self,
        *,
        calls: int = MOST_CALLS,
        events_of_a_call: int = MOST_EVENTS_OF_A_CALL,
        events: int = MOST_EVENTS,
    ) -> None:
        self._calls, self._events_of_a_call, self._events = calls, events_of_a_call, events
        self._tails: OrderedDict[CallId, Tail] = OrderedDict()
        self._held = 0

    def __len__(self) -> int:
        """Events held."""
        return self._held

    def __call__(self, step: Sequence[Envelope]) -> None:
        """Take note of one step of the floor."""
        for envelope in step:
            call_id = call_of(envelope.message)
            if call_id is not None and is_fact(envelope):
                self._note(CallId(call_id), envelope)

    def of(self, call_id: CallId) -> Tail:
        """What is remembered of a call; nothing, for a call never heard of."""
        return self._tails.get(call_id) or Tail()

    def _note(self, call_id: CallId, envelope: Envelope) -> None:
        tail = self._tails.setdefault(call_id, Tail())
        self._tails.move_to_end(call_id)
        tail.envelopes.append(envelope)
        self._held += 1
        if len(tail.envelopes) > self._events_of_a_call:
            tail.envelopes.popleft()
            tail.forgotten += 1
            self._held -= 1
        while len(self._tails) > self._calls or (self._held > self._events and len(self._tails) > 1):
            _, forgotten = self._tails.popitem(last=False)
            self._held -= len(forgotten.envelopes)
