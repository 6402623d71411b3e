"""Who responds by himself is left alone at once: what rings for him is given up, nothing more is tried."""

from acd.instant import Instant
from dialer import leads, lines
from dialer.attempt import AttemptState
from dialer.commands import PartyResponded, RemoveLead
from dialer.events import PreviewEnded
from dialer.ids import AttemptId
from dialer.lead import WhyDone
from dialer.pursuit import Pursuit
from dialer.signals import NumberListed
from dialer.tables import Campaign, DialerTables, LeadKey


def party(t: DialerTables, command: PartyResponded, at: Instant) -> None:
    """Somebody has responded in a way this house does not see by itself."""
    keys = dict(t.by_number.get(command.party.caller, {}))
    if command.party.customer_id is not None:
        keys.update(t.by_customer.get(command.party.customer_id, {}))
    for key in keys:
        if command.campaign_id is None or command.campaign_id == key[0]:
            take_off(t, key, WhyDone.RESPONDED, at)


def removed(t: DialerTables, command: RemoveLead, at: Instant) -> None:
    """Somebody takes a lead off."""
    if t.find((command.campaign_id, command.lead_id)) is None:
        t.refuse(f"{command.campaign_id}: no lead {command.lead_id}")
        return
    take_off(t, (command.campaign_id, command.lead_id), WhyDone.REMOVED, at)


def listed(t: DialerTables, signal: NumberListed, at: Instant) -> None:
    """A number stands on a do-not-call list: it is not tried any more, and what rings there is given up."""
    for key in list(t.by_number.get(signal.number, {})):
        found = t.find(key)
        if found is None or signal.campaign_id not in (None, key[0]):
            continue
        leads.bar(t, *found, signal.number, at)
        if _rings_in_vain(t, found[1]):
            take_off(t, key, WhyDone.OPTED_OUT, at)
    line = t.lines.get(t.in_use.get(signal.number, AttemptId("")))  # it may be none of any lead's
    if line is not None and signal.campaign_id in (None, line.campaign_id):
        lines.give_up(t, line)


def _rings_in_vain(t: DialerTables, pursuit: Pursuit) -> bool:
    """None of his numbers may be tried any more, and one of them rings, or is sent a text. Who has answered
    is spoken with."""
    line = t.lines.get(pursuit.attempt_id) if pursuit.attempt_id is not None else None
    rings = line is not None and line.state in (AttemptState.PLACED, AttemptState.RINGING)
    return (rings or pursuit.attempt_id in t.texts) and len(pursuit.barred) >= len(pursuit.lead.numbers)


def take_off(t: DialerTables, key: LeadKey, why: WhyDone, at: Instant) -> None:
    """Nothing more is tried; what rings is given up, who talks is left in peace."""
    found = t.find(key)
    if found is None:
        return
    campaign, pursuit = found
    lines.give_up_of(t, pursuit.attempt_id)
    _unlook(t, campaign, pursuit, why)
    leads.finish(t, campaign, pursuit, why, at, pursuit.attempt_id)


def _unlook(t: DialerTables, campaign: Campaign, pursuit: Pursuit, why: WhyDone) -> None:
    for agent_id, key in list(t.previews.items()):
        if key == (campaign.campaign_id, pursuit.lead_id):
            del t.previews[agent_id]
            t.tell(
                PreviewEnded(
                    campaign_id=campaign.campaign_id,
                    lead_id=pursuit.lead_id,
                    agent_id=agent_id,
                    accepted=False,
                    because=why,
                )
            )
