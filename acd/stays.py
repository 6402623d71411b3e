"""Stays: the times a caller spends in flows. Each begins once and ends once, by one exit."""

from collections.abc import Mapping
from types import MappingProxyType

from acd.call import Call, CallState, Outcome, Presence
from acd.ids import CallId
from acd.instant import Instant, Span
from acd.ivr_events import CallLeftIvr, IvrEntered, IvrNodeAnswered, IvrNodeEntered, TreatmentEntered
from acd.ivr_exits import IvrExit
from acd.ivr_signals import NodeAnswered, NodeEntered
from acd.ivr_stay import IvrStay
from acd.overflow_rules import Way
from acd.tables import Tables

MOST_NOTES = 2_000
"""Notes taken of one stay; a caller may go round in a menu for long."""

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
    """He talks with a flow; whatever flow he was in, he has left before."""
    assert call.stay is None
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
    waited = call.stay is not None and call.stay.waits
    match now:
        case CallState.IN_IVR:
            end(t, call, IvrExit.WENT_ON if waited else IvrExit.BROKEN_OFF, at)
        case CallState.OFFERED | CallState.CONNECTED if waited:
            end(t, call, IvrExit.TAKEN, at)
        case CallState.WAITING:
            end(t, call, IvrExit.QUEUED, at)
        case CallState.TRANSFERRED:
            end(t, call, IvrExit.TRANSFERRED, at)
        case CallState.LEAVING if call.leaving is not None:
            called_back = call.will_be_called
            end(t, call, IvrExit.CALLBACK if called_back else BY_WAY[call.leaving.way], at)
        case _:
            end(t, call, IvrExit.BROKEN_OFF, at)


def call_ends(t: Tables, call: Call, outcome: Outcome, at: Instant) -> None:
    """The call is over; nothing happens if he was in no flow."""
    exit_ = AT_THE_END.get(outcome, IvrExit.SERVED if call.flow_ended else IvrExit.HUNG_UP)
    if exit_ is IvrExit.HUNG_UP and call.flow_ended:
        exit_ = IvrExit.TIMED_OUT
    end(t, call, exit_, at)


def node_entered(t: Tables, s: NodeEntered, at: Instant) -> None:
    """He came to a node. The first of a flow that talks with him while he waits begins a stay too; of
    anybody else who is in no flow that is old news."""
    waits = t.call_in_state(s.call_id, CallState.WAITING)
    if waits is not None and waits.stay is None and waits.presence is Presence.CHANNEL:
        waits.stay = IvrStay(flow=s.flow, began_at=at, waits=True)
        version = waits.flow_version
        t.tell(TreatmentEntered(call_id=s.call_id, flow=s.flow, flow_version=version))
    call = _noted(t, s.call_id, at)
    if call is not None and call.stay is not None:
        call.stay.node = s.node if s.flow == call.flow else f"{s.flow}/{s.node}"
        t.tell(IvrNodeEntered(call_id=s.call_id, flow=s.flow, node=s.node, kind=s.kind))


def node_answered(t: Tables, s: NodeAnswered, at: Instant) -> None:
    """A node learned something. Of somebody who is in no flow that is old news."""
    call = _noted(t, s.call_id, at)
    if call is not None and call.stay is not None:
        if s.answered is not None:
            call.stay.gave_up = not s.answered
        t.tell(
            IvrNodeAnswered(
                call_id=s.call_id, flow=s.flow, node=s.node, kind=s.kind, key=s.key, result=s.result
            )
        )


def _noted(t: Tables, call_id: CallId, at: Instant) -> Call | None:
    """The caller of whom one more note is taken."""
    call = t.calls.get(call_id)
    if call is None or call.stay is None or call.stay.notes >= MOST_NOTES:
        return None
    call.stay.notes += 1
    call.touched = at
    return call
