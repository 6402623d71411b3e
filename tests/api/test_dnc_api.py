"""Do-not-call lists over HTTP and in the shell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialer.commands import PauseCampaign
from dialer.ids import AttemptId, CampaignId
from dialer.signals import NumberListed
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening

__all__ = ["engine_shell", "listening"]

ENTRY = {"number": "01 23 45 67 89", "list": "internal", "reason": "said so", "by": "ana"}
IMPORT = {"list": "national", "edition": "may", "by": "ana", "reason": "the register"}


async def test_a_number_is_put_on_a_list_and_taken_off_again(http: httpx.AsyncClient) -> None:
    added = (await http.post("/dnc", json=ENTRY)).json()
    assert (added["number"], added["list"], added["campaign"]) == ("+33123456789", "internal", None)
    assert (await http.post("/dnc", json=ENTRY | {"reason": "again"})).json() == added
    checked = (await http.get("/dnc/check", params={"number": "0033123456789"})).json()
    assert checked["listings"] == [added]
    assert [one["what"] for one in checked["changes"]] == ["added"]
    page = (await http.get("/dnc", params={"list": "internal"})).json()
    assert page == {"numbers": [added], "next": None}

    gone = (await http.post("/dnc/remove", json=ENTRY | {"reason": "a mistake", "by": "ben"})).json()
    assert gone["listings"] == []
    assert [(one["what"], one["by"]) for one in gone["changes"]] == [("removed", "ben"), ("added", "ana")]
    again = await http.post("/dnc/remove", json=ENTRY)
    assert (again.status_code, again.json()["detail"]) == (404, "+33123456789 does not stand there")


async def test_a_campaign_has_a_list_of_its_own(http: httpx.AsyncClient) -> None:
    entry = ENTRY | {"list": "campaign", "campaign": "spring"}
    assert (await http.post("/dnc", json=entry)).json()["campaign"] == "spring"
    lists = (await http.get("/dnc/lists")).json()
    assert [(one["list"], one["campaign"], one["numbers"]) for one in lists] == [
        ("national", None, 0),
        ("internal", None, 0),
        ("campaign", "spring", 1),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"number": "anna"}, "'anna' is no telephone number"),
        ({"list": "campaign"}, "a campaign's list names its campaign"),
        ({"campaign": "spring"}, "no other list names one"),
        ({"reason": ""}, "at least 1 character"),
        ({"by": "a\r\nb"}, "pattern"),
        ({"list": "nobody's"}, "'national', 'internal' or 'campaign'"),
    ],
)
async def test_what_is_no_entry_is_refused(
    http: httpx.AsyncClient, change: dict[str, str], told: str
) -> None:
    answer = await http.post("/dnc", json=ENTRY | change)
    assert answer.status_code == 422
    assert told in answer.text


async def test_the_register_is_not_written_by_hand(http: httpx.AsyncClient) -> None:
    for path in ("/dnc", "/dnc/remove"):
        answer = await http.post(path, json=ENTRY | {"list": "national"})
        assert (answer.status_code, "imported" in answer.json()["detail"]) == (409, True)


async def test_a_file_is_taken_in_row_by_row_and_replaced_as_a_whole(http: httpx.AsyncClient) -> None:
    file = "number,reason,colour\r\n0123456789,,red\r\nanna,,\r\n+33155555555,moved,\r\n"
    told = (await http.post("/dnc/import", params=IMPORT, content=file)).json()
    assert (told["rows"], told["taken"], told["new"]) == (3, 2, 2)
    assert told["rejected"] == [{"line": 3, "why": "'anna' is no telephone number"}]
    end = {**IMPORT, "replace": True}
    assert (await http.post("/dnc/import/end", json=end)).json() == {"removed": 0}
    june = IMPORT | {"edition": "june"}
    american = await http.post("/dnc/import", params=june | {"region": "US"}, content="212,5551234\n")
    assert american.json()["new"] == 1
    assert (await http.post("/dnc/import/end", json=end | june)).json() == {"removed": 2}
    page = (await http.get("/dnc", params={"list": "national"})).json()
    assert [(one["number"], one["reason"]) for one in page["numbers"]] == [("+12125551234", "the register")]
    refused = await http.post("/dnc/import/end", json=end | {"list": "internal"})
    assert refused.status_code == 409


async def test_what_rings_where_a_file_says_nobody_may_call_is_given_up(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    engine.runtime.campaigns.in_use["+33123456789"] = AttemptId("run-a1")
    told: list[object] = []
    engine.runtime.listen(lambda step: told.extend(envelope.message for envelope in step))
    file = "number\r\n0123456789\r\n0155555555\r\n"
    await http.post("/dnc/import", params=IMPORT | {"dry_run": "true"}, content=file)
    await http.post("/dnc/import", params=IMPORT, content=file)
    await engine.runtime.ask(
        PauseCampaign(campaign_id=CampaignId("none"), because="")
    )  # so all of it was heard
    assert [one for one in told if isinstance(one, NumberListed)] == [NumberListed(number="+33123456789")]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("phone\r\n0123456789\r\n", "line 1: there must be one column 'number', not 'phone'"),
        ("n" * 200_000, "line 1: field larger than field limit (131072)"),
        ('number\r\n"0123', "line 2"),
        (b"\xff", "not UTF-8"),
        ("0123456789\n" * 5001, "more than 5000 rows"),
    ],
)
async def test_what_is_no_list_is_refused(http: httpx.AsyncClient, file: str | bytes, told: str) -> None:
    answer = await http.post("/dnc/import", params=IMPORT, content=file)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


# -- whether it may be dialled -----------------------------------------------------------------------


async def test_a_check_says_whether_a_number_may_be_dialled_now_and_everything_against_it(
    http: httpx.AsyncClient,
) -> None:
    free = (await http.get("/dnc/check", params={"number": "+33123456789"})).json()
    assert (free["may_be_dialled"], free["reasons"]) == (True, [])
    assert (free["country"], free["zones"], free["profile"]) == ("FR", ["Europe/Paris"], None)
    await http.post("/dnc", json=ENTRY)
    told = (await http.get("/dnc/check", params={"number": "+33123456789", "campaign": "spring"})).json()
    assert not told["may_be_dialled"]
    assert [(one["why"], one["until"]) for one in told["reasons"]] == [("no_profile", None), ("listed", None)]
    abroad = (await http.get("/dnc/check", params={"number": "+44 20 7946 0000"})).json()
    assert [one["why"] for one in abroad["reasons"]] == ["no_number"]


async def test_nobody_is_promised_a_callback_that_the_gate_will_never_let_out(
    http: httpx.AsyncClient,
) -> None:
    await http.post("/dnc", json=ENTRY)
    asked = {"queue_id": "sales", "number": "+33123456789"}
    answer = await http.post("/callbacks", json=asked)
    assert answer.status_code == 409
    assert "is on the internal list: said so" in answer.json()["detail"]


# -- in the shell ------------------------------------------------------------------------------------


async def test_the_shell_adds_checks_and_removes(engine_shell: Callable[..., Any]) -> None:
    added = await engine_shell("dnc", "add", "+33123456789", "--reason", "said so", "--by", "ana")
    assert added.code == 0
    assert "+33123456789 is on the list internal since" in added.out
    checked = await engine_shell("dnc", "check", "+33123456789")
    assert checked.code == 1
    assert "not now: +33123456789 is on the internal list: said so" in checked.out
    assert (await engine_shell("dnc", "list", "--json")).data["numbers"][0]["by"] == "ana"
    await engine_shell("dnc", "remove", "+33123456789", "--reason", "a mistake", "--by", "ben")
    free = await engine_shell("dnc", "check", "+33123456789")
    assert free.code == 0
    assert "it may be dialled now" in free.out
    assert "+33123456789 is on no list" in free.out
    assert "removed" in free.out


async def test_the_shell_imports_a_register_in_pieces_and_replaces_it(
    engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    register = tmp_path / "register.csv"
    register.write_text("".join(f"212,555{n:04}\n" for n in range(4100)))
    national = ("dnc", "import", str(register), "--national", "--region", "US", "--reason", "register")
    tried = await engine_shell(*national, "--dry-run")
    assert tried.out == "4100 rows: 4100 would be on the list (4100 new), 0 rejected\n"
    done = await engine_shell(*national, "--replace", "--json")
    assert (done.code, done.data["taken"], done.data["new"], done.data["removed"]) == (0, 4100, 4100, 0)
    told = await engine_shell("dnc")
    assert "4100" in told.out

    register.write_text("212,5550000\nanna\n")
    broken = await engine_shell(*national, "--replace")
    assert broken.code == 1
    assert "line 2" in broken.err
    assert (await engine_shell("dnc", "--json")).data[0]["numbers"] == 4100
    register.write_text("212,5550000\n")
    again = await engine_shell(*national, "--replace")
    assert "4099 numbers that are not in the file are on it no more" in again.out


async def test_rejected_rows_can_be_corrected_and_imported(
    engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("number\n+33123456789\nanna\n")
    done = await engine_shell("dnc", "import", str(wrong), "--reason", "old system")
    assert done.code == 1
    assert "line 3: 'anna' is no telephone number" in done.out
    rejected = tmp_path / "wrong.rejected.csv"
    rejected.write_text(rejected.read_text().replace("anna", "+33155555555"))
    again = await engine_shell("dnc", "import", str(rejected), "--reason", "old system")
    assert again.out == "1 rows: 1 on the list (1 new), 0 rejected\n"


@pytest.mark.parametrize(
    "options",
    [("--replace",), ("--national", "--campaign", "spring"), ("--region", "XX")],
)
async def test_the_shell_refuses_what_makes_no_sense(
    engine_shell: Callable[..., Any], tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "x.csv").write_text("+33123456789\n")
    done = await engine_shell("dnc", "import", str(tmp_path / "x.csv"), "--reason", "x", *options)
    assert done.code == 1
