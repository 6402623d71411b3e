"""A queue's line: how many callers are ahead of one, at any moment, without counting them."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping

from acd.call import Call, CallClass
from acd.ids import CallId
from acd.instant import Instant
from acd.lazyheap import Key
from acd.priority import serving_order, within_class
from acd.rules import ClassRules
from acd.weight import EVEN, Weight


class Line:
    """Callers by class, each class in its own standing order. A place in line costs a search per class."""

    __slots__ = ("_classes", "_order", "_places", "_weight")

    def __init__(self, classes: Mapping[CallClass, ClassRules], weight: Weight = EVEN) -> None:
        self._classes, self._weight = classes, weight
        self._order: dict[CallClass, list[tuple[Key, CallId]]] = {name: [] for name in classes}
        self._places: dict[CallId, tuple[CallClass, Key]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._places

    def __iter__(self) -> Iterator[CallId]:
        """Everybody in line, by class; not the order of service, which changes with time."""
        return (call_id for order in self._order.values() for _, call_id in order)

    def add(self, call: Call) -> None:
        """A caller takes his place; he must not be in line yet."""
        assert call.call_id not in self._places, f"{call.call_id} is in line already"
        place = within_class(call)
        self._places[call.call_id] = (call.call_class, place)
        insort(self._order[call.call_class], (place, call.call_id))

    def discard(self, call_id: CallId) -> None:
        """A caller leaves; nothing happens when he is not in line."""
        known = self._places.pop(call_id, None)
        if known is not None:
            name, place = known
            order = self._order[name]
            del order[bisect_left(order, (place, call_id))]

    def position(self, call_id: CallId, at: Instant) -> int:
        """His place at ``at``, from 1, all classes counted."""
        name, place = self._places[call_id]
        return 1 + self.ahead_of(serving_order(self._classes[name], place, at, self._weight), at)

    def ahead_of(self, mine: Key, at: Instant) -> int:
        """How many here go before somebody who would be served in this order at ``at``."""
        ahead = 0
        for other, order in self._order.items():
            rules = self._classes[other]

            def key(entry: tuple[Key, CallId], rules: ClassRules = rules) -> Key:
                return serving_order(rules, entry[0], at, self._weight)

            ahead += bisect_left(order, mine, key=key)
        return ahead

    def begins(self) -> Instant | None:
        """From when the wait counts of who waits longest; None when nobody does."""
        return min((order[0][0][0] for order in self._order.values() if order), default=None)

    def first(self, most: int, at: Instant) -> list[CallId]:
        """The first ``most`` at ``at``, in the order they will be served."""
        orders = (
            (serving_order(self._classes[name], place, at, self._weight), call_id)
            for name, order in self._order.items()
            for place, call_id in order[:most]  # within a class nobody further back is before them
        )
        return [call_id for _, call_id in sorted(orders)[:most]]
