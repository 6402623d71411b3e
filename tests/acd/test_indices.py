"""The small indices under everything: order kept, places true, nothing left behind."""

from hypothesis import given
from hypothesis import strategies as st

from acd.ids import CallId
from acd.instant import Instant
from acd.lazyheap import FEW, LazyHeap
from acd.timers import Timer, TimerKind, Timers

names = st.sampled_from([CallId(c) for c in "abcdefgh"])
keys = st.tuples(st.integers(0, 3), st.integers(0, 5))


@given(st.lists(st.tuples(names, st.none() | keys)))
def test_a_heap_is_a_sorted_dictionary_that_forgets(
    changes: list[tuple[CallId, tuple[int, int] | None]],
) -> None:
    heap, truth = LazyHeap[CallId](), dict[CallId, tuple[int, int]]()
    for name, key in changes:
        if key is None:
            heap.discard(name)
            truth.pop(name, None)
        else:
            heap.push(name, key)
            truth[name] = key
        assert heap.first() == min(((k, n) for n, k in truth.items()), default=None)
        assert (len(heap), name in heap) == (len(truth), name in truth)
        assert sorted(heap.some(2)) == sorted([(k, n) for n, k in truth.items()][:2])


def test_members_are_taken_out_in_order_and_once() -> None:
    heap = LazyHeap[CallId]()
    for name, key in (("b", 2), ("gone", 0), ("a", 1), ("c", 2)):
        heap.push(CallId(name), (key,))
    heap.discard(CallId("gone"))
    assert [heap.pop() for _ in range(4)] == [((1,), "a"), ((2,), "b"), ((2,), "c"), None]
    assert len(heap) == 0


def test_a_member_moved_a_thousand_times_takes_no_room() -> None:
    heap = LazyHeap[CallId]()
    for key in range(1000):
        heap.push(CallId("a"), (key,))
    assert heap.first() == ((999,), "a")
    for key in range(1000):
        heap.push(CallId("a"), (1000 - key,))
    assert heap.entries <= 2 + FEW


def test_members_that_come_and_go_take_no_room() -> None:
    heap = LazyHeap[CallId]()
    heap.push(CallId("stays"), (0,))
    for key in range(1000):
        heap.push(CallId(f"c{key}"), (1 + key,))
        heap.discard(CallId(f"c{key}"))
    assert heap.entries <= 2 + FEW


def test_a_deadline_is_set_moved_and_taken_out_once() -> None:
    timers = Timers()
    timers.set(TimerKind.LOCATE, "c1", Instant(5))
    timers.set(TimerKind.WRAP_UP, "c1", Instant(7))
    timers.set(TimerKind.LOCATE, "c1", Instant(9))
    assert timers.next_due() == 7
    assert timers.pop_due(Instant(6)) is None
    assert timers.pop_due(Instant(7)) == (7, Timer(TimerKind.WRAP_UP, "c1"))
    assert timers.pop_due(Instant(100)) == (9, Timer(TimerKind.LOCATE, "c1"))
    assert (timers.next_due(), list(timers)) == (None, [])
