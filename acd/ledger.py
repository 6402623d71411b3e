"""The unanswered ledger: customers whose last contact came to nothing, one open item each.

An item belongs to the customer when he is known, whatever number he calls from, else to the number. One that
was opened for a number becomes the customer's as soon as he is recognised by it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType

from acd.call import UNKNOWN_CALLER, Outcome
from acd.customer import Party
from acd.ids import CallId, CustomerId
from acd.instant import Instant, Span
from acd.rules import ReturningRules

MOST_ITEMS = 100_000
"""Open items kept; beyond it the one longest untouched is forgotten."""


class WhyOwed(StrEnum):
    """How a contact came to nothing. A closed set."""

    ABANDONED = "abandoned"
    """He hung up while waiting or while an agent's phone rang."""
    LEFT_IVR = "left_ivr"
    """He hung up in the menu."""
    TURNED_AWAY = "turned_away"
    """No queue took or kept him."""
    VOICEMAIL = "voicemail"
    """He was asked to leave a message."""
    LOST = "lost"
    """Nobody saw how his call ended."""
    MISSED_CALLBACK = "missed_callback"
    """We called him back and did not reach him."""
    DROPPED = "dropped"
    """We called him, he answered, and nobody was there in time."""


UNANSWERED: Mapping[Outcome, WhyOwed] = MappingProxyType(
    {
        Outcome.ABANDONED: WhyOwed.ABANDONED,
        Outcome.LEFT_IVR: WhyOwed.LEFT_IVR,
        Outcome.TURNED_AWAY: WhyOwed.TURNED_AWAY,
        Outcome.VOICEMAIL: WhyOwed.VOICEMAIL,
        Outcome.MISSED_CALLBACK: WhyOwed.MISSED_CALLBACK,
        Outcome.LOST: WhyOwed.LOST,
    }
)
"""Outcomes of calls that leave a customer unserved."""

UNDECIDED = frozenset({Outcome.CALLBACK, Outcome.CANCELLED, Outcome.FAX})
"""Outcomes that are neither: another call will tell what becomes of him; a fax machine answers nobody."""

SERVED = frozenset(Outcome) - UNANSWERED.keys() - UNDECIDED
"""Outcomes after which we owe him nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A customer we owe an answer."""

    caller: str
    """The number of the latest call."""
    call_id: CallId
    """The latest call that came to nothing."""
    since: Instant
    """When that call ended."""
    why: WhyOwed
    attempts: int
    """How many of his calls came to nothing since the last that succeeded."""
    customer_id: CustomerId | None = None
    """Who he is; None while he is known by his number alone."""

    @property
    def party(self) -> Party:
        """Whose item it is."""
        return Party(caller=self.caller, customer_id=self.customer_id)


class Ledger:
    """Open items, longest untouched first, each under the customer or the number it belongs to."""

    def __init__(self, rules: ReturningRules) -> None:
        self.rules = rules
        self._items: OrderedDict[str, OpenItem] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def open(self, party: Party, call_id: CallId, why: WhyOwed, at: Instant) -> OpenItem | None:
        """A contact came to nothing; None for a caller who cannot be recognised."""
        if key_of(party) is None:
            return None
        known = self.recognise(party, at)
        item = OpenItem(
            caller=party.caller,
            customer_id=party.customer_id,
            call_id=call_id,
            since=at,
            why=why,
            attempts=known.attempts + 1 if known is not None else 1,
        )
        self._keep(item)
        return item

    def remember(self, item: OpenItem, at: Instant) -> None:
        """An item of an earlier run; what this run knows of the customer is newer."""
        key = key_of(item.party)
        if key is not None and key not in self._items:
            self._keep(replace(item, since=min(item.since, at)))

    def recognise(self, party: Party, at: Instant) -> OpenItem | None:
        """What is open for him. What was open for his number alone is the customer's from now on."""
        mine, of_number = (self._fresh(key, at) for key in keys_of(party))
        if party.customer_id is None:
            return of_number
        if of_number is None:
            return mine
        del self._items[_number(party.caller)]
        latest = of_number if mine is None else max(mine, of_number, key=attrgetter("since"))
        attempts = of_number.attempts + (mine.attempts if mine is not None else 0)
        item = replace(latest, customer_id=party.customer_id, attempts=attempts)
        self._keep(item)
        return item

    def close(self, party: Party) -> OpenItem | None:
        """A contact succeeded; the item that was open, if any."""
        closed = [self._items.pop(key, None) for key in dict.fromkeys(keys_of(party)) if key is not None]
        return next((item for item in closed if item is not None), None)

    def item(self, party: Party, at: Instant) -> OpenItem | None:
        """What is open for him; an item too old is forgotten."""
        return next((item for key in keys_of(party) if (item := self._fresh(key, at)) is not None), None)

    def boost(self, party: Party, at: Instant) -> Span:
        """Waiting time to credit him with: all of it right after the unanswered call, evenly less later."""
        item = self.item(party, at)
        if item is None or not self.rules.decays_within:
            return Span(0)
        left = max(0, self.rules.decays_within - (at - item.since))
        return Span(self.rules.boost * left // self.rules.decays_within)

    def items(self, at: Instant) -> list[OpenItem]:
        """Everything open, the earliest unanswered call first."""
        fresh = [item for key in list(self._items) if (item := self._fresh(key, at)) is not None]
        return sorted(fresh, key=attrgetter("since", "call_id"))

    def misfiled(self) -> list[OpenItem]:
        """Items that are not where they are looked for; there must be none."""
        return [item for key, item in self._items.items() if key_of(item.party) != key]

    def _fresh(self, key: str | None, at: Instant) -> OpenItem | None:
        item = self._items.get(key) if key is not None else None
        if key is not None and item is not None and at - item.since >= self.rules.remembered:
            del self._items[key]
            return None
        return item

    def _keep(self, item: OpenItem) -> None:
        key = key_of(item.party)
        assert key is not None, f"nobody can be recognised by {item}"
        self._items[key] = item
        self._items.move_to_end(key)
        if len(self._items) > MOST_ITEMS:
            self._items.popitem(last=False)


def _number(caller: str) -> str:
    return f"number {caller}"


def keys_of(party: Party) -> tuple[str | None, str | None]:
    """What his items may be kept under: the customer's key and the number's, as far as there are such."""
    shown = bool(party.caller) and party.caller != UNKNOWN_CALLER
    return (
        f"customer {party.customer_id}" if party.customer_id is not None else None,
        _number(party.caller) if shown else None,
    )


def key_of(party: Party) -> str | None:
    """Where his item is kept; None for somebody nobody can recognise."""
    customer, number = keys_of(party)
    return customer or number
