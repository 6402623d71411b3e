"""Points in time and spans, both whole microseconds: no floats decide, no clock is read."""

from typing import NewType

Instant = NewType("Instant", int)
"""Microseconds since the Unix epoch (UTC), read by a shell from a monotonic clock anchored once."""

Span = NewType("Span", int)
"""Microseconds between two instants."""

MICROSECONDS_PER_SECOND = 1_000_000


def seconds(value: float) -> Span:
    """A span from seconds, rounded to the nearest microsecond."""
    return Span(round(value * MICROSECONDS_PER_SECOND))


def in_seconds(span: int) -> float:
    """Seconds from a span, for people and machines outside the core."""
    return span / MICROSECONDS_PER_SECOND


def after(at: Instant, span: Span) -> Instant:
    """The instant that lies ``span`` after ``at``."""
    return Instant(at + span)
