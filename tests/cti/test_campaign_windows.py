"""The shares that are shown later are those the campaign was paced by."""

from hypothesis import assume, given
from hypothesis import strategies as st

from acd.instant import Instant, Span, after, seconds
from cti.campaign_windows import A_DAY, budget_at, days_of
from dialer.budget import Allowance
from dialer.ids import CampaignId
from dialer.ledger import BUCKET, Ledger, LedgerRow

C = CampaignId("spring")
HOUR = seconds(3600)
MIDNIGHT = Instant(20_000 * A_DAY)


def row(at: int, live: int, abandoned: int) -> LedgerRow:
    return LedgerRow(campaign_id=C, begins=Instant(at // BUCKET * BUCKET), live=live, abandoned=abandoned)


@given(
    answers=st.lists(st.tuples(st.integers(0, 3 * 96), st.integers(1, 9), st.integers(0, 2)), max_size=30),
    asked=st.integers(0, 4 * 86_400),
    window=st.sampled_from([BUCKET, HOUR, A_DAY, Span(2 * A_DAY), seconds(5000)]),
)
def test_a_window_is_counted_as_the_ledger_counts_it(
    answers: list[tuple[int, int, int]], asked: int, window: Span
) -> None:
    allowance = Allowance(share=0.03, window=window, least=100)
    at = after(MIDNIGHT, seconds(asked))
    rows = [
        row(MIDNIGHT + bucket * BUCKET, live, min(live, abandoned))
        for bucket, live, abandoned in sorted(answers)
        if MIDNIGHT + bucket * BUCKET < at
    ]
    assume((at - window) % BUCKET)
    assert budget_at(allowance, rows, at) == Ledger([allowance], rows).budget(C, at)


def test_a_day_tells_its_end_and_its_worst_moment() -> None:
    allowance = Allowance(share=0.1, window=HOUR, least=10)
    morning, noon = MIDNIGHT + 8 * HOUR, MIDNIGHT + 12 * HOUR
    rows = [row(morning, 10, 2), row(noon, 50, 2), row(MIDNIGHT + A_DAY + HOUR, 5, 0)]
    first, second = days_of(allowance, rows, MIDNIGHT, Instant(MIDNIGHT + 2 * A_DAY))
    assert (first.begins, first.ends, second.ends) == (MIDNIGHT, MIDNIGHT + A_DAY, MIDNIGHT + 2 * A_DAY)
    assert (first.at_end.live, first.at_end.abandoned) == (0, 0)
    assert (first.worst.live, first.worst.abandoned) == (10, 2)
    assert first.worst_at == morning + BUCKET
    assert first.exceeded
    assert (second.worst.share, second.exceeded) == (0, False)


def test_a_share_also_grows_when_old_answers_leave_the_window() -> None:
    allowance = Allowance(share=0.1, window=HOUR, least=10)
    rows = [row(MIDNIGHT, 90, 0), row(MIDNIGHT + HOUR // 2, 10, 2)]
    (day,) = days_of(allowance, rows, MIDNIGHT, Instant(MIDNIGHT + A_DAY))
    assert (day.worst.live, day.worst.abandoned, day.exceeded) == (10, 2, True)
    assert day.worst_at == MIDNIGHT + HOUR + BUCKET


def test_a_day_on_which_nobody_answered_has_no_share() -> None:
    (day,) = days_of(Allowance(), [], MIDNIGHT, Instant(MIDNIGHT + HOUR))
    assert (day.worst.share, day.exceeded, day.ends) == (None, False, MIDNIGHT + HOUR)
