"""Calls that begin with an agent, on the real floor: looked at first, dialled by hand, promised."""

from typing import Any

import pytest

from acd.agent import AgentState
from acd.call_events import CallConnected, UnansweredOpened
from acd.ids import AgentId, QueueId
from acd.instant import seconds
from acd.orders import CancelDial, DialCustomer
from acd.rules import Rules
from dialer.attempt import AttemptOutcome
from dialer.campaign import Blend, CampaignRules, Disposition, Mode
from dialer.commands import AcceptLead, DialByHand, DisposeLead, RemoveLead, SkipLead, StopCampaign, TakeLead
from dialer.events import AttemptPlaced, AttemptRefused, CallPromised, PreviewBegun, PreviewEnded
from dialer.ids import LeadId
from dialer.lead import LeadState, WhyDone
from dialer.orders import PlaceLine
from tests.campaign_floor import SPRING, CampaignFloor, house, lead, selling

ANN, BOB, CID = "+33601", "+33602", "+33603"
LATER = Disposition(name="later", calls_back=True)
SALE = Disposition(name="sale", success=True)


def france(**more: Any) -> Rules:
    return house(outside=("+33",), **more)


def looking(**more: Any) -> CampaignRules:
    """Agents see whom they call, first."""
    return selling(mode=Mode.PREVIEW, **more)


@pytest.fixture
def floor() -> CampaignFloor:
    return CampaignFloor(france())


def takes(floor: CampaignFloor, agent: str = "ana", number: str | None = None) -> str | None:
    lead_id = None if number is None else LeadId(number)
    return floor.asks(TakeLead(campaign_id=SPRING, agent_id=AgentId(agent), lead_id=lead_id))


def accepts(floor: CampaignFloor, agent: str = "ana") -> str | None:
    return floor.asks(AcceptLead(agent_id=AgentId(agent)))


def skips(floor: CampaignFloor, agent: str = "ana", **more: Any) -> str | None:
    return floor.asks(SkipLead(agent_id=AgentId(agent), **more))


def dials(floor: CampaignFloor, number: str, agent: str = "ana", of: str | None = None) -> str | None:
    lead_id = None if of is None else LeadId(of)
    return floor.asks(DialByHand(campaign_id=SPRING, agent_id=AgentId(agent), number=number, lead_id=lead_id))


def who_talked(floor: CampaignFloor) -> list[tuple[str, str]]:
    placed = {e.attempt_id: e.number for e in floor.events(AttemptPlaced)}
    return [(placed[e.call_id], e.agent_id) for e in floor.events(CallConnected)]  # type: ignore[index]


def promises(floor: CampaignFloor, secs: float, agent: str | None = "ana") -> None:
    """Ann, who talks, wants to be called again."""
    own = None if agent is None else AgentId(agent)
    said = DisposeLead(
        attempt_id=floor.attempts(ANN)[-1],
        disposition="later",
        call_back_at=floor.until(secs),
        own_agent=own,
    )
    assert floor.asks(said) is None


# -- preview ----------------------------------------------------------------------------------------


def test_nobody_is_called_before_an_agent_has_looked_and_accepted(floor: CampaignFloor) -> None:
    floor.ready("ben", "ana")
    floor.dials(looking(), lead(ANN), lead(BOB))
    floor.customer(ANN).talks_for(30)
    floor.wait(seconds=120)
    assert floor.events(AttemptPlaced) == []
    assert takes(floor) is None
    assert floor.lead(ANN).state is LeadState.PREVIEWED
    assert accepts(floor) is None
    floor.wait(seconds=20)
    assert who_talked(floor) == [(ANN, "ana")]  # though Ben has been idle for longer
    floor.wait(seconds=60)
    assert floor.outcomes(ANN) == [AttemptOutcome.CONNECTED]
    assert floor.lead(ANN).because == WhyDone.REACHED
    assert floor.lead(BOB).state is LeadState.NEW
    assert [(e.agent_id, e.accepted) for e in floor.events(PreviewEnded)] == [("ana", True)]
    assert floor.everyone_ended_somewhere()


