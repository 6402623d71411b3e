"""The gateway for texts: one that takes them, one that stumbles, one that never will, one that hangs; and
the gate, which is asked before each."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from pydantic import ValidationError

from acd.instant import Instant, seconds
from api.engine_health import texts_health
from cti.config_texts import TextsConfig
from cti.dial_gate import DialGate
from cti.messages import Signal
from cti.text_gateway import LATER, TextGateway
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Reason, Refused, Verdict, WhyNot
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.orders import SendText
from dialer.signals import TextFailed, TextSent
from tests.cti.bad_service import Service, a_service, answers, hangs

NOW = Instant(seconds(1_000_000))
TEXT = SendText(
    text_id=AttemptId("r-t1"),
    campaign_id=CampaignId("spring"),
    lead_id=LeadId("may:1"),
    number="+33612345678",
    zone="Europe/Paris",
    text="Dear Ann, é",
    profile="fr",
)


class Gate:
    """Says what a test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[DialRequest] = []
        self.refuses: list[Reason | None] = []

    async def look(self, request: DialRequest, lines: int) -> Verdict:
        """Nothing is ever noted: it is no attempt."""
        self.asked.append(request)
        reason = self.refuses.pop(0) if self.refuses else None
        if reason is None:
            return Allowed(request=request, at=NOW, caller_id=None)
        return Refused(request=request, at=NOW, reasons=(reason,))


class Post:
    """A floor that hears."""

    def __init__(self) -> None:
        self.news: list[Signal] = []
        self.full = 0
        self.heard = asyncio.Event()

    def __call__(self, signal: Signal) -> bool:
        if self.full > 0:
            self.full -= 1
            return False
        self.news.append(signal)
        self.heard.set()
        return True


