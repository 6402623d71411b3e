"""By which sounds something is said."""

import logging
from collections.abc import Sequence
from typing import Protocol

from ivr.utterance import Sound, Utterance

log = logging.getLogger(__name__)


class Prompter(Protocol):
    """Finds, or makes, the sounds for what a caller is to hear."""

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        """What Asterisk plays for ``said``, in turn: sounds without extension, by name (found in the
        channel's language) or by whole path. What cannot be said is left out and logged; it takes seconds at
        most."""
        ...

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str] | None:
        """Likewise, at once; None when something has to be made for it first, which is begun."""
        ...


class AsteriskSounds:
    """Knows Asterisk's own sounds only: whatever is no sound is left out."""

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        """The names of the sounds among ``said``."""
        for utterance in said:
            if not isinstance(utterance, Sound):
                log.warning("nobody can say %s here: left out", utterance)
        return [utterance.name for utterance in said if isinstance(utterance, Sound)]

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        """Likewise."""
        return self.ready(said, language)
