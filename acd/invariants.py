"""What must hold between any two messages, whatever happened. Tests check it after every step."""

from collections import Counter
from collections.abc import Iterator

from acd import doors, overflow, staffing
from acd.agent import Agent, AgentState
from acd.booking import refusal_of
from acd.call import Call, CallState, Presence
from acd.callback import UNDER_WAY, WITHOUT_CHANNEL, CallbackState
from acd.dialling import OVER
from acd.failures import REASONS
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant
from acd.ivr_stay import IvrStay
from acd.message import MessageKind
from acd.overflow_rules import StaffedBy
from acd.pace import AWAY
from acd.policy import barred
from acd.pool import Pool
from acd.preferred import may_come
from acd.reasons import EngineReason
from acd.relaxation import next_step, required
from acd.tables import Tables
from acd.teams import RESERVE
from acd.tiers import next_tier
from acd.timers import TimerKind

WAITS = (CallState.WAITING, CallState.OFFERED)
COOLS_DOWN = frozenset(reason for reason, _ in REASONS.values())
AT_REST = (AgentState.LOGGED_OUT, AgentState.NOT_READY)


def violations(t: Tables) -> list[str]:
    """Every broken promise, in words; an empty list is a healthy floor."""
    return [
        *_calls(t),
        *_callbacks(t),
        *_agents(t),
        *_offers(t),
        *_timers(t),
        *_indices(t),
        *_books(t),
        *_doors(t),
        *_reserves(t),
        *_estimates(t),
        *_ledger(t),
    ]


def _calls(t: Tables) -> Iterator[str]:
    for call in t.calls.values():
        if call.state is CallState.ENDED:
            yield f"call {call.call_id} ended and is still here"
        if call.call_id in t.ended_calls:
            yield f"call {call.call_id} is both live and ended"
        held = tuple(offer.offer_id for offer in t.offers.values() if offer.call_id == call.call_id)
        if (call.state is CallState.OFFERED) != bool(held) or held != call.offer_ids:
            yield f"call {call.call_id} is {call.state} with offers {call.offer_ids}, and {held} are live"
        places = [q for q, members in t.in_queue.items() if call.call_id in members]
        waits = call.state in WAITS
        if places != ([call.queue_id] if waits else []):
            yield f"call {call.call_id} is {call.state} and in queues {places}"
        if (call.state is CallState.CONNECTED) != (call.agent_id is not None):
            yield f"call {call.call_id} is {call.state} with agent {call.agent_id}"
        if call.state is CallState.WAITING and not call.in_waiting_room and not _booked(call):
            yield from _no_way_out(t, TimerKind.LOCATE, call.call_id)
        if waits:
            yield from _relaxation(t, call)
            yield from _overflow(t, call)
            if call.queue_id is not None and t.rules.queues[call.queue_id].announce is not None:
                yield from _no_way_out(t, TimerKind.ANNOUNCE, call.call_id)
        if call.stay is not None and call.state is not _place_of(call.stay):
            yield f"call {call.call_id} is {call.state} and still in the flow {call.stay.flow}"
        if (call.state is CallState.LEAVING) != (call.leaving is not None):
            yield f"call {call.call_id} is {call.state} and leaving {call.leaving}"
        if call.asked_for is MessageKind.RECORDING:
            yield f"call {call.call_id} is booked as come to be recorded"
        if (call.state is CallState.TRANSFERRED) != (call.transfer is not None):
            yield f"call {call.call_id} is {call.state} and put through to {call.transfer}"
        yield from _preferred(t, call)
        if call.barred and not waits:
            yield f"call {call.call_id} is {call.state} and kept from {list(call.barred)}"
        if any(call.call_id not in t.agents[agent_id].barred_from for agent_id in call.barred):
            yield f"call {call.call_id} is kept from agents who do not know"
        if any(not (bar.deaf and bar.last) for bar in call.barred.values()):
            yield from _no_way_out(t, TimerKind.BAR, call.call_id)


def _place_of(stay: IvrStay) -> CallState:
    return CallState.WAITING if stay.waits else CallState.IN_IVR


