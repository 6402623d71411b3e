"""What the gate must know, found out by shells before it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.instant import Instant
from acd.outside import OutsideRules
from dialer.compliance.attempts import Attempt
from dialer.compliance.caller_ids import CallerIdPool
from dialer.compliance.lines import LineLimits
from dialer.compliance.listing import Listing
from dialer.compliance.profile import Profile
from dialer.compliance.request import DialRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFacts:
    """What a number by itself tells."""

    number: str
    """In its one form: lists and attempts go by it."""
    country: str | None
    """Its country's letters; None: it tells none."""
    zones: tuple[str, ...]
    """Every time zone in which it may be answered; none when nothing is known."""
    emergency: bool
    """Whether it leads to the police, the fire brigade or the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFacts:
    """What is known when a number is to be dialled."""

    number: NumberFacts
    listings: tuple[Listing, ...] | None
    """Where it stands; None: the lists cannot be read."""
    national_as_of: Instant | None
    """When the national list was last imported; None: never."""
    attempts: tuple[Attempt, ...] | None
    """Those to it and to its lead that may matter; None: not known yet."""
    lines_in_use: int
    starts: tuple[Instant, ...]
    """When lines were placed within the last while, whoever for."""
    left_alone_at: Instant | None = None
    """When who answers there last found nobody, by what was seen in this run, on record or not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRules:
    """What the house dials by."""

    outside: OutsideRules
    profile: Profile | None
    """None: the allow-list, the lists and the lines alone count. No campaign goes without one."""
    lines: LineLimits
    pools: Mapping[str, CallerIdPool]
    own_pool: str
    """From which a caller id is shown when a request names no pool."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """Those a request may name."""

    def profile_of(self, request: DialRequest) -> Profile | None:
        """What this request is dialled by; None: nothing, or it names one that there is not."""
        return self.profile if request.profile is None else self.profiles.get(request.profile)
