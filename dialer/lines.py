"""The lives of attempts: a line is placed, rings, is answered, fails; each ends in exactly one outcome."""

from acd.instant import Instant, Span
from dialer import disposing, leads
from dialer.attempt import LEGAL_MOVES, NOT_DIALLED, AttemptOutcome, AttemptState, Party
from dialer.attempt_line import Line
from dialer.campaign import CampaignRules, MachineThen, Mode
from dialer.events import (
    AttemptAnswered,
    AttemptEnded,
    AttemptJudged,
    AttemptPlaced,
    AttemptRang,
    AttemptRefused,
    LiveAnswerCounted,
)
from dialer.ids import AttemptId
from dialer.lead import LeadState, WhyDone
from dialer.orders import DropLine, LocateLine, PlaceLine
from dialer.signals import (
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineMessageLeft,
    LineOrderFailed,
    LineRefused,
    LineRings,
    LineUnconfirmed,
    OptedOut,
)
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.turn import Chosen
from dialer.wall import hour_of_day

_NOT_ANSWERED = frozenset({AttemptState.PLACED, AttemptState.RINGING})


def place(t: DialerTables, campaign: Campaign, chosen: Chosen, at: Instant) -> Line:
    """Dial a lead, if the gate lets it out."""
    rules, lead = campaign.rules, chosen.pursuit.lead
    hour = hour_of_day(at, lead.zone)
    line = Line(
        attempt_id=t.next_attempt_id(),
        campaign_id=rules.campaign_id,
        list_id=lead.list_id,
        lead_id=lead.lead_id,
        number=chosen.number,
        place=chosen.place,
        ring_for=max(rules.ring_for, rules.ring_at_least),
        placed_at=at,
        hour=hour,
        rate=campaign.estimates.answer_rate(lead.list_id, hour),
    )
    _begin(t, campaign, line)
    leads.dialled(t, campaign, chosen.pursuit, line, at)
    t.tell(_order(rules, line, lead.zone, lead.language))
    return line


def _begin(t: DialerTables, campaign: Campaign, line: Line) -> None:
    t.lines[line.attempt_id] = campaign.lines[line.attempt_id] = line
    if campaign.trial_left is not None:
        campaign.trial_left -= 1
    t.tell(
        AttemptPlaced(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            list_id=line.list_id,
            lead_id=line.lead_id,
            number=line.number,
            ring_for=line.ring_for,
            agent_id=line.agent_id,
        )
    )


def _order(rules: CampaignRules, line: Line, zone: str | None, language: str) -> PlaceLine:
    return PlaceLine(
        attempt_id=line.attempt_id,
        campaign_id=line.campaign_id,
        lead_id=line.lead_id,
        number=line.number,
        zone=zone,
        ring_for=line.ring_for,
        flow=rules.flow,
        queue_id=rules.queue_id,
        call_class=rules.call_class,
        machine=rules.machine,
        connect_within=rules.connect_within,
        auto_answer=rules.auto_answer,
        language=language,
        pool=rules.pool,
        profile=rules.profile,
        agent_guaranteed=rules.mode is Mode.PROGRESSIVE,
    )


# -- news of a line -----------------------------------------------------------------------------------


def rings(t: DialerTables, signal: LineRings, at: Instant) -> None:
    """The telephone rings."""
    line = t.lines.get(signal.attempt_id)
    if line is not None and _move(line, AttemptState.RINGING):
        t.tell(AttemptRang(attempt_id=line.attempt_id, campaign_id=line.campaign_id))


def answered(t: DialerTables, signal: LineAnswered, at: Instant) -> None:
    """The receiver was taken off."""
    line = t.lines.get(signal.attempt_id)
    if line is not None:
        _answered(t, line, at)


def _answered(t: DialerTables, line: Line, at: Instant) -> None:
    if not _move(line, AttemptState.ANSWERED):
        return
    line.answered_at = at
    t.tell(
        AttemptAnswered(
            attempt_id=line.attempt_id, campaign_id=line.campaign_id, rang=Span(at - line.placed_at)
        )
    )
    campaign = t.campaigns[line.campaign_id]
    if campaign.rules.machine is None:
        _judged(t, campaign, line, Party.PERSON, "", at)


