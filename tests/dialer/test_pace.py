"""How many lines are placed, for whom, and why not more."""

from acd.ids import AgentId, QueueId
from acd.instant import Span, seconds
from dialer.attempt import AttemptOutcome
from dialer.budget import Allowance
from dialer.campaign import Blend, CampaignRules, MachineRules, MachineThen, Mode
from dialer.events import LinesDecided
from dialer.floor_view import AgentsSeen
from dialer.ids import CampaignId
from dialer.ledger import Ledger
from dialer.pace import budget_of
from dialer.signals import LineAnswered, LineGone
from tests.dialer.house import DAY, SALES, C, House, agentless, lead, progressive

OTHER = CampaignId("other")
CARE = QueueId("care")


def predictive(campaign_id: CampaignId = C, **more: object) -> CampaignRules:
    """As many lines as the budget can pay for."""
    return progressive(campaign_id, **{"mode": Mode.PREDICTIVE, **more})


def house_with(rules: CampaignRules, leads: int = 200, idle: int = 1) -> House:
    house = House(rules)
    house.add(*(lead(f"l{n:03d}") for n in range(leads)), campaign_id=rules.campaign_id)
    house.idle(*(f"a{n}" for n in range(idle)))
    return house


def live(house: House, answers: int, abandoned: int = 0) -> None:
    """So much stands in the ledger already."""
    campaign = house.campaign()
    for n in range(answers):
        campaign.ledger.answered(C, house.at, abandoned=n < abandoned)


def decided(house: House) -> list[tuple[int, str]]:
    """Everything that was decided, with what is told when next anything happens."""
    house.witnesses()
    return [(one.lines, one.because) for one in house.told if isinstance(one, LinesDecided)]


def test_one_line_for_each_free_agent_and_the_reason_for_none_is_told_once() -> None:
    house = house_with(progressive(), idle=2)
    house.start()
    assert decided(house) == [(2, "agents_free"), (0, "no_agents")]
    house.rings("l000")
    house.rings("l001")
    assert len(decided(house)) == 2


def test_predictive_places_more_lines_than_agents_are_free_once_it_can_pay_for_them() -> None:
    house = house_with(predictive(), idle=5)
    house.start()
    assert house.dialled() == [f"l00{n}" for n in range(5)]  # nothing may be risked yet
    assert decided(house)[-1] == (0, "risk")
    rich = house_with(predictive(), idle=5)
    live(rich, 1_000)
    for _ in range(200):
        rich.campaign().estimates.line_failed("l", 12, seconds(20))
    rich.start()
    assert 8 <= len(rich.dialled()) <= 15
    assert decided(rich)[0][1] == "predicted"


def test_the_bounds_of_a_campaign_hold_however_rich_it_is() -> None:
    for more, most in (({"most_lines": 7}, 7), ({"most_lines_per_agent": 1.5}, 7)):
        house = house_with(predictive(**more), idle=5)
        live(house, 1_000)
        for _ in range(200):
            house.campaign().estimates.line_failed("l", 12, seconds(20))
        house.start()
        assert len(house.dialled()) == most
        assert decided(house)[-1] == (0, "lines_full")


def test_nothing_is_dialled_when_the_budget_is_spent_until_calls_leave_the_window() -> None:
    day = Allowance(share=0.03, window=seconds(86_400), least=100)
    for rules in (progressive(allowances=(day,)), predictive(allowances=(day,))):
        house = house_with(rules)
        live(house, 4, abandoned=4)
        house.start()
        assert house.dialled() == []
        assert decided(house) == [(0, "budget_spent")]
        house.wait(seconds(86_400 - 900))
        assert house.dialled() == []
        house.wait(seconds(3 * 900))
        assert house.dialled() != []


def test_persons_whom_detection_takes_for_machines_are_paid_for() -> None:
    for then, hidden in ((MachineThen.HANG_UP, 21), (MachineThen.PASS_ON, 0)):
        house = house_with(predictive(machine=MachineRules(then=then)))
        live(house, 1_000, abandoned=5)
        budget = budget_of(house.campaign(), house.at)
        assert (budget.live, budget.abandoned) == (1_000 + hidden, 5 + hidden)


def test_a_campaign_without_an_allowance_may_abandon_nobody() -> None:
    house = house_with(predictive(allowances=()), idle=3)
    house.start()
    assert len(house.dialled()) == 3
    assert decided(house)[-1] == (0, "risk")


def test_people_who_wait_are_served_before_anybody_else_is_dialled() -> None:
    house = house_with(progressive(), idle=0)
    house.floor.seen[SALES] = AgentsSeen(idle=(AgentId("a"), AgentId("b")), waiting=1)
    house.start()
    assert len(house.dialled()) == 1


def test_who_answered_and_is_not_in_the_queue_yet_has_the_agent() -> None:
    house = house_with(progressive(), idle=1)
    house.start()
    house.answers("l000")
    assert house.dialled() == ["l000"]


def test_inbound_comes_first_while_it_is_worse_than_agreed() -> None:
    house = house_with(progressive(blend=Blend(queues=(CARE,))))
    house.floor.level = 0.79
    house.start()
    assert decided(house) == [(0, "inbound_first")]
    house.floor.level = 0.8
    house.witnesses()
    assert house.dialled() == ["l000"]


def test_what_was_bad_long_ago_keeps_nobody_from_working() -> None:
    house = house_with(progressive(blend=Blend(queues=(CARE,))))
    house.floor.level = 0.5
    house.start()
    assert house.dialled() == []
    house.wait(seconds(900))
    assert house.dialled() == ["l000"]


