"""When somebody should look: told once when it begins, and once when it is over."""

from acd.call_events import CallConnected
from acd.ids import AgentId, CallId
from acd.instant import Span, seconds
from dialer.attempt import AttemptOutcome
from dialer.budget import Allowance
from dialer.campaign import AlarmRules
from dialer.commands import PauseCampaign
from dialer.events import AlarmChanged
from dialer.ids import CampaignId
from dialer.invariants import broken
from tests.dialer.house import SALES, C, House, agentless, lead, progressive

HUNDRED = (Allowance(share=0.03, window=seconds(86_400), least=100),)


def alarms(house: House) -> list[tuple[str, bool]]:
    return [(one.kind, one.on) for one in house.told if isinstance(one, AlarmChanged)]


def abandon(house: House, calls: int) -> None:
    for _ in range(calls):
        house.campaign().ledger.answered(C, house.at, abandoned=True)
    house.witnesses()


def test_a_budget_that_runs_low_and_one_that_is_spent() -> None:
    house = House(progressive(allowances=HUNDRED))
    house.add(lead("ann"))
    house.start()
    abandon(house, 2)
    assert alarms(house) == []
    abandon(house, 1)  # of three that may be
    assert alarms(house) == [("budget", True)]
    abandon(house, 1)
    assert alarms(house) == [("budget", True), ("budget_spent", True), ("budget", False)]
    house.says(PauseCampaign(campaign_id=C))
    assert alarms(house)[3:] == [("budget_spent", False)]


def test_few_who_answer() -> None:
    house = House(agentless(alarms=AlarmRules(answer_rate_below=0.2), most_lines=1))
    house.add(*(lead(f"l{n:02d}") for n in range(60)))
    house.start()
    for n in range(49):
        house.fails(f"l{n:02d}", AttemptOutcome.REJECTED)
    assert alarms(house) == []
    house.fails("l49", AttemptOutcome.REJECTED)
    assert alarms(house) == [("answer_rate", True)]


def test_leads_that_are_nearly_all_done() -> None:
    house = House(agentless(alarms=AlarmRules(leads_left=2)))
    house.add(lead("ann"), lead("bob"))
    house.start()
    assert alarms(house) == []
    house.fails("ann", AttemptOutcome.INVALID)
    assert alarms(house) == [("leads", True)]
    house.fails("bob", AttemptOutcome.INVALID)  # that was the campaign
    assert alarms(house) == [("leads", True), ("leads", False)]


def test_agents_who_wait_while_nobody_is_connected() -> None:
    house = House(progressive(most_lines=1))
    house.add(lead("ann"), lead("bob"))
    house.idle("zoe")
    house.start()
    house.wait(seconds(119))
    assert alarms(house) == []
    house.wait(seconds(1))
    assert alarms(house) == [("agents_waiting", True)]
    call = CallId(house.line("ann"))
    house.answers("ann")
    house.witnesses(CallConnected(call_id=call, agent_id=AgentId("zoe"), queue_id=SALES, waited=Span(0)))
    assert alarms(house) == [("agents_waiting", True), ("agents_waiting", False)]


def test_no_step_looks_at_campaigns_that_do_not_run() -> None:
    names = [CampaignId(f"c{n}") for n in range(5)]
    house = House(*(agentless(name) for name in names))
    house.add(lead("ann"), campaign_id=names[3])
    house.start(names[3])
    assert [*house.dialer.tables.awake] == [names[3]]
    house.says(PauseCampaign(campaign_id=names[3], by="zoe"))
    assert broken(house.dialer.tables) == []
    assert [*house.dialer.tables.awake] == []
    house.start(names[3])
    assert [*house.dialer.tables.awake] == [names[3]]
