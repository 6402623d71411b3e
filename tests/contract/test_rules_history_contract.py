"""What the history of the rules promises, kept by SQLite and by a real PostgreSQL alike."""

from dataclasses import replace

import pytest

from acd.instant import Instant
from cti.rules_history import RulesHistory, VersionTaken
from cti.rules_version import RulesVersion, VersionState
from cti.store import Store, StoreUnavailable


@pytest.fixture
def history(store: Store) -> RulesHistory:
    return RulesHistory(store)


def version(number: int, *, due: int = 0) -> RulesVersion:
    return RulesVersion(
        version=number,
        at=Instant(number * 1000),
        author="Zoë",
        comment=f"change {number}: more \N{SNOWMAN}\0",
        document=f'{{"queues":[],"number":{number}}}',
        scheduled_for=Instant(due or number * 1000),
    )


async def test_what_is_published_is_told_as_it_was(history: RulesHistory) -> None:
    assert await history.versions(10) == []
    assert await history.version(1) is None
    await history.publish(version(1))
    told = await history.version(1)
    assert told == replace(version(1), comment="change 1: more \N{SNOWMAN}\N{REPLACEMENT CHARACTER}")
    assert told is not None
    assert len(told.digest) == 64


async def test_a_number_is_given_once(history: RulesHistory) -> None:
    await history.publish(version(1))
    with pytest.raises(VersionTaken):
        await history.publish(replace(version(1), author="somebody else"))
    told = await history.version(1)
    assert told is not None
    assert told.author == "Zoë"


async def test_one_version_is_in_force(history: RulesHistory) -> None:
    assert await history.in_force() is None
    for number in (1, 2):
        await history.publish(version(number))
        await history.adopted(number, Instant(number * 2000))
    told = [(v.version, v.state, v.adopted_at) for v in await history.versions(10)]
    assert told == [(2, VersionState.IN_FORCE, 4000), (1, VersionState.REPLACED, 2000)]
    in_force = await history.in_force()
    assert in_force is not None
    assert in_force.version == 2
    await history.adopted(2, Instant(9000))  # told twice
    assert (await history.versions(1))[0].adopted_at == 4000


async def test_scheduled_versions_come_by_their_time(history: RulesHistory) -> None:
    for number, due in ((1, 9000), (2, 5000), (3, 7000)):
        await history.publish(version(number, due=due))
    assert [v.version for v in await history.scheduled()] == [2, 3, 1]
    assert await history.cancel(3)
    assert not await history.cancel(3)
    assert not await history.cancel(77)
    await history.adopted(2, Instant(5001))
    assert not await history.cancel(2)
    assert [v.version for v in await history.scheduled()] == [1]


async def test_the_history_is_told_page_by_page(history: RulesHistory) -> None:
    for number in range(1, 6):
        await history.publish(version(number))
    assert [v.version for v in await history.versions(2)] == [5, 4]
    assert [v.version for v in await history.versions(2, before=4)] == [3, 2]
    assert await history.versions(0) == []
    assert [v.version for v in await history.versions(9, before=2**80)] == [5, 4, 3, 2, 1]


async def test_a_closed_store_says_so(store: Store, history: RulesHistory) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await history.in_force()
    with pytest.raises(StoreUnavailable):
        await history.publish(version(1))
