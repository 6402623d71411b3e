"""The two cores on one floor: what one decides, and what the other makes of it."""

from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, UnansweredOpened
from acd.call_signals import CallArrived, CustomerFound
from acd.commands import EnterIvr
from acd.customer import Customer, Party
from acd.ids import AgentId, CallId, CustomerId
from acd.instant import seconds
from acd.ledger import WhyOwed
from acd.orders import RingAgent
from cti.campaign_json import to_json
from cti.messages import Output
from cti.responses import Responses
from cti.simulated_lines import Meets
from dialer.attempt import AttemptOutcome
from dialer.attempt import Party as Judged
from dialer.campaign import CampaignState, MachineRules, MachineThen
from dialer.commands import AdoptCampaign, PartyResponded
from dialer.events import (
    AttemptConnected,
    AttemptEnded,
    AttemptJudged,
    AttemptPlaced,
    LeadStateChanged,
    LiveAnswerCounted,
)
from dialer.ids import CampaignId
from dialer.lead import LeadState, WhyDone
from dialer.orders import DropLine, PlaceLine
from dialer.signals import LineGone, LineJudged
from tests.campaign_floor import SPRING, CampaignFloor, house, lead, reminding, selling


@pytest.fixture
def floor() -> CampaignFloor:
    return CampaignFloor()


