"""The catalogue of prompts: for each language what a prompt's name says, and recordings of it.

``config/prompts/zh.yaml`` maps names to texts; ``config/prompts/zh/NAME.wav`` (or .flac, .mp3, ...) is a
recording, which wins over the text.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, RootModel, StringConstraints

from ivr.document import DocumentError, Problem, read_document, validate
from ivr.names import LANGUAGE

DEFAULT_LANGUAGE = "en"
"""Spoken where a caller's own language has nothing to say."""
MAX_PROMPTS = 5000
"""Prompts of one language."""
MAX_RECORDING_BYTES = 50_000_000
FORMATS = frozenset(
    {
        *("wav", "flac", "ogg", "oga", "mp3", "aif", "aiff", "aifc", "au", "snd", "caf", "w64", "wv"),
        *("gsm", "ulaw", "ul", "alaw", "al", "sln", "sln16"),
    }
)
"""How recordings may end, without the dot."""

_NAME = r"^[a-z0-9][a-z0-9_/-]*$"
_Name = Annotated[str, StringConstraints(pattern=_NAME, max_length=100)]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class _Texts(RootModel[Annotated[dict[_Name, _Text], Field(max_length=MAX_PROMPTS)]]):
    """One language's document."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """One language's prompts."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Name → what it says."""
    recordings: Mapping[str, Path] = field(default_factory=dict)
    """Name → its recording."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All languages' prompts."""

    languages: Mapping[str, Prompts]

    def text(self, language: str, name: str) -> str | None:
        """What the prompt says in exactly this language, if the catalogue knows."""
        prompts = self.languages.get(language)
        return prompts.texts.get(name) if prompts is not None else None

    def recording(self, language: str, name: str) -> Path | None:
        """A recording of it in exactly this language."""
        prompts = self.languages.get(language)
        return prompts.recordings.get(name) if prompts is not None else None

    def names(self, language: str) -> tuple[str, ...]:
        """The prompts of exactly this language, by name."""
        prompts = self.languages.get(language, Prompts())
        return tuple(sorted({*prompts.texts, *prompts.recordings}))


EMPTY = Catalogue(MappingProxyType({}))


def load_catalogue(directory: Path) -> Catalogue:
    """Read every language in ``directory``; without the directory there is none.

    Raises:
        DocumentError: everything that is wrong in it.
    """
    catalogue, problems = read_catalogue(directory)
    if problems:
        raise DocumentError(problems)
    return catalogue


def read_catalogue(directory: Path) -> tuple[Catalogue, Sequence[Problem]]:
    """What is right in ``directory``, file by file, and everything that is wrong."""
    if not directory.is_dir():
        return EMPTY, ()
    problems: list[Problem] = []
    languages: dict[str, Prompts] = {}
    try:
        entries = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        return EMPTY, [Problem(str(directory), 0, "", f"cannot be read: {error.strerror}")]
    for language in sorted({path.name.removesuffix(".yaml") for path in entries if _is_language(path)}):
        texts: Mapping[str, str] = {}
        document = directory / f"{language}.yaml"
        if document.exists():
            try:
                texts = validate(read_document(document), _Texts).root
            except DocumentError as error:
                problems += error.problems
        recordings: dict[str, Path] = {}
        problems += _recordings(directory / language, recordings)
        languages[language] = Prompts(texts, recordings)
    problems += (
        Problem(str(path), 0, "", "is no language: LANGUAGE.yaml or a directory, such as en, zh or pt_BR")
        for path in entries
        if not _is_language(path) and path.suffix.lower() != ".md"
    )
    return Catalogue(MappingProxyType(languages)), problems


def _is_language(path: Path) -> bool:
    return path.name.endswith(".yaml") != path.is_dir() and bool(
        LANGUAGE.fullmatch(path.name.removesuffix(".yaml"))
    )


def _recordings(directory: Path, found: dict[str, Path]) -> Iterator[Problem]:
    """Put one language's recordings into ``found``; what is wrong with some."""
    for place, _, files in os.walk(directory):
        for file in sorted(files):
            path = Path(place, file)
            if file.startswith(".") or path.suffix.lower() == ".md":
                continue
            name = str(path.relative_to(directory).with_suffix(""))
            if len(found) >= MAX_PROMPTS:
                yield Problem(str(directory), 0, "", f"holds more than {MAX_PROMPTS} recordings")
                return
            if path.suffix.removeprefix(".") not in FORMATS:
                known = ", ".join(sorted(FORMATS))
                yield Problem(str(path), 0, "", f"is no recording; its name must end in one of: {known}")
            elif not re.fullmatch(_NAME, name) or len(name) > 100:
                wanted = "small letters, figures, '_' and '-'"
                yield Problem(str(path), 0, "", f"a prompt's name is made of {wanted}")
            elif (other := found.get(name)) is not None:
                yield Problem(str(path), 0, "", f"the prompt '{name}' is recorded in {other} already")
            elif path.is_file() and path.stat().st_size > MAX_RECORDING_BYTES:
                yield Problem(str(path), 0, "", f"is larger than {MAX_RECORDING_BYTES} bytes")
            else:
                found[name] = path


def fingerprint(directory: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file in ``directory`` does: names, sizes and times of everything in it."""
    seen: list[tuple[str, int, int]] = []
    for place, _, files in os.walk(directory):
        for file in files:
            try:
                status = os.stat(os.path.join(place, file))
            except OSError:
                continue
            seen.append((os.path.join(place, file), status.st_size, status.st_mtime_ns))
    return tuple(sorted(seen))
