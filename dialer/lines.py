"""The life of a line: one attempt from its order to exactly one outcome. One function moves it.

Whatever does not come in time is asked for, never assumed: a line that nobody has heard of is located, and
what was not seen to end is LOST, not dialled again.
"""

from acd.instant import Instant, Span, after, seconds
from dialer import agents_calls, disposing, learning, reached, tries, turn
from dialer.attempt import LEGAL_MOVES, NOT_DIALLED, AttemptOutcome, AttemptState, Party
from dialer.attempt_line import Line
from dialer.campaign import CampaignState
from dialer.compliance.verdict import WhyNot
from dialer.events import AttemptAnswered, AttemptEnded, AttemptPlaced, AttemptRang, AttemptRefused
from dialer.ids import AttemptId
from dialer.lead import LeadState
from dialer.orders import DropLine, LocateLine, PlaceLine
from dialer.pursuit import Pursuit
from dialer.signals import (
    LineAnswered,
    LineFailed,
    LineGone,
    LineOrderFailed,
    LineRefused,
    LineRings,
    LineUnconfirmed,
)
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.turn import Chosen
from dialer.wall import hour_of_day

HEARD_OF_WITHIN = seconds(15)
"""Beside the time it may ring, or listen for a machine; then somebody asks."""
ASKED_EVERY = seconds(10)
GONE_WITHIN = seconds(3)
"""How long the ACD has to say how a call ended whose line is gone."""
LASTS_AT_MOST = seconds(120)
"""A machine with its message, or an answer the ACD knows nothing of; then somebody asks."""
HOUSE_AGAIN = seconds(1)
"""When the gate does not say when the house has lines again."""
GATE_AGAIN = seconds(60)
"""When it does not say when it will let somebody of a campaign out again."""
ORDER_AGAIN = seconds(5)
"""When the PBX took no order."""

_OPEN = (AttemptState.PLACED, AttemptState.RINGING)


def move(line: Line, now: AttemptState, at: Instant) -> None:
    """Move a line, once."""
    assert now in LEGAL_MOVES[line.state], f"{line.attempt_id}: {line.state} -> {now}"
    line.state, line.since = now, at


# -- out --------------------------------------------------------------------------------------------


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
        ring_for=rules.gives_up_after,
        placed_at=at,
        since=at,
        hour=hour,
        region=chosen.region,
        rate=campaign.estimates.answer_rate(lead.list_id, hour, chosen.region),
    )
    begin(t, campaign, chosen.pursuit, line, at)
    t.tell(
        PlaceLine(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            lead_id=line.lead_id,
            number=line.number,
            zone=lead.zone,
            ring_for=line.ring_for,
            flow=rules.flow,
            queue_id=rules.queue_id,
            call_class=rules.call_class,
            machine=rules.machine,
            connect_within=rules.connect_within,
            auto_answer=rules.auto_answer,
            language=lead.language or rules.language,
            pool=rules.pool,
            profile=rules.profile,
            elsewhere=line.place < 0,
        )
    )
    return line


def begin(t: DialerTables, campaign: Campaign, pursuit: Pursuit | None, line: Line, at: Instant) -> None:
    """A line is under way from now on, whoever orders it. ``pursuit`` None: a number dialled by hand."""
    t.lines[line.attempt_id] = campaign.lines[line.attempt_id] = line
    t.in_use[line.number] = line.attempt_id
    expect_news(t, line, at)
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
    if campaign.trial_left is not None:
        campaign.trial_left -= 1
        line.in_trial = campaign.starts
    if pursuit is not None:
        tries.dialled(t, campaign, pursuit, line, at)


def expect_news(t: DialerTables, line: Line, at: Instant) -> None:
    """It rings, or is about to; that has an end, of which somebody tells."""
    _ask_at(t, line, max(at, after(line.placed_at, Span(line.ring_for + HEARD_OF_WITHIN))))


def give_up(t: DialerTables, line: Line) -> None:
    """Close what rings; it is over when the world says so. Whoever answers meanwhile is served."""
    if line.state in _OPEN and not line.dropped:
        line.dropped = True
        t.tell(DropLine(attempt_id=line.attempt_id))


def give_up_when_rung(t: DialerTables, campaign: Campaign, line: Line, at: Instant) -> None:
    """The same, but not before it has rung for as long as the law asks; what ends by itself until then, may.
    Who has not been dialled yet is not dialled."""
    if line.state not in _OPEN or line.dropped:
        return
    since, least = line.dialled_at if line.by_agent else line.placed_at, campaign.rules.rings_until
    if since is None or at >= after(since, least):
        give_up(t, line)
        return
    if least < line.ring_for:
        t.timers.set(TimerKind.GIVE_UP, after(since, least), line.campaign_id, line.attempt_id)
    if line.state is AttemptState.PLACED and not line.by_agent:
        line.called_off = True
        t.tell(DropLine(attempt_id=line.attempt_id, also_dialled=False))


