"""Lists of leads over HTTP: read, taken in, told to the dialer, given back."""

import io
from collections.abc import Sequence
from typing import Any

import httpx
import openpyxl
import pytest

from acd.instant import Instant
from cti.dnc_store import DncStore
from dialer.commands import AddLeads, RemoveLead
from dialer.compliance.listing import Listing, ListKind
from dialer.ids import CampaignId
from dialer.lead import Lead
from tests.api.fake_engine import FakeEngine

DOCUMENT = "title: Spring\nmode: progressive\nqueue: sales\nmessage: [goodbye]\n"
CSV = "Nr;Name;Handy;Betrag\nA1;Mia Ölström;06 12 34 56 78;30 €\nA2;Tom;anna;5\nA3;=cmd|x;0612345679;\n"
SPRING = {"campaign": "spring", "reading": {"columns": {}, "region": None, "dedupe": "campaign"}}
FILE = {"list": "spring-a", "edition": "may"}


class Listener:
    """What the desk was told, in place of a floor."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    async def __call__(self, command: Any) -> None:
        self.told.append(command)

    @property
    def leads(self) -> list[Lead]:
        return [lead for one in self.told if isinstance(one, AddLeads) for lead in one.leads]


@pytest.fixture
async def floor(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """A campaign in a floor that notes what it is told, and a list of it."""
    listener = Listener()
    monkeypatch.setattr(engine.campaigns, "_ask", listener)
    monkeypatch.setattr(engine.campaigns, "_post", lambda _: True)
    await engine.campaigns.create(CampaignId("spring"), DOCUMENT, "zoe", "")
    listener.told.clear()
    return listener


@pytest.fixture
async def spring(floor: Listener, http: httpx.AsyncClient) -> Listener:
    made = await http.put("/lead-lists/spring-a", json=SPRING)
    assert made.status_code == 200, made.text
    return floor


def names(told: Sequence[dict[str, Any]]) -> list[str]:
    return [one["lead_id"] for one in told]


async def test_a_file_is_looked_at_taken_in_and_told_to_the_dialer(
    http: httpx.AsyncClient, spring: Listener
) -> None:
    seen = (await http.post("/leads/preview", params={"list": "spring-a"}, content=CSV.encode())).json()
    assert (seen["told"], seen["faults"]) == ("UTF-8, parted by semicolons", [])
    assert seen["reading"]["columns"] == {
        "Nr": "id",
        "Name": "name",
        "Handy": "number:mobile",
        "Betrag": "data.betrag",
    }
    assert seen["rows"][0]["lead"]["numbers"] == ["+33612345678"]
    assert seen["rows"][1]["faults"] == [
        {"row": 2, "line": 3, "field": "numbers", "why": "'anna' is no telephone number"}
    ]
    dry = (await http.post("/leads/import", params=FILE | {"dry_run": "true"}, content=CSV.encode())).json()
    assert (dry["rows"], dry["taken"], dry["added"]) == (3, 2, 2)
    assert spring.told == []

    taken = (await http.post("/leads/import", params=FILE, content=CSV.encode())).json()
    assert taken | {"dry_run": True} == dry
    assert [lead.lead_id for lead in spring.leads] == ["spring-a:A1", "spring-a:A3"]
    end = {"list": "spring-a", "edition": "may", "file": "may.csv", "by": "ana", "rows": 3, "rejected": 1}
    assert (await http.post("/leads/import/end", json=end)).json() == {"removed": 0}
    (told,) = (await http.get("/lead-lists", params={"campaign": "spring"})).json()
    assert (told["list"], told["file"], told["leads"], told["states"]) == (
        "spring-a",
        "may.csv",
        2,
        {"new": 2},
    )
    assert told["reading"]["columns"]["Handy"] == "number:mobile"

    page = (await http.get("/leads", params={"campaign": "spring", "limit": 1})).json()
    assert (names(page["leads"]), page["next"]) == (["spring-a:A1"], "spring-a:A1")
    more = (await http.get("/leads", params={"campaign": "spring", "after": page["next"]})).json()
    assert (names(more["leads"]), more["next"]) == (["spring-a:A3"], None)
    found = await http.get(
        "/leads", params={"campaign": "spring", "number": "0612345679", "list": "spring-a"}
    )
    assert names(found.json()["leads"]) == ["spring-a:A3"]
    mia = (await http.get("/leads/spring-a:A1")).json()
    assert mia == page["leads"][0]
    assert (mia["data"], mia["numbers"][0]["kind"], mia["state"]) == ({"betrag": "30 €"}, "mobile", "new")


async def test_what_is_given_back_can_be_taken_in_again(http: httpx.AsyncClient, spring: Listener) -> None:
    await http.post("/leads/import", params=FILE, content=CSV.encode())
    given = await http.get("/leads/export", params={"campaign": "spring"})
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    assert given.text.splitlines()[2].startswith("A3,+33612345679,'=cmd|x,")  # no spreadsheet will run it
    spring.told.clear()
    dry = await http.post("/leads/import", params=FILE | {"edition": "again"}, content=CSV.encode())
    assert (dry.json()["unchanged"], spring.told) == (2, [])
    await http.put("/lead-lists/spring-a", json=SPRING)  # columns are guessed anew
    again = await http.post("/leads/import", params=FILE | {"edition": "more"}, content=given.content)
    assert (again.json()["unchanged"], again.json()["changed"], again.json()["rejected"]) == (2, 0, [])
    nobody = await http.get("/leads/export", params={"campaign": "autumn"})
    assert (nobody.status_code, nobody.json()["detail"]) == (404, "there is no list of a campaign autumn")


async def test_a_workbook_is_taken_in_like_a_text(http: httpx.AsyncClient, spring: Listener) -> None:
    book = openpyxl.Workbook()
    book.active.append(("Phone", "First name", "Last name"))
    book.active.append((33612345678, "Mia", "Ölström"))
    stream = io.BytesIO()
    book.save(stream)
    taken = (await http.post("/leads/import", params=FILE, content=stream.getvalue())).json()
    assert taken["added"] == 1
    assert [(lead.lead_id, lead.name) for lead in spring.leads] == [
        ("spring-a:tel33612345678", "Mia Ölström")
    ]


async def test_leads_come_one_by_one_and_say_something_new(http: httpx.AsyncClient, spring: Listener) -> None:
    lead = {"id": "7", "numbers": ["0612345678"], "name": "Mia"}
    body = {"list": "spring-a", "leads": [lead, {"numbers": ["1001"]}]}
    added = (await http.post("/leads", json=body)).json()
    assert (added["added"], [one["why"] for one in added["rejected"]]) == (
        1,
        ["'1001' is a number of the house at best; leads are outside"],
    )
    again = await http.post("/leads", json={"list": "spring-a", "leads": [lead | {"name": "Mia Ö."}]})
    assert (again.json()["changed"], [lead.name for lead in spring.leads]) == (1, ["Mia", "Mia Ö."])
    wrong = await http.post("/leads", json={"list": "spring-a", "leads": [lead | {"zone": "Paris"}]})
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["loc"] == ["body", "leads", 0, "zone"]


async def test_who_is_not_in_the_file_any_more_is_taken_off(
    http: httpx.AsyncClient, spring: Listener
) -> None:
    await http.post("/leads/import", params=FILE, content=CSV.encode())
    rest = b"Nr;Name;Handy;Betrag\nA3;Lea;0612345679;\n"
    await http.post("/leads/import", params=FILE | {"edition": "june"}, content=rest)
    end = {"list": "spring-a", "edition": "june", "file": "june.csv", "by": "ana", "rows": 1, "rejected": 0}
    spring.told.clear()
    assert (await http.post("/leads/import/end", json=end | {"replace": True})).json() == {"removed": 1}
    (removed,) = spring.told
    assert isinstance(removed, RemoveLead)
    assert (removed.lead_id, removed.because, removed.by) == (
        "spring-a:A1",
        "not in june.csv any more",
        "ana",
    )
    gone = await http.delete("/leads/spring-a:A3", params={"by": "ben", "because": "wrote"})
    assert gone.status_code == 200
    assert [one.lead_id for one in spring.told if isinstance(one, RemoveLead)][-1] == "spring-a:A3"


async def test_who_must_not_be_called_is_told(
    http: httpx.AsyncClient, engine: FakeEngine, spring: Listener
) -> None:
    await DncStore(engine.store).add(
        Listing(
            number="+33612345678",
            kind=ListKind.INTERNAL,
            campaign_id=None,
            at=Instant(1),
            by="ana",
            reason="said so",
        )
    )
    taken = (await http.post("/leads/import", params=FILE, content=CSV.encode())).json()
    assert taken["notes"] == [
        {"row": 1, "line": 2, "field": "do_not_call", "why": "+33612345678 stands on the list internal"}
    ]


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"PK\x03\x04nothing", 422, "it is no workbook"),
        (b"a;b\n1;2\n", 422, "no column is 'number'"),
        (b"tel\n" + b"0612345678\n" * 2001, 422, "line 2002: more than 2000 rows"),
        (b"x" * 1_048_577, 413, "a body may have 1048576 bytes at most"),
    ],
)
async def test_what_cannot_be_read_changes_nothing(
    http: httpx.AsyncClient, spring: Listener, body: bytes, status: int, why: str
) -> None:
    answer = await http.post("/leads/import", params=FILE, content=body)
    assert answer.status_code == status
    assert why in answer.text
    assert spring.told == []
    assert (await http.get("/leads", params={"campaign": "spring"})).json()["leads"] == []


async def test_a_list_is_of_one_campaign_that_exists(
    http: httpx.AsyncClient, engine: FakeEngine, spring: Listener
) -> None:
    assert (await http.put("/lead-lists/x-a", json=SPRING | {"campaign": "autumn"})).status_code == 404
    await engine.campaigns.create(CampaignId("autumn"), DOCUMENT, "zoe", "")
    stolen = await http.put("/lead-lists/spring-a", json=SPRING | {"campaign": "autumn"})
    assert (stolen.status_code, stolen.json()["detail"]) == (409, "another campaign has a list spring-a")
    for answer in (
        await http.get("/lead-lists/none"),
        await http.post("/leads/import", params=FILE | {"list": "none"}, content=b"tel\n"),
        await http.get("/leads/none:1"),
        await http.delete("/leads/none:1", params={"by": "ana", "because": "so"}),
    ):
        assert answer.status_code == 404, answer.text
    wrong = await http.put("/lead-lists/b-b", json=SPRING | {"reading": {"columns": {"a": "telefone"}}})
    assert "'telefone' is no meaning of a column" in wrong.text


async def test_what_the_dialer_does_not_take_yet_is_told_and_kept(
    http: httpx.AsyncClient, engine: FakeEngine, spring: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acd.events import Refused

    async def no(_: Any) -> Refused:
        return Refused(reason="no room")

    monkeypatch.setattr(engine.campaigns, "_ask", no)
    taken = (await http.post("/leads/import", params=FILE, content=CSV.encode())).json()
    assert taken["added"] == 2
    assert taken["not_yet"] == "they are kept, and dialled from the next start of the engine on: no room"
