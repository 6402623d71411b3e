"""New rules while calls wait: adopted whole or refused whole, at one instant, and nobody loses his place.

What hangs on the rules alone (who may serve whom, lines, counters) is made anew and everybody entered again.
Callers who wait are treated by the new rules from now on: their class, what is required of who takes them,
when that relaxes. What has begun goes on as it began: a phone that rings, a conversation, a wrap-up, a pause.
Nobody is logged out; the house's people are no part of what changes.
"""

from collections import Counter

from acd import agents, announcements, doors, preferred, relaxation, reserve, staffing, tiers
from acd.call import Call, CallClass, CallState
from acd.classing import BY_FLOW, classify
from acd.events import Refused
from acd.ids import CallId
from acd.instant import Instant
from acd.queue_events import CallReassessed, RulesAdopted
from acd.rules import QueueRules, Rules
from acd.tables import Tables
from acd.timers import TimerKind

IN_LINE = frozenset({CallState.WAITING, CallState.OFFERED})


def adopt(t: Tables, rules: Rules, version: int, at: Instant) -> None:
    """Decide by these rules from now on. Refused while somebody is in a queue that they no longer have."""
    assert rules.agents.keys() == t.agents.keys(), "the house's people do not change with the rules"
    left = Counter(c.queue_id for c in t.calls.values() if c.queue_id and c.queue_id not in rules.queues)
    if left:
        callers = ", ".join(f"{number} in {queue_id}" for queue_id, number in left.items())
        t.tell(Refused(reason=f"these rules take away queues that still have callers: {callers}"))
        return
    old, were = t.rules, t.rules.queues
    ruled = {
        call.call_id: classify(t, call, None, at)[0] for call in t.calls.values() if call.state in IN_LINE
    }
    were_open = tuple(t.matching.open_reserves)
    t.derive(rules)
    t.rules_version = version
    doors.begin(t, at)
    for agent in t.agents.values():
        t.matching.index_agent(agent)
        agents.watch_dwell(t, agent, old.dwell_rule(agent.state, agent.reason), at)
    t.tell(RulesAdopted(version=version))
    for call in t.calls.values():
        if call.queue_id is not None:
            _reassess(t, call, were[call.queue_id], ruled, at)
        if call.state in IN_LINE:
            assert call.queue_id is not None
            if were[call.queue_id] != rules.queues[call.queue_id]:
                t.timers.cancel(TimerKind.OVERFLOW, call.call_id)
            t.to_consider[call.call_id] = None
            announcements.adopt(t, call, at)
    t.doors_moved.update(dict.fromkeys(rules.queues))
    staffing.begin(t, at)
    reserve.adopt(t, were_open, at, changed=old != rules)
    t.matching.recheck.update(dict.fromkeys(rules.queues))


def _reassess(t: Tables, call: Call, was: QueueRules, ruled: dict[CallId, CallClass], at: Instant) -> None:
    """Treat somebody who is in a queue, or talks, by the new rules. How long he has waited stays his."""
    assert call.queue_id is not None
    before = (call.call_class, call.relaxed, call.requirement)
    now = t.rules.queues[call.queue_id]
    if was.steps != now.steps:
        call.relaxed = relaxation.steps_due(t, call, at)
    if was.tiers != now.tiers:
        call.tier = tiers.tiers_due(t, call, at)
    call.requirement = relaxation.required(t, call, call.queue_id)
    if call.state not in IN_LINE:
        return
    t.matching.admit(call)
    by_rules, because = classify(t, call, None, at)
    if by_rules is not ruled[call.call_id] and call.class_because != BY_FLOW:
        call.call_class, call.class_because = by_rules, because
    t.in_queue[call.queue_id].add(call)
    if was.preferred_agent != now.preferred_agent and not call.offers_made:
        preferred.begin(t, call, at)
    t.matching.index_call(call)
    if (call.call_class, call.relaxed, call.requirement) != before:
        t.tell(
            CallReassessed(
                call_id=call.call_id,
                queue_id=call.queue_id,
                call_class=call.call_class,
                class_because=call.class_because,
                step=call.relaxed,
                requirement=call.requirement.text,
            )
        )
    relaxation.catch_up(t, call, at)
