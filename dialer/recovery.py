"""After a restart or a lost link: what was under way is found again, or is over."""

from acd.instant import Instant
from dialer import leads, lines
from dialer.attempt import AttemptOutcome, AttemptState
from dialer.attempt_line import Line
from dialer.lead import LeadState
from dialer.signals import LeadsAllRemembered, LineLocated, LinesObserved
from dialer.tables import DialerTables


def observed(t: DialerTables, signal: LinesObserved, at: Instant) -> None:
    """Who is missing is gone, unless he was ordered since."""
    there = {line.attempt_id for line in signal.lines}
    for line in list(t.lines.values()):
        if line.attempt_id not in there and line.placed_at < signal.as_of:
            _missing(t, line, at)


def located(t: DialerTables, signal: LineLocated, at: Instant) -> None:
    """It exists, or never did, or does no more: it counts as dialled."""
    line = t.lines.get(signal.attempt_id)
    if line is None or not line.unconfirmed:
        return
    line.unconfirmed = False
    if signal.found is None:
        _missing(t, line, at)


def _missing(t: DialerTables, line: Line, at: Instant) -> None:
    talked = line.state is AttemptState.CONNECTED
    lines.end(t, line, AttemptOutcome.CONNECTED if talked else AttemptOutcome.LOST, at)


def all_remembered(t: DialerTables, signal: LeadsAllRemembered, at: Instant) -> None:
    """The campaign may go on. Who was being dialled, and has no line any more, was dialled and lost."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or not campaign.remembering:
        return
    campaign.remembering = False
    for pursuit in campaign.leads.values():
        if pursuit.state is LeadState.IN_PROGRESS and pursuit.attempt_id not in t.lines:
            leads.lost(t, campaign, pursuit, at)
        elif pursuit.state is LeadState.PREVIEWED:
            leads.move(t, campaign, pursuit, leads.back(pursuit), at, "restart")
