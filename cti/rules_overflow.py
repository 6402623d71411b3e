"""A queue's doors and limits in the rules: whom it takes, how long it keeps him, where he goes instead."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from acd.callback import CallbackRules
from acd.exits import TURNED_AWAY, QueueExit
from acd.ids import QueueId
from acd.instant import Span, seconds
from acd.overflow_rules import (
    Action,
    AnnounceRules,
    AtClosing,
    OverflowStep,
    SendAway,
    StaffedBy,
    StaffRules,
    ToQueue,
    Way,
    cycle,
)
from cti.rules_callbacks import CallbackConfig
from cti.value_types import Id, Section
from ivr.document import Loc, Misfit
from ivr.names import PromptNames
from ivr.suggestion import closest

if TYPE_CHECKING:
    from cti.rules_queues import QueueConfig

MOST_STEPS = 20


def _one_or_more(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


Reason = Literal["closed", "full", "no_agent", "timed_out"]
assert {*TURNED_AWAY} == {QueueExit(reason) for reason in Reason.__args__}  # type: ignore[attr-defined]


class StaffConfig(Section):
    """What a queue does when nobody is there to serve it."""

    unless: Literal["logged_in", "at_work"]
    """Who has to be there: somebody logged in, or somebody logged in and not paused."""
    grace_s: Annotated[int, Field(ge=0, le=86_400)] = 30
    """How long nobody may be there before it counts; so long a newcomer waits, too."""
    lets_in: bool = False
    keeps: bool = True

    @property
    def rules(self) -> StaffRules:
        """As the core knows it."""
        grace = seconds(self.grace_s)
        staffed_by = StaffedBy(self.unless)
        return StaffRules(staffed_by=staffed_by, grace=grace, lets_in=self.lets_in, keeps=self.keeps)


class AnnounceConfig(Section):
    """What waiting callers are told."""

    first_s: Annotated[int, Field(ge=5, le=3600)] = 20
    every_s: Annotated[int, Field(ge=10, le=3600)] = 60
    position: bool = True
    wait: bool = True

    @property
    def rules(self) -> AnnounceRules:
        """As the core knows it."""
        first, every = seconds(self.first_s), seconds(self.every_s)
        return AnnounceRules(first=first, every=every, position=self.position, wait=self.wait)


class OverflowConfig(Section):
    """A step: conditions, which must all hold, and either a ``queue`` or what happens ``then``."""

    when: Annotated[tuple[Reason, ...], BeforeValidator(_one_or_more), Field(max_length=4)] = ()
    """Only for who is turned away for one of these reasons."""
    waited_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    predicted_wait_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    ahead: Annotated[int, Field(ge=0, le=10_000)] = 0
    ahead_per_agent: Annotated[float, Field(ge=0, le=1000)] = 0.0
    queue: Id | None = None
    then: Literal["callback", "voicemail", "announcement", "hang_up", "flow"] | None = None
    prompts: PromptNames = ()

    @model_validator(mode="after")
    def _is_whole(self) -> "OverflowConfig":
        if (self.queue is None) == (self.then is None):
            raise ValueError("needs either a queue or a then")
        floor = self.predicted_wait_s or self.ahead or self.ahead_per_agent
        if not (self.when or self.waited_s or floor):
            raise ValueError("needs a condition: when, waited_s, predicted_wait_s, ahead or ahead_per_agent")
        if self.then == "announcement" and not self.prompts:
            raise ValueError("an announcement needs prompts")
        if self.prompts and self.then not in ("callback", "announcement", "voicemail"):
            raise ValueError("prompts are for callback, announcement and voicemail")
        return self

    @property
    def step(self) -> OverflowStep:
        """As the core knows it."""
        action: Action
        if self.queue is not None:
            action = ToQueue(queue_id=QueueId(self.queue))
        else:
            assert self.then is not None
            action = SendAway(way=Way(self.then), prompts=self.prompts)
        return OverflowStep(
            action=action,
            reasons=frozenset(QueueExit(reason) for reason in self.when),
            waited=seconds(self.waited_s),
            predicted=seconds(self.predicted_wait_s),
            length=self.ahead,
            per_agent_permille=round(self.ahead_per_agent * 1000),
        )


class LifeConfig(Section):
    """A queue's doors and limits."""

    hours: Id | None = None
    """The calendar by which it is open; none: always."""
    at_closing: Literal["serve", "leave", "callbacks"] = "serve"
    """What becomes of callers who wait when it closes."""
    max_wait_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    staffed: StaffConfig | None = None
    overflow: Annotated[tuple[OverflowConfig, ...], Field(max_length=MOST_STEPS)] = ()
    announce: AnnounceConfig | None = None
    treatment: Id | None = None
    """The flow that talks with who waits, should the node that queued him name none; without one: music."""
    callback: CallbackConfig | None = None
    """How the queue calls back; without it, it does not."""

    @model_validator(mode="after")
    def _calls_back(self) -> Self:
        asked = self.at_closing == "callbacks" or any(step.then == "callback" for step in self.overflow)
        if asked and self.callback is None:
            raise ValueError("needs callback: places are to be kept for those who are called back")
        return self

    @property
    def callback_rules(self) -> CallbackRules | None:
        """How it calls back."""
        return None if self.callback is None else self.callback.rules

    @property
    def closing(self) -> AtClosing:
        """What becomes of callers who wait when it closes, as the core knows it."""
        return AtClosing(self.at_closing)

    @property
    def max_wait(self) -> Span | None:
        """How long anybody may wait."""
        return None if self.max_wait_s is None else seconds(self.max_wait_s)

    @property
    def staff_rules(self) -> StaffRules:
        """What it does when nobody is there."""
        return StaffRules() if self.staffed is None else self.staffed.rules

    @property
    def steps_over(self) -> tuple[OverflowStep, ...]:
        """Where callers go instead."""
        return tuple(step.step for step in self.overflow)

    @property
    def announce_rules(self) -> AnnounceRules | None:
        """What waiting callers are told."""
        return None if self.announce is None else self.announce.rules


