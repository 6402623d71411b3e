"""Preview and manual: an agent decides whether and whom."""

from acd.instant import Instant
from dialer.commands import AcceptLead, DialByHand, SkipLead, TakeLead
from dialer.floor_view import FloorView
from dialer.tables import DialerTables

PreviewCommand = TakeLead | AcceptLead | SkipLead | DialByHand


def handle(t: DialerTables, command: PreviewCommand, at: Instant, floor: FloorView) -> None:
    """Refused: nobody looks at leads yet."""
    t.refuse("no lead can be looked at, or dialled by hand, yet")
