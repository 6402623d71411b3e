"""Signals: what happened in the world, told to the dialer. Never refused; late or double ones change nothing.

What becomes of a call after a person has answered the dialer hears from the ACD's events.
"""

from dataclasses import dataclass

from acd.instant import Instant, Span
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.campaign import CampaignState
from dialer.compliance.verdict import WhyNot
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadStanding
from dialer.ledger import LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRings:
    """The telephone rings."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAnswered:
    """The receiver was taken off."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class LineJudged:
    """Who it is; without detection, a person at once."""

    attempt_id: AttemptId
    party: Party
    words: str = ""
    """The detection's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFailed:
    """Nobody answered, and why; the line goes next."""

    attempt_id: AttemptId
    outcome: AttemptOutcome
    """One of busy, no answer, rejected, invalid, failed."""
    hangup_cause: int = 0
    """Asterisk's (Q.850); 0: not known."""
    trunk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMessageLeft:
    """An answering machine was left the message."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """He asked not to be called any more, by key or word; the number is on the house's list already."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGone:
    """There is no line of that name any more; whatever was under way is over."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefused:
    """The gate did not let it out: nobody was dialled."""

    attempt_id: AttemptId
    why: str
    never: bool
    """Whether this number may never be dialled; else from ``until`` on."""
    of_rules: bool = False
    """With ``never``: only because the house is not set up for it (its allow-list, the profile's countries, a
    time zone nobody knows). When that changes it is asked about again."""
    until: Instant | None = None
    reasons: tuple[WhyNot, ...] = ()
    """Every one the gate had, in its order."""
    of_house: bool = False
    """The reason is the house's (lines, rate, database), not his: others may not be dialled either."""
    of_campaign: bool = False
    """The reason is what this campaign dials by (its profile, that one's national list, its caller ids):
    nobody else of it may be dialled before ``until`` either. Other campaigns may."""
    zone_opens: Instant | None = None
    """When it was too early or too late where he is: until then nobody of his list's time zone may be dialled
    for this campaign. None: it was not, or his zone is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOrderFailed:
    """The PBX did not take the order: nobody was dialled."""

    attempt_id: AttemptId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUnconfirmed:
    """Nobody knows whether the PBX took the order. Never dial again blindly: ask."""

    attempt_id: AttemptId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """One line as it was found."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    state: AttemptState
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesObserved:
    """All lines there were at ``as_of``. Who is missing is gone, unless he was ordered since."""

    as_of: Instant
    lines: tuple[LiveLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLocated:
    """The answer to :class:`dialer.orders.LocateLine`; ``found`` None: there is no such line."""

    attempt_id: AttemptId
    as_of: Instant
    found: LiveLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberListed:
    """A number was put on a do-not-call list: also while it rings."""

    number: str
    campaign_id: CampaignId | None = None
    """The one whose list it is; None: the house's."""
    by: str = ""
    because: str = ""
    """Why, where he said so himself or an agent did: he must stand on the house's list, whatever happens to
    this engine. Empty: he stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSent:
    """The gateway has taken a text."""

    text_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFailed:
    """It has not, and will not; nobody can tell, when every answer to it was lost."""

    text_id: AttemptId
    why: str
    never: bool
    """Whether this number can never be sent one."""
    of_rules: bool = False
    """With ``never``: as with :class:`LineRefused`."""
    until: Instant | None = None
    """It was not even offered to the gateway: when another one may be; None: it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRemembered:
    """A campaign of an earlier run stood so. Comes after its rules and before its leads; it goes on only when
    :class:`LeadsAllRemembered` has come."""

    campaign_id: CampaignId
    state: CampaignState
    trial_left: int | None
    ledger: tuple[LedgerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedLead:
    """A lead, and what was done about him."""

    lead: Lead
    standing: LeadStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsRemembered:
    """Some leads of an earlier run."""

    campaign_id: CampaignId
    leads: tuple[RememberedLead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledLine:
    """A line of an earlier run that pacing had learnt from."""

    list_id: ListId
    lead_id: LeadId
    number: str
    placed_at: Instant
    rang: Span
    """Since then, until a person was there, or it was clear that nobody would be."""
    answered: bool
    """By a person, or what was passed on as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesRecalled:
    """Some of them, in the turn in which they were learnt from. They come after the campaign's leads."""

    campaign_id: CampaignId
    lines: tuple[RecalledLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRecalled:
    """For how long agents of the campaign's queue talked and wrapped up in earlier runs, oldest first."""

    campaign_id: CampaignId
    talked: tuple[Span, ...]
    wrapped: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """An attempt of an earlier run of which no end is known."""

    attempt_id: AttemptId
    lead_id: LeadId
    number: str
    at: Instant
    let_out: bool = True
    """Whether the gate has a note of it. One that was ordered and never let out rang nowhere."""
    in_trial: bool = False
    """Whether it was counted in the trial that goes on."""
    counted: bool = False
    """Whether it stood in the ledger already, as a live answer."""
    counted_live_at: Instant | None = None
    """When it was counted there, as one that was not abandoned; None: it does not stand there as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLive:
    """A conversation of an earlier run of which nobody has said yet what came of it, in the ledger as a live
    answer that was not abandoned."""

    attempt_id: AttemptId
    at: Instant
    """When it was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsAllRemembered:
    """Those were all; and these attempts had no end. The world has been met: a line that exists is known."""

    campaign_id: CampaignId
    open_attempts: tuple[OpenAttempt, ...]
    to_dispose: tuple[CountedLive, ...] = ()


DialerSignal = (
    LineRings
    | LineAnswered
    | LineJudged
    | LineFailed
    | LineMessageLeft
    | OptedOut
    | LineGone
    | LineRefused
    | LineOrderFailed
    | LineUnconfirmed
    | LinesObserved
    | LineLocated
    | NumberListed
    | TextSent
    | TextFailed
    | CampaignRemembered
    | LeadsRemembered
    | LinesRecalled
    | WorkRecalled
    | LeadsAllRemembered
)
