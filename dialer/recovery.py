"""After a restart, or when the link comes back: what was under way is found again, or is over.

The world is met before the leads of an earlier run are known. So lines that are found then are kept aside,
with everything that is heard of them, and taken up when their leads are there, as if it were heard just then.
"""

from collections.abc import Iterable

from acd.instant import Instant
from dialer import leads, lines, reached, texts, tries
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.attempt_line import Line
from dialer.events import AttemptRefused
from dialer.ids import AttemptId, ListId
from dialer.lead import LeadState
from dialer.orders import DropLine
from dialer.pursuit import Pursuit
from dialer.signals import (
    LeadsAllRemembered,
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineLocated,
    LineMessageLeft,
    LineRings,
    LinesObserved,
    LiveLine,
    OpenAttempt,
    OptedOut,
)
from dialer.stray import MOST_NEWS, MOST_STRAYS, LineNews, News, Stray
from dialer.tables import Campaign, DialerTables, is_text
from dialer.wall import hour_of_day

NEVER_LET_OUT = "never_let_out"
"""The engine ended between the decision and the gate."""
_OF_NOBODY = ListId("")
"""The list of an attempt whose lead is not remembered."""


def observed(t: DialerTables, signal: LinesObserved, at: Instant) -> None:
    """All lines there were. Who is missing is gone, unless he was ordered since; or is called by an agent's
    own telephone, on a line of the ACD's, which looks for it itself."""
    there = {live.attempt_id: live for live in signal.lines}
    for line in list(t.lines.values()):
        live = there.get(line.attempt_id)
        if live is not None:
            _catch_up(t, line, live.state, at)
        elif line.placed_at < signal.as_of and not (line.by_agent and line.in_acd):
            _missing(t, line, at)
    for stray in list(t.strays.values()):
        if stray.found.attempt_id not in there:
            _note(t, stray, LineGone(attempt_id=stray.found.attempt_id), at)
    for live in signal.lines:
        if live.attempt_id not in t.lines and live.attempt_id not in t.strays:
            _stranger(t, live)


def located(t: DialerTables, signal: LineLocated, at: Instant) -> None:
    """It was asked about, and exists or does not; what was heard since then is newer."""
    line = t.lines.get(signal.attempt_id)
    if line is None or signal.as_of < line.since:
        return
    if signal.found is None:
        _missing(t, line, at)
        return
    line.unconfirmed = False
    _catch_up(t, line, signal.found.state, at)
    if at - line.placed_at > line.ring_for + lines.HEARD_OF_WITHIN:  # nobody gave it up in the world
        lines.give_up(t, line)


def overheard(t: DialerTables, news: Iterable[object], at: Instant) -> None:
    """Keep what is heard of lines whose leads are not known yet."""
    for one in news:
        if isinstance(one, News):
            name = one.attempt_id if isinstance(one, LineNews) else AttemptId(one.call_id)
            stray = t.strays.get(name)
            if stray is not None:
                _note(t, stray, one, at)


