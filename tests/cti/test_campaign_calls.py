"""Whom a campaign has called, as his flow and the queue see him; and what he says there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acd.brief import Brief, Datum
from acd.call import CallClass
from acd.call_signals import CallerHungUp
from acd.commands import SetAgentReady
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span, after, in_seconds, seconds
from acd.link_signals import LinkRestored
from acd.observation import Observation
from acd.offer_signals import PhoneChanged
from cti import campaign_calls, opting_out
from cti.campaign_calls import LIST_AWAY, NOT_OURS, CampaignCalls
from cti.campaign_json import to_json
from cti.clock import Clock
from cti.floor import Floor
from cti.messages import Input, Output
from cti.opting_out import OptingOut
from cti.runtime import Runtime
from cti.store import StoreUnavailable
from cti.switchboard import EngineSwitchboard
from dialer.attempt import Party
from dialer.campaign import CampaignRules, Disposition, MachineRules, MachineThen
from dialer.commands import AddLeads, AdoptCampaign, StartCampaign
from dialer.compliance.listing import Listing, ListKind
from dialer.events import LeadDisposed
from dialer.ids import AttemptId
from dialer.lead import LeadState, WhyDone
from dialer.orders import ListNumber, PlaceLine
from dialer.signals import LineAnswered, LineGone, LineJudged, NumberListed, OptedOut
from ivr.campaigns import Campaigns
from ivr.document import parse_document
from ivr.flow import Flow
from ivr.loader import FlowBook, PublishedFlow
from ivr.port import Enqueued
from ivr.utterance import Text, TimeOfDay
from tests.campaign_floor import SPRING, house, lead, reminding, selling

ANN = "+33612345678"
DATA = (Datum(name="day", value="Monday"),)
REMINDER = PublishedFlow(
    flow=Flow.model_validate(
        {"name": "reminder", "languages": ["zh"], "start": "bye", "nodes": {"bye": {"kind": "hangup"}}}
    ),
    version="0",
    document=parse_document(b"", "reminder.yaml"),
)


class Lists:
    """The do-not-call lists, sometimes out of reach."""

    def __init__(self) -> None:
        self.away = 0
        """So many times nobody answers."""
        self.entries: list[Listing] = []
        self.written = asyncio.Event()

    async def add(self, entry: Listing) -> bool:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        self.entries.append(entry)
        self.written.set()
        return True


class Desk:
    """A floor that dials Ann, and what it said."""

    def __init__(self) -> None:
        self.said: list[Input | Output] = []
        self.lines: list[PlaceLine] = []
        self.runtime = Runtime(Floor(house()), Clock(), "run", carry_out=self._carry_out)
        self.runtime.listen(lambda step: self.said.extend(e.message for e in step))
        self.lists = Lists()
        self.opting_out = OptingOut(
            dnc=self.lists,  # type: ignore[arg-type]
            region="FR",
            now=self.runtime.clock.now,
            post=self.runtime.post,
        )
        self.calls = CampaignCalls(
            runtime=self.runtime,
            opting_out=self.opting_out,
            region="FR",
            book=lambda: FlowBook([REMINDER]),
        )
        self.port: Campaigns = self.calls
        self.switchboard = EngineSwitchboard(self.runtime, campaigns=self.calls)

    def _carry_out(self, order: object) -> None:
        if isinstance(order, PlaceLine):
            self.lines.append(order)
        elif isinstance(order, ListNumber):
            self.opting_out.carry_out(order)

    def said_of(self, kind: type) -> list[Input | Output]:
        return [message for message in self.said if isinstance(message, kind)]

    async def settles(self) -> None:
        """Everything posted is applied."""
        while self.runtime.behind:
            await asyncio.sleep(0)

    async def dials(self, rules: CampaignRules) -> AttemptId:
        """Ana is ready, a line to Ann is ordered."""
        seen = Observation(as_of=self.runtime.clock.now(), calls=(), reachable=frozenset())
        self.runtime.post(LinkRestored(seen=seen))
        self.runtime.post(PhoneChanged(agent_id=AgentId("ana"), reachable=True))
        assert await self.runtime.ask(SetAgentReady(agent_id=AgentId("ana"))) is None
        ann = replace(lead(ANN), name="Ann", data=DATA)
        for command in (
            AdoptCampaign(campaign_id=SPRING, version=1, document=to_json(rules)),
            AddLeads(campaign_id=SPRING, leads=(ann,)),
            StartCampaign(campaign_id=SPRING),
        ):
            assert await self.runtime.ask(command) is None
        [line] = self.lines
        return line.attempt_id

    async def reaches(self, rules: CampaignRules) -> CallId:
        """Somebody answers, and is in his flow."""
        attempt = await self.dials(rules)
        self.runtime.post(LineAnswered(attempt_id=attempt))
        self.runtime.post(LineJudged(attempt_id=attempt, party=Party.PERSON))
        met = await self.switchboard.call_entered_ivr(
            call_id=attempt, caller=ANN, dialled=SPRING, flow="campaign-spring", flow_version=0
        )
        assert met is not None
        assert met.lead == {"name": "Ann", "day": "Monday"}
        return CallId(attempt)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    running = asyncio.create_task(desk.runtime.run())
    yield desk
    await desk.opting_out.close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


# -- where he enters, and how he waits ------------------------------------------------------------


async def test_he_enters_the_flow_made_for_his_campaign_in_every_language_of_the_house(desk: Desk) -> None:
    await desk.dials(selling())
    entrance = desk.calls.entrance("spring")
    assert entrance is not None
    assert entrance.flow.flow.start == "agent"
    assert entrance.flow.flow.languages == ("en", "zh")
    again = desk.calls.entrance("spring")
    assert again is not None
    assert again.flow is entrance.flow
    assert desk.calls.entrance("8000") is None


async def test_a_change_of_the_campaign_makes_its_flow_anew(desk: Desk) -> None:
    await desk.dials(selling())
    before = desk.calls.entrance("spring")
    other = to_json(selling(message_prompts=("Sorry.",)))
    assert await desk.runtime.ask(AdoptCampaign(campaign_id=SPRING, version=2, document=other)) is None
    after_it = desk.calls.entrance("spring")
    assert before is not None
    assert after_it is not None
    assert before.flow is not after_it.flow
    assert desk.calls.rules_in_force()[0].message_prompts == ("Sorry.",)


async def test_a_campaigns_own_flow_is_the_one_in_force(desk: Desk) -> None:
    await desk.dials(reminding())
    entrance = desk.calls.entrance("spring")
    assert entrance is not None
    assert entrance.flow is REMINDER


@pytest.mark.parametrize(("machine", "least_s", "most_s"), [(None, 1.4, 1.61), (MachineRules(), 0.6, 0.81)])
async def test_he_waits_for_an_agent_as_long_as_the_law_leaves_him(
    desk: Desk, machine: MachineRules | None, least_s: float, most_s: float
) -> None:
    call = await desk.reaches(selling(machine=machine))
    seat = desk.calls.seat_of(call)
    assert seat is not None
    assert seat.call_class is CallClass.VIP
    assert least_s < in_seconds(seat.patience) < most_s


async def test_time_that_is_over_is_not_given_twice_but_for_a_flow_that_took_it(desk: Desk) -> None:
    call = await desk.reaches(selling())
    line = desk.runtime.campaigns.lines[AttemptId(call)]
    line.person_at = Instant(desk.runtime.clock.now() - seconds(5))
    seat = desk.calls.seat_of(call)
    assert seat is not None
    assert seat.patience == campaign_calls.LEAST_PATIENCE
    other = to_json(selling(flow="reminder"))
    assert await desk.runtime.ask(AdoptCampaign(campaign_id=SPRING, version=2, document=other)) is None
    seat = desk.calls.seat_of(call)
    assert seat is not None
    assert seat.patience == seconds(2)


async def test_the_queue_takes_him_with_that_patience_and_an_agent_is_rung_at_once(desk: Desk) -> None:
    call = await desk.reaches(selling(call_class=CallClass.RETURNING))
    taken = await desk.switchboard.enqueue(call_id=call, queue="sales", priority=None)
    assert isinstance(taken, Enqueued)
    assert taken.call_class == "returning"
    assert taken.ring is not None
    assert taken.ring.agent == "ana"
    assert taken.treatment == ""
    kept = desk.runtime.tables.calls[call].brief
    assert seconds(1) < kept.patience < seconds(2)


async def test_a_caller_of_an_agentless_campaign_waits_as_any_other(desk: Desk) -> None:
    call = await desk.reaches(reminding())
    assert desk.calls.seat_of(call) is None
    taken = await desk.switchboard.enqueue(call_id=call, queue="sales", priority=None, brief=Brief())
    assert isinstance(taken, Enqueued)
    assert desk.runtime.tables.calls[call].brief.patience == 0


async def test_of_who_calls_us_himself_nothing_of_this_is_said(desk: Desk) -> None:
    assert desk.calls.lead_of(CallId("1.1")) == {}
    assert desk.calls.seat_of(CallId("1.1")) is None


async def test_a_machine_is_left_what_the_campaign_says_with_the_leads_name(desk: Desk) -> None:
    rules = MachineRules(then=MachineThen.LEAVE_MESSAGE, message=("Good day, {lead.name}. Please call us.",))
    attempt = await desk.dials(selling(machine=rules))
    said = desk.port.message_for_machine(call_id=attempt, campaign="spring", language="")
    assert said == (Text("Good day, Ann. Please call us."),)
    assert desk.port.message_for_machine(call_id=attempt, campaign="gone", language="en") == ()


# -- what he says ---------------------------------------------------------------------------------


async def test_his_number_goes_on_the_list_in_its_one_form_and_the_campaign_lets_him_go(desk: Desk) -> None:
    call = await desk.reaches(selling())
    assert await desk.port.opt_out(call_id=call, number="0612345678", because="asked") is None
    await desk.settles()
    [entry] = desk.lists.entries
    assert (entry.number, entry.kind, entry.by, entry.reason) == (ANN, ListKind.INTERNAL, "himself", "asked")
    assert desk.said_of(NumberListed) == [NumberListed(number=ANN, by="himself", because="asked")]
    assert desk.said_of(OptedOut) == [OptedOut(attempt_id=AttemptId(call))]
    pursuit = desk.runtime.campaigns.campaigns[SPRING].leads[lead(ANN).lead_id]
    assert (pursuit.state, pursuit.because) == (LeadState.DONE, WhyDone.OPTED_OUT)


async def test_whoever_calls_in_can_opt_out_too(desk: Desk) -> None:
    assert await desk.port.opt_out(call_id="1.1", number="+33611111111", because="asked") is None
    await desk.settles()
    assert desk.said_of(NumberListed) == [NumberListed(number="+33611111111", by="himself", because="asked")]
    assert desk.said_of(OptedOut) == []


@pytest.mark.parametrize("number", ["unknown", "", "+33\r\nX: y", "12345678901234567890123"])
async def test_who_shows_no_number_is_told_so(desk: Desk, number: str) -> None:
    assert await desk.port.opt_out(call_id="1.1", number=number, because="asked") is not None
    await desk.settles()
    assert desk.lists.entries == desk.said_of(NumberListed) == []


async def test_a_database_that_is_away_loses_nobody_who_opted_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opting_out, "AGAIN_AFTER_S", 0.01)
    desk.lists.away = 3
    call = await desk.reaches(selling())
    assert await desk.port.opt_out(call_id=call, number=ANN, because="asked") == LIST_AWAY
    await desk.settles()
    said = [NumberListed(number=ANN, by="himself", because="asked")]
    assert desk.said_of(NumberListed) == said  # campaigns let him go at once
    async with asyncio.timeout(10):
        await desk.lists.written.wait()
    assert [entry.number for entry in desk.lists.entries] == [ANN]


async def test_what_came_of_the_call_is_the_campaigns_disposition(desk: Desk) -> None:
    call = await desk.reaches(reminding(dispositions=(Disposition(name="confirmed", success=True),)))
    assert await desk.port.dispose(call_id=call, disposition="sold", note="", at=None) is not None
    assert await desk.port.dispose(call_id=call, disposition="confirmed", note="comes", at=None) is None
    [disposed] = desk.said_of(LeadDisposed)
    assert isinstance(disposed, LeadDisposed)
    assert (disposed.disposition, disposed.success) == ("confirmed", True)
    assert (disposed.by, disposed.note) == ("flow reminder", "comes")


async def test_a_disposition_that_says_so_puts_his_numbers_on_the_list(desk: Desk) -> None:
    never = Disposition(name="never", do_not_call=True)
    call = await desk.reaches(reminding(dispositions=(never,)))
    assert await desk.port.dispose(call_id=call, disposition="never", note="", at=None) is None
    await desk.switchboard.flow_finished(call_id=call)
    desk.runtime.post(CallerHungUp(call_id=call))
    desk.runtime.post(LineGone(attempt_id=AttemptId(call)))
    async with asyncio.timeout(10):
        await desk.lists.written.wait()
    [entry] = desk.lists.entries
    assert (entry.number, entry.by) == (ANN, "campaign spring")
    assert "flow reminder" in entry.reason


async def test_a_call_of_no_campaign_has_no_disposition(desk: Desk) -> None:
    assert await desk.port.dispose(call_id="1.1", disposition="confirmed", note="", at=None) == NOT_OURS


@pytest.mark.parametrize(("at", "hour"), [(TimeOfDay(hour=9, minute=30), 9), (3600, None)])
async def test_he_is_called_again_when_he_said_by_the_clock_where_he_is(
    desk: Desk, at: int | TimeOfDay, hour: int | None
) -> None:
    later = Disposition(name="later", calls_back=True)
    call = await desk.reaches(reminding(dispositions=(later,)))
    now = desk.runtime.clock.now()
    assert await desk.port.dispose(call_id=call, disposition="later", note="", at=None) is not None
    assert await desk.port.dispose(call_id=call, disposition="later", note="", at=at) is None
    said = desk.runtime.campaigns.campaigns[SPRING].leads[lead(ANN).lead_id].said
    assert said is not None
    assert said.call_back_at is not None
    if hour is None:
        assert 0 <= said.call_back_at - after(now, seconds(3600)) < seconds(5)
    else:
        moment = datetime.fromtimestamp(in_seconds(Span(said.call_back_at)), UTC)  # his list says UTC
        assert (moment.hour, moment.minute) == (9, 30)
