"""How one visit to a queue ended. A call may visit several queues; each visit ends in exactly one exit."""

from enum import StrEnum


class QueueExit(StrEnum):
    """A closed set: everybody who knocked at a queue leaves it by one of these, also who was not let in.

    Where a caller was taken decides first (another queue, a callback, voicemail); who was taken nowhere left
    for the reason he was turned away for.
    """

    ANSWERED = "answered"
    """An agent talks with him."""
    ABANDONED = "abandoned"
    """He hung up while waiting or while an agent's phone rang."""
    OVERFLOWED = "overflowed"
    """He went on to another queue, his waiting time and class with him."""
    FULL = "full"
    """Turned away: as many were waiting as the queue takes."""
    CLOSED = "closed"
    """Turned away: the queue was closed, or closed while he waited."""
    NO_AGENT = "no_agent"
    """Turned away: nobody was there to serve him."""
    TIMED_OUT = "timed_out"
    """Turned away: he had waited for as long as the queue lets anybody wait."""
    CALLBACK = "callback"
    """He is going to be called back, his place kept."""
    CALLED_BACK = "called_back"
    """A callback's own visit: the customer was called back and talks with an agent."""
    CALLBACK_MISSED = "callback_missed"
    """A callback's own visit: he was not reached, or its time was over."""
    CALLBACK_CANCELLED = "callback_cancelled"
    """A callback's own visit: it was taken back, or he called in and took his place over."""
    VOICEMAIL = "voicemail"
    """He was asked to leave a message."""
    ANNOUNCEMENT = "announcement"
    """An overflow step other than the reasons above had him told something, then hung up."""
    DISMISSED = "dismissed"
    """An overflow step other than the reasons above hung up."""
    LEFT_FOR_IVR = "left_for_ivr"
    """He is back in a menu, of his own accord or by an overflow step."""
    LOST = "lost"
    """Gone when the link came back; nobody saw how."""


TURNED_AWAY = frozenset({QueueExit.FULL, QueueExit.CLOSED, QueueExit.NO_AGENT, QueueExit.TIMED_OUT})
"""The reasons for which a queue does not take a caller, or does not keep him."""