def has_rung(t: DialerTables, attempt_id: AttemptId) -> None:
    """It has rung for as long as the law asks: if nobody has gone on with its campaign, it is given up."""
    line = t.lines.get(attempt_id)
    if line is not None and t.campaigns[line.campaign_id].state is CampaignState.STOPPED:
        give_up(t, line)


def give_up_of(t: DialerTables, attempt_id: AttemptId | None) -> None:
    """The same by name, if there is one."""
    line = t.lines.get(attempt_id) if attempt_id is not None else None
    if line is not None:
        give_up(t, line)


# -- what the world says --------------------------------------------------------------------------------


def refused(t: DialerTables, s: LineRefused, at: Instant) -> None:
    """The gate did not let it out. When the house has no lines, nobody is asked for more before it may; when
    its campaign lacks something, nobody of this campaign is."""
    line = t.lines.get(s.attempt_id)
    if line is None or line.state is not AttemptState.PLACED:
        return
    if s.of_campaign:
        t.timers.set(TimerKind.GATE, s.until or after(at, GATE_AGAIN), line.campaign_id)
    elif s.of_house:
        _house_is_full(t, s.until or after(at, HOUSE_AGAIN), at)
    if s.zone_opens is not None:
        turn.zone_closed(t, t.campaigns[line.campaign_id], line.lead_id, s.zone_opens, at)
    his = not (s.of_house or s.of_campaign)
    never, until = s.never and his, s.until if his else None
    was_none(t, line, s.why, at, never=never, of_rules=s.of_rules, until=until, reasons=s.reasons)


def order_failed(t: DialerTables, s: LineOrderFailed, at: Instant) -> None:
    """The PBX did not take the order, and would hardly take the next one; unless we gave it up ourselves, or
    it was one agent who was not called."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.by_agent and line.state is AttemptState.PLACED:
        agents_calls.not_there(t, line, s.detail, at)
    elif line is not None and line.state is AttemptState.PLACED:
        if not (line.dropped or line.called_off):
            _house_is_full(t, after(at, ORDER_AGAIN), at)
        was_none(t, line, s.detail, at, never=False, until=None)


def unconfirmed(t: DialerTables, s: LineUnconfirmed, at: Instant, *, link_up: bool) -> None:
    """Nobody knows whether it was ordered."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.state is AttemptState.PLACED:
        line.unconfirmed = True
        _ask(t, line, at, link_up=link_up)


def rings(t: DialerTables, s: LineRings, at: Instant) -> None:
    """The telephone rings."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.state is AttemptState.PLACED:
        line.unconfirmed = False
        move(line, AttemptState.RINGING, at)
        t.tell(AttemptRang(attempt_id=line.attempt_id, campaign_id=line.campaign_id))


def answered(t: DialerTables, s: LineAnswered, at: Instant) -> None:
    """The receiver was taken off."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.state in _OPEN:
        receiver_off(t, line, at)


def receiver_off(t: DialerTables, line: Line, at: Instant) -> None:
    """It is answered, by whom is not known yet; where nobody listens for machines, by a person."""
    campaign = t.campaigns[line.campaign_id]
    machine = campaign.rules.machine
    move(line, AttemptState.ANSWERED, at)
    line.answered_at, line.unconfirmed = at, False
    t.tell(
        AttemptAnswered(
            attempt_id=line.attempt_id, campaign_id=line.campaign_id, rang=Span(at - line.placed_at)
        )
    )
    if machine is None:
        reached.is_party(t, campaign, line, Party.PERSON, "", at)
    else:
        _ask_at(t, line, after(at, Span(machine.most + HEARD_OF_WITHIN)))


