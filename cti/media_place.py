"""Where sound and fax files lie that Asterisk and we both use: we see them at one path, Asterisk (in its own
root) at another.

``python -m cti.pbx_conf`` notes both in the data directory, when Asterisk is about to start.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_FILE = "asterisk-place.json"
PHRASES = "phrases"
"""The directory of what the dialplan says by itself."""
_MAX_BYTES = 16_384

DIRECTORIES = ("prompts", "recordings", "voicemail", "fax", "alone")
"""What an instance holds for us: made (and given to Asterisk's user) before Asterisk starts."""


class MediaPlaceError(Exception):
    """The note in the data directory cannot be used; the text says what to do."""


class ElsewhereError(ValueError):
    """A path that does not lie in the instance's directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlace:
    """One instance's directory."""

    here: Path
    """As we see it; an absolute path."""
    there: PurePosixPath
    """As Asterisk sees it."""

    @property
    def prompts(self) -> Path:
        """What we have rendered for Asterisk to play, as we see it."""
        return self.here / "prompts"

    @property
    def recordings(self) -> Path:
        """What callers said in flows, as we see it."""
        return self.here / "recordings"

    @property
    def voicemail(self) -> Path:
        """What callers left for somebody, as we see it."""
        return self.here / "voicemail"

    @property
    def fax(self) -> Path:
        """Pages that came in, as we see them."""
        return self.here / "fax"

    @property
    def phrases(self) -> Path:
        """What the dialplan says by itself, language by language, as we see it."""
        return self.here / PHRASES

    @property
    def alone(self) -> Path:
        """Whom campaigns reached while no engine was there, as we see it."""
        return self.here / "alone"

    def for_asterisk(self, path: Path) -> str:
        """What Asterisk calls a path of ours. Nothing is looked up: ``..`` is refused.

        Raises:
            ElsewhereError: it lies outside the instance.
        """
        try:
            inside = path.relative_to(self.here)
        except ValueError:
            raise ElsewhereError(f"{path} does not lie in {self.here}") from None
        if ".." in inside.parts:
            raise ElsewhereError(f"{path} may leave {self.here}")
        return str(self.there / inside)

    def from_asterisk(self, name: str) -> Path:
        """Where we find what Asterisk calls ``name``; links are followed as far as they stay inside.

        Raises:
            ElsewhereError: it lies outside the instance, or a link leads out of it.
        """
        try:
            inside = PurePosixPath(name).relative_to(self.there)
        except ValueError:
            raise ElsewhereError(f"{name!r} does not lie in {self.there}") from None
        path = self.here / inside
        if ".." in inside.parts or "\0" in name or not path.resolve().is_relative_to(self.here.resolve()):
            raise ElsewhereError(f"{name!r} leads out of {self.there}")
        return path

    def note(self, var: Path) -> None:
        """Write it into the data directory ``var``, replaced in one step.

        Raises:
            OSError: it cannot be written.
        """
        draft = var / f".{_FILE}.{os.getpid()}"
        draft.write_text(json.dumps({"here": str(self.here), "there": str(self.there)}) + "\n")
        draft.replace(var / _FILE)


def media_place(var: Path) -> MediaPlace:
    """The place noted in the data directory; without a note, that of an Asterisk installed in the system.

    Raises:
        MediaPlaceError: the note is damaged or cannot be read.
    """
    path = var / _FILE
    try:
        with path.open("rb") as stream:
            noted = json.loads(stream.read(_MAX_BYTES))
        here, there = Path(noted["here"]), PurePosixPath(noted["there"])
    except FileNotFoundError:
        return MediaPlace(here=var / "asterisk", there=PurePosixPath(var / "asterisk"))
    except OSError as error:
        raise MediaPlaceError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise MediaPlaceError(f"{path}: is damaged; start Asterisk again (scripts/asterisk)") from None
    if not here.is_absolute() or not there.is_absolute():
        raise MediaPlaceError(f"{path}: names no absolute paths; start Asterisk again (scripts/asterisk)")
    return MediaPlace(here=here, there=there)
