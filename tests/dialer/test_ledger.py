"""The abandonment ledger: what it counts, what it forgets, and when nobody may be dialled any more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.instant import Instant, Span, seconds
from dialer.budget import Allowance
from dialer.ids import CampaignId
from dialer.ledger import BUCKET, Ledger

REMIND = CampaignId("remind")
DAY = seconds(86_400)
NOON = Instant(20_000 * DAY + DAY // 2)


def counted(ledger: Ledger, live: int, abandoned: int, at: Instant = NOON) -> None:
    for n in range(live):
        ledger.answered(REMIND, at, abandoned=n < abandoned)


def test_the_budget_is_the_share_of_who_answered_less_who_was_abandoned() -> None:
    ledger = Ledger([Allowance()])
    counted(ledger, 200, 4)
    budget = ledger.budget(REMIND, NOON)
    assert (budget.live, budget.abandoned) == (200, 4)
    assert budget.left == pytest.approx(2.0)
    assert budget.share == pytest.approx(0.02)
    assert not budget.is_spent


def test_it_is_spent_only_when_more_were_abandoned_than_the_share_allows() -> None:
    ledger = Ledger([Allowance(least=100)])
    counted(ledger, 200, 6)
    assert not ledger.budget(REMIND, NOON).is_spent  # exactly 3 %
    counted(ledger, 1, 1)
    assert ledger.budget(REMIND, NOON).is_spent


def test_one_drop_among_the_first_answers_does_not_stop_a_campaign_but_leaves_nothing_to_risk() -> None:
    ledger = Ledger([Allowance(least=100)])
    counted(ledger, 5, 1)
    budget = ledger.budget(REMIND, NOON)
    assert not budget.is_spent
    assert budget.left < 0
    counted(ledger, 3, 3)
    assert ledger.budget(REMIND, NOON).is_spent  # 4 are more than 3 % of 100


def test_nothing_is_allowed_where_the_profile_says_so() -> None:
    ledger = Ledger([Allowance(share=0.0)])
    counted(ledger, 1000, 0)
    assert not ledger.budget(REMIND, NOON).is_spent
    counted(ledger, 1, 1)
    assert ledger.budget(REMIND, NOON).is_spent


def test_abandoned_calls_are_forgotten_after_live_answers_never_before() -> None:
    ledger = Ledger([Allowance(window=DAY)])
    counted(ledger, 200, 7)
    a_day_on = Instant(NOON - NOON % BUCKET + DAY)
    kept = ledger.budget(REMIND, Instant(a_day_on - 1))
    assert (kept.live, kept.abandoned) == (200, 7)
    partly = ledger.budget(REMIND, a_day_on)
    assert (partly.live, partly.abandoned) == (7, 7)
    gone = ledger.budget(REMIND, Instant(a_day_on + BUCKET))
    assert (gone.live, gone.abandoned) == (0, 0)
    assert not gone.is_spent


def test_every_allowance_must_be_kept() -> None:
    month, day = Allowance(), Allowance(window=DAY)
    ledger = Ledger([month, day])
    counted(ledger, 1000, 0, Instant(NOON - 3 * DAY))
    counted(ledger, 100, 3)
    tightest = ledger.budget(REMIND, NOON)
    assert tightest.allowance is day
    assert tightest.left == pytest.approx(0.0)
    assert [budget.live for budget in ledger.budgets(REMIND, NOON)] == [1100, 100]


def test_campaigns_do_not_pay_for_each_other() -> None:
    ledger = Ledger([Allowance()])
    counted(ledger, 100, 50)
    assert ledger.budget(REMIND, NOON).is_spent
    assert not ledger.budget(CampaignId("survey"), NOON).is_spent


def test_what_was_counted_comes_back_after_a_restart() -> None:
    ledger = Ledger([Allowance(), Allowance(window=DAY)])
    for days in range(35):
        counted(ledger, 10 + days, days % 3, Instant(NOON + days * DAY))
    now = Instant(NOON + 35 * DAY)
    rows = ledger.rows(REMIND, now)
    again = Ledger([Allowance(), Allowance(window=DAY)], rows)
    assert again.budgets(REMIND, now) == ledger.budgets(REMIND, now)
    assert again.rows(REMIND, now) == rows
    assert len(rows) == 30  # older ones are not kept


@settings(max_examples=200, deadline=None)
@given(
    calls=st.lists(st.tuples(st.integers(0, 40 * BUCKET), st.booleans()), max_size=60),
    window=st.integers(1, 20 * BUCKET),
)
def test_it_never_counts_fewer_abandoned_nor_more_live_answers_than_there_were(
    calls: list[tuple[int, bool]], window: int
) -> None:
    ledger = Ledger([Allowance(window=Span(window))])
    for n, (at, abandoned) in enumerate(sorted(calls), 1):
        now = Instant(at)
        ledger.answered(REMIND, now, abandoned=abandoned)
        budget = ledger.budget(REMIND, now)
        within = [gone for when, gone in sorted(calls)[:n] if when > at - window]
        assert budget.abandoned >= sum(within)
        assert budget.live <= max(len(within), budget.abandoned)
        nearly = [gone for when, gone in sorted(calls)[:n] if when >= (at - window) // BUCKET * BUCKET]
        assert budget.abandoned == sum(nearly)
