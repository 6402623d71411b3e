"""Who responds by himself: whoever called and waits for an agent, or was served by one, by somebody else, or
by a flow. Who waits in vain stays on record as unanswered (:mod:`acd.owed`): no list calls him besides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, CustomerRecognised, TransferAnswered
from acd.customer import Party
from acd.ids import CallId
from acd.ivr_events import IvrEntered
from acd.messages import Output
from acd.queue_events import CallQueued
from acd.tables import Tables
from cti.numbers import canonical

WAITS, WITH_AN_AGENT, PUT_THROUGH, SERVED = (
    "waits for an agent",
    "talked with an agent",
    "was put through",
    "was served by a flow",
)


@dataclass(slots=True, kw_only=True)
class _Caller:
    """Whom a live call is with."""

    party: Party
    numbers: tuple[str, ...] = ()
    """What else is known to be his."""
    waits: bool = False


class Responses:
    """Keeps whom each live call is with: when a call ends, the ACD has forgotten it before it says so. Whom
    we called for a campaign is left out: he did not respond by himself.
    """

    def __init__(self, tables: Tables, region: str | None = None) -> None:
        """``region``: where numbers without a country code are at home. Lists have theirs in one form, and a
        trunk may show a caller's in another.
        """
        self._tables, self._region = tables, region
        self._callers: dict[CallId, _Caller] = {}

    def __len__(self) -> int:
        """Calls that are followed."""
        return len(self._callers)

    def of(self, said: Iterable[Output]) -> Iterator[tuple[Party, str]]:
        """Take in what the ACD said, and tell who responded, and how; a customer with several telephones by
        each of them. To be gone through to its end."""
        for one in said:
            match one:
                case CallStarted():
                    call = self._tables.calls.get(one.call_id)
                    if call is None or not call.we_called:
                        self._callers[one.call_id] = _Caller(party=Party(caller=one.caller))
                case IvrEntered() if (caller := self._callers.get(one.call_id)) is not None:
                    caller.party = replace(caller.party, caller=one.caller)
                case CustomerRecognised() if (caller := self._callers.get(one.call_id)) is not None:
                    yield from self._recognised(caller, one)
                case CallQueued() if (caller := self._callers.get(one.call_id)) is not None:
                    caller.waits = True
                    yield from self._responds(caller, WAITS)
                case CallConnected() if (caller := self._callers.get(one.call_id)) is not None:
                    yield from self._responds(caller, WITH_AN_AGENT)
                case TransferAnswered() if (caller := self._callers.get(one.call_id)) is not None:
                    yield from self._responds(caller, PUT_THROUGH)
                case CallEnded() if (caller := self._callers.pop(one.call_id, None)) is not None:
                    if one.outcome is Outcome.SERVED_IN_IVR:
                        yield from self._responds(caller, SERVED)
                case _:
                    pass

    def _recognised(self, caller: _Caller, event: CustomerRecognised) -> Iterator[tuple[Party, str]]:
        """It may be late: he waits already."""
        call = self._tables.calls.get(event.call_id)
        customer = None if call is None else call.customer
        caller.party = replace(caller.party, customer_id=event.customer_id)
        caller.numbers = () if customer is None else customer.numbers
        if caller.waits:
            yield from self._responds(caller, WAITS)

    def _responds(self, caller: _Caller, how: str) -> Iterator[tuple[Party, str]]:
        shown = canonical(caller.party.caller, self._region)
        for number in dict.fromkeys((shown, *caller.numbers)):
            yield replace(caller.party, caller=number), how
