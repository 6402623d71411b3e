"""How often somebody was dialled already, and the limits to it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from acd.instant import Instant, Span
from dialer.ids import CampaignId, LeadId

_Key = TypeVar("_Key", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One time a telephone was made to ring, or to be busy."""

    attempt_id: str
    number: str
    """In its one form."""
    at: Instant
    campaign_id: CampaignId | None = None
    lead_id: LeadId | None = None
    abandoned_at: Instant | None = None
    """When he was left on an answered line with nobody, if he was."""


class Whom(StrEnum):
    """Over what attempts are counted together."""

    NUMBER = "number"
    LEAD = "lead"
    """A person of a list, whichever of his numbers was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimit:
    """So many attempts at most within a span that ends now."""

    per: Whom
    most: int
    within: Span
    same_campaign: bool = False
    """Whether attempts for other campaigns, and for callbacks, do not count."""

    def allows_from(
        self, attempts: Iterable[Attempt], campaign_id: CampaignId | None, at: Instant
    ) -> Instant:
        """From when on one more is within the limit, ``at`` when it is so now. ``attempts`` are those to the
        number, or to the lead."""
        counted = sorted(
            one.at
            for one in attempts
            if at - one.at < self.within and (not self.same_campaign or one.campaign_id == campaign_id)
        )
        if len(counted) < self.most:
            return at
        return max(at, Instant(counted[-self.most] + self.within))


@dataclass(slots=True)
class AttemptLog:
    """Attempts of the last while, in memory, by number and by lead. Bounded by its span and the lines."""

    kept: Span
    """How long an attempt matters: the longest of all limits and lock-outs."""
    _all: deque[Attempt] = field(default_factory=deque)
    _by_id: dict[str, Attempt] = field(default_factory=dict)
    _by_number: dict[str, dict[str, None]] = field(default_factory=dict)
    _by_lead: dict[LeadId, dict[str, None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_id)

    def restore(self, attempts: Iterable[Attempt]) -> None:
        """Learn of attempts before a restart; what was noted since stays as it is."""
        earlier = {one.attempt_id: one for one in attempts if one.attempt_id not in self._by_id}
        known = sorted([*earlier.values(), *self._by_id.values()], key=lambda one: (one.at, one.attempt_id))
        self._all.clear()
        self._by_id.clear()
        self._by_number.clear()
        self._by_lead.clear()
        for attempt in known:
            self.add(attempt)

    def add(self, attempt: Attempt) -> None:
        """Note an attempt, as it is made; one of that name that is noted already stays."""
        if attempt.attempt_id in self._by_id:
            return
        self._by_id[attempt.attempt_id] = attempt
        self._by_number.setdefault(attempt.number, {})[attempt.attempt_id] = None
        if attempt.lead_id is not None:
            self._by_lead.setdefault(attempt.lead_id, {})[attempt.attempt_id] = None
        self._all.append(attempt)

    def take_back(self, attempt_id: str) -> None:
        """Nobody was dialled after all."""
        attempt = self._by_id.pop(attempt_id, None)
        if attempt is not None:
            _forget_in(self._by_number, attempt.number, attempt_id)
            if attempt.lead_id is not None:
                _forget_in(self._by_lead, attempt.lead_id, attempt_id)

    def abandoned(self, attempt_id: str, at: Instant) -> None:
        """Who answered this attempt was left with nobody."""
        attempt = self._by_id.get(attempt_id)
        if attempt is not None:
            self._by_id[attempt_id] = replace(attempt, abandoned_at=at)

    def of(self, number: str, lead_id: LeadId | None, at: Instant) -> tuple[Attempt, ...]:
        """Attempts to a number, and to a lead at any of his numbers; what matters no more is forgotten."""
        self._forget_until(Instant(at - self.kept))
        names = dict(self._by_number.get(number, {}))
        if lead_id is not None:
            names |= self._by_lead.get(lead_id, {})
        return tuple(self._by_id[name] for name in names)

    def since(self, moment: Instant) -> Iterator[Attempt]:
        """Attempts since ``moment``, the latest first."""
        for attempt in reversed(self._all):
            if attempt.at < moment:
                return
            if attempt.attempt_id in self._by_id:
                yield self._by_id[attempt.attempt_id]

    def _forget_until(self, moment: Instant) -> None:
        while self._all and self._all[0].at < moment:
            self.take_back(self._all.popleft().attempt_id)


def _forget_in(table: dict[_Key, dict[str, None]], key: _Key, attempt_id: str) -> None:
    names = table[key]
    del names[attempt_id]
    if not names:
        del table[key]
