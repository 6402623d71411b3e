"""Where in the dialplan a caller is treated who leaves the queues, and the prompts he may hear."""

from collections.abc import Mapping

from acd.overflow_rules import Way

PLACES: Mapping[Way, tuple[str, str]] = {
    Way.FLOW: ("refused", "s"),
    Way.VOICEMAIL: ("voicemail", "s"),
    Way.ANNOUNCEMENT: ("farewell", "s"),
    Way.HANG_UP: ("farewell", "s"),
}
"""Context and extension for each way out."""