def judged(t: DialerTables, signal: LineJudged, at: Instant) -> None:
    """Who it is."""
    line = t.lines.get(signal.attempt_id)
    if line is not None:
        _answered(t, line, at)
        _judged(t, t.campaigns[line.campaign_id], line, signal.party, signal.words, at)


def _judged(t: DialerTables, campaign: Campaign, line: Line, party: Party, words: str, at: Instant) -> None:
    if line.party is not None or line.answered_at is None:
        return
    machine = campaign.rules.machine
    kept = party is Party.MACHINE and machine is not None and machine.then is not MachineThen.PASS_ON
    if not _move(line, AttemptState.MACHINE if kept else AttemptState.PERSON):
        return
    line.party = party
    t.tell(
        AttemptJudged(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            party=party,
            words=words,
            after=Span(at - line.answered_at),
        )
    )
    rang = Span(line.answered_at - line.placed_at)
    if kept:
        campaign.estimates.line_failed(line.list_id, line.hour, rang)
    else:
        line.person_at = at
        campaign.estimates.line_answered(line.list_id, line.hour, rang)


def failed(t: DialerTables, signal: LineFailed, at: Instant) -> None:
    """Nobody answered."""
    line = t.lines.get(signal.attempt_id)
    if line is None or line.state not in _NOT_ANSWERED:
        return
    line.cause = signal.hangup_cause
    end(t, line, AttemptOutcome.CANCELLED if line.dropped else signal.outcome, at)


def message_left(t: DialerTables, signal: LineMessageLeft, at: Instant) -> None:
    """An answering machine was left the message."""
    line = t.lines.get(signal.attempt_id)
    if line is not None and line.state is AttemptState.MACHINE:
        line.message_left = True


def opted_out(t: DialerTables, signal: OptedOut, at: Instant) -> None:
    """He does not want to be called any more."""
    line = t.lines.get(signal.attempt_id) or t.ended.get(signal.attempt_id)
    if line is None:
        return
    campaign, pursuit = t.of_line(line)
    if pursuit is not None:
        leads.finish(t, campaign, pursuit, WhyDone.OPTED_OUT, at, line.attempt_id)


def gone(t: DialerTables, signal: LineGone, at: Instant) -> None:
    """There is no such line any more; who was taken over by the ACD ends with his call."""
    line = t.lines.get(signal.attempt_id)
    if line is None or line.state is AttemptState.CONNECTED:
        return
    over(t, line, at)


def over(t: DialerTables, line: Line, at: Instant) -> None:
    """A line nobody talks on with an agent is over: by where it stood, one knows how."""
    end(t, line, _outcome(t.campaigns[line.campaign_id], line, at), at)


def _outcome(campaign: Campaign, line: Line, at: Instant) -> AttemptOutcome:
    match line.state:
        case AttemptState.MACHINE:
            return AttemptOutcome.MESSAGE_LEFT if line.message_left else AttemptOutcome.MACHINE
        case AttemptState.PERSON if line.person_at is not None and campaign.rules.has_agents:
            late = at - line.person_at > campaign.rules.connect_within
            return AttemptOutcome.ABANDONED if late else AttemptOutcome.HUNG_UP
        case AttemptState.PERSON:
            return AttemptOutcome.LEFT_FLOW
        case AttemptState.ANSWERED:
            return AttemptOutcome.HUNG_UP
        case _:
            return AttemptOutcome.CANCELLED if line.dropped else AttemptOutcome.NO_ANSWER


def refused(t: DialerTables, signal: LineRefused, at: Instant) -> None:
    """The gate did not let it out."""
    if signal.of_house and signal.until is not None:
        t.house_full = True
        t.timers.set(TimerKind.HOUSE, max(signal.until, Instant(at + 1)))
    number = (signal.never, None if signal.of_house else signal.until)
    _not_dialled(t, signal.attempt_id, signal.why, at, *number)


