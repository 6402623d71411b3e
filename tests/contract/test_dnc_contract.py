"""What the do-not-call lists promise, kept by SQLite and by a real PostgreSQL alike."""

import pytest

from acd.instant import Instant
from cti.dnc_store import Change, DncStore, ListName
from cti.envelope import Envelope
from cti.journal import Position
from cti.store import Store
from dialer.compliance.listing import Listing, ListKind
from dialer.ids import CampaignId
from dialer.signals import NumberListed

INTERNAL, NATIONAL = ListName(ListKind.INTERNAL), ListName(ListKind.NATIONAL)
SPRING = ListName(ListKind.CAMPAIGN, CampaignId("spring"))
MIA, TOM, LEA = "+33123456789", "+33155555555", "+33166666666"


@pytest.fixture
def lists(store: Store) -> DncStore:
    return DncStore(store)


def entry(number: str, name: ListName = INTERNAL, at: int = 1, reason: str = "said so\0") -> Listing:
    return Listing(
        number=number, kind=name.kind, campaign_id=name.campaign_id, at=Instant(at), by="ana", reason=reason
    )


async def on(lists: DncStore, number: str) -> list[str]:
    return [one.list_name for one in (await lists.standing(number)).listings]


async def test_a_number_stands_on_each_list_once_as_it_first_came_there(lists: DncStore) -> None:
    assert await lists.add(entry(MIA))
    assert not await lists.add(entry(MIA, at=2, reason="again"))
    assert await lists.add(entry(MIA, SPRING, at=3))
    (campaigns, internal) = (await lists.standing(MIA)).listings
    assert (internal.at, internal.by, internal.reason) == (1, "ana", "said so\N{REPLACEMENT CHARACTER}")
    assert campaigns.campaign_id == "spring"
    assert await on(lists, TOM) == []
    assert [(one.list, one.numbers) for one in await lists.summaries()] == [
        (NATIONAL, 0),
        (INTERNAL, 1),
        (SPRING, 1),
    ]


async def test_who_is_taken_off_may_be_called_and_all_of_it_stays_on_record(lists: DncStore) -> None:
    await lists.add(entry(MIA))
    assert await lists.remove(INTERNAL, MIA, Instant(5), "ben", "a mistake")
    assert not await lists.remove(INTERNAL, MIA, Instant(6), "ben", "a mistake")
    assert await on(lists, MIA) == []
    told = [(one.at, one.what, one.by, one.reason) for one in await lists.changes(MIA)]
    assert told[0] == (5, Change.REMOVED, "ben", "a mistake")
    assert [what for _, what, _, _ in told] == [Change.REMOVED, Change.ADDED]


async def test_a_register_is_replaced_when_its_file_is_in_and_not_before(lists: DncStore) -> None:
    assert await lists.take_in(NATIONAL, {MIA: "r", TOM: "r"}, Instant(1), "ana", "may") == 2
    assert (await lists.standing(MIA)).national_as_of is None
    assert await lists.finish_import(NATIONAL, "may", Instant(2), "ana", "register", replace=True) == 0
    assert (await lists.standing(LEA)).national_as_of == 2

    assert await lists.take_in(NATIONAL, {TOM: "r", LEA: "r"}, Instant(3), "ana", "june") == 1
    assert await on(lists, MIA) == ["the national list"], "June is not all there yet"
    await lists.add(entry(MIA))
    assert await lists.finish_import(NATIONAL, "june", Instant(4), "ana", "register", replace=True) == 1
    assert await on(lists, MIA) == ["the internal list"], "which is nobody else's matter"
    assert [one.number for one in await lists.page(NATIONAL, 10)] == [TOM, LEA]
    assert (await lists.standing(TOM)).listings[0].at == 1, "since May"
    assert (await lists.standing(TOM)).national_as_of == 4


async def test_changes_to_a_register_make_it_young_and_take_nobody_off(lists: DncStore) -> None:
    await lists.take_in(NATIONAL, {MIA: "r"}, Instant(1), "ana", "full")
    await lists.finish_import(NATIONAL, "full", Instant(1), "ana", "register", replace=True)
    await lists.take_in(NATIONAL, {TOM: "r"}, Instant(2), "ana", "changes")
    assert await lists.finish_import(NATIONAL, "changes", Instant(2), "ana", "changes", replace=False) == 0
    assert (await lists.standing(MIA)).national_as_of == 2
    assert await on(lists, MIA) == ["the national list"]


async def test_a_dry_run_counts_and_changes_nothing(lists: DncStore) -> None:
    await lists.add(entry(MIA))
    many = {f"+331{n:08}": "r" for n in range(2500)} | {MIA: "r"}
    assert await lists.take_in(INTERNAL, many, Instant(1), "ana", "x", dry_run=True) == 2500
    assert [one.numbers for one in await lists.summaries()] == [0, 1]
    assert await lists.take_in(INTERNAL, many, Instant(1), "ana", "x") == 2500
    page = await lists.page(INTERNAL, 10**6)
    assert len(page) == 1000
    assert (await lists.page(INTERNAL, 2, page[1].number)) == page[2:4]


async def test_who_opted_out_is_listed_from_the_journal_should_his_engine_not_live_to_do_it(
    lists: DncStore,
) -> None:
    def told(seq: int, number: str, because: str = "key 9", campaign: CampaignId | None = None) -> Envelope:
        said = NumberListed(number=number, campaign_id=campaign, by="himself", because=because)
        return Envelope(run="r", seq=seq, at=Instant(10), cause=None, message=said)

    await lists.add(entry(MIA, at=5, reason="before"))
    await lists.add(entry(LEA, at=9))
    await lists.remove(INTERNAL, LEA, Instant(11), "ben", "it was his neighbour")
    written = [
        told(1, MIA),
        told(2, TOM),
        told(3, LEA),
        told(4, "+331", because=""),
        told(5, "+332", campaign=CampaignId("c")),
    ]
    for _ in range(2):  # a batch may be written again
        await lists._store.write(written, Position(segment="s", offset=1))
    assert [(one.by, one.reason, one.at) for one in (await lists.standing(MIA)).listings] == [
        ("ana", "before", 5)
    ]
    assert [(one.by, one.reason, one.at) for one in (await lists.standing(TOM)).listings] == [
        ("himself", "key 9", 10)
    ]
    assert [(one.what, one.by) for one in await lists.changes(TOM)] == [(Change.ADDED, "himself")]
    for number in (LEA, "+331", "+332"):  # taken off since; by hand or by import; a campaign's own
        assert await on(lists, number) == []