def _booked(call: Call) -> bool:
    return call.callback is not None and call.callback.state is CallbackState.BOOKED


def _callbacks(t: Tables) -> Iterator[str]:
    theirs = {call.call_id: call.callback for call in t.calls.values() if call.callback is not None}
    if theirs != {callback.call_id: callback for callback in t.callbacks}:
        yield f"callbacks {[c.call_id for c in t.callbacks]} are in the book, {list(theirs)} are calls"
    numbers = [callback.number for callback in t.callbacks]
    if len(set(numbers)) != len(numbers):
        yield f"two callbacks for one number: {numbers}"
    for queue_id, line in t.in_queue.items():
        on_paper = sum(t.calls[call_id].presence is Presence.CALLBACK for call_id in line)
        if on_paper != t.callbacks.count(queue_id):
            yield f"{t.callbacks.count(queue_id)} callbacks counted in {queue_id}, {on_paper} there"
    for callback in t.callbacks:
        call, state = t.calls[callback.call_id], callback.state
        due = call.state is CallState.WAITING and call.in_waiting_room
        if state in OVER:
            yield f"callback {call.call_id} is {state} and still here"
        if state in WITHOUT_CHANNEL:
            yield from _no_way_out(t, TimerKind.CALLBACK, call.call_id)
            if call.state is not CallState.WAITING or due != (state is CallbackState.DUE):
                yield f"callback {call.call_id} is {state}, its call {call.state}, servable: {due}"
        if state in UNDER_WAY and (due or call.state not in WAITS):
            yield f"callback {call.call_id} is {state}, its call {call.state}, servable: {due}"


def _relaxation(t: Tables, call: Call) -> Iterator[str]:
    assert call.queue_id is not None
    steps = [tiers[-1].requirement for tiers in t.matching.steps_of(call)]
    if call.requirement != required(t, call, call.queue_id) or call.requirement != steps[call.relaxed]:
        yield f"call {call.call_id} requires {call.requirement} at step {call.relaxed}"
    if next_step(t, call) is not None:
        yield from _no_way_out(t, TimerKind.RELAXATION, call.call_id)
    staff = [
        agent.profile
        for agent in t.agents.values()
        if agent.state is not AgentState.LOGGED_OUT and not staffing.has_left(agent, call.queue_id)
    ]
    hope = [any(profile.meets(step) for profile in staff) for step in steps[call.relaxed :]]
    if call.in_waiting_room and any(hope) and not hope[0] and call.waits_for is None:
        yield f"call {call.call_id} waits for whom nobody logged in is, and a later step has somebody"
    yield from _tiers(t, call)


def _tiers(t: Tables, call: Call) -> Iterator[str]:
    assert call.queue_id is not None
    queue = t.rules.queues[call.queue_id]
    if next_tier(t, call) is not None:
        yield from _no_way_out(t, TimerKind.TIER, call.call_id)
    here = [a for a in t.agents.values() if a.state not in AT_REST and queue.queue_id not in a.away_from]
    tiers = [queue.tier_of(a.agent_id) for a in here if a.profile.meets(call.requirement)]
    reserve_helps = RESERVE in tiers and t.matching.reserve_is_open(queue.queue_id)
    elsewhere = [tier for tier in tiers if call.tier < tier < RESERVE]
    nobody = not reserve_helps and not any(tier <= call.tier for tier in tiers)
    if call.in_waiting_room and elsewhere and nobody and call.waits_for is None:
        yield f"call {call.call_id} waits for tiers in which nobody is at work, and a later one has somebody"


def _reserves(t: Tables) -> Iterator[str]:
    for queue_id, queue in t.rules.queues.items():
        is_open, watched = t.matching.reserve_is_open(queue_id), t.timers.is_set(TimerKind.RESERVE, queue_id)
        if queue.reserve is None and (is_open or watched):
            yield f"queue {queue_id} has no reserve, and it is open or watched"
        if queue.reserve is not None and (is_open or t.in_queue[queue_id]) and not watched:
            yield f"nobody looks after the reserve of {queue_id}"
        for demand in t.matching.demands_of(queue_id):
            if demand.pools != (*demand.regular, *(demand.reserve if is_open else ())):
                yield f"{demand} takes agents from the wrong pools"


