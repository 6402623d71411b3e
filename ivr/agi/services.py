"""What a session asks on a caller's behalf; the same for all callers."""

from dataclasses import dataclass

from ivr.port import Switchboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything outside the line that carrying out a step may need."""

    switchboard: Switchboard
