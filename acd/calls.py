"""The life of a call: the one function that moves it, and what moving entails."""

from acd import (
    agents,
    announcements,
    bars,
    dialling,
    estimate,
    owed,
    preferred,
    relaxation,
    reserve,
    stays,
    wrapup,
)
from acd.agent import Agent, AgentState
from acd.brief import NOTHING, Brief, problem
from acd.call import LEGAL_MOVES, Call, CallClass, CallState, Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, ConversationEnded, CustomerRecognised
from acd.customer import Customer
from acd.exits import QueueExit
from acd.ids import CallId, OfferId, QueueId
from acd.instant import Instant, Span, after
from acd.ledger import SERVED
from acd.orders import LocateCall, NoteQueue
from acd.queue_events import CallLeftQueue, CallQueued
from acd.tables import Tables
from acd.timers import TimerKind

MOST_DOUBLINGS = 5
"""The pause between two searches for a caller doubles at most this often."""


def move(t: Tables, call: Call, now: CallState, at: Instant) -> None:
    """Move a call, once, and keep the index of waiting callers true."""
    assert now in LEGAL_MOVES[call.state], f"{call.call_id}: {call.state} -> {now}"
    if call.stay is not None:
        stays.moves_on(t, call, now, at)
    call.state, call.since, call.touched = now, at, at
    t.matching.index_call(call)


def start(
    t: Tables,
    call_id: CallId,
    caller: str,
    dialled: str,
    at: Instant,
    *,
    found: bool = False,
    we_called: bool = False,
) -> Call:
    """A caller is here."""
    call = Call(
        call_id=call_id,
        caller=caller,
        dialled=dialled,
        arrived_at=at,
        since=at,
        touched=at,
        arrival=t.next_arrival(),
        we_called=we_called,
    )
    t.calls[call_id] = call
    t.tell(CallStarted(call_id=call_id, caller=caller, dialled=dialled, found=found))
    return call


def take_brief(call: Call, brief: Brief) -> None:
    """What his flow hands on with him. What makes no sense, as only the world can say it, is nothing."""
    call.brief = brief if problem(brief) is None else NOTHING
    call.own = call.brief.requirement


def recognise(t: Tables, call: Call, customer: Customer, at: Instant) -> None:
    """It is known who the caller is; nothing happens when that is no news."""
    if call.customer == customer:
        return
    call.customer = customer
    t.ledger.recognise(call.party, at)
    if call.state is CallState.CONNECTED:
        owed.settle(t, call.party, call.call_id)
    t.tell(
        CustomerRecognised(
            call_id=call.call_id,
            customer_id=customer.customer_id,
            segment=customer.segment,
            caller=call.caller,
        )
    )
    if call.state is CallState.WAITING and not call.offers_made:
        preferred.begin(t, call, at)
        t.matching.index_call(call)


def enqueue(
    t: Tables,
    call: Call,
    queue_id: QueueId,
    call_class: CallClass,
    queued_at: Instant,
    boost: Span,
    at: Instant,
    joined_at: Instant | None = None,
) -> None:
    """The caller begins to wait; he can be served once he is in the waiting room.

    ``joined_at`` is when he came to this queue, if that was before now.
    """
    relaxation.begin(t, call, queue_id)
    call.queue_id, call.call_class, call.queued_at, call.boost = queue_id, call_class, queued_at, boost
    call.waits_since, call.joined_at = queued_at, at if joined_at is None else joined_at
    call.in_waiting_room = call.turned_away = False
    t.matching.admit(call)
    move(t, call, CallState.WAITING, at)
    call.in_books = True
    t.stats[queue_id].offered += 1
    line = t.in_queue[queue_id]
    estimate.joins(t, call, at)
    line.add(call)
    t.tell(
        CallQueued(
            call_id=call.call_id,
            queue_id=queue_id,
            call_class=call_class,
            queued_at=queued_at,
            boost=boost,
            class_because=call.class_because,
            position=line.position(call.call_id, at),
            customer_id=call.customer_id,
            brief=call.brief,
        )
    )
    preferred.begin(t, call, at)
    relaxation.catch_up(t, call, at)
    reserve.look(t, queue_id, at)
    announcements.begin(t, call, at)
    search(t, call, at)


def place(t: Tables, call: Call, at: Instant) -> tuple[Instant, Span]:
    """Since when he waits, and what he was credited with: one who comes back from a menu keeps both."""
    rules = t.rules.requeue
    if call.waits_since is None or not rules.keeps_place or at - call.left_queue_at >= rules.within:
        return at, Span(0)
    return call.waits_since, call.boost


