"""What the API says of lists of leads and of leads."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints

from api.dnc_schemas import CampaignName, Words
from api.facts import IsoTime, iso, iso_or_none
from api.schemas import MOMENT, example
from cti.lead_document import LeadDocument
from cti.lead_list import LeadList
from cti.lead_mapping import Dedupe, ListReading
from cti.lead_rows import LeadRecord
from dialer.lead import Lead, LeadState

LIST_PATTERN = "^[a-z][a-z0-9-]{0,30}[a-z0-9]$"
LEAD_PATTERN = "^[a-z][a-z0-9-]{0,30}[a-z0-9]:[0-9A-Za-z][0-9A-Za-z._@-]{0,63}$"
MOST_AT_ONCE = 500

ListName = Annotated[str, StringConstraints(pattern=LIST_PATTERN)]


class LeadListDocument(BaseModel):
    """A list, as it is to be read."""

    model_config = example(
        campaign="spring",
        title="Customers of 2024",
        reading={
            "columns": {"Mobile": "number:mobile", "Office": "number:work@09:00-17:00", "Name": "name"},
            "region": "FR",
            "dedupe": "campaign",
        },
    )

    campaign: CampaignName
    title: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    reading: ListReading = Field(
        ListReading(),
        description="How its columns are read, each by name: `number` (`number:mobile@09:00-17:00`), `name`, "
        "`id`, `customer_id`, `zone`, `priority`, `language`, `not_before`, `not_after`, `agent`, "
        "`data.WHAT`, `-`. Without columns: as their names make likely, kept from the first file on.",
    )


class LeadListView(BaseModel):
    """A list, and how far its people are."""

    model_config = example(
        list="spring-a",
        campaign="spring",
        title="",
        reading={"columns": {"tel": "number"}, "region": "FR", "dedupe": "campaign"},
        file="may.xlsx",
        imported_at=MOMENT % 9,
        imported_by="ana",
        rows=1000,
        rejected=12,
        leads=988,
        states={"new": 900, "done": 88},
    )

    list: str
    campaign: str
    title: str
    reading: ListReading
    file: str | None = Field(description="The latest that was taken in to its end; null: none was.")
    imported_at: IsoTime | None
    imported_by: str | None
    rows: int | None = Field(description="Of that file.")
    rejected: int | None = Field(description="Of these rows.")
    leads: int
    states: Mapping[LeadState, int] = Field(description="How many leads stand where.")

    @classmethod
    def of(cls, one: LeadList, states: Mapping[LeadState, int]) -> Self:
        """A list as it is kept."""
        return cls(
            list=one.list_id,
            campaign=one.campaign_id,
            title=one.title,
            reading=ListReading.model_validate(one.mapping),
            file=one.file,
            imported_at=iso_or_none(one.imported_at),
            imported_by=one.imported_by,
            rows=one.rows,
            rejected=one.rejected,
            leads=sum(states.values()),
            states=states,
        )


class LeadNumberView(BaseModel):
    """One of his telephones."""

    model_config = example(
        number="+33612345678", kind="mobile", since_minute=0, until_minute=1440, tried=2, barred=False
    )

    number: str
    kind: str = Field(description="What the list, or the number, says; empty: neither does.")
    since_minute: int = Field(description="Of his day, from which on it is dialled.")
    until_minute: int
    tried: int
    barred: bool = Field(description="It is not tried any more.")


class LeadView(BaseModel):
    """A lead: what his list says of him, and what was done about him."""

    lead_id: str
    campaign: str
    list: str
    name: str
    numbers: Sequence[LeadNumberView]
    customer_id: str | None
    zone: str | None
    priority: int
    language: str
    not_before: IsoTime | None
    not_after: IsoTime | None
    agent: str | None = Field(description="The only agent who calls him; null: whoever is there.")
    data: Mapping[str, str]
    added_at: IsoTime
    changed_at: IsoTime = Field(description="When his list last said something new of him.")
    state: LeadState
    since: IsoTime
    attempts: int
    next_at: IsoTime | None = Field(description="While he rests: until when.")
    promised: bool = Field(description="That moment was agreed with him.")
    step: int
    last_outcome: str
    disposition: str
    because: str = Field(description="Why he is done; empty before.")
    last_agent: str | None

    @classmethod
    def of(cls, record: LeadRecord) -> Self:
        """A lead as he is kept."""
        lead, standing = record.lead, record.standing
        return cls(
            lead_id=lead.lead_id,
            campaign=record.campaign_id,
            list=lead.list_id,
            name=lead.name,
            numbers=_numbers(lead, standing.tried, standing.barred),
            customer_id=lead.customer_id,
            zone=lead.zone,
            priority=lead.priority,
            language=lead.language,
            not_before=iso_or_none(lead.not_before),
            not_after=iso_or_none(lead.not_after),
            agent=lead.agent_id,
            data={one.name: one.value for one in lead.data},
            added_at=iso(record.added_at),
            changed_at=iso(record.changed_at),
            state=standing.state,
            since=iso(standing.since),
            attempts=standing.attempts,
            next_at=iso_or_none(standing.next_at),
            promised=standing.promised,
            step=standing.step,
            last_outcome=standing.last_outcome,
            disposition=standing.disposition,
            because=standing.because,
            last_agent=standing.agent_id,
        )


class LeadPage(BaseModel):
    """Some leads, by name."""

    leads: list[LeadView]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class LeadsToAdd(BaseModel):
    """Leads for a list."""

    model_config = example(
        list="spring-a",
        leads=[
            {
                "id": "A-17",
                "numbers": [
                    {"number": "06 12 34 56 78", "kind": "", "since_minute": 0, "until_minute": 1440}
                ],
                "name": "Mia Ölström",
                "customer_id": None,
                "zone": None,
                "priority": 50,
                "language": "fr",
                "not_before": None,
                "not_after": "2026-12-24",
                "agent": None,
                "data": {"amount": "30 €"},
            }
        ],
        edition=None,
        dry_run=False,
        campaign=None,
        dedupe=None,
    )

    list: ListName
    leads: Annotated[Sequence[LeadDocument], Field(min_length=1, max_length=MOST_AT_ONCE)]
    edition: Words | None = Field(
        None, description="A name for the file they are from: nobody may stand in it twice. Null: of none."
    )
    dry_run: bool = Field(False, description="Only say what would become of it.")
    campaign: CampaignName | None = Field(
        None, description="In a dry run, whose list it would be, if there is none of that name yet."
    )
    dedupe: Dedupe | None = Field(None, description="Null: as the list has it.")


class AboutALead(BaseModel):
    """Something about one row or lead."""

    model_config = example(row=1, line=2, field="numbers", why="'anna' is no telephone number")

    row: int = Field(description="Among those sent, from 1.")
    line: int | None = Field(description="Of the file that was sent; null: it was none.")
    field: str
    why: str


class LeadsTakenIn(BaseModel):
    """What became of rows or leads."""

    model_config = example(
        rows=3, taken=2, added=2, changed=0, unchanged=0, dry_run=False, rejected=[], notes=[], not_yet=None
    )

    rows: int
    taken: int = Field(description="Who is in the list now; in a dry run, who would be.")
    added: int
    changed: int = Field(
        description="Known ones of whom something new is said; what was done about them stays."
    )
    unchanged: int
    dry_run: bool
    rejected: list[AboutALead]
    notes: list[AboutALead] = Field(
        description="What kept nobody out: numbers of others, doubtful ones, numbers on do-not-call lists "
        "(`field` is `do_not_call`)."
    )
    not_yet: str | None = Field(description="Why the dialer does not know them yet; null: it does.")


class LeadImportEnd(BaseModel):
    """A file that was sent to its end."""

    model_config = example(
        list="spring-a", edition="5f2c", file="may.csv", by="ana", rows=1000, rejected=12, replace=False
    )

    list: ListName
    edition: Words = Field(description="As it was given with every piece of the file.")
    file: Words = Field(description="Its name, for people.")
    by: Words
    rows: Annotated[int, Field(ge=0, le=1_000_000)]
    rejected: Annotated[int, Field(ge=0, le=1_000_000)]
    replace: bool = Field(False, description="Who is not in this edition is taken off.")


class LeadsImported(BaseModel):
    """An import that is over."""

    model_config = example(removed=0)

    removed: int = Field(description="Leads who are not in the file, and were taken off.")


class LeadPreview(BaseModel):
    """Who it would be."""

    lead_id: str
    name: str
    numbers: list[str]
    zone: str | None
    priority: int
    data: Mapping[str, str]

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """A lead that was read."""
        return cls(
            lead_id=lead.lead_id,
            name=lead.name,
            numbers=[one.number for one in lead.numbers],
            zone=lead.zone,
            priority=lead.priority,
            data={one.name: one.value for one in lead.data},
        )


class PreviewRow(BaseModel):
    """One row, as it would be read."""

    line: int
    cells: list[str]
    lead: LeadPreview | None
    faults: list[AboutALead]
    notes: list[AboutALead]


class SheetPreview(BaseModel):
    """A file, as it would be read."""

    told: str = Field(description="Encoding and delimiter, or the workbook's sheet.")
    columns: list[str]
    reading: ListReading = Field(description="What the columns mean: as the list has it, or guessed.")
    faults: list[str] = Field(description="Why it cannot be read so; none: it can.")
    rows: list[PreviewRow] = Field(description="The first ones.")


def _numbers(lead: Lead, tried: tuple[int, ...], barred: tuple[int, ...]) -> list[LeadNumberView]:
    return [
        LeadNumberView(
            number=one.number,
            kind=one.kind,
            since_minute=one.since_minute,
            until_minute=one.until_minute,
            tried=tried[place] if place < len(tried) else 0,
            barred=place in barred,
        )
        for place, one in enumerate(lead.numbers)
    ]
