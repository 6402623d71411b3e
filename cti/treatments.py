"""Where in the dialplan a caller is treated who leaves the queues, and what he may hear."""

from collections.abc import Mapping, Sequence

from acd.overflow_rules import Way
from ivr.utterance import PlaceInLine, Sound, Utterance, WaitAtMost

PLACES: Mapping[Way, tuple[str, str]] = {
    Way.FLOW: ("refused", "s"),
    Way.VOICEMAIL: ("voicemail", "s"),
    Way.ANNOUNCEMENT: ("farewell", "s"),
    Way.HANG_UP: ("farewell", "s"),
}
"""Context and extension for each way out."""

MOST_BYTES = 900
"""Of the names of sounds in one variable: Asterisk takes no line of AMI beyond some thousand."""


def announcement(position: int | None, wait_minutes: int | None) -> tuple[Utterance, ...]:
    """What a caller is told of his place and his wait."""
    said: list[Utterance] = []
    if position is not None:
        said.append(PlaceInLine(position))
    if wait_minutes is not None:
        said.append(WaitAtMost(wait_minutes))
    return tuple(said)


def prompts(names: Sequence[str]) -> tuple[Utterance, ...]:
    """What a caller hears by the names of prompts."""
    return tuple(Sound(name) for name in names)


def in_turn(files: Sequence[str]) -> str:
    """The sounds as ``Playback`` takes them; the last ones are left out if they are too many."""
    while len(joined := "&".join(files)) > MOST_BYTES:
        files = files[:-1]
    return joined
