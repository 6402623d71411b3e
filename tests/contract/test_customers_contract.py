"""What a directory of customers promises, kept by the store (SQLite, PostgreSQL) and a CRM alike."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from acd.call_events import CallConnected
from acd.customer import Customer
from acd.ids import AgentId, CallId, CustomerId
from acd.instant import Instant, Span
from cti.crm import MOST_BYTES, CrmDirectory
from cti.customer_store import CustomerStore, NumberTaken, WithLastAgents
from cti.customers import CustomerDirectory, CustomerRecord, DirectoryUnavailable
from cti.envelope import Envelope
from cti.journal import Position
from cti.store import Store
from tests.contract.servers import PrivatePostgres

MIA = CustomerRecord(
    customer_id=CustomerId("c-1042"),
    name="Mia Ölström",
    numbers=("+33123456789", "+4915112345678", "1002"),
    segment="gold",
    language="fr",
    own_agent=AgentId("ana"),
    preferences={"hours": "mornings"},
    attributes={"contract": "A-7"},
)
TOM = CustomerRecord(customer_id=CustomerId("tom"), numbers=("+33198765432",))
NOW = Instant(1_000_000)


GZIP = b"\x1f\x8b"


class Crm:
    """A CRM of a few lines: knows the customers above; answers otherwise when told to."""

    def __init__(self) -> None:
        self.says: tuple[int, bytes] | None = None
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.url = ""

    @asynccontextmanager
    async def opens(self) -> AsyncIterator["Crm"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/customers?tenant=7"
        yield self
        server.close()
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked = parse_qs(urlsplit(head.split()[1]).query, keep_blank_values=True)
        assert asked["tenant"] == ["7"]
        (number,) = asked["number"]
        self.asked.append(number)
        self.tokens += [line[15:] for line in head.split("\r\n") if line.lower().startswith("authorization:")]
        status, body = self.says or self._known(number)
        packed = "Content-Encoding: gzip\r\n" if body.startswith(GZIP) else ""
        answer = f"HTTP/1.1 {status} X\r\n{packed}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(answer.encode() + body)
        with suppress(OSError):
            await writer.drain()
        writer.close()

    def _known(self, number: str) -> tuple[int, bytes]:
        for record in (MIA, TOM):
            if number in record.numbers:
                said = {"id": record.customer_id, "segment": record.segment, "language": record.language}
                said |= {"own_agent": record.own_agent, "name": record.name, "more": [1, 2]}
                return 200, json.dumps(said).encode()
        return 404, b""


@pytest.fixture
def customers(store: Store) -> CustomerStore:
    return CustomerStore(store, "FR")


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    async with Crm().opens() as crm:
        yield crm


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres), "crm"])
async def directory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CustomerDirectory]:
    if request.param == "crm":
        async with Crm().opens() as crm:
            asked = CrmDirectory(crm.url, region="FR")
            yield asked
            await asked.close()
        return
    url = f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}"
    if request.param == "postgres":
        server: PrivatePostgres = request.getfixturevalue("postgres")
        url = await server.new_database()
    opened = Store(url)
    await opened.open()
    kept = CustomerStore(opened, "FR")
    assert await kept.put([MIA, TOM], NOW) == []
    yield kept
    await opened.close()


# -- every directory ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown",
    ["+33123456789", "0033123456789", "33123456789", "0123456789", "123456789", "01 23 45 67 89", "1002"],
)
async def test_a_customer_is_found_however_his_number_is_written(
    directory: CustomerDirectory, shown: str
) -> None:
    found = await directory.find(shown)
    assert found is not None
    assert found.numbers in ((), MIA.numbers)  # a CRM need not tell them
    assert replace(found, numbers=()) == Customer(
        customer_id=CustomerId("c-1042"), segment="gold", language="fr", own_agent=AgentId("ana")
    )


@pytest.mark.parametrize(
    "shown", ["+33123456780", "23456789", "unknown", "", "0", "+" * 50, "9" * 300, "a\0b"]
)
async def test_whoever_nobody_knows_is_nobody(directory: CustomerDirectory, shown: str) -> None:
    assert await directory.find(shown) is None


async def test_many_may_ask_at_once(directory: CustomerDirectory) -> None:
    found = await asyncio.gather(*(directory.find(n) for n in ("0123456789", "0198765432", "1") * 10))
    assert [c.customer_id if c else None for c in found] == ["c-1042", "tom", None] * 10


# -- the store ----------------------------------------------------------------------------------


async def test_all_of_a_customer_is_kept_and_replaced(customers: CustomerStore) -> None:
    assert await customers.put([MIA], NOW) == []
    assert await customers.get(MIA.customer_id) == MIA
    assert await customers.by_number("0123456789") == MIA
    changed = CustomerRecord(customer_id=MIA.customer_id, numbers=("+33111111111", "1002"))
    assert await customers.put([changed], NOW) == []
    assert await customers.get(MIA.customer_id) == changed
    assert await customers.by_number("0123456789") is None
    assert await customers.delete(MIA.customer_id)
    assert not await customers.delete(MIA.customer_id)
    assert await customers.get(MIA.customer_id) is None
    assert await customers.put([CustomerRecord(customer_id=CustomerId("new"), numbers=("1002",))], NOW) == []


async def test_no_two_customers_share_a_number(customers: CustomerStore) -> None:
    assert await customers.put([MIA], NOW) == []
    thief = CustomerRecord(customer_id=CustomerId("thief"), numbers=("+33555555555", "1002"))
    again = CustomerRecord(customer_id=CustomerId("again"), numbers=("+33198765432",))
    for dry_run in (True, False):
        assert await customers.put([thief, TOM, again], NOW, dry_run=dry_run) == [
            NumberTaken(thief.customer_id, "1002", MIA.customer_id),
            NumberTaken(again.customer_id, "+33198765432", TOM.customer_id),
        ]
        assert (await customers.get(TOM.customer_id) is None) == dry_run
    assert await customers.get(thief.customer_id) is None
    assert await customers.by_number("0555555555") is None


async def test_customers_come_page_by_page_and_are_searched(customers: CustomerStore) -> None:
    many = [
        CustomerRecord(
            customer_id=CustomerId(f"c-{n:04d}"),
            name="50% & Söhne" if n == 7 else f"Person {n}",
            segment="gold" if n % 2 else None,
            own_agent=AgentId("ana") if n % 3 == 0 else None,
        )
        for n in range(1100)
    ]
    assert await customers.put(many, NOW) == []
    seen, after = list[str](), None
    while page := await customers.page(10_000, after):
        assert len(page) <= 500
        seen += [record.customer_id for record in page]
        after = page[-1].customer_id
    assert seen == [record.customer_id for record in many]
    assert len(await customers.page(20, segment="gold", own_agent=AgentId("ana"))) == 20
    assert [r.customer_id for r in await customers.page(5, text="50%")] == ["c-0007"]
    assert [r.customer_id for r in await customers.page(5, text="person 42")][:1] == ["c-0042"]
    assert [r.customer_id for r in await customers.page(5, text="c-1099")] == ["c-1099"]
    assert await customers.page(5, text="%") == []


async def test_who_talked_with_a_customer_last_survives_a_change_of_his_record(
    store: Store, customers: CustomerStore
) -> None:
    connected = CallConnected(
        call_id=CallId("c1"),
        agent_id=AgentId("ben"),
        queue_id=None,
        waited=Span(0),
        customer_id=MIA.customer_id,
    )
    await customers.put([MIA], NOW)
    envelope = Envelope(run="r", seq=1, at=NOW, cause=None, message=connected)
    await store.write([envelope], Position("s", 1))
    await customers.put([MIA], NOW)
    found = await customers.find("1002")
    assert found is not None
    assert found.last_agent == "ben"
    record = await customers.get(MIA.customer_id)
    assert record is not None
    assert record.last_contact_at == NOW


# -- a CRM --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, b"", "the CRM says 500"),
        (301, b"", "the CRM says 301"),
        (200, b"<html>", "not understood: its answer: Invalid JSON"),
        (200, b"[]", "not understood: its answer"),
        (200, b"{}", "not understood: id: Field required"),
        (200, b'{"id": 7}', "not understood: id: Input should be a valid string"),
        (200, b'{"id": "a b"}', "not understood: id: Value error, must be 1 to 64"),
        (200, b'{"id": "a", "segment": "x\\r\\ny"}', "not understood: segment"),
        (200, b'{"id": "a", "language": "french!"}', "not understood: language"),
        (200, b" " * (MOST_BYTES + 1), "longer than"),
        (200, gzip.compress(b" " * 50_000_000), "compressed"),
    ],
)
async def test_what_a_crm_says_is_checked(crm: Crm, status: int, body: bytes, told: str) -> None:
    crm.says = status, body
    directory = CrmDirectory(crm.url, region="FR")
    with pytest.raises(DirectoryUnavailable, match=told):
        await directory.find("0123456789")
    crm.says = 204, b""
    assert await directory.find("0123456789") is None
    await directory.close()


async def test_a_crm_is_asked_by_the_one_form_of_a_number_and_with_its_token(crm: Crm) -> None:
    directory = CrmDirectory(crm.url, region="FR", token="s3cret")
    await directory.find("01 23 45 67 89")
    assert (crm.asked, crm.tokens) == (["+33123456789"], ["Bearer s3cret"])
    await directory.close()


async def test_a_crm_that_is_not_there_is_named_without_its_token() -> None:
    directory = CrmDirectory("http://127.0.0.1:1/", region=None, token="s3cret")
    with pytest.raises(DirectoryUnavailable) as told:
        await directory.find("+33123456789")
    assert "s3cret" not in str(told.value)
    await directory.close()


async def test_a_crm_need_not_know_who_talked_with_its_customers_last(store: Store, crm: Crm) -> None:
    connected = CallConnected(
        call_id=CallId("c1"),
        agent_id=AgentId("ben"),
        queue_id=None,
        waited=Span(0),
        customer_id=TOM.customer_id,
    )
    await store.write([Envelope(run="r", seq=1, at=NOW, cause=None, message=connected)], Position("s", 1))
    directory = WithLastAgents(CrmDirectory(crm.url, region="FR"), store)
    tom, mia = await directory.find("0198765432"), await directory.find("0123456789")
    assert tom is not None
    assert mia is not None
    assert (tom.last_agent, mia.last_agent) == ("ben", None)
    await store.close()
    tom = await directory.find("0198765432")
    assert tom is not None
    assert tom.last_agent is None
    await directory.close()
