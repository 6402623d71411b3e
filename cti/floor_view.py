"""The ACD's floor as the dialer sees it: :class:`dialer.floor_view.FloorView`, made from the ACD's tables."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from acd.agent import Agent, AgentState
from acd.call import Call, CallState, Presence
from acd.exits import QueueExit
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span
from acd.matching import Matching
from acd.queue_events import CallLeftQueue
from acd.rules import QueueRules
from acd.service_level import Answers
from acd.tables import Tables
from dialer.floor_view import AgentsSeen

MOST_VISITS = 1_000
"""The latest visits kept of each queue; who asks for more of them is told nothing."""


class FloorSeen:
    """One look at a time: :meth:`look` says when, and everything is as it is then."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._at = Instant(0)
        self._seen: dict[QueueId, AgentsSeen] = {}
        """What was asked for since the last look."""
        self._visits: dict[QueueId, deque[tuple[QueueExit, Span]]] = {}
        """Those that count for a service level, and for how long they waited; the latest last."""
        self._shared: dict[QueueId, tuple[QueueId, ...]] = {}
        self._shared_of: Matching | None = None
        """What :attr:`_shared` was made from."""

    def look(self, at: Instant) -> None:
        """The floor has moved, or time has passed."""
        self._at = at
        self._seen.clear()

    def note(self, event: CallLeftQueue) -> None:
        """A visit to a queue is over."""
        if event.waited is None or event.exit not in (QueueExit.ANSWERED, QueueExit.ABANDONED):
            return
        visits = self._visits.get(event.queue_id)
        if visits is None:
            visits = self._visits[event.queue_id] = deque(maxlen=MOST_VISITS)
        visits.append((event.exit, event.waited))

    @property
    def link_up(self) -> bool:
        """Whether the world can be told anything."""
        return self._tables.link_up

    def is_ready(self, agent_id: AgentId) -> bool:
        """Whether he would take a call now."""
        agent = self._tables.agents.get(agent_id)
        return agent is not None and agent.state is AgentState.READY

    def agents_of(self, queue_id: QueueId) -> AgentsSeen:
        """Who serves this queue: those who may take its calls as soon as they come. Nobody of a queue that
        the rules do not know, and nobody who only helps out after a while.
        """
        seen = self._seen.get(queue_id)
        if seen is None:
            seen = self._seen[queue_id] = self._agents_of(queue_id)
        return seen

    def service_level(self, queue_id: QueueId, visits: int) -> float | None:
        """Over the queue's latest visits; None when there were fewer. Whoever waits already for longer than
        is promised is one of them: nothing can make it better.
        """
        queue = self._tables.rules.queues.get(queue_id)
        if queue is None:
            return None
        promised = queue.service_level_within
        overdue = sum(self._at - call.queued_at > promised for call in self._waiting_in(queue_id))
        over = self._visits.get(queue_id, deque())
        if overdue + len(over) < visits:
            return None
        overdue = min(overdue, visits)
        latest = list(islice(reversed(over), visits - overdue))
        return queue.service_level.share(_answers(queue, latest, overdue))

    def _agents_of(self, queue_id: QueueId) -> AgentsSeen:
        t = self._tables
        steps = t.matching.tiers.get(queue_id)
        if steps is None:
            return AgentsSeen()
        idle: list[Agent] = []
        talking: list[Span] = []
        wrapping_up: list[Span] = []
        offered = 0
        who: list[AgentId] = []
        demand = steps[0][0]
        servers = {agent.agent_id: agent for pool in demand.pools for agent in pool.members}
        for agent in servers.values():
            if agent.agent_id in demand.away:
                continue
            match agent.state:
                case AgentState.READY:
                    idle.append(agent)
                case _ if not _comes_back(agent):
                    continue
                case AgentState.TALKING:
                    talking.append(Span(max(0, self._at - agent.in_it_since)))
                case AgentState.WRAPPING_UP:
                    wrapping_up.append(Span(max(0, self._at - agent.in_it_since)))
                case AgentState.OFFERED:
                    offered += 1
                case _:
                    continue
            who.append(agent.agent_id)
        idle.sort(key=lambda agent: (agent.ready_since, agent.agent_id))
        free = tuple(agent.agent_id for agent in idle)
        return AgentsSeen(
            idle=free[self._wanted_elsewhere(queue_id, free) :],
            talking=tuple(talking),
            wrapping_up=tuple(wrapping_up),
            offered=offered,
            waiting=sum(1 for _ in self._waiting_in(queue_id)),
            who=frozenset(who),
        )

    def _wanted_elsewhere(self, queue_id: QueueId, idle: Sequence[AgentId]) -> int:
        """Callers of other queues who will be offered to one of these as soon as they can be moved. Whoever
        can be moved already found nobody, or he would be offered.
        """
        t = self._tables
        return sum(
            any(agent_id in pool for pool in t.matching.demand(call).pools for agent_id in idle)
            for other in (self._shares_with(queue_id) if idle else ())
            for call in self._waiting_in(other)
            if not call.in_waiting_room
        )

    def _shares_with(self, queue_id: QueueId) -> tuple[QueueId, ...]:
        """Other queues whose callers may have some of the same agents, be it after a while."""
        matching = self._tables.matching
        if self._shared_of is not matching:  # the rules are new
            self._shared_of, self._shared = matching, {}
        known = self._shared.get(queue_id)
        if known is None:
            all_servers = {
                queue: {agent.agent_id for agent in steps[-1].servers}
                for queue, steps in matching.demands.items()
            }
            mine = all_servers.pop(queue_id)
            known = tuple(queue for queue, theirs in all_servers.items() if not mine.isdisjoint(theirs))
            self._shared[queue_id] = known
        return known

    def _waiting_in(self, queue_id: QueueId) -> Iterator[Call]:
        """Callers who are in line and on the line, and for whom no agent's phone rings."""
        t = self._tables
        for call_id in t.in_queue.get(queue_id, ()):
            call = t.calls[call_id]
            if call.state is CallState.WAITING and call.presence is Presence.CHANNEL:
                yield call


def _comes_back(agent: Agent) -> bool:
    """Whether he takes calls again when he is done with what he does."""
    return agent.next_state is None or agent.next_state.state is AgentState.READY


def _answers(queue: QueueRules, visits: list[tuple[QueueExit, Span]], overdue: int) -> Answers:
    answered = [waited for exit_, waited in visits if exit_ is QueueExit.ANSWERED]
    gave_up = [waited for exit_, waited in visits if exit_ is QueueExit.ABANDONED]
    return Answers(
        answered=len(answered) + overdue,
        answered_within=sum(waited <= queue.service_level_within for waited in answered),
        abandoned=len(gave_up),
        abandoned_within=sum(waited <= queue.service_level_within for waited in gave_up),
        abandoned_short=sum(waited <= queue.short_abandonment for waited in gave_up),
    )
