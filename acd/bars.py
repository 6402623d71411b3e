"""Whom a caller is not offered to again: agents who did not take him, for a while or until they show up.

A phone that nobody answered is not rung for the same caller twice in a row: only after somebody else's was,
or after a word of its agent, an answered call or a new registration shows that somebody is there.
"""

from dataclasses import replace

from acd.agent import Agent
from acd.bar import DEAF, Bar
from acd.call import Call
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span, after
from acd.offer import OfferEnd
from acd.tables import Tables
from acd.timers import TimerKind


def put(t: Tables, call: Call, agent: Agent, how: OfferEnd, span: Span, at: Instant) -> None:
    """He did not take this caller: keep the caller from him for so long."""
    bar = Bar(after(at, span), how in DEAF, True)
    if bar.stands(at):
        call.barred[agent.agent_id] = bar
        agent.barred_from[call.call_id] = None
        _expect(t, call, at)


def offered_to(t: Tables, call: Call, agent: Agent, at: Instant) -> None:
    """The caller is offered to somebody: whoever was offered him before was not the last."""
    for other, bar in tuple(call.barred.items()):
        if other != agent.agent_id:
            call.barred[other] = replace(bar, last=False)
    look(t, call, at)


def look(t: Tables, call: Call, at: Instant) -> None:
    """Lift the bars whose time is over."""
    for agent_id, bar in tuple(call.barred.items()):
        if not bar.stands(at):
            _lift(t, call, agent_id)
    _expect(t, call, at)


def due(t: Tables, name: str, at: Instant) -> None:
    """The time of a bar is over."""
    look(t, t.calls[CallId(name)], at)


def shows_himself(t: Tables, agent: Agent, at: Instant) -> None:
    """Somebody is at his phone after all."""
    for call_id in tuple(agent.barred_from):
        call = t.calls[call_id]
        if call.barred[agent.agent_id].deaf:
            _lift(t, call, agent.agent_id)
            _expect(t, call, at)


def forget(t: Tables, call: Call) -> None:
    """He no longer waits: nothing keeps him from anybody."""
    t.timers.cancel(TimerKind.BAR, call.call_id)
    for agent_id in tuple(call.barred):
        del t.agents[agent_id].barred_from[call.call_id]
    call.barred.clear()


def _lift(t: Tables, call: Call, agent_id: AgentId) -> None:
    del call.barred[agent_id]
    del t.agents[agent_id].barred_from[call.call_id]
    t.matching.index_call(call)


def _expect(t: Tables, call: Call, at: Instant) -> None:
    soonest = min((bar.until for bar in call.barred.values() if at < bar.until), default=None)
    if soonest is None:
        t.timers.cancel(TimerKind.BAR, call.call_id)
    else:
        t.timers.set(TimerKind.BAR, call.call_id, soonest)
