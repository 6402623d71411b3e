"""Services that are told what happens to campaigns, well-behaved and other ones."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import ValidationError

from acd.instant import Instant
from api.engine_health import webhooks_health
from cti.config_webhooks import WebhookConfig
from cti.envelope import Envelope
from cti.webhooks import AT_ONCE, Webhook, WebhookStatus, signature
from dialer.events import CampaignAdopted, LeadDisposed
from dialer.ids import AttemptId, CampaignId, LeadId
from tests.cti.bad_service import Service, a_service, answers, hangs

SECRET = "sixteen-letters-or-more"


def disposed(seq: int, campaign: str = "spring") -> Envelope:
    event = LeadDisposed(
        attempt_id=AttemptId(f"r-a{seq}"),
        campaign_id=CampaignId(campaign),
        lead_id=LeadId("spring:1"),
        disposition="sale",
        success=True,
        by="ana",
        note="thirty pieces",
    )
    return Envelope(run="r", seq=seq, at=Instant(1_000_000), cause=1, message=event)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with a_service() as made:
        yield made


@contextlib.asynccontextmanager
async def a_hook(service: Service, **more: Any) -> AsyncIterator[Webhook]:
    written = {"url": service.url, "secret": SECRET, **more.pop("config", {})}
    hook = Webhook("webhooks.1", WebhookConfig.model_validate(written), lambda: 1234.5, **more)
    running = asyncio.create_task(hook.run())
    yield hook
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


def told(service: Service) -> list[list[int]]:
    return [[one["seq"] for one in json.loads(heard.body)["events"]] for heard in service.heard]


async def test_what_is_wanted_is_told_and_signed(service: Service) -> None:
    async with a_hook(service, config={"campaigns": ["spring"]}) as hook:
        adopted = CampaignAdopted(campaign_id=CampaignId("spring"), version=1)
        hook.offer(Envelope(run="r", seq=6, at=Instant(0), cause=None, message=adopted))
        hook.offer(disposed(7, "autumn"))
        hook.offer(disposed(8))
        await until(lambda: hook.status.waiting == 0)
    (heard,) = service.heard
    assert heard.line.startswith("POST /api/ HTTP/1.1")
    assert heard.headers["callwright-timestamp"] == "1234"
    assert heard.headers["callwright-signature"] == f"sha256={signature(SECRET, '1234', heard.body)}"
    (event,) = json.loads(heard.body)["events"]
    assert event == {
        "run": "r",
        "seq": 8,
        "at": "1970-01-01T00:00:01.000000Z",
        "cause": 1,
        "event": "lead_disposed",
        "type": "LeadDisposed",
        "attempt_id": "r-a8",
        "campaign_id": "spring",
        "lead_id": "spring:1",
        "disposition": "sale",
        "success": True,
        "by": "ana",
        "note": "thirty pieces",
    }


async def test_a_service_that_stumbles_hears_it_again_in_order(service: Service) -> None:
    service.says = [answers({}, 503), answers({}, 429), answers({})]
    async with a_hook(service, pauses_s=(0.0, 0.0)) as hook:
        hook.offer(disposed(1))
        await until(lambda: len(service.heard) >= 1)
        hook.offer(disposed(2))
        await until(lambda: hook.status.waiting == 0)
        assert (hook.status.dropped, hook.status.reason) == (0, None)
    assert told(service) == [[1], [1], [1], [2]]


async def test_what_is_never_taken_is_given_up_and_counted(service: Service) -> None:
    service.says = [answers({}, 500), answers({}, 500), answers({}, 400), answers({})]
    async with a_hook(service, pauses_s=(0.0,)) as hook:
        hook.offer(disposed(1))
        await until(lambda: hook.status.waiting == 0)
        assert hook.status.reason == "it says 500"
        hook.offer(disposed(2))  # said to make no sense: not told again
        await until(lambda: hook.status.waiting == 0)
        status = WebhookStatus(name="webhooks.1", waiting=0, dropped=2, reason="it says 400")
        assert hook.status == status
        assert webhooks_health([status])[0]["reason"] == "it says 400"
        hook.offer(disposed(3))
        await until(lambda: hook.status.waiting == 0)
        assert (hook.status.dropped, hook.status.reason) == (2, None)
    assert told(service) == [[1], [1], [2], [3]]


async def test_while_a_service_hangs_the_oldest_events_make_room(service: Service) -> None:
    service.says = [hangs, answers({})]
    async with a_hook(service, most_waiting=3, pauses_s=(0.0,), answer_within_s=0.2) as hook:
        hook.offer(disposed(1))
        await until(lambda: bool(service.heard))
        for seq in range(2, 7):
            hook.offer(disposed(seq))
        assert (hook.status.waiting, hook.status.dropped) == (3, 3)
        await until(lambda: hook.status.waiting == 0)
        assert (hook.status.dropped, hook.status.reason) == (3, None)
    assert told(service) == [[1], [1], [4, 5, 6]]


async def test_many_events_go_in_few_requests_and_nobody_waits_for_a_service_that_is_not_there(
    service: Service,
) -> None:
    async with a_hook(service) as hook:
        for seq in range(1, 2 * AT_ONCE + 2):
            hook.offer(disposed(seq))
        await until(lambda: hook.status.waiting == 0)
    assert [len(some) for some in told(service)] == [AT_ONCE, AT_ONCE, 1]
    async with a_hook(service, config={"url": "http://127.0.0.1:9/"}, pauses_s=()) as hook:
        hook.offer(disposed(1))
        await until(lambda: hook.status.dropped == 1)
        assert hook.status.reason == "it cannot be reached: ConnectError"


def test_what_cannot_be_told_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ValidationError, match="did you mean lead_disposed"):
        WebhookConfig.model_validate({"url": "http://x/", "secret": SECRET, "events": ["lead_dispose"]})
    with pytest.raises(ValidationError, match="secret"):
        WebhookConfig.model_validate({"url": "http://x/", "secret": "short"})
