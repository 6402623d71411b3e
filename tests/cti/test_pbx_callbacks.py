"""Callbacks before the adapter: nobody is rung whom the gate does not let out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.call import CallClass
from acd.callback import CallbackOrder, CallbackState
from acd.callback_events import CallbackBooked, CallbackStateChanged
from acd.callback_signals import DialRefused
from acd.commands import BookCallback, CancelCallback, DialForAgent, SetAgentReady
from acd.ids import CallId, OfferId, QueueId
from acd.instant import Instant, Span, seconds
from acd.orders import DialCustomer, RingAgentForCallback, Standing
from cti import campaign_lines
from cti.campaign_json import to_json
from dialer.attempt_line import Line
from dialer.campaign import CampaignRules, Mode
from dialer.commands import AddLeads, AdoptCampaign
from dialer.compliance.request import DialRequest, Purpose
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber
from dialer.orders import PlaceLine
from tests.cti.pbx_house import ANA, Exchange, House, living

PLACE = PlaceLine(
    attempt_id=AttemptId("run-a1"),
    campaign_id=CampaignId("spring"),
    lead_id=LeadId("l:mia"),
    number="+33125",
    zone=None,
    ring_for=seconds(20),
    flow="",
    queue_id=QueueId("support"),
    call_class=CallClass.NORMAL,
    machine=None,
    connect_within=seconds(2),
    auto_answer=True,
    language="fr",
    pool=None,
    profile=None,
)
DIAL = DialCustomer(
    offer_id=OfferId("o"),
    call_id=CallId("cb"),
    number="+33126",
    dial_timeout=seconds(30),
    order=CallbackOrder.CUSTOMER_FIRST,
    standing=Standing(
        queue_id=QueueId("support"), call_class=CallClass.NORMAL, queued_at=Instant(42), boost=Span(0)
    ),
)


@pytest.fixture
async def asterisk() -> AsyncIterator[Exchange]:
    async with Exchange() as exchange:
        yield exchange


async def books(house: House, number: str = "+33123") -> CallId:
    assert await house.runtime.ask(BookCallback(queue_id=QueueId("support"), number=number)) is None
    return CallId((await house.hears(CallbackBooked)).call_id)


async def answered(house: House, times: int) -> None:
    """The gate has, so often."""
    async with asyncio.timeout(10):
        while len(house.gate.in_use) < times:
            await asyncio.sleep(0)


async def test_nobody_is_rung_for_a_number_that_the_gate_does_not_let_out(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        house.gate.refused["+33123"] = None
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        await books(house)
        await house.hears(DialRefused)
        await house.until(lambda: house.of(CallbackStateChanged)[-1].now is CallbackState.FAILED)
        assert house.ana() is AgentState.READY
        assert asterisk.seen("Originate") == []
        assert house.gate.noted == {}


async def test_whom_an_agent_calls_for_a_campaign_is_asked_for_by_its_profile_and_counted_for_it(
    asterisk: Exchange,
) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        rules = CampaignRules(
            campaign_id=CampaignId("spring"),
            mode=Mode.PREVIEW,
            queue_id=QueueId("support"),
            profile="fr",
            pool="paris",
        )
        adopt = AdoptCampaign(campaign_id=rules.campaign_id, version=1, document=to_json(rules))
        assert await house.runtime.ask(adopt) is None
        mia = Lead(
            lead_id=LeadId("l:mia"),
            list_id=ListId("l"),
            numbers=(LeadNumber(number="+33123"),),
            zone="Europe/Paris",
        )
        assert await house.runtime.ask(AddLeads(campaign_id=rules.campaign_id, leads=(mia,))) is None
        line = Line(
            attempt_id=AttemptId("run-a1"),
            campaign_id=rules.campaign_id,
            list_id=mia.list_id,
            lead_id=mia.lead_id,
            number="+33123",
            place=0,
            ring_for=seconds(30),
            placed_at=Instant(0),
            hour=0,
            rate=0.0,
            by_agent=True,
        )
        campaigns = house.runtime.campaigns
        campaigns.lines[line.attempt_id] = campaigns.campaigns[line.campaign_id].lines[line.attempt_id] = line
        plain = DialRequest(attempt_id="o1", number="+33123", purpose=Purpose.CALLBACK, ring_for=seconds(30))
        for place, elsewhere in ((-1, True), (0, False)):  # -1: he has dialled another number for her
            line.place = place
            assert campaign_lines.in_campaign(plain, CallId("run-a1"), campaigns).elsewhere is elsewhere
        house.gate.refused["+33123"] = None
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        asked = DialForAgent(
            call_id=CallId("run-a1"),
            agent_id=ANA,
            queue_id=QueueId("support"),
            number="+33123",
            ring_for=seconds(30),
        )
        assert await house.runtime.ask(asked) is None
        await house.hears(DialRefused)
        (request,) = house.gate.requests
        assert (request.purpose, request.profile, request.pool) == (Purpose.CAMPAIGN, "fr", "paris")
        assert (request.campaign_id, request.lead_id) == ("spring", "l:mia")
        assert (request.lead_zone, request.elsewhere) == ("Europe/Paris", False)


async def test_lines_are_counted_when_the_gate_answers_not_when_it_is_asked(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        house.gate.open.clear()
        house.pbx.carry_out(PLACE)
        house.pbx.carry_out(DIAL)
        await asyncio.sleep(0)  # both ask
        assert house.pbx.lines_in_use() == 0
        house.gate.open.set()
        await answered(house, times=2)
        assert house.gate.in_use == [0, 1], "by then the campaign's line is out"
        assert house.pbx.lines_in_use() == 1


async def test_of_two_callbacks_at_the_gate_neither_takes_the_others_line(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        house.gate.open.clear()
        for number in ("+33123", "+33124"):
            await books(house, number)
        both = list(house.runtime.tables.callbacks)
        were = [one.state for one in both]
        for one in both:
            one.state = CallbackState.DIALLING
        assert house.pbx.lines_in_use() == 2
        for n, one in enumerate(both):
            house.pbx.carry_out(replace(DIAL, call_id=one.call_id, offer_id=OfferId(f"o{n}")))
        await asyncio.sleep(0)  # both ask
        assert house.pbx.lines_in_use() == 0
        house.gate.open.set()
        await answered(house, times=2)
        assert house.gate.in_use == [0, 1], "who is let out has his line, who waits has none yet"
        for one, was in zip(both, were, strict=True):
            one.state = was


async def test_who_is_wanted_no_more_when_the_gate_has_answered_is_not_rung(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        house.gate.open.clear()
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        callback = await books(house)
        await house.hears(RingAgentForCallback)
        assert await house.runtime.ask(CancelCallback(call_id=callback)) is None
        house.gate.open.set()
        other = await books(house, "+33124")
        await asterisk.until(lambda: asterisk.seen("Originate") != [])
        assert [action["ChannelId"] for action in asterisk.seen("Originate")] == [other]
        assert house.gate.asked == ["+33123", "+33124"]
