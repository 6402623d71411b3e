"""The callers of one requirement who can be served, by class: the next to go is found among a few heads."""

from collections.abc import Mapping
from itertools import islice

from acd.call import Call, CallClass
from acd.ids import CallId
from acd.instant import Instant
from acd.lazyheap import Key, LazyHeap
from acd.priority import serving_order, within_class
from acd.rules import ClassRules


class WaitingCallers:
    """Scores of different classes overtake each other as time passes; within a class the order stands still.
    So each class has a heap, and only the heads are compared, at the moment of the decision.
    """

    __slots__ = ("_classes", "_heaps")

    def __init__(self, classes: Mapping[CallClass, ClassRules]) -> None:
        self._classes = classes
        self._heaps: dict[CallClass, LazyHeap[CallId]] = {name: LazyHeap() for name in classes}

    def __bool__(self) -> bool:
        for heap in self._heaps.values():  # noqa: SIM110 - asked at every step, and half the price of any()
            if heap:
                return True
        return False

    def __len__(self) -> int:
        return sum(len(heap) for heap in self._heaps.values())

    def __contains__(self, call_id: object) -> bool:
        return any(call_id in heap for heap in self._heaps.values())

    @property
    def is_trim(self) -> bool:
        """Whether no class holds more dead entries than it may."""
        return all(heap.is_trim for heap in self._heaps.values())

    def push(self, call: Call) -> None:
        """A caller can be served from now on."""
        self._heaps[call.call_class].push(call.call_id, within_class(call))

    def discard(self, call: Call) -> None:
        """He cannot; nothing happens when he could not before."""
        self._heaps[call.call_class].discard(call.call_id)

    def first(self, at: Instant) -> tuple[Key, CallId] | None:
        """Who goes first at ``at``, with the key that says so; None when nobody waits."""
        first: tuple[Key, CallId] | None = None
        for name, heap in self._heaps.items():
            head = heap.first()
            if head is not None:
                his = serving_order(self._classes[name], head[0], at), head[1]
                if first is None or his < first:
                    first = his
        return first

    def some(self, most: int) -> list[CallId]:
        """At most ``most`` of them, without sorting: examples, not a ranking."""
        each = (call_id for heap in self._heaps.values() for _, call_id in heap.some(most))
        return list(islice(each, most))
