"""A lookup on the line: in its time whatever the other side does, with the caller heard meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ivr.flow import Flow
from ivr.happenings import Answered, NothingThere
from ivr.lookups import NoAnswer
from ivr.question import Question
from tests.ivr.scripted_asterisk import PATIENCE_S, Asterisk, Site, a_site, pressed, variable

Says = Answered | NothingThere | Exception | None


class Desk:
    """Says what it is told to, one after the other; None: nothing, ever."""

    def __init__(self) -> None:
        self.says: list[Says] = []
        self.keys: list[str] = []
        self.given_up = 0

    async def ask(self, question: Question, key: str) -> Answered | NothingThere:
        self.keys.append(key)
        said = self.says.pop(0)
        if said is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up += 1
        if isinstance(said, Exception):
            raise said
        assert said is not None
        return said


def looking(timeout_s: float, retries: int) -> Flow:
    return Flow.model_validate(
        {
            "name": "main",
            "start": "look",
            "nodes": {
                "look": {
                    "kind": "lookup",
                    "service": "bank",
                    "timeout_s": timeout_s,
                    "retries": retries,
                    "expect": {"balance": "integer"},
                    "next": "good",
                    "failed": "bad",
                },
                "good": {
                    "kind": "menu",
                    "prompts": ["good"],
                    "keys": {"1": "bad"},
                    "timeout_s": 1,
                    "retries": 0,
                    "otherwise": "good-bye",
                },
                "good-bye": {"kind": "hangup"},
                "bad": {"kind": "hangup", "prompts": ["bad"]},
            },
        }
    )


GOOD, BAD = 'STREAM FILE "good" "0123456789*#"', 'STREAM FILE "bad" ""'
BALANCE = Answered(data={"balance": 5})


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def site(desk: Desk) -> AsyncIterator[Site]:
    async with a_site(desk) as site:
        yield site


async def calls(site: Site, timeout_s: float = PATIENCE_S, retries: int = 0) -> Asterisk:
    site.numbers["8000"] = looking(timeout_s, retries)
    asterisk = await site.connects()
    asterisk.asks_for()
    return asterisk


async def hears_first(asterisk: Asterisk, answer: Callable[[], str] = lambda: "200 result=0") -> str:
    """The first command that is not there to listen to the caller meanwhile."""
    while (heard := await asterisk.hears()).startswith("WAIT FOR DIGIT"):
        asterisk.says(answer())
    return heard


async def test_an_answer_that_is_there_at_once_costs_no_command(site: Site, desk: Desk) -> None:
    desk.says = [BALANCE]
    asterisk = await calls(site)
    assert await asterisk.hears() == GOOD


async def test_a_service_that_hangs_is_left_within_the_limit(
    site: Site, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.says = [None]
    asterisk = await calls(site, timeout_s=0.1)
    assert await hears_first(asterisk) == BAD
    assert desk.given_up == 1
    assert "call 1.1: the service 'bank': no answer within 0.1 s" in caplog.text


async def test_a_try_that_hangs_leaves_time_for_another(site: Site, desk: Desk) -> None:
    desk.says = [None, BALANCE]
    asterisk = await calls(site, timeout_s=0.2, retries=1)
    assert await hears_first(asterisk) == GOOD
    assert len(set(desk.keys)) == 1


async def test_what_may_help_is_tried_again_and_no_more_often_than_told(site: Site, desk: Desk) -> None:
    desk.says = [NoAnswer("it says 500", again=True)] * 3
    asterisk = await calls(site, timeout_s=0.3, retries=2)
    assert await hears_first(asterisk) == BAD
    assert len(desk.keys) == 3


async def test_what_cannot_help_is_not_tried_again(site: Site, desk: Desk) -> None:
    desk.says = [NoAnswer("it says 400")]
    asterisk = await calls(site, retries=3)
    assert await hears_first(asterisk) == BAD
    assert len(desk.keys) == 1


async def test_keys_pressed_meanwhile_are_kept(site: Site, desk: Desk) -> None:
    answers = iter([pressed("7"), pressed("1")])
    desk.says = [None, BALANCE]
    asterisk = await calls(site, timeout_s=0.2, retries=1)
    heard = await hears_first(asterisk, lambda: next(answers, "200 result=0"))
    assert heard == variable("CTI_NEXT", "bye")
    assert ("step", "good", "7") in site.board.of("1.1")


async def test_a_caller_who_hangs_up_meanwhile_ends_the_question(site: Site, desk: Desk) -> None:
    desk.says = [None]
    asterisk = await calls(site)
    assert (await asterisk.hears()).startswith("WAIT FOR DIGIT")
    asterisk.says("HANGUP", "200 result=-1")
    assert await asterisk.is_left()
    assert desk.given_up == 1


async def test_a_connection_that_breaks_meanwhile_ends_the_question(site: Site, desk: Desk) -> None:
    desk.says = [None]
    asterisk = await calls(site)
    assert (await asterisk.hears()).startswith("WAIT FOR DIGIT")
    asterisk.writer.transport.abort()
    async with asyncio.timeout(PATIENCE_S):
        while site.server.sessions:
            await asyncio.sleep(0.001)
    assert desk.given_up == 1


async def test_closing_ends_the_question_and_gives_the_caller_back(site: Site, desk: Desk) -> None:
    desk.says = [None]
    asterisk = await calls(site)
    assert (await asterisk.hears()).startswith("WAIT FOR DIGIT")
    await site.server.close(grace_s=PATIENCE_S)
    assert await asterisk.is_left()
    assert desk.given_up == 1


async def test_a_desk_that_breaks_gives_the_caller_back(
    site: Site, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.says = [RuntimeError("a bug")]
    asterisk = await calls(site)
    assert await asterisk.is_left()
    assert "call 1.1: failed, closed" in caplog.text
