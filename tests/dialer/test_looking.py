"""Who is only looked at stands where he stood: he rests as long as he was to rest."""

import pytest

from acd.ids import AgentId, QueueId
from acd.instant import Instant, after, seconds
from dialer.campaign import Blend, Mode
from dialer.commands import AcceptLead, DialByHand, SkipLead, TakeLead
from dialer.ids import LeadId
from dialer.lead import LeadState
from dialer.messages import CallForAgent
from tests.dialer.house import DAY, NOON, C, House, lead, progressive

ZOE = AgentId("zoe")
TOMORROW = Instant(NOON + DAY)


def looked_at() -> House:
    """Zoe looks at Ann, who is not to be called before tomorrow."""
    house = House(progressive(mode=Mode.PREVIEW))
    house.idle("zoe")
    house.add(lead("ann", not_before=TOMORROW))
    house.start()
    assert house.stands("ann") is LeadState.RESTING
    house.says(TakeLead(campaign_id=C, agent_id=ZOE, lead_id=LeadId("ann")))
    assert house.stands("ann") is LeadState.PREVIEWED
    assert house.lead("ann").standing.next_at == TOMORROW  # also over a restart
    return house


@pytest.mark.parametrize("skips", [True, False])
def test_who_rested_and_was_only_looked_at_rests_on(skips: bool) -> None:
    house = looked_at()
    if skips:
        house.says(SkipLead(agent_id=ZOE, because=""))
    else:
        house.wait(house.campaign().rules.preview_for)
    assert house.stands("ann") is LeadState.RESTING
    assert house.lead("ann").next_at == TOMORROW


def test_a_promise_is_kept_at_its_hour_though_somebody_looked_before() -> None:
    house = looked_at()
    house.lead("ann").promised = True
    house.lead("ann").agent_id = ZOE
    house.says(SkipLead(agent_id=ZOE, because="not mine"))
    assert (house.stands("ann"), house.lead("ann").next_at) == (LeadState.RESTING, TOMORROW)
    assert house.lead("ann").agent_id is None
    house.wait(seconds(60))
    assert house.lead("ann").next_at == after(NOON, DAY)


INBOUND = Blend(queues=(QueueId("care"),))


def agents_called(house: House) -> list[str]:
    """Whose own phones were to ring, in order."""
    return [str(one.agent_id) for one in house.told if isinstance(one, CallForAgent)]


def test_who_looked_before_inbound_came_first_does_not_call_before_it_is_over() -> None:
    house = House(progressive(mode=Mode.PREVIEW, blend=INBOUND))
    house.idle("zoe")
    house.add(lead("ann"))
    house.start()
    house.says(TakeLead(campaign_id=C, agent_id=ZOE))
    house.floor.level = 0.5
    assert house.refusal(AcceptLead(agent_id=ZOE)) == "c: inbound comes first now"
    assert (house.stands("ann"), agents_called(house)) == (LeadState.PREVIEWED, [])  # he may look on
    house.floor.level = 0.9
    house.says(AcceptLead(agent_id=ZOE))
    assert agents_called(house) == ["zoe"]


def test_nobody_dials_by_hand_for_a_campaign_while_inbound_comes_first() -> None:
    house = House(progressive(mode=Mode.MANUAL, blend=INBOUND))
    house.idle("zoe")
    house.start()
    house.floor.level = 0.5
    dial = DialByHand(campaign_id=C, agent_id=ZOE, number="+33199")
    assert house.refusal(dial) == "c: inbound comes first now"
    house.wait(seconds(900))  # nobody has called in for long
    house.says(dial)
    assert agents_called(house) == ["zoe"]


@pytest.mark.parametrize(("promised", "called"), [(False, []), (True, ["zoe"])])
def test_who_is_called_by_one_agent_alone_waits_for_inbound_but_a_promise_does_not(
    promised: bool, called: list[str]
) -> None:
    house = House(progressive(blend=INBOUND))
    house.floor.level = 0.5
    house.add(lead("ann", agent_id=ZOE))
    house.start()
    house.lead("ann").promised = promised
    house.idle("zoe")
    house.witnesses()
    assert agents_called(house) == called
    house.floor.level = 0.9
    house.witnesses()
    assert agents_called(house) == ["zoe"]
