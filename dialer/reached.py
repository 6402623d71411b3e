"""What follows an answer: a person or a machine, an agent in time or not, and the ledger that counts it.

The law's clock runs from the end of the greeting. Who is still without an agent when it is over is abandoned,
whatever becomes of him then: counted at that very moment, once.
"""

from collections.abc import Sequence

from acd.agent_events import AgentStateChanged, WrapUpEnded
from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, ConversationEnded
from acd.callback_events import CallbackStateChanged
from acd.events import Event
from acd.exits import QueueExit
from acd.ids import AgentId
from acd.instant import Instant, Span, after
from acd.queue_events import CallLeftQueue, CallQueued
from dialer import agents_calls, inbound, leads, learning, lines, previews, recovery
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.attempt_line import Line
from dialer.campaign import MachineThen
from dialer.events import AttemptConnected, AttemptJudged, LiveAnswerCounted, LiveAnswerTakenBack
from dialer.ids import AttemptId
from dialer.lead import WhyDone
from dialer.signals import LineJudged, LineMessageLeft, OptedOut
from dialer.tables import Campaign, DialerTables

_UNDECIDED = frozenset({QueueExit.ANSWERED, QueueExit.OVERFLOWED, QueueExit.ABANDONED, QueueExit.LOST})
"""Exits from a queue after which somebody may still come, or nobody is there to come to."""
_BY_HIMSELF = frozenset({Outcome.ABANDONED, Outcome.LEFT_IVR})
"""He hung up."""
FOUND = "found"
"""What is said of who it is when nobody listened."""
_SERVED = frozenset(
    {Outcome.SERVED_IN_IVR, Outcome.TRANSFERRED, Outcome.VOICEMAIL, Outcome.CALLBACK, Outcome.FAX}
)
"""The flow came to what it is for."""


def judged(t: DialerTables, s: LineJudged, at: Instant) -> None:
    """Somebody has said who it is; perhaps before anybody has said that he has answered."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.state in (AttemptState.PLACED, AttemptState.RINGING):
        lines.receiver_off(t, line, at)
    if line is not None and line.state is AttemptState.ANSWERED:
        is_party(t, t.campaigns[line.campaign_id], line, s.party, s.words, at)


def is_party(t: DialerTables, campaign: Campaign, line: Line, party: Party, words: str, at: Instant) -> None:
    """Who it is is known, once."""
    line.party = party
    t.tell(
        AttemptJudged(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            party=party,
            words=words,
            after=Span(at - (at if line.answered_at is None else line.answered_at)),
        )
    )
    if party is Party.MACHINE:
        lines.move(line, AttemptState.MACHINE, at)
    machine = campaign.rules.machine
    if party is Party.MACHINE and (machine is None or machine.then is not MachineThen.PASS_ON):
        learning.nobody(campaign, line, at)
        lines.watch_the_clock(t, line, at)
    else:
        somebody(t, campaign, line, at)


def somebody(t: DialerTables, campaign: Campaign, line: Line, at: Instant) -> None:
    """There is somebody to talk with. Where agents do, one must be there soon."""
    rules = campaign.rules
    lines.move(line, AttemptState.PERSON, at)
    line.person_at = at
    line.live = line.party is not Party.MACHINE
    learning.person(campaign, line, at)
    if rules.has_agents and not line.by_agent:
        over = rules.machine.silence_after_greeting if rules.machine is not None else Span(0)
        line.clock = after(at, Span(max(0, rules.connect_within - over)))
    else:
        _count(t, campaign, line, at, abandoned=False)
    lines.watch_the_clock(t, line, at)


def message_left(t: DialerTables, s: LineMessageLeft) -> None:
    """The machine was left its message."""
    line = t.lines.get(s.attempt_id)
    if line is not None and line.state is AttemptState.MACHINE:
        line.message_left = True


def opted_out(t: DialerTables, s: OptedOut, at: Instant) -> None:
    """He does not want to be called any more."""
    line = t.lines.get(s.attempt_id) or t.ended.get(s.attempt_id)
    if line is None:
        return
    campaign, pursuit = t.of_line(line)
    if pursuit is not None:
        leads.finish(t, campaign, pursuit, WhyDone.OPTED_OUT, at, line.attempt_id)


# -- what the ACD decided ---------------------------------------------------------------------------------

Witnessed = (
    CallStarted
    | CallQueued
    | CallLeftQueue
    | CallConnected
    | CallbackStateChanged
    | ConversationEnded
    | CallEnded
)
"""What it says of a call that a line became."""


def witness(t: DialerTables, events: Sequence[Event], at: Instant) -> None:
    """Take the ACD's events in, in their order."""
    if t.strays:
        recovery.overheard(t, events, at)
    for event in events:
        if isinstance(event, Witnessed):
            of_call(t, event, at)
        if isinstance(event, CallEnded | ConversationEnded | WrapUpEnded):
            learning.of_agents(t, event)
        if isinstance(event, CallLeftQueue):
            inbound.visited(t, event.queue_id, at)
        if isinstance(event, AgentStateChanged):
            t.last_seen[event.agent_id] = at
            previews.agent_changed(t, event, at)


