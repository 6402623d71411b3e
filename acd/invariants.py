"""What must hold between any two messages, whatever happened. Tests check it after every step."""

from collections.abc import Iterator

from acd.agent import AgentState, NotReadyReason
from acd.call import Call, CallState
from acd.ids import AgentId, CallId, OfferId
from acd.lazyheap import FEW
from acd.relaxation import next_step
from acd.tables import Tables
from acd.timers import TimerKind

WAITS = (CallState.WAITING, CallState.OFFERED)
AT_REST = (AgentState.LOGGED_OUT, AgentState.NOT_READY)


def violations(t: Tables) -> list[str]:
    """Every broken promise, in words; an empty list is a healthy floor."""
    return [*_calls(t), *_agents(t), *_offers(t), *_timers(t), *_indices(t), *_books(t)]


def _calls(t: Tables) -> Iterator[str]:
    for call in t.calls.values():
        if call.state is CallState.ENDED:
            yield f"call {call.call_id} ended and is still here"
        if call.call_id in t.ended_calls:
            yield f"call {call.call_id} is both live and ended"
        offer = t.offers.get(call.offer_id) if call.offer_id is not None else None
        if (call.state is CallState.OFFERED) != (offer is not None and offer.call_id == call.call_id):
            yield f"call {call.call_id} is {call.state} with offer {call.offer_id}"
        places = [q for q, members in t.in_queue.items() if call.call_id in members]
        waits = call.state in WAITS
        if places != ([call.queue_id] if waits else []):
            yield f"call {call.call_id} is {call.state} and in queues {places}"
        if (call.state is CallState.CONNECTED) != (call.agent_id is not None):
            yield f"call {call.call_id} is {call.state} with agent {call.agent_id}"
        if call.state is CallState.WAITING and not call.in_waiting_room:
            yield from _no_way_out(t, TimerKind.LOCATE, call.call_id)
        if waits:
            yield from _relaxation(t, call)


def _relaxation(t: Tables, call: Call) -> Iterator[str]:
    assert call.queue_id is not None
    steps = t.rules.queues[call.queue_id].steps
    if call.requirement is not steps[call.relaxed]:
        yield f"call {call.call_id} requires {call.requirement} at step {call.relaxed}"
    if next_step(t, call) is not None:
        yield from _no_way_out(t, TimerKind.RELAXATION, call.call_id)
    staff = [a.profile.skills for a in t.agents.values() if a.state is not AgentState.LOGGED_OUT]
    hope = [any(step.suits(skills) for skills in staff) for step in steps[call.relaxed :]]
    if call.in_waiting_room and any(hope) and not hope[0]:
        yield f"call {call.call_id} waits for whom nobody logged in is, and a later step has somebody"


def _agents(t: Tables) -> Iterator[str]:
    for agent in t.agents.values():
        holding = [o.offer_id for o in t.offers.values() if o.agent_id == agent.agent_id]
        expected = [agent.offer_id] if agent.state is AgentState.OFFERED else []
        if holding != expected:
            yield f"agent {agent.agent_id} is {agent.state} and holds offers {holding}"
        talking = [c.call_id for c in t.calls.values() if c.agent_id == agent.agent_id]
        expected_calls = [agent.call_id] if agent.state is AgentState.TALKING else []
        if talking != expected_calls:
            yield f"agent {agent.agent_id} is {agent.state} and talks in {talking}"
        if agent.state is AgentState.READY and not agent.phone_reachable:
            yield f"agent {agent.agent_id} is ready with no phone"
        if agent.state is AgentState.WRAPPING_UP:
            yield from _no_way_out(t, TimerKind.WRAP_UP, agent.agent_id)
        if (agent.state is AgentState.NOT_READY) != (agent.reason is not None):
            yield f"agent {agent.agent_id} is {agent.state} because of {agent.reason}"
        if agent.reason is NotReadyReason.REJECTED:
            yield from _no_way_out(t, TimerKind.REJECTED_PAUSE, agent.agent_id)
        if agent.reason is NotReadyReason.PHONE_UNREACHABLE and agent.phone_reachable:
            yield f"agent {agent.agent_id} waits for a phone that is there"
        if agent.next_state is not None and agent.state in (AgentState.READY, *AT_REST):
            yield f"agent {agent.agent_id} is {agent.state} and still wishes for {agent.next_state}"