def failed(t: DialerTables, s: LineFailed, at: Instant) -> None:
    """Nobody answered, and why; that the line is gone follows, and changes nothing."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.state in _OPEN:
        line.cause = s.hangup_cause
        end(t, line, AttemptOutcome.CANCELLED if line.dropped else s.outcome, at)


def gone(t: DialerTables, s: LineGone, at: Instant) -> None:
    """There is no line of that name any more."""
    line = t.lines.get(s.attempt_id)
    if line is not None:
        is_gone(t, line, at)


def is_gone(t: DialerTables, line: Line, at: Instant) -> None:
    """Its end, unless the ACD is about to say how the call ended."""
    match line.state:
        case AttemptState.PLACED | AttemptState.RINGING:
            end(t, line, _unanswered(line, at), at)
        case AttemptState.ANSWERED:
            end(t, line, AttemptOutcome.HUNG_UP, at)
        case AttemptState.MACHINE:
            left = line.message_left
            end(t, line, AttemptOutcome.MESSAGE_LEFT if left else AttemptOutcome.MACHINE, at)
        case AttemptState.PERSON | AttemptState.CONNECTED:
            if line.gone_at is None:
                line.gone_at = at
            if line.in_acd:
                _ask_at(t, line, after(line.gone_at, GONE_WITHIN))
            else:
                reached.left(t, line, line.gone_at)
        case AttemptState.ENDED:
            raise AssertionError(f"{line.attempt_id} ended twice")


def _unanswered(line: Line, at: Instant) -> AttemptOutcome:
    if line.state is AttemptState.RINGING and at - line.placed_at >= line.ring_for:
        return AttemptOutcome.NO_ANSWER
    return AttemptOutcome.CANCELLED if line.dropped else AttemptOutcome.LOST


# -- time -----------------------------------------------------------------------------------------------


def due(t: DialerTables, attempt_id: AttemptId, at: Instant, *, link_up: bool) -> None:
    """Something should have happened by now."""
    line = t.lines.get(attempt_id)
    if line is None:
        return
    if line.gone_at is not None:
        reached.left(t, line, line.gone_at)
    elif line.clock is not None and at >= line.clock and not line.counted:
        reached.nobody_came(t, line, at)
        _ask_at(t, line, after(at, LASTS_AT_MOST))
    elif line.in_acd:  # which asks for its calls itself
        _ask_at(t, line, after(at, LASTS_AT_MOST))
    else:
        _ask(t, line, at, link_up=link_up)


def watch_the_clock(t: DialerTables, line: Line, at: Instant) -> None:
    """Somebody must be there by then."""
    _ask_at(t, line, line.clock if line.clock is not None else after(at, LASTS_AT_MOST))


def _ask(t: DialerTables, line: Line, at: Instant, *, link_up: bool) -> None:
    """While the link is down nobody can be asked; everything is looked at when it comes back."""
    if link_up:
        t.tell(LocateLine(attempt_id=line.attempt_id))
    _ask_at(t, line, after(at, ASKED_EVERY))


def _ask_at(t: DialerTables, line: Line, due_at: Instant) -> None:
    t.timers.set(TimerKind.LINE, due_at, line.campaign_id, line.attempt_id)


# -- the end --------------------------------------------------------------------------------------------


def end(t: DialerTables, line: Line, outcome: AttemptOutcome, at: Instant) -> None:
    """It has its outcome, and its lead what follows from it."""
    campaign, pursuit = t.of_line(line)
    _forget(t, campaign, line, at)
    if outcome not in (AttemptOutcome.LOST, AttemptOutcome.CANCELLED, AttemptOutcome.AGENT_GONE):
        learning.nobody(campaign, line, at)
    answered_at = at if line.answered_at is None else line.answered_at
    t.tell(
        AttemptEnded(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            list_id=line.list_id,
            lead_id=line.lead_id,
            number=line.number,
            outcome=outcome,
            hangup_cause=line.cause,
            rang=Span(max(0, answered_at - line.placed_at)),
            talked=line.talked,
            agent_id=line.agent_id,
            live=line.live,
        )
    )
    if pursuit is not None:
        said = pursuit.said
        tries.attempt_over(t, campaign, pursuit, line, outcome, at)
        if said is not None and pursuit.state is LeadState.TO_DISPOSE:
            disposing.follow(t, campaign, pursuit, said, at)


def was_none(
    t: DialerTables,
    line: Line,
    why: str,
    at: Instant,
    *,
    never: bool,
    until: Instant | None,
    of_rules: bool = False,
    reasons: tuple[WhyNot, ...] = (),
) -> None:
    """Nobody was dialled."""
    campaign, pursuit = t.of_line(line)
    _forget(t, campaign, line, at)
    if campaign.trial_left is not None and line.in_trial == campaign.starts:
        campaign.trial_left += 1  # what an earlier start had dialled is no part of this one's trial
    t.tell(
        AttemptRefused(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            lead_id=line.lead_id,
            why=why,
            until=until,
            reasons=reasons,
        )
    )
    if pursuit is not None:
        tries.not_dialled(
            t, campaign, pursuit, line, at, NOT_DIALLED, never=never, of_rules=of_rules, until=until
        )


def _forget(t: DialerTables, campaign: Campaign, line: Line, at: Instant) -> None:
    move(line, AttemptState.ENDED, at)
    for kind in (TimerKind.LINE, TimerKind.GIVE_UP):
        t.timers.cancel(kind, line.campaign_id, line.attempt_id)
    del t.lines[line.attempt_id], campaign.lines[line.attempt_id]
    if t.in_use.get(line.number) == line.attempt_id:
        del t.in_use[line.number]
    t.remember_end(line)


def _house_is_full(t: DialerTables, until: Instant, at: Instant) -> None:
    until = max(until, Instant(at + 1))
    t.house_full = True
    t.timers.set(TimerKind.HOUSE, until)