def test_some_agents_are_left_to_inbound() -> None:
    house = house_with(progressive(blend=Blend(queues=(CARE,), keep_ready=2)), idle=3)
    house.start()
    assert house.dialled() == ["l000"]


def test_nothing_is_dialled_while_the_link_is_down() -> None:
    house = house_with(progressive())
    house.floor.link_up = False
    house.start()
    assert decided(house) == [(0, "link_down")]
    house.floor.link_up = True
    house.witnesses()
    assert house.dialled() == ["l000"]


def test_a_flow_talks_on_as_many_lines_as_it_may() -> None:
    house = house_with(agentless(most_lines=3), idle=0)
    house.start()
    assert len(house.dialled()) == 3
    assert decided(house)[-1] == (0, "lines_full")
    house.fails("l001", AttemptOutcome.BUSY)
    assert len(house.dialled()) == 4


def two(one: int, other: int, mode: Mode = Mode.PROGRESSIVE) -> House:
    """Two campaigns of the same agents."""
    house = House(progressive(C, priority=one, mode=mode), progressive(OTHER, priority=other, mode=mode))
    for campaign_id in (C, OTHER):
        house.add(*(lead(f"{campaign_id}{n}") for n in range(100)), campaign_id=campaign_id)
    return house


def test_campaigns_of_the_same_agents_share_the_free_ones_by_priority() -> None:
    house = two(3, 1)
    house.start(C)
    house.start(OTHER)
    house.idle(*(f"a{n}" for n in range(8)))
    house.witnesses()
    placed = [name.rstrip("0123456789") for name in house.dialled()]
    assert (placed.count("c"), placed.count("other")) == (6, 2)


def test_a_campaign_has_all_agents_while_the_other_has_nobody_to_dial() -> None:
    house = two(3, 1)
    house.start(OTHER)
    house.idle(*(f"a{n}" for n in range(8)))
    house.witnesses()
    assert len(house.dialled()) == 8


def test_a_long_day_of_two_campaigns_and_one_agent_gives_each_its_share() -> None:
    house = two(3, 1)
    house.idle("a0")
    house.start(C)
    house.start(OTHER)
    for _ in range(80):
        (line,) = house.dialer.tables.lines.values()
        house.says(LineAnswered(attempt_id=line.attempt_id))
        house.says(LineGone(attempt_id=line.attempt_id))
    placed = [name.rstrip("0123456789") for name in house.dialled()]
    assert 18 <= placed.count("other") <= 23


def of_two_queues(**agents: str) -> House:
    """Two campaigns, each with a queue of its own; ``agents``: who takes its calls, capitals are idle."""
    house = House(progressive(C), progressive(OTHER, queue_id=CARE))
    for campaign_id, queue_id, who in ((C, SALES, agents["c"]), (OTHER, CARE, agents["other"])):
        house.add(*(lead(f"{campaign_id}{n}") for n in range(20)), campaign_id=campaign_id)
        house.floor.seen[queue_id] = AgentsSeen(
            idle=tuple(AgentId(one) for one in who if one.isupper()),
            talking=[seconds(60) for one in who if one.islower()],
            who=frozenset(AgentId(one) for one in who),
        )
    house.start(C)
    house.start(OTHER)
    return house


def rang(house: House) -> tuple[int, int]:
    placed = [name.rstrip("0123456789") for name in house.dialled()]
    return placed.count("c"), placed.count("other")


def test_who_is_free_for_two_queues_is_free_for_one_line_only() -> None:
    house = of_two_queues(c="ABCD", other="ABCD")
    assert sum(rang(house)) == 4
    house.witnesses()
    assert sum(rang(house)) == 4


def test_lines_of_others_take_first_who_is_only_theirs() -> None:
    assert rang(of_two_queues(c="Ab", other="bCdef")) == (1, 1)
    assert rang(of_two_queues(c="Ab", other="AbCd")) == (1, 1)


def test_campaigns_of_different_people_do_not_mind_each_other() -> None:
    assert rang(of_two_queues(c="ABc", other="XYZ")) == (2, 3)


def test_a_small_crew_is_not_kept_from_work_by_what_rings_for_a_large_one() -> None:
    house = of_two_queues(c="A", other="a" + "BCDEFGHIJK")
    assert rang(house) == (1, 10)


def test_an_old_ledger_counts_after_a_change_of_rules() -> None:
    house = house_with(predictive())
    live(house, 500, abandoned=10)
    house.dialer.adopt(predictive(allowances=(Allowance(share=0.01),)), 2, house.at, house.floor)
    budget = budget_of(house.campaign(), house.at)
    assert (budget.live, budget.abandoned) == (500, 10)
    assert isinstance(house.campaign().ledger, Ledger)


def test_what_was_abandoned_three_weeks_ago_counts_when_a_longer_window_comes_into_force() -> None:
    house = house_with(predictive(allowances=(Allowance(window=DAY),)))
    live(house, 500, abandoned=10)
    house.wait(Span(21 * DAY))
    live(house, 1)
    assert budget_of(house.campaign(), house.at).abandoned == 0
    house.dialer.adopt(predictive(allowances=(Allowance(),)), 2, house.at, house.floor)
    budget = budget_of(house.campaign(), house.at)
    assert (budget.live, budget.abandoned) == (501, 10)
