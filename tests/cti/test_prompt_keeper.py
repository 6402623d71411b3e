"""Prompts are ready before callers hear them, and follow the catalogue while the engine runs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from cti.media_place import MediaPlace
from cti.own_sounds import OwnSounds
from cti.prompt_keeper import PromptKeeper, Wanted
from cti.prompt_source import PromptSources
from cti.prompter import HousePrompter
from cti.prompts_wanted import prompts_wanted
from cti.rules_document import RulesDocument
from cti.sound_cache import SoundCache
from ivr.catalogue import load_catalogue
from ivr.loader import FlowBook, load_flows
from ivr.utterance import PlaceInLine, Sound, Text

FLOW = """\
name: line
languages: [en, zh]
start: greet
nodes:
  greet:
    kind: play
    prompts:
      - welcome
      - {text: {en: Hello, zh: 您好}}
      - {text: "Hello {caller}"}
      - {text: 中文请按二, language: zh}
      - {prompt: bye, language: zh}
      - {number: "42"}
    next: bye
  bye: {kind: hangup}
"""


def book(directory: Path) -> FlowBook:
    directory.mkdir(exist_ok=True)
    (directory / "line.yaml").write_text(FLOW)
    return load_flows(directory)


def rules(**queue: object) -> RulesDocument:
    support = {"id": "support", "requires": {"support": 5}, **queue}
    return RulesDocument.model_validate({"agents": {"ana": {"skills": {"support": 9}}}, "queues": [support]})


def test_what_flows_say_is_known_ahead_unless_it_is_the_callers_own(tmp_path: Path) -> None:
    wanted = dict.fromkeys(prompts_wanted(book(tmp_path / "flows"), rules()))
    assert list(wanted) == [
        (Sound("welcome"), "en"),
        (Sound("welcome"), "zh"),
        (Text("Hello"), "en"),
        (Text("您好"), "zh"),
        (Text("中文请按二", "zh"), "en"),
        (Text("中文请按二", "zh"), "zh"),
        (Sound("bye", "zh"), "en"),
        (Sound("bye", "zh"), "zh"),
    ]


def test_what_queues_say_is_known_ahead_in_every_language(tmp_path: Path) -> None:
    told = rules(
        announce={"first_s": 5, "every_s": 10},
        overflow=[{"when": "closed", "then": "announcement", "prompts": ["sorry"]}],
    )
    wanted = set(prompts_wanted(book(tmp_path / "flows"), told))
    assert {(Sound("sorry"), "en"), (Sound("sorry"), "zh"), (PlaceInLine(3), "zh")} <= wanted


class Kept:
    """A keeper at work, with a voice that only notes what it is asked."""

    def __init__(self, directory: Path) -> None:
        self.catalogue = directory / "prompts"
        self.catalogue.mkdir()
        (self.catalogue / "en.yaml").write_text("welcome: Welcome\n")
        self.spoken: list[str] = []
        cache = SoundCache(directory / "made", most_bytes=10**6, most_files=100, at_once=1, clock=lambda: 0.0)
        self.prompter = HousePrompter(
            place=MediaPlace(here=directory, there=PurePosixPath("/there")),
            sources=PromptSources(load_catalogue(self.catalogue), OwnSounds(None)),
            voice=self,
            cache=cache,
        )
        self.in_force: object = "flows 1"
        self.keeper = PromptKeeper(
            directory=self.catalogue,
            prompter=self.prompter,
            cache=cache,
            published=lambda: (self.in_force,),
            wanted=self.wanted,
        )

    def wanted(self) -> Wanted:
        yield Sound("welcome"), "en"
        yield Text(f"of {self.in_force}"), "en"

    def style(self, language: str) -> str:
        return language

    async def speak(self, text: str, language: str, to: Path) -> None:
        self.spoken.append(text)
        to.write_bytes(b"RIFF")

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.005)


@pytest.fixture
async def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kept]:
    async def copy(source: Path, to: Path) -> None:
        to.write_bytes(source.read_bytes())

    monkeypatch.setattr("cti.prompter.convert", copy)
    monkeypatch.setattr("cti.prompt_keeper.LOOK_EVERY_S", 0.01)
    kept = Kept(tmp_path)
    task = asyncio.create_task(kept.keeper.run())
    yield kept
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_everything_is_spoken_at_the_start_and_once(kept: Kept) -> None:
    await kept.until(lambda: kept.spoken == ["Welcome", "of flows 1"])
    assert kept.prompter.ready([Sound("welcome")], "en") is not None


async def test_a_publication_has_spoken_what_is_new_in_it(kept: Kept) -> None:
    await kept.until(lambda: len(kept.spoken) == 2)
    kept.in_force = "flows 2"
    await kept.until(lambda: kept.spoken[2:] == ["of flows 2"])


async def test_a_change_of_the_catalogue_is_heard(kept: Kept) -> None:
    await kept.until(lambda: len(kept.spoken) == 2)
    (kept.catalogue / "en.yaml").write_text("welcome: Welcome back\n")
    await kept.until(lambda: kept.spoken[2:] == ["Welcome back"])


async def test_a_mistake_in_the_catalogue_is_told_and_the_prompts_of_before_stay(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    await kept.until(lambda: len(kept.spoken) == 2)
    (kept.catalogue / "en.yaml").write_text("welcome: [\n")
    await kept.until(lambda: "the prompts of before stay" in caplog.text)
    assert "en.yaml:" in caplog.text
    assert kept.prompter.ready([Sound("welcome")], "en") is not None
    (kept.catalogue / "en.yaml").write_text("welcome: Mended\n")
    await kept.until(lambda: kept.spoken[2:] == ["Mended"])


async def test_a_mistake_of_ours_ends_nothing(
    kept: Kept, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.until(lambda: len(kept.spoken) == 2)

    def broken() -> Iterator[object]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(kept.keeper, "_wanted", broken)
    kept.in_force = "flows 2"
    await kept.until(lambda: "a bug" in caplog.text)
    monkeypatch.undo()
    monkeypatch.setattr("cti.prompt_keeper.LOOK_EVERY_S", 0.01)
    kept.in_force = "flows 3"
    await kept.until(lambda: bool(kept.spoken[2:]))
