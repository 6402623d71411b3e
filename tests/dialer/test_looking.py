"""Who is only looked at stands where he stood: he rests as long as he was to rest."""

import pytest

from acd.ids import AgentId
from acd.instant import Instant, after, seconds
from dialer.campaign import Mode
from dialer.commands import SkipLead, TakeLead
from dialer.ids import LeadId
from dialer.lead import LeadState
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
