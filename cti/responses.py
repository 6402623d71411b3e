"""Who responds by himself: whoever called and was served, by an agent, by somebody else, or by a flow."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, CustomerRecognised, TransferAnswered
from acd.customer import Party
from acd.ids import CallId
from acd.ivr_events import IvrEntered
from acd.messages import Output
from acd.tables import Tables
from cti.numbers import canonical

WITH_AN_AGENT, PUT_THROUGH, SERVED = "talked with an agent", "was put through", "was served by a flow"


class Responses:
    """Keeps whom each live call is with: when a call ends, the ACD has forgotten it before it says so. Whom
    we called for a campaign is left out: he did not respond by himself.
    """

    def __init__(self, tables: Tables, region: str | None = None) -> None:
        """``region``: where numbers without a country code are at home. Lists have theirs in one form, and a
        trunk may show a caller's in another.
        """
        self._tables, self._region = tables, region
        self._parties: dict[CallId, Party] = {}

    def __len__(self) -> int:
        """Calls that are followed."""
        return len(self._parties)

    def of(self, said: Iterable[Output]) -> Iterator[tuple[Party, str]]:
        """Take in what the ACD said, and tell who responded, and how. To be gone through to its end."""
        for one in said:
            match one:
                case CallStarted():
                    call = self._tables.calls.get(one.call_id)
                    if call is None or not call.we_called:
                        self._parties[one.call_id] = Party(caller=one.caller)
                case IvrEntered() if (party := self._parties.get(one.call_id)) is not None:
                    self._parties[one.call_id] = replace(party, caller=one.caller)
                case CustomerRecognised() if (party := self._parties.get(one.call_id)) is not None:
                    self._parties[one.call_id] = replace(party, customer_id=one.customer_id)
                case CallConnected() if (party := self._parties.get(one.call_id)) is not None:
                    yield self._in_one_form(party), WITH_AN_AGENT
                case TransferAnswered() if (party := self._parties.get(one.call_id)) is not None:
                    yield self._in_one_form(party), PUT_THROUGH
                case CallEnded() if (party := self._parties.pop(one.call_id, None)) is not None:
                    if one.outcome is Outcome.SERVED_IN_IVR:
                        yield self._in_one_form(party), SERVED
                case _:
                    pass

    def _in_one_form(self, party: Party) -> Party:
        return replace(party, caller=canonical(party.caller, self._region))
