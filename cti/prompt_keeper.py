"""Keeps prompts ready while the engine runs: reads the catalogue again when it changes, and has what flows
and rules will say spoken before the first caller hears it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

from cti.config import SpeechConfig
from cti.media_place import MediaPlace
from cti.own_sounds import OwnSounds
from cti.prompt_source import PromptSources
from cti.prompter import HousePrompter
from cti.sound_cache import SoundCache
from cti.tts import EspeakNg
from ivr.catalogue import fingerprint, load_catalogue, read_catalogue
from ivr.document import DocumentError
from ivr.utterance import Utterance

log = logging.getLogger(__name__)

CATALOGUE_DIRECTORY = "prompts"
"""Beside the configuration."""
LOOK_EVERY_S = 2.0
_TOLD = 20
"""Sounds named in the log, of those that could not be made."""

Wanted = Iterable[tuple[Utterance, str]]
"""What will be said, and in which language."""
Publications = Callable[[], tuple[object, ...]]
"""What is in force by now: flows, rules. Another object is another publication."""


def house_prompter(
    config: SpeechConfig, place: MediaPlace, sounds: OwnSounds, directory: Path
) -> tuple[HousePrompter, SoundCache]:
    """The prompter of the house, and the cache it keeps its sounds in. Of the catalogue in ``directory`` it
    uses what is right; what is wrong is logged.
    """
    catalogue, problems = read_catalogue(directory)
    for problem in problems:
        log.error("%s (this prompt is not used)", problem)
    cache = SoundCache(
        place.prompts,
        most_bytes=config.cache_mb * 1_000_000,
        most_files=config.cache_files,
        at_once=config.at_once,
        clock=time.time,
    )
    prompter = HousePrompter(
        place=place,
        sources=PromptSources(catalogue, sounds),
        voice=EspeakNg(config.voices, config.words_per_minute),
        cache=cache,
    )
    return prompter, cache


class PromptKeeper:
    """The part of the engine that does so."""

    def __init__(
        self,
        *,
        directory: Path,
        prompter: HousePrompter,
        cache: SoundCache,
        published: Publications,
        wanted: Callable[[], Wanted],
        put_phrases: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``wanted`` is asked anew whenever the catalogue, or one of what is ``published``, is another; then
        ``put_phrases``, too, has what the dialplan says by itself made ready."""
        self._directory, self._prompter, self._cache = directory, prompter, cache
        self._published, self._wanted, self._put_phrases = published, wanted, put_phrases
        self._seen: object = None
        self._rendered: tuple[object, ...] = ()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            self._cache.keep(await asyncio.to_thread(self._cache.left_behind))
        except OSError as error:
            log.error("prompts cannot be kept in %s: %s", self._cache.directory, error.strerror)
        self._seen = await asyncio.to_thread(fingerprint, self._directory)
        try:
            while True:
                try:
                    await self._look()
                except Exception:  # callers hear what is ready; nobody's call ends for this
                    log.exception("prompts cannot be made ready")
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._cache.close()

    async def _look(self) -> None:
        seen = await asyncio.to_thread(fingerprint, self._directory)
        if seen != self._seen:
            self._seen = seen
            await self._read_again()
        in_force = (self._prompter.sources.catalogue, *self._published())
        if len(in_force) != len(self._rendered) or any(
            new is not old for new, old in zip(in_force, self._rendered, strict=True)
        ):
            self._rendered = in_force
            if self._put_phrases is not None:
                await self._put_phrases()
            await self._render(self._wanted())

    async def _read_again(self) -> None:
        try:
            catalogue = await asyncio.to_thread(load_catalogue, self._directory)
        except DocumentError as error:
            for problem in error.problems:
                log.error("%s (the prompts of before stay)", problem)
        else:
            self._prompter.use(catalogue)
            log.info("the catalogue of prompts has changed")

    async def _render(self, wanted: Wanted) -> None:
        failed = await self._prompter.render(_each_once(wanted))
        for text in failed[:_TOLD]:
            log.warning("not spoken: %s", text)
        if len(failed) > _TOLD:
            log.warning("and %d more", len(failed) - _TOLD)


def _each_once(wanted: Wanted) -> Iterator[tuple[Utterance, str]]:
    yield from dict.fromkeys(wanted)
