"""What happens to agents: commands, phones, wrap-up, and the one function that moves an agent."""

from acd.agent import LEGAL_MOVES, Agent, AgentState, NextState
from acd.call import Call
from acd.commands import LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.events import AgentStateChanged, Because, PhoneReachabilityChanged, Refused, WrapUpEnded
from acd.ids import AgentId
from acd.instant import Instant, Span, after
from acd.reasons import CHOSEN_BY_ENGINE, OTHER, EngineReason, NotReadyReason
from acd.signals import AgentRemembered, PhoneChanged
from acd.tables import Tables
from acd.timers import TimerKind

BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING})

PASSING = frozenset({EngineReason.REJECTED, EngineReason.PHONE_UNREACHABLE})
"""Reasons that pass by themselves: from them an agent comes back ready."""


def move(
    t: Tables,
    agent: Agent,
    now: AgentState,
    at: Instant,
    because: str,
    *,
    reason: NotReadyReason | None = None,
    keep_turn: bool = False,
) -> None:
    """Move an agent, once, with everything that hangs on it: since, index, timers, the event.

    ``keep_turn`` leaves ``ready_since`` alone: he lost no turn by an offer that was withdrawn.

    When the world shows somebody busy who had chosen to be away, he goes back to that afterwards.
    """
    was = agent.state
    if was is AgentState.WRAPPING_UP:
        _book_wrap_up(t, agent, at)
    assert now in LEGAL_MOVES[was], f"{agent.agent_id}: {was} -> {now}"
    assert (reason is not None) == (now is AgentState.NOT_READY), "not ready always has a reason"
    t.timers.cancel(TimerKind.WRAP_UP, agent.agent_id)
    t.timers.cancel(TimerKind.REJECTED_PAUSE, agent.agent_id)
    if now in BUSY and was not in BUSY:
        agent.next_state = agent.next_state or _chosen_absence(agent)
    elif now not in BUSY and now is not AgentState.WRAPPING_UP:
        agent.next_state = None
    if (now is AgentState.READY and not keep_turn) or (
        now is AgentState.OFFERED and was is not AgentState.READY
    ):
        agent.ready_since = at
    if now not in BUSY:
        agent.offer_id = agent.call_id = None
    agent.workload.moved(was, agent.reason, now, agent.since, at)
    agent.state, agent.since, agent.reason = now, at, reason
    t.matching.index_agent(agent)
    t.tell(AgentStateChanged(agent_id=agent.agent_id, was=was, now=now, reason=reason, because=because))


def _book_wrap_up(t: Tables, agent: Agent, at: Instant) -> None:
    call_id, queue_id = agent.after_call, agent.after_queue
    agent.after_call = agent.after_queue = None
    wrapped = Span(at - agent.since)
    if queue_id in t.stats:
        t.stats[queue_id].wrapped = Span(t.stats[queue_id].wrapped + wrapped)
        t.stats[queue_id].wrap_ups += 1
    if call_id is not None:
        t.tell(WrapUpEnded(call_id=call_id, agent_id=agent.agent_id, queue_id=queue_id, wrapped=wrapped))


def _chosen_absence(agent: Agent) -> NextState | None:
    if agent.state is AgentState.NOT_READY and agent.reason not in CHOSEN_BY_ENGINE:
        return NextState(state=agent.state, reason=agent.reason)
    if agent.state is AgentState.LOGGED_OUT and agent.since > 0:  # else we know nothing of him yet
        return NextState(state=agent.state)
    return None


def release(t: Tables, agent: Agent, at: Instant, because: str, *, keep_turn: bool = False) -> None:
    """Bring a busy agent to where he belongs next: what he asked for, else ready if his phone is."""
    wish, agent.next_state = agent.next_state, None
    if wish is not None:
        move(t, agent, wish.state, at, Because.ASKED_EARLIER, reason=wish.reason)
    elif not agent.phone_reachable:
        move(
            t,
            agent,
            AgentState.NOT_READY,
            at,
            Because.PHONE_UNREACHABLE,
            reason=EngineReason.PHONE_UNREACHABLE,
        )
    else:
        move(t, agent, AgentState.READY, at, because, keep_turn=keep_turn)


def finish_talk(t: Tables, agent: Agent, call: Call, at: Instant) -> None:
    """After a conversation: wrap-up for as long as the call's queue gives, or straight on."""
    wrap_up = t.rules.queues[call.queue_id].wrap_up if call.queue_id is not None else Span(0)
    if wrap_up > 0:
        move(t, agent, AgentState.WRAPPING_UP, at, Because.CALL_ENDED)
        agent.after_call, agent.after_queue = call.call_id, call.queue_id
        t.timers.set(TimerKind.WRAP_UP, agent.agent_id, after(at, wrap_up))
    else:
        release(t, agent, at, Because.CALL_ENDED)


