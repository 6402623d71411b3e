"""Finds, or makes, the sounds for what callers are to hear: recordings, Asterisk's own sounds, speech."""

import asyncio
import datetime
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from cti.media_place import MediaPlace
from cti.programs import ProgramFailed
from cti.prompt_source import PromptSources
from cti.sound_cache import Maker, NoSound, SoundCache
from cti.sox import convert
from cti.tts import SpeechFailed, TextToSpeech, clean
from ivr.catalogue import DEFAULT_LANGUAGE, FORMATS, Catalogue
from ivr.speech import speaker
from ivr.speech.plain import Plain
from ivr.speech.said import Speaker, Words
from ivr.utterance import (
    Amount,
    Date,
    Digits,
    Number,
    PlaceInLine,
    Recording,
    Sound,
    Text,
    TimeOfDay,
    Utterance,
    WaitAtMost,
)

log = logging.getLogger(__name__)

PATIENCE_S = 4.0
"""How long a caller waits, in silence, for a sound that is being made."""
_RENDERING = "1"
"""Of this program: another one has all sounds made anew."""
_MOST_REMARKS = 1000


@dataclass(frozen=True, slots=True)
class Own:
    """A sound that is there already, as Asterisk is told to play it."""

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A sound that is made, or has been."""

    key: str
    """Its name in the cache."""
    make: Maker
    text: str
    """What is spoken; it may be a caller's own affair. Empty for a recording."""
    what: str
    """The same for a log."""


Piece = Own | Made
Value = Number | Digits | Amount | Date | TimeOfDay | PlaceInLine | WaitAtMost


