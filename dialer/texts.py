"""Texts: sent to a lead instead of a call, in campaigns of several steps."""

from acd.instant import Instant
from dialer.signals import TextFailed, TextSent
from dialer.tables import DialerTables


def handle(t: DialerTables, signal: TextSent | TextFailed, at: Instant) -> None:
    """No text was ordered yet, so no news of one changes anything."""
