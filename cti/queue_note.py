"""What a caller's channel is told of his queue, so that it is known yet after a restart of the engine."""

from acd.orders import NoteQueue
from cti.several import Action


def actions(order: NoteQueue, treatment: str) -> list[Action]:
    """The queue, since when, and its treatment, of which nothing was said yet."""
    noted = {
        "CTI_QUEUE": order.queue_id,
        "CTI_JOINED": str(order.joined_at),
        "CTI_TREATMENT": treatment,
        "CTI_TALK_NODE": "-",
        "CTI_TALK_AT": "0",
    }
    channel = ("Channel", order.call_id)
    return [("Setvar", [channel, ("Variable", name), ("Value", value)]) for name, value in noted.items()]
