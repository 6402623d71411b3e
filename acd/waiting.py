"""The callers of one demand who can be served, by class: the next to go is found among a few heads."""

from collections.abc import Mapping
from itertools import chain, islice

from acd.call import Call, CallClass
from acd.ids import CallId
from acd.instant import Instant
from acd.lazyheap import Key, LazyHeap
from acd.priority import serving_order, within_class
from acd.rules import ClassRules
from acd.weight import EVEN, Weight


class WaitingCallers:
    """Scores of different classes overtake each other as time passes; within a class the order stands still.
    So each class has a heap, and only the heads are compared, at the moment of the decision.

    Callers who may not be offered to everybody (see :mod:`acd.bars`) stand apart, and are asked one by one:
    they must not keep anybody from an agent who is not for them.
    """

    __slots__ = ("_choosy", "_classes", "_heaps", "_weight")

    def __init__(self, classes: Mapping[CallClass, ClassRules], weight: Weight = EVEN) -> None:
        self._classes, self._weight = classes, weight
        self._heaps: dict[CallClass, LazyHeap[CallId]] = {name: LazyHeap() for name in classes}
        self._choosy: dict[CallId, Call] = {}

    def __bool__(self) -> bool:
        for heap in self._heaps.values():
            if heap:
                return True
        return bool(self._choosy)

    def __len__(self) -> int:
        return len(self._choosy) + sum(len(heap) for heap in self._heaps.values())

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._choosy or any(call_id in heap for heap in self._heaps.values())

    @property
    def is_trim(self) -> bool:
        """Whether no class holds more dead entries than it may."""
        return all(heap.is_trim for heap in self._heaps.values())

    def push(self, call: Call) -> None:
        """A caller can be served from now on."""
        if call.barred:
            self._heaps[call.call_class].discard(call.call_id)
            self._choosy[call.call_id] = call
        else:
            self._choosy.pop(call.call_id, None)
            self._heaps[call.call_class].push(call.call_id, within_class(call))

    def discard(self, call: Call) -> None:
        """He cannot; nothing happens when he could not before."""
        self._choosy.pop(call.call_id, None)
        self._heaps[call.call_class].discard(call.call_id)

    @property
    def some_are_choosy(self) -> bool:
        """Whether anybody may not be offered to everybody."""
        return bool(self._choosy)

    def choosy(self, at: Instant) -> list[tuple[Key, CallId]]:
        """Those who may not be offered to everybody, with their places; in no order."""
        return [
            (serving_order(self._classes[call.call_class], within_class(call), at, self._weight), call_id)
            for call_id, call in self._choosy.items()
        ]

    def first(self, at: Instant) -> tuple[Key, CallId] | None:
        """Who of the others goes first at ``at``, with the key that says so; None when none waits."""
        first: tuple[Key, CallId] | None = None
        for name, heap in self._heaps.items():
            head = heap.first()
            if head is not None:
                his = serving_order(self._classes[name], head[0], at, self._weight), head[1]
                if first is None or his < first:
                    first = his
        return first

    def some(self, most: int) -> list[CallId]:
        """At most ``most`` of them, without sorting: examples, not a ranking."""
        each = (call_id for heap in self._heaps.values() for _, call_id in heap.some(most))
        return list(islice(chain(self._choosy, each), most))
