"""The caller's journey: what callers and their flows do, step by step."""

from acd import (
    brief,
    callback_attempts,
    callbacks,
    calls,
    leaving,
    mailboxes,
    offers,
    overflow,
    owed,
    relaxation,
    stays,
    transfers,
)
from acd.call import Call, CallState, Outcome, Presence
from acd.call_signals import CallArrived, CallDropped, CallerHungUp, CallerWaiting, CustomerFound
from acd.classing import BY_CALLBACK, classify
from acd.commands import EnqueueCall, EnterIvr
from acd.customer import Party
from acd.events import Refused
from acd.exits import QueueExit
from acd.instant import Instant
from acd.ivr_signals import FlowFinished
from acd.ledger import WhyOwed
from acd.orders import LocateCall
from acd.remembered import UnansweredRemembered
from acd.tables import Tables


def arrived(t: Tables, s: CallArrived, at: Instant) -> None:
    """A channel appeared; known or ended ones are old news."""
    if s.call_id not in t.calls and s.call_id not in t.ended_calls:
        calls.start(t, s.call_id, s.caller, s.dialled, at, we_called=s.we_called)


def dropped(t: Tables, s: CallDropped, at: Instant) -> None:
    """Nobody was there in time. Should somebody talk with him yet, nothing is owed to him."""
    call = t.calls.get(s.call_id)
    if call is not None:
        call.dropped = True
    else:
        owed.owe(t, Party(caller=s.caller), s.call_id, WhyOwed.DROPPED, at)


def enter_ivr(t: Tables, c: EnterIvr, at: Instant) -> None:
    """A flow begins, or begins again: whoever is in a flow is not in a queue, whatever we thought."""
    call = t.calls.get(c.call_id)
    if c.call_id in t.ended_calls:
        t.tell(Refused(reason="the caller has already hung up"))
        return
    if call is None:
        call = calls.start(t, c.call_id, c.caller, c.dialled, at)
    if call.state is CallState.CONNECTED and c.returns:
        calls.return_to_flow(t, call, at)
    if call.state is CallState.TRANSFERRED:
        transfers.ended(t, call, c.failure, at)
    elif not call.was_put_through:
        call.has_talked |= c.returns
    if call.state is CallState.CONNECTED:
        t.tell(Refused(reason="the caller is talking with an agent"))
        return
    if call.presence is Presence.CALLBACK:
        t.tell(Refused(reason="he is going to be called back: there is nobody to talk with a flow"))
        return
    if call.state is CallState.OFFERED:
        offers.withdraw_all(t, call, at)
        calls.move(t, call, CallState.WAITING, at)
    if call.state is CallState.WAITING:
        _leave_queue(t, call, at)
    if call.state is CallState.LEAVING:
        calls.leave_waiting_room(t, call)
        call.leaving = None
    call.caller = c.caller
    calls.move(t, call, CallState.IN_IVR, at)
    call.flow_ended = False
    stays.begin(t, call, c.flow, c.flow_version, at)
    if c.customer is not None:
        calls.recognise(t, call, c.customer, at)


def customer_found(t: Tables, s: CustomerFound, at: Instant) -> None:
    """Who a caller is, said late. One who waits keeps the place he was given; everything after knows him."""
    call = t.calls.get(s.call_id)
    if call is not None:
        calls.recognise(t, call, s.customer, at)


def _leave_queue(t: Tables, call: Call, at: Instant) -> None:
    calls.end_visit(t, call, QueueExit.LEFT_FOR_IVR, at)
    call.queue_id, call.in_books, call.left_queue_at = None, False, at


def flow_finished(t: Tables, s: FlowFinished, at: Instant) -> None:
    """The flow is about to hang up; the hang-up itself ends the call."""
    call = t.call_in_state(s.call_id, CallState.ARRIVED, CallState.IN_IVR)
    if call is not None:
        call.flow_ended, call.touched = True, at