def _preferred(t: Tables, call: Call) -> Iterator[str]:
    awaiting = [a.agent_id for a in t.agents.values() if call.call_id in a.awaited_by]
    if awaiting != ([] if call.waits_for is None else [call.waits_for]):
        yield f"call {call.call_id} waits for {call.waits_for} and is entered with {awaiting}"
    if call.waits_for is not None:
        yield from _no_way_out(t, TimerKind.PREFERRED_AGENT, call.call_id)
        if call.state is not CallState.WAITING or not may_come(t.agents[call.waits_for], call.waits_until):
            yield f"call {call.call_id} is {call.state} and waits for {call.waits_for} in vain"


def _overflow(t: Tables, call: Call) -> Iterator[str]:
    assert call.queue_id is not None
    if call.queue_id in call.been_in:
        yield f"call {call.call_id} is back in {call.queue_id}, where it overflowed"
    if call.state is not CallState.WAITING or not call.in_waiting_room or not t.link_up:
        return
    if call.callback is not None:  # nobody is sent away whom we call
        return
    may_stay = doors.drains(t, call.queue_id) and refusal_of(t, call, call.queue_id, None) is not None
    if doors.sends_waiting_away(t, call.queue_id) and not may_stay:
        yield f"call {call.call_id} waits in {call.queue_id}, which sent everybody away"
    if overflow.next_look(t, call, call.since) is not None:
        yield from _no_way_out(t, TimerKind.OVERFLOW, call.call_id)


def _doors(t: Tables) -> Iterator[str]:
    if t.doors.keys() != t.rules.queues.keys() and t.doors:
        yield f"doors of {list(t.doors)}, queues {list(t.rules.queues)}"
    for queue_id, door in t.doors.items():
        if t.rules.queues[queue_id].hours is not None:
            yield from _no_way_out(t, TimerKind.HOURS, queue_id)
        elif not door.open_by_hours:
            yield f"queue {queue_id} has no hours and is closed by them"
    for queue_id, queue in t.rules.queues.items():
        if t.doors and queue.staff.staffed_by is not StaffedBy.ANYBODY:
            at_work = queue.staff.staffed_by is StaffedBy.AT_WORK
            absent = AT_REST if at_work else (AgentState.LOGGED_OUT,)
            here = [
                agent.agent_id
                for agent in staffing.servers(t, queue_id)
                if agent.state not in absent
                and not (queue_id in agent.away_from if at_work else staffing.has_left(agent, queue_id))
            ]
            if bool(here) == (queue_id in t.unstaffed_since):
                yield f"queue {queue_id} is unstaffed since {t.unstaffed_since.get(queue_id)}: {here}"


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
        if (agent.wrap_up is not None) != (agent.state is AgentState.WRAPPING_UP):
            yield f"agent {agent.agent_id} is {agent.state} with the terms of {agent.wrap_up}"
        if (agent.state is AgentState.NOT_READY) != (agent.reason is not None):
            yield f"agent {agent.agent_id} is {agent.state} because of {agent.reason}"
        ends = t.timers.is_set(TimerKind.WRAP_UP, agent.agent_id)
        ends |= t.timers.is_set(TimerKind.COOL_DOWN, agent.agent_id)
        if ends != (agent.until is not None):
            yield f"agent {agent.agent_id} is {agent.state} until {agent.until}"
        dwell = t.rules.dwell_rule(agent.state, agent.reason)
        if dwell is not None and not agent.dwells_too_long:
            yield from _no_way_out(t, TimerKind.DWELL, agent.agent_id)
        if agent.reason == EngineReason.PHONE_UNREACHABLE and agent.phone_reachable:
            yield f"agent {agent.agent_id} waits for a phone that is there"
        if (agent.after_call is not None) > (agent.state is AgentState.WRAPPING_UP):
            yield f"agent {agent.agent_id} is {agent.state} and wraps up {agent.after_call}"
        for call_id in agent.barred_from:
            if call_id not in t.calls or agent.agent_id not in t.calls[call_id].barred:
                yield f"agent {agent.agent_id} is kept from {call_id}, who does not know"
        if [q for q, there in t.matching.away.items() if agent.agent_id in there] != [
            q for q in t.rules.queues if q in agent.away_from
        ]:
            yield f"agent {agent.agent_id} is away from {list(agent.away_from)}, and the index does not know"
        if agent.next_state is not None and agent.state in (AgentState.READY, *AT_REST):
            yield f"agent {agent.agent_id} is {agent.state} and still wishes for {agent.next_state}"