def _offers(t: Tables) -> Iterator[str]:
    for offer in t.offers.values():
        if offer.call_id not in t.calls:
            yield f"offer {offer.offer_id} of a call that is not here"
        if offer.offer_id in t.ended_offers:
            yield f"offer {offer.offer_id} is both live and ended"
        if t.link_up:
            yield from _no_way_out(t, TimerKind.OFFER_LEASE, offer.offer_id)
    talking = {c.talk_offer_id: c.call_id for c in t.calls.values() if c.talk_offer_id is not None}
    if talking != t.talking:
        yield f"conversations {t.talking}, calls in conversation {talking}"


def _timers(t: Tables) -> Iterator[str]:
    """A deadline that outlives its cause would strike somebody else."""
    for timer in t.timers:
        match timer.kind:
            case TimerKind.OFFER_LEASE:
                lives = OfferId(timer.name) in t.offers
            case TimerKind.LOCATE:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.state is CallState.WAITING and not call.in_waiting_room
            case TimerKind.WRAP_UP:
                lives = t.agents[AgentId(timer.name)].state is AgentState.WRAPPING_UP
            case TimerKind.REJECTED_PAUSE:
                lives = t.agents[AgentId(timer.name)].reason is NotReadyReason.REJECTED
            case TimerKind.RELAXATION:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.state in WAITS and next_step(t, call) is not None
        if not lives:
            yield f"a {timer.kind} deadline for {timer.name}, whom it does not concern any more"


def _no_way_out(t: Tables, kind: TimerKind, name: str) -> Iterator[str]:
    if not t.timers.is_set(kind, name):
        yield f"{name} waits for a {kind} deadline that does not exist"


def _indices(t: Tables) -> Iterator[str]:
    for agent in t.agents.values():
        ready_for = [need for need, heap in t.ready.items() if agent.agent_id in heap]
        suits = [need for need in t.ready if need.suits(agent.profile.skills)]
        if ready_for != (suits if agent.state is AgentState.READY else []):
            yield f"agent {agent.agent_id} is {agent.state}, indexed as ready for {ready_for}"
    for call in t.calls.values():
        waits_for = [need for need, heap in t.waiting.items() if call.call_id in heap]
        served = call.state is CallState.WAITING and call.in_waiting_room
        if waits_for != ([call.requirement] if served else []):
            yield f"call {call.call_id} is {call.state}, indexed as waiting for {waits_for}"
    for need, staff in t.staff.items():
        logged_in = [a for a in t.agents.values() if a.state is not AgentState.LOGGED_OUT]
        if staff != sum(need.suits(agent.profile.skills) for agent in logged_in):
            yield f"{staff} agents are counted as staff for {need}"
    for need, callers in t.waiting.items():
        if t.link_up and callers and t.ready[need]:
            yield f"callers needing {need} and ready agents who suit are not matched"
    sizes = [(heap.entries, len(heap)) for heap in t.ready.values()]
    sizes += [(heap.entries, len(heap)) for heap in t.waiting.values()]
    if any(entries > 2 * members + FEW for entries, members in sizes):
        yield "an index keeps more dead entries than living ones"
    strangers = {c for heap in t.waiting.values() for c in heap.some(len(heap))} - t.calls.keys()
    strangers |= {c for line in t.in_queue.values() for c in line} - t.calls.keys()
    if strangers:
        yield f"calls {sorted(strangers)} are indexed and not here"


def _books(t: Tables) -> Iterator[str]:
    for queue_id, stats in t.stats.items():
        unexplained = stats.unexplained(len(t.in_queue[queue_id]))
        if unexplained:
            yield f"queue {queue_id} has {unexplained} unexplained calls"