def test_two_agents_look_at_two_leads(floor: CampaignFloor) -> None:
    floor.ready("ana", "ben")
    floor.dials(looking(), lead(ANN), lead(BOB))
    assert takes(floor) is None
    assert takes(floor) == f"ana looks at {ANN} already"
    assert takes(floor, "ben", ANN) == f"somebody is busy with {ANN} (previewed)"
    assert takes(floor, "ben") is None
    assert [e.lead_id for e in floor.events(PreviewBegun)] == [ANN, BOB]


def test_who_is_skipped_comes_back_later_and_is_done_when_nobody_wants_him(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(looking(skips=2), lead(ANN))
    assert takes(floor) is None
    assert skips(floor, because="knows her") is None
    assert takes(floor) == "spring: no lead is due now"
    floor.wait(seconds=301)
    assert takes(floor) is None
    assert skips(floor, again_at=floor.until(-1)) == "that moment is over"
    assert skips(floor) is None
    assert floor.lead(ANN).because == WhyDone.SKIPPED
    assert floor.events(AttemptPlaced) == []


def test_who_is_looked_at_for_too_long_is_given_to_others(floor: CampaignFloor) -> None:
    floor.ready("ana", "ben")
    floor.dials(looking(preview_for=seconds(60)), lead(ANN))
    assert takes(floor) is None
    floor.wait(seconds=61)
    assert accepts(floor) == "ana looks at nobody"
    assert takes(floor, "ben") is None
    assert floor.lead(ANN).skipped == 0


def test_who_calls_in_goes_first_and_the_lead_is_back_in_line(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(looking(), lead(ANN))
    assert takes(floor) is None
    caller = floor.caller("+3312")
    caller.enters("sales")
    floor.wait(seconds=5)
    assert floor.agent_state("ana") is AgentState.TALKING
    assert [e.because for e in floor.events(PreviewEnded)] == ["agent_busy"]
    assert floor.lead(ANN).state is LeadState.NEW
    assert accepts(floor) == "ana looks at nobody"
    assert takes(floor) == "ana is not ready"


def test_an_agent_who_does_not_answer_his_own_phone_has_dialled_nobody(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.agent("ana").rejects()
    floor.dials(looking(), lead(ANN))
    assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=60)
    assert floor.events(DialCustomer) == []
    assert [e.why for e in floor.events(AttemptRefused)] == ["agent_not_there"]
    assert (floor.lead(ANN).attempts, floor.lead(ANN).state) == (0, LeadState.DUE)
    assert floor.events(UnansweredOpened) == []


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [("is_busy", AttemptOutcome.BUSY), ("lets_it_ring", AttemptOutcome.NO_ANSWER)],
)
def test_what_came_of_it_is_the_attempts_outcome(
    floor: CampaignFloor, happens: str, outcome: AttemptOutcome
) -> None:
    floor.ready("ana")
    floor.dials(looking(), lead(ANN))
    getattr(floor.customer(ANN), happens)()
    assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=60)
    assert floor.outcomes(ANN) == [outcome]
    assert (floor.lead(ANN).attempts, floor.lead(ANN).state) == (1, LeadState.RESTING)
    assert floor.events(UnansweredOpened) == []
    assert floor.agent_state("ana") is AgentState.READY


def test_what_the_gate_does_not_let_out_was_no_attempt(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(looking(), lead(ANN))
    floor.world.barred[ANN] = None
    assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=20)
    assert floor.outcomes(ANN) == []
    assert floor.lead(ANN).attempts == 0
    assert floor.agent_state("ana") is AgentState.READY


