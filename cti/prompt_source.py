"""Where a prompt's sound comes from, language by language."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cti.own_sounds import OwnSounds
from ivr.catalogue import DEFAULT_LANGUAGE, Catalogue

_WORDLESS = ("silence/", "beep", "ascending-2tone", "descending-2tone")
"""How sounds of Asterisk's begin that are the same in every language."""


class SourceKind(StrEnum):
    """What is heard."""

    RECORDED = "recorded"
    SPOKEN = "spoken"
    """A text, by the voice."""
    ASTERISK = "asterisk"
    """A sound of Asterisk's own."""


@dataclass(frozen=True, slots=True)
class Source:
    """One prompt's."""

    kind: SourceKind
    language: str
    """The language it is found in, which may be a wider one than was asked for: ``zh`` for ``zh_HK``."""
    recording: Path | None = None
    text: str = ""
    sound: str = ""
    """How Asterisk is told to play it."""


@dataclass(frozen=True, slots=True)
class PromptSources:
    """The catalogue and Asterisk's own sounds together."""

    catalogue: Catalogue
    sounds: OwnSounds

    def of(self, name: str, language: str) -> Source | None:
        """A recording, else a text of the catalogue's, else a sound of Asterisk's; None: nothing that a
        caller of this language would understand.
        """
        for known in dict.fromkeys((language, language.partition("_")[0])):
            if (recording := self.catalogue.recording(known, name)) is not None:
                return Source(SourceKind.RECORDED, known, recording=recording)
            if (text := self.catalogue.text(known, name)) is not None:
                return Source(SourceKind.SPOKEN, known, text=text)
            if (sound := self.sounds.playable(known, name)) is not None:
                return Source(SourceKind.ASTERISK, known, sound=sound)
        if name.startswith(_WORDLESS) and language != DEFAULT_LANGUAGE:
            return self.of(name, DEFAULT_LANGUAGE)
        return None

    def knows(self, name: str, language: str) -> bool:
        """Whether a caller of this language hears something he understands."""
        return self.of(name, language) is not None
