"""What an earlier run learnt is learnt again before anybody is dialled: rates, best hours, how long."""

import pytest

from acd.instant import Instant, seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignRules, CampaignState, Mode
from dialer.ids import LeadId
from dialer.lead import Lead, LeadNumber, LeadStanding
from dialer.ledger import BUCKET, LedgerRow
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LinesRecalled,
    RecalledLine,
    RememberedLead,
    WorkRecalled,
)
from tests.dialer.house import DAY, HOUR, NOON, C, House, L, agentless, progressive

ANN = Lead(
    lead_id=LeadId("ann"),
    list_id=L,
    numbers=(LeadNumber(number="+331ann", region="+33 1"),),
    zone="Europe/Paris",
)


def line(answered: bool, at: Instant, name: str = "ann") -> RecalledLine:
    return RecalledLine(
        list_id=L,
        lead_id=LeadId(name),
        number=f"+331{name}",
        placed_at=at,
        rang=seconds(6),
        answered=answered,
    )


def hour_of(hour: int, share: float, lines: int = 100) -> list[RecalledLine]:
    """An hour of yesterday in Greenwich, and the share who answered in it."""
    begin = Instant(NOON - DAY + (hour - 12) * HOUR)
    return [line(n % 10 < share * 10, Instant(begin + n * seconds(30))) for n in range(lines)]


def remembers(
    lines: list[RecalledLine], *, rules: CampaignRules | None = None, work: WorkRecalled | None = None
) -> House:
    house = House(rules or agentless())
    house.says(CampaignRemembered(campaign_id=C, state=CampaignState.RUNNING, trial_left=None, ledger=()))
    house.says(LeadsRemembered(campaign_id=C, leads=(RememberedLead(lead=ANN, standing=LeadStanding()),)))
    house.says(LinesRecalled(campaign_id=C, lines=tuple(lines)))
    if work is not None:
        house.says(work)
    assert house.dialled() == []
    house.says(LeadsAllRemembered(campaign_id=C, open_attempts=()))
    return house


def test_the_rate_is_believed_by_the_hour_where_he_is_and_by_his_region() -> None:
    house = remembers(hour_of(10, 0.1) + hour_of(16, 0.6))
    estimates = house.campaign().estimates
    assert estimates.rates[L].by_hour.keys() == {11, 17}  # it was winter in Paris
    assert [(name, seen.lines) for name, seen in estimates.rates[L].regions()] == [("+33 1", 200)]
    assert house.campaign().learnt == 200
    assert estimates.answers.seen == 70
    assert house.dialled() == ["ann"]


def test_whom_nobody_remembers_is_learnt_from_all_the_same() -> None:
    house = remembers([line(True, NOON, name="somebody who was removed")])
    assert house.campaign().estimates.rates[L].by_hour[12].answered == 1


def test_best_hours_are_waited_for_after_a_restart() -> None:
    def tried_again(lines: list[RecalledLine]) -> Instant | None:
        house = remembers(lines)
        house.fails("ann", AttemptOutcome.NO_ANSWER)
        return house.lead("ann").next_at

    assert tried_again([]) == Instant(NOON + 4 * HOUR)  # the evening begins at five in Paris ...
    assert tried_again(hour_of(16, 0.1) + hour_of(18, 0.4)) == Instant(NOON + 6 * HOUR)  # ... and at seven


def test_how_long_agents_are_busy_is_known_again() -> None:
    work = WorkRecalled(campaign_id=C, talked=(seconds(40),) * 200, wrapped=(seconds(5),) * 200)
    estimates = remembers([], rules=progressive(), work=work).campaign().estimates
    assert estimates.talks.outlasts(60) < 0.1
    assert estimates.wraps.outlasts(10) < 0.15


def test_nothing_is_learnt_twice_nor_of_a_campaign_that_does_not_remember() -> None:
    house = House(agentless())
    house.says(LinesRecalled(campaign_id=C, lines=(line(True, NOON),)))
    house.says(WorkRecalled(campaign_id=C, talked=(seconds(1),), wrapped=()))
    assert house.campaign().learnt == house.campaign().estimates.talks.seen == 0
    house = remembers([line(True, NOON)])
    house.says(LinesRecalled(campaign_id=C, lines=(line(True, NOON),)))
    assert house.campaign().learnt == 1


def test_new_rules_forget_nothing_that_was_learnt() -> None:
    house = remembers(hour_of(10, 0.1), rules=progressive())
    before = house.campaign().estimates.answer_rate(L, 11)
    house.dialer.adopt(progressive(connect_within=seconds(3)), 2, house.at, house.floor)
    assert house.campaign().estimates.answer_rate(L, 11) == before != pytest.approx(0.5, abs=0.1)


def test_who_is_likelier_to_answer_than_was_thought_is_decided_anew() -> None:
    """However readily whoever comes first answers, no more are placed than those who follow allow."""

    def placed(*shares: float) -> int:
        """Lines placed at once for ten free agents: each lead of his own region, in this order."""
        regions = [f"+33 {round(share * 10)}" for share in shares]
        people = tuple(
            Lead(lead_id=LeadId(f"p{n}"), list_id=L, numbers=(LeadNumber(number=f"+33{n}", region=region),))
            for n, region in enumerate(regions)
        )
        house = House(progressive(mode=Mode.PREDICTIVE, most_lines=500, most_lines_per_agent=50.0))
        begins = Instant(NOON - NOON % BUCKET)
        rich = LedgerRow(campaign_id=C, begins=begins, live=20_000, abandoned=100)
        remembered = CampaignRemembered(
            campaign_id=C, state=CampaignState.RUNNING, trial_left=None, ledger=(rich,)
        )
        house.says(remembered)
        leads = tuple(RememberedLead(lead=one, standing=LeadStanding()) for one in people)
        house.says(LeadsRemembered(campaign_id=C, leads=leads))
        learnt = house.campaign().estimates
        for n in range(2_000):
            share = (0.1, 0.6)[n % 2]
            region = f"+33 {round(share * 10)}"
            if n % 20 < share * 20:
                learnt.line_answered(L, 12, seconds(8), region)
            else:
                learnt.line_failed(L, 12, seconds(20), region)
        house.idle(*(f"a{n}" for n in range(10)))
        house.says(LeadsAllRemembered(campaign_id=C, open_attempts=()))
        return len(house.dialled())

    seldom, often = placed(*[0.1] * 200), placed(*[0.6] * 200)
    assert seldom > 3 * often >= 30
    assert placed(0.1, *[0.6] * 200) <= often + 2
    assert often < placed(*[0.6, 0.1] * 100) < seldom
