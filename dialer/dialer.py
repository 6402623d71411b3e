"""The dialer behind its doors: what it is told, what it witnesses, what is due. No clock, no await."""

from collections.abc import Callable, Sequence
from typing import assert_never

from acd.events import Event, Refused
from acd.instant import Instant
from dialer import (
    agents_calls,
    alarms,
    campaigns,
    disposing,
    leads,
    learning,
    lines,
    lists,
    own_agent,
    pace,
    previews,
    promised,
    reached,
    recovery,
    responded,
    texts,
    turn,
)
from dialer.campaign import CampaignRules
from dialer.commands import (
    AcceptLead,
    AddLeads,
    AdoptCampaign,
    DialByHand,
    DisposeLead,
    ForgetCampaign,
    PartyResponded,
    PauseCampaign,
    RemoveLead,
    SkipLead,
    StartCampaign,
    StopCampaign,
    TakeLead,
)
from dialer.floor_view import FloorView
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.messages import DialerInput, DialerOutput
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineLocated,
    LineMessageLeft,
    LineOrderFailed,
    LineRefused,
    LineRings,
    LinesObserved,
    LinesRecalled,
    LineUnconfirmed,
    NumberListed,
    OptedOut,
    TextFailed,
    TextSent,
    WorkRecalled,
)
from dialer.tables import DialerTables
from dialer.timers import Timer, TimerKind

Told = tuple[DialerOutput | Refused, ...]


