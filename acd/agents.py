"""What happens to agents: commands, phones, wrap-up, and the one function that moves an agent."""

from acd import bars, preferred
from acd.agent import LEGAL_MOVES, Agent, AgentState, NextState
from acd.agent_events import (
    AgentStateChanged,
    Because,
    NextStateChosen,
    PhoneReachabilityChanged,
    WrapUpEnded,
)
from acd.agent_rules import DwellRule
from acd.commands import ChooseNextState, LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.events import Refused
from acd.ids import AgentId
from acd.instant import Instant, Span, after
from acd.offer_signals import PhoneChanged
from acd.reasons import CHOSEN_BY_ENGINE, OTHER, EngineReason, NotReadyReason
from acd.remembered import AgentRemembered
from acd.staffing import AT_REST
from acd.tables import Tables
from acd.timers import TimerKind

BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING})


def move(
    t: Tables,
    agent: Agent,
    now: AgentState,
    at: Instant,
    because: str,
    *,
    reason: NotReadyReason | None = None,
    until: Instant | None = None,
    since: Instant | None = None,
    keep_turn: bool = False,
) -> None:
    """Move an agent, once, with everything that hangs on it: since, index, timers, the event.

    ``until`` is when the state ends by itself: a wrap-up, or a while alone; ``since`` is when it began, if
    that was in an earlier run. ``keep_turn`` leaves ``ready_since`` alone: he lost no turn by an offer that
    was withdrawn.

    When the world shows somebody busy who had chosen to be away, he goes back to that afterwards.
    """
    was = agent.state
    if was is AgentState.WRAPPING_UP:
        _book_wrap_up(t, agent, at)
    assert now in LEGAL_MOVES[was], f"{agent.agent_id}: {was} -> {now}"
    assert (reason is not None) == (now is AgentState.NOT_READY), "not ready always has a reason"
    for kind in (TimerKind.WRAP_UP, TimerKind.COOL_DOWN, TimerKind.DWELL):
        t.timers.cancel(kind, agent.agent_id)
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
    if now is AgentState.TALKING:
        agent.not_taken = 0
        bars.shows_himself(t, agent, at)
    agent.state, agent.since, agent.reason = now, at, reason
    agent.began = None if since is None else min(since, at)
    agent.until, agent.wrap_up, agent.dwells_too_long = until, None, False
    if until is not None:
        t.timers.set(_ENDS[now], agent.agent_id, until)
    expect_dwell(t, agent)
    t.matching.index_agent(agent)
    if agent.awaited_by:
        preferred.look(t, agent)
    t.staff_changed |= was in AT_REST or now in AT_REST
    t.estimates.pace.moved(agent.agent_id, was, now, at)
    t.tell(
        AgentStateChanged(
            agent_id=agent.agent_id,
            was=was,
            now=now,
            reason=reason,
            because=because,
            until=until,
            since=since,
        )
    )


_ENDS = {AgentState.WRAPPING_UP: TimerKind.WRAP_UP, AgentState.NOT_READY: TimerKind.COOL_DOWN}
"""States that may end by themselves, and the deadline that ends them."""


def watch_dwell(t: Tables, agent: Agent, was: DwellRule | None, at: Instant) -> None:
    """The rules changed: watch by what they limit now. A limit that he is past already counts from now on, so
    that no change of rules logs anybody out by itself.
    """
    rule = t.rules.dwell_rule(agent.state, agent.reason)
    if rule == was:
        return
    t.timers.cancel(TimerKind.DWELL, agent.agent_id)
    expect_dwell(t, agent)
    if rule is not None and not agent.dwells_too_long and after(agent.in_it_since, rule.most) <= at:
        t.timers.set(TimerKind.DWELL, agent.agent_id, after(at, rule.most))


def expect_dwell(t: Tables, agent: Agent) -> None:
    """Watch how long he stays in his state, if the rules limit that."""
    rule = t.rules.dwell_rule(agent.state, agent.reason)
    if rule is not None and not agent.dwells_too_long:
        t.timers.set(TimerKind.DWELL, agent.agent_id, after(agent.in_it_since, rule.most))


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
    """Bring a busy agent to where he belongs next: what was decided meanwhile, else ready if his phone is."""
    wish, agent.next_state = agent.next_state, None
    if wish is not None and wish.state is not AgentState.READY:
        why = Because.FORCED if wish.by is not None else Because.ASKED_EARLIER
        move(t, agent, wish.state, at, why, reason=wish.reason)
    elif not agent.phone_reachable:
        without_phone(t, agent, at, Because.PHONE_UNREACHABLE)
    else:
        move(t, agent, AgentState.READY, at, because, keep_turn=keep_turn)


def without_phone(t: Tables, agent: Agent, at: Instant, because: str) -> None:
    """Not ready until his phone is there."""
    move(t, agent, AgentState.NOT_READY, at, because, reason=EngineReason.PHONE_UNREACHABLE)


def cool_down_over(t: Tables, name: str, at: Instant) -> None:
    """He has been left alone for long enough."""
    release(t, t.agents[AgentId(name)], at, Because.PAUSE_OVER)


def set_ready(t: Tables, c: SetAgentReady, at: Instant) -> None:
    """Ready now, or after what he is doing; ends a wrap-up. Refused while his phone is not registered."""
    agent = _agent(t, c.agent_id)
    if agent is None:
        return
    agent.not_taken = 0
    bars.shows_himself(t, agent, at)
    if agent.state in BUSY:
        wish(t, agent, None)  # ready is what comes of its own accord
    elif agent.state is AgentState.READY:
        pass
    elif agent.next_state is not None and agent.next_state.by is not None:
        release(t, agent, at, Because.ASKED)  # what was decided over his head comes first
    elif not agent.phone_reachable:
        t.tell(Refused(reason=f"the phone of {agent.agent_id} is not registered"))
    else:
        move(t, agent, AgentState.READY, at, Because.ASKED)


