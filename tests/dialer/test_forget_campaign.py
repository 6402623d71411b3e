"""A campaign that is removed: nothing of it is left, and nothing of it goes on."""

from acd.customer import Party
from dialer.attempt import AttemptOutcome
from dialer.attempt import Party as Who
from dialer.commands import DisposeLead, ForgetCampaign, PartyResponded, StopCampaign
from dialer.events import CampaignStateChanged
from dialer.ids import CampaignId
from dialer.lead import LeadState
from tests.dialer.house import DAY, HOUR, NOON, C, House, agentless, lead


def test_what_runs_or_has_somebody_on_the_line_is_not_forgotten() -> None:
    house = House(agentless())
    house.add(lead("mia"), lead("tom"))
    house.start()
    assert house.refusal(ForgetCampaign(campaign_id=C)) == "c: it is running; stop it first"
    house.answers("mia", Who.PERSON)
    house.says(StopCampaign(campaign_id=C))
    assert "leads are called or talked with" in house.refusal(ForgetCampaign(campaign_id=C))
    house.hangs_up("mia")
    house.hangs_up("tom")
    house.says(ForgetCampaign(campaign_id=C))
    assert C not in house.dialer.tables.campaigns


def test_nobody_finds_its_leads_any_more_and_no_moment_comes_for_them() -> None:
    house = House(agentless(), agentless(CampaignId("d")))
    house.add(lead("mia", not_after=NOON + 3 * DAY), lead("tom"), lead("eva", not_before=NOON + HOUR))
    house.add(lead("mia"), campaign_id=CampaignId("d"))
    house.start()
    attempt = house.line("tom")
    house.fails("tom", AttemptOutcome.BUSY)
    house.says(StopCampaign(campaign_id=C))
    house.hangs_up("mia")
    house.says(ForgetCampaign(campaign_id=C))
    tables = house.dialer.tables
    assert tables.leads_in_all == 1
    assert len(tables.timers) == 0
    assert [*tables.by_number] == ["+331mia"]
    assert house.refusal(DisposeLead(attempt_id=attempt, disposition="sale"))
    house.says(PartyResponded(party=Party(caller="+331tom"), how="paid"))
    house.wait(10 * DAY)
    assert house.stands("mia", CampaignId("d")) is LeadState.NEW


def test_one_of_its_name_begins_anew() -> None:
    house = House(agentless())
    house.add(lead("mia"))
    house.says(ForgetCampaign(campaign_id=C))
    told = house.dialer.adopt(agentless(), 2, house.at, house.floor)
    assert [one for one in told if isinstance(one, CampaignStateChanged)] == []
    assert house.campaign().leads == {}
    assert house.refusal(ForgetCampaign(campaign_id=CampaignId("x"))) == "x: no such campaign"