def enqueue(t: Tables, c: EnqueueCall, at: Instant) -> None:
    """A flow hands its caller over, if the queue takes him."""
    call = t.call_in_state(c.call_id, CallState.ARRIVED, CallState.IN_IVR)
    if call is None:
        t.tell(Refused(reason="the call is over or already in a queue"))
    elif c.queue_id not in t.rules.queues:
        t.tell(Refused(reason=f"there is no queue {c.queue_id}"))
    elif (why := brief.problem(c.brief)) is not None:
        t.tell(Refused(reason=why))
    else:
        calls.take_brief(call, c.brief)
        let_in = overflow.refusal(t, c.queue_id, at) is None
        taken = callbacks.take_over(t, call, c.queue_id, at) if let_in else None
        (since, kept), step = calls.place(t, call, at), 0
        if taken is not None:  # he may have begun to wait before it was booked
            place_kept, step = taken
            call.class_because = BY_CALLBACK
            since, kept = min(since, place_kept.queued_at), max(kept, place_kept.boost)
            call_class = c.call_class or place_kept.call_class
        else:
            call_class, call.class_because = classify(t, call, c.call_class, at)
        call.will_be_called = False
        boost = max(kept, t.ledger.boost(call.party, at))
        waits = overflow.knock(t, call, c.queue_id, call_class, since, boost, at)
        if waits and call.queue_id == c.queue_id:
            relaxation.keep(t, call, step)
        if waits and c.in_hand and _rings_one(t, call):
            t.in_hand = call.call_id
            calls.enter_waiting_room(t, call, at)


def _rings_one(t: Tables, call: Call) -> bool:
    """Whether his flow can connect him: it rings one phone, where a queue may ring several."""
    return call.queue_id is not None and t.rules.queues[call.queue_id].ring_most == 1


def out_of_hand(t: Tables, at: Instant) -> None:
    """The flow has its answer: a caller for whom nobody was ready goes to the waiting room."""
    if t.in_hand is None:
        return
    call, t.in_hand = t.call_in_state(t.in_hand, CallState.WAITING), None
    if call is not None:
        calls.leave_waiting_room(t, call)
        t.matching.index_call(call)
        calls.search(t, call, at)


def unanswered_remembered(t: Tables, s: UnansweredRemembered, at: Instant) -> None:
    """Callers of earlier runs to whom we owe an answer, but for those who are getting it."""
    parties = [call.party for call in t.calls.values() if call.state is CallState.CONNECTED]
    numbers = {party.caller for party in parties}
    customers = {party.customer_id for party in parties if party.customer_id is not None}
    for item in s.items:
        if item.caller not in numbers and item.customer_id not in customers:
            t.ledger.remember(item, at)


def waiting(t: Tables, s: CallerWaiting, at: Instant) -> None:
    """The caller reached the waiting room.

    While he is offered to somebody this is old news: had the ringing ended, that would have been said first.
    Of somebody who is in no queue we missed something; what, his channel knows.
    """
    call = t.calls.get(s.call_id)
    if call is not None and call.callback is not None:
        callback_attempts.line_waits(t, call, at)
    elif call is not None and call.state is CallState.WAITING:
        calls.enter_waiting_room(t, call, at)
    elif call is None:
        if s.call_id not in t.ended_calls:
            t.order(LocateCall(call_id=s.call_id))
    elif call.state in (CallState.ARRIVED, CallState.IN_IVR, CallState.LEAVING):
        t.order(LocateCall(call_id=s.call_id))


def hung_up(t: Tables, s: CallerHungUp, at: Instant) -> None:
    """The caller is gone, wherever he was."""
    call = t.calls.get(s.call_id)
    if call is None:
        t.remember_call(s.call_id, at)  # a flow may still be about to announce him
        return
    if call.presence is Presence.CALLBACK:
        callback_attempts.line_gone(t, call, at)
    else:
        gone(t, call, at, Outcome.LEFT_IVR, Outcome.ABANDONED)


def gone(t: Tables, call: Call, at: Instant, from_ivr: Outcome, from_queue: Outcome) -> None:
    """End a call by where it is. The two outcomes say how to book one that nobody answered."""
    match call.state:
        case CallState.CONNECTED:
            calls.end_conversation(t, call, at)
        case CallState.OFFERED:
            offers.withdraw_all(t, call, at)
            calls.end(t, call, from_queue, at)
        case CallState.WAITING:
            calls.end(t, call, from_queue, at)
        case CallState.ARRIVED | CallState.IN_IVR | CallState.TRANSFERRED:
            if call.state is CallState.TRANSFERRED:
                transfers.ended(t, call, None, at)
            if call.will_be_called:
                from_ivr = Outcome.CALLBACK
            elif (left := mailboxes.outcome(call)) is not None:
                from_ivr = left
            elif call.turned_away:
                from_ivr = Outcome.TURNED_AWAY
            elif call.has_talked:
                from_ivr = Outcome.ANSWERED
            elif call.was_put_through:
                from_ivr = Outcome.TRANSFERRED
            elif call.flow_ended and not (call.stay is not None and call.stay.gave_up):
                from_ivr = Outcome.SERVED_IN_IVR
            calls.end(t, call, from_ivr, at)
        case CallState.LEAVING:
            calls.end(t, call, leaving.outcome(call), at)
        case CallState.ENDED:
            raise AssertionError("an ended call is not in the tables")
