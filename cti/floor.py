"""The floor: the pure cores joined behind the same three doors.

What the ACD decides the dialer witnesses; whom the dialer reached the ACD is told of, and for whom nobody was
there in time. That goes on until neither has anything to say. What falls due in either happens in the order
of time, the ACD's first.
"""

from collections.abc import Iterator, Sequence

from acd import messages
from acd.call_signals import CallArrived, CallDropped, CallerHungUp
from acd.commands import AdoptRules, CancelCallback, DialForAgent, EnterIvr
from acd.engine import Acd
from acd.events import Refused
from acd.ids import CallId
from acd.instant import Instant
from acd.queue_events import CallLeftQueue
from acd.rules import Rules
from acd.tables import Tables
from cti.campaign_json import UnreadableCampaign
from cti.campaign_json import from_json as campaign_from
from cti.floor_view import FloorSeen
from cti.messages import Input, Output, is_acd_event, is_for_dialer
from cti.responses import Responses
from cti.rules import people_of, rules_of
from cti.rules_document import UnreadableRules, from_json
from dialer.attempt import AttemptState, Party
from dialer.attempt_line import Line
from dialer.commands import AdoptCampaign, PartyResponded
from dialer.dialer import Dialer, Told
from dialer.events import AttemptJudged, LiveAnswerCounted
from dialer.ids import AttemptId
from dialer.messages import CallForAgent, DialerOutput
from dialer.orders import DropLine
from dialer.signals import LineGone, LineJudged, LineOrderFailed
from dialer.tables import DialerTables

_UNJUDGED = frozenset({AttemptState.PLACED, AttemptState.RINGING, AttemptState.ANSWERED})


