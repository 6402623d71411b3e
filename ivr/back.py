"""Why a caller comes back to the node that had him leave its flow."""

from dataclasses import dataclass


class Back:
    """Why a caller comes back to the node that had him leave the flow."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLater(Back):
    """The queue that had taken him sends him back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft(Back):
    """He talked with an agent, or whom he was put through to, who has hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(Back):
    """Nobody answered whom he was put through to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicOver(Back):
    """He has heard music for as long as he was to, or something came between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInMusic(Back):
    """He pressed a key that was listened for while he heard music."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftQueue(Back):
    """He is out of the queue he waited in."""