@pytest.mark.parametrize("by", ["removed", "stopped"])
def test_who_is_taken_off_while_the_agents_phone_rings_is_not_dialled(floor: CampaignFloor, by: str) -> None:
    floor.ready("ana")
    floor.agent("ana").answers_after(8)
    floor.dials(looking(), lead(ANN))
    assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=2)
    if by == "removed":
        assert floor.asks(RemoveLead(campaign_id=SPRING, lead_id=LeadId(ANN), because="moved")) is None
    else:
        assert floor.asks(StopCampaign(campaign_id=SPRING)) is None
    floor.wait(seconds=60)
    assert floor.events(DialCustomer) == []
    assert floor.lead(ANN).state is (LeadState.DONE if by == "removed" else LeadState.NEW)
    assert floor.agent_state("ana") is AgentState.READY
    assert floor.everyone_ended_somewhere()


def test_whom_an_agent_calls_when_his_campaign_stops_is_rung_as_long_as_the_law_asks(
    floor: CampaignFloor,
) -> None:
    floor.ready("ana")
    floor.agent("ana").answers_after(8)
    floor.customer(ANN).lets_it_ring()
    floor.dials(looking(ring_for=seconds(60)), lead(ANN))
    assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=12)
    assert len(floor.events(DialCustomer)) == 1
    assert floor.asks(StopCampaign(campaign_id=SPRING)) is None
    floor.wait(seconds=15)  # 27 after the order, 19 after she was dialled
    assert (floor.outcomes(ANN), floor.events(CancelDial)) == ([], [])
    floor.wait(seconds=3)
    assert floor.outcomes(ANN) == [AttemptOutcome.CANCELLED]
    floor.wait(seconds=60)
    assert floor.agent_state("ana") is AgentState.READY
    assert floor.everyone_ended_somewhere()


