"""A caller may hang up at any moment, in the middle of any command, and Asterisk says so in many ways."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from ivr.flow import Flow
from ivr.happenings import Answered, NothingThere
from ivr.question import Question
from tests.ivr.scripted_asterisk import PATIENCE_S, Asterisk, Site, a_site

EVERYTHING = Flow.model_validate(
    {
        "name": "main",
        "languages": ["en", "zh"],
        "start": "greeting",
        "nodes": {
            "greeting": {"kind": "play", "prompts": ["hello", "beep"], "next": "choice"},
            "choice": {
                "kind": "menu",
                "prompts": ["press-1"],
                "keys": {"1": "speak"},
                "timeout_s": 1,
                "retries": 2,
                "otherwise": "speak",
            },
            "speak": {"kind": "language", "language": "zh", "next": "account"},
            "account": {
                "kind": "collect",
                "prompts": ["account"],
                "into": "account",
                "length": 3,
                "timeout_s": 1,
                "retries": 1,
                "next": "look",
                "otherwise": "look",
            },
            "look": {
                "kind": "lookup",
                "service": "bank",
                "timeout_s": 5,
                "expect": {"balance": "integer"},
                "default": {"balance": 0},
                "next": "back",
            },
            "back": {"kind": "callback", "queue": "sales", "booked": "desk", "refused": "desk"},
            "desk": {"kind": "queue", "queue": "sales", "refused": "bye"},
            "bye": {"kind": "hangup", "prompts": ["goodbye"]},
        },
    }
)
DECIDED = {"enqueue", "callback", "finished"}


class Thinks:
    """A desk that takes its time: the caller is listened to meanwhile, by 20 and by 40 ms."""

    async def ask(self, question: Question, key: str) -> Answered | NothingThere:
        await asyncio.sleep(0.03)
        return NothingThere()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with a_site(Thinks()) as site:
        site.numbers["8000"] = EVERYTHING
        yield site


def usual(command: str) -> str:
    """A caller who listens, and presses nothing."""
    return "200 result=1" if command.startswith(("SET", "EXEC")) else "200 result=0 endpos=800"


async def commands_of_a_whole_call(site: Site) -> list[str]:
    asterisk, heard = await calls(site, "0.0"), list[str]()
    while command := await asterisk.hears_or_is_left():
        heard.append(command)
        await goes_on(asterisk, command)
    return heard


async def goes_on(asterisk: Asterisk, command: str) -> None:
    if command in ('WAIT FOR DIGIT "20"', 'WAIT FOR DIGIT "40"'):
        await asyncio.sleep(0.02)
    asterisk.says(usual(command))


async def calls(site: Site, uid: str) -> Asterisk:
    asterisk = await site.connects()
    asterisk.asks_for(uid=uid)
    return asterisk


def hangs_up(asterisk: Asterisk, way: str, command: str) -> None:
    match way:
        case "-1":
            asterisk.says("200 result=-1 endpos=160")
        case "told":
            asterisk.says("HANGUP", "200 result=-1 endpos=160")
        case "told twice":
            asterisk.says("HANGUP", "HANGUP", "200 result=-1", "HANGUP")
        case "told beside an answer":
            asterisk.says("HANGUP", usual(command))
        case "told after a key":
            asterisk.says("HANGUP", "200 result=49 endpos=160")
        case "dead":
            asterisk.says("511 Command Not Permitted on a dead channel or intercept routine")
        case "cut":
            asterisk.writer.transport.abort()
        case "told and cut":
            asterisk.says("HANGUP")
            asterisk.writer.transport.abort()
        case "closed":
            asterisk.writer.close()
        case _:
            raise AssertionError(way)


@pytest.mark.parametrize(
    "way",
    [
        "-1",
        "told",
        "told twice",
        "told beside an answer",
        "told after a key",
        "dead",
        "cut",
        "told and cut",
        "closed",
    ],
)
async def test_a_hang_up_in_the_middle_of_any_command_ends_the_session_once(
    site: Site, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = await commands_of_a_whole_call(site)
    kinds = {command.split(" ")[0] for command in whole}
    assert kinds == {"STREAM", "WAIT", "SET", "EXEC"}, "the call has something of everything"
    for at in range(len(whole)):
        uid = f"1.{at}"
        asterisk, told = await calls(site, uid), 0
        for count in range(at + 1):
            command = await asterisk.hears_or_is_left()
            if not command:
                told = len(site.board.of(uid))
                break  # how often it listens during a lookup is a matter of time
            if count == at:
                told = len(site.board.of(uid))
                hangs_up(asterisk, way, command)
            else:
                await goes_on(asterisk, command)
        if way not in ("cut", "told and cut", "closed"):
            assert await asterisk.hears_or_is_left() in ("", "CHANNEL STATUS"), (at, command)
        await everybody_is_gone(site)
        after = [what for what, *_ in site.board.of(uid)[told:]]
        assert not DECIDED & set(after), (at, command)
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR], caplog.text


async def everybody_is_gone(site: Site) -> None:
    for peer in site.peers:
        peer.writer.transport.abort()
    async with asyncio.timeout(PATIENCE_S):
        while site.server.sessions:
            await asyncio.sleep(0)
