"""How long will this caller wait? Answered for callers who wait and for who would come now, or not at all.

The answer counts the callers truly ahead (those who would be served before him by agents he could have) and
the agents there for him; it is silent as long as it could not be trusted. What he is told never grows while
as many agents are there. See ``docs/explanation/estimated-wait.md``.
"""

from dataclasses import dataclass

from acd.call import Call, CallClass
from acd.estimates import Prediction
from acd.exits import QueueExit
from acd.ids import QueueId
from acd.instant import Instant, Span
from acd.lazyheap import Key
from acd.priority import serving_order, within_class
from acd.tables import Tables
from acd.wait_model import Situation

LAST_TO_ARRIVE = 1 << 62
"""Comes after everybody who is here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A caller's remaining wait, as it may be told."""

    wait: Span
    """He is answered within this time with the stated probability, if he stays."""
    quantile_permille: int
    median: Span
    """As likely shorter as longer."""
    ahead: float
    """Callers who go before him to agents he could have; one in another queue may count in part."""
    agents: int
    """Agents there who may take him."""
    by_now: Span
    """The same quantile whatever he was told before: for decisions about him, not for his ears."""
    grew: str | None = None
    """Why it is more than he was told before; None when it is not."""


# -- asking: changes nothing -------------------------------------------------------------------------------


def for_call(t: Tables, call: Call, at: Instant) -> Estimate | None:
    """The remaining wait of a caller in line; None when nothing honest can be said, as of one who requires
    more than his queue: nothing was learnt of his like.

    Never more than he was told last (or could have been told when he came), unless fewer agents are there for
    him now.
    """
    foretold = t.estimates.foretold.get(call.call_id)
    if foretold is None or call.own is not None or not _trusted(t, foretold.queue_id):
        return None
    reach = t.matching.open_to(call).reach
    situation = _situation(t, foretold.queue_id, reach, call.call_class, _order(t, call, at), at)
    prediction = t.estimates.remaining(foretold, situation)
    if prediction is None:
        return None
    agents, ceiling, grew = t.estimates.pace.heads(reach), foretold.ceiling, None
    by_now = prediction.wait
    if ceiling is not None and prediction.wait > ceiling:
        if agents < foretold.heads:
            grew = f"{agents} agents are there for him, {foretold.heads} were"
        else:
            prediction = Prediction(
                wait=ceiling, median=min(prediction.median, ceiling), mean=min(prediction.mean, ceiling)
            )
    return _estimate(prediction, foretold.permille, situation, agents, by_now, grew)


def for_newcomer(t: Tables, queue_id: QueueId, call_class: CallClass, at: Instant) -> Estimate | None:
    """The wait of somebody of this class who would come now, without any credit; None when nothing honest can
    be said.
    """
    if not _trusted(t, queue_id):
        return None
    rules, demand = t.rules.queues[queue_id], t.matching.tiers[queue_id][0][0]
    reach = demand.reach
    order = serving_order(t.rules.classes[call_class], (at, LAST_TO_ARRIVE), at, rules.weight)
    situation = _situation(t, queue_id, reach, call_class, order, at)
    prediction = t.estimates.newcomer(
        queue_id, situation, rules.estimate_permille, at_once=demand.can_be_met()
    )
    if prediction is None:
        return None
    agents = t.estimates.pace.heads(reach)
    return _estimate(prediction, rules.estimate_permille, situation, agents, prediction.wait, None)


def _trusted(t: Tables, queue_id: QueueId) -> bool:
    """While the link is down nobody is offered to anybody, and no wait can be foretold."""
    permille = t.rules.queues[queue_id].estimate_permille
    return t.link_up and t.estimates.model(queue_id).is_calibrated(permille)


def _estimate(
    prediction: Prediction,
    permille: int,
    situation: Situation | None,
    agents: int,
    by_now: Span,
    grew: str | None,
) -> Estimate:
    return Estimate(
        wait=prediction.wait,
        quantile_permille=permille,
        median=prediction.median,
        ahead=0.0 if situation is None else situation.ahead,
        agents=agents,
        by_now=by_now,
        grew=grew,
    )


def _situation(
    t: Tables, queue_id: QueueId, reach: str, call_class: CallClass, order: Key, at: Instant
) -> Situation | None:
    return t.estimates.situation(t.in_queue, queue_id, reach, call_class, order, at)


def _order(t: Tables, call: Call, at: Instant) -> Key:
    assert call.queue_id is not None
    weight = t.rules.queues[call.queue_id].weight
    return serving_order(t.rules.classes[call.call_class], within_class(call), at, weight)


# -- telling: what one caller is told never grows by itself ------------------------------------------------


def announce(t: Tables, call: Call, at: Instant) -> Estimate | None:
    """What to tell this caller now; remembered, so that with as many agents he is never told more."""
    estimate = for_call(t, call, at)
    if estimate is not None:
        foretold = t.estimates.foretold[call.call_id]
        foretold.ceiling, foretold.heads = estimate.wait, estimate.agents
    return estimate


# -- learning ----------------------------------------------------------------------------------------------


def joins(t: Tables, call: Call, at: Instant) -> None:
    """He begins to wait."""
    assert call.queue_id is not None
    if not t.foretells:
        return
    demand = t.matching.open_to(call)
    reach = t.matching.tiers[call.queue_id][call.relaxed][call.tier].reach
    at_once = t.link_up and demand.can_be_met()
    t.estimates.begins_to_wait(
        call.call_id,
        call.queue_id,
        reach,
        None if at_once else _situation(t, call.queue_id, reach, call.call_class, _order(t, call, at), at),
        call.call_class,
        t.rules.queues[call.queue_id].estimate_permille,
        at,
        at_once=at_once,
    )


def leaves(t: Tables, call: Call, how: QueueExit, at: Instant) -> None:
    """His visit to the queue is over; nothing happens when nothing was foretold to him."""
    if call.call_id not in t.estimates.foretold:
        return
    match how:
        case _ if call.own is not None:  # he did not wait for those others wait for
            t.estimates.leaves(call.call_id)
        case QueueExit.ANSWERED:
            t.estimates.is_answered(call.call_id, at)
        case QueueExit.ABANDONED:
            t.estimates.gives_up(call.call_id, at)
        case _:
            t.estimates.leaves(call.call_id)