class Floor:
    """What a shell drives. Not a single await; the shell alone knows the time."""

    def __init__(self, rules: Rules) -> None:
        self._acd = Acd(rules)
        self._dialer = Dialer(rules.run)
        self._seen = FloorSeen(self._acd.tables)
        self._responses = Responses(self._acd.tables, rules.outside.region)

    @property
    def tables(self) -> Tables:
        """The ACD's present, for views; consistent whenever no door is open."""
        return self._acd.tables

    @property
    def campaigns(self) -> DialerTables:
        """The dialer's present, likewise."""
        return self._dialer.tables

    def handle(self, message: Input, at: Instant) -> tuple[Output, ...]:
        """Apply one message; see :meth:`acd.engine.Acd.handle` and :meth:`dialer.dialer.Dialer.handle`."""
        out = self._until(at)
        if is_for_dialer(message):
            out += self._from_acd(self._acd.advance(at), at)
            if isinstance(message, LineGone):  # whoever was on it has hung up: how that ends the ACD knows
                hung_up = CallerHungUp(call_id=CallId(message.attempt_id))
                out += self._from_acd(self._acd.handle(hung_up, at), at)
            if isinstance(message, AdoptCampaign):
                out += self._adopt_campaign(message, at)
            else:
                out += self._from_dialer(self._dialer.handle(message, at, self._look(at)), at)
        elif isinstance(message, AdoptRules):
            out += self._adopt(message, at)
        elif isinstance(message, CallArrived) and AttemptId(message.call_id) in self.campaigns.lines:
            out += self._from_acd(self._acd.advance(at), at)  # he is a call once he is known to be there
        else:
            if isinstance(message, EnterIvr):
                out += self._overtaken(message, at)
            out += self._from_acd(self._acd.handle(message, at), at)
        return tuple(out)

    def next_deadline(self) -> Instant | None:
        """When :meth:`advance` has something to do."""
        acd = self._acd.next_deadline()
        if not self._dialer.tables.campaigns:
            return acd
        dialer = self._dialer.next_deadline()
        return acd if dialer is None or (acd is not None and acd <= dialer) else dialer

    def advance(self, to: Instant) -> tuple[Output, ...]:
        """Let time pass until ``to``."""
        return (*self._until(to), *self._from_acd(self._acd.advance(to), to))

    # -- time ---------------------------------------------------------------------------------------

    def _until(self, to: Instant) -> list[Output]:
        """Everything that falls due, at its own time."""
        out: list[Output] = []
        while (due := self.next_deadline()) is not None and due <= to:
            if due == self._acd.next_deadline():
                out += self._from_acd(self._acd.advance(due), due)
            else:
                out += self._from_dialer(self._dialer.advance(due, self._look(due)), due)
        return out

    def _look(self, at: Instant) -> FloorSeen:
        self._seen.look(at)
        return self._seen

    # -- what one core says, and the other makes of it --------------------------------------------------

    def _from_acd(self, said: Sequence[messages.Output], at: Instant) -> list[Output]:
        if not said:
            return []
        out: list[Output] = list(said)
        responded = list(self._responses.of(said))
        for one in said:
            if isinstance(one, CallLeftQueue):
                self._seen.note(one)
        if not self._dialer.tables.campaigns:
            return out
        witnessed = [one for one in said if is_acd_event(one)]
        out += self._from_dialer(self._dialer.witness(witnessed, at, self._look(at)), at)
        for party, how in responded:
            answer = self._dialer.handle(PartyResponded(party=party, how=how), at, self._look(at))
            out += self._from_dialer(answer, at)
        return out

    def _from_dialer(self, said: Told, at: Instant) -> list[Output]:
        out: list[Output] = [
            one for one in said if not isinstance(one, CallForAgent) and not self._drops_agents_call(one)
        ]
        for one in said:
            if isinstance(one, CallForAgent):
                out += self._call_for_agent(one, at)
            if isinstance(one, DropLine) and self._drops_agents_call(one):
                out += self._no_more(CallId(one.attempt_id), at)
            for message in self._for_acd(one):
                out += self._from_acd(self._acd.handle(message, at), at)
        return out

    def _for_acd(self, one: DialerOutput | Refused) -> Iterator[messages.CoreInput]:
        """What the ACD is told of what the dialer said."""
        match one:
            case AttemptJudged() if (line := self._line(one.attempt_id)) is not None:
                if line.state is AttemptState.PERSON and line.gone_at is None and not line.by_agent:
                    yield CallArrived(
                        call_id=CallId(line.attempt_id),
                        caller=line.number,
                        dialled=line.campaign_id,
                        we_called=True,
                    )
            case LiveAnswerCounted(abandoned=True) if (line := self._line(one.attempt_id)) is not None:
                yield CallDropped(call_id=CallId(line.attempt_id), caller=line.number)
            case _:
                pass

    def _call_for_agent(self, asked: CallForAgent, at: Instant) -> list[Output]:
        """Whom the ACD does not call nobody has dialled."""
        said = self._acd.handle(
            DialForAgent(
                call_id=asked.call_id,
                agent_id=asked.agent_id,
                queue_id=asked.queue_id,
                number=asked.number,
                ring_for=asked.ring_for,
            ),
            at,
        )
        line = self._line(AttemptId(asked.call_id))
        why = next((one.reason for one in said if isinstance(one, Refused)), None)
        if line is not None and line.pushed:  # who said something else is not answered with this
            said = tuple(one for one in said if not isinstance(one, Refused))
        out = self._from_acd(said, at)
        if why is not None:
            failed = LineOrderFailed(attempt_id=AttemptId(asked.call_id), detail=why)
            out += self._from_dialer(self._dialer.handle(failed, at, self._look(at)), at)
        return out

    def _drops_agents_call(self, one: DialerOutput | Refused) -> bool:
        """Whether a line is given up that an agent has asked for: it is a call of the ACD's."""
        if not isinstance(one, DropLine):
            return False
        line = self._line(one.attempt_id)
        return line is not None and line.by_agent

    def _no_more(self, call_id: CallId, at: Instant) -> list[Output]:
        """Who has answered meanwhile is talked with: nobody asked whether that can be undone."""
        said = self._acd.handle(CancelCallback(call_id=call_id), at)
        return self._from_acd([one for one in said if not isinstance(one, Refused)], at)

    def _line(self, attempt_id: AttemptId) -> Line | None:
        """An attempt, also one that is over."""
        t = self._dialer.tables
        return t.lines.get(attempt_id) or t.ended.get(attempt_id)

    def _overtaken(self, command: EnterIvr, at: Instant) -> list[Output]:
        """A flow talks with somebody of whom nobody has said yet that he is there: so he is."""
        line = self._dialer.tables.lines.get(AttemptId(command.call_id))
        if line is None or line.state not in _UNJUDGED:
            return []
        judged = LineJudged(attempt_id=line.attempt_id, party=Party.PERSON)
        return self._from_dialer(self._dialer.handle(judged, at, self._look(at)), at)

    # -- documents --------------------------------------------------------------------------------------

    def _adopt(self, command: AdoptRules, at: Instant) -> list[Output]:
        """New rules for the people who are here."""
        rules = self.tables.rules
        try:
            document = from_json(command.document)
        except UnreadableRules as unreadable:
            return self._refuse(f"the rules cannot be read: {unreadable}", at)
        new = rules_of(people_of(rules), document, rules.run, rules.outside)
        return self._from_acd(self._acd.adopt(new, command.version, at), at)

    def _adopt_campaign(self, command: AdoptCampaign, at: Instant) -> list[Output]:
        try:
            rules = campaign_from(command.document)
        except UnreadableCampaign as unreadable:
            return self._refuse(f"{command.campaign_id}: its rules cannot be read: {unreadable}", at)
        if rules.campaign_id != command.campaign_id:
            return self._refuse(f"{command.campaign_id}: these are the rules of {rules.campaign_id}", at)
        said = self._dialer.adopt(rules, command.version, at, self._look(at))
        return self._from_dialer(said, at)

    def _refuse(self, reason: str, at: Instant) -> list[Output]:
        return [*self._from_acd(self._acd.advance(at), at), Refused(reason=reason)]
