"""A sound that has to be made first: the caller is listened to meanwhile, as he types ahead."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from ivr.prompter import AsteriskSounds
from ivr.utterance import Sound, Utterance
from tests.ivr.scripted_asterisk import (
    AFTERWARDS,
    HELLO,
    INTO_QUEUE,
    PLAYED,
    PRESS_1,
    Asterisk,
    Site,
    a_site,
    pressed,
)

LOOK = 'WAIT FOR DIGIT "20"'
NOBODY_PRESSES = "200 result=0"


class SlowVoice(AsteriskSounds):
    """Makes one of its sounds only when it is let."""

    def __init__(self) -> None:
        self.slow = "hello"
        self.go = asyncio.Event()

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        await self.go.wait()
        return super().ready(said, language)

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str] | None:  # type: ignore[override]
        return None if Sound(self.slow) in said else super().ready(said, language)


@pytest.fixture
def voice() -> SlowVoice:
    return SlowVoice()


@pytest.fixture
async def site(voice: SlowVoice) -> AsyncIterator[Site]:
    async with a_site(prompter=voice) as site:
        yield site


async def calls(site: Site) -> Asterisk:
    asterisk = await site.connects()
    asterisk.asks_for()
    return asterisk


async def test_who_presses_nothing_hears_it_when_it_is_made(site: Site, voice: SlowVoice) -> None:
    asterisk = await calls(site)
    await asterisk.hears_and_answers(LOOK, NOBODY_PRESSES)
    assert await asterisk.hears() == 'WAIT FOR DIGIT "40"'
    voice.go.set()
    asterisk.says(NOBODY_PRESSES)
    await asterisk.hears_and_answers(HELLO, PLAYED, PRESS_1, pressed("1"))
    await asterisk.carries_out(INTO_QUEUE)


async def test_a_key_pressed_meanwhile_interrupts_it_and_answers_the_menu_behind_it(
    site: Site, voice: SlowVoice
) -> None:
    asterisk = await calls(site)
    await asterisk.hears_and_answers(LOOK, pressed("1"))
    assert await asterisk.hears() == LOOK
    voice.go.set()
    asterisk.says(NOBODY_PRESSES)
    await asterisk.carries_out(INTO_QUEUE)


async def test_several_keys_are_kept_in_their_order(site: Site, voice: SlowVoice) -> None:
    site.numbers["8000"], voice.slow = AFTERWARDS, "press-1"
    asterisk = await calls(site)
    await asterisk.hears_and_answers(LOOK, pressed("7"), LOOK, pressed("8"))
    assert await asterisk.hears() == LOOK
    voice.go.set()
    asterisk.says(NOBODY_PRESSES)
    assert (await asterisk.hears()).startswith('EXEC "MSet" "CTI_QUEUE=sales')
    (brief,) = site.board.briefs
    assert [one.value for one in brief.data] == ["7"]


async def test_who_hangs_up_meanwhile_is_gone(site: Site, voice: SlowVoice) -> None:
    asterisk = await calls(site)
    await asterisk.hears_and_answers(LOOK, "200 result=-1")
    assert await asterisk.is_left()
    assert not {"enqueue", "finished"} & {what for what, *_ in site.board.of("1.1")}
