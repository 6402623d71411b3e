"""Do-not-call lists over HTTP: who stands where, put on, taken off, imported."""

import asyncio
import io
import re
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request

from acd.instant import seconds
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.dnc_schemas import (
    AgainstIt,
    DncChange,
    DncCheck,
    DncEntry,
    DncImported,
    DncImportEnd,
    DncList,
    DncRejected,
    DncTakenIn,
    ListPage,
    OnAList,
)
from api.facts import iso_or_none
from api.ports import Engine
from api.schemas import NAME_PATTERN
from cti.dial_gate import lines_in_use
from cti.dnc_csv import DncFile, DncRow, NotAList
from cti.dnc_store import ListName
from cti.numbers import REGIONS, NotANumber, number_of
from cti.whereabouts import whereabouts
from dialer.compliance.listing import Listing, ListKind
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Refused
from dialer.ids import CampaignId
from dialer.signals import NumberListed

MOST_ON_A_PAGE = 500
MOST_ROWS = 5000
"""Rows of one import; longer files come in pieces."""
RINGS_FOR = seconds(30)
"""How long a telephone would ring of which it is asked whether it may."""
IMPORT_PATH = "/dnc/import"
MOST_IMPORT_BYTES = 1_048_576

_NOT_DIALLED = re.compile("[^0-9+]")

AList = Annotated[ListKind, Query(alias="list", description="Which list.")]
ACampaign = Annotated[
    str | None, Query(pattern=NAME_PATTERN, description="For a campaign's list, and only for it.")
]
ANumber = Annotated[
    str, Query(min_length=3, max_length=40, description="However it is written.", examples=["+33123456789"])
]
Word = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]

router = APIRouter(
    prefix="/dnc", tags=["do not call"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER}
)


@router.get("/lists", operation_id="list_dnc_lists", summary="All do-not-call lists")
async def list_lists(engine: TheEngine) -> list[DncList]:
    """The country's register, the house's own list, and each campaign's on which there is anybody."""
    return [DncList.of(summary) for summary in await engine.dnc.summaries()]


@router.get("", operation_id="list_dnc", summary="Who stands on a list, page by page")
async def list_numbers(
    engine: TheEngine,
    of: AList,
    campaign: ACampaign = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Numbers on a page.")] = 100,
    after: Annotated[str | None, Query(max_length=40, description="`next` of the page before.")] = None,
) -> ListPage:
    """By number."""
    found = await engine.dnc.page(_list(of, campaign), limit + 1, after)
    return ListPage(
        numbers=[OnAList.of(one) for one in found[:limit]],
        next=found[limit - 1].number if len(found) > limit else None,
    )


@router.get("/check", operation_id="check_dnc", summary="What is known of one number")
async def check_number(engine: TheEngine, number: ANumber, campaign: ACampaign = None) -> DncCheck:
    """On which lists it stands, who put it there and why, what was ever done about it by hand; and whether it
    may be dialled now, for a campaign or by hand, with everything that is against it."""
    sought = _number(engine, number)
    standing = await engine.dnc.standing(sought)
    where = whereabouts(sought, engine.customers.region)
    known = None if campaign is None else engine.runtime.campaigns.campaigns.get(CampaignId(campaign))
    request = DialRequest(
        attempt_id="check",
        number=_NOT_DIALLED.sub("", number),
        purpose=Purpose.MANUAL if campaign is None else Purpose.CAMPAIGN,
        ring_for=RINGS_FOR,
        campaign_id=None if campaign is None else CampaignId(campaign),
        pool=None if known is None else known.rules.pool,
        profile=None if known is None else known.rules.profile,
    )
    verdict = await engine.gate.look(request, lines_in_use(engine.runtime.tables))
    profile = engine.gate.rules.profile_of(request)
    return DncCheck(
        number=sought,
        country=where.country,
        zones=list(where.zones),
        profile=None if profile is None else profile.name,
        may_be_dialled=isinstance(verdict, Allowed),
        reasons=[] if isinstance(verdict, Allowed) else _against(verdict),
        listings=[OnAList.of(one) for one in standing.listings],
        changes=[DncChange.of(one) for one in await engine.dnc.changes(sought)],
    )


@router.post("", operation_id="add_dnc", summary="Never call a number", responses=REFUSED)
async def add_number(entry: DncEntry, engine: TheEngine) -> OnAList:
    """From now on: a line that rings there is given up. Who stands there already stays as he is."""
    name = _by_hand(entry.name)
    number = _number(engine, entry.number)
    listing = Listing(
        number=number,
        kind=name.kind,
        campaign_id=name.campaign_id,
        at=engine.runtime.clock.now(),
        by=entry.by,
        reason=entry.reason,
    )
    await engine.dnc.add(listing)
    engine.runtime.post(NumberListed(number=number, campaign_id=name.campaign_id))  # also while it rings
    there = (await engine.dnc.standing(number)).listings
    return OnAList.of(next((one for one in there if _same_list(one, name)), listing))