def _offers(t: Tables) -> Iterator[str]:
    for offer in t.offers.values():
        if offer.call_id not in t.calls:
            yield f"offer {offer.offer_id} of a call that is not here"
        if offer.call_id in t.calls and offer.agent_id in t.calls[offer.call_id].barred:
            yield f"offer {offer.offer_id} rings {offer.agent_id} again for a caller he did not take"
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
                lives = call is not None and (
                    call.state is CallState.LEAVING
                    or (call.state is CallState.WAITING and not call.in_waiting_room and not _booked(call))
                )
            case TimerKind.CALLBACK:
                callback = t.callbacks.get(CallId(timer.name))
                lives = callback is not None and callback.state in WITHOUT_CHANNEL
            case TimerKind.WRAP_UP:
                lives = t.agents[AgentId(timer.name)].state is AgentState.WRAPPING_UP
            case TimerKind.COOL_DOWN:
                agent = t.agents[AgentId(timer.name)]
                lives = agent.reason in COOLS_DOWN and agent.until is not None
            case TimerKind.DWELL:
                agent = t.agents[AgentId(timer.name)]
                limited = t.rules.dwell_rule(agent.state, agent.reason) is not None
                lives = limited and not agent.dwells_too_long
            case TimerKind.HOURS:
                queue = t.rules.queues.get(QueueId(timer.name))
                lives = queue is not None and queue.hours is not None
            case TimerKind.OVERFLOW | TimerKind.ANNOUNCE:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.state in WAITS
            case TimerKind.BAR:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.state in WAITS and bool(call.barred)
            case TimerKind.RESERVE:
                lives = QueueId(timer.name) in t.rules.queues  # see _reserves
            case TimerKind.PREFERRED_AGENT:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.waits_for is not None
            case TimerKind.TIER:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.state in WAITS and next_tier(t, call) is not None
            case TimerKind.RELAXATION:
                call = t.calls.get(CallId(timer.name))
                lives = call is not None and call.state in WAITS and next_step(t, call) is not None
        if not lives:
            yield f"a {timer.kind} deadline for {timer.name}, whom it does not concern any more"


def _no_way_out(t: Tables, kind: TimerKind, name: str) -> Iterator[str]:
    if not t.timers.is_set(kind, name):
        yield f"{name} waits for a {kind} deadline that does not exist"


def _belongs(t: Tables, agent: Agent, pool: Pool) -> bool:
    if pool.kind.alone is not None:
        return pool.kind.alone == agent.agent_id
    team = pool.kind.team
    of_team = team is None or t.rules.queues[team.queue_id].tier_of(agent.agent_id) == team.tier
    return of_team and agent.profile.meets(pool.kind.requirement)


