"""Events of a caller's stay in a flow, and what he said there of how he was served."""

from dataclasses import dataclass

from acd.ids import AgentId, CallId, QueueId
from acd.instant import Span
from acd.ivr_exits import IvrExit


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrEntered:
    """The caller is talking with a flow. ``caller`` is his number; until here it may have been unknown."""

    call_id: CallId
    flow: str
    flow_version: int = 0
    """The published version that the flow is of; 0 while there is none."""
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentEntered:
    """A flow begins to talk with a caller who waits in a queue, and goes on waiting."""

    call_id: CallId
    flow: str
    flow_version: int = 0
    """The published version that the flow is of; 0 while there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeftIvr:
    """A stay in a flow ended, by ``exit``; there is one for every :class:`IvrEntered` and every
    :class:`TreatmentEntered`."""

    call_id: CallId
    flow: str
    exit: IvrExit
    spent: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrNodeEntered:
    """The caller came to a node of a flow. ``flow`` is a sub-flow's name inside one."""

    call_id: CallId
    flow: str
    node: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrNodeAnswered:
    """A node learned something: at a menu, once per try."""

    call_id: CallId
    flow: str
    node: str
    kind: str
    key: str | None
    """What the caller pressed; None: silence, or more than one key, or nothing was asked."""
    result: str | None
    """What came of it in a few words, never what he typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """A caller said how he was served. ``agent_id`` and ``queue_id``: with whom he had talked, and for which
    queue, when this run of the engine knows it."""

    call_id: CallId
    flow: str
    node: str
    question: str
    grade: int | None
    """None when he said it in words."""
    least: int
    most: int
    comment: str | None
    """The name of what he said."""
    agent_id: AgentId | None
    queue_id: QueueId | None