@router.post(
    "/remove",
    operation_id="remove_dnc",
    summary="Let a number be called again",
    responses={**UNKNOWN, **REFUSED},
)
async def remove_number(entry: DncEntry, engine: TheEngine) -> DncCheck:
    """Who did it, and why, stays on record."""
    name = _by_hand(entry.name)
    number = _number(engine, entry.number)
    now = engine.runtime.clock.now()
    if not await engine.dnc.remove(name, number, now, entry.by, entry.reason):
        raise HTTPException(404, f"{number} does not stand there")
    return await check_number(engine, number)


@router.post(
    "/import",
    operation_id="import_dnc",
    summary="Put the numbers of a CSV file on a list",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": "number\r\n+33123456789\r\n"}},
        }
    },
)
async def import_numbers(
    request: Request,
    engine: TheEngine,
    of: AList,
    edition: Annotated[Word, Query(description="A name for the file, the same for all of its pieces.")],
    by: Annotated[Word, Query(description="Who says so.")],
    reason: Annotated[Word, Query(description="Why those are on it for whom the file gives no reason.")],
    campaign: ACampaign = None,
    region: Annotated[
        str | None, Query(pattern="^[A-Z]{2}$", description="Where numbers without a country are at home.")
    ] = None,
    dry_run: Annotated[bool, Query(description="Only say what would become of it.")] = False,
) -> DncTakenIn:
    """Every row with a number is taken, from now on: a line that rings there is given up. The others are
    named with line and reason. At most 5,000 rows and 1 MiB at once: send longer files in pieces, and then
    `/dnc/import/end`."""
    name = _list(of, campaign)
    home = _region(region) or engine.customers.region
    try:
        text = (await request.body()).decode("utf-8-sig")
        rows = await asyncio.to_thread(_read, text, home)
    except UnicodeDecodeError as error:
        raise HTTPException(422, f"the file is not UTF-8, from byte {error.start} on") from None
    except NotAList as problem:
        raise HTTPException(422, str(problem)) from None
    numbers = {row.number: row.reason or reason for row in rows if row.number is not None}
    new = await engine.dnc.take_in(name, numbers, engine.runtime.clock.now(), by, edition, dry_run=dry_run)
    if not dry_run:
        for listed in [
            one for one in engine.runtime.campaigns.in_use if one in numbers
        ]:  # also while it rings
            engine.runtime.post(NumberListed(number=listed, campaign_id=name.campaign_id))
    rejected = [DncRejected(line=row.line, why=row.fault) for row in rows if row.number is None]
    return DncTakenIn(
        rows=len(rows), taken=len(rows) - len(rejected), new=new, dry_run=dry_run, rejected=rejected
    )


@router.post("/import/end", operation_id="end_dnc_import", summary="A file is in", responses=REFUSED)
async def end_import(end: DncImportEnd, engine: TheEngine) -> DncImported:
    """The list is as of now. With `replace` who is not in this edition is on it no more; until then nobody is
    taken off, so that a file that breaks off lets nobody be called."""
    if end.replace and end.list is not ListKind.NATIONAL:
        raise HTTPException(409, "only the national list is replaced as a whole")
    now = engine.runtime.clock.now()
    removed = await engine.dnc.finish_import(
        end.name, end.edition, now, end.by, end.reason, replace=end.replace
    )
    return DncImported(removed=removed)


def _read(text: str, region: str | None) -> list[DncRow]:
    rows: list[DncRow] = []
    for row in DncFile(io.StringIO(text, newline=""), region).rows():
        if len(rows) == MOST_ROWS:
            raise NotAList(f"line {row.line}: more than {MOST_ROWS} rows; send them in pieces")
        rows.append(row)
    return rows


def _number(engine: Engine, written: str) -> str:
    try:
        return number_of(written, engine.customers.region)
    except NotANumber as problem:
        raise _unprocessable("number", str(problem)) from None


def _list(kind: ListKind, campaign: str | None) -> ListName:
    if (kind is ListKind.CAMPAIGN) != (campaign is not None):
        told = "a campaign's list names its campaign, and no other list names one"
        raise _unprocessable("campaign", told)
    return ListName(kind, None if campaign is None else CampaignId(campaign))


def _against(refused: Refused) -> list[AgainstIt]:
    return [
        AgainstIt(why=reason.why, told=reason.told, until=iso_or_none(reason.until))
        for reason in refused.reasons
    ]


def _by_hand(name: ListName) -> ListName:
    if name.kind is ListKind.NATIONAL:
        raise HTTPException(409, "the national list is imported, not written by hand: use the internal one")
    return name


def _region(written: str | None) -> str | None:
    if written is not None and written not in REGIONS:
        raise _unprocessable("region", "must be a country's two capital letters, such as FR")
    return written


def _same_list(listing: Listing, name: ListName) -> bool:
    return (listing.kind, listing.campaign_id) == (name.kind, name.campaign_id)


def _unprocessable(field: str, told: str) -> HTTPException:
    return HTTPException(422, [{"loc": ["query", field], "msg": told, "type": "value_error"}])
