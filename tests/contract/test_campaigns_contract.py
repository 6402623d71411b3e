"""What the campaigns' store promises, kept by SQLite and by a real PostgreSQL alike."""

import pytest

from acd.instant import Instant
from cti.campaign_store import CampaignStore, CampaignTaken
from cti.store import Store
from dialer.campaign import CampaignState
from dialer.ids import CampaignId

AUTUMN, SPRING = CampaignId("autumn"), CampaignId("spring")
FIRST, SECOND = "title: Autumn  # ein Wort über den Herbst\n", "title: Late autumn\n"


@pytest.fixture
def campaigns(store: Store) -> CampaignStore:
    return CampaignStore(store)


async def test_a_campaign_begins_as_a_draft_and_keeps_its_text(campaigns: CampaignStore) -> None:
    made = await campaigns.create(AUTUMN, FIRST, Instant(5), "ben", "for the autumn")
    assert made.state is CampaignState.DRAFT
    assert (made.version.version, made.version.document) == (1, FIRST)
    await campaigns.create(SPRING, SECOND, Instant(6), "ben", "")
    assert [one.campaign_id for one in await campaigns.all()] == [AUTUMN, SPRING]
    assert await campaigns.get(AUTUMN) == made
    assert await campaigns.get(CampaignId("winter")) is None


async def test_no_name_is_given_twice(campaigns: CampaignStore) -> None:
    await campaigns.create(AUTUMN, FIRST, Instant(5), "ben", "")
    with pytest.raises(CampaignTaken, match="there is a campaign autumn already"):
        await campaigns.create(AUTUMN, SECOND, Instant(6), "eva", "")
    assert [one.author for one in await campaigns.versions(AUTUMN)] == ["ben"]


async def test_of_two_who_change_the_same_version_one_is_told_so(campaigns: CampaignStore) -> None:
    await campaigns.create(AUTUMN, FIRST, Instant(5), "ben", "")
    changed = await campaigns.change(AUTUMN, 1, SECOND, Instant(7), "eva", "later")
    assert changed is not None
    assert changed.version == 2
    with pytest.raises(CampaignTaken, match="version 2 is in force; this change was made for version 1"):
        await campaigns.change(AUTUMN, 1, FIRST, Instant(8), "ben", "")
    kept = await campaigns.get(AUTUMN)
    assert kept is not None
    assert (kept.version, kept.state, kept.since) == (changed, CampaignState.DRAFT, 5)
    assert [one.version for one in await campaigns.versions(AUTUMN)] == [2, 1]
    assert await campaigns.change(SPRING, 1, FIRST, Instant(8), "ben", "") is None


async def test_a_version_that_was_taken_back_keeps_its_number(campaigns: CampaignStore) -> None:
    first = (await campaigns.create(AUTUMN, FIRST, Instant(5), "ben", "")).version
    await campaigns.change(AUTUMN, 1, SECOND, Instant(7), "eva", "")
    await campaigns.take_back(first)
    kept = await campaigns.get(AUTUMN)
    assert kept is not None
    assert kept.version == first
    again = await campaigns.change(AUTUMN, 1, SECOND, Instant(9), "eva", "")
    assert again is not None
    assert again.version == 3


async def test_what_was_removed_stays_on_record(campaigns: CampaignStore) -> None:
    await campaigns.create(AUTUMN, FIRST, Instant(5), "ben", "")
    assert await campaigns.remove(AUTUMN)
    assert not await campaigns.remove(AUTUMN)
    assert await campaigns.all() == []
    assert [one.document for one in await campaigns.versions(AUTUMN)] == [FIRST]
    again = await campaigns.create(AUTUMN, SECOND, Instant(9), "eva", "")
    assert again.version.version == 2
