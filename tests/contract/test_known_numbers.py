"""Strangers are known for strangers without a look into the database, and customers never taken for them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.ids import CustomerId
from acd.instant import Instant
from cti.customer_store import CustomerStore
from cti.customers import CustomerRecord
from cti.known_numbers import LOOK_AGAIN_S, KnownNumbers
from cti.store import Store, StoreUnavailable

ANNA = CustomerRecord(customer_id=CustomerId("anna"), numbers=("+33123456789",))
BORIS = CustomerRecord(customer_id=CustomerId("boris"), numbers=("+33999999999",))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}")
    await opened.open()
    yield opened
    await opened.close()


async def test_only_strangers_are_ruled_out(store: Store) -> None:
    await CustomerStore(store, "FR").put([ANNA], Instant(1))
    known = KnownNumbers(store)
    assert not await known.rules_out("+33123456789")
    assert await known.rules_out("+33999999999")


async def test_a_stranger_costs_no_look_into_the_database(store: Store) -> None:
    known = KnownNumbers(store)
    assert await known.rules_out("+33999999999")
    await store.close()
    assert await known.rules_out("+33999999998")


async def test_who_became_a_customer_is_found_at_once(store: Store) -> None:
    customers = CustomerStore(store, "FR")
    assert await customers.find("0999999999") is None
    await customers.put([BORIS], Instant(1))
    found = await customers.find("0999999999")
    assert found is not None
    assert found.customer_id == "boris"
    await customers.delete(CustomerId("boris"))
    assert await customers.find("0999999999") is None


async def test_what_others_write_is_seen_after_a_while(store: Store) -> None:
    now = 0.0
    known = KnownNumbers(store, now=lambda: now)
    assert await known.rules_out("+33123456789")
    await CustomerStore(store, "FR").put([ANNA], Instant(1))
    now = LOOK_AGAIN_S
    assert not await known.rules_out("+33123456789")


async def test_strangers_are_told_at_once_as_long_as_that_is_sure(store: Store) -> None:
    now = 0.0
    await CustomerStore(store, "FR").put([ANNA], Instant(1))
    known = KnownNumbers(store, now=lambda: now)
    assert not known.rules_out_at_once("+33999999999")  # nobody has looked yet
    assert await known.rules_out("+33999999999")
    assert known.rules_out_at_once("+33999999999")
    assert not known.rules_out_at_once("+33123456789")
    known.forget()
    assert not known.rules_out_at_once("+33999999999")
    assert await known.rules_out("+33999999999")
    now = LOOK_AGAIN_S
    assert not known.rules_out_at_once("+33999999999")  # somebody else may have written meanwhile


async def test_no_caller_need_wait_for_the_look_at_all_numbers(store: Store) -> None:
    await CustomerStore(store, "FR").put([ANNA], Instant(1))
    customers = CustomerStore(store, "FR")
    assert not customers.is_stranger("0999999999")
    async with asyncio.timeout(10):
        running = asyncio.create_task(customers.run())
        while not customers.is_stranger("0999999999"):
            await asyncio.sleep(0.01)
        assert not customers.is_stranger("0123456789")
        running.cancel()
        await asyncio.wait({running})


async def test_a_look_that_failed_makes_nobody_sure(store: Store) -> None:
    now = 0.0
    known = KnownNumbers(store, now=lambda: now)
    await known.look()
    assert known.rules_out_at_once("+33999999999")
    now = LOOK_AGAIN_S
    await store.close()
    with pytest.raises(StoreUnavailable):
        await known.look()
    assert not known.rules_out_at_once("+33999999999")


async def test_a_customer_kept_a_moment_ago_is_no_stranger(store: Store) -> None:
    customers = CustomerStore(store, "FR")
    assert await customers.find("0123456789") is None
    assert customers.is_stranger("01 23 45 67 89")
    await customers.put([ANNA], Instant(1))
    assert not customers.is_stranger("0123456789")
    found = await customers.find("0123456789")
    assert found is not None
    assert not customers.is_stranger("0123456789")


async def test_too_many_to_keep_rule_nobody_out(store: Store) -> None:
    await CustomerStore(store, "FR").put([ANNA, BORIS], Instant(1))
    assert not await KnownNumbers(store, most=1).rules_out("+33000000000")


async def test_without_a_database_nobody_is_ruled_out(store: Store) -> None:
    await store.close()
    known = KnownNumbers(store)
    with pytest.raises(StoreUnavailable):
        await known.rules_out("+33999999999")
    assert not await known.rules_out("+33999999999")  # asked again only later; the look-up itself will tell
