"""Tournament, lots and chance by themselves: exact against the plain definition."""

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from acd.chance import Chance
from acd.ids import AgentId
from acd.lots import Lots
from acd.tournament import NEVER, Contestant, Tournament, wins, wins_until

SEATS = 5
contestants = st.builds(
    Contestant,
    busy=st.integers(0, 40),
    zero=st.integers(-60, -1),
    ready_since=st.integers(0, 3),
    agent_id=st.sampled_from([AgentId(name) for name in "abcdef"]),
)


def occupancy(one: Contestant, at: int) -> Fraction:
    return Fraction(one.busy, at - one.zero)


@given(contestants, contestants, st.integers(0, 30))
def test_an_order_turns_at_the_moment_that_was_computed_and_not_before(
    one: Contestant, other: Contestant, at: int
) -> None:
    if one[2:] == other[2:]:
        return
    winner, loser = (one, other) if wins(one, other, at) else (other, one)
    assert wins(winner, loser, at)
    assert not wins(loser, winner, at)
    until = wins_until(winner, loser)
    for moment in range(at, min(until, at + 200)):
        assert wins(winner, loser, moment)
    if until < NEVER:
        assert not wins(winner, loser, max(at, until))


@given(
    st.lists(st.tuples(st.integers(0, SEATS - 1), st.none() | contestants, st.integers(0, 9)), max_size=40)
)
def test_a_tournament_knows_the_least_occupied_at_any_moment(
    changes: list[tuple[int, Contestant | None, int]],
) -> None:
    tournament, truth, at = Tournament(SEATS), dict[int, Contestant](), 0
    for seat, contestant, later in changes:
        if contestant is not None:
            contestant = contestant._replace(agent_id=AgentId(f"{contestant.agent_id}{seat}"))
        tournament.seat(seat, contestant)
        if contestant is None:
            truth.pop(seat, None)
        else:
            truth[seat] = contestant
        at += later
        for moment in (at, at + 25, max(0, at - 3)):  # a look ahead, and one back
            least = min(truth.values(), key=lambda c: (occupancy(c, moment), c[2:]), default=None)
            assert tournament.winner(moment) == least


def test_a_tournament_of_nobody_has_no_winner() -> None:
    assert Tournament(0).winner(5) is None
    assert Tournament(1).winner(5) is None


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=30))
def test_every_lot_is_held_by_the_one_who_comes_there_by_counting(changes: list[tuple[int, int]]) -> None:
    lots, weights = Lots(7), [0] * 7
    for holder, weight in changes:
        lots[holder] = weights[holder] = weight
        counted = [who for who, of in enumerate(weights) for _ in range(of)]
        assert [lots.holder(lot) for lot in range(lots.total)] == counted


def test_one_holder_holds_every_lot() -> None:
    lots = Lots(1)
    lots[0] = 3
    assert [lots.holder(lot) for lot in range(3)] == [0, 0, 0]


def test_chance_is_the_same_for_the_same_seed_and_fair() -> None:
    one, same, other = Chance("run-1"), Chance("run-1"), Chance("run-2")
    drawn = [one.below(6) for _ in range(60_000)]
    assert drawn == [same.below(6) for _ in range(60_000)]
    assert drawn != [other.below(6) for _ in range(60_000)]
    counts = Counter(drawn)
    assert sorted(counts) == list(range(6))
    chi_square = sum((count - 10_000) ** 2 / 10_000 for count in counts.values())
    assert chi_square < 20.5  # 99.9 % of fair ones
