"""Calls that an agent asks for: he looks at somebody, dials by hand, or has promised to call.

Such a call is a callback of his alone, tried once. It is nobody's promise: it is not told as one that is
booked, no queue's rules about callbacks count for it, and no restart brings it back.
"""

from acd import callbacks, calls
from acd.agent import AgentState
from acd.brief import Brief
from acd.call import CallClass
from acd.callback import Callback, CallbackOrder
from acd.callback_events import WhyCallback
from acd.commands import DialForAgent
from acd.events import Refused
from acd.instant import Instant, Span, after, seconds
from acd.outside import refusal
from acd.requirement import AN_AGENT
from acd.tables import Tables

OFFERED_WITHIN = seconds(5)
"""He is ready, so it is offered to him at once, or never."""
BY_AGENT = "an agent asked for the call"


def dial(t: Tables, c: DialForAgent, at: Instant) -> None:
    """Ring the agent, then whom he wants to talk with."""
    if (why := _why_not(t, c)) is not None:
        t.tell(Refused(reason=why))
        return
    callback = Callback(
        call_id=c.call_id,
        queue_id=c.queue_id,
        number=c.number,
        customer_id=None,
        from_call=None,
        order=CallbackOrder.AGENT_FIRST,
        booked_at=at,
        expires_at=after(at, OFFERED_WITHIN),
        not_before=at,
        since=at,
        dial_for=c.ring_for,
    )
    call = calls.start(t, c.call_id, c.number, "", at, we_called=True)
    call.callback, call.class_because = callback, BY_AGENT
    calls.take_brief(call, Brief(requires=f"{AN_AGENT}{c.agent_id}"))
    t.callbacks.add(callback)
    calls.enqueue(t, call, c.queue_id, CallClass.VIP, at, Span(0), at)
    callbacks.settle(t, call, at, WhyCallback.ITS_TIME)


def _why_not(t: Tables, c: DialForAgent) -> str | None:
    agent, queue = t.agents.get(c.agent_id), t.rules.queues.get(c.queue_id)
    if agent is None or queue is None:
        return f"there is no agent {c.agent_id}" if agent is None else f"there is no queue {c.queue_id}"
    if not t.link_up:
        return "the link to the PBX is down"
    if agent.state is not AgentState.READY:
        return f"{c.agent_id} is {agent.state}"
    if queue.queue_id in agent.away_from or not agent.profile.meets(queue.requirement):
        return f"{c.agent_id} does not serve {c.queue_id}"
    if c.call_id in t.calls or c.call_id in t.ended_calls:
        return f"there is a call {c.call_id} already"
    if t.callbacks.of(c.number, None) is not None:
        return f"{c.number} is being called already"
    return refusal(t.rules.outside, c.number)
