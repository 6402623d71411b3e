"""Texts: sent to a lead instead of a call, in campaigns of several steps. There is no way to send one yet: a
campaign with such a step can be written, checked and filled, and is not started.
"""

from acd.instant import Instant
from dialer.signals import TextFailed, TextSent
from dialer.tables import DialerTables

NONE_SENT = "a step of it is a text, and no text can be sent yet"
"""Why a campaign is not started."""


def handle(t: DialerTables, signal: TextSent | TextFailed, at: Instant) -> None:
    """No text was ordered yet, so no news of one changes anything."""