def test_a_campaign_that_stops_ends_all_looks(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(looking(), lead(ANN))
    assert takes(floor) is None
    assert floor.asks(StopCampaign(campaign_id=SPRING)) is None
    assert [e.because for e in floor.events(PreviewEnded)] == ["campaign_halted"]
    assert takes(floor) == "spring is stopped"
    assert floor.lead(ANN).state is LeadState.NEW


def test_an_agent_on_whom_a_ringing_line_counts_begins_no_call_of_his_own() -> None:
    floor = CampaignFloor(france())
    floor.ready("ana")
    floor.dials(selling(), lead(ANN))
    floor.wait(seconds=0.5)
    assert dials(floor, BOB) == "whoever answers now may need ana: nobody else is free"
    floor.ready("ben")
    assert dials(floor, BOB) is None


# -- by hand ------------------------------------------------------------------------------------------


def test_an_agent_dials_a_number_by_hand(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(selling(mode=Mode.MANUAL))
    floor.customer(CID).talks_for(20)
    assert dials(floor, "33 6") == "'33 6' is no number"
    assert dials(floor, CID, "zoe") == "zoe is not ready"
    assert dials(floor, CID) is None
    assert dials(floor, BOB) == "ana is not ready"
    floor.wait(seconds=60)
    assert who_talked(floor) == [(CID, "ana")]
    assert floor.outcomes(CID) == [AttemptOutcome.CONNECTED]
    assert floor.events(PlaceLine) == []
    assert floor.everyone_ended_somewhere()


def test_who_is_kept_ready_for_inbound_is_told_so(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(looking(blend=Blend(queues=(QueueId("sales"),), keep_ready=1)), lead(ANN))
    assert takes(floor) is None
    assert accepts(floor) == "spring keeps 1 ready for who calls in: nobody else is free"
    floor.ready("ben")
    assert accepts(floor) is None


def test_who_is_dialled_by_hand_and_is_on_the_list_is_that_lead(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(selling(mode=Mode.MANUAL, dispositions=(SALE,)), lead(ANN))
    floor.customer(ANN).talks_for(20)
    assert dials(floor, ANN, of="nobody") == "spring: no lead nobody"
    assert dials(floor, ANN) is None
    floor.wait(seconds=40)
    assert floor.lead(ANN).state is LeadState.TO_DISPOSE
    said = DisposeLead(attempt_id=floor.attempts(ANN)[0], disposition="sale", by="ana")
    assert floor.asks(said) is None
    assert floor.lead(ANN).because == WhyDone.REACHED
    assert dials(floor, ANN) is not None


def test_another_number_of_his_may_be_dialled_for_a_lead(floor: CampaignFloor) -> None:
    floor.ready("ana")
    floor.dials(looking(), lead(ANN), lead(BOB))
    floor.customer(CID).talks_for(20)
    assert takes(floor) is None
    assert dials(floor, CID, of=ANN) is None
    floor.wait(seconds=60)
    assert floor.lead(ANN).because == WhyDone.REACHED
    assert floor.events(PreviewEnded)[-1].accepted


# -- promised ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.PREVIEW, Mode.PROGRESSIVE])
def test_who_was_promised_a_call_is_called_by_the_agent_who_promised_it(mode: Mode) -> None:
    floor = CampaignFloor(france())
    floor.ready("ana")
    floor.dials(selling(mode=mode, dispositions=(LATER,)), lead(ANN))
    floor.customer(ANN).talks_for(20)
    if mode is Mode.PREVIEW:
        assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=15)
    floor.ready("ben")
    promises(floor, 3600)
    floor.wait(seconds=3590)
    reminders = [e for e in floor.events(CallPromised) if e.reminder]
    assert [(e.agent_id, e.lead_id) for e in reminders] == [("ana", ANN)]
    floor.wait(seconds=60)
    assert who_talked(floor) == [(ANN, "ana"), (ANN, "ana")]
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize("mode", [Mode.PREVIEW, Mode.PROGRESSIVE])
def test_when_he_is_not_there_in_time_anybody_keeps_his_promise(mode: Mode) -> None:
    floor = CampaignFloor(france())
    floor.ready("ana")
    floor.dials(selling(mode=mode, dispositions=(LATER,), promised_late=seconds(600)), lead(ANN))
    floor.customer(ANN).talks_for(20)
    if mode is Mode.PREVIEW:
        assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=15)
    promises(floor, 3600)
    floor.wait(seconds=60)
    floor.agent("ana").sets_not_ready()
    floor.ready("ben")
    floor.wait(seconds=3600)
    assert len(who_talked(floor)) == 1
    floor.wait(seconds=700)
    assert who_talked(floor)[-1] == (ANN, "ben")


def test_a_promise_whose_agent_does_not_answer_is_tried_again_and_then_by_others() -> None:
    floor = CampaignFloor(france())
    floor.ready("ana")
    floor.dials(looking(dispositions=(LATER,), promised_late=seconds(600)), lead(ANN))
    floor.customer(ANN).talks_for(20)
    assert (takes(floor), accepts(floor)) == (None, None)
    floor.wait(seconds=15)
    promises(floor, 3600)
    floor.wait(seconds=60)
    floor.agent("ana").rejects()
    floor.wait(seconds=3600)
    floor.ready("ben")
    floor.wait(seconds=700)
    assert who_talked(floor)[-1] == (ANN, "ben")


def test_whom_only_one_agent_calls_nobody_else_calls() -> None:
    floor = CampaignFloor(france())
    floor.ready("ben")
    hers = lead(ANN)
    hers = type(hers)(
        lead_id=hers.lead_id, list_id=hers.list_id, numbers=hers.numbers, agent_id=AgentId("ana")
    )
    floor.dials(selling(), hers)
    floor.customer(ANN).talks_for(20)
    floor.wait(seconds=60)
    assert floor.events(AttemptPlaced) == []
    floor.ready("ana")
    floor.wait(seconds=20)
    assert who_talked(floor) == [(ANN, "ana")]


def test_what_makes_no_sense_is_refused(floor: CampaignFloor) -> None:
    floor.dials(selling(), lead(ANN))
    assert takes(floor) == "spring is progressive: agents do not choose its leads"
    assert accepts(floor) == "ana looks at nobody"
    assert skips(floor) == "ana looks at nobody"
    assert dials(floor, BOB) == "ana is not ready"
    assert floor.asks(TakeLead(campaign_id=SPRING, agent_id=AgentId("ana"))) is not None
    assert QueueId("sales") in floor.world.floor.tables.rules.queues
