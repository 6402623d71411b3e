"""What came of a conversation, as its agent or its flow says, and what follows from it."""

from acd.instant import Instant, after
from dialer import leads
from dialer.campaign import Disposition
from dialer.commands import DisposeLead
from dialer.events import CallPromised, LeadDisposed
from dialer.lead import LeadState, WhyDone
from dialer.orders import ListNumber
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables, LeadKey

UNKNOWN = "unknown"
"""What came of it when nobody said so in time."""
NOTE_MAX = 1_000


def dispose(t: DialerTables, command: DisposeLead, at: Instant) -> None:
    """Somebody says what came of it: of an attempt under way, or one that was over lately."""
    line = t.lines.get(command.attempt_id) or t.ended.get(command.attempt_id)
    if line is None:
        t.refuse(f"{command.attempt_id}: no such attempt")
        return
    campaign, pursuit = t.of_line(line)
    disposition = campaign.rules.disposition(command.disposition)
    if disposition is None or pursuit is None:
        t.refuse(f"{campaign.campaign_id} knows no {command.disposition!r}")
    elif disposition.calls_back and (command.call_back_at is None or command.call_back_at <= at):
        t.refuse(f"{command.disposition}: at which moment is he called back?")
    elif not _may_be_said(pursuit, command):
        t.refuse(f"{command.attempt_id}: it was {pursuit.disposition or 'another attempt'}")
    else:
        _say(t, campaign, pursuit, command, disposition, at)


def _may_be_said(pursuit: Pursuit, command: DisposeLead) -> bool:
    """Once for each attempt; what came of an earlier one stands there until then."""
    match pursuit.state:
        case LeadState.TO_DISPOSE:
            return True
        case LeadState.IN_PROGRESS:
            return pursuit.said is None and pursuit.attempt_id == command.attempt_id
        case _:
            return not pursuit.disposition


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
    if pursuit.state is LeadState.IN_PROGRESS:
        pursuit.said = command  # follows when they have said goodbye
    else:
        follow(t, campaign, pursuit, command, at)


def follow(t: DialerTables, campaign: Campaign, pursuit: Pursuit, command: DisposeLead, at: Instant) -> None:
    """The conversation is over and it is known what came of it: what becomes of him."""
    pursuit.said = None
    disposition = campaign.rules.disposition(command.disposition)
    attempt_id = command.attempt_id
    if disposition is None:  # the rules have changed meanwhile
        leads.finish(t, campaign, pursuit, WhyDone.REACHED, at, attempt_id)
    elif disposition.do_not_call:
        for one in pursuit.lead.numbers:
            t.tell(
                ListNumber(
                    number=one.number, campaign_id=campaign.campaign_id, because=f"said to {command.by}"
                )
            )
        leads.finish(t, campaign, pursuit, WhyDone.OPTED_OUT, at, attempt_id)
    elif disposition.calls_back and command.call_back_at is not None:
        _promise(t, campaign, pursuit, command, command.call_back_at, at)
    elif disposition.retry_after is not None and pursuit.attempts < campaign.rules.max_attempts:
        leads.rest(t, campaign, pursuit, after(at, disposition.retry_after), at, disposition.name, attempt_id)
    else:
        why = WhyDone.REACHED if disposition.retry_after is None else WhyDone.OUT_OF_ATTEMPTS
        leads.finish(t, campaign, pursuit, why, at, attempt_id)


def _promise(
    t: DialerTables, campaign: Campaign, pursuit: Pursuit, command: DisposeLead, moment: Instant, at: Instant
) -> None:
    places = [n for n, one in enumerate(pursuit.lead.numbers) if one.number == command.call_back_number]
    pursuit.place = places[0] if places else pursuit.place
    pursuit.promised, pursuit.agent_id = True, command.own_agent
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
