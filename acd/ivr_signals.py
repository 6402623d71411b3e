"""Signals of what a flow learns with its caller."""

from dataclasses import dataclass

from acd.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered:
    """The caller came to a node of a flow, or of a sub-flow of it."""

    call_id: CallId
    flow: str
    node: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAnswered:
    """A node learned something of the caller, or for him: once per try of a menu."""

    call_id: CallId
    flow: str
    node: str
    kind: str
    key: str | None
    """What he pressed; None: silence, or more than one key, or nothing was asked."""
    result: str | None
    """What came of it in a few words, never what he typed."""
    answered: bool | None = None
    """Whether it is his answer; False when it is not and no try is left; None for anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFinished:
    """The flow itself is about to hang up: the caller was served in the IVR."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerJudged:
    """The caller answered a question of a survey."""

    call_id: CallId
    flow: str
    node: str
    question: str
    grade: int | None
    """None when he said it in words."""
    least: int
    """The least grade there was to give; with no grade asked for, it is ``most``."""
    most: int
    comment: str | None = None
    """The name under which what he said is kept."""
