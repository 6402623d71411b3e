"""Estimated waits as outsiders may see them: seconds and shares. Looking changes nothing."""

from dataclasses import dataclass

from acd import estimate
from acd.call import Call, CallClass
from acd.estimate import Estimate
from acd.ids import QueueId
from acd.instant import Instant, in_seconds
from acd.tables import Tables
from acd.window import PERMILLE


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """How long somebody will wait, counted from now."""

    wait_s: float
    """He is answered within this time with the probability ``quantile``, if he stays."""
    quantile: float
    median_s: float
    ahead: float
    """Callers who go before him to agents he could have; one in another queue may count in part."""
    agents: int
    """Agents there who may take him."""
    grew: str | None
    """Why it is more than he was told before; None when it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyView:
    """How a queue's estimates did lately; only callers who waited and were answered can tell."""

    told: bool
    """Whether they are trusted and told; else the queue is silent."""
    quantile: float
    """What is stated."""
    judged: int
    """Statements looked back at, the latest ones."""
    coverage: float | None
    """The share of them answered within the stated time."""
    mean_error_s: float | None
    """Mean distance between the median told and the wait."""
    learnt: int
    """Callers learnt from since the engine started."""


def _view(told: Estimate | None) -> EstimateView | None:
    if told is None:
        return None
    return EstimateView(
        wait_s=in_seconds(told.wait),
        quantile=told.quantile_permille / PERMILLE,
        median_s=in_seconds(told.median),
        ahead=round(told.ahead, 2),
        agents=told.agents,
        grew=told.grew,
    )


def of_call(t: Tables, call: Call, at: Instant) -> EstimateView | None:
    """The remaining wait of a caller; None when he does not wait, or nothing honest can be said."""
    return _view(estimate.for_call(t, call, at))


def of_newcomer(t: Tables, queue_id: QueueId, at: Instant) -> EstimateView | None:
    """The wait of somebody of the normal class who would come now; None when nothing honest can be said."""
    return _view(estimate.for_newcomer(t, queue_id, CallClass.NORMAL, at))


def accuracy(t: Tables, queue_id: QueueId) -> AccuracyView:
    """How a queue's estimates did lately."""
    of, permille = t.estimates.accuracy(queue_id), t.rules.queues[queue_id].estimate_permille
    return AccuracyView(
        told=t.estimates.model(queue_id).is_calibrated(permille),
        quantile=permille / PERMILLE,
        judged=of.judged,
        coverage=of.covered / of.judged if of.judged else None,
        mean_error_s=of.mean_error_s,
        learnt=of.learnt,
    )
