"""What a flow tells about a caller's way, for history and reports: never what a caller typed in secret."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered:
    """The caller came to a node. Its time ends when he comes to the next one, or leaves the flow."""

    flow: str
    node: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAnswered:
    """A node learned something: once per try of a question, once for most others."""

    flow: str
    node: str
    kind: str
    key: str | None = None
    """The key pressed at a menu; None: silence, or not a menu."""
    result: str | None = None
    """What came of it in a few words, never what was typed: ``12 digits``, ``invalid``, ``confirmed``."""
    answered: bool | None = None
    """Whether this is the caller's answer: False when it is not and no try is left; None while he has more,
    and where he was asked nothing."""


Note = NodeEntered | NodeAnswered
