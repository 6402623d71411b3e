"""An agent: where he stands, since when, and which moves are legal."""

from dataclasses import dataclass, field

from acd.agent_state import AgentState as AgentState
from acd.agent_state import QueueStanding
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.reasons import NotReadyReason
from acd.rules import AgentProfile
from acd.workload import Workload

_OUT, _NOT, _READY, _OFFERED, _TALKING, _WRAP = AgentState

LEGAL_MOVES: dict[AgentState, frozenset[AgentState]] = {
    _OUT: frozenset({_NOT, _READY, _OFFERED, _TALKING}),
    _NOT: frozenset({_NOT, _READY, _OUT, _OFFERED, _TALKING}),
    _READY: frozenset({_OFFERED, _NOT, _OUT, _TALKING}),
    _OFFERED: frozenset({_TALKING, _WRAP, _READY, _NOT, _OUT}),
    _TALKING: frozenset({_WRAP, _READY, _NOT, _OUT}),
    _WRAP: frozenset({_READY, _NOT, _OUT, _OFFERED, _TALKING}),
}
"""OFFERED and TALKING are reachable from everywhere: after a restart the world may show us either. OFFERED to
WRAPPING_UP: he accepted a callback whose customer was not reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextState:
    """What an agent asked for while busy; it takes effect when he is free."""

    state: AgentState
    reason: NotReadyReason | None = None
    by: str | None = None
    """Who decided it over his head; None when it is his own wish."""
    at_once: bool = False
    """As soon as nobody talks with him: no wrap-up before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """The terms of the wrap-up an agent is in, as the rules were when it began."""

    manual: bool
    """It lasts until he says that he is done; its deadline is only the longest it may take."""
    extension: Span
    """What asking for more time adds."""
    extensions_left: int
    """How often he may still ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """An agent takes no callers of one queue."""

    standing: QueueStanding
    """Paused or left."""
    reason: NotReadyReason | None
    since: Instant


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent's present. Changed only by :mod:`acd.agents`, which keeps the index of ready agents true."""

    profile: AgentProfile
    agent_id: AgentId = field(init=False)
    """His name, as in his profile: asked at every turn."""
    state: AgentState = AgentState.LOGGED_OUT
    since: Instant = Instant(0)
    began: Instant | None = None
    """When his state truly began, if that was in an earlier run of the engine."""
    reason: NotReadyReason | None = None
    ready_since: Instant = Instant(0)
    """When he last became ready after work or absence; longest idle counts from here."""
    until: Instant | None = None
    """When his wrap-up or the time he is left alone ends by itself; None when it does not."""
    wrap_up: WrapUp | None = None
    dwells_too_long: bool = False
    """Whether he has been in his state for longer than the rules let pass without a word."""
    not_taken: int = 0
    """Offers in a row he did not take."""
    away_from: dict[QueueId, Away] = field(default_factory=dict)
    """Queues he has paused or left. Changed only by :mod:`acd.standings`, which keeps the index true."""
    barred_from: dict[CallId, None] = field(default_factory=dict)
    """Callers he is not offered again, for a while."""
    awaited_by: dict[CallId, None] = field(default_factory=dict)
    """Callers who wait for him and nobody else, for a while."""
    phone_reachable: bool = False
    offer_id: OfferId | None = None
    call_id: CallId | None = None
    next_state: NextState | None = None
    after_call: CallId | None = None
    """The call he wraps up."""
    after_queue: QueueId | None = None
    """That call's queue."""
    workload: Workload = field(default_factory=Workload)
    """How he has spent his time so far."""

    def __post_init__(self) -> None:
        self.agent_id = self.profile.agent_id

    @property
    def in_it_since(self) -> Instant:
        """When his state began, in whichever run."""
        return self.since if self.began is None else self.began
