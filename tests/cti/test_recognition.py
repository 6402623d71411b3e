"""Who is calling: a slow, broken or absent directory never costs a caller more than the limit."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from acd.call_events import CallConnected, CallStarted
from acd.call_signals import CustomerFound
from acd.customer import Customer
from acd.ids import AgentId, CallId, CustomerId
from acd.instant import Instant, Span
from cti import recognition as module
from cti.customers import DirectoryUnavailable
from cti.envelope import Envelope
from cti.messages import Output
from cti.recognition import FAILURES, LEFT_ALONE_S, MOST_AT_ONCE, MOST_KEPT, Recognition

MIA = Customer(customer_id=CustomerId("mia"), segment="gold")
CALL = CallId("c1")
PATIENCE_S = 10.0


class FakeDirectory:
    """Knows one customer by two numbers; broken, or silent until it is told to answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.breaks: Exception | None = None
        self.closed = False

    async def find(self, number: str) -> Customer | None:
        self.asked.append(number)
        await asyncio.sleep(0)
        await self.answers.wait()
        if self.breaks is not None:
            raise self.breaks
        return MIA if number in ("+337", "+338") else None

    async def close(self) -> None:
        self.closed = True


class Desk:
    def __init__(self) -> None:
        self.directory = FakeDirectory()
        self.posted: list[CustomerFound] = []
        self.now = 0.0
        self.recognition = self._with_limit(PATIENCE_S)

    def _with_limit(self, limit_s: float) -> Recognition:
        return Recognition(
            self.directory, self.posted.append, limit_s=limit_s, kept_s=60, now=lambda: self.now
        )

    def falls_silent(self) -> None:
        """The directory, and nobody waits for it for long."""
        self.directory.answers.clear()
        self.recognition = self._with_limit(0.01)

    async def who(self, number: str) -> Customer | None:
        return await self.recognition.customer_of(CALL, number)

    def hears(self, *messages: Output) -> None:
        self.recognition.on_step(
            [Envelope(run="r", seq=n, at=Instant(0), cause=None, message=m) for n, m in enumerate(messages)]
        )


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    await desk.recognition.close()
    assert desk.directory.closed


async def test_a_stranger_need_not_wait_for_the_directory() -> None:
    directory = FakeDirectory()
    recognition = Recognition(directory, [].append, stranger=lambda number: number != "+337")
    assert await recognition.customer_of(CALL, "+331") is None
    assert directory.asked == []
    assert await recognition.customer_of(CALL, "+337") == MIA
    assert directory.asked == ["+337"]
    await recognition.close()


async def test_a_customer_is_found_once_and_known_for_a_while(desk: Desk) -> None:
    assert [await desk.who("+337") for _ in range(3)] == [MIA] * 3
    assert [await desk.who("+331") for _ in range(3)] == [None] * 3
    assert desk.directory.asked == ["+337", "+331"]
    desk.now = 61
    assert await desk.who("+337") == MIA
    desk.recognition.forget()
    assert await desk.who("+337") == MIA
    assert desk.directory.asked == ["+337", "+331", "+337", "+337"]


async def test_nobody_is_asked_about_who_shows_no_number(desk: Desk) -> None:
    assert [await desk.who(number) for number in ("unknown", "")] == [None, None]
    assert desk.directory.asked == []


async def test_a_caller_waits_for_the_limit_at_most_and_the_late_answer_counts(desk: Desk) -> None:
    desk.falls_silent()
    assert await desk.who("+337") is None
    assert desk.posted == []
    desk.directory.answers.set()
    await until(lambda: desk.posted == [CustomerFound(call_id=CALL, customer=MIA)])
    assert await desk.who("+337") == MIA


async def test_callers_from_one_number_share_one_question(desk: Desk) -> None:
    assert await asyncio.gather(*(desk.who("+337") for _ in range(20))) == [MIA] * 20
    assert desk.directory.asked == ["+337"]


async def test_a_directory_that_fails_again_and_again_is_left_alone_for_a_while(desk: Desk) -> None:
    desk.directory.breaks = DirectoryUnavailable("away")
    assert [await desk.who(f"+33{n}") for n in range(20)] == [None] * 20
    assert len(desk.directory.asked) == FAILURES
    assert desk.recognition.health == {"asking": 0, "reason": "away"}
    desk.now += LEFT_ALONE_S
    await asyncio.gather(*(desk.who(f"+33{n}") for n in range(20)))  # one tries, the others are let go
    assert len(desk.directory.asked) == FAILURES + 1
    desk.now += LEFT_ALONE_S
    desk.directory.breaks = None
    assert await desk.who("+337") == MIA
    assert desk.recognition.health == {"asking": 0, "reason": None}
    assert await desk.who("+338") == MIA


@pytest.mark.parametrize("bug", [RuntimeError("bug"), KeyError("x")])
async def test_a_bug_of_the_directory_is_not_the_callers(desk: Desk, bug: Exception) -> None:
    desk.directory.breaks = bug
    assert await desk.who("+337") is None


async def test_a_silent_directory_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GIVE_UP_S", 0.1)
    desk.falls_silent()
    for number in range(FAILURES):
        assert await desk.who(f"+33{number}") is None
    await until(lambda: "no answer within" in (desk.recognition.health["reason"] or ""))


async def test_what_is_asked_and_kept_is_bounded(desk: Desk) -> None:
    desk.directory.answers.clear()
    asking = [asyncio.create_task(desk.who(f"+33{n}")) for n in range(MOST_AT_ONCE + 50)]
    await until(lambda: sum(one.done() for one in asking) == 50)
    assert len(desk.directory.asked) == MOST_AT_ONCE
    desk.directory.answers.set()
    await asyncio.gather(*asking)
    for n in range(0, MOST_KEPT + 200, 50):
        await asyncio.gather(*(desk.who(f"+44{n + k}") for k in range(50)))
    assert len(desk.recognition._known) == MOST_KEPT


async def test_who_talked_with_him_last_is_newer_than_what_is_kept(desk: Desk) -> None:
    assert await desk.who("+337") == MIA
    desk.hears(
        CallConnected(
            call_id=CALL, agent_id=AgentId("ben"), queue_id=None, waited=Span(0), customer_id=MIA.customer_id
        )
    )
    found = await desk.who("+337")
    assert found is not None
    assert found.last_agent == "ben"


async def test_callers_met_after_a_restart_are_recognised_even_when_the_directory_comes_late(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_AFTER_S", (0.05, 0.1))
    desk.directory.breaks = DirectoryUnavailable("not open yet")
    desk.hears(
        *(CallStarted(call_id=CallId(f"c{n}"), caller="+337", dialled="", found=True) for n in range(9))
    )
    desk.hears(CallStarted(call_id=CallId("new"), caller="+338", dialled=""))
    await until(lambda: bool(desk.directory.asked))
    desk.directory.breaks = None
    await until(lambda: len(desk.posted) == 9)
    assert sorted(f.call_id for f in desk.posted) == [f"c{n}" for n in range(9)]


async def test_nothing_is_left_running_at_the_end(desk: Desk) -> None:
    desk.falls_silent()
    assert await desk.who("+337") is None
    desk.hears(CallStarted(call_id=CallId("c2"), caller="+338", dialled="", found=True))
    await asyncio.sleep(0)
