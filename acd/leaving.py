"""Taking leave of a caller: out of the queues for good, to his flow, a message or an announcement."""

from acd import calls
from acd.call import Call, CallState, Outcome
from acd.call_signals import CallerLeaving
from acd.exits import QueueExit
from acd.ids import QueueId
from acd.instant import Instant, after, seconds
from acd.orders import MoveCaller
from acd.overflow_rules import SendAway, Way
from acd.queue_events import CallSentAway
from acd.tables import Tables
from acd.timers import TimerKind

ORDER_SETTLES = seconds(2)
"""How long an order may take until it shows in the world."""


def send_away(t: Tables, call: Call, queue_id: QueueId, to: SendAway, why: QueueExit, at: Instant) -> None:
    """He is out of the queue, or was never in; his flow is told so, and carries it out."""
    call.leaving, call.turned_away = to, to.way is not Way.VOICEMAIL
    calls.move(t, call, CallState.LEAVING, at)
    t.tell(CallSentAway(call_id=call.call_id, queue_id=queue_id, way=to.way, prompts=to.prompts, because=why))
    calls.search(t, call, at)


def order(t: Tables, call: Call) -> None:
    """Have a caller moved who is in the waiting room."""
    assert call.leaving is not None
    t.order(
        MoveCaller(
            call_id=call.call_id,
            way=call.leaving.way,
            prompts=call.leaving.prompts,
            language=call.brief.language,
        )
    )


def arrived(t: Tables, s: CallerLeaving, at: Instant) -> None:
    """He hears what he was to hear."""
    call = t.call_in_state(s.call_id, CallState.LEAVING)
    if call is not None:
        call.turned_away |= s.no_room
        confirm(t, call, at)


def confirm(t: Tables, call: Call, at: Instant) -> None:
    """He is where he was sent; nothing more is to be done for him."""
    call.searches, call.touched = 0, at
    t.timers.cancel(TimerKind.LOCATE, call.call_id)


def found_waiting(t: Tables, call: Call, as_of: Instant, at: Instant, *, orders_pending: bool) -> None:
    """He was seen in the waiting room: the order came to nothing, or is still on its way."""
    if not orders_pending or as_of >= after(call.since, ORDER_SETTLES):
        order(t, call)
        calls.search(t, call, at)


def found(t: Tables, call: Call, way: Way, at: Instant) -> None:
    """An earlier run sent him away, and he is there."""
    call.leaving, call.turned_away = SendAway(way=way), way is not Way.VOICEMAIL
    calls.move(t, call, CallState.LEAVING, at)


def outcome(call: Call) -> Outcome:
    """How a call ends that ends on the way out."""
    assert call.leaving is not None
    if call.will_be_called:
        return Outcome.CALLBACK
    left_message = call.leaving.way is Way.VOICEMAIL and not call.turned_away
    return Outcome.VOICEMAIL if left_message else Outcome.TURNED_AWAY
