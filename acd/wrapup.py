"""After a conversation: wrap-up as the queue gives it, fixed or until the agent says done; more on demand."""

from acd.agent import Agent, AgentState, WrapUp
from acd.agent_events import Because, DwellExceeded, WrapUpExtended
from acd.agent_rules import DwellThen
from acd.agents import move, release
from acd.call import Call
from acd.commands import EndWrapUp, ExtendWrapUp
from acd.events import Refused
from acd.ids import AgentId
from acd.instant import Instant, Span, after
from acd.tables import Tables
from acd.timers import TimerKind


def begin(t: Tables, agent: Agent, call: Call, at: Instant) -> None:
    """The conversation is over: wrap-up for as long as the call's queue gives, or straight on."""
    queue = t.rules.queues.get(call.queue_id) if call.queue_id is not None else None
    at_once = agent.next_state is not None and agent.next_state.at_once
    if queue is None or not queue.wrap_up or at_once:
        release(t, agent, at, Because.CALL_ENDED)
        return
    move(t, agent, AgentState.WRAPPING_UP, at, Because.CALL_ENDED, until=after(at, queue.wrap_up))
    agent.after_call, agent.after_queue = call.call_id, call.queue_id
    agent.wrap_up = WrapUp(
        manual=queue.wrap_up_manual,
        extension=queue.wrap_up_extension,
        extensions_left=queue.wrap_up_extensions,
    )


def over(t: Tables, name: str, at: Instant) -> None:
    """The deadline fell due. Of a manual wrap-up that is news: he never said that he was done."""
    agent = t.agents[AgentId(name)]
    if agent.wrap_up is not None and agent.wrap_up.manual:
        t.tell(
            DwellExceeded(
                agent_id=agent.agent_id,
                state=agent.state,
                reason=None,
                lasted=Span(at - agent.since),
                then=DwellThen.RELEASE,
            )
        )
    release(t, agent, at, Because.WRAP_UP_OVER)


def end(t: Tables, c: EndWrapUp, at: Instant) -> None:
    """He is done: on to what he chose for afterwards, else ready."""
    agent = _wrapping_up(t, c.agent_id)
    if agent is not None:
        release(t, agent, at, Because.WRAP_UP_DONE)


def extend(t: Tables, c: ExtendWrapUp, at: Instant) -> None:
    """He needs more time: as much, and as often, as the queue gives."""
    agent = _wrapping_up(t, c.agent_id)
    if agent is None:
        return
    terms = agent.wrap_up
    if terms is None or agent.until is None or not terms.extensions_left:
        t.tell(Refused(reason=f"{agent.agent_id} gets no more time after this conversation"))
        return
    agent.until = after(agent.until, terms.extension)
    agent.wrap_up = WrapUp(
        manual=terms.manual, extension=terms.extension, extensions_left=terms.extensions_left - 1
    )
    t.timers.set(TimerKind.WRAP_UP, agent.agent_id, agent.until)
    t.tell(
        WrapUpExtended(agent_id=agent.agent_id, until=agent.until, extensions_left=terms.extensions_left - 1)
    )


def _wrapping_up(t: Tables, agent_id: AgentId) -> Agent | None:
    agent = t.agents.get(agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {agent_id}"))
    elif agent.state is not AgentState.WRAPPING_UP:
        t.tell(Refused(reason=f"{agent_id} is not wrapping up"))
        return None
    return agent
