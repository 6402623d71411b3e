"""A lead: one person of a list, whom a campaign is to reach by one of his numbers, once."""

from dataclasses import dataclass
from enum import StrEnum

from acd.brief import Datum
from acd.ids import AgentId, CustomerId
from acd.instant import Instant
from dialer.ids import AttemptId, LeadId, ListId

MOST_NUMBERS = 10


class LeadState(StrEnum):
    """Where a lead stands; always exactly one place."""

    NEW = "new"
    """Nobody has tried him yet, and his turn may come at any moment."""
    RESTING = "resting"
    """To be tried again, not before a moment."""
    DUE = "due"
    """That moment has come; tried before, and his turn may come at any moment."""
    PREVIEWED = "previewed"
    """An agent looks at him, and says whether he is to be called."""
    IN_PROGRESS = "in_progress"
    """One of his telephones is being dialled, somebody talks with him, or a text is on its way to him."""
    TO_DISPOSE = "to_dispose"
    """The conversation is over and its agent has not said what came of it."""
    DONE = "done"
    """Nothing more will be tried."""


_NEW, _RESTING, _DUE, _PREVIEWED, _IN_PROGRESS, _TO_DISPOSE, _DONE = LeadState

LEGAL_MOVES: dict[LeadState, frozenset[LeadState]] = {
    _NEW: frozenset({_RESTING, _PREVIEWED, _IN_PROGRESS, _DONE}),
    _RESTING: frozenset({_RESTING, _DUE, _PREVIEWED, _IN_PROGRESS, _DONE}),
    _DUE: frozenset({_RESTING, _PREVIEWED, _IN_PROGRESS, _DONE}),
    _PREVIEWED: frozenset({_NEW, _RESTING, _DUE, _IN_PROGRESS, _DONE}),
    _IN_PROGRESS: frozenset({_NEW, _DUE, _RESTING, _TO_DISPOSE, _DONE}),
    _TO_DISPOSE: frozenset({_RESTING, _DONE}),
    _DONE: frozenset({_RESTING}),
}
"""IN_PROGRESS to NEW or DUE: the gate, or the PBX, let nothing out, and nobody was dialled. RESTING to
IN_PROGRESS also when a line was found after a restart. DONE to RESTING: somebody has thought better of it."""


class WhyDone(StrEnum):
    """Why nothing more is tried. A closed set."""

    REACHED = "reached"
    """Somebody talked with him, or the flow came to its own end, and that was all there is to do."""
    OUT_OF_ATTEMPTS = "out_of_attempts"
    STEPS_OVER = "steps_over"
    """Every step of the campaign is over, and he has not responded."""
    NO_NUMBER_LEFT = "no_number_left"
    """None of his numbers may be dialled, ever."""
    NOT_ALLOWED = "not_allowed"
    """The house is not set up to dial what is left of his numbers. When it is, he has another chance."""
    RESPONDED = "responded"
    """He called in, or answered in some other way, by himself."""
    OPTED_OUT = "opted_out"
    """He does not want to be called, or stands on a list of those."""
    REMOVED = "removed"
    """Somebody took him off."""
    EXPIRED = "expired"
    """The last moment to try him is over."""
    QUOTA = "quota"
    """Enough people of his list were won."""
    OWN_AGENT_GONE = "own_agent_gone"
    """The only agent who calls him has not been at work for too long."""
    SKIPPED = "skipped"
    """Agents looked at him as often as the campaign lets them, and did not want him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNumber:
    """One of his telephones."""

    number: str
    """E.164, as it is dialled."""
    kind: str = ""
    """``mobile``, ``home``, ``work``: what the list says; decides whether a text can be sent."""
    since_minute: int = 0
    """Dialled from this minute of his day on ..."""
    until_minute: int = 1440
    """... and before this one, beside all hours of the law."""
    region: str = ""
    """Where it was given out, as far as its first digits say so; answer rates are learnt by it. Empty: nobody
    knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """What a list says of him; what was done about him is kept apart."""

    lead_id: LeadId
    list_id: ListId
    numbers: tuple[LeadNumber, ...]
    """In the order in which they are tried; one at least, :data:`MOST_NUMBERS` at most."""
    name: str = ""
    customer_id: CustomerId | None = None
    zone: str | None = None
    """His time zone, by name, if the list knows better than his numbers."""
    priority: int = 50
    """0 to 100: greater goes first within his list."""
    language: str = ""
    not_before: Instant | None = None
    not_after: Instant | None = None
    agent_id: AgentId | None = None
    """The only agent who calls him, for as long as he comes to work; None: whoever is there."""
    data: tuple[Datum, ...] = ()
    """For the agent's screen and the flow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How often one of his numbers came to one outcome: retry rules count by both."""

    place: int
    """Of the number among his, from 0."""
    outcome: str
    """One of :class:`dialer.attempt.AttemptOutcome`, or :data:`dialer.retry.TEXT_NEVER`."""
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadStanding:
    """What was done about a lead, as it is kept over a restart and shown."""

    state: LeadState = LeadState.NEW
    since: Instant = Instant(0)
    attempts: int = 0
    """Dialled so often, by all numbers."""
    tried: tuple[int, ...] = ()
    """The same by number, in their order; shorter when the last ones were not tried."""
    barred: tuple[int, ...] = ()
    """Places of numbers that are not tried any more."""
    outcomes: tuple[OutcomeCount, ...] = ()
    """What came of them so far."""
    next_number: int = 0
    """The place of the one that is next."""
    next_at: Instant | None = None
    """While he rests: until when."""
    step: int = 0
    """How far he is in a campaign of several steps."""
    last_outcome: str = ""
    disposition: str = ""
    """What the agent, or the flow, said came of it; empty: nothing yet."""
    because: str = ""
    """Why he is done, one of :class:`WhyDone`; empty before."""
    agent_id: AgentId | None = None
    """Who promised to call him back himself, or talked with him last."""
    promised: bool = False
    """Whether ``next_at`` was agreed with him: it goes before all others then."""
    skipped: int = 0
    """How often agents looked at him and did not want him."""
    call_back_number: str = ""
    """Where he is called at the moment that was agreed with him, when that is none of his numbers."""
    attempt_id: AttemptId | None = None
    """What is under way for him, or was last."""
