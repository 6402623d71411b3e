"""Customers over HTTP: kept, found, imported, and seen by the desk whose phone rings."""

from typing import Any

import httpx
import pytest

from acd.call_signals import CallerHungUp
from acd.customer import Customer
from acd.ids import AgentId, CustomerId
from cti.config import CustomersConfig
from tests.api.fake_engine import FakeEngine

MIA: dict[str, Any] = {
    "name": "Mia Ölström",
    "numbers": ["01 23 45 67 89", "0033 1 23 45 67 80", "1002"],
    "segment": "gold",
    "language": "fr",
    "own_agent": "ana",
    "preferences": {"hours": "mornings"},
    "attributes": {"contract": "A-7"},
}


async def keeps(http: httpx.AsyncClient, name: str = "mia", **changes: Any) -> dict[str, Any]:
    answer = await http.put(f"/customers/{name}", json=MIA | changes)
    assert answer.status_code == 200, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


async def test_a_customer_is_kept_found_changed_and_forgotten(http: httpx.AsyncClient) -> None:
    kept = await keeps(http)
    assert kept["numbers"] == ["+33123456789", "+33123456780", "1002"]
    assert (kept["last_agent"], kept["last_contact_at"]) == (None, None)
    assert (await http.get("/customers/mia")).json() == kept
    for number in ("+33123456789", "0123456780", "1002"):
        page = (await http.get("/customers", params={"number": number})).json()
        assert [c["customer_id"] for c in page["customers"]] == ["mia"]
    await keeps(http, numbers=["1002"], segment=None)
    assert (await http.get("/customers", params={"number": "0123456789"})).json()["customers"] == []
    assert (await http.delete("/customers/mia")).json() == {"customer_id": "mia"}
    assert (await http.get("/customers/mia")).status_code == 404
    assert (await http.delete("/customers/mia")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"numbers": ["4915112345678"]}, ["body", "numbers"], "(did you mean +4915112345678?)"),
        ({"numbers": ["anna"]}, ["body", "numbers"], "no telephone number"),
        ({"numbers": ["1002"] * 21}, ["body", "numbers"], "at most 20"),
        ({"own_agent": "anna"}, ["body", "own_agent"], "(did you mean 'ana'?)"),
        ({"segment": "Gold"}, ["body", "segment"], "lower-case"),
        ({"language": "french!"}, ["body", "language"], "language tag"),
        ({"name": "a\r\nb"}, ["body", "name"], "control characters"),
        ({"preferences": {"a": "x" * 501}}, ["body", "preferences", "a"], "at most 500"),
        ({"attributes": {f"a{n}": "" for n in range(31)}}, ["body", "attributes"], "at most 30"),
        ({"nmae": "x"}, ["body", "nmae"], "not permitted"),
    ],
)
async def test_what_is_wrong_with_a_customer_is_told(
    http: httpx.AsyncClient, change: dict[str, Any], field: list[str], told: str
) -> None:
    answer = await http.put("/customers/mia", json=MIA | change)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == field
    assert told in problem["msg"]
    assert (await http.get("/customers/mia")).status_code == 404


async def test_another_ones_number_is_refused(http: httpx.AsyncClient) -> None:
    await keeps(http)
    answer = await http.put("/customers/tom", json={"numbers": ["1002"]})
    assert (answer.status_code, answer.json()["detail"]) == (409, "1002 is mia's already")


async def test_customers_come_page_by_page(http: httpx.AsyncClient) -> None:
    for n in range(5):
        await keeps(http, f"c{n}", numbers=[], segment="gold" if n % 2 else "silver")
    first = (await http.get("/customers", params={"limit": 3})).json()
    rest = (await http.get("/customers", params={"limit": 3, "after": first["next"]})).json()
    assert [c["customer_id"] for c in first["customers"] + rest["customers"]] == [f"c{n}" for n in range(5)]
    assert rest["next"] is None
    gold = (
        await http.get("/customers", params={"segment": "gold", "own_agent": "ana", "text": "mia"})
    ).json()
    assert [c["customer_id"] for c in gold["customers"]] == ["c1", "c3"]


