"""Services as flows ask them, well-behaved and other ones. Each fault is a :class:`NoAnswer` at worst."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from acd.customer import Customer
from acd.ids import CustomerId
from acd.instant import Instant
from cti.customer_facts import facts_from, facts_kept
from cti.customer_store import CustomerStore
from cti.customers import CustomerRecord, DirectoryUnavailable
from cti.lookups import CUSTOMERS_AT_ONCE, MOST_BYTES, LookupDesk
from cti.store import Store
from ivr.happenings import Answered, NothingThere
from ivr.lookups import NoAnswer
from ivr.question import CustomerQuestion, Json, Method, ServiceQuestion
from ivr.values import Secret, Value
from tests.cti.bad_service import (
    Says,
    Service,
    a_service,
    answers,
    hangs,
    never_ends,
    never_ends_its_head,
    raw,
    sends,
)


async def nobody(number: str) -> Json:
    return None


def question(path: str = "", method: Method = "GET", **more: Any) -> ServiceQuestion:
    return ServiceQuestion(service="bank", method=method, path=path, **more)


@asynccontextmanager
async def a_desk(service: Service, **config: object) -> AsyncIterator[LookupDesk]:
    desk = LookupDesk({"bank": service.config(**config)}, nobody)
    yield desk
    await desk.close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with a_service() as service:
        yield service


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[LookupDesk]:
    async with a_desk(service) as desk:
        yield desk


async def test_an_answer_is_read_with_its_money_exact(service: Service, desk: LookupDesk) -> None:
    service.says = [sends(b'{"balance": 1234.50, "n": 3, "who": ["\xc3\x96"]}')]
    said = await desk.ask(question("/accounts/47%2F11", query=(("a b", "ü&x=1"), ("c", ""))), "k")
    assert said == Answered(data={"balance": Decimal("1234.50"), "n": 3, "who": ["Ö"]})
    [heard] = service.heard
    assert heard.line == "GET /api/accounts/47%2F11?a%20b=%C3%BC%26x%3D1&c= HTTP/1.1"
    assert heard.headers["accept-encoding"] == "identity"
    assert "idempotency-key" not in heard.headers


async def test_nothing_a_service_says_about_one_caller_goes_with_the_question_of_the_next(
    service: Service, desk: LookupDesk
) -> None:
    """A cookie of the bank's is the session of whom it was given to."""
    service.says = [answers({}, 200, "Set-Cookie: session=of-the-first; Path=/"), answers({})]
    for key in ("first", "second"):
        await desk.ask(question("/login"), key)
    assert ["cookie" in heard.headers for heard in service.heard] == [False, False]


async def test_a_body_is_json_and_reveals_what_is_secret(service: Service, desk: LookupDesk) -> None:
    body: dict[str, Value] = {
        "pin": Secret('12"34'),
        "sum": Decimal("1.50"),
        "day": date(2026, 1, 2),
        "yes": True,
        "none": None,
    }
    await desk.ask(question(method="POST", body=body), "key-1")
    [heard] = service.heard
    assert heard.line == "POST /api/ HTTP/1.1"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["idempotency-key"] == "key-1"
    assert json.loads(heard.body) == {
        "pin": '12"34',
        "sum": "1.50",
        "day": "2026-01-02",
        "yes": True,
        "none": None,
    }


async def test_the_configuration_adds_token_headers_and_a_query(service: Service) -> None:
    service.url = service.url.rstrip("/") + "?tenant=7"
    async with a_desk(service, token="s3cret", headers={"X-House": "ours"}) as desk:
        await desk.ask(question("/x", query=(("a", "1"),)), "k")
    [heard] = service.heard
    assert heard.line == "GET /api/x?tenant=7&a=1 HTTP/1.1"
    assert (heard.headers["authorization"], heard.headers["x-house"]) == ("Bearer s3cret", "ours")


