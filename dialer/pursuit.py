"""A lead in memory: what his list says, and what was done about him. Changed by
:mod:`dialer.leads` and those who speak for it: lists, tries, what was said."""

from dataclasses import dataclass, field

from acd.ids import AgentId
from acd.instant import Instant
from dialer.commands import DisposeLead
from dialer.ids import AttemptId, LeadId, ListId
from dialer.lead import Lead, LeadStanding, LeadState, OutcomeCount


@dataclass(slots=True, kw_only=True, eq=False)
class Pursuit:
    """One lead of one campaign."""

    lead: Lead
    order: int
    """Who came before whom into memory."""
    state: LeadState = LeadState.NEW
    since: Instant = Instant(0)
    attempts: int = 0
    tried: tuple[int, ...] = ()
    barred: tuple[int, ...] = ()
    outcomes: tuple[OutcomeCount, ...] = ()
    place: int = 0
    next_at: Instant | None = None
    step: int = 0
    last_outcome: str = ""
    disposition: str = ""
    because: str = ""
    agent_id: AgentId | None = None
    promised: bool = False
    rested_until: Instant | None = None
    """While somebody looks at him who rested: until when. He rests on when nobody calls him after all."""
    promised_for: Instant | None = None
    """The moment that was agreed, however often he was put off since; after a restart, when he is due."""
    reminded_of: Instant | None = None
    """The promised moment his agent was reminded of; not kept over a restart."""
    call_back_number: str = ""
    skipped: int = 0
    freed: bool = False
    """Whether his own agent was not at work for so long that anybody calls him; not kept over a restart."""
    said: DisposeLead | None = None
    """What came of it, said while they still talk; not kept over a restart."""
    not_allowed: tuple[int, ...] = ()
    """Places of numbers that the house is not set up to dial; not kept over a restart, which may have changed
    that."""
    asleep: dict[int, Instant] | None = field(default=None)
    """Places of numbers that the gate does not let out before a moment; not kept over a restart."""
    attempt_id: AttemptId | None = None
    weighed_in: ListId | None = None
    weighed: int = 0
    """As what he is counted: see :mod:`dialer.penetration`."""

    @property
    def lead_id(self) -> LeadId:
        """His name."""
        return self.lead.lead_id

    @property
    def only_agent(self) -> AgentId | None:
        """Who alone may call him now: who has promised it, else whom his list names."""
        if self.promised:
            return self.agent_id
        return None if self.freed else self.lead.agent_id

    @property
    def standing(self) -> LeadStanding:
        """What is kept of him."""
        return LeadStanding(
            state=self.state,
            since=self.since,
            attempts=self.attempts,
            tried=self.tried,
            barred=self.barred,
            outcomes=self.outcomes,
            next_number=self.place,
            next_at=self.rested_until if self.state is LeadState.PREVIEWED else self.next_at,
            step=self.step,
            last_outcome=self.last_outcome,
            disposition=self.disposition,
            because=self.because,
            agent_id=self.agent_id,
            promised=self.promised,
            skipped=self.skipped,
            call_back_number=self.call_back_number,
            attempt_id=self.attempt_id,
        )

    def take_up(self, standing: LeadStanding) -> None:
        """Stand as he stood."""
        self.state, self.since = standing.state, standing.since
        self.attempts, self.tried, self.barred = standing.attempts, standing.tried, standing.barred
        self.outcomes, self.place, self.next_at = standing.outcomes, standing.next_number, standing.next_at
        self.step, self.last_outcome = standing.step, standing.last_outcome
        self.disposition, self.because = standing.disposition, standing.because
        self.agent_id, self.promised = standing.agent_id, standing.promised
        self.skipped, self.attempt_id = standing.skipped, standing.attempt_id
        self.call_back_number = standing.call_back_number
        if self.state is LeadState.PREVIEWED:
            self.rested_until, self.next_at = standing.next_at, None
        self.promised_for = (standing.next_at or standing.since) if standing.promised else None

    def times(self, place: int, outcome: str) -> int:
        """How often a number of his came to this."""
        return next((one.times for one in self.outcomes if one.place == place and one.outcome == outcome), 0)
