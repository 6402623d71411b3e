"""What the IVR is told of calls that campaigns have placed, and what their flows say of whom they talk with.

Everything is looked up by the call's name, which is its attempt's. Whoever was called enters his campaign's
flow as callers do; to it he has dialled the campaign's name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from acd.call import CallClass
from acd.ids import CallId
from acd.instant import Instant, Span, after, seconds
from cti.campaign_flow import NOBODY_FREE, flow_of, languages_with, prompts_of
from cti.next_time import next_time
from cti.numbers import NotANumber, number_of
from cti.opting_out import OptingOut
from cti.prompts_wanted import languages_of
from cti.runtime import InboxFull, Runtime
from cti.whereabouts import whereabouts
from dialer.attempt_line import Line
from dialer.campaign import CampaignRules
from dialer.commands import DisposeLead
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.lead import Lead
from dialer.signals import OptedOut
from dialer.tables import Campaign
from ivr.catalogue import DEFAULT_LANGUAGE
from ivr.document import Document
from ivr.loader import Entrance, FlowBook, PublishedFlow
from ivr.talk import Talk
from ivr.utterance import TimeOfDay, Utterance

MESSAGE_BEGINS = seconds(0.4)
"""Of the two seconds, what is left to the message: who finds nobody is back in his flow so much earlier."""
LEAST_PATIENCE = seconds(0.05)
LIST_AWAY = "the list cannot be written now"
NOT_OURS = "it is no campaign's call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """How somebody whom a campaign reached waits for its agents."""

    call_class: CallClass
    patience: Span


@dataclass(frozen=True, slots=True)
class _Made:
    """A flow that was made, and what it was made of."""

    rules: CampaignRules
    languages: tuple[str, ...]
    published: PublishedFlow


class CampaignCalls:
    """Implements :class:`ivr.campaigns.Campaigns`, and answers for the rest of the shell."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        opting_out: OptingOut,
        region: str | None,
        book: Callable[[], FlowBook],
    ) -> None:
        """``region``: where numbers without a country code are at home. ``book``: the flows in force."""
        self._runtime, self._opting_out, self._region, self._book = runtime, opting_out, region, book
        self._made: dict[CampaignId, _Made] = {}

    # -- where they enter --------------------------------------------------------------------------

    def rules_in_force(self) -> tuple[CampaignRules, ...]:
        """Of all campaigns in memory."""
        return tuple(campaign.rules for campaign in self._runtime.campaigns.campaigns.values())

    def entrance(self, dialled: str) -> Entrance | None:
        """Where somebody enters who was called for the campaign of this name; None: there is none."""
        campaign = self._runtime.campaigns.campaigns.get(CampaignId(dialled))
        if campaign is None:
            return None
        book = self._book()
        if campaign.rules.flow:
            published = book.flows.get(campaign.rules.flow)
        else:
            published = self._made_for(campaign.rules, languages_with(campaign.rules, languages_of(book)))
        return None if published is None else Entrance(flow=published, book=book)

    def _made_for(self, rules: CampaignRules, languages: tuple[str, ...]) -> PublishedFlow:
        made = self._made.get(rules.campaign_id)
        if made is None or made.rules is not rules or made.languages != languages:
            flow = flow_of(rules, languages)
            document = Document(f"campaign {rules.campaign_id}", {}, None)
            made = _Made(rules, languages, PublishedFlow(flow=flow, version="", document=document))
            known = self._runtime.campaigns.campaigns
            self._made = {name: one for name, one in self._made.items() if name in known}
            self._made[rules.campaign_id] = made
        return made.published

    # -- what is known of them ---------------------------------------------------------------------

    def lead_of(self, call_id: CallId) -> Mapping[str, str]:
        """What his list says of him, for his flow; nothing of a call that no campaign placed."""
        lead = self._lead(self._line(call_id))
        return {} if lead is None else _known(lead)

    def seat_of(self, call_id: CallId) -> Seat | None:
        """How he waits for the campaign's agents; None: as any caller does.

        The law gives them so much time after his greeting. A part of it is over when detection says *person*;
        who has come from a flow that took all of it waits so long once more.
        """
        line = self._line(call_id)
        campaign = self._campaign(line)
        if line is None or campaign is None or line.connected_at is not None:
            return None
        rules = campaign.rules
        if not rules.has_agents:
            return None
        since = line.person_at if line.person_at is not None else self._runtime.clock.now()
        over = Span(self._runtime.clock.now() - since + MESSAGE_BEGINS)
        if rules.machine is not None:
            over = Span(over + rules.machine.silence_after_greeting)
        left = Span(rules.connect_within - over)
        if left < LEAST_PATIENCE:
            left = rules.connect_within if rules.flow else LEAST_PATIENCE
        return Seat(call_class=rules.call_class, patience=left)

    def message_for_machine(self, *, call_id: str, campaign: str, language: str) -> Sequence[Utterance]:
        """What the campaign leaves to machines, with what is known of the lead."""
        line = self._line(CallId(call_id))
        known = self._runtime.campaigns.campaigns.get(CampaignId(campaign))
        if known is None or known.rules.machine is None:
            return ()
        lead = self._lead(line)
        given = {} if lead is None else {f"lead.{name}": value for name, value in _known(lead).items()}
        spoken = language or known.rules.language or DEFAULT_LANGUAGE
        return Talk(given=given, language=spoken).say(prompts_of(known.rules.machine.message))

    def message_when_we_are_gone(
        self, campaign_id: CampaignId, lead_id: LeadId, language: str
    ) -> Sequence[Utterance]:
        """What the campaign says to who answers and finds nobody, as far as it says anything."""
        campaign = self._runtime.campaigns.campaigns.get(campaign_id)
        if campaign is None or not campaign.rules.message:
            return ()
        rules, pursuit = campaign.rules, campaign.leads.get(lead_id)
        given = {} if pursuit is None else {f"lead.{k}": v for k, v in _known(pursuit.lead).items()}
        named = rules.message_prompts or (NOBODY_FREE if rules.has_agents else ())
        return Talk(given=given, language=language).say(prompts_of(named))

    # -- what their flows say ----------------------------------------------------------------------

    async def opt_out(self, *, call_id: str, number: str, because: str) -> str | None:
        """Put him on the house's list. He is told the truth: while the database is away that it did not work,
        though he is put there as soon as it is back, and no campaign keeps him."""
        try:
            listed = number_of(number, self._region)
        except NotANumber as problem:
            return str(problem)
        written = await self._opting_out.put(listed, because, "himself")
        line = self._line(CallId(call_id))
        if line is not None:
            self._runtime.post(OptedOut(attempt_id=line.attempt_id))
        return None if written else LIST_AWAY

    async def dispose(
        self, *, call_id: str, disposition: str, note: str, at: int | TimeOfDay | None
    ) -> str | None:
        """Tell the dialer what came of the call.

        Raises:
            EngineStopped: nobody takes anything down; the dialplan takes the caller back.
        """
        line = self._line(CallId(call_id))
        campaign = self._campaign(line)
        if line is None or campaign is None:
            return NOT_OURS
        flow = campaign.rules.flow
        command = DisposeLead(
            attempt_id=AttemptId(call_id),
            disposition=disposition,
            by=f"flow {flow}" if flow else "flow",
            note=note,
            call_back_at=None if at is None else self._moment(line, at),
        )
        try:
            refused = await self._runtime.ask(command)
        except InboxFull as full:
            return str(full)
        return None if refused is None else refused.reason

    def _moment(self, line: Line, at: int | TimeOfDay) -> Instant:
        """A time of day is one by the clock where he is; where that may be several, in the first of them."""
        now = self._runtime.clock.now()
        if isinstance(at, int):
            return after(now, seconds(at))
        lead = self._lead(line)
        zone = None if lead is None else lead.zone
        if zone is None:
            zone = next(iter(whereabouts(line.number, self._region).zones), None)
        return next_time(now, time(at.hour, at.minute), zone)

    # -- the dialer's present ----------------------------------------------------------------------

    def _line(self, call_id: CallId) -> Line | None:
        """The attempt that this call is, also one that is over."""
        t, attempt_id = self._runtime.campaigns, AttemptId(call_id)
        return t.lines.get(attempt_id) or t.ended.get(attempt_id)

    def _campaign(self, line: Line | None) -> Campaign | None:
        return None if line is None else self._runtime.campaigns.campaigns.get(line.campaign_id)

    def _lead(self, line: Line | None) -> Lead | None:
        campaign = self._campaign(line)
        if line is None or campaign is None:
            return None
        pursuit = campaign.leads.get(line.lead_id)
        return None if pursuit is None else pursuit.lead


def _known(lead: Lead) -> dict[str, str]:
    return {"name": lead.name} | {one.name: one.value for one in lead.data}
