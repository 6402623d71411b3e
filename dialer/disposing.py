"""What came of a conversation, as its agent or its flow says, and what follows from it."""

import re

from acd.instant import Instant, after, seconds
from dialer import leads, reached
from dialer.attempt import AttemptOutcome, AttemptState
from dialer.campaign import Disposition
from dialer.commands import DisposeLead
from dialer.events import CallPromised, LeadDisposed
from dialer.ids import AttemptId
from dialer.lead import LeadState, WhyDone
from dialer.orders import ListNumber
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables, LeadKey

UNKNOWN = "unknown"
"""What came of it when nobody said so in time."""
NOTE_MAX = 1_000
MOST_AHEAD = seconds(366 * 86_400)
"""A call is promised for no later than this."""
_DIALLABLE = re.compile(r"\+?[0-9]{3,15}")
_TALKED = frozenset({AttemptOutcome.CONNECTED, AttemptOutcome.SERVED, AttemptOutcome.LEFT_FLOW})
"""After these somebody can say what came of it."""


def dispose(t: DialerTables, command: DisposeLead, at: Instant) -> None:
    """Somebody says what came of it: while they talk, afterwards, or once more until he is dialled again."""
    key = _whose(t, command.attempt_id)
    found = t.find(key) if key is not None else None
    if found is None:
        t.refuse(f"{command.attempt_id}: no such attempt of a lead")
        return
    campaign, pursuit = found
    disposition = campaign.rules.disposition(command.disposition)
    if disposition is None:
        t.refuse(f"{campaign.campaign_id} knows no {command.disposition!r}")
    elif pursuit.attempt_id != command.attempt_id:
        t.refuse(f"{command.attempt_id}: he was dialled again since")
    elif _rings(t, command.attempt_id):
        t.refuse(f"{command.attempt_id}: nobody has answered yet")
    elif pursuit.state is not LeadState.IN_PROGRESS and pursuit.last_outcome not in _TALKED:
        t.refuse(f"{command.attempt_id}: nobody talked with him ({pursuit.last_outcome})")
    else:
        wrong = _mistake_in(campaign, disposition, pursuit, command, at)
        if wrong is not None:
            t.refuse(f"{command.disposition}: {wrong}")
        else:
            _say(t, campaign, pursuit, command, disposition, at)


def _rings(t: DialerTables, attempt_id: AttemptId) -> bool:
    line = t.lines.get(attempt_id)
    return line is not None and line.state in (AttemptState.PLACED, AttemptState.RINGING)


def _whose(t: DialerTables, attempt_id: AttemptId) -> LeadKey | None:
    line = t.lines.get(attempt_id) or t.ended.get(attempt_id)
    if line is not None:
        return line.campaign_id, line.lead_id
    return t.to_dispose.get(attempt_id)  # of an earlier run


def _mistake_in(
    campaign: Campaign, disposition: Disposition, pursuit: Pursuit, command: DisposeLead, at: Instant
) -> str | None:
    if not disposition.calls_back:
        return None
    if command.own_agent is not None and not campaign.rules.has_agents:
        return "no agent calls anybody for this campaign"
    moment = command.call_back_at
    if moment is None or moment <= at:
        return "at which moment is he called back?"
    if moment - at > MOST_AHEAD:
        return "that is more than a year ahead"
    if pursuit.lead.not_after is not None and moment >= pursuit.lead.not_after:
        return "by then it is too late to call him"
    number = command.call_back_number
    if number is not None and not _DIALLABLE.fullmatch(number):
        return f"{number!r} is no number"
    return None


