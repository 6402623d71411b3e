"""What a session asks on a caller's behalf; the same for all callers."""

from dataclasses import dataclass, field

from ivr.port import Switchboard
from ivr.prompter import AsteriskSounds, Prompter


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything outside the line that carrying out a step may need."""

    switchboard: Switchboard
    prompter: Prompter = field(default_factory=AsteriskSounds)
