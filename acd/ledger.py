"""The unanswered ledger: customers whose last contact came to nothing, one open item each."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from acd.call import UNKNOWN_CALLER, Outcome
from acd.ids import CallId
from acd.instant import Instant, Span
from acd.rules import ReturningRules

MOST_ITEMS = 100_000
"""Open items kept; beyond it the one longest untouched is forgotten."""

UNANSWERED = frozenset({Outcome.ABANDONED, Outcome.LEFT_IVR, Outcome.TURNED_AWAY, Outcome.LOST})
"""Outcomes that leave a customer unserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A customer we owe an answer."""

    caller: str
    """Known by his number."""
    call_id: CallId
    """The latest call that came to nothing."""
    since: Instant
    """When that call ended."""
    why: Outcome
    attempts: int
    """How many of his calls came to nothing since the last that succeeded."""


class Ledger:
    """Open items by caller, longest untouched first."""

    def __init__(self, rules: ReturningRules) -> None:
        self._rules = rules
        self._items: OrderedDict[str, OpenItem] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def open(self, caller: str, call_id: CallId, why: Outcome, at: Instant) -> OpenItem | None:
        """A call of his came to nothing; None for a caller who cannot be recognised."""
        if caller == UNKNOWN_CALLER or not caller:
            return None
        known = self.item(caller, at)
        attempts = known.attempts + 1 if known is not None else 1
        item = OpenItem(caller=caller, call_id=call_id, since=at, why=why, attempts=attempts)
        self._keep(item)
        return item

    def remember(self, item: OpenItem, at: Instant) -> None:
        """An item of an earlier run; what this run knows of the customer is newer."""
        if item.caller not in self._items and item.caller != UNKNOWN_CALLER:
            self._keep(replace(item, since=min(item.since, at)))

    def close(self, caller: str) -> OpenItem | None:
        """A contact succeeded; the item that was open, if any."""
        return self._items.pop(caller, None)

    def item(self, caller: str, at: Instant) -> OpenItem | None:
        """What is open for a caller; an item too old is forgotten."""
        item = self._items.get(caller)
        if item is not None and at - item.since >= self._rules.remembered:
            del self._items[caller]
            return None
        return item

    def boost(self, caller: str, at: Instant) -> Span:
        """Waiting time to credit him with: all of it right after the unanswered call, evenly less later."""
        item = self.item(caller, at)
        if item is None or not self._rules.decays_within:
            return Span(0)
        left = max(0, self._rules.decays_within - (at - item.since))
        return Span(self._rules.boost * left // self._rules.decays_within)

    def items(self, at: Instant) -> list[OpenItem]:
        """Everything open, longest untouched first."""
        return [item for caller in list(self._items) if (item := self.item(caller, at)) is not None]

    def _keep(self, item: OpenItem) -> None:
        self._items[item.caller] = item
        self._items.move_to_end(item.caller)
        if len(self._items) > MOST_ITEMS:
            self._items.popitem(last=False)