async def test_a_csv_file_is_taken_in_row_by_row(http: httpx.AsyncClient) -> None:
    await keeps(http)
    text = (
        "id,numbers,name,segment,preference.hours\r\n"
        "tom,+33 1 98 76 54 32|2002,Tom,silver,evenings\r\n"
        "thief,1002,,,\r\n"
        'lea,"0155555555;3003","Lea\nB.",,\r\n'
        "lea,0166666666,,,\r\n"
        "eva,0155555555,,,\r\n"
        "a b,1,,Gold,\r\n"
        "short,1\r\n"
        "\r\n"
        "ann,anna,,Gold,\r\n"
    )
    expected = [
        (2, 3, "thief", "numbers", "1002 is mia's already"),
        (3, 5, None, "name", "must not hold control characters"),
        (
            6,
            8,
            None,
            "id",
            "must be 1 to 64 letters, digits, dots, colons, @, hyphens and underscores, without spaces",
        ),
        (7, 9, None, "", "2 cells where the first line has 5"),
        (8, 11, None, "segment", "must be 1 to 32 lower-case letters, digits, hyphens and underscores"),
    ]
    for dry_run in (True, False):
        answer = await http.post("/customers/import", content=text.encode(), params={"dry_run": dry_run})
        report = answer.json()
        assert [tuple(r.values()) for r in report["rejected"]] == expected
        assert (report["rows"], report["taken"], report["dry_run"]) == (8, 3, dry_run)
        known = {c["customer_id"] for c in (await http.get("/customers")).json()["customers"]}
        assert known == ({"mia"} if dry_run else {"mia", "tom", "lea", "eva"})
    assert (await http.get("/customers/tom")).json()["preferences"] == {"hours": "evenings"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "line 1: the column 'id' is missing"),
        (b"id;number\n", "line 1: unknown column 'number' (did you mean 'numbers'?)"),
        (b"id,id,numbers\n", "line 1: two columns 'id'"),
        (b"[" * 200_000, "line 1: field larger than field limit (131072)"),
        (b"\xff\xfe", "the file is not UTF-8, from byte 0 on"),
        (b"id,numbers\n" + b"a,1\n" * 501, "more than 500 rows"),
        (b'id,numbers\n"a,1\n', "line 2: unexpected end of data"),
    ],
)
async def test_what_is_no_list_of_customers_is_told(http: httpx.AsyncClient, body: bytes, told: str) -> None:
    answer = await http.post("/customers/import", content=body)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


async def test_a_list_may_be_larger_than_other_bodies_but_not_without_end(http: httpx.AsyncClient) -> None:
    wide = b"id,numbers,attribute.a\n" + b"".join(b"c%d,,%s\n" % (n, b"x" * 480) for n in range(450))
    assert (await http.post("/customers/import", content=wide)).json()["taken"] == 450
    assert (await http.post("/customers/import", content=b"x" * 1_100_000)).status_code == 413
    assert (await http.put("/customers/mia", content=b"x" * 20_000)).status_code == 413


async def test_what_a_crm_keeps_cannot_be_changed_here(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    crm = CustomersConfig(url="https://crm.example/customers")
    engine.config = engine.config.model_copy(update={"customers": crm})
    for method, path in (
        ("PUT", "/customers/mia"),
        ("DELETE", "/customers/mia"),
        ("POST", "/customers/import"),
    ):
        answer = await http.request(method, path, json={})
        assert (answer.status_code, "CRM" in answer.json()["detail"]) == (409, True)


async def test_the_desk_sees_who_is_calling_and_what_we_owe_him(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await keeps(http)
    engine.runtime.post(CallerHungUp(call_id=await engine.calls("c1", "sales", caller="0123456789")))
    await engine.settles()
    call = await engine.calls("c2", "support", caller="+33123456780")
    story = (await http.get("/calls/c2")).json()
    assert story["customer"] == {
        "customer_id": "mia",
        "segment": "gold",
        "language": "fr",
        "own_agent": "ana",
        "last_agent": None,
    }
    assert (story["owed"]["customer_id"], story["owed"]["call_id"], story["owed"]["attempts"]) == (
        "mia",
        "c1",
        1,
    )
    assert story["live"]["customer_id"] == story["call"]["customer_id"] == "mia"
    (item,) = (await http.get("/unanswered")).json()
    assert (item["customer_id"], item["caller"]) == ("mia", "0123456789")

    assert (await http.put("/agents/ben/state", json={"state": "ready"})).status_code == 200
    await engine.agent_hangs_up(await engine.answers(), call)
    await engine.writes_history()
    assert (await http.get("/unanswered")).json() == []
    assert (await http.get("/customers/mia")).json()["last_agent"] == "ben"
    history = (await http.get("/calls/history", params={"customer": "mia"})).json()["calls"]
    assert [c["call_id"] for c in history] == ["c2", "c1"]
    over = (await http.get("/calls/c2")).json()
    assert (over["customer"], over["owed"], over["call"]["customer_id"]) == (None, None, "mia")
    await engine.calls("c3", "sales", caller="0123456789")
    assert (await http.get("/calls/c3")).json()["customer"]["last_agent"] == "ben"


async def test_a_change_counts_from_the_next_call_on(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await engine.calls("c1", "sales", caller="0123456789")
    await keeps(http)
    await engine.calls("c2", "sales", caller="0123456789")
    known = [engine.runtime.tables.calls[name].customer for name in engine.runtime.tables.calls]
    assert known == [
        None,
        Customer(
            customer_id=CustomerId("mia"),
            segment="gold",
            language="fr",
            own_agent=AgentId("ana"),
            numbers=("+33123456789", "+33123456780", "1002"),
        ),
    ]