def order_failed(t: DialerTables, signal: LineOrderFailed, at: Instant) -> None:
    """The PBX did not take the order."""
    line = t.lines.get(signal.attempt_id)
    rest = None if line is None else Instant(at + line.ring_for)
    _not_dialled(t, signal.attempt_id, signal.detail, at, False, rest)


def _not_dialled(
    t: DialerTables, attempt_id: AttemptId, why: str, at: Instant, never: bool, until: Instant | None
) -> None:
    line = t.lines.get(attempt_id)
    if line is None or line.state is not AttemptState.PLACED:
        return
    campaign, pursuit = t.of_line(line)
    if campaign.trial_left is not None:
        campaign.trial_left += 1
    _forget(t, line)
    t.tell(
        AttemptRefused(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            lead_id=line.lead_id,
            why=why,
            until=until,
        )
    )
    if pursuit is not None:
        leads.not_dialled(t, campaign, pursuit, line, at, NOT_DIALLED, never=never, until=until)


def unconfirmed(t: DialerTables, signal: LineUnconfirmed, at: Instant) -> None:
    """Nobody knows whether the PBX took the order: it is looked for, and never dialled again for it."""
    line = t.lines.get(signal.attempt_id)
    if line is not None and line.state is AttemptState.PLACED:
        line.unconfirmed = True
        t.tell(LocateLine(attempt_id=line.attempt_id))


# -- its end ------------------------------------------------------------------------------------------


def give_up(t: DialerTables, line: Line) -> None:
    """Close a line that rings; it is over when the world says so."""
    if line.state in _NOT_ANSWERED and not line.dropped:
        line.dropped = True
        t.tell(DropLine(attempt_id=line.attempt_id))


def give_up_of(t: DialerTables, attempt_id: AttemptId | None) -> None:
    """The same by name, if there is one."""
    line = t.lines.get(attempt_id) if attempt_id is not None else None
    if line is not None:
        give_up(t, line)


def end(t: DialerTables, line: Line, outcome: AttemptOutcome, at: Instant) -> None:
    """It is over, with this outcome: told once, counted once, and his turn goes on."""
    campaign, pursuit = t.of_line(line)
    _forget(t, line)
    if line.answered_at is None and outcome is not AttemptOutcome.CANCELLED:
        campaign.estimates.line_failed(line.list_id, line.hour, Span(at - line.placed_at))
    talked = Span(at - line.connected_at) if line.connected_at is not None else Span(0)
    t.tell(
        AttemptEnded(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            list_id=line.list_id,
            lead_id=line.lead_id,
            number=line.number,
            outcome=outcome,
            hangup_cause=line.cause,
            rang=Span((line.answered_at or at) - line.placed_at),
            talked=talked,
            agent_id=line.agent_id,
            live=line.person_at is not None,
        )
    )
    if line.person_at is not None:
        count(t, campaign, line, at, abandoned=outcome is AttemptOutcome.ABANDONED)
    if pursuit is not None:
        said = pursuit.said
        leads.attempt_over(t, campaign, pursuit, line, outcome, at)
        if said is not None and pursuit.state is LeadState.TO_DISPOSE:
            disposing.follow(t, campaign, pursuit, said, at)


def count(t: DialerTables, campaign: Campaign, line: Line, at: Instant, *, abandoned: bool) -> None:
    """One more live answer in the ledger, once for each line."""
    if line.counted:
        return
    line.counted = True
    campaign.ledger.answered(campaign.campaign_id, at, abandoned=abandoned)
    budget = campaign.ledger.budget(campaign.campaign_id, at)
    t.tell(
        LiveAnswerCounted(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            abandoned=abandoned,
            live=budget.live,
            abandoned_in_all=budget.abandoned,
        )
    )


def _forget(t: DialerTables, line: Line) -> None:
    line.state = AttemptState.ENDED
    del t.lines[line.attempt_id]
    del t.campaigns[line.campaign_id].lines[line.attempt_id]
    t.remember_end(line)


def _move(line: Line, to: AttemptState) -> bool:
    """The one way a line gets from one state to another; late news changes nothing."""
    if to not in LEGAL_MOVES[line.state]:
        return False
    line.state = to
    return True
