"""Stays: the times a caller spends in flows. Each begins once and ends once, by one exit."""

from collections.abc import Mapping
from types import MappingProxyType

from acd.call import Call, CallState, Outcome
from acd.events import CallLeftIvr, IvrEntered
from acd.instant import Instant, Span
from acd.ivr_exits import IvrExit
from acd.ivr_stay import IvrStay
from acd.overflow_rules import Way
from acd.tables import Tables

AT_THE_END: Mapping[Outcome, IvrExit] = MappingProxyType(
    {
        Outcome.LEFT_IVR: IvrExit.HUNG_UP,
        Outcome.SERVED_IN_IVR: IvrExit.SERVED,
        Outcome.TURNED_AWAY: IvrExit.TURNED_AWAY,
        Outcome.VOICEMAIL: IvrExit.VOICEMAIL,
        Outcome.FAX: IvrExit.FAX,
        Outcome.CALLBACK: IvrExit.CALLBACK,
        Outcome.LOST: IvrExit.LOST,
    }
)
"""How a stay ends with its call. Other outcomes were decided before it, and say nothing of it."""

BY_WAY: Mapping[Way, IvrExit] = MappingProxyType(
    {
        Way.FLOW: IvrExit.BROKEN_OFF,
        Way.VOICEMAIL: IvrExit.VOICEMAIL,
        Way.ANNOUNCEMENT: IvrExit.TURNED_AWAY,
        Way.HANG_UP: IvrExit.TURNED_AWAY,
    }
)
"""How it ends of a caller whom a queue sends away at its door."""


def begin(t: Tables, call: Call, flow: str, version: int, at: Instant) -> None:
    """He talks with a flow. One who was in a flow already begins anew."""
    if call.stay is not None:
        end(t, call, IvrExit.BROKEN_OFF, at)
    call.stay = IvrStay(flow=flow, began_at=at)
    call.flow, call.flow_version = flow, version
    t.tell(IvrEntered(call_id=call.call_id, flow=flow, flow_version=version, caller=call.caller))


def end(t: Tables, call: Call, exit_: IvrExit, at: Instant) -> None:
    """He is out of the flow; nothing happens if he was in none."""
    stay, call.stay = call.stay, None
    if stay is not None:
        spent = Span(at - stay.began_at)
        t.tell(CallLeftIvr(call_id=call.call_id, flow=stay.flow, exit=exit_, spent=spent))


def moves_on(t: Tables, call: Call, now: CallState, at: Instant) -> None:
    """He is about to be somewhere else; nothing happens if he was in no flow."""
    match now:
        case CallState.WAITING:
            end(t, call, IvrExit.QUEUED, at)
        case CallState.LEAVING if call.leaving is not None:
            called_back = call.will_be_called
            end(t, call, IvrExit.CALLBACK if called_back else BY_WAY[call.leaving.way], at)
        case _:
            end(t, call, IvrExit.BROKEN_OFF, at)


def call_ends(t: Tables, call: Call, outcome: Outcome, at: Instant) -> None:
    """The call is over; nothing happens if he was in no flow."""
    finished = IvrExit.SERVED if call.flow_ended else IvrExit.HUNG_UP
    end(t, call, AT_THE_END.get(outcome, finished), at)