def pause(t: Tables, agent: Agent, reason: NotReadyReason, at: Instant, because: str) -> None:
    """Take an agent out because of what his phone did; what he asked for meanwhile goes first."""
    if agent.next_state is not None:
        release(t, agent, at, because)
        return
    move(t, agent, AgentState.NOT_READY, at, because, reason=reason)
    if reason == EngineReason.REJECTED:
        t.timers.set(TimerKind.REJECTED_PAUSE, agent.agent_id, after(at, t.rules.rejected_pause))


def wrap_up_over(t: Tables, name: str, at: Instant) -> None:
    """The wrap-up deadline fell due."""
    release(t, t.agents[AgentId(name)], at, Because.WRAP_UP_OVER)


def rejected_pause_over(t: Tables, name: str, at: Instant) -> None:
    """The pause after a rejected call fell due."""
    release(t, t.agents[AgentId(name)], at, Because.PAUSE_OVER)


def set_ready(t: Tables, c: SetAgentReady, at: Instant) -> None:
    """Ready now, or after what he is doing. Refused while his phone is not registered."""
    agent = t.agents.get(c.agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {c.agent_id}"))
    elif agent.state in BUSY:
        agent.next_state = None  # ready is what comes of its own accord
    elif agent.state is AgentState.READY:
        pass
    elif not agent.phone_reachable:
        t.tell(Refused(reason=f"the phone of {agent.agent_id} is not registered"))
    else:
        move(t, agent, AgentState.READY, at, Because.ASKED)


def set_not_ready(t: Tables, c: SetAgentNotReady, at: Instant) -> None:
    """Not ready now, or after what he is doing. Refused for reasons only the engine gives."""
    agent = t.agents.get(c.agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {c.agent_id}"))
    elif c.reason in CHOSEN_BY_ENGINE:
        t.tell(Refused(reason=f"{c.reason} is a reason only the engine gives"))
    elif c.reason not in t.rules.reasons and c.reason != OTHER:
        t.tell(Refused(reason=f"{c.reason} is no reason here; there are {', '.join(t.rules.reasons)}"))
    elif agent.state in BUSY:
        agent.next_state = NextState(state=AgentState.NOT_READY, reason=c.reason)
    elif agent.state is not AgentState.NOT_READY or agent.reason != c.reason:
        move(t, agent, AgentState.NOT_READY, at, Because.ASKED, reason=c.reason)


def log_out(t: Tables, c: LogAgentOut, at: Instant) -> None:
    """Logged out now, or after what he is doing."""
    agent = t.agents.get(c.agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {c.agent_id}"))
    elif agent.state in BUSY:
        agent.next_state = NextState(state=AgentState.LOGGED_OUT)
    elif agent.state is not AgentState.LOGGED_OUT:
        move(t, agent, AgentState.LOGGED_OUT, at, Because.ASKED)


def phone_changed(t: Tables, s: PhoneChanged, at: Instant) -> None:
    """A phone that vanishes takes a ready agent out; one that returns brings him back."""
    agent = t.agents.get(s.agent_id)
    if agent is None or agent.phone_reachable == s.reachable:
        return
    _note_phone(t, agent, s.reachable)
    if not s.reachable and agent.state is AgentState.READY:
        move(
            t,
            agent,
            AgentState.NOT_READY,
            at,
            Because.PHONE_UNREACHABLE,
            reason=EngineReason.PHONE_UNREACHABLE,
        )
    elif s.reachable and agent.reason == EngineReason.PHONE_UNREACHABLE:
        move(t, agent, AgentState.READY, at, Because.PHONE_BACK)


def phone_gone(t: Tables, agent: Agent) -> None:
    """Ringing found no phone; the agent himself is left to who asks."""
    if agent.phone_reachable:
        _note_phone(t, agent, False)


def _note_phone(t: Tables, agent: Agent, reachable: bool) -> None:
    agent.phone_reachable = reachable
    t.tell(PhoneReachabilityChanged(agent_id=agent.agent_id, reachable=reachable))


def remembered(t: Tables, s: AgentRemembered, at: Instant) -> None:
    """Give an agent back the state he had when the engine last ran; who was busy then counts as ready.

    His phone has not been seen yet, so ready waits for it as for any phone that comes back.
    """
    agent = t.agents.get(s.agent_id)
    if agent is None or agent.state is not AgentState.LOGGED_OUT or s.state is AgentState.LOGGED_OUT:
        return
    if s.state is AgentState.NOT_READY and s.reason not in PASSING:
        reason = s.reason or OTHER
        move(t, agent, AgentState.NOT_READY, at, Because.REMEMBERED, reason=reason)
    elif agent.phone_reachable:
        move(t, agent, AgentState.READY, at, Because.REMEMBERED)
    else:
        move(
            t,
            agent,
            AgentState.NOT_READY,
            at,
            Because.REMEMBERED,
            reason=EngineReason.PHONE_UNREACHABLE,
        )
