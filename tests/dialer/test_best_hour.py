"""At which hour people are tried again."""

from acd.instant import Instant, Span, after, seconds
from dialer.attempt import AttemptOutcome
from dialer.best_hour import ENOUGH, BestHour
from dialer.ids import ListId
from tests.dialer.house import HOUR, NOON, House, L, agentless, lead


def learnt(*rates: tuple[int, float]) -> BestHour:
    """Hours, and the share who answered in each."""
    best = BestHour()
    for hour, rate in rates:
        for n in range(100):
            best.observe(L, hour, answered=n < rate * 100)
    return best


def test_nothing_is_known_before_enough_lines_were_seen() -> None:
    best = BestHour()
    for _ in range(ENOUGH - 1):
        best.observe(L, 12, answered=True)
        best.observe(L, 15, answered=True)
    assert best.rate(L, 12) is None
    assert best.moment(L, None, NOON) == NOON


def test_a_clearly_better_hour_is_waited_for_from_its_beginning() -> None:
    best = learnt((12, 0.2), (13, 0.22), (15, 0.4), (17, 0.35), (22, 0.9))
    at = after(NOON, seconds(40 * 60))
    assert best.moment(L, None, at) == after(NOON, Span(3 * HOUR))
    assert best.moment(ListId("other"), None, at) == at
    assert best.moment(L, None, Instant(NOON + 3 * HOUR)) == Instant(NOON + 3 * HOUR)


def test_an_hour_is_one_of_his_own_day() -> None:
    best = learnt((21, 0.1), (23, 0.5))
    assert best.moment(L, "Asia/Tokyo", NOON) == after(NOON, Span(2 * HOUR))


def test_who_did_not_answer_is_tried_again_when_his_like_answer() -> None:
    house = House(agentless())
    house.campaign().best_hour = learnt((17, 0.1), (19, 0.4))
    house.add(lead("ann"), lead("bob"))
    house.start()
    house.fails("ann", AttemptOutcome.NO_ANSWER)  # the evening begins at five
    assert house.lead("ann").next_at == after(NOON, Span(7 * HOUR))
    house.fails("bob", AttemptOutcome.BUSY)  # he is there: no use in waiting
    assert house.lead("bob").next_at == after(NOON, seconds(300))