@pytest.mark.parametrize(
    ("says", "said"),
    [
        (answers({}, 404), NothingThere()),
        (sends(b"gone", 404), NothingThere()),
        (raw(b"HTTP/1.1 204 X\r\n\r\n"), Answered(data=None)),
        (answers({"id": 1}, 201), Answered(data={"id": 1})),
        (answers([1]), Answered(data=[1])),
        (sends(b"null"), Answered(data=None)),
        (raw(b'HTTP/1.1 200 X\r\nConnection: close\r\n\r\n{"a": 1}'), Answered(data={"a": 1})),
    ],
)
async def test_other_answers_that_are_none_of_a_fault(
    service: Service, desk: LookupDesk, says: Says, said: object
) -> None:
    service.says = [says]
    assert await desk.ask(question(), "k") == said


@pytest.mark.parametrize(
    ("says", "reason", "again"),
    [
        (answers({}, 500), "it says 500", True),
        (answers({}, 503), "it says 503", True),
        (answers({}, 429), "it says 429", True),
        (answers({}, 400), "it says 400", False),
        (answers({}, 302, "Location: http://127.0.0.1:1/"), "it says 302", False),
        (answers({}, 302, "Location: http://[::1"), "cannot be reached", True),
        (answers({}, 302, "Location: http://xn--\xff.\u00e9:99999999/"), "cannot be reached", True),
        (answers({}, 500, "Set-Cookie: \xff=; Max-Age=x; Expires=99999"), "it says 500", True),
        (sends(b""), "not JSON", False),
        (sends(b"<html>"), "not JSON", False),
        (sends(b'{"a": NaN}'), "not JSON", False),
        (sends(b'{"a": 1e99999999999999999999}'), "not JSON", False),
        (sends(b'{"a": ' + b"9" * 5000 + b"}"), "not JSON", False),
        (sends(b"\xff\xfe\xfd"), "not JSON", False),
        (sends(b"[" * 60_000), "not JSON", False),
        (sends(b"[" * 30_000 + b"]" * 30_000), "not JSON", False),
        (sends(b'"' + b"x" * MOST_BYTES + b'"'), "longer than", False),
        (sends(gzip.compress(b" " * 50_000_000), 200, "Content-Encoding: gzip"), "compressed", False),
        (never_ends, "longer than", False),
        (never_ends_its_head, "cannot be reached", True),
        (raw(b""), "cannot be reached", True),
        (raw(b"HTTP/1.1 200"), "cannot be reached", True),
        (raw(b"SSH-2.0-OpenSSH\r\n"), "cannot be reached", True),
        (raw(b"HTTP/1.1 200 X\r\nContent-Length: 50\r\n\r\n{}"), "cannot be reached", True),
        (raw(b"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n{}"), "cannot be reached", True),
        (raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "cannot be reached", True),
        (raw(b"\0" * 1000), "cannot be reached", True),
    ],
)
async def test_whatever_a_service_does_is_no_answer_at_worst(
    service: Service, desk: LookupDesk, says: Says, reason: str, again: bool
) -> None:
    service.says = [says]
    with pytest.raises(NoAnswer, match=reason) as found:
        await desk.ask(question(), "k")
    assert found.value.again is again


async def test_a_service_that_is_not_there_cannot_be_reached(service: Service) -> None:
    service.url = "http://127.0.0.1:9/"
    async with a_desk(service) as desk:
        with pytest.raises(NoAnswer, match="cannot be reached: ConnectError"):
            await desk.ask(question(), "k")


async def test_a_question_given_up_leaves_nothing_behind(service: Service) -> None:
    service.says = [hangs]
    async with a_desk(service, most_at_once=1) as desk:
        for _ in range(3):
            asking = asyncio.create_task(desk.ask(question(), "k"))
            await service.asked.wait()
            service.asked.clear()
            with pytest.raises(NoAnswer, match="too many questions at once"):
                await desk.ask(question(), "k")
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        service.says = [answers({"a": 1})]
        assert await desk.ask(question(), "k") == Answered(data={"a": 1})
    assert len(service.heard) == 4


