"""What changes between two books of flows, in the words of those who write them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cti.rules_diff import Change, values
from ivr.loader import FlowBook, PublishedFlow

MOST_IN_A_COMMENT = 3


def differences(before: FlowBook, after: FlowBook) -> list[Change]:
    """Every value that differs: numbers first, then flow by flow. None for books of one meaning."""
    return [*_numbers(before, after), *_flows(before.flows, after.flows)]


def in_short(changes: Sequence[Change]) -> str:
    """The changes in one line, for the history; of many, the first ones."""
    if not changes:
        return "nothing that callers meet"
    told = [str(change)[:120] for change in changes[:MOST_IN_A_COMMENT]]
    more = len(changes) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _numbers(before: FlowBook, after: FlowBook) -> Iterator[Change]:
    was, now = _plan(before), _plan(after)
    for number in dict.fromkeys((*was, *now)):
        yield from values(f"number {number}", "", was.get(number), now.get(number))


def _plan(book: FlowBook) -> Mapping[str, Any]:
    plan = None if book.plan is None else book.plan.plan.model_dump(mode="json")["numbers"]
    return plan or {}


def _flows(was: Mapping[str, PublishedFlow], now: Mapping[str, PublishedFlow]) -> Iterator[Change]:
    for name in dict.fromkeys((*was, *now)):
        before, after = was.get(name), now.get(name)
        if before is not None and after is not None:
            yield from values(f"flow {name}", "", _plain(before), _plain(after))
        else:
            yield Change(where=f"flow {name}", what="", before=_size(before), after=_size(after))


def _plain(published: PublishedFlow) -> Mapping[str, Any]:
    data: Mapping[str, Any] = published.flow.model_dump(mode="json", exclude={"name", "tests"})
    return data


def _size(published: PublishedFlow | None) -> str | None:
    """A flow that comes or goes is not told node by node."""
    return None if published is None else f"{len(published.flow.nodes)} nodes"
