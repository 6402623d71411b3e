"""How one stay in a flow ended. A call may come to flows several times; each stay ends in one exit."""

from enum import StrEnum


class IvrExit(StrEnum):
    """A closed set: everybody whom a flow talked with leaves it by one of these."""

    SERVED = "served"
    """The flow came to its own end and hung up: he had what he called for."""
    HUNG_UP = "hung_up"
    """He hung up in the flow."""
    TIMED_OUT = "timed_out"
    """The flow hung up on a caller who had answered its last question in none of his tries, or who only went
    round in it."""
    QUEUED = "queued"
    """He went on to a queue."""
    TURNED_AWAY = "turned_away"
    """No queue took him, and his flow ended."""
    TRANSFERRED = "transferred"
    """He was put through to somebody outside the queues."""
    VOICEMAIL = "voicemail"
    """He was asked to leave a message."""
    FAX = "fax"
    """He was asked for a fax."""
    CALLBACK = "callback"
    """He is going to be called back."""
    TAKEN = "taken"
    """An agent was found for him while a flow talked with him in the queue."""
    WENT_ON = "went_on"
    """He chose in the queue to be elsewhere, and left it for the rest of that flow."""
    BROKEN_OFF = "broken_off"
    """His flow was cut short, and the call went on: it began anew, or he was met elsewhere."""
    LOST = "lost"
    """The call was gone when the link came back; nobody saw how."""
