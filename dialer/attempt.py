"""An attempt: one telephone that is dialled once for one lead, from the order to exactly one outcome."""

from enum import StrEnum


class AttemptState(StrEnum):
    """Where an attempt stands."""

    PLACED = "placed"
    """Ordered; the gate or the carrier may still say no."""
    RINGING = "ringing"
    ANSWERED = "answered"
    """The receiver was taken off; whether by a person is not known yet."""
    PERSON = "person"
    """A person is there and no agent yet; the law's clock runs. Agentless: the flow talks with him."""
    MACHINE = "machine"
    """An answering machine is; it may be left a message."""
    CONNECTED = "connected"
    """An agent talks with him."""
    ENDED = "ended"


_PLACED, _RINGING, _ANSWERED, _PERSON, _MACHINE, _CONNECTED, _ENDED = AttemptState

LEGAL_MOVES: dict[AttemptState, frozenset[AttemptState]] = {
    _PLACED: frozenset({_RINGING, _ANSWERED, _PERSON, _MACHINE, _CONNECTED, _ENDED}),
    _RINGING: frozenset({_ANSWERED, _PERSON, _MACHINE, _CONNECTED, _ENDED}),
    _ANSWERED: frozenset({_PERSON, _MACHINE, _CONNECTED, _ENDED}),
    _PERSON: frozenset({_CONNECTED, _ENDED}),
    _MACHINE: frozenset({_PERSON, _ENDED}),
    _CONNECTED: frozenset({_ENDED}),
    _ENDED: frozenset(),
}
"""Steps are left out when news of them comes late or never."""


class AttemptOutcome(StrEnum):
    """How an attempt ended. A closed set: every attempt ends in exactly one."""

    CONNECTED = "connected"
    """An agent talked with him."""
    SERVED = "served"
    """Agentless: the flow talked with him to its own end."""
    LEFT_FLOW = "left_flow"
    """Agentless: he hung up before that."""
    ABANDONED = "abandoned"
    """A person answered and nobody was there in time. This is what the allowance counts."""
    HUNG_UP = "hung_up"
    """A person answered and hung up by himself before the time was over in which somebody must be there."""
    MACHINE = "machine"
    """An answering machine; hung up on."""
    MESSAGE_LEFT = "message_left"
    """An answering machine; it was left a message."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    """Declined by hand, 603."""
    INVALID = "invalid"
    """There is no such number: it is not dialled again."""
    FAILED = "failed"
    """The carrier could not deliver the call, by any trunk."""
    CANCELLED = "cancelled"
    """We gave up while it rang: he called in, was put on a do-not-call list, or the campaign was stopped."""
    AGENT_GONE = "agent_gone"
    """Agent first: the agent hung up, or did not answer, before the lead was reached."""
    LOST = "lost"
    """Nobody saw how it ended: counted as dialled, never dialled again for the same decision."""


class Party(StrEnum):
    """Who has answered, by answering machine detection."""

    PERSON = "person"
    MACHINE = "machine"
    UNSURE = "unsure"
    """Treated as a person."""


NOT_DIALLED = "not_dialled"
"""What is told of an attempt that the gate or the PBX refused: it is none, and its lead goes back."""
