"""Leads taken into a list: who is there already, who stands on a do-not-call list, and who is left.

What one file says of itself is sorted out before (:class:`cti.lead_file.Known`); here it meets what is kept.
Who comes again, by his name in the list, is brought up to date. Whoever else has one of his numbers, in the
list, the campaign or the house, keeps it, so that no telephone rings twice for the same campaign; whoever
takes leads in at the same time waits (:mod:`cti.lead_intake`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from acd.instant import Instant
from cti.dnc_store import DncStore
from cti.lead_document import Fault, ReadLead, lead_id_of
from cti.lead_intake import Holder, LeadIntake
from cti.lead_list import LeadList
from cti.lead_mapping import Dedupe
from cti.lead_store import LeadStore
from dialer.ids import LeadId
from dialer.lead import Lead, LeadNumber, LeadState
from dialer.tables import MOST_LEADS


class TooManyLeads(ValueError):
    """There is no room for so many more."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something about one of the leads that were given, by his place among them, from 0."""

    place: int
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What became of them."""

    added: int
    changed: int
    unchanged: int
    rejected: tuple[Told, ...]
    notes: tuple[Told, ...]
    news: tuple[Lead, ...]
    """Those added and changed: the dialer has to hear of them."""

    @property
    def taken(self) -> int:
        """Everybody who is in the list now."""
        return self.added + self.changed + self.unchanged


@dataclass(frozen=True, slots=True)
class _SortedOut:
    """Who of those that were given is to be kept, by his name, with his place."""

    kept: dict[LeadId, tuple[int, Lead]] = field(default_factory=dict)
    rejected: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)


class LeadImport:
    """Takes leads in."""

    def __init__(self, leads: LeadStore, dnc: DncStore) -> None:
        self._leads, self._dnc = leads, dnc

    async def take_in(
        self,
        one: LeadList,
        reads: Sequence[ReadLead],
        at: Instant,
        edition: str,
        dedupe: Dedupe,
        *,
        dry_run: bool = False,
    ) -> Intake:
        """Keep the leads of a list that is there.

        Raises:
            TooManyLeads: nothing was kept.
            StoreUnavailable: the database is away; nothing was kept.
        """
        async with self._leads.intake(one, dry_run=dry_run) as intake:
            sorted_out = await _sorted_out(intake, one, reads, edition, dedupe)
            leads = [lead for _, lead in sorted_out.kept.values()]
            await _make_room(intake, leads)
            taken = await intake.keep(leads, at, edition)
        notes = [*sorted_out.notes, *await self._listed(one, sorted_out.kept)]
        return Intake(
            added=taken.added,
            changed=taken.changed,
            unchanged=taken.unchanged,
            rejected=tuple(sorted_out.rejected),
            notes=tuple(sorted(notes, key=lambda one: one.place)),
            news=taken.news,
        )

    async def _listed(self, one: LeadList, kept: dict[LeadId, tuple[int, Lead]]) -> list[Told]:
        numbers = {number.number for _, lead in kept.values() for number in lead.numbers}
        listed = await self._dnc.listed(numbers, one.campaign_id)
        return [
            Told(place, Fault("do_not_call", f"{number.number} stands on the list {' and '.join(names)}"))
            for place, lead in kept.values()
            for number in lead.numbers
            if (names := listed.get(number.number))
        ]


async def _sorted_out(
    intake: LeadIntake, one: LeadList, reads: Sequence[ReadLead], edition: str, dedupe: Dedupe
) -> _SortedOut:
    numbers = {number.number for read in reads for number in read.lead.numbers}
    holders: dict[str, list[Holder]] = {}
    for holder in await intake.holders(numbers):
        if _counts(holder, one, dedupe):
            holders.setdefault(holder.number, []).append(holder)
    said = await intake.editions(
        {lead_id_of(one.list_id, read.document, n.number) for read in reads for n in read.lead.numbers}
    )
    found = _SortedOut()
    for place, read in enumerate(reads):
        if read.document.id is not None and (
            said.get(read.lead.lead_id) == edition or read.lead.lead_id in found.kept
        ):
            told = f"{read.document.id} stands in this file already"
            found.rejected.append(Told(place, Fault("id", told)))
            continue
        lead, others = _without_others(read, holders, said, edition)
        if lead is None or lead.lead_id in found.kept:
            found.rejected.extend(Told(place, fault) for fault in others)
            continue
        found.notes.extend(Told(place, fault) for fault in others)
        found.kept[lead.lead_id] = (place, lead)
    return found


async def _make_room(intake: LeadIntake, leads: Sequence[Lead]) -> None:
    there = await intake.count()
    if there + len(leads) <= MOST_LEADS:
        return
    known = await intake.editions({lead.lead_id for lead in leads})
    if there + len(leads) - len(known) > MOST_LEADS:
        raise TooManyLeads(
            f"{there} leads are kept, and {MOST_LEADS} is all there may be: remove some campaign"
        )


def _counts(holder: Holder, one: LeadList, dedupe: Dedupe) -> bool:
    match dedupe:
        case Dedupe.LIST:
            return holder.list_id == one.list_id
        case Dedupe.CAMPAIGN:
            return holder.campaign_id == one.campaign_id
        case Dedupe.HOUSE:
            return holder.campaign_id == one.campaign_id or holder.state is not LeadState.DONE


def _without_others(
    read: ReadLead, holders: dict[str, list[Holder]], said: dict[LeadId, str], edition: str
) -> tuple[Lead | None, list[Fault]]:
    """The lead with the numbers that are nobody else's, None when there is none; and whose the others are."""
    lead = read.lead
    left: list[LeadNumber] = []
    others: list[Fault] = []
    for number in lead.numbers:
        himself = lead_id_of(lead.list_id, read.document, (left[0] if left else number).number)
        again = read.document.id is None and said.get(himself) == edition and not left
        other = next((one for one in holders.get(number.number, ()) if one.lead_id != himself or again), None)
        if other is None:
            left.append(number)
        else:
            others.append(Fault("numbers", f"{number.number} is {_whose(other, lead)} already"))
    if not left:
        return None, others
    lead_id = lead_id_of(lead.list_id, read.document, left[0].number)
    return replace(lead, numbers=tuple(left), lead_id=lead_id), others


def _whose(other: Holder, lead: Lead) -> str:
    if other.list_id == lead.list_id:
        return f"{other.lead_id}'s"
    return f"{other.lead_id}'s, of campaign {other.campaign_id},"
