"""A callback's line as AMI actions: a pair of Local channels, one in the caller's place, one leading outside.

Only contexts of our dialplan are named, never an application: what a line may do is written there, and there
the allow-list is asked once more. Each half has a unique id made from the callback's name, so that a line can
be asked for and closed by it, and so that Asterisk refuses a second one of the same name.
"""

from acd.callback import CallbackOrder
from acd.ids import CallId
from acd.instant import in_seconds
from acd.orders import DialCustomer, RingAgentForCallback, Standing
from cti import briefs
from cti.names import outside_leg
from dialer.compliance.verdict import Allowed

Action = tuple[str, list[tuple[str, str]]]

CODEC = "ulaw"
"""What the pair carries. By default it is linear, and each phone's channel translates: then the translator
that had carried prompts let nothing of the next speaker through, in half of all calls."""
HOLD_S = 10
"""How long opening a line may take beyond the phone's ringing."""


class NotAllowed(Exception):
    """This is not what the gate has allowed."""


def actions(
    order: RingAgentForCallback | DialCustomer, allowed: Allowed, *, auto_answer: bool = False
) -> list[Action]:
    """What to tell Asterisk, with the gate's word for this very attempt. ``auto_answer``: whether the agent's
    phone is asked to answer by itself.

    Raises:
        NotAllowed: the word is about another attempt, or another number.
    """
    given = allowed.request
    if given.attempt_id not in (order.offer_id, order.call_id) or given.number != order.number:
        raise NotAllowed(f"{given.number} was allowed for {given.attempt_id}, not this")
    if isinstance(order, RingAgentForCallback):
        return _ring_agent(order, auto_answer)
    shown = [] if given.pool is None or allowed.caller_id is None else [("CTI_SHOWN", allowed.caller_id)]
    return _dial(order, shown)


def _ring_agent(order: RingAgentForCallback, auto_answer: bool) -> list[Action]:
    """Open a line and ring the agent's phone on it; the other half waits to be told to dial."""
    ring_s = max(1, round(in_seconds(order.ring_timeout)))
    return [
        _originate(
            order.call_id,
            order.number,
            "Local/s@callback-hold/n",
            ("callback", order.agent_id),
            order.standing,
            HOLD_S,
            {
                "CTI_RING_OFFER": order.offer_id,
                "CTI_RING": str(ring_s),
                "CTI_AUTO_ANSWER": "yes" if auto_answer else "",
            },
        )
    ]


def _dial(order: DialCustomer, shown: list[tuple[str, str]]) -> list[Action]:
    """Dial the customer: where the agent is, or on a new line that then goes to the waiting room. ``shown``:
    a campaign's number instead of the house's.
    """
    dial_s = max(1, round(in_seconds(order.dial_timeout)))
    if order.order is CallbackOrder.CUSTOMER_FIRST:
        channel, then = f"Local/{order.number}@outside/n", ("waiting", "s")
        variables = {"CTI_DIAL": str(dial_s), **dict(shown)}
        return [
            _originate(order.call_id, order.number, channel, then, order.standing, dial_s + HOLD_S, variables)
        ]
    half = ("Channel", outside_leg(order.call_id))
    return [
        *(
            ("Setvar", [half, ("Variable", name), ("Value", value)])
            for name, value in (("CTI_DIAL", str(dial_s)), *shown)
        ),
        ("Redirect", [half, ("Context", "outside"), ("Exten", order.number), ("Priority", "1")]),
    ]


def close(call_id: CallId) -> Action:
    """Close a line; its other half and all phones on it go too."""
    return ("Hangup", [("Channel", call_id)])


def _originate(
    call_id: CallId,
    number: str,
    channel: str,
    then: tuple[str, str],
    standing: Standing,
    within_s: int,
    variables: dict[str, str],
) -> Action:
    """``then``: context and extension for the half in the caller's place, once the other has answered."""
    context, extension = then
    kept = {
        "__CTI_CALL": call_id,
        "CTI_QUEUE": standing.queue_id,
        "CTI_CLASS": standing.call_class.value,
        "CTI_SINCE": str(standing.queued_at),
        "CTI_BOOST": str(standing.boost),
        "CTI_BRIEF": briefs.written(standing.brief),
        **variables,
    }
    return (
        "Originate",
        [
            ("Channel", channel),
            ("ChannelId", call_id),
            ("OtherChannelId", outside_leg(call_id)),
            ("Context", context),
            ("Exten", extension),
            ("Priority", "1"),
            ("CallerID", f"<{number}>"),
            ("Timeout", str(within_s * 1000)),
            ("Async", "true"),
            ("Codecs", CODEC),
            *(("Variable", f"{name}={value}") for name, value in kept.items()),
        ],
    )
