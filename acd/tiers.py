"""The agents of a queue's later tiers are asked, tier by tier, once a caller has waited long enough.

Or at once, when nobody of the tiers that are open is at work: whoever is away holds nobody up. A tier that
opened for a caller stays open for him.
"""

from acd.call import Call
from acd.decision import WhyRelaxed
from acd.ids import CallId, QueueId
from acd.instant import Instant, after
from acd.queue_events import TierOpened
from acd.tables import Tables
from acd.timers import TimerKind


def begin(t: Tables, call: Call, queue_id: QueueId) -> None:
    """Which tiers are open to this caller; in the queue he is in already, those that were."""
    if call.queue_id != queue_id:
        call.tier = 0


def tiers_due(t: Tables, call: Call, at: Instant) -> int:
    """How many tiers open to him by the time he has waited."""
    assert call.queue_id is not None
    tiers = t.rules.queues[call.queue_id].tiers
    return sum(after(call.queued_at, tier.after) <= at for tier in tiers)


def catch_up(t: Tables, call: Call, at: Instant) -> None:
    """Open the tiers whose time has come, and expect the next one."""
    due = tiers_due(t, call, at)
    if due > call.tier:
        _open(t, call, due, WhyRelaxed.WAITED)
    else:
        _expect_next(t, call)


def due(t: Tables, name: str, at: Instant) -> None:
    """The next tier's deadline fell due. A phone that rings for him meanwhile goes on ringing."""
    catch_up(t, t.calls[CallId(name)], at)


def stop(t: Tables, call: Call) -> None:
    """He no longer waits."""
    t.timers.cancel(TimerKind.TIER, call.call_id)


def unless_somebody_works(t: Tables, call: Call) -> None:
    """Open at once the first tier in which somebody is at work, when nobody is in those that are open."""
    assert call.queue_id is not None
    if not call.in_waiting_room or not t.rules.queues[call.queue_id].tiers:
        return
    if t.matching.demand(call).has_anybody_at_work():
        return
    for demand in t.matching.steps_of(call)[call.relaxed][call.tier + 1 :]:
        if demand.has_anybody_at_work():
            _open(t, call, demand.tier, WhyRelaxed.NOBODY_COULD)
            return


def _open(t: Tables, call: Call, tier: int, because: WhyRelaxed) -> None:
    assert call.queue_id is not None
    call.tier = tier
    t.matching.index_call(call)
    t.tell(TierOpened(call_id=call.call_id, queue_id=call.queue_id, tier=tier + 1, because=because))
    _expect_next(t, call)


def next_tier(t: Tables, call: Call) -> Instant | None:
    """When the next tier opens to him by itself; None when none does."""
    if call.queue_id is None:
        return None
    tiers = t.rules.queues[call.queue_id].tiers
    return after(call.queued_at, tiers[call.tier].after) if call.tier < len(tiers) else None


def _expect_next(t: Tables, call: Call) -> None:
    at = next_tier(t, call)
    if at is None:
        stop(t, call)
    else:
        t.timers.set(TimerKind.TIER, call.call_id, at)
