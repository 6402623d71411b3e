"""All the engine knows about waits: who works how fast, what was foretold to whom, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acd.call import CallClass
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, in_seconds, seconds
from acd.lazyheap import Key
from acd.line import Line
from acd.pace import Pace, Reach
from acd.wait_model import ENOUGH, Accuracy, Situation, WaitModel
from acd.window import Window

MEDIAN = 500
"""Permille."""
AT_ONCE_REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What can be said of a wait, whether or not it has proved right so far."""

    wait: Span
    """Not exceeded with the stated probability."""
    median: Span
    mean: Span


@dataclass(slots=True, kw_only=True)
class Foretold:
    """What was foretold to one caller when he began to wait, kept until his visit to the queue ends."""

    queue_id: QueueId
    call_class: CallClass
    since: Instant
    permille: int
    at_once: bool
    """Somebody was ready for him."""
    situation: Situation | None
    """None when nobody was there for him."""
    features: tuple[float, ...] = ()
    mean_s: float = 0.0
    stated: Prediction | None = None
    """None as long as too little was seen."""
    ceiling: Span | None = None
    """What he was told last: nothing longer is told to him with as many agents there."""
    heads: int = 0
    """Agents who were there for him then."""


class Estimates:
    """One model per queue and one pace for all. Knows nothing of tables: it is told of callers who begin
    and end to wait, and asked about them, in the order of time.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self.foretold: dict[CallId, Foretold] = {}
        self._models: dict[QueueId, WaitModel] = {}
        self._at_once: dict[QueueId, Window] = {}

    def adopt(self, serves: Mapping[AgentId, Sequence[Reach]], first: Mapping[QueueId, Reach]) -> None:
        """Whom everybody may take from now on, and with what each queue's callers begin. What was learnt of
        agents and queues that stay is kept.
        """
        self.pace.adopt(serves, first)
        self._models = {queue_id: model for queue_id, model in self._models.items() if queue_id in first}
        self._at_once = {queue_id: window for queue_id, window in self._at_once.items() if queue_id in first}

    def model(self, queue_id: QueueId) -> WaitModel:
        """The model of a queue."""
        return self._models.setdefault(queue_id, WaitModel())

    def accuracy(self, queue_id: QueueId) -> Accuracy:
        """How a queue's estimates did lately."""
        return self.model(queue_id).accuracy()

    # -- what a caller meets -------------------------------------------------------------------------------

    def situation(
        self,
        lines: Mapping[QueueId, Line],
        queue_id: QueueId,
        reach: Reach,
        call_class: CallClass,
        order: Key,
        at: Instant,
    ) -> Situation | None:
        """What somebody meets who would be served in this ``order``; None when nobody is there for him.

        Callers ahead in another queue count by the share of its agents who could take him as well: the others
        are taken by somebody he could not have had.
        """
        speed = self.pace.speed(reach)
        if speed <= 0:
            return None
        own = lines[queue_id]
        ahead = float(own.ahead_of(order, at))
        for other, share in self.pace.rivals(reach):
            line = lines[other]
            if other != queue_id and len(line):
                ahead += line.ahead_of(order, at) * share
        begins = own.begins()
        head_waited = 0.0 if begins is None else max(0.0, in_seconds(at - begins))
        return Situation(ahead, speed, head_waited, call_class)

    # -- callers come and go -------------------------------------------------------------------------------

    def begins_to_wait(
        self,
        call_id: CallId,
        queue_id: QueueId,
        reach: Reach,
        situation: Situation | None,
        call_class: CallClass,
        permille: int,
        at: Instant,
        *,
        at_once: bool,
    ) -> Foretold:
        """A caller joins the line; what is foretold to him is kept."""
        foretold = Foretold(
            queue_id=queue_id,
            call_class=call_class,
            since=at,
            permille=permille,
            at_once=at_once,
            situation=situation,
            heads=self.pace.heads(reach),
        )
        if at_once:
            foretold.stated = self._at_once_prediction(queue_id, permille)
        elif situation is not None:
            model = self.model(queue_id)
            foretold.features = model.features(situation)
            foretold.mean_s = model.mean(foretold.features)
            foretold.stated = self._prediction(queue_id, situation.ahead, foretold.mean_s, permille)
        if foretold.stated is not None:
            foretold.ceiling = foretold.stated.wait
        self.foretold[call_id] = foretold
        return foretold

    def is_answered(self, call_id: CallId, at: Instant) -> None:
        """His wait is over, as foretold or not: learnt from."""
        foretold = self.foretold.pop(call_id)
        waited_s = in_seconds(max(Span(at - foretold.since), Span(0)))
        if foretold.at_once:
            window = self._at_once.setdefault(foretold.queue_id, Window(AT_ONCE_REMEMBERED))
            window.add(waited_s)
        elif foretold.situation is not None:
            model = self.model(foretold.queue_id)
            if foretold.stated is not None:
                stated_s, median_s = in_seconds(foretold.stated.wait), in_seconds(foretold.stated.median)
                model.judge(foretold.permille, stated_s, median_s, waited_s)
            model.answered(foretold.situation, foretold.features, foretold.mean_s, waited_s)

    def gives_up(self, call_id: CallId, at: Instant) -> None:
        """He abandoned. How long he would have waited nobody knows."""
        foretold = self.foretold.pop(call_id)
        self.model(foretold.queue_id).abandoned(in_seconds(max(Span(at - foretold.since), Span(0))))

    def leaves(self, call_id: CallId) -> None:
        """He left the line for something else: nothing to learn."""
        self.foretold.pop(call_id)

    # -- what can be said ----------------------------------------------------------------------------------

    def newcomer(
        self, queue_id: QueueId, situation: Situation | None, permille: int, *, at_once: bool
    ) -> Prediction | None:
        """For somebody who would begin to wait now."""
        if at_once:
            return self._at_once_prediction(queue_id, permille)
        if situation is None:
            return None
        model = self.model(queue_id)
        return self._prediction(queue_id, situation.ahead, model.mean(model.features(situation)), permille)

    def remaining(self, foretold: Foretold, situation: Situation | None) -> Prediction | None:
        """For somebody who waits, by his place now; what else he met is left as it was when he came."""
        if situation is None or foretold.situation is None or foretold.at_once:
            return foretold.stated if foretold.at_once else None
        model = self.model(foretold.queue_id)
        then = situation._replace(head_waited=foretold.situation.head_waited)
        return self._prediction(
            foretold.queue_id, situation.ahead, model.mean(model.features(then)), foretold.permille
        )

    def _prediction(self, queue_id: QueueId, ahead: float, mean_s: float, permille: int) -> Prediction | None:
        model = self.model(queue_id)
        ratio, median = model.ratio(ahead, permille), model.ratio(ahead, MEDIAN)
        if ratio is None or median is None:
            return None
        return Prediction(wait=seconds(mean_s * ratio), median=seconds(mean_s * median), mean=seconds(mean_s))

    def _at_once_prediction(self, queue_id: QueueId, permille: int) -> Prediction | None:
        window = self._at_once.get(queue_id)
        if window is None or len(window) < ENOUGH:
            return None
        median = seconds(window.quantile(MEDIAN))
        return Prediction(wait=seconds(window.quantile(permille)), median=median, mean=median)
