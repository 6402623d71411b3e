"""Lists of leads over HTTP: made, read from files, and what their files said."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request

from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.dnc import Word
from api.lead_schemas import (
    LIST_PATTERN,
    AboutALead,
    LeadImportEnd,
    LeadListDocument,
    LeadListView,
    LeadPreview,
    LeadsImported,
    LeadsTakenIn,
    LeadsToAdd,
    PreviewRow,
    SheetPreview,
)
from api.ports import Engine
from api.schemas import NAME_PATTERN
from cti.campaign_desk import CampaignRefused, NotRememberedYet
from cti.lead_document import Fault, LeadDocument, ReadLead, lead_of_document
from cti.lead_file import LeadFile, LeadRow, doubts
from cti.lead_import import Intake, LeadImport, TooManyLeads
from cti.lead_list import LeadList
from cti.lead_mapping import Dedupe, ListReading
from cti.numbers import REGIONS
from cti.runtime import EngineStopped, InboxFull
from cti.sheet import NotASheet, SheetLimits, read_sheet
from dialer.ids import CampaignId, ListId
from dialer.lead import Lead

IMPORT_PATH, PREVIEW_PATH, ADD_PATH = "/leads/import", "/leads/preview", "/leads"
MOST_IMPORT_BYTES = 1_048_576
MOST_ROWS = 2000
"""Rows of one piece; longer files come in several."""
MOST_PREVIEWED = 20
LOOKED_AT = 100
"""Rows by which columns are guessed."""

_LIMITS = SheetLimits(most_bytes=MOST_IMPORT_BYTES, most_rows=MOST_ROWS, most_unpacked=20 * 2**20)

WITH_FILES = {
    **dict.fromkeys((IMPORT_PATH, PREVIEW_PATH, ADD_PATH), MOST_IMPORT_BYTES),
    "/lead-lists/": 65_536,
}
"""Paths whose requests carry many leads, or many columns."""

AListName = Annotated[str, Path(pattern=LIST_PATTERN, description="The list's name.", examples=["spring-a"])]
AList = Annotated[str, Query(alias="list", pattern=LIST_PATTERN, description="Which list.")]
ASheet = Annotated[
    str | None, Query(min_length=1, max_length=100, description="Of a workbook; else its first one.")
]
ACampaign = Annotated[str | None, Query(pattern=NAME_PATTERN, description="Only this campaign's.")]

_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "tel,name\r\n+33123456789,Mia\r\n"},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
        },
    }
}

router = APIRouter(tags=["leads"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER})


@router.get("/lead-lists", operation_id="list_lead_lists", summary="Lists of leads")
async def list_lists(engine: TheEngine, campaign: ACampaign = None) -> list[LeadListView]:
    """All of the house, or of a campaign, and how far their people are."""
    leads = engine.campaigns.leads
    found = await leads.lists(None if campaign is None else CampaignId(campaign))
    told: list[LeadListView] = []
    for campaign_id in dict.fromkeys(one.campaign_id for one in found):
        states = await leads.standings(campaign_id)
        told += [
            LeadListView.of(one, states.get(one.list_id, {}))
            for one in found
            if one.campaign_id == campaign_id
        ]
    return sorted(told, key=lambda one: one.list)


@router.get("/lead-lists/{list_id}", operation_id="get_lead_list", summary="One list", responses=UNKNOWN)
async def get_list(list_id: AListName, engine: TheEngine) -> LeadListView:
    """How it is read, and how far its people are."""
    one = await _the_list(engine, list_id)
    return LeadListView.of(
        one, (await engine.campaigns.leads.standings(one.campaign_id)).get(one.list_id, {})
    )


@router.put(
    "/lead-lists/{list_id}",
    operation_id="put_lead_list",
    summary="Make a list, or change how it is read",
    responses={**UNKNOWN, **REFUSED},
)
async def put_list(list_id: AListName, written: LeadListDocument, engine: TheEngine) -> LeadListView:
    """A list is of one campaign, and its name is given once in the house."""
    campaign_id = CampaignId(written.campaign)
    if await engine.campaigns.campaigns.get(campaign_id) is None:
        raise HTTPException(404, f"there is no campaign {campaign_id}")
    one = LeadList(
        list_id=ListId(list_id),
        campaign_id=campaign_id,
        title=written.title,
        region=written.reading.region,
        mapping=written.reading.model_dump(mode="json"),
        made_at=engine.runtime.clock.now(),
    )
    if not await engine.campaigns.leads.put_list(one):
        raise HTTPException(409, f"another campaign has a list {list_id}")
    return await get_list(list_id, engine)


@router.post(
    "/leads/preview",
    operation_id="preview_leads",
    summary="How a file would be read",
    responses=UNKNOWN,
    openapi_extra=_FILE,
)
async def preview(
    request: Request,
    engine: TheEngine,
    of: Annotated[
        str | None,
        Query(alias="list", pattern=LIST_PATTERN, description="By its columns; else they are guessed."),
    ] = None,
    region: Annotated[
        str | None, Query(pattern="^[A-Z]{2}$", description="Where numbers without a country are at home.")
    ] = None,
    sheet: ASheet = None,
) -> SheetPreview:
    """Which columns it has, what they mean, and who its first rows are. Nothing is kept. At most 1 MiB and
    2,000 rows: the first part of a longer file tells the same."""
    if region is not None and region not in REGIONS:
        raise _unprocessable("region", "must be a country's two capital letters, such as FR")
    reading = ListReading(region=region)
    if of is not None:
        reading = ListReading.model_validate((await _the_list(engine, of)).mapping)
    asked = _Asked(
        await request.body(),
        ListId(of or "preview"),
        reading,
        sheet,
        engine.customers.region,
        _agents(engine),
    )
    piece = await _read(asked)
    return SheetPreview(
        told=piece.told,
        columns=list(piece.columns),
        reading=piece.reading,
        faults=piece.faults,
        rows=[
            PreviewRow(
                line=row.line,
                cells=list(row.cells),
                lead=None if row.read is None else LeadPreview.of(row.read.lead),
                faults=[_about(place, row.line, fault) for fault in row.faults],
                notes=[_about(place, row.line, fault) for fault in row.notes],
            )
            for place, row in enumerate(piece.rows[:MOST_PREVIEWED], 1)
        ],
    )


@router.post(
    "/leads/import",
    operation_id="import_leads",
    summary="Take the leads of a file into a list",
    responses={**UNKNOWN, **REFUSED},
    openapi_extra=_FILE,
)
async def import_leads(
    request: Request,
    engine: TheEngine,
    of: AList,
    edition: Annotated[Word, Query(description="A name for the file, the same for all of its pieces.")],
    sheet: ASheet = None,
    dry_run: Annotated[bool, Query(description="Only say what would become of it.")] = False,
) -> LeadsTakenIn:
    """Every row that is written well is taken; the others are named with line, field and reason. At most
    2,000 rows and 1 MiB at once: send longer files in pieces, each with the line of names, and then
    `/leads/import/end`. Known leads are brought up to date; what was done about them stays."""
    one = await _the_list(engine, of)
    reading = ListReading.model_validate(one.mapping)
    piece = await _read(
        _Asked(await request.body(), one.list_id, reading, sheet, engine.customers.region, _agents(engine))
    )
    if piece.faults:
        raise _unprocessable("columns", "; ".join(piece.faults))
    if not reading.columns and not dry_run:  # from now on they mean what was guessed
        guessed = LeadList(
            list_id=one.list_id,
            campaign_id=one.campaign_id,
            title=one.title,
            region=one.region,
            mapping=piece.reading.model_dump(mode="json"),
            made_at=one.made_at,
        )
        await engine.campaigns.leads.put_list(guessed)
    good = [(place, row) for place, row in enumerate(piece.rows, 1) if row.read is not None]
    intake, not_yet = await _take_in(
        engine,
        one,
        [row.read for _, row in good if row.read is not None],
        edition,
        reading.dedupe,
        dry_run=dry_run,
    )
    rejected = [
        _about(place, row.line, fault) for place, row in enumerate(piece.rows, 1) for fault in row.faults
    ] + [_about(good[told.place][0], good[told.place][1].line, told.fault) for told in intake.rejected]
    notes = [_about(place, row.line, fault) for place, row in good for fault in row.notes] + [
        _about(good[told.place][0], good[told.place][1].line, told.fault) for told in intake.notes
    ]
    return _taken_in(len(piece.rows), intake, rejected, notes, dry_run=dry_run, not_yet=not_yet)


@router.post(
    "/leads", operation_id="add_leads", summary="Put leads on a list", responses={**UNKNOWN, **REFUSED}
)
async def add_leads(written: LeadsToAdd, engine: TheEngine) -> LeadsTakenIn:
    """As an integrator learns of them, at most 500 at once; who is known by his id is brought up to date."""
    one = await _list_or_plan(engine, written)
    reading = ListReading.model_validate(one.mapping)
    home, agents = reading.region or engine.customers.region, _agents(engine)
    reads, rejected = await asyncio.to_thread(_read_documents, written.leads, one.list_id, home, agents)
    # Each time a file of its own: who is sent again later is no repetition.
    edition = written.edition or f"api-{engine.runtime.clock.now()}"
    dedupe, good = written.dedupe or reading.dedupe, [read for _, read in reads]
    intake, not_yet = await _take_in(engine, one, good, edition, dedupe, dry_run=written.dry_run)
    rejected += [_about(reads[told.place][0], None, told.fault) for told in intake.rejected]
    notes = [_about(place, None, fault) for place, read in reads for fault in doubts(read)]
    notes += [_about(reads[told.place][0], None, told.fault) for told in intake.notes]
    told = len(written.leads), intake, rejected, notes
    return _taken_in(*told, dry_run=written.dry_run, not_yet=not_yet)


@router.post(
    "/leads/import/end",
    operation_id="end_lead_import",
    summary="A file is in",
    responses={**UNKNOWN, **REFUSED},
)
async def end_import(end: LeadImportEnd, engine: TheEngine) -> LeadsImported:
    """The list is as of now. With `replace` who is not done and not in this edition is taken off; until then
    nobody is, so that a file that breaks off keeps everybody."""
    one = await _the_list(engine, end.list)
    leads = engine.campaigns.leads
    removed = 0
    if end.replace:
        for lead_id in await leads.not_in(one.list_id, end.edition):
            because = f"not in {end.file} any more"
            try:
                await engine.campaigns.remove_lead(one.campaign_id, lead_id, end.by, because)
            except NotRememberedYet as early:
                raise HTTPException(503, str(early), headers={"Retry-After": "1"}) from None
            except CampaignRefused as refused:
                raise HTTPException(409, f"{removed} were taken off, and then: {refused}") from None
            removed += 1
    now = engine.runtime.clock.now()
    await leads.finish_import(one.list_id, end.edition, now, end.by, end.file, end.rows, end.rejected)
    return LeadsImported(removed=removed)


@dataclass(frozen=True, slots=True)
class _Asked:
    raw: bytes
    list_id: ListId
    reading: ListReading
    sheet: str | None
    region: str | None
    """The house's."""
    agents: list[str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file, or a piece of one, as it was read."""

    told: str
    columns: tuple[str, ...]
    reading: ListReading
    faults: list[str]
    rows: list[LeadRow]


async def _read(asked: _Asked) -> _Piece:
    try:
        return await asyncio.to_thread(_read_now, asked)
    except NotASheet as problem:
        raise _unprocessable("file", str(problem)) from None


def _read_now(asked: _Asked) -> _Piece:
    sheet = read_sheet(asked.raw, sheet=asked.sheet, limits=_LIMITS)
    raw_rows = list(sheet.rows)
    reading = asked.reading
    if not reading.columns:
        home = reading.model_copy(update={"region": reading.region or asked.region})
        guessed = home.with_guesses(sheet.columns, [row.cells for row in raw_rows[:LOOKED_AT]])
        reading = reading.model_copy(update={"columns": guessed.columns})
    faults = reading.faults(sheet.columns)
    rows: list[LeadRow] = []
    if not faults:
        whole = type(sheet)(sheet.columns, iter(raw_rows), sheet.told)
        region = reading.region or asked.region
        rows = list(LeadFile(whole, asked.list_id, reading.mapping, region, asked.agents).rows())
    return _Piece(sheet.told, sheet.columns, reading, faults, rows)


def _read_documents(
    documents: Sequence[LeadDocument], list_id: ListId, region: str | None, agents: list[str]
) -> tuple[list[tuple[int, ReadLead]], list[AboutALead]]:
    """Leads with their places among those sent, and what is wrong with the others."""
    reads: list[tuple[int, ReadLead]] = []
    rejected: list[AboutALead] = []
    for place, document in enumerate(documents, 1):
        read = lead_of_document(document, list_id, region, agents)
        if isinstance(read, list):
            rejected += [_about(place, None, fault) for fault in read]
        else:
            reads.append((place, read))
    return reads, rejected


async def _take_in(
    engine: Engine,
    one: LeadList,
    reads: Sequence[ReadLead],
    edition: str,
    dedupe: Dedupe,
    *,
    dry_run: bool,
) -> tuple[Intake, str | None]:
    """Keep them, and have the dialer hear of them; why it has not, if so."""
    imports = LeadImport(engine.campaigns.leads, engine.dnc)
    now = engine.runtime.clock.now()
    try:
        intake = await imports.take_in(one, reads, now, edition, dedupe, dry_run=dry_run)
    except TooManyLeads as full:
        raise HTTPException(409, str(full)) from None
    return intake, None if dry_run else await _tell_the_dialer(engine, one.campaign_id, intake.news)


async def _tell_the_dialer(engine: Engine, campaign_id: CampaignId, news: Sequence[Lead]) -> str | None:
    if not news:
        return None
    try:
        await engine.campaigns.take_on(campaign_id, news)
    except (CampaignRefused, InboxFull, EngineStopped) as refused:
        return f"they are kept, and dialled from the next start of the engine on: {refused}"
    return None


def _taken_in(
    rows: int,
    intake: Intake,
    rejected: Iterable[AboutALead],
    notes: Iterable[AboutALead],
    *,
    dry_run: bool,
    not_yet: str | None,
) -> LeadsTakenIn:
    return LeadsTakenIn(
        rows=rows,
        taken=intake.taken,
        added=intake.added,
        changed=intake.changed,
        unchanged=intake.unchanged,
        dry_run=dry_run,
        rejected=sorted(rejected, key=lambda about: about.row),
        notes=sorted(notes, key=lambda about: about.row),
        not_yet=not_yet,
    )


def _about(place: int, line: int | None, fault: Fault) -> AboutALead:
    return AboutALead(row=place, line=line, field=fault.field, why=fault.why)


async def _list_or_plan(engine: Engine, written: LeadsToAdd) -> LeadList:
    """The list; in a dry run it need not be there."""
    if not written.dry_run or written.campaign is None:
        return await _the_list(engine, written.list)
    planned = LeadList(
        list_id=ListId(written.list),
        campaign_id=CampaignId(written.campaign),
        mapping=ListReading().model_dump(mode="json"),
        made_at=engine.runtime.clock.now(),
    )
    return await engine.campaigns.leads.get_list(planned.list_id) or planned


async def _the_list(engine: Engine, name: str) -> LeadList:
    one = await engine.campaigns.leads.get_list(ListId(name))
    if one is None:
        raise HTTPException(404, f"there is no list {name}")
    return one


def _agents(engine: Engine) -> list[str]:
    return [agent.id for agent in engine.config.agents]


def _unprocessable(field: str, why: str) -> HTTPException:
    return HTTPException(422, [{"loc": ["query", field], "msg": why, "type": "value_error"}])
