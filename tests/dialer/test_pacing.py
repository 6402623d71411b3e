"""How many lines: one for each idle agent always, more as far as the budget pays, none when it is spent."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.instant import Span, seconds
from dialer.budget import Allowance, Budget
from dialer.estimates import Estimates
from dialer.pacing import lines_to_place
from dialer.view import Ringing, View

RICH = Budget(allowance=Allowance(), live=20_000, abandoned=300)
NEW = Budget(allowance=Allowance(), live=0, abandoned=0)
SPENT = Budget(allowance=Allowance(), live=2_000, abandoned=61)


def learnt(rate: float = 0.3) -> Estimates:
    """Answers after about 10 s, failures after 20, talks of 100 to 140 s, wrap-up of 15 s."""
    estimates = Estimates()
    for n in range(1_000):
        if n % 100 < rate * 100:
            estimates.line_answered("a", 10, seconds(7 + n % 7))
        else:
            estimates.line_failed("a", 10, seconds(20))
        estimates.talked(seconds(100 + n % 41))
        estimates.wrapped_up(seconds(15))
    return estimates


LEARNT = learnt()


def view(
    idle: int = 0,
    *,
    talking: Sequence[float] = (),
    wrapping_up: Sequence[float] = (),
    ringing: Sequence[tuple[float, int]] = (),
    waiting: int = 0,
    rate: float = 0.3,
    most: int = 1_000,
) -> View:
    return View(
        idle=idle,
        waiting=waiting,
        talking=[seconds(s) for s in talking],
        wrapping_up=[seconds(s) for s in wrapping_up],
        ringing=[Ringing(age=seconds(age), rate=rate, lines=lines) for age, lines in ringing],
        rate=rate,
        most=most,
    )


def test_who_knows_nothing_yet_places_one_line_for_each_idle_agent() -> None:
    assert lines_to_place(view(10, rate=0.5), Estimates(), NEW) == 10
    assert lines_to_place(view(10, ringing=[(3, 4)], rate=0.5), Estimates(), NEW) == 6
    assert lines_to_place(view(0, talking=[200] * 10), Estimates(), NEW) == 0


def test_more_lines_than_idle_agents_once_the_budget_pays_for_it() -> None:
    assert lines_to_place(view(10), LEARNT, RICH) > 15


def test_nothing_at_all_once_the_budget_is_spent() -> None:
    assert SPENT.is_spent
    assert lines_to_place(view(10), LEARNT, SPENT) == 0


def test_no_more_than_one_line_for_each_agent_while_more_were_abandoned_than_the_share() -> None:
    behind = Budget(allowance=Allowance(), live=200, abandoned=8)
    assert not behind.is_spent
    assert lines_to_place(view(10), LEARNT, behind) == 10


def test_lines_are_placed_for_agents_who_will_be_free_when_they_are_answered() -> None:
    soon = view(0, wrapping_up=[9] * 10)
    late = view(0, talking=[10] * 10)
    assert lines_to_place(soon, LEARNT, RICH) >= 10
    assert lines_to_place(late, LEARNT, RICH) == 0


def test_a_line_that_has_rung_for_long_hardly_counts() -> None:
    fresh = lines_to_place(view(5, ringing=[(1, 10)]), LEARNT, RICH)
    old = lines_to_place(view(5, ringing=[(16, 10)]), LEARNT, RICH)
    assert old > fresh


def test_the_fewer_answer_the_more_lines() -> None:
    few, many = view(10, rate=0.15), view(10, rate=0.5)
    assert lines_to_place(few, LEARNT, RICH) > lines_to_place(many, LEARNT, RICH) >= 10


def test_who_answered_and_waits_takes_an_idle_agent() -> None:
    assert lines_to_place(view(10, waiting=4, rate=0.5), Estimates(), NEW) == 6


def test_no_more_than_may_be_placed() -> None:
    assert lines_to_place(view(10, most=3), LEARNT, RICH) == 3
    assert lines_to_place(view(10, most=0), LEARNT, RICH) == 0


def test_what_rings_must_be_payable_should_everybody_answer_of_a_sudden() -> None:
    poor = Budget(allowance=Allowance(), live=20_000, abandoned=595)
    assert 10 <= lines_to_place(view(10), LEARNT, poor) < lines_to_place(view(10), LEARNT, RICH)


spans = st.lists(st.integers(0, 400_000_000).map(Span), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    idle=st.integers(0, 40),
    waiting=st.integers(0, 5),
    talking=spans,
    wrapping_up=spans,
    ringing=st.lists(
        st.builds(
            Ringing,
            age=st.integers(0, 60_000_000).map(Span),
            rate=st.floats(0.001, 0.999),
            lines=st.integers(1, 30),
        ),
        max_size=10,
    ),
    rate=st.floats(0.001, 0.999),
    most=st.integers(0, 500),
    live=st.integers(0, 5_000),
    share=st.floats(0.0, 0.2),
)
def test_whatever_the_floor_covered_lines_are_placed_and_a_spent_budget_stops(
    idle: int,
    waiting: int,
    talking: list[Span],
    wrapping_up: list[Span],
    ringing: list[Ringing],
    rate: float,
    most: int,
    live: int,
    share: float,
) -> None:
    floor = View(
        idle=idle,
        waiting=waiting,
        talking=talking,
        wrapping_up=wrapping_up,
        ringing=ringing,
        rate=rate,
        most=most,
    )
    budget = Budget(allowance=Allowance(), live=live, abandoned=round(live * share))
    lines = lines_to_place(floor, LEARNT, budget)
    assert 0 <= lines <= most
    covered = max(0, min(most, idle - waiting - sum(r.lines for r in ringing)))
    if budget.is_spent:
        assert lines == 0
    else:
        assert lines >= covered
    if budget.left <= 0:
        assert lines <= covered
