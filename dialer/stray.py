"""A line of an earlier run of the engine, found before its lead is known; and what is heard of it."""

from dataclasses import dataclass, field

from acd.call_events import CallConnected, CallEnded, CallStarted, ConversationEnded
from acd.instant import Instant
from acd.queue_events import CallLeftQueue, CallQueued
from dialer.signals import (
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineMessageLeft,
    LineRings,
    LiveLine,
    OptedOut,
)

MOST_STRAYS = 10_000
"""More lines than a house has; the rest are lost, and counted as dialled."""
MOST_NEWS = 32
"""Of one line; a life has fewer."""

LineNews = LineRings | LineAnswered | LineJudged | LineFailed | LineMessageLeft | OptedOut | LineGone
News = LineNews | CallStarted | CallQueued | CallLeftQueue | CallConnected | ConversationEnded | CallEnded


@dataclass(slots=True, kw_only=True, eq=False)
class Stray:
    """One of them."""

    found: LiveLine
    news: list[tuple[Instant, News]] = field(default_factory=list)
    """Since it was found, oldest first."""
