"""What callers leave: that they are asked for it, that it is there, and what becomes of it.

The messages themselves are kept by the shell; nothing here grows with their number.
"""

from acd import owed
from acd.call import Call, CallState, Outcome
from acd.customer import Party
from acd.instant import Instant
from acd.message import MessageKind, MessageState
from acd.message_events import MessageChanged, MessageLeft
from acd.message_signals import MessageAsked, MessageHandled, MessageTakenIn
from acd.tables import Tables


def asked(t: Tables, s: MessageAsked, at: Instant) -> None:
    """His flow lets him speak, or takes his pages. Should he hang up now, he came to leave that."""
    call = t.call_in_state(s.call_id, CallState.ARRIVED, CallState.IN_IVR)
    if call is not None and s.kind is not MessageKind.RECORDING:
        call.asked_for, call.touched = s.kind, at


def outcome(call: Call) -> Outcome | None:
    """How a call ends from the menu in which a message was asked for; None when none was."""
    match call.asked_for:
        case MessageKind.VOICEMAIL:
            return Outcome.VOICEMAIL
        case MessageKind.FAX:
            return Outcome.FAX
        case _:
            return None


def taken_in(t: Tables, s: MessageTakenIn) -> None:
    """A message is there; its caller may have hung up long ago, even before this engine began."""
    t.tell(
        MessageLeft(
            call_id=s.call_id,
            message_id=s.message_id,
            kind=s.kind,
            mailbox=s.mailbox,
            caller=s.caller,
            customer_id=s.customer_id,
            left_at=s.left_at,
            length=s.length,
            pages=s.pages,
            size=s.size,
        )
    )


def handled(t: Tables, s: MessageHandled, at: Instant) -> None:
    """Somebody has dealt with a message. If it was left in the call its caller is owed an answer for, he
    is owed it no longer, however that call ended."""
    t.tell(
        MessageChanged(
            call_id=s.call_id,
            message_id=s.message_id,
            kind=s.kind,
            mailbox=s.mailbox,
            state=s.state,
            by=s.by,
        )
    )
    if s.kind is not MessageKind.VOICEMAIL or s.state is not MessageState.DONE:
        return
    party = Party(caller=s.caller, customer_id=s.customer_id)
    item = t.ledger.item(party, at)
    if item is not None and item.call_id == s.call_id:
        owed.settle(t, party, s.call_id)
