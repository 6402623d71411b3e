"""What the history of the flows promises, kept by SQLite and by a real PostgreSQL alike."""

from dataclasses import replace

import pytest

from acd.instant import Instant
from cti.flow_history import FlowHistory, FlowsVersion
from cti.rules_history import VersionTaken
from cti.store import Store, StoreUnavailable

TEXTS = '{"numbers":"numbers: {default: main}","flows":{"main.yaml":"# \N{SNOWMAN}"}}'


def version(number: int) -> FlowsVersion:
    return FlowsVersion(
        version=number,
        at=Instant(number * 1000),
        author="Zoë",
        comment=f"change {number}: more \N{SNOWMAN}\0",
        digest=f"{number % 2:064x}",
    )


async def test_what_is_published_is_told_as_it_was_and_the_latest_counts(store: Store) -> None:
    history = FlowHistory(store)
    assert (await history.latest(), await history.versions(10), await history.version(1)) == (None, [], None)
    for number in (1, 2, 3):
        await history.publish(version(number), TEXTS)
    told = replace(version(3), comment="change 3: more \N{SNOWMAN}\N{REPLACEMENT CHARACTER}")
    assert await history.latest() == (told, TEXTS)
    assert await history.version(3) == (told, TEXTS)
    assert [each.version for each in await history.versions(2)] == [3, 2]
    assert [each.version for each in await history.versions(10, before=3)] == [2, 1]
    assert await history.latest_of(version(1).digest) == 3
    assert await history.latest_of("f" * 64) is None


async def test_a_number_is_given_once(store: Store) -> None:
    history = FlowHistory(store)
    await history.publish(version(1), TEXTS)
    with pytest.raises(VersionTaken, match="version 1 was published by somebody else"):
        await history.publish(version(1), "{}")
    assert await history.version(1) is not None


async def test_a_store_that_is_away_says_so(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await FlowHistory(store).latest()
