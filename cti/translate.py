"""Asterisk's words into ours. Stateless: every event of interest carries the call's and the offer's name,
because the dialplan and our orders put them on the channels (``CTI_CALL``, ``CTI_OFFER``).
"""

from collections.abc import Mapping
from types import MappingProxyType

from acd.call_signals import (
    CallArrived,
    CallerHungUp,
    CallerLeaving,
    CallerPressed,
    CallerWaiting,
    TransferOver,
    TransferTaken,
)
from acd.callback import DialFailure
from acd.callback_signals import CustomerAnswered, DialFailed
from acd.ids import CallId, OfferId
from acd.offer_signals import AgentAnswered, AgentHungUp, AgentRinging, Failure, OfferFailed, PhoneChanged
from acd.transfer import TransferWay
from cti import line_signals, several
from cti.messages import Signal
from cti.names import agent_of, call_name, offer_name, outside_leg

WANTED_EVENTS = frozenset(
    {"Newchannel", "Newstate", "Hangup", "DialBegin", "DialEnd", "UserEvent", "DeviceStateChange"}
)
"""The only events translated; the link skips all others by name."""

ENTRANCE = frozenset({"callers", "arrived"})
"""The dialplan's contexts through which callers, and only callers, come in; in the second they get a name."""

THROUGH: Mapping[str, TransferWay] = MappingProxyType(
    {"through-outside": TransferWay.OUTSIDE, "through-extension": TransferWay.EXTENSION}
)
"""Its contexts where a caller is put through to somebody who is no agent."""

UNKNOWN = "unknown"
"""The number of a caller who shows none."""
MAX_NUMBER = 64
KEYS = "0123456789*#"


_FAILURES = {
    "NOANSWER": Failure.NO_ANSWER,  # rang out; also 480, at once
    "BUSY": Failure.BUSY,  # 486, 600: another conversation, do-not-disturb, some softphones' reject button
    "CANCEL": Failure.CANCELLED,  # the caller hung up, or was called back to the waiting room
    "ABORT": Failure.CANCELLED,
}
"""How ringing failed, by Asterisk's dial status. All others say that no phone could take the call:
CHANUNAVAIL for none registered, 404, 408, 488 and 500, CONGESTION for 503."""
_DIAL_FAILURES = {
    "BUSY": DialFailure.BUSY,
    "NOANSWER": DialFailure.NO_ANSWER,
    "CANCEL": DialFailure.CUT_OFF,
    "REFUSED": DialFailure.REFUSED,  # the dialplan's own word
}
"""How dialling a customer failed, by Asterisk's dial status; all others say that the carrier could not."""
_CALLED_OFF = frozenset({"CANCEL", "ABORT"})
_LEG_CAUSES = {
    "17": Failure.BUSY,  # 486, 600
    "21": Failure.REJECTED,  # 603
    "1": Failure.UNREACHABLE,  # 404
    "3": Failure.UNREACHABLE,
    "18": Failure.UNREACHABLE,  # 408: no answer to the INVITE itself
    "19": Failure.NO_ANSWER,  # 480
    "20": Failure.UNREACHABLE,
    "34": Failure.UNREACHABLE,  # 503
    "38": Failure.UNREACHABLE,  # 500
    "58": Failure.UNREACHABLE,  # 488
}
"""Why one of several phones stopped ringing, by the hang-up cause of its leg. Of other causes nothing is told
here: that another was answered or the time was over is told by other events."""
_DECLINED = ("CHANUNAVAIL", "21")
"""Status and hang-up cause of a 603 Decline, which only the cause tells from a phone that is not there."""

_REACHABLE_STATES = frozenset({"NOT_INUSE", "INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"})
"""Not UNAVAILABLE: no contact, or one that no longer answers; so is every phone right after Asterisk starts.
Nor INVALID (no such endpoint) and UNKNOWN, which no endpoint shows: nobody is rung on the strength of it."""


def signals(event: Mapping[str, str]) -> tuple[Signal, ...]:
    """What an AMI event means to us, in order; nothing for most, and for whatever is incomplete or odd."""
    match event.get("Event"):
        case "Newchannel":
            return _new_channel(event)
        case "Hangup":
            return _hangup(event)
        case "DialBegin":
            offer = _dialled_offer(event)
            return (AgentRinging(offer_id=offer),) if offer is not None else ()
        case "Newstate":
            return line_signals.rings(event)
        case "DialEnd":
            return _dial_end(event)
        case "UserEvent":
            return _user_event(event)
        case "DeviceStateChange":
            return _device_state(event)
        case _:
            return ()


def reachable(device_state: str) -> bool:
    """Whether a device in this state has a phone behind it."""
    return device_state.upper() in _REACHABLE_STATES


def dial_failure(status: str) -> DialFailure:
    """How dialling failed, by Asterisk's dial status."""
    return _DIAL_FAILURES.get(status, DialFailure.UNREACHABLE)


def number(text: str) -> str:
    """A caller's number, or the number dialled, as we keep it: ``unknown`` when nothing of it can be kept."""
    kept = "".join(c for c in text[:MAX_NUMBER] if c.isascii() and (c.isalnum() or c in "+*#"))
    return kept or UNKNOWN


def caller_on(channel: Mapping[str, str]) -> CallId | None:
    """The call whose caller is on this channel: named as a call by itself, not a leg that inherited it."""
    own = call_name(channel.get("Uniqueid", ""))
    named = channel.get("ChanVariable(CTI_CALL)", "")
    return own if named == own or (not named and channel.get("Context") in ENTRANCE) else None