@pytest.mark.parametrize("path", ["/" + "x" * 5000, "/\n", "/é"])
async def test_a_path_that_cannot_be_sent_is_not_sent(service: Service, desk: LookupDesk, path: str) -> None:
    with pytest.raises(NoAnswer, match="a path"):
        await desk.ask(question(path), "k")
    assert service.heard == []


async def test_an_unknown_service_is_no_answer(desk: LookupDesk) -> None:
    with pytest.raises(NoAnswer, match="no service is called 'crm'"):
        await desk.ask(ServiceQuestion(service="crm", method="GET"), "k")


async def test_nothing_asked_or_answered_gets_into_the_log(
    service: Service, desk: LookupDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service.says = [answers({"balance": 987654}, 500)]
    with pytest.raises(NoAnswer) as found:
        await desk.ask(question("/accounts/4711", method="POST", body={"pin": Secret("1234")}), "k")
    told = caplog.text + str(found.value) + repr(found.value)
    assert not [word for word in ("4711", "1234", "987654") if word in told]


# -- customers ----------------------------------------------------------------------------------


def customers_desk(customers: Callable[[str], Any]) -> LookupDesk:
    return LookupDesk({}, customers)


async def test_customers_kept_here_are_told_with_all_that_is_kept(tmp_path: Any) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}")
    await store.open()
    kept = CustomerStore(store, "FR")
    mia = CustomerRecord(
        customer_id=CustomerId("c-1"),
        name="Mia",
        numbers=("+33123456789",),
        segment="gold",
        attributes={"contract": "A-7"},
    )
    assert await kept.put([mia], Instant(1)) == []
    desk = customers_desk(facts_kept(kept))
    said = await desk.ask(CustomerQuestion(number="0123456789"), "k")
    assert said == Answered(
        data={
            "id": "c-1",
            "segment": "gold",
            "language": None,
            "own_agent": None,
            "last_agent": None,
            "name": "Mia",
            "preferences": {},
            "attributes": {"contract": "A-7"},
        }
    )
    assert await desk.ask(CustomerQuestion(number="999"), "k") == NothingThere()
    await desk.close()
    await store.close()
    with pytest.raises(NoAnswer):
        await desk.ask(CustomerQuestion(number="0123456789"), "k")


class Directory:
    def __init__(self, found: Customer | Exception | None) -> None:
        self.found = found
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def find(self, number: str) -> Customer | None:
        await self.goes_on.wait()
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def close(self) -> None:
        pass


async def test_customers_of_a_crm_are_told_as_routing_knows_them() -> None:
    mia = Customer(customer_id=CustomerId("c-1"), segment="gold", language="fr")
    said = await customers_desk(facts_from(Directory(mia))).ask(CustomerQuestion(number="1"), "k")
    assert said == Answered(
        data={"id": "c-1", "segment": "gold", "language": "fr", "own_agent": None, "last_agent": None}
    )


async def test_a_directory_that_is_away_is_no_answer() -> None:
    desk = customers_desk(facts_from(Directory(DirectoryUnavailable("the CRM says 500"))))
    with pytest.raises(NoAnswer, match="the CRM says 500") as found:
        await desk.ask(CustomerQuestion(number="1"), "k")
    assert found.value.again


async def test_questions_to_a_directory_that_hangs_are_few_and_end_with_the_desk() -> None:
    directory = Directory(None)
    directory.goes_on.clear()
    desk = customers_desk(facts_from(directory))
    asking = [
        asyncio.create_task(desk.ask(CustomerQuestion(number="1"), "k")) for _ in range(CUSTOMERS_AT_ONCE)
    ]
    await asyncio.sleep(0)
    with pytest.raises(NoAnswer, match="too many"):
        await desk.ask(CustomerQuestion(number="1"), "k")
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await desk.close()