def requeue(t: Tables, call: Call, queue_id: QueueId, at: Instant) -> None:
    """A waiting caller goes on to another queue, his start, class and credit with him; his channel stays."""
    enqueue(t, call, queue_id, call.call_class, call.queued_at, call.boost, at)
    t.order(NoteQueue(call_id=call.call_id, queue_id=queue_id, joined_at=at))
    enter_waiting_room(t, call, at)


def enter_waiting_room(t: Tables, call: Call, at: Instant) -> None:
    """He hears music and can be moved."""
    call.in_waiting_room, call.searches, call.touched = True, 0, at
    t.timers.cancel(TimerKind.LOCATE, call.call_id)
    t.matching.index_call(call)
    relaxation.unless_somebody_could(t, call)
    if call.queue_id is not None and t.moves(call):
        t.to_consider[call.call_id] = None


def leave_waiting_room(t: Tables, call: Call) -> None:
    """An order is about to move him."""
    call.in_waiting_room = False
    t.timers.cancel(TimerKind.LOCATE, call.call_id)


def search(t: Tables, call: Call, at: Instant) -> None:
    """Expect him in the waiting room soon; if he does not turn up, ask where he is, ever more rarely."""
    pause = t.rules.locate_after << min(call.searches, MOST_DOUBLINGS)
    t.timers.set(TimerKind.LOCATE, call.call_id, after(at, Span(pause)))


def search_due(t: Tables, name: str, at: Instant) -> None:
    """He has not turned up."""
    call = t.calls[CallId(name)]
    call.searches += 1
    if t.link_up:
        t.order(LocateCall(call_id=call.call_id))
    search(t, call, at)


def turn_away(t: Tables, call: Call, queue_id: QueueId, why: QueueExit) -> None:
    """He knocked and is not let in: a visit like any other, over at once."""
    call.turned_away = True
    stats = t.stats[queue_id]
    stats.offered += 1
    stats.count(why)
    t.tell(CallLeftQueue(call_id=call.call_id, queue_id=queue_id, exit=why))


def _is_in_line(t: Tables, call: Call) -> bool:
    """Who was met talking after a restart, with whomever, has a queue and is in no line."""
    return call.queue_id is not None and call.call_id in t.in_queue[call.queue_id]


def end_visit(t: Tables, call: Call, exit_: QueueExit, at: Instant) -> None:
    """He leaves the line. Every visit that began with :func:`enqueue` ends here, once."""
    assert call.queue_id is not None
    assert call.call_id in t.in_queue[call.queue_id], f"{call.call_id} is not in {call.queue_id}"
    leave_waiting_room(t, call)
    relaxation.stop(t, call)
    announcements.stop(t, call)
    preferred.stop(t, call)
    if t.moves(call):
        t.timers.cancel(TimerKind.OVERFLOW, call.call_id)
        t.to_consider.pop(call.call_id, None)
    bars.forget(t, call)
    t.matching.index_call(call)
    t.matching.dismiss(call)
    t.in_queue[call.queue_id].discard(call.call_id)
    estimate.leaves(t, call, exit_, at)
    waited = Span(max(0, at - call.queued_at))  # the place of who is called at a time counts from then
    _book_exit(t, call.queue_id, exit_, waited)
    t.tell(CallLeftQueue(call_id=call.call_id, queue_id=call.queue_id, exit=exit_, waited=waited))


def _book_exit(t: Tables, queue_id: QueueId, exit_: QueueExit, waited: Span) -> None:
    stats, rules = t.stats[queue_id], t.rules.queues[queue_id]
    stats.count(exit_)
    stats.longest_waited = max(stats.longest_waited, waited)
    if exit_ is QueueExit.ABANDONED:
        stats.abandoned_within += waited <= rules.service_level_within
        stats.abandoned_short += waited <= rules.short_abandonment