def _say(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    command: DisposeLead,
    disposition: Disposition,
    at: Instant,
) -> None:
    pursuit.disposition = disposition.name
    t.tell(
        LeadDisposed(
            attempt_id=command.attempt_id,
            campaign_id=campaign.campaign_id,
            lead_id=pursuit.lead_id,
            disposition=disposition.name,
            success=disposition.success,
            by=command.by,
            note=command.note[:NOTE_MAX],
        )
    )
    if disposition.machine:
        reached.was_a_machine(t, campaign, command.attempt_id)
    if disposition.do_not_call:  # at once, whatever becomes of this call
        because = f"{disposition.name}, said {command.by or campaign.campaign_id}"
        for number in _numbers_of(t, pursuit, command.attempt_id):
            t.tell(ListNumber(number=number, campaign_id=campaign.campaign_id, because=because))
    if pursuit.state is LeadState.IN_PROGRESS:
        pursuit.said = command  # follows when they have said goodbye
    else:
        follow(t, campaign, pursuit, command, at)


def _numbers_of(t: DialerTables, pursuit: Pursuit, attempt_id: AttemptId) -> list[str]:
    """His, and the one he is talked with at, when that is none of his."""
    line = t.lines.get(attempt_id) or t.ended.get(attempt_id)
    dialled = line.number if line is not None else pursuit.call_back_number
    numbers = [*(one.number for one in pursuit.lead.numbers), dialled]
    return [number for number in dict.fromkeys(numbers) if number]


def follow(t: DialerTables, campaign: Campaign, pursuit: Pursuit, command: DisposeLead, at: Instant) -> None:
    """The conversation is over and it is known what came of it: what becomes of him."""
    pursuit.said = None
    disposition = campaign.rules.disposition(command.disposition)
    attempt_id = command.attempt_id
    if pursuit.state is LeadState.DONE and pursuit.because != WhyDone.REACHED:
        return  # he does not want to be called, or was taken off: no word of an agent's changes that
    if pursuit.state is LeadState.DONE and (
        disposition is None or not (disposition.calls_back or disposition.retry_after is not None)
    ):
        leads.tell_standing(t, campaign, pursuit, pursuit.state, pursuit.disposition, attempt_id)
    elif disposition is None:  # the rules have changed meanwhile
        leads.finish(t, campaign, pursuit, WhyDone.REACHED, at, attempt_id)
    elif disposition.do_not_call:
        leads.finish(t, campaign, pursuit, WhyDone.OPTED_OUT, at, attempt_id)
    elif disposition.calls_back and command.call_back_at is not None:
        _promise(t, campaign, pursuit, command, command.call_back_at, at)
    elif disposition.retry_after is not None and pursuit.attempts < campaign.rules.max_attempts:
        pursuit.promised = False
        leads.rest(t, campaign, pursuit, after(at, disposition.retry_after), at, disposition.name, attempt_id)
    else:
        why = WhyDone.REACHED if disposition.retry_after is None else WhyDone.OUT_OF_ATTEMPTS
        leads.finish(t, campaign, pursuit, why, at, attempt_id)


def _promise(
    t: DialerTables, campaign: Campaign, pursuit: Pursuit, command: DisposeLead, moment: Instant, at: Instant
) -> None:
    """He is called at that moment, however often he was: it was agreed."""
    number = command.call_back_number
    places = [n for n, one in enumerate(pursuit.lead.numbers) if one.number == number]
    pursuit.place = places[0] if places else pursuit.place
    pursuit.call_back_number = number if number is not None and not places else ""
    pursuit.promised, pursuit.agent_id = True, command.own_agent
    pursuit.promised_for = moment
    leads.rest(t, campaign, pursuit, moment, at, "promised", command.attempt_id)
    if pursuit.state is LeadState.RESTING:
        t.tell(
            CallPromised(
                campaign_id=campaign.campaign_id,
                lead_id=pursuit.lead_id,
                agent_id=command.own_agent,
                when=moment,
                reminder=False,
            )
        )


def overdue(t: DialerTables, key: LeadKey, at: Instant) -> None:
    """Nobody has said it in time: he is done."""
    found = t.find(key)
    if found is not None and found[1].state is LeadState.TO_DISPOSE:
        found[1].disposition = UNKNOWN
        leads.finish(t, *found, WhyDone.REACHED, at, found[1].attempt_id)
