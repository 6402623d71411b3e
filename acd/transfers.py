"""What happens to transfers: begun by a flow, answered or not, over. The caller may come back to his flow.

Nobody is reserved for one, and no queue counts it; the one gate of outside calls is passed here as well.
"""

from dataclasses import replace

from acd import calls
from acd.call import Call, CallState
from acd.call_events import TransferAnswered, TransferBegun, TransferEnded
from acd.call_signals import TransferOver, TransferTaken
from acd.callback import DialFailure
from acd.commands import TransferCall
from acd.events import Refused
from acd.instant import Instant, Span, after
from acd.leaving import ORDER_SETTLES
from acd.observation import LiveCall
from acd.outside import OutsideRules, extension_refusal, refusal
from acd.tables import Tables
from acd.transfer import Transfer, TransferWay


def gate(rules: OutsideRules, way: TransferWay, number: str) -> str | None:
    """Why nobody is put through to this number; None when he may be."""
    return refusal(rules, number) if way is TransferWay.OUTSIDE else extension_refusal(rules, number)


def begin(t: Tables, c: TransferCall, at: Instant) -> None:
    """A flow puts its caller through; it does so itself, once this is said."""
    call = t.call_in_state(c.call_id, CallState.ARRIVED, CallState.IN_IVR)
    if call is None:
        t.tell(Refused(reason="the call is over or in a queue"))
    elif (why := gate(t.rules.outside, c.way, c.number)) is not None:
        t.tell(Refused(reason=why))
    else:
        _put_through(t, call, Transfer(way=c.way, number=c.number), at)


def found(t: Tables, call: Call, seen: LiveCall, at: Instant) -> None:
    """He was seen there: put through in an earlier run, or answered while nobody could tell."""
    if call.state in (CallState.ARRIVED, CallState.IN_IVR) and seen.transfer is not None:
        _put_through(t, call, Transfer(way=seen.transfer.way, number=seen.transfer.number), at)
    if seen.transfer is not None and seen.transfer.answered_at is not None:
        _answered(t, call, at)


def _put_through(t: Tables, call: Call, transfer: Transfer, at: Instant) -> None:
    call.transfer, call.turned_away = transfer, False
    calls.move(t, call, CallState.TRANSFERRED, at)
    t.tell(TransferBegun(call_id=call.call_id, way=transfer.way, number=transfer.number))


def taken(t: Tables, s: TransferTaken, at: Instant) -> None:
    """Somebody answered."""
    call = t.call_in_state(s.call_id, CallState.TRANSFERRED)
    if call is not None:
        _answered(t, call, at)


def _answered(t: Tables, call: Call, at: Instant) -> None:
    transfer = call.transfer
    if transfer is not None and transfer.answered_at is None:
        call.transfer, call.touched = replace(transfer, answered_at=at), at
        t.tell(TransferAnswered(call_id=call.call_id))


def over(t: Tables, s: TransferOver, at: Instant) -> None:
    """Nobody answered, or who did has hung up: the caller is on his way back to his flow, or hung up on."""
    call = t.call_in_state(s.call_id, CallState.TRANSFERRED)
    if call is not None:
        if s.failure is None:
            _answered(t, call, at)
        back(t, call, s.failure, at)


def back(t: Tables, call: Call, failure: DialFailure | None, at: Instant) -> None:
    """The caller is in his flow again."""
    ended(t, call, failure, at)
    calls.move(t, call, CallState.IN_IVR, at)


def ended(t: Tables, call: Call, failure: DialFailure | None, at: Instant) -> None:
    """The transfer is over, whatever becomes of its caller. An answered one was no failure."""
    transfer, call.transfer = call.transfer, None
    assert transfer is not None
    answered_at = transfer.answered_at
    if answered_at is not None:
        call.was_put_through, call.asked_for = True, None
    t.tell(
        TransferEnded(
            call_id=call.call_id,
            way=transfer.way,
            number=transfer.number,
            talked=None if answered_at is None else Span(at - answered_at),
            failure=failure if answered_at is None else None,
        )
    )


def found_in_flow(t: Tables, call: Call, as_of: Instant, at: Instant) -> None:
    """He was seen in his flow: on his way there still, or back already."""
    if as_of >= after(call.since, ORDER_SETTLES):
        back(t, call, None, at)