def all_remembered(t: DialerTables, signal: LeadsAllRemembered, at: Instant) -> None:
    """A campaign goes on where it was. An attempt without an end and without a line is LOST: it counts as
    dialled, and is not made again. One that was decided on and never let out was none, and its lead has his
    turn again: the gate notes every attempt before anything rings."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or not campaign.remembering:
        return
    campaign.remembering = False
    for counted in signal.to_dispose:
        if counted.attempt_id in t.to_dispose:
            t.counted_live[counted.attempt_id] = counted.at
    for one in signal.open_attempts:
        if one.attempt_id in t.lines or one.attempt_id in t.ended:
            continue
        stray = _taken(t, one.attempt_id)
        if stray is None and not one.let_out:
            _never_let_out(t, campaign, one, at)
            continue
        line = _line(t, campaign, one, at)
        if stray is None:
            lines.end(t, line, AttemptOutcome.LOST, at)
        else:
            _take_up(t, line, stray, at)
    for stray in [one for one in t.strays.values() if one.found.campaign_id == campaign.campaign_id]:
        _taken(t, stray.found.attempt_id)
        _give_up(t, stray.found)
    for pursuit in campaign.leads.values():
        if pursuit.state is LeadState.IN_PROGRESS and pursuit.attempt_id not in t.lines:
            if pursuit.attempt_id is not None and is_text(pursuit.attempt_id):
                texts.after_restart(t, campaign, pursuit, at)
            else:
                _was_none(t, campaign, pursuit, at)
        elif pursuit.state is LeadState.PREVIEWED:
            leads.unseen(t, campaign, pursuit, at, "restart")


# -- one line -------------------------------------------------------------------------------------------


def _catch_up(t: DialerTables, line: Line, state: AttemptState, at: Instant) -> None:
    """It is as far as this, if it was not known to be further."""
    match state:
        case AttemptState.RINGING:
            lines.rings(t, LineRings(attempt_id=line.attempt_id), at)
        case AttemptState.ANSWERED:
            lines.answered(t, LineAnswered(attempt_id=line.attempt_id), at)
        case AttemptState.MACHINE:
            reached.judged(
                t, LineJudged(attempt_id=line.attempt_id, party=Party.MACHINE, words=reached.FOUND), at
            )
        case AttemptState.PERSON | AttemptState.CONNECTED:
            reached.found(t, line, at, talking=state is AttemptState.CONNECTED)
        case AttemptState.PLACED | AttemptState.ENDED:
            pass


def _missing(t: DialerTables, line: Line, at: Instant) -> None:
    """Nobody saw how it ended, but for how far it was."""
    unseen = (AttemptState.PLACED, AttemptState.RINGING, AttemptState.ANSWERED)
    if line.state in unseen and not line.dropped:
        lines.end(t, line, AttemptOutcome.LOST, at)
    else:
        lines.is_gone(t, line, at)


def _stranger(t: DialerTables, live: LiveLine) -> None:
    """A line nobody here has ordered: of an earlier run, or given up for lost."""
    campaign = t.campaigns.get(live.campaign_id)
    if live.attempt_id not in t.ended and (campaign is None or campaign.remembering):
        if len(t.strays) < MOST_STRAYS:
            t.strays[live.attempt_id] = Stray(found=live)
            t.in_use.setdefault(live.number, live.attempt_id)
    else:
        _give_up(t, live)


def _give_up(t: DialerTables, live: LiveLine) -> None:
    """Nobody would know what to do with an answer. Who has answered is served, as any caller."""
    if live.state in (AttemptState.PLACED, AttemptState.RINGING):
        t.tell(DropLine(attempt_id=live.attempt_id))


def _note(t: DialerTables, stray: Stray, news: News, at: Instant) -> None:
    if isinstance(news, LineGone):
        _free(t, stray.found)
    if len(stray.news) < MOST_NEWS:
        stray.news.append((at, news))


def _taken(t: DialerTables, attempt_id: AttemptId) -> Stray | None:
    """What was found of an attempt, if anything; whoever takes it up says what becomes of its number."""
    stray = t.strays.pop(attempt_id, None)
    if stray is not None:
        _free(t, stray.found)
    return stray


def _free(t: DialerTables, live: LiveLine) -> None:
    if t.in_use.get(live.number) == live.attempt_id:
        del t.in_use[live.number]


def _line(t: DialerTables, campaign: Campaign, one: OpenAttempt, at: Instant) -> Line:
    """An attempt of an earlier run is under way again. Its lead may have been written down before it was
    begun; it was, since the gate notes every attempt before anything rings."""
    pursuit = campaign.leads.get(one.lead_id)
    place = _place(pursuit, one.number)
    line = Line(
        attempt_id=one.attempt_id,
        campaign_id=campaign.campaign_id,
        list_id=pursuit.lead.list_id if pursuit is not None else _OF_NOBODY,
        lead_id=one.lead_id,
        number=one.number,
        place=place,
        ring_for=campaign.rules.gives_up_after,
        placed_at=one.at,
        since=one.at,
        hour=hour_of_day(one.at, pursuit.lead.zone if pursuit is not None else None),
        region=pursuit.lead.numbers[place].region if pursuit is not None and place >= 0 else "",
        rate=0.0,
        counted=one.counted,
        counted_live_at=one.counted_live_at,
        live=one.counted,
        in_trial=campaign.starts if one.in_trial else None,
    )
    t.in_use.setdefault(line.number, line.attempt_id)
    t.lines[line.attempt_id] = campaign.lines[line.attempt_id] = line
    if pursuit is not None and pursuit.state is LeadState.IN_PROGRESS:
        pursuit.attempt_id = pursuit.attempt_id or line.attempt_id
    elif pursuit is not None and pursuit.state in (LeadState.NEW, LeadState.DUE, LeadState.RESTING):
        tries.dialled(t, campaign, pursuit, line, at)
    return line


def _never_let_out(t: DialerTables, campaign: Campaign, one: OpenAttempt, at: Instant) -> None:
    """It gets its end. Its lead, if he stands where it left him, has his turn again; who was done with before
    stays done with, and of whom nobody wrote down that he was about to be dialled he was not."""
    pursuit = campaign.leads.get(one.lead_id)
    if pursuit is None or pursuit.attempt_id == one.attempt_id:
        lines.was_none(t, _line(t, campaign, one, at), NEVER_LET_OUT, at, never=False, until=None)
        return
    if one.in_trial and campaign.trial_left is not None:
        campaign.trial_left += 1
    t.tell(
        AttemptRefused(
            attempt_id=one.attempt_id,
            campaign_id=campaign.campaign_id,
            lead_id=one.lead_id,
            why=NEVER_LET_OUT,
            until=None,
        )
    )


def _was_none(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> None:
    """He was about to be dialled; by which number does not matter any more, only that it was counted."""
    if pursuit.attempt_id is None or not pursuit.attempts:
        leads.move(t, campaign, pursuit, leads.back(pursuit), at, NEVER_LET_OUT)
        return
    places = [pursuit.place, *range(len(pursuit.tried))]
    place = next((n for n in places if n < len(pursuit.tried) and pursuit.tried[n]), pursuit.place)
    number = pursuit.lead.numbers[place].number
    attempt = OpenAttempt(
        attempt_id=pursuit.attempt_id, lead_id=pursuit.lead_id, number=number, at=pursuit.since
    )
    line = _line(t, campaign, attempt, at)
    lines.was_none(t, line, NEVER_LET_OUT, at, never=False, until=None)


def _take_up(t: DialerTables, line: Line, stray: Stray, at: Instant) -> None:
    """It is as it was found, and then what was heard of it happens."""
    lines.expect_news(t, line, at)
    _catch_up(t, line, stray.found.state, at)
    for when, news in stray.news:
        match news:
            case LineRings():
                lines.rings(t, news, when)
            case LineAnswered():
                lines.answered(t, news, when)
            case LineJudged():
                reached.judged(t, news, when)
            case LineFailed():
                lines.failed(t, news, when)
            case LineMessageLeft():
                reached.message_left(t, news)
            case OptedOut():
                reached.opted_out(t, news, when)
            case LineGone():
                lines.gone(t, news, when)
            case _:
                reached.of_call(t, news, when)


def _place(pursuit: Pursuit | None, number: str) -> int:
    if pursuit is None:
        return -1
    return next((n for n, one in enumerate(pursuit.lead.numbers) if one.number == number), -1)
