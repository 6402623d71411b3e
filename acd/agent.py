"""An agent: where he stands, since when, and which moves are legal."""

from dataclasses import dataclass, field

from acd.agent_state import AgentState as AgentState
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant
from acd.reasons import NotReadyReason
from acd.rules import AgentProfile
from acd.workload import Workload

_OUT, _NOT, _READY, _OFFERED, _TALKING, _WRAP = AgentState

LEGAL_MOVES: dict[AgentState, frozenset[AgentState]] = {
    _OUT: frozenset({_NOT, _READY, _OFFERED, _TALKING}),
    _NOT: frozenset({_NOT, _READY, _OUT, _OFFERED, _TALKING}),
    _READY: frozenset({_OFFERED, _NOT, _OUT, _TALKING}),
    _OFFERED: frozenset({_TALKING, _READY, _NOT, _OUT}),
    _TALKING: frozenset({_WRAP, _READY, _NOT, _OUT}),
    _WRAP: frozenset({_READY, _NOT, _OUT, _OFFERED, _TALKING}),
}
"""OFFERED and TALKING are reachable from everywhere: after a restart the world may show us either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextState:
    """What an agent asked for while busy; it takes effect when he is free."""

    state: AgentState
    reason: NotReadyReason | None = None


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent's present. Changed only by :mod:`acd.agents`, which keeps the index of ready agents true."""

    profile: AgentProfile
    state: AgentState = AgentState.LOGGED_OUT
    since: Instant = Instant(0)
    reason: NotReadyReason | None = None
    ready_since: Instant = Instant(0)
    """When he last became ready after work or absence; longest idle counts from here."""
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

    @property
    def agent_id(self) -> AgentId:
        """His name."""
        return self.profile.agent_id