def _indices(t: Tables) -> Iterator[str]:
    m = t.matching
    pools, demands = [*m.pools.values(), *m.alone.values()], m.all_demands()
    for agent in t.agents.values():
        suits = [pool for pool in pools if _belongs(t, agent, pool)]
        if {*suits} != {*m.serves(agent)} or suits != [pool for pool in pools if agent in pool.members]:
            yield f"agent {agent.agent_id} is in the wrong pools"
        ready_for = [pool for pool in pools if agent.agent_id in pool]
        if ready_for != (suits if agent.state is AgentState.READY else []):
            needs = [str(pool) for pool in ready_for]
            yield f"agent {agent.agent_id} is {agent.state}, indexed as ready for {needs}"
    for call in t.calls.values():
        waits_for = [str(demand) for demand in demands if call.call_id in demand.waiting]
        served = call.state is CallState.WAITING and call.in_waiting_room
        if waits_for != ([str(m.demand(call))] if served else []):
            yield f"call {call.call_id} is {call.state}, indexed as waiting for {waits_for}"
    uses: dict[Pool, Counter[QueueId]] = {}
    for demand in (d for queue_id in m.tiers for d in m.demands_of(queue_id)):
        for pool in (*demand.regular, *demand.reserve):
            uses.setdefault(pool, Counter())[demand.queue_id] += 1
    for pool in pools:
        logged_in = sum(agent.state is not AgentState.LOGGED_OUT for agent in pool.members)
        if pool.staff != logged_in:
            yield f"{pool.staff} agents are counted as staff for {pool}, {logged_in} are"
        at_work = sum(agent.state not in AT_REST for agent in pool.members)
        if pool.at_work != at_work:
            yield f"{pool.at_work} agents are counted as at work in the pool of {pool}, {at_work} are"
        if pool.queues != uses.get(pool, {}):
            yield f"the pool of {pool} is for the wrong queues"
        waited_for_by = {demand for demand in demands if demand.waiting and pool in demand.pools}
        if pool.waited_for_by.keys() != waited_for_by:
            yield f"the pool of {pool} is waited for by the wrong demands"
    own = {
        (call.queue_id, call.own) for call in t.calls.values() if call.own is not None and call.state in WAITS
    }
    if m.required_by_callers() != own:
        yield f"callers require {own}, and there are demands for {m.required_by_callers()}"
    for demand in demands:
        anybody = demand.can_be_met() and demand.waiting.first(Instant(0)) is not None
        for _, call_id in demand.waiting.choosy(Instant(0)):
            anybody |= any(pool.has_but(barred(t, t.calls[call_id])) for pool in demand.pools)
        if t.link_up and anybody:
            yield f"callers of {demand} and ready agents who suit are not matched"
    if not all(pool.is_trim for pool in pools) or not all(demand.waiting.is_trim for demand in demands):
        yield "an index keeps more dead entries than living ones"
    strangers = {c for d in demands for c in d.waiting.some(len(d.waiting))} - t.calls.keys()
    strangers |= {c for line in t.in_queue.values() for c in line} - t.calls.keys()
    if strangers:
        yield f"calls {sorted(strangers)} are indexed and not here"


def _estimates(t: Tables) -> Iterator[str]:
    in_line = {call_id for line in t.in_queue.values() for call_id in line}
    foretold = t.estimates.foretold.keys()
    if not foretold <= in_line or (t.explains and foretold != in_line):
        yield f"waits are foretold to {sorted(foretold)}, in line are {sorted(in_line)}"
    pace = t.estimates.pace
    there = [agent for agent in t.agents.values() if agent.state not in AWAY]
    if pace.there() != {agent.agent_id for agent in there}:
        yield f"agents {sorted(pace.there())} are counted as being there"
    for demand in (d for steps in t.matching.tiers.values() for tiers in steps for d in tiers):
        may = {agent.agent_id for pool in demand.pools for agent in pool.members} & pace.there()
        if pace.heads(demand.reach) != len(may):
            yield f"{pace.heads(demand.reach)} agents are counted as being there for {demand}"
        if (pace.speed(demand.reach) > 0) != bool(may):
            yield f"agents for {demand} take {pace.speed(demand.reach)} calls a second"


def _books(t: Tables) -> Iterator[str]:
    for queue_id, stats in t.stats.items():
        unexplained = stats.unexplained(len(t.in_queue[queue_id]))
        if unexplained:
            yield f"queue {queue_id} has {unexplained} unexplained calls"


def _ledger(t: Tables) -> Iterator[str]:
    for item in t.ledger.misfiled():
        yield f"what we owe {item.party} is kept under another name"