class Dialer:
    """Decides whom to dial, how many at once, and when. One task calls it; between two calls it is at a fixed
    point: every line that may be placed is.
    """

    def __init__(self, run: str) -> None:
        """``run``: the engine's, in which all names of attempts are its own."""
        self.tables = DialerTables(run)
        self._now = Instant(0)

    def adopt(self, rules: CampaignRules, version: int, at: Instant, floor: FloorView) -> Told:
        """Decide about a campaign by these rules from ``at`` on; a new one is a draft."""
        return self._step(at, floor, lambda now: campaigns.adopt(self.tables, rules, version, now))

    def handle(self, message: DialerInput, at: Instant, floor: FloorView) -> Told:
        """Apply one message at ``at`` and return what follows, in causal order. What was due before happens
        first, at its own time.
        """
        return self._step(at, floor, lambda now: self._apply(message, now, floor))

    def witness(self, events: Sequence[Event], at: Instant, floor: FloorView) -> Told:
        """Take in what the ACD has just decided. ``floor`` is how it stands after that."""
        return self._step(at, floor, lambda now: reached.witness(self.tables, events, now))

    def next_deadline(self) -> Instant | None:
        """When :meth:`advance` has something to do; None when nothing is pending."""
        return self.tables.timers.next_due()

    def advance(self, to: Instant, floor: FloorView) -> Told:
        """Let time pass until ``to`` and return what follows."""
        self._fire(to, floor)
        return self._drain()

    def _step(self, at: Instant, floor: FloorView, apply: Callable[[Instant], None]) -> Told:
        if self.tables.began is None:
            self.tables.began = at
        self._fire(at, floor)
        apply(self._now)
        self._settle(floor)
        return self._drain()

    def _fire(self, to: Instant, floor: FloorView) -> None:
        while (due := self.tables.timers.pop_due(to)) is not None:
            at, timer = due
            self._now = max(self._now, at)
            self._due(timer, self._now, floor)
            if self.tables.timers.next_due() != at:  # those of one moment are settled together
                self._settle(floor)
        self._now = max(self._now, to)

    def _settle(self, floor: FloorView) -> None:
        previews.settle(self.tables, self._now)
        agents_calls.settle(self.tables, self._now, floor)
        texts.settle(self.tables, self._now)
        pace.settle(self.tables, self._now, floor)
        campaigns.settle(self.tables, self._now)
        alarms.look(self.tables, self._now, floor)

    def _drain(self) -> Told:
        outputs, self.tables.outputs = tuple(self.tables.outputs), []
        return outputs

    def _due(self, timer: Timer, at: Instant, floor: FloorView) -> None:
        t, key = self.tables, (CampaignId(timer.of), LeadId(timer.name))
        match timer.kind:
            case TimerKind.LEAD_DUE:
                leads.due(t, key, at)
            case TimerKind.LEAD_EXPIRES:
                leads.expired(t, key, at)
            case TimerKind.DISPOSE:
                disposing.overdue(t, key, at)
            case TimerKind.PREVIEW:
                previews.time_out(t, key, at)
            case TimerKind.PROMISED:
                promised.due(t, key, at)
            case TimerKind.OWN_AGENT:
                own_agent.due(t, key, at, floor)
            case TimerKind.TURN | TimerKind.GATE:
                pass  # that it is over is all there is to it
            case TimerKind.ZONE:
                turn.zone_opens(t, t.campaigns.get(key[0]), timer.name)
            case TimerKind.HOUSE:
                t.house_full = False
            case TimerKind.LINE:
                lines.due(t, AttemptId(timer.name), at, link_up=floor.link_up)
            case TimerKind.GIVE_UP:
                lines.has_rung(t, AttemptId(timer.name))
            case TimerKind.TEXT:
                texts.overdue(t, AttemptId(timer.name), at)
            case TimerKind.PACE:
                if (campaign := t.campaigns.get(CampaignId(timer.of))) is not None:
                    pace.look_again(t, campaign, at)
            case TimerKind.ALARM:
                pass  # whatever happens, all is looked at again
            case _:
                assert_never(timer.kind)

    def _apply(self, message: DialerInput, at: Instant, floor: FloorView) -> None:
        t = self.tables
        if t.strays:
            recovery.overheard(t, (message,), at)
        match message:  # what happens most comes first
            case LineRings():
                lines.rings(t, message, at)
            case LineAnswered():
                lines.answered(t, message, at)
            case LineJudged():
                reached.judged(t, message, at)
            case LineFailed():
                lines.failed(t, message, at)
            case LineGone():
                lines.gone(t, message, at)
            case LineRefused():
                lines.refused(t, message, at)
            case LineOrderFailed():
                lines.order_failed(t, message, at)
            case LineUnconfirmed():
                lines.unconfirmed(t, message, at, link_up=floor.link_up)
            case LineMessageLeft():
                reached.message_left(t, message)
            case OptedOut():
                reached.opted_out(t, message, at)
            case LinesObserved():
                recovery.observed(t, message, at)
            case LineLocated():
                recovery.located(t, message, at)
            case NumberListed():
                responded.listed(t, message, at)
            case PartyResponded():
                responded.party(t, message, at)
            case DisposeLead():
                disposing.dispose(t, message, at)
            case TakeLead() | AcceptLead() | SkipLead() | DialByHand():
                previews.handle(t, message, at, floor)
            case TextSent() | TextFailed():
                texts.handle(t, message, at)
            case AddLeads():
                lists.add(t, message, at)
            case RemoveLead():
                responded.removed(t, message, at)
            case StartCampaign():
                campaigns.start(t, message, at)
            case PauseCampaign():
                campaigns.pause(t, message, at)
            case StopCampaign():
                campaigns.stop(t, message, at)
            case ForgetCampaign():
                campaigns.forget(t, message)
            case CampaignRemembered():
                campaigns.remembered(t, message, at)
            case LeadsRemembered():
                lists.remembered(t, message, at)
            case LinesRecalled():
                learning.lines_recalled(t, message)
            case WorkRecalled():
                learning.work_recalled(t, message)
            case LeadsAllRemembered():
                recovery.all_remembered(t, message, at)
            case AdoptCampaign():
                t.refuse(f"{message.campaign_id}: nobody has read its document")
            case _:
                assert_never(message)