def of_call(t: DialerTables, event: Witnessed, at: Instant) -> None:
    """The call bears the attempt's name; any other is none of ours."""
    line = t.lines.get(AttemptId(event.call_id))
    if line is None:
        return
    line.in_acd = True
    match event:
        case CallStarted():
            pass
        case CallQueued():
            line.in_queue = True
        case CallLeftQueue():
            line.in_queue = False
            if event.exit not in _UNDECIDED and line.clock is not None and not line.counted:
                nobody_came(t, line, at)
        case CallConnected():
            _connected(t, line, event.agent_id, at)
        case CallbackStateChanged():
            agents_calls.changed(t, line, event, at)
        case ConversationEnded():
            line.talked = Span(line.talked + event.talked)
        case CallEnded():
            line.talked = Span(line.talked + (event.talked or 0))
            _ended(t, line, event.outcome, at)


def _connected(t: DialerTables, line: Line, agent_id: AgentId, at: Instant) -> None:
    """An agent talks with him; perhaps before anybody has said that he has answered, and perhaps again."""
    campaign = t.campaigns[line.campaign_id]
    line.agent_id = agent_id
    campaign.connected_at = at
    if line.state is AttemptState.CONNECTED:
        return
    if line.state in (AttemptState.PLACED, AttemptState.RINGING):
        lines.receiver_off(t, line, at)
    if line.state is not AttemptState.PERSON:
        somebody(t, campaign, line, at)
    _talks(t, campaign, line, at)
    t.tell(
        AttemptConnected(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            agent_id=agent_id,
            after=Span(at - (at if line.person_at is None else line.person_at)),
        )
    )


def _talks(t: DialerTables, campaign: Campaign, line: Line, at: Instant) -> None:
    lines.move(line, AttemptState.CONNECTED, at)
    line.connected_at = at
    _count(t, campaign, line, at, abandoned=False)
    lines.watch_the_clock(t, line, at)


def found(t: DialerTables, line: Line, at: Instant, *, talking: bool) -> None:
    """He is met on the line. Of whom nobody knew that he was there, as after a restart or a lost link, nobody
    knows how long he has waited for an agent: too long. For all others their own clock runs."""
    line.in_acd = True
    known = line.state is AttemptState.PERSON
    if line.state in (AttemptState.PLACED, AttemptState.RINGING):
        lines.receiver_off(t, line, at)
    campaign = t.campaigns[line.campaign_id]
    if line.state is AttemptState.ANSWERED:
        is_party(t, campaign, line, Party.UNSURE, FOUND, at)
    if talking and line.state is AttemptState.PERSON:
        _talks(t, campaign, line, at)
    elif line.state is AttemptState.PERSON and line.clock is not None and not known:
        nobody_came(t, line, at)