class HousePrompter:
    """Implements :class:`ivr.prompter.Prompter` with the catalogue, Asterisk's sounds and a voice."""

    def __init__(
        self,
        *,
        place: MediaPlace,
        sources: PromptSources,
        voice: TextToSpeech,
        cache: SoundCache,
    ) -> None:
        self.sources = sources
        self._place, self._voice, self._cache = place, voice, cache
        self._remarked: set[str] = set()

    def use(self, catalogue: Catalogue) -> None:
        """From now on these are the prompts."""
        self.sources = replace(self.sources, catalogue=catalogue)
        self._remarked.clear()

    # -- for callers -------------------------------------------------------------------------

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        """See :class:`ivr.prompter.Prompter`."""
        return await self._play([piece for utterance in said for piece in self.pieces(utterance, language)])

    async def _play(self, pieces: Sequence[Piece]) -> Sequence[str]:
        if (ready := self._ready(pieces)) is not None:
            return ready
        waiting = [asyncio.ensure_future(self._name(piece)) for piece in pieces]
        await asyncio.wait(waiting, timeout=PATIENCE_S)
        names: list[str] = []
        for piece, task in zip(pieces, waiting, strict=True):
            if not task.done():
                task.cancel()
                self._remark(f"{_called(piece)}: is not ready after {PATIENCE_S:g} s, left out")
            elif (name := task.result()) is not None:
                names.append(name)
        return names

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str] | None:
        """Likewise, if nothing has to be made for it; else None, and it is being made from now on."""
        return self._ready([piece for utterance in said for piece in self.pieces(utterance, language)])

    def _ready(self, pieces: Sequence[Piece]) -> Sequence[str] | None:
        names: list[str] = []
        all_there = True
        for piece in pieces:
            if isinstance(piece, Own):
                names.append(piece.name)
            elif (path := self._cache.find(piece.key)) is not None:
                names.append(self._as_asterisk_plays(path))
            else:
                all_there = False
                try:
                    self._cache.begin(piece.key, piece.make)
                except NoSound as why:
                    self._remark(f"{_called(piece)}: {why}, left out")
        return names if all_there else None

    async def _name(self, piece: Piece) -> str | None:
        if isinstance(piece, Own):
            return piece.name
        try:
            return self._as_asterisk_plays(await self._cache.get(piece.key, piece.make))
        except NoSound as why:
            self._remark(f"{_called(piece)}: {why}, left out")
            return None

    def _as_asterisk_plays(self, path: Path) -> str:
        return self._place.for_asterisk(path.with_suffix(""))

    # -- ahead of callers --------------------------------------------------------------------

    async def render(self, said: Iterable[tuple[Utterance, str]]) -> Sequence[str]:
        """Make what is not made yet, one by one, so that callers' own sounds come between; what is to be said
        goes with its language. Returns what could not be made, and why."""
        failed: list[str] = []
        for utterance, language in said:
            for piece in self.pieces(utterance, language):
                if isinstance(piece, Made) and self._cache.find(piece.key) is None:
                    try:
                        await self._cache.get(piece.key, piece.make)
                    except NoSound as why:
                        failed.append(f"{piece.text or piece.what}: {why}")
        return failed

    async def file_of(self, said: Utterance, language: str) -> Path | None:
        """The file that says it, made now if need be; None when it is Asterisk's own, cannot be made, or is
        no single sound."""
        pieces = list(self.pieces(said, language))
        if len(pieces) != 1 or not isinstance(pieces[0], Made):
            return None
        try:
            return await self._cache.get(pieces[0].key, pieces[0].make)
        except NoSound as why:
            self._remark(f"{_called(pieces[0])}: {why}, left out")
            return None

    # -- what is heard -----------------------------------------------------------------------

    def pieces(self, utterance: Utterance, language: str) -> Iterator[Piece]:
        """By which sounds something is said; what cannot be said is remarked on and left out. No language
        means English."""
        language = language or DEFAULT_LANGUAGE
        match utterance:
            case Sound():
                yield from self._sound(utterance.name, utterance.language or language)
            case Text():
                yield from self._spoken(utterance.text, utterance.language or language)
            case Recording():
                name = utterance.name
                stem, _, ending = name.rpartition(".")
                recorded = self._place.recordings / (stem if stem and ending in FORMATS else name)
                yield Own(self._place.for_asterisk(recorded))
            case Number() | Digits() | Amount() | Date() | TimeOfDay() | PlaceInLine() | WaitAtMost():
                yield from self._value(utterance, language)
            case _:
                assert_never(utterance)

    def _sound(self, name: str, language: str) -> Iterator[Piece]:
        source = self.sources.of(name, language)
        if source is None and (source := self.sources.of(name, DEFAULT_LANGUAGE)) is not None:
            self._remark(f"the prompt '{name}' is not there in {language}: played in English")
        if source is None:
            self._remark(f"the prompt '{name}' is not there in {language}: left out")
        elif source.recording is not None:
            yield from self._converted(source.recording)
        elif source.text:
            yield from self._spoken(source.text, source.language)
        else:
            yield Own(source.sound)

    def _value(self, value: Value, language: str) -> Iterator[Piece]:
        words = _in_words(speaker(language), value)
        if all(isinstance(word, Text) or self.sources.knows(word.name, language) for word in words):
            return self._words(words, language)
        return self._words(_in_words(Plain(), value), language)  # no such sounds here: a voice reads it

    def _words(self, words: Words, language: str) -> Iterator[Piece]:
        for word in words:
            yield from self.pieces(word, language)

    def _spoken(self, text: str, language: str) -> Iterator[Piece]:
        cleaned = clean(text)
        if not cleaned:
            return
        style = self._voice.style(language)

        async def make(to: Path) -> None:
            raw = to.with_suffix(".spoken.wav")
            try:
                await self._voice.speak(cleaned, language, raw)
                await convert(raw, to)
            except (SpeechFailed, ProgramFailed) as error:
                raise NoSound(str(error)) from None
            finally:
                raw.unlink(missing_ok=True)

        key = _key("text", style, cleaned)
        yield Made(key, make, cleaned, f"a text of {len(cleaned)} characters in {language} ({key[:8]})")

    def _converted(self, recording: Path) -> Iterator[Piece]:
        try:
            status = recording.stat()
        except OSError as error:
            self._remark(f"{recording}: {error.strerror}, left out")
            return

        async def make(to: Path) -> None:
            try:
                await convert(recording, to)
            except ProgramFailed as error:
                raise NoSound(str(error)) from None

        key = _key("recording", str(recording), str(status.st_size), str(status.st_mtime_ns))
        yield Made(key, make, "", str(recording))

    def _remark(self, text: str) -> None:
        """Once, until the catalogue changes: many callers hear the same."""
        if text not in self._remarked and len(self._remarked) < _MOST_REMARKS:
            self._remarked.add(text)
            log.warning("%s", text)


def _in_words(speaks: Speaker, value: Value) -> Words:
    match value:
        case Number():
            return speaks.number(value.number)
        case Digits():
            return speaks.digits(value.digits)
        case Amount():
            return speaks.amount(value.amount, value.currency)
        case Date():
            return speaks.date(value.day)
        case TimeOfDay():
            return speaks.time(datetime.time(value.hour, value.minute))
        case PlaceInLine():
            return speaks.place(value.position)
        case WaitAtMost():
            return speaks.wait(value.minutes)
        case _:
            assert_never(value)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join((_RENDERING, *parts)).encode(errors="replace")).hexdigest()[:24]


def _called(piece: Piece) -> str:
    return piece.name if isinstance(piece, Own) else piece.what
