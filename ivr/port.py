"""What the IVR asks of the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from acd.brief import NOTHING, Brief
from acd.customer import Customer
from acd.transfer import TransferWay
from ivr.notes import Note
from ivr.steps import AskComment, TellGrade
from ivr.utterance import TimeOfDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The engine knows of the caller in his flow."""

    customer: Customer | None = None
    """Who he is; None: not known, or not known in time."""
    lead: Mapping[str, str] = field(default_factory=dict)
    """What a campaign's list says of him, ``name`` among it; nothing, when it is no campaign's call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An agent was ready: the dialplan rings him at once."""

    agent: str
    """Goes with the caller as CTI_AGENT, and is the name of the agent's phone."""
    offer: str
    """Goes with the caller, and with the agent's leg, as CTI_OFFER."""
    ring_s: int
    """How long the phone may ring, in seconds; CTI_RING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueued:
    """The queue took the call."""

    queue: str
    """The queue he waits in, maybe another than was asked for; goes with the caller as CTI_QUEUE."""
    call_class: str
    """``normal``, ``returning`` or ``vip``; goes with the caller as CTI_CLASS."""
    since: str
    """When the wait began, in the engine's own writing; goes with the caller as CTI_SINCE."""
    boost: str
    """Credit for an earlier unanswered call, in the engine's own writing; goes with him as CTI_BOOST."""
    brief: str = "-"
    """What his flow handed on with him, in the engine's own writing; goes with him as CTI_BRIEF."""
    ring: Ring | None = None
    """None: nobody is ready, he goes to the waiting room."""
    treatment: str = ""
    """The flow that talks with who waits in that queue, unless another was asked for; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller who waits, as he may be told."""

    position: int
    wait_minutes: int | None
    """None: nobody knows, or it grew since he was last told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAway:
    """The queue did not take the call, and says where it goes instead."""

    to: str
    """The part of the dialplan that treats him; goes with the caller as CTI_NEXT."""
    prompts: tuple[str, ...]
    """What he hears there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueClosed:
    """The queue did not take the call."""

    reason: str


class Switchboard(Protocol):
    """The engine as the IVR sees it."""

    async def call_entered_ivr(
        self,
        *,
        call_id: str,
        caller: str,
        dialled: str,
        flow: str,
        flow_version: int,
        agent_left: bool = False,
        not_through: str | None = None,
    ) -> Met | None:
        """The caller is in the flow, of this published version. None: for the engine that call is over
        already.

        A caller who comes back (from a queue; from a conversation, when the ``agent_left`` first; from a
        transfer, ``not_through`` saying in the PBX's word why; or the engine was restarted meanwhile) enters
        again under the same ``call_id``.
        """
        ...

    def note(self, *, call_id: str, notes: Sequence[Note]) -> None:
        """What the flow noted of the caller's way since the last time. Nobody waits for it."""
        ...

    def survey_answered(
        self, *, call_id: str, answer: TellGrade | AskComment, comment: str | None = None
    ) -> None:
        """The caller answered a question of a survey, in words under the name ``comment``. Nobody waits for
        it."""
        ...

    async def enqueue(
        self, *, call_id: str, queue: str, priority: str | None, brief: Brief = NOTHING
    ) -> Enqueued | SentAway | QueueClosed:
        """The caller is about to wait. ``priority`` None: by who is calling."""
        ...

    async def put_through(self, *, call_id: str, way: TransferWay, number: str) -> str | None:
        """The caller is about to be put through to somebody who is no agent; why he is not, None when he
        may be."""
        ...

    async def book_callback(
        self,
        *,
        call_id: str,
        queue: str | None,
        number: str | None = None,
        at: int | TimeOfDay | None = None,
        waits: bool = False,
    ) -> str | None:
        """The caller wants to be called back by this queue; why he is not, None when he is.

        ``queue`` None: the one he waits in. Who ``waits`` is out of his queue with that, and his flow takes
        him out of the waiting room.
        ``number`` None: where he calls from. ``at``: in how many seconds, or at which time of day, today or
        tomorrow; None: as soon as it is his turn.
        """
        ...

    def queue_of(self, *, call_id: str) -> str | None:
        """The queue a caller waits in; None when, for the engine, he does not."""
        ...

    async def tell_place(self, *, call_id: str) -> Waiting | None:
        """What a waiting caller is going to be told of his place; None when he does not wait any more."""
        ...

    async def flow_finished(self, *, call_id: str) -> None:
        """The flow itself is about to hang up."""
        ...
