"""Asterisk's own sounds, language by language, as far as they can be seen from here."""

import os
from collections.abc import Iterator
from pathlib import Path

from ivr.catalogue import DEFAULT_LANGUAGE

_MOST_REMEMBERED = 20_000
_ROOTS = ("usr/share/asterisk/sounds", "var/lib/asterisk/sounds")


class OwnSounds:
    """The sounds below one directory (``sounds/en``, ``sounds/fr_CA_f_June``, ...)."""

    def __init__(self, directory: Path | None) -> None:
        """Without a directory (Asterisk runs elsewhere) it is trusted to have every English sound."""
        self.directory = directory
        self._found: dict[tuple[str, str], Path | None] = {}

    def playable(self, language: str, name: str) -> str | None:
        """How Asterisk is told to play the sound ``name`` in exactly this language; None: it has none."""
        if self.directory is None:
            return name if language == DEFAULT_LANGUAGE else None
        if self.file(language, name) is None:
            return None
        # Channels speak English, Asterisk's default: other sounds are named with their directory.
        return name if language == DEFAULT_LANGUAGE else f"{language}/{name}"

    def file(self, language: str, name: str) -> Path | None:
        """The sound's file, as we see it; what was found or not is remembered."""
        if (language, name) not in self._found and len(self._found) < _MOST_REMEMBERED:
            self._found[language, name] = self._look(language, name)
        return self._found.get((language, name))

    def _look(self, language: str, name: str) -> Path | None:
        for place in self._places(language):
            wanted = place / name
            for found in wanted.parent.glob(f"{wanted.name}.*"):
                if found.stem == wanted.name:
                    return found
        return None

    def _places(self, language: str) -> Iterator[Path]:
        """In a root of its own ``en`` leads nowhere for us, but to ``en_US_f_Allison`` there."""
        if self.directory is None or not os.path.lexists(self.directory / language):
            return
        yield self.directory / language
        yield from sorted(self.directory.glob(f"{language}_*"))


def own_sounds(var: Path) -> OwnSounds:
    """Those of the Asterisk that would be used; of the private one in ``var``, if there is one."""
    private = Path(os.environ.get("CALLWRIGHT_ASTERISK_ROOT") or var / "asterisk-root")
    found = (root / place for root in (private, Path("/")) for place in _ROOTS)
    return OwnSounds(next((place for place in found if place.is_dir()), None))
