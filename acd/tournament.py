"""The least occupied of many, at any moment, without looking at all of them.

An agent's occupancy is ``busy / (at - zero)``. While he is ready ``busy`` stands still and the denominator
grows, so the order of two idle agents may turn by itself, and at most once, at a moment that can be computed.
A tournament keeps at every match its winner and until when he wins: what changes, and what has expired, is
played again, the rest is not looked at. Whole numbers throughout: exact, whatever the numbers.
"""

from typing import NamedTuple

from acd.ids import AgentId

NEVER = 1 << 63
NOBODY = -1


class Contestant(NamedTuple):
    """A ready agent: occupied for ``busy`` µs of the time since ``zero``, both fixed while he is ready."""

    busy: int
    zero: int
    ready_since: int
    agent_id: AgentId


def wins(one: Contestant, other: Contestant, at: int) -> bool:
    """Whether ``one`` is chosen before ``other`` at ``at``, which lies after both zeros."""
    mine, his = one.busy * (at - other.zero), other.busy * (at - one.zero)
    return mine < his if mine != his else one[2:] < other[2:]


def wins_until(winner: Contestant, loser: Contestant) -> int:
    """The first moment at which the one who wins now does not; :data:`NEVER` when that does not come."""
    gains = winner.busy - loser.busy
    if gains <= 0:
        return NEVER
    equal_at, rest = divmod(winner.busy * loser.zero - loser.busy * winner.zero, gains)
    return equal_at if not rest and loser[2:] < winner[2:] else equal_at + 1


class Tournament:
    """A tree of matches over a fixed number of seats. Taking or leaving one costs a way to the root."""

    __slots__ = ("_from", "_half", "_seated", "_until", "_winner")

    def __init__(self, seats: int) -> None:
        self._half = half = 1 << max(0, seats - 1).bit_length()
        self._seated: list[Contestant | None] = [None] * half
        self._winner = [NOBODY] * (2 * half)
        self._from = [0] * (2 * half)
        self._until = [NEVER] * (2 * half)

    def seat(self, seat: int, contestant: Contestant | None) -> None:
        """Who sits here from now on; None: nobody."""
        self._seated[seat] = contestant
        node = self._half + seat
        self._winner[node] = NOBODY if contestant is None else seat
        node //= 2
        while node and self._until[node]:  # above a match to be played again all are
            self._until[node] = 0
            node //= 2

    def seated(self, seat: int) -> Contestant | None:
        """Who sits here."""
        return self._seated[seat]

    def winner(self, at: int) -> Contestant | None:
        """Who wins at ``at``; None when nobody takes part."""
        if not self._from[1] <= at < self._until[1]:
            self._play(1, at)
        seat = self._winner[1]
        return None if seat == NOBODY else self._seated[seat]

    def _play(self, node: int, at: int) -> None:
        left, right = 2 * node, 2 * node + 1
        for side in (left, right):
            if not self._from[side] <= at < self._until[side]:
                self._play(side, at)
        one, other = self._winner[left], self._winner[right]
        until = min(self._until[left], self._until[right])
        if one == NOBODY or other == NOBODY:
            self._winner[node] = max(one, other)
        else:
            first, second = self._seated[one], self._seated[other]
            assert first is not None
            assert second is not None
            if not wins(first, second, at):
                one, first, second = other, second, first
            self._winner[node] = one
            until = min(until, wins_until(first, second))
        self._from[node], self._until[node] = at, until