def set_not_ready(t: Tables, c: SetAgentNotReady, at: Instant) -> None:
    """Not ready now, or after what he is doing. Refused for reasons the rules do not give."""
    agent = _agent(t, c.agent_id)
    if agent is None or not may_choose(t, c.reason):
        return
    if agent.state in BUSY:
        wish(t, agent, NextState(state=AgentState.NOT_READY, reason=c.reason))
    elif not _forced(t, agent) and (agent.state is not AgentState.NOT_READY or agent.reason != c.reason):
        move(t, agent, AgentState.NOT_READY, at, Because.ASKED, reason=c.reason)


def log_out(t: Tables, c: LogAgentOut, at: Instant) -> None:
    """Logged out now, or after what he is doing."""
    agent = _agent(t, c.agent_id)
    if agent is None:
        return
    if agent.state in BUSY:
        wish(t, agent, NextState(state=AgentState.LOGGED_OUT))
    elif not _forced(t, agent) and agent.state is not AgentState.LOGGED_OUT:
        move(t, agent, AgentState.LOGGED_OUT, at, Because.ASKED)


def choose_next(t: Tables, c: ChooseNextState, at: Instant) -> None:
    """What comes after the conversation and its wrap-up. Refused of who is neither busy nor wrapping up."""
    agent = _agent(t, c.agent_id)
    if agent is None:
        return
    if agent.state not in BUSY and agent.state is not AgentState.WRAPPING_UP:
        t.tell(Refused(reason=f"{agent.agent_id} is not busy: set his state"))
    elif c.state is None:
        wish(t, agent, None)
    elif may_become(t, c.state, c.reason):
        wish(t, agent, NextState(state=c.state, reason=c.reason))


def wish(t: Tables, agent: Agent, wanted: NextState | None) -> None:
    """Note what comes after what he is doing; refused where somebody has decided that over his head."""
    if not _forced(t, agent) and agent.next_state != wanted:
        set_next(t, agent, wanted)


def set_next(t: Tables, agent: Agent, wanted: NextState | None) -> None:
    """Note what comes after what he is doing, and tell."""
    agent.next_state = wanted
    preferred.look(t, agent)
    t.tell(
        NextStateChosen(
            agent_id=agent.agent_id,
            state=wanted.state if wanted is not None else None,
            reason=wanted.reason if wanted is not None else None,
            by=wanted.by if wanted is not None else None,
        )
    )


def _forced(t: Tables, agent: Agent) -> bool:
    decided = agent.next_state
    if decided is None or decided.by is None:
        return False
    t.tell(Refused(reason=f"{decided.by} has decided that {agent.agent_id} will be {decided.state} then"))
    return True


def _agent(t: Tables, agent_id: AgentId) -> Agent | None:
    agent = t.agents.get(agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {agent_id}"))
    return agent


def may_become(t: Tables, state: AgentState, reason: NotReadyReason | None) -> bool:
    """Whether people may ask for this state; tells why not."""
    if state not in (AgentState.READY, AgentState.NOT_READY, AgentState.LOGGED_OUT):
        t.tell(Refused(reason=f"nobody can be made {state}"))
        return False
    if state is not AgentState.NOT_READY:
        if reason is not None:
            t.tell(Refused(reason="a reason goes with not ready only"))
        return reason is None
    if reason is None:
        t.tell(Refused(reason="not ready always has a reason"))
        return False
    return may_choose(t, reason)


def may_choose(t: Tables, reason: NotReadyReason) -> bool:
    """Whether people may give this reason; tells why not."""
    if reason in CHOSEN_BY_ENGINE:
        t.tell(Refused(reason=f"{reason} is a reason only the engine gives"))
    elif reason not in t.rules.reasons and reason != OTHER:
        t.tell(Refused(reason=f"{reason} is no reason here; there are {', '.join(t.rules.reasons)}"))
    else:
        return True
    return False


def phone_changed(t: Tables, s: PhoneChanged, at: Instant) -> None:
    """A phone that vanishes takes a ready agent out; one that returns brings him back."""
    agent = t.agents.get(s.agent_id)
    if agent is None or agent.phone_reachable == s.reachable:
        return
    _note_phone(t, agent, s.reachable)
    if s.reachable:
        bars.shows_himself(t, agent, at)
    if not s.reachable and agent.state is AgentState.READY:
        without_phone(t, agent, at, Because.PHONE_UNREACHABLE)
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
    """Give an agent back the state he had when the engine last ran, if nothing has been said of him since.
    Who was busy then counts as ready.

    His phone has not been seen yet, so ready waits for it as for any phone that comes back.
    """
    agent = t.agents.get(s.agent_id)
    if agent is None or agent.since > 0 or s.state is AgentState.LOGGED_OUT:
        return
    passes = s.until is not None or s.reason == EngineReason.PHONE_UNREACHABLE
    if s.state is AgentState.NOT_READY and not passes:
        reason = s.reason or OTHER
        move(t, agent, AgentState.NOT_READY, at, Because.REMEMBERED, reason=reason, since=s.since)
    elif agent.phone_reachable:
        move(t, agent, AgentState.READY, at, Because.REMEMBERED)
    else:
        without_phone(t, agent, at, Because.REMEMBERED)
