"""What a queue's rules say about not keeping a caller: staff, closing time, overflow and where it leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from acd.exits import QueueExit
from acd.ids import QueueId
from acd.instant import Span


class StaffedBy(StrEnum):
    """Who has to be there for a queue to count as staffed; of those who may take its calls at all."""

    ANYBODY = "anybody"
    """Nobody needs to be: the queue always counts as staffed."""
    LOGGED_IN = "logged_in"
    """Somebody logged in, on a break or not."""
    AT_WORK = "at_work"
    """Somebody logged in and not paused: ready, being rung, talking or wrapping up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRules:
    """What a queue does when nobody is there to serve it."""

    staffed_by: StaffedBy = StaffedBy.ANYBODY
    grace: Span = Span(0)
    """How long nobody may be there before it counts; so long a newcomer waits, too."""
    lets_in: bool = True
    """Whether callers may join then."""
    keeps: bool = True
    """Whether those who wait may stay."""


class AtClosing(StrEnum):
    """What becomes of callers who wait when their queue closes."""

    SERVE = "serve"
    """They stay until they are served."""
    LEAVE = "leave"
    """They are turned away, by the overflow steps for a closed queue if there are any."""
    CALLBACKS = "callbacks"
    """They are called back when it opens, their places kept. Who cannot be (he shows no number, or one that
    may not be dialled) goes by the overflow steps for a closed queue if there are any, else stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceRules:
    """What waiting callers are told, and how often."""

    first: Span
    """After so long in the queue ..."""
    every: Span
    """... and then again and again, when there is something new."""
    position: bool = True
    wait: bool = True
    """The estimated wait, as long as there is an estimate to rely on."""


class Way(StrEnum):
    """Where a caller is taken who leaves a queue for no other."""

    FLOW = "flow"
    """Back to his flow, to the node it names for who is refused."""
    VOICEMAIL = "voicemail"
    """He may leave a message."""
    CALLBACK = "callback"
    """His place is kept and he is called back; he is told so, then we hang up."""
    ANNOUNCEMENT = "announcement"
    """He is told something; then we hang up."""
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """On to another queue, his start, class and credit with him."""

    queue_id: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAway:
    """Out of the queues."""

    way: Way
    prompts: tuple[str, ...] = ()
    """What he hears; not on the way back to his flow, which speaks for itself."""


Action = ToQueue | SendAway
"""What an overflow step does with a caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowStep:
    """A condition, all parts of which must hold, and what is done then."""

    action: Action
    reasons: frozenset[QueueExit] = frozenset()
    """Only for who is turned away for one of these; empty when it does not matter."""
    waited: Span = Span(0)
    """He has waited in this queue for at least so long."""
    predicted: Span = Span(0)
    """His estimated wait is at least so long; does not hold while there is no estimate to rely on."""
    length: int = 0
    """At least so many are ahead of him; all who are here, while he is not in yet."""
    per_agent_permille: int = 0
    """At least so many thousandths of a caller are ahead of him per agent logged in; anyone, when none is."""

    @property
    def changes_with_the_floor(self) -> bool:
        """Whether it may come true without a deadline, by what others do."""
        return bool(self.predicted or self.length or self.per_agent_permille)


def cycle(steps: Mapping[QueueId, Iterable[OverflowStep]]) -> tuple[QueueId, ...]:
    """Queues that overflow into one another in a circle, the first named twice; empty when none do."""
    leads: dict[QueueId, list[QueueId]] = {
        queue_id: [step.action.queue_id for step in theirs if isinstance(step.action, ToQueue)]
        for queue_id, theirs in steps.items()
    }
    done: set[QueueId] = set()
    for start in leads:
        path: list[QueueId] = [start]
        ahead = [iter(leads[start])]
        while path:
            target = next(ahead[-1], None)
            if target is None:
                done.add(path.pop())
                ahead.pop()
            elif target in path:
                return (*path[path.index(target) :], target)
            elif target not in done:
                path.append(target)
                ahead.append(iter(leads.get(target, ())))
    return ()
