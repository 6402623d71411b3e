"""Something is said of a lead while an agent looks at him: nobody looks at who is dealt with already."""

import pytest

from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded
from acd.events import Refused
from acd.ids import AgentId, CallId
from acd.instant import Span, seconds
from dialer.campaign import Disposition, Mode
from dialer.commands import AcceptLead, DisposeLead, SkipLead, StartCampaign, TakeLead
from dialer.events import PreviewEnded
from dialer.ids import AttemptId, LeadId
from dialer.invariants import broken
from dialer.lead import LeadState, WhyDone
from dialer.signals import OptedOut
from tests.dialer.house import HOUR, SALES, C, House, lead, progressive

ZOE = AgentId("zoe")
SAID = (Disposition(name="sold", success=True), Disposition(name="later", retry_after=HOUR))


def looks_again() -> tuple[House, AttemptId]:
    """Zoe has talked with Ann, who is to be called later, and looks at her once more."""
    house = House(progressive(dispositions=SAID, mode=Mode.PREVIEW))
    house.idle("zoe")
    house.add(lead("ann"), lead("ben"))
    house.start()
    house.says(TakeLead(campaign_id=C, agent_id=ZOE, lead_id=LeadId("ann")))
    house.says(AcceptLead(agent_id=ZOE))
    attempt = house.line("ann")
    house.idle()
    call = CallId(attempt)
    house.witnesses(CallConnected(call_id=call, agent_id=ZOE, queue_id=SALES, waited=Span(0)))
    house.witnesses(
        CallEnded(call_id=call, queue_id=SALES, agent_id=ZOE, outcome=Outcome.ANSWERED, talked=seconds(60))
    )
    house.says(DisposeLead(attempt_id=attempt, disposition="later", by="zoe"))
    house.idle("zoe")
    house.says(TakeLead(campaign_id=C, agent_id=ZOE, lead_id=LeadId("ann")))
    assert house.stands("ann") is LeadState.PREVIEWED
    return house, attempt


@pytest.mark.parametrize("meant", ["sold", "later"])
def test_who_is_disposed_of_once_more_is_not_looked_at_any_longer(meant: str) -> None:
    house, attempt = looks_again()
    told = house.says(DisposeLead(attempt_id=attempt, disposition=meant, by="boss"))
    assert [(one.agent_id, one.accepted) for one in told if isinstance(one, PreviewEnded)] == [(ZOE, False)]
    assert house.refusal(AcceptLead(agent_id=ZOE)) == "zoe looks at nobody"
    assert house.refusal(SkipLead(agent_id=ZOE, because="")) == "zoe looks at nobody"
    assert house.stands("ann") is (LeadState.DONE if meant == "sold" else LeadState.RESTING)
    assert not any(isinstance(one, Refused) for one in house.says(TakeLead(campaign_id=C, agent_id=ZOE)))
    assert house.stands("ben") is LeadState.PREVIEWED  # she may look at somebody else
    assert broken(house.dialer.tables) == []


def test_who_opts_out_late_is_not_dialled_by_who_looks_at_him() -> None:
    house, attempt = looks_again()
    house.says(OptedOut(attempt_id=attempt))
    assert house.refusal(AcceptLead(agent_id=ZOE)) == "zoe looks at nobody"
    assert house.lead("ann").because == WhyDone.OPTED_OUT
    house.says(StartCampaign(campaign_id=C, trial=5))
    assert house.dialled() == []
    assert broken(house.dialer.tables) == []
