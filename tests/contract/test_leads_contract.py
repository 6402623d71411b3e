"""What the lists of leads promise, kept by SQLite and by a real PostgreSQL alike."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from acd.brief import Datum
from acd.ids import AgentId, CustomerId
from acd.instant import Instant
from cti import schema
from cti.dnc_store import DncStore
from cti.lead_document import LeadDocument, ReadLead, lead_of_document
from cti.lead_import import LeadImport, TooManyLeads
from cti.lead_list import LeadList
from cti.lead_mapping import Dedupe
from cti.lead_rows import standing_row
from cti.lead_store import LeadStore, LeadsWanted
from cti.regions import region_of
from cti.store import Store
from dialer.compliance.listing import Listing, ListKind
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber, LeadStanding, LeadState

SPRING = CampaignId("spring")
LIST = LeadList(
    list_id=ListId("spring-a"), campaign_id=SPRING, made_at=Instant(1), region="FR", mapping={"a": 1}
)
MIA, TOM, LEA, NOA = "+33123456789", "+33155555555", "+33198765432", "+33166666666"


@pytest.fixture
async def leads(store: Store) -> LeadStore:
    kept = LeadStore(store)
    assert await kept.put_list(LIST)
    return kept


def lead(name: str, *numbers: str) -> Lead:
    return Lead(
        lead_id=LeadId(f"spring-a:{name}"),
        list_id=LIST.list_id,
        numbers=tuple(LeadNumber(number=number, region=region_of(number)) for number in numbers),
    )


async def test_what_a_list_says_of_a_lead_is_given_back_as_it_was(leads: LeadStore) -> None:
    mia = Lead(
        lead_id=LeadId("spring-a:1"),
        list_id=LIST.list_id,
        numbers=(
            LeadNumber(number=MIA, kind="mobile", since_minute=540, until_minute=720, region=region_of(MIA)),
            LeadNumber(number=TOM, region=region_of(TOM)),
        ),
        name="Mia Ölström",
        customer_id=CustomerId("c-1"),
        zone="Europe/Paris",
        priority=80,
        language="fr",
        not_before=Instant(5),
        not_after=Instant(2**60),
        agent_id=AgentId("ana"),
        data=(Datum(name="z", value="owes 30 €"), Datum(name="a", value="since May")),
    )
    taken = await leads.take_in(LIST, [mia], Instant(7), "may")
    assert (taken.added, taken.changed, taken.unchanged, taken.news) == (1, 0, 0, (mia,))
    found = await leads.get(mia.lead_id)
    assert found is not None
    assert found.lead == mia
    assert await leads.languages(SPRING) == ["fr"]
    assert found.standing == LeadStanding(since=Instant(7))
    assert found.campaign_id == SPRING


async def test_a_list_that_comes_again_changes_what_it_says_and_keeps_what_was_done(
    leads: LeadStore, store: Store
) -> None:
    await leads.take_in(LIST, [lead("1", MIA), lead("2", TOM)], Instant(7), "may")
    done = LeadStanding(
        state=LeadState.RESTING, since=Instant(9), attempts=2, tried=(2,), next_at=Instant(99), promised=True
    )
    async with store.transaction() as connection:
        table = schema.leads
        await connection.execute(
            update(table).where(table.c.lead_id == "spring-a:1").values(standing_row(done))
        )
    again = replace(lead("1", TOM, MIA), name="Mia")
    taken = await leads.take_in(LIST, [again, lead("2", TOM), lead("3", MIA)], Instant(10), "june")
    assert (taken.added, taken.changed, taken.unchanged) == (1, 1, 1)
    assert [one.lead_id for one in taken.news] == ["spring-a:1", "spring-a:3"]
    found = await leads.get(again.lead_id)
    assert found is not None
    assert (found.lead, found.standing, found.added_at, found.changed_at) == (again, done, 7, 10)
    assert [one.lead_id for one in await leads.holders([MIA])] == ["spring-a:1", "spring-a:3"]
    assert [one.lead_id for one in await leads.holders([TOM])] == ["spring-a:1", "spring-a:2"]


async def test_leads_keep_their_places_and_who_is_not_in_the_new_file_is_known(leads: LeadStore) -> None:
    await leads.take_in(LIST, [lead("b", MIA), lead("a", TOM)], Instant(7), "may")
    await leads.take_in(LIST, [lead("c", MIA), lead("a", TOM)], Instant(8), "june")
    every = await leads.page(LeadsWanted(campaign_id=SPRING), 10)
    in_order = sorted(every, key=lambda one: one.place)
    assert [one.lead.lead_id.removeprefix("spring-a:") for one in in_order] == ["b", "a", "c"]
    assert await leads.not_in(LIST.list_id, "june") == ["spring-a:b"]
    await leads.finish_import(LIST.list_id, "june", Instant(9), "ben", "june.csv", 3, 1)
    one = await leads.get_list(LIST.list_id)
    assert one == replace(
        LIST, edition="june", imported_at=Instant(9), imported_by="ben", file="june.csv", rows=3, rejected=1
    )


async def test_a_dry_run_says_the_same_and_keeps_nothing(leads: LeadStore) -> None:
    await leads.take_in(LIST, [lead("1", MIA)], Instant(7), "may")
    told = await leads.take_in(LIST, [lead("1", TOM), lead("2", TOM)], Instant(8), "june", dry_run=True)
    assert (told.added, told.changed) == (1, 1)
    assert await leads.count(SPRING) == 1
    assert await leads.holders([TOM]) == []


async def test_a_name_of_a_list_is_given_once_in_the_house(leads: LeadStore) -> None:
    assert not await leads.put_list(replace(LIST, campaign_id=CampaignId("autumn"), title="stolen"))
    assert await leads.lists() == [LIST]
    assert await leads.put_list(replace(LIST, title="Spring, A", mapping={"b": 2}, made_at=Instant(50)))
    assert await leads.lists(SPRING) == [replace(LIST, title="Spring, A", mapping={"b": 2})]
    assert await leads.lists(CampaignId("autumn")) == []


async def test_leads_are_found_counted_and_read_page_by_page(leads: LeadStore) -> None:
    await leads.take_in(
        LIST, [lead(f"{n:04}", MIA if n % 2 else TOM) for n in range(1200)], Instant(7), "may"
    )
    pages = [page async for page in leads.all(LeadsWanted(campaign_id=SPRING))]
    assert [len(page) for page in pages] == [500, 500, 200]
    assert len({one.lead.lead_id for page in pages for one in page}) == 1200
    assert await leads.standings(SPRING) == {LIST.list_id: {LeadState.NEW: 1200}}
    some = LeadsWanted(campaign_id=SPRING, number=MIA, state=LeadState.NEW, list_id=LIST.list_id)
    assert len(await leads.page(some, 500)) == 500
    assert await leads.page(replace(some, state=LeadState.DONE), 500) == []
    assert await leads.forget(SPRING) == 1200
    assert await leads.holders([MIA, TOM]) == []
    assert await leads.lists() == []


# -- imports -----------------------------------------------------------------------------------------


def written(number: str, *others: str, name: str | None = None) -> ReadLead:
    return of_list(LIST, number, name, *others)


def of_list(one: LeadList, number: str, name: str | None, *others: str) -> ReadLead:
    document = LeadDocument.model_validate({"id": name, "numbers": (number, *others)})
    read = lead_of_document(document, one.list_id, None, ())
    assert isinstance(read, ReadLead)
    return read


@pytest.fixture
def intake(leads: LeadStore, store: Store) -> LeadImport:
    return LeadImport(leads, DncStore(store))


async def test_without_ids_people_are_known_by_their_first_number(intake: LeadImport) -> None:
    may = await intake.take_in(LIST, [written(MIA, LEA), written(TOM)], Instant(7), "may", Dedupe.CAMPAIGN)
    assert (may.added, may.rejected, may.notes) == (2, (), ())
    again = await intake.take_in(LIST, [written(TOM), written(MIA)], Instant(8), "june", Dedupe.CAMPAIGN)
    assert (again.added, again.changed, again.unchanged) == (0, 1, 1)
    assert [one.lead_id for one in again.news] == ["spring-a:tel33123456789"]


async def test_a_file_that_comes_in_pieces_says_nobody_twice(intake: LeadImport, leads: LeadStore) -> None:
    await intake.take_in(LIST, [written(MIA), written(TOM, name="t")], Instant(7), "may", Dedupe.LIST)
    more = await intake.take_in(
        LIST, [written(MIA, LEA), written(NOA, name="t"), written(MIA)], Instant(8), "may", Dedupe.LIST
    )
    assert (more.added, more.changed, more.unchanged) == (1, 0, 0)
    assert [(one.place, one.fault.field, one.fault.why) for one in more.rejected] == [
        (1, "id", "t stands in this file already"),
        (2, "numbers", "+33123456789 is spring-a:tel33123456789's already"),
    ]
    assert [(one.place, one.fault.why) for one in more.notes] == [
        (0, "+33123456789 is spring-a:tel33123456789's already")
    ]
    lea = await leads.get(LeadId("spring-a:tel33198765432"))
    assert lea is not None
    assert [one.number for one in lea.lead.numbers] == [LEA]


async def test_how_far_one_looks_for_others_with_the_same_number(
    intake: LeadImport, leads: LeadStore, store: Store
) -> None:
    second = LeadList(list_id=ListId("spring-b"), campaign_id=SPRING, made_at=Instant(1))
    autumn = LeadList(list_id=ListId("autumn"), campaign_id=CampaignId("autumn"), made_at=Instant(1))
    assert await leads.put_list(second)
    assert await leads.put_list(autumn)
    await intake.take_in(LIST, [written(MIA)], Instant(7), "may", Dedupe.CAMPAIGN)

    async def into(one: LeadList, dedupe: Dedupe) -> list[str]:
        document = LeadDocument.model_validate({"numbers": (MIA,)})
        read = lead_of_document(document, one.list_id, None, ())
        assert isinstance(read, ReadLead)
        told = await intake.take_in(one, [read], Instant(8), "june", dedupe, dry_run=True)
        return [one.fault.why for one in told.rejected]

    assert await into(second, Dedupe.LIST) == []
    others = f"{MIA} is spring-a:tel33123456789's, of campaign spring, already"
    assert await into(second, Dedupe.CAMPAIGN) == [others]
    assert await into(autumn, Dedupe.CAMPAIGN) == []
    assert await into(autumn, Dedupe.HOUSE) == [others]
    async with store.transaction() as connection:
        await connection.execute(update(schema.leads).values(state=LeadState.DONE.value))
    assert await into(autumn, Dedupe.HOUSE) == []
    assert await into(second, Dedupe.HOUSE) == [others]


async def test_of_two_imports_at_once_only_one_has_a_number(url: str, store: Store, leads: LeadStore) -> None:
    """Into two lists of a campaign, and into one; each import with connections of its own."""
    second = replace(LIST, list_id=ListId("spring-b"))
    assert await leads.put_list(second)
    other = Store(url)
    await other.open()
    try:
        here = LeadImport(leads, DncStore(store))
        there = LeadImport(LeadStore(other), DncStore(other))
        numbers = [f"+3312345{n:04}" for n in range(10)]
        for n, number in enumerate(numbers):
            into = second if n % 2 else LIST
            told = await asyncio.gather(
                here.take_in(LIST, [written(number, name=f"x{n}")], Instant(n), f"x{n}", Dedupe.CAMPAIGN),
                there.take_in(into, [of_list(into, number, f"y{n}")], Instant(n), f"y{n}", Dedupe.CAMPAIGN),
            )
            assert sorted(one.added for one in told) == [0, 1]
            assert [one.fault.field for intake in told for one in intake.rejected] == ["numbers"]
    finally:
        await other.close()
    assert sorted(one.number for one in await leads.holders(numbers)) == numbers


async def test_two_imports_at_once_do_not_make_more_leads_than_there_may_be(
    url: str, store: Store, leads: LeadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.lead_import.MOST_LEADS", 3)
    other = Store(url)
    await other.open()
    try:
        told = await asyncio.gather(
            LeadImport(leads, DncStore(store)).take_in(
                LIST, [written(MIA), written(TOM)], Instant(1), "may", Dedupe.CAMPAIGN
            ),
            LeadImport(LeadStore(other), DncStore(other)).take_in(
                LIST, [written(LEA), written(NOA)], Instant(1), "june", Dedupe.CAMPAIGN
            ),
            return_exceptions=True,
        )
    finally:
        await other.close()
    assert sorted(type(one).__name__ for one in told) == ["Intake", "TooManyLeads"]
    assert await leads.count() == 2


async def test_who_stands_on_a_do_not_call_list_is_told(intake: LeadImport, store: Store) -> None:
    lists = DncStore(store)
    for kind, campaign in ((ListKind.INTERNAL, None), (ListKind.CAMPAIGN, SPRING), (ListKind.CAMPAIGN, "x")):
        where = None if campaign is None else CampaignId(campaign)
        entry = Listing(number=MIA, kind=kind, campaign_id=where, at=Instant(1), by="ana", reason="so")
        await lists.add(entry)
    told = await intake.take_in(LIST, [written(TOM), written(MIA)], Instant(8), "june", Dedupe.CAMPAIGN)
    assert told.added == 2
    assert [(one.place, one.fault.field, one.fault.why) for one in told.notes] == [
        (1, "do_not_call", f"{MIA} stands on the list campaign:spring and internal")
    ]


async def test_there_is_an_end_to_how_many_leads_a_house_has(
    intake: LeadImport, leads: LeadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.lead_import.MOST_LEADS", 2)
    await intake.take_in(LIST, [written(MIA), written(TOM)], Instant(7), "may", Dedupe.CAMPAIGN)
    with pytest.raises(TooManyLeads, match="2 leads are kept, and 2 is all"):
        await intake.take_in(LIST, [written(MIA), written(LEA)], Instant(8), "june", Dedupe.CAMPAIGN)
    assert await leads.count() == 2
    again = await intake.take_in(LIST, [written(MIA), written(TOM)], Instant(9), "june", Dedupe.CAMPAIGN)
    assert again.unchanged == 2
