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

HIGHEST = 999
"""No higher number is said: nobody believes it any more."""
_TWENTY, _HUNDRED = 20, 100


def announcement(position: int | None, wait_minutes: int | None) -> tuple[str, ...]:
    """Asterisk's own prompts for a caller's place and his wait: that he is next, or which number he is; and
    that the wait is estimated at less than so many minutes.
    """
    said: list[str] = []
    if position == 1:
        said += ["queue-youarenext"]
    elif position is not None:
        said += ["queue-thereare", *number(position), "queue-callswaiting"]
    if wait_minutes is not None:
        unit = "queue-minute" if wait_minutes == 1 else "queue-minutes"
        said += ["queue-holdtime", "queue-less-than", *number(wait_minutes), unit]
    return tuple(said)


def number(value: int) -> tuple[str, ...]:
    """The prompts that say a whole number from 0 on; beyond :data:`HIGHEST`, that."""
    hundreds, rest = divmod(min(value, HIGHEST), _HUNDRED)
    said = [f"digits/{hundreds}", "digits/hundred"] if hundreds else []
    if rest > _TWENTY:
        said.append(f"digits/{rest - rest % 10}")
        rest %= 10
    if rest or not said:
        said.append(f"digits/{rest}")
    return tuple(said)