def nobody_came(t: DialerTables, line: Line, at: Instant) -> None:
    """The clock is over, or he was let go before: he is abandoned, whatever he hears now."""
    _count(t, t.campaigns[line.campaign_id], line, at, abandoned=True)
    line.abandoned = True


def _ended(t: DialerTables, line: Line, outcome: Outcome, at: Instant) -> None:
    match line.state:
        case AttemptState.PERSON | AttemptState.CONNECTED:
            left(t, line, at if line.gone_at is None else line.gone_at, outcome)
        case AttemptState.PLACED | AttemptState.RINGING if line.by_agent:
            lines.is_gone(t, line, at)
        case AttemptState.ENDED:
            raise AssertionError(f"{line.attempt_id} ended twice")
        case _:  # the line itself is not gone yet, or its end was heard of before who it was
            pass


def left(t: DialerTables, line: Line, at: Instant, outcome: Outcome | None = None) -> None:
    """Who was there is not any more. ``outcome``: how the ACD saw it, if it did."""
    campaign = t.campaigns[line.campaign_id]
    if line.state is AttemptState.CONNECTED:
        if outcome is None and line.connected_at is not None:
            line.talked = Span(max(line.talked, at - line.connected_at))
        lines.end(t, line, AttemptOutcome.CONNECTED, at)
    elif line.clock is None:
        lines.end(t, line, _of_flow(outcome), at)
    elif line.abandoned:
        lines.end(t, line, AttemptOutcome.ABANDONED, at)
    elif outcome is Outcome.LOST:
        lines.end(t, line, AttemptOutcome.LOST, at)
    elif outcome in _SERVED:
        _count(t, campaign, line, at, abandoned=False)
        lines.end(t, line, AttemptOutcome.SERVED, at)
    elif at < line.clock and (outcome is None or outcome in _BY_HIMSELF):
        _count(t, campaign, line, at, abandoned=False)
        lines.end(t, line, AttemptOutcome.HUNG_UP, at)
    else:
        nobody_came(t, line, at)
        lines.end(t, line, AttemptOutcome.ABANDONED, at)


def _of_flow(outcome: Outcome | None) -> AttemptOutcome:
    if outcome is Outcome.LOST:
        return AttemptOutcome.LOST
    return AttemptOutcome.SERVED if outcome in _SERVED else AttemptOutcome.LEFT_FLOW


def _count(t: DialerTables, campaign: Campaign, line: Line, at: Instant, *, abandoned: bool) -> None:
    """Into the ledger, once. What was taken for a machine and passed on nevertheless is no live answer while
    it goes well; when nobody is there for it, it may have been a person."""
    if line.counted or not (line.live or abandoned):
        return
    line.counted = line.live = True
    line.counted_live_at = None if abandoned else at
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


def was_a_machine(t: DialerTables, campaign: Campaign, attempt_id: AttemptId) -> None:
    """Somebody who has heard it says so, whatever was detected: it is no live answer, and is taken out of the
    ledger. One that was abandoned stays: nobody was there to hear who it was. Never counted again, whatever
    is said later: errors are in favour of the called."""
    line = t.lines.get(attempt_id) or t.ended.get(attempt_id)
    if line is None:
        counted_at = t.counted_live.pop(attempt_id, None)
    elif line.abandoned:
        return
    else:
        counted_at, line.counted_live_at = line.counted_live_at, None
        line.live = False
    if counted_at is None:
        return
    campaign.ledger.take_back(campaign.campaign_id, counted_at)
    budget = campaign.ledger.budget(campaign.campaign_id, counted_at)
    t.tell(
        LiveAnswerTakenBack(
            attempt_id=attempt_id,
            campaign_id=campaign.campaign_id,
            counted_at=counted_at,
            had_ended=line is None or line.state is AttemptState.ENDED,
            live=budget.live,
            abandoned_in_all=budget.abandoned,
        )
    )
