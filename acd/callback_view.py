"""What outsiders may see of a callback, and why it has not happened yet, in words."""

from dataclasses import dataclass

from acd.call import Call
from acd.callback import Callback, CallbackOrder, CallbackState, DialFailure
from acd.callbacks import may_not_go
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Instant, in_seconds
from acd.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackView:
    """An open callback."""

    call_id: CallId
    queue_id: QueueId
    number: str
    customer_id: CustomerId | None
    from_call: CallId | None
    order: CallbackOrder
    state: CallbackState
    since: Instant
    booked_at: Instant
    not_before: Instant
    expires_at: Instant
    attempts: int
    failure: DialFailure | None
    position: int | None
    """Its place in line, callers included; None once the customer talks."""
    agent_id: AgentId | None
    """Who talks with the customer, or is there or being rung for him."""
    why: str
    """What it waits for, in a sentence."""


def callback_view(t: Tables, callback: Callback, at: Instant) -> CallbackView:
    """One open callback at ``at``."""
    call = t.calls[callback.call_id]
    line = t.in_queue[call.queue_id] if call.queue_id is not None else None
    offer = t.offers.get(call.offer_id) if call.offer_id is not None else None
    return CallbackView(
        call_id=callback.call_id,
        queue_id=callback.queue_id,
        number=callback.number,
        customer_id=callback.customer_id,
        from_call=callback.from_call,
        order=callback.order,
        state=callback.state,
        since=callback.since,
        booked_at=callback.booked_at,
        not_before=callback.not_before,
        expires_at=callback.expires_at,
        attempts=callback.attempts,
        failure=callback.failure,
        position=line.position(call.call_id, at) if line is not None and call.call_id in line else None,
        agent_id=call.agent_id or (offer.agent_id if offer is not None else None),
        why=why_not_yet(t, call, at),
    )


def callback_views(t: Tables, at: Instant) -> list[CallbackView]:
    """All open callbacks at ``at``, in the order of booking; calls that agents asked for are none."""
    return [callback_view(t, callback, at) for callback in t.callbacks if callback.dial_for is None]


def why_not_yet(t: Tables, call: Call, at: Instant) -> str:
    """What a callback waits for."""
    callback = call.callback
    assert callback is not None
    offer = t.offers.get(call.offer_id) if call.offer_id is not None else None
    agent = offer.agent_id if offer is not None else call.agent_id
    match callback.state:
        case CallbackState.BOOKED if (why := may_not_go(t, callback)) is not None:
            return why
        case CallbackState.BOOKED:
            left = in_seconds(max(0, callback.not_before - at))
            return f"it is not called back for {left:.0f} s more{_after(callback)}"
        case CallbackState.DUE if not t.link_up:
            return "the link to the PBX is down: nobody is offered to anybody"
        case CallbackState.DUE:
            return "it waits for its turn and for a ready agent who suits"
        case CallbackState.RINGING_AGENT if agent is not None:
            return f"the phone of {agent} is being rung for it"
        case CallbackState.DIALLING if agent is not None:
            return f"the customer is being dialled, {agent} waits for him"
        case CallbackState.RINGING_AGENT | CallbackState.DIALLING:
            return "its line is being closed"
        case _ if agent is not None:
            return f"the customer is on the line, with {agent}"
        case _:
            return "the customer is on the line and waits"


def _after(callback: Callback) -> str:
    if callback.held:
        return f": {callback.held}"
    if callback.failure is None:
        return ""
    return f": attempt {callback.attempts} ended as {callback.failure}"
