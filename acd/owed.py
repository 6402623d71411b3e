"""What we owe: open items in the ledger, told as they open and close."""

from acd.call import Call, Outcome
from acd.call_events import UnansweredClosed, UnansweredOpened
from acd.customer import Party
from acd.ids import CallId
from acd.instant import Instant
from acd.ledger import UNANSWERED, WhyOwed
from acd.tables import Tables


def why(call: Call, outcome: Outcome) -> WhyOwed | None:
    """What we owe after a call that ended so; None: nothing. Whom we called wanted nothing of us: he is owed
    an answer to what he said, and one when nobody was there.
    """
    if not call.we_called:
        return UNANSWERED.get(outcome)
    if call.dropped:
        return WhyOwed.DROPPED
    return WhyOwed.VOICEMAIL if outcome is Outcome.VOICEMAIL else None


def owe(t: Tables, party: Party, call_id: CallId, why: WhyOwed, at: Instant) -> None:
    """A contact came to nothing: his next call is recognised until one succeeds."""
    item = t.ledger.open(party, call_id, why, at)
    if item is not None:
        t.tell(
            UnansweredOpened(
                call_id=call_id,
                caller=party.caller,
                customer_id=party.customer_id,
                why=why,
                attempts=item.attempts,
            )
        )


def settle(t: Tables, party: Party, call_id: CallId) -> None:
    """A contact succeeded, by whatever number: we owe him nothing more."""
    item = t.ledger.close(party)
    if item is not None:
        t.tell(
            UnansweredClosed(
                call_id=call_id,
                caller=party.caller,
                customer_id=party.customer_id,
                attempts=item.attempts,
            )
        )