def connect(t: Tables, call: Call, agent: Agent, offer_id: OfferId | None, at: Instant, because: str) -> None:
    """Caller and agent are talking. The offer names the agent's leg, unless others talk under that name."""
    if _is_in_line(t, call):
        end_visit(t, call, QueueExit.ANSWERED if call.callback is None else QueueExit.CALLED_BACK, at)
    else:
        leave_waiting_room(t, call)
        call.leaving = None
    waited = Span(at - call.queued_at) if call.queue_id is not None else Span(0)
    move(t, call, CallState.CONNECTED, at)
    agents.move(t, agent, AgentState.TALKING, at, because)
    if offer_id is not None and t.talking.setdefault(offer_id, call.call_id) != call.call_id:
        offer_id = None
    call.agent_id, call.talk_offer_id, call.dropped = agent.agent_id, offer_id, False
    agent.call_id, agent.offer_id = call.call_id, offer_id
    if call.queue_id is not None and call.in_books and call.callback is None:
        stats = t.stats[call.queue_id]
        stats.waited_answered = Span(stats.waited_answered + waited)
        stats.answered_within += waited <= t.rules.queues[call.queue_id].service_level_within
    t.tell(
        CallConnected(
            call_id=call.call_id,
            agent_id=agent.agent_id,
            queue_id=call.queue_id,
            waited=waited,
            customer_id=call.customer_id,
        )
    )
    owed.settle(t, call.party, call.call_id)


def end_conversation(t: Tables, call: Call, at: Instant) -> None:
    """One of the two hung up: the call is over, the agent goes on to his wrap-up."""
    agent, talked = _book_conversation(t, call, at)
    _close(t, call, Outcome.ANSWERED, talked, at)
    wrapup.begin(t, agent, call, at)


def return_to_flow(t: Tables, call: Call, at: Instant) -> None:
    """The agent hung up and goes on to his wrap-up; the caller is on his way back to his flow."""
    _part(t, call, at)
    call.queue_id, call.in_books, call.left_queue_at = None, False, at
    call.waits_since = None
    move(t, call, CallState.IN_IVR, at)


def _part(t: Tables, call: Call, at: Instant) -> None:
    """A conversation is over, and the caller still here."""
    agent, talked = _book_conversation(t, call, at)
    call.agent_id = None
    t.tell(
        ConversationEnded(
            call_id=call.call_id, agent_id=agent.agent_id, queue_id=call.queue_id, talked=talked
        )
    )
    wrapup.begin(t, agent, call, at)


def leave_conversation(t: Tables, call: Call, queue_id: QueueId, at: Instant) -> None:
    """The conversation is over and the caller back in the waiting room: he keeps his place and class."""
    _part(t, call, at)
    since = call.queued_at if call.queue_id is not None else at
    enqueue(t, call, queue_id, call.call_class, since, call.boost, at)
    enter_waiting_room(t, call, at)


def _book_conversation(t: Tables, call: Call, at: Instant) -> tuple[Agent, Span]:
    assert call.agent_id is not None
    talked = Span(at - call.since)
    if call.talk_offer_id is not None:
        del t.talking[call.talk_offer_id]
        call.talk_offer_id = None
    if call.queue_id is not None and call.in_books:
        stats = t.stats[call.queue_id]
        stats.finished += 1
        stats.talked = Span(stats.talked + talked)
    call.has_talked, call.talked_with, call.talked_in = True, call.agent_id, call.queue_id
    call.asked_for = None  # a message he was asked for before is not what the call came to
    return t.agents[call.agent_id], talked


VISITS_END = {
    Outcome.ABANDONED: QueueExit.ABANDONED,
    Outcome.MISSED_CALLBACK: QueueExit.CALLBACK_MISSED,
    Outcome.CANCELLED: QueueExit.CALLBACK_CANCELLED,
    Outcome.LOST: QueueExit.LOST,
}
"""How the visit ends of a caller whose call ends while he waits."""


def end(t: Tables, call: Call, outcome: Outcome, at: Instant) -> None:
    """The call is over without a conversation. A live offer must have ended before."""
    assert not call.offer_ids
    if _is_in_line(t, call):
        end_visit(t, call, VISITS_END[outcome], at)
    _close(t, call, outcome, None, at)
    if (why := owed.why(call, outcome)) is not None:
        owed.owe(t, call.party, call.call_id, why, at)
    elif outcome in SERVED:
        owed.settle(t, call.party, call.call_id)


def _close(t: Tables, call: Call, outcome: Outcome, talked: Span | None, at: Instant) -> None:
    if call.state is CallState.LEAVING:
        leave_waiting_room(t, call)
    stays.call_ends(t, call, outcome, at)
    move(t, call, CallState.ENDED, at)
    del t.calls[call.call_id]
    t.remember_call(call.call_id, at)
    t.tell(
        CallEnded(
            call_id=call.call_id,
            queue_id=call.queue_id,
            agent_id=call.agent_id,
            outcome=outcome,
            talked=talked,
        )
    )
    if call.callback is not None:
        dialling.ended(t, call.callback, outcome, at)