def prompts_named(queues: "Sequence[QueueConfig]") -> Iterator[tuple[Loc, str]]:
    """Every prompt of an overflow step and of a callback's booking, and where it stands."""
    for at, queue in enumerate(queues):
        if queue.callback is not None:
            for place, prompt in enumerate(queue.callback.prompts):
                yield ("queues", at, "callback", "prompts", place), prompt
        for n, step in enumerate(queue.overflow):
            for place, prompt in enumerate(step.prompts):
                yield ("queues", at, "overflow", n, "prompts", place), prompt


def misplaced_overflows(
    queues: "Sequence[QueueConfig]", calendars: Collection[str] | Mapping[str, object]
) -> Iterator[Misfit]:
    """Queues and calendars that do not exist, and queues that overflow into one another in a circle."""
    names = {queue.id for queue in queues}
    for at, queue in enumerate(queues):
        if queue.hours is not None and queue.hours not in calendars:
            message = f"no calendar is called {queue.hours!r}"
            yield Misfit(("queues", at, "hours"), message, closest(queue.hours, calendars))
        for n, step in enumerate(queue.overflow):
            if step.queue is not None and step.queue not in names:
                message = f"no queue is called {step.queue!r}"
                yield Misfit(("queues", at, "overflow", n, "queue"), message, closest(step.queue, names))
    circle = cycle({QueueId(queue.id): queue.steps_over for queue in queues})
    if circle:
        first, second = circle[:2]
        at = next(at for at, queue in enumerate(queues) if queue.id == first)
        n = next(n for n, step in enumerate(queues[at].overflow) if step.queue == second)
        way = " -> ".join(circle)
        yield Misfit(("queues", at, "overflow", n, "queue"), f"callers would go in a circle: {way}")