class Story:
    """A gateway at work."""

    def __init__(self, service: Service, **more: Any) -> None:
        self.gate, self.post, self.wanted = Gate(), Post(), True
        written = {"url": service.url, "token": "secret", "from": "+33199999999", **more.pop("config", {})}
        self.gateway = TextGateway(
            TextsConfig.model_validate(written),
            gate=cast(DialGate, self.gate),
            now=lambda: NOW,
            post=self.post,
            wanted=lambda _: self.wanted,
            pauses_s=more.pop("pauses_s", (0.0, 0.0)),
            **more,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While it is."""
        task = asyncio.create_task(self.gateway.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def what_came_of_it(self) -> Signal:
        """Of one text."""
        async with self.running(), asyncio.timeout(10):
            self.gateway.carry_out(TEXT)
            await self.post.heard.wait()
        (news,) = self.post.news
        return news


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with a_service() as made:
        yield made


SENT = TextSent(text_id=TEXT.text_id)


async def test_a_text_is_posted_with_its_name_and_our_token(service: Service) -> None:
    story = Story(service)
    assert await story.what_came_of_it() == SENT
    (heard,) = service.heard
    assert heard.line.startswith("POST /api/ ")
    assert heard.headers["authorization"] == "Bearer secret"
    assert heard.headers["idempotency-key"] == "r-t1"
    told = {"id": "r-t1", "to": "+33612345678", "text": "Dear Ann, é", "from": "+33199999999"}
    assert json.loads(heard.body) == told
    (asked,) = story.gate.asked
    assert (asked.purpose, asked.lead_zone, asked.profile) == (Purpose.TEXT, "Europe/Paris", "fr")


async def test_health_says_what_the_gateway_says_and_how_many_wait(service: Service) -> None:
    told = asyncio.Event()

    async def when_told(writer: asyncio.StreamWriter) -> None:
        await told.wait()
        await answers({})(writer)

    service.says = [answers({}, 503), when_told]
    story = Story(service)
    assert texts_health(story.gateway.status, there=False)["state"] == "off"
    assert texts_health(story.gateway.status, there=True) == {"state": "ok", "waiting": 0, "reason": None}
    async with story.running(), asyncio.timeout(10):
        story.gateway.carry_out(TEXT)
        assert story.gateway.status.waiting == 1
        while len(service.heard) < 2:
            await asyncio.sleep(0)
        failing = {"state": "failing", "waiting": 1, "reason": "the gateway says 503"}
        assert texts_health(story.gateway.status, there=True) == failing
        told.set()
        await story.post.heard.wait()
        while story.gateway.status.waiting:
            await asyncio.sleep(0)
    assert texts_health(story.gateway.status, there=True)["state"] == "ok"


async def test_a_gateway_that_stumbles_is_offered_the_same_text_again(service: Service) -> None:
    service.says = [answers({}, 500), answers({}, 429), answers({})]
    assert await Story(service).what_came_of_it() == SENT
    assert [heard.headers["idempotency-key"] for heard in service.heard] == ["r-t1"] * 3


async def test_one_that_goes_on_stumbling_is_given_up(service: Service) -> None:
    service.says = [answers({}, 503)]
    why = "the gateway says 503"
    assert await Story(service).what_came_of_it() == TextFailed(text_id=TEXT.text_id, why=why, never=False)
    assert len(service.heard) == 3


async def test_a_number_it_does_not_know_never_gets_one(service: Service) -> None:
    service.says = [answers({}, 404)]
    why = "the gateway says 404"
    assert await Story(service).what_came_of_it() == TextFailed(text_id=TEXT.text_id, why=why, never=True)
    assert len(service.heard) == 1


@pytest.mark.parametrize("status", [401, 403, 302])
async def test_what_is_our_fault_is_nobodys_number(service: Service, status: int) -> None:
    service.says = [answers({}, status, "Location: http://elsewhere.example/")]
    failed = await Story(service).what_came_of_it()
    assert isinstance(failed, TextFailed)
    assert (failed.never, failed.until) == (False, NOW + LATER)
    assert len(service.heard) == 1


async def test_one_that_hangs_has_a_time_limit(service: Service) -> None:
    service.says = [hangs]
    failed = await Story(service, answer_within_s=0.05, pauses_s=(0.0,)).what_came_of_it()
    why = "the gateway did not answer within 0.05 s"
    assert failed == TextFailed(text_id=TEXT.text_id, why=why, never=False)
    assert len(service.heard) == 2


async def test_the_gate_is_asked_first_and_says_until_when(service: Service) -> None:
    story = Story(service)
    morning = Instant(NOW + seconds(3600))
    story.gate.refuses = [Reason(why=WhyNot.OUTSIDE_HOURS, told="it is night", until=morning)]
    refused = TextFailed(text_id=TEXT.text_id, why="it is night", never=False, until=morning)
    assert await story.what_came_of_it() == refused
    assert service.heard == []


async def test_who_is_listed_gets_none(service: Service) -> None:
    story = Story(service)
    story.gate.refuses = [Reason(why=WhyNot.LISTED, told="he is listed", until=None)]
    assert await story.what_came_of_it() == TextFailed(
        text_id=TEXT.text_id, why="he is listed", never=True, until=None
    )
    assert service.heard == []


async def test_who_is_listed_between_two_offers_is_offered_no_more(service: Service) -> None:
    story = Story(service)
    service.says = [answers({}, 500)]
    story.gate.refuses = [None, Reason(why=WhyNot.OUTSIDE_HOURS, told="it is night", until=NOW)]
    failed = await story.what_came_of_it()
    assert isinstance(failed, TextFailed)
    assert (failed.until, len(service.heard)) == (None, 1)  # it may have been taken: it is not ordered again


async def test_who_has_responded_meanwhile_gets_none(service: Service) -> None:
    story = Story(service)
    story.wanted = False
    failed = await story.what_came_of_it()
    assert isinstance(failed, TextFailed)
    assert not failed.never
    assert service.heard == []
    assert story.gate.asked == []


async def test_without_a_gateway_it_is_later(service: Service) -> None:
    failed = await Story(service, config={"url": None}).what_came_of_it()
    assert isinstance(failed, TextFailed)
    assert failed.until == NOW + LATER


async def test_a_floor_without_room_hears_it_in_a_moment(service: Service) -> None:
    story = Story(service)
    story.post.full = 1
    assert await story.what_came_of_it() == SENT


@pytest.mark.parametrize("wrong", [{"url": "ftp://x"}, {"token": "a b"}, {"from": "a\r\nb"}, {"form": "x"}])
def test_a_gateway_is_written_so_that_it_can_be_reached(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TextsConfig.model_validate({"url": "https://sms.example/", **wrong})