def _new_channel(event: Mapping[str, str]) -> tuple[Signal, ...]:
    call = caller_on(event)
    if call is None:
        return ()
    # The number is mostly unknown yet: the dialplan reads and filters it next, and his flow tells it.
    caller, dialled = number(event.get("CallerIDNum", "")), number(event.get("Exten", ""))
    return (CallArrived(call_id=call, caller=caller, dialled=dialled),)


def _hangup(event: Mapping[str, str]) -> tuple[Signal, ...]:
    caller = caller_on(event)
    if caller is not None:
        return (*line_signals.gone(event), CallerHungUp(call_id=caller))
    # A leg towards an agent inherits the call's name, and keeps the offer it was dialled for.
    offer = offer_name(event.get("ChanVariable(CTI_OFFER)", ""))
    return (AgentHungUp(offer_id=offer),) if offer is not None else ()


def _dialled_offer(event: Mapping[str, str]) -> OfferId | None:
    # The leg's own: the caller's may have been set to a newer one since.
    return offer_name(event.get("DestChanVariable(CTI_OFFER)", ""))


def _dial_end(event: Mapping[str, str]) -> tuple[Signal, ...]:
    # Why ringing failed is told by CtiDialDone, a moment later and with the cause; but when the ringing was
    # called off, the dialplan does not come to that line.
    offer, status = _dialled_offer(event), event.get("DialStatus", "")
    if offer is None:
        if status != "ANSWER":
            return ()
        if (campaigns := line_signals.way_outside(event)) is not None:
            return line_signals.answered(campaigns)
        if event.get("Context") in THROUGH:
            call = caller_on(event)
            return (TransferTaken(call_id=call),) if call is not None else ()
        line = _outside_of(event)
        return (CustomerAnswered(call_id=line),) if line is not None else ()
    if status == "ANSWER":
        return (AgentAnswered(offer_id=offer),)
    return (OfferFailed(offer_id=offer, why=Failure.CANCELLED),) if status in _CALLED_OFF else ()


def _dial_done(event: Mapping[str, str]) -> tuple[Signal, ...]:
    offer, status = offer_name(event.get("Offer", "")), event.get("Status", "")
    if offer is None or status == "ANSWER":  # DialEnd has said it
        return ()
    declined = (status, event.get("Cause")) == _DECLINED
    why = Failure.REJECTED if declined else _FAILURES.get(status, Failure.UNREACHABLE)
    return (OfferFailed(offer_id=offer, why=why),)


def _outside_of(event: Mapping[str, str]) -> CallId | None:
    """The callback whose customer is dialled on this channel."""
    call = call_name(event.get("ChanVariable(CTI_CALL)", ""))
    return call if call is not None and event.get("Uniqueid") == outside_leg(call) else None


def _outside_done(event: Mapping[str, str]) -> tuple[Signal, ...]:
    if (campaigns := line_signals.way_outside(event)) is not None:
        return line_signals.failed(campaigns, event)
    call, status = _outside_of(event), event.get("Status", "")
    if call is None or status == "ANSWER":
        return ()
    return (DialFailed(call_id=call, why=dial_failure(status)),)


def _transfer_done(event: Mapping[str, str]) -> tuple[Signal, ...]:
    call, status = call_name(event.get("Uniqueid", "")), event.get("Status", "")
    if call is None:
        return ()
    failure = None if status == "ANSWER" else dial_failure(status)
    return (TransferOver(call_id=call, failure=failure),)


def _several_done(event: Mapping[str, str]) -> tuple[Signal, ...]:
    # Those whose legs have told why before are over by now.
    status = event.get("Status", "")
    if status == "ANSWER":
        return ()
    why = _FAILURES.get(status, Failure.UNREACHABLE)
    return tuple(OfferFailed(offer_id=p.offer_id, why=why) for p in several.read(event.get("Offers", "")))


def _leg_gone(event: Mapping[str, str]) -> tuple[Signal, ...]:
    offer, why = offer_name(event.get("Offer", "")), _LEG_CAUSES.get(event.get("Cause", ""))
    return (OfferFailed(offer_id=offer, why=why),) if offer is not None and why is not None else ()


def _user_event(event: Mapping[str, str]) -> tuple[Signal, ...]:
    # Our dialplan's only: the call is the channel's own id, not a header somebody could write.
    match event.get("UserEvent"):
        case "CtiWait":
            call = call_name(event.get("Uniqueid", ""))
            return (CallerWaiting(call_id=call),) if call is not None else ()
        case "CtiLeaving":
            call = call_name(event.get("Uniqueid", ""))
            no_room = event.get("Room") == "no"
            return (CallerLeaving(call_id=call, no_room=no_room),) if call is not None else ()
        case "CtiKey":
            call, key = call_name(event.get("Uniqueid", "")), event.get("Key", "")
            pressed = call is not None and len(key) == 1 and key in KEYS
            return (CallerPressed(call_id=call, key=key),) if call is not None and pressed else ()
        case "CtiTransferDone":
            return _transfer_done(event)
        case "CtiOutsideDone":
            return _outside_done(event)
        case "CtiJudged":
            return line_signals.judged(event)
        case "CtiMessageLeft":
            return line_signals.message_left(event)
        case "CtiDialDone":
            return _several_done(event) if "Offers" in event else _dial_done(event)
        case "CtiLegGone":
            return _leg_gone(event)
        case _:
            return ()


def _device_state(event: Mapping[str, str]) -> tuple[Signal, ...]:
    agent = agent_of(event.get("Device", ""))
    if agent is None:
        return ()
    return (PhoneChanged(agent_id=agent, reachable=reachable(event.get("State", ""))),)
