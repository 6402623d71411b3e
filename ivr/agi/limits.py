"""What one session, and all together, may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiLimits:
    """What one session, and all together, may take."""

    sessions: int = 500
    """Callers in the IVR at once; a further connection is closed unanswered."""
    request_lines: int = 200
    request_bytes: int = 65_536
    """All lines of a request together."""
    line_bytes: int = 8192
    request_s: float = 5.0
    """From the connection to the end of its request, in seconds."""
    answer_s: float = 5.0
    """For a command that is carried out at once."""
    prompt_s: float = 300.0
    """The longest prompt, played to its end."""
    grace_s: float = 5.0
    """Beyond the time a caller was given for a key."""
    engine_s: float = 10.0
    """For anything asked of the engine."""
    stray_lines: int = 8
    """Lines that answer nothing (HANGUP, progress), per command."""