def test_who_is_called_talks_with_the_agent_for_whom_he_was_called(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(selling(), lead("+331"), lead("+332"))
    assert [e.number for e in floor.events(PlaceLine)] == ["+331"]
    floor.wait(seconds=7)
    (attempt,) = floor.attempts("+331")
    started = floor.events(CallStarted)[0]
    assert (started.call_id, started.caller, started.dialled) == (attempt, "+331", SPRING)
    assert floor.agent_state("ana") is AgentState.TALKING
    (connected,) = floor.events(AttemptConnected)
    assert (connected.attempt_id, connected.agent_id) == (attempt, "ana")
    assert connected.after < seconds(2)
    floor.runs_dry()
    assert floor.outcomes("+331") == floor.outcomes("+332") == [AttemptOutcome.CONNECTED]
    assert floor.state() is CampaignState.FINISHED
    assert floor.everyone_ended_somewhere()


def test_the_next_line_rings_when_an_agent_is_free_again(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(selling(), lead("+331"), lead("+332"))
    floor.runs_dry()
    placed = [r.at for r in floor.world.heard if isinstance(r.output, PlaceLine)]
    free = [
        r.at
        for r in floor.world.heard
        if isinstance(r.output, AgentStateChanged) and r.output.because == Because.WRAP_UP_OVER
    ]
    assert placed[1] == free[0]


def test_news_that_the_flow_has_begun_says_that_somebody_is_there(floor: CampaignFloor) -> None:
    floor.dials(reminding(machine=MachineRules()), lead("+331"))
    floor.wait(seconds=1)
    (attempt,) = floor.attempts("+331")
    call_id = CallId(attempt)
    floor.world.tell(EnterIvr(call_id=call_id, caller="+331", dialled=SPRING, flow="reminder"))
    said = [type(r.output) for r in floor.world.heard]
    assert said.index(AttemptJudged) < said.index(CallStarted)
    assert floor.world.floor.tables.calls[call_id].we_called
    floor.world.tell(LineJudged(attempt_id=attempt, party=Judged.PERSON))
    assert len(floor.events(AttemptJudged)) == len(floor.events(CallStarted)) == 1


def test_an_answering_machine_is_no_caller_unless_it_is_passed_on(floor: CampaignFloor) -> None:
    floor.person("+331").meets = lambda: Meets.MACHINE
    floor.dials(reminding(machine=MachineRules(then=MachineThen.LEAVE_MESSAGE)), lead("+331"))
    floor.wait(seconds=60)
    assert floor.outcomes("+331") == [AttemptOutcome.MESSAGE_LEFT]
    assert floor.events(CallStarted) == []
    other = CampaignId("summer")
    passes_on = MachineRules(then=MachineThen.PASS_ON)
    floor.dials(reminding(other, machine=passes_on), lead("+331"))
    floor.wait(seconds=60)
    assert floor.outcomes("+331")[1:] == [AttemptOutcome.SERVED]
    assert len(floor.events(CallStarted)) == 1


def test_who_is_served_by_the_flow_is_so_though_his_line_is_told_of_first(floor: CampaignFloor) -> None:
    floor.dials(reminding(), lead("+331"))
    floor.runs_dry()
    assert floor.outcomes("+331") == [AttemptOutcome.SERVED]
    assert [e.outcome for e in floor.events(CallEnded)] == [Outcome.SERVED_IN_IVR]


def test_who_answers_and_finds_nobody_is_owed_an_answer_and_hears_who_called(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(selling(), lead("+331"))
    floor.wait(seconds=1)
    floor.agent("ana").sets_not_ready()
    floor.wait(seconds=20)
    (counted,) = floor.events(LiveAnswerCounted)
    assert counted.abandoned
    assert floor.outcomes("+331") == [AttemptOutcome.ABANDONED]
    assert [(e.caller, e.why) for e in floor.events(UnansweredOpened)] == [("+331", WhyOwed.DROPPED)]


def test_who_hangs_up_on_us_is_owed_nothing(floor: CampaignFloor) -> None:
    floor.person("+331").patience = lambda: seconds(0.5)
    floor.dials(reminding(), lead("+331"))
    floor.wait(seconds=20)
    assert floor.outcomes("+331") == [AttemptOutcome.LEFT_FLOW]
    assert floor.events(UnansweredOpened) == []


# -- whoever responds ---------------------------------------------------------------------------


def test_who_calls_in_and_is_served_leaves_the_list_and_what_rings_for_him_is_dropped() -> None:
    floor = CampaignFloor(house())
    floor.ready("ana", "ben")
    floor.person("+331").answers_after = lambda: seconds(100)
    floor.dials(selling(ring_for=seconds(60)), lead("+331"), lead("+332"))
    floor.agent("ana").talks_for(20)
    floor.caller("+331").enters("sales")
    floor.wait(seconds=5)
    (connected,) = floor.events(CallConnected)[:1]
    (attempt,) = floor.attempts("+331")
    assert connected.call_id not in floor.attempts("+331")
    assert floor.lead("+331").because == WhyDone.RESPONDED
    assert [order.attempt_id for order in floor.events(DropLine)] == [attempt]
    floor.wait(seconds=60)
    assert floor.outcomes("+331") == [AttemptOutcome.CANCELLED]
    floor.runs_dry()
    assert floor.attempts("+331") == [attempt]
    assert floor.everyone_ended_somewhere()


def test_who_calls_in_is_known_however_the_trunk_shows_his_number() -> None:
    rules = house()
    floor = CampaignFloor(replace(rules, outside=replace(rules.outside, region="FR")))
    floor.dials(selling(), lead("+33612345678"), lead("+33612345679"))
    floor.caller("0612345678").finishes_in_the_menu()
    floor.caller("33612345679").finishes_in_the_menu()
    floor.wait(seconds=1)
    assert floor.lead("+33612345678").because == WhyDone.RESPONDED
    assert floor.lead("+33612345679").because == WhyDone.RESPONDED


def test_a_customer_responds_by_whatever_number_he_calls_from(floor: CampaignFloor) -> None:
    floor.world.customers = {"+339": Customer(customer_id=CustomerId("mia"))}
    floor.dials(selling(), lead("+331", customer="mia"), lead("+332", customer="ben"))
    floor.caller("+339").finishes_in_the_menu()
    floor.wait(seconds=1)
    assert floor.lead("+331").because == WhyDone.RESPONDED
    assert floor.lead("+332").state is LeadState.NEW
    floor.caller("+332").hangs_up()  # he was not served
    assert floor.lead("+332").state is LeadState.NEW
    floor.caller("+332").is_put_through("+3399", answers=1)
    floor.wait(seconds=3)
    assert floor.lead("+332").state is LeadState.NEW  # that number may not be called


def test_a_customers_other_telephones_are_his_where_no_list_says_whose_they_are(floor: CampaignFloor) -> None:
    numbers = ("+339", "+331")
    floor.world.customers = {"+339": Customer(customer_id=CustomerId("mia"), numbers=numbers)}
    floor.dials(selling(), lead("+331"), lead("+332"))
    floor.caller("+339").finishes_in_the_menu()
    floor.wait(seconds=1)
    assert floor.lead("+331").because == WhyDone.RESPONDED
    assert floor.lead("+332").state is LeadState.NEW


def test_who_calls_in_and_waits_is_not_rung_meanwhile_by_a_campaign(floor: CampaignFloor) -> None:
    floor.world.customers = {"+339": Customer(customer_id=CustomerId("mia"), numbers=("+339", "+331"))}
    floor.dials(selling(), lead("+331"), lead("+332"), lead("+335"))
    waits = [floor.caller("+339").enters("sales"), floor.caller("+332").enters("sales")]
    floor.wait(seconds=1)
    assert [floor.lead(one).because for one in ("+331", "+332")] == [WhyDone.RESPONDED] * 2
    for caller in waits:
        caller.hangs_up()  # it stands in the ledger of the unanswered what we owe them
    floor.ready("ana", "ben")
    floor.wait(seconds=60)
    assert floor.attempts("+331") == floor.attempts("+332") == []
    assert floor.outcomes("+335") == [AttemptOutcome.CONNECTED]
    assert floor.everyone_ended_somewhere()


def test_who_is_recognised_late_has_responded_with_all_his_numbers(floor: CampaignFloor) -> None:
    floor.dials(selling(), lead("+331"), lead("+332", customer="mia"))
    caller = floor.caller("+339").enters("sales")
    floor.wait(seconds=1)
    assert floor.lead("+331").state is LeadState.NEW
    mia = Customer(customer_id=CustomerId("mia"), numbers=("+339", "+331"))
    floor.world.tell(CustomerFound(call_id=caller.id, customer=mia))
    assert [floor.lead(one).because for one in ("+331", "+332")] == [WhyDone.RESPONDED] * 2


def test_who_is_put_through_and_answered_has_responded() -> None:
    floor = CampaignFloor(house(outside=("+33",)))
    floor.dials(selling(), lead("+331"))
    assert floor.caller("+331").is_put_through("+3399", answers=1) is None
    floor.wait(seconds=0.5)
    assert floor.lead("+331").state is LeadState.NEW
    floor.wait(seconds=3)
    assert floor.lead("+331").because == WhyDone.RESPONDED


def test_who_talks_because_one_campaign_called_him_has_not_responded_to_another(
    floor: CampaignFloor,
) -> None:
    other = CampaignId("summer")
    floor.ready("ana")
    floor.adopts_campaign(selling(other))
    floor.adds(lead("+331"), campaign_id=other)
    floor.dials(selling(), lead("+331"))
    floor.wait(seconds=60)
    assert floor.outcomes("+331") == [AttemptOutcome.CONNECTED]
    assert floor.lead("+331").because == WhyDone.REACHED
    assert floor.lead("+331", other).state is LeadState.NEW
    assert floor.asks_dialer(PartyResponded(party=Party(caller="+331"), how="wrote")) is None
    assert floor.lead("+331", other).because == WhyDone.RESPONDED


def test_nobody_is_followed_who_has_hung_up() -> None:
    floor = CampaignFloor()
    responses = Responses(floor.world.floor.tables)
    caller = floor.caller("+331").enters("sales")
    list(responses.of(r.output for r in floor.world.heard))  # type: ignore[misc]
    assert len(responses) == 1
    caller.hangs_up()
    list(responses.of(r.output for r in floor.world.heard))  # type: ignore[misc]
    assert len(responses) == 0


# -- time, documents, and what is not known -----------------------------------------------------


def test_what_falls_due_in_either_happens_in_the_order_of_time_however_late_the_shell_is() -> None:
    def said(*, late: bool) -> list[Output]:
        floor = CampaignFloor(house(wrap_up=seconds(400)))
        floor.person("+331").meets = lambda: Meets.BUSY
        floor.ready("ana")
        floor.dials(selling(), lead("+331", priority=60), lead("+332"))
        floor.wait(seconds=60)  # one is to be tried again in five minutes, Ana is free after that
        there, until = floor.world.floor, floor.until(600)
        out: list[Output] = []
        while not late and (due := there.next_deadline()) is not None and due <= until:
            out += there.advance(due)
        return [*out, *there.advance(until)]

    on_time = said(late=False)
    assert said(late=True) == on_time
    moved = next(one for one in on_time if isinstance(one, LeadStateChanged))
    free = next(one for one in on_time if isinstance(one, AgentStateChanged))
    placed = next(one for one in on_time if isinstance(one, PlaceLine))
    assert (moved.standing.state, free.now, placed.number) == (LeadState.DUE, AgentState.READY, "+331")
    assert on_time.index(moved) < on_time.index(free) < on_time.index(placed)


def test_campaigns_that_cannot_be_read_are_refused(floor: CampaignFloor) -> None:
    refused = floor.asks_dialer(AdoptCampaign(campaign_id=SPRING, version=1, document="{"))
    assert refused is not None
    assert refused.startswith("spring: its rules cannot be read: ")
    wrong = floor.asks_dialer(
        AdoptCampaign(campaign_id=CampaignId("summer"), version=1, document=to_json(selling()))
    )
    assert wrong == "summer: these are the rules of spring"
    assert floor.world.floor.campaigns.campaigns == {}


def test_late_news_of_a_line_that_is_gone_brings_nobody_back(floor: CampaignFloor) -> None:
    floor.dials(reminding(), lead("+331"))
    floor.wait(seconds=1)
    (attempt,) = floor.attempts("+331")
    floor.world.tell(LineGone(attempt_id=attempt))
    assert floor.outcomes("+331") == [AttemptOutcome.LOST]
    floor.world.tell(LineJudged(attempt_id=attempt, party=Judged.PERSON))
    assert floor.events(CallStarted) == []
    assert len(floor.events(AttemptEnded)) == 1


def test_a_line_that_rings_is_no_call_whatever_its_channel_looks_like(floor: CampaignFloor) -> None:
    floor.person("+331").meets = lambda: Meets.SILENCE
    floor.dials(reminding(), lead("+331"))
    floor.wait(seconds=1)
    (attempt,) = floor.attempts("+331")
    floor.world.tell(CallArrived(call_id=CallId(attempt), caller="+331", dialled="s"))
    assert floor.world.floor.tables.calls == {}
    floor.runs_dry()
    assert floor.events(CallStarted) == []


def test_no_line_is_placed_while_nobody_can_be_told(floor: CampaignFloor) -> None:
    floor.world.cut_link()
    floor.ready("ana")
    floor.dials(reminding(), lead("+331"))
    assert floor.events(AttemptPlaced) == []
    floor.wait(seconds=10)
    floor.world.mend_link()
    assert len(floor.events(AttemptPlaced)) == 1
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_every_move_of_a_lead_is_told_once(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(selling(), lead("+331"))
    floor.runs_dry()
    moves = [(e.was, e.standing.state) for e in floor.events(LeadStateChanged)]
    assert moves == [(LeadState.NEW, LeadState.IN_PROGRESS), (LeadState.IN_PROGRESS, LeadState.DONE)]
    assert floor.events(AttemptEnded)[0].agent_id == AgentId("ana")
    assert [o.agent_id for o in floor.events(RingAgent)] == ["ana"]
