"""When somebody works: spans of time in order."""

from collections.abc import Iterable

from acd.instant import Instant, Span

Shifts = tuple[tuple[Instant, Instant], ...]


def merged(spans: Iterable[tuple[Instant, Instant]], pause: Span = Span(0)) -> Shifts:
    """The spans in order; those that touch, or lie no more than ``pause`` apart, made one."""
    whole = list[tuple[Instant, Instant]]()
    for since, to in sorted(spans):
        if whole and since - whole[-1][1] <= pause:
            whole[-1] = whole[-1][0], max(to, whole[-1][1])
        else:
            whole.append((since, to))
    return tuple(whole)
