"""``callwright prompts list | render | say``: what callers hear, and where it comes from.

None of these needs an engine.
"""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG, Config, load_config, rules_path, var_dir
from cti.media_place import media_place
from cti.own_sounds import own_sounds
from cti.programs import ProgramFailed
from cti.prompt_keeper import CATALOGUE_DIRECTORY, house_prompter
from cti.prompt_source import PromptSources
from cti.prompter import HousePrompter, Made
from cti.prompts_wanted import languages_of, prompts_wanted
from cti.rules_document import RulesDocument, load_rules
from cti.sound_cache import NoSound, SoundCache
from cti.sox import convert
from ivr.catalogue import DEFAULT_LANGUAGE, load_catalogue
from ivr.flow_texts import load_book
from ivr.loader import FlowBook
from ivr.names import LANGUAGE
from ivr.utterance import Sound, Text, Utterance

PROBLEM = 1
MISSING = "missing"
_TEXT_SHOWN = 40

prompts = typer.Typer(help="Prompts: what callers hear.", no_args_is_help=True, rich_markup_mode=None)

OnlyLanguage = Annotated[str | None, typer.Option("--language", help="Only this language: en, zh, pt_BR.")]


@prompts.callback()
def _group() -> None:
    """Prompts: what callers hear."""


@dataclass(frozen=True)
class _House:
    """The documents that say what is to be heard."""

    config: Config
    rules: RulesDocument
    book: FlowBook
    sources: PromptSources

    @property
    def languages(self) -> tuple[str, ...]:
        """English, those the flows speak, and those the catalogue has."""
        return tuple(dict.fromkeys((*languages_of(self.book), *sorted(self.sources.catalogue.languages))))

    @property
    def wanted(self) -> dict[tuple[Utterance, str], None]:
        """What flows and rules say, once each."""
        return dict.fromkeys(prompts_wanted(self.book, self.rules))


def _house(path: Path) -> _House:
    config = load_config(path)
    rules = load_rules(rules_path(path, config), [agent.id for agent in config.agents])
    catalogue = load_catalogue(path.parent / CATALOGUE_DIRECTORY)
    return _House(config, rules, load_book(path.parent), PromptSources(catalogue, own_sounds(var_dir())))


@prompts.command("list")
def list_prompts(
    config: ConfigPath = DEFAULT_CONFIG,
    language: OnlyLanguage = None,
    used: Annotated[bool, typer.Option("--used", help="Only those that flows and rules name.")] = False,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only those that some language lacks; exit code 1 if any.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What every prompt is by now: recorded, spoken from a text, a sound of Asterisk's, or missing."""
    house = _house(config)
    languages = (language,) if language is not None else house.languages
    rows = [
        row
        for row in _rows(house, languages)
        if (row["used"] or not used) and (not missing or MISSING in (row[known] for known in languages))
    ]
    if as_json:
        print_json(rows)
    else:
        columns = {name: name for name in ("prompt", "used", *languages, "text")}
        print_table(columns, [row | {"text": _short(row["text"])} for row in rows], "none")
    if missing and rows:
        raise typer.Exit(PROBLEM)


def _rows(house: _House, languages: Sequence[str]) -> Iterator[dict[str, Any]]:
    named = {said.name for said, _ in house.wanted if isinstance(said, Sound)}
    known = {name for language in house.languages for name in house.sources.catalogue.names(language)}
    for name in sorted(named | known):
        row: dict[str, Any] = {"prompt": name, "used": name in named}
        texts = []
        for language in languages:
            source = house.sources.of(name, language)
            row[language] = str(source.kind) if source is not None else MISSING
            texts.append(source.text if source is not None else "")
        yield row | {"text": next(filter(None, texts), "")}


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else text[: _TEXT_SHOWN - 1] + "…"


@prompts.command()
def render(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Make now what an engine would make when it starts: everything that flows and rules say."""
    house = _house(config)
    failed, sounds = asyncio.run(_render(house, config))
    print_lines(f"not made: {text}" for text in failed)
    print(f"{sounds} sounds are there, {len(failed)} could not be made")
    if failed:
        raise typer.Exit(PROBLEM)


async def _render(house: _House, config: Path) -> tuple[Sequence[str], int]:
    prompter, cache = _open(house.config, config)
    try:
        failed = await prompter.render(house.wanted)
    finally:
        await cache.close()
    return failed, cache.size[0]


@prompts.command()
def say(
    what: Annotated[str, typer.Argument(metavar="NAME|TEXT", help="A prompt's name, or words to speak.")],
    to: Annotated[Path, typer.Option(help="The WAV file to write.")],
    config: ConfigPath = DEFAULT_CONFIG,
    language: Annotated[str, typer.Option(help="In which language.")] = DEFAULT_LANGUAGE,
) -> None:
    """Write what callers would hear into a file, to listen to."""
    settings = load_config(config)
    if not LANGUAGE.fullmatch(language):
        raise typer.BadParameter(f"{language!r} is no language; such are en, zh, pt_BR")
    try:
        found = asyncio.run(_say(settings, config, (what, language), to))
    except (NoSound, ProgramFailed) as why:
        print_lines([str(why)])
        raise typer.Exit(PROBLEM) from None
    if not found:
        print_lines([f"nothing is heard, or Asterisk has its sound and is not here: {what!r} in {language}"])
        raise typer.Exit(PROBLEM)
    print_lines([f"{to}: {what!r} in {language}"])


async def _say(settings: Config, config: Path, said: tuple[str, str], to: Path) -> bool:
    prompter, cache = _open(settings, config)
    what, language = said
    utterance = Sound(what) if prompter.sources.knows(what, language) else Text(what)
    try:
        for piece in prompter.pieces(utterance, language):
            if isinstance(piece, Made):
                shutil.copyfile(await cache.get(piece.key, piece.make), to)
                return True
            if (own := prompter.sources.sounds.file(language, what)) is not None:
                await convert(own, to)
                return True
        return False
    finally:
        await cache.close()


def _open(settings: Config, config: Path) -> tuple[HousePrompter, SoundCache]:
    var = var_dir()
    directory = config.parent / CATALOGUE_DIRECTORY
    prompter, cache = house_prompter(settings.speech, media_place(var), own_sounds(var), directory)
    cache.open()
    return prompter, cache
