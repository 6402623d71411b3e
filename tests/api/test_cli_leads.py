"""Lists of leads in the shell."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialer.ids import CampaignId
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening
from tests.api.test_leads_api import DOCUMENT

__all__ = ["engine_shell", "listening"]

CSV = """\
Nr;Name;Mobile;Office;Owes;x
A1;Mia Ölström;06 12 34 56 78;01 23 45 67 89;30 €;1
A2;Tom;anna;;5;2
A3;Lea;06 12 34 56 78;01 98 76 54 32;;3
A4;Noa;06 12 34 56 78;;;4
"""


@pytest.fixture
async def file(tmp_path: Path, engine: FakeEngine) -> Path:
    await engine.campaigns.create(CampaignId("spring"), DOCUMENT, "zoe", "")
    path = tmp_path / "may.csv"
    path.write_bytes(CSV.encode("cp1252"))
    return path


async def test_a_list_is_tried_imported_corrected_and_given_back(
    engine_shell: Callable[..., Any], file: Path
) -> None:
    words = ("campaign", "import", "spring", str(file), "--region", "FR", "--map", "x=-")
    tried = await engine_shell(*words, "--dry-run")
    assert tried.code == 1
    assert "Windows-1252, parted by semicolons; 4 rows" in tried.out
    assert "Nr = id; Name = name; Mobile = number:mobile; Office = number:work; Owes = data.owes" in tried.out
    assert "passed over: x" in tried.out
    assert "line 3: numbers: 'anna' is no telephone number" in tried.out
    assert "line 4: note: numbers: +33612345678 stands in line 2 already" in tried.out
    assert "line 5: numbers: +33612345678 stands in line 2 already" in tried.out
    assert "4 rows: 2 would be taken (2 new, 0 changed), 2 rejected" in tried.out
    assert "spring:A1" in tried.out
    assert "there is no list" in (await engine_shell("campaign", "lists", "spring")).out

    done = await engine_shell(*words, "--title", "In May", "--by", "ana")
    assert done.code == 1
    assert "4 rows: 2 taken (2 new, 0 changed), 2 rejected" in done.out
    rejected = file.with_suffix(".rejected.csv")
    with rejected.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["Nr"], row["rejected.line"]) for row in rows] == [("A2", "3"), ("A4", "5")]
    assert rows[0]["rejected.why"] == "'anna' is no telephone number"

    text = rejected.read_text("utf-8-sig").replace("anna", "06 99 99 99 99").splitlines()
    rejected.write_text("\n".join(text[:2]) + "\n")
    again = await engine_shell("campaign", "import", "spring", str(rejected), "--json")
    assert again.code == 0, again
    told = json.loads(again.out)
    assert (told["taken"], told["added"], told["reading"]["columns"]["x"]) == (1, 1, "-")

    lists = await engine_shell("campaign", "lists")
    assert "In May" in lists.out
    assert "3 new" in lists.out
    leads = await engine_shell("campaign", "leads", "spring", "--number", "0198765432")
    assert "spring:A3" in leads.out
    assert "spring:A1" not in leads.out
    mia = await engine_shell("campaign", "lead", "spring:A1")
    assert "number: +33612345678, mobile, tried 0 times" in mia.out
    assert "data: owes: 30 €" in mia.out
    given = await engine_shell("campaign", "export", "spring", "--list", "spring")
    assert given.out.splitlines()[0].startswith("id,number,name,")
    assert len(given.out.splitlines()) == 4


async def test_a_list_comes_again_and_who_is_not_in_it_is_taken_off(
    engine_shell: Callable[..., Any], file: Path, engine: FakeEngine
) -> None:
    file.write_text("tel,name\n+33612345678,Mia\n+33123456789,Tom\n")
    assert (await engine_shell("campaign", "import", "spring", str(file))).code == 0
    file.write_text("tel,name\n+33612345678,Mia Ö.\n+33198765432,Lea\nanna,x\n")
    half = await engine_shell("campaign", "import", "spring", str(file), "--replace")
    assert half.code == 1
    assert "what cannot be read whole replaces nothing" in half.err
    file.write_text("tel,name\n+33612345678,Mia Ö.\n+33198765432,Lea\n")
    whole = await engine_shell("campaign", "import", "spring", str(file), "--replace")
    assert whole.code == 0, whole
    assert "2 rows: 2 taken (0 new, 0 changed), 0 rejected" in whole.out
    assert "1 leads that are not in the file were taken off" in whole.out
    await engine.writes_history()
    (gone,) = json.loads((await engine_shell("campaign", "leads", "spring", "--state", "done", "--json")).out)
    assert (gone["name"], gone["because"]) == ("Tom", "removed")
    same = await engine_shell("campaign", "import", "spring", str(file))  # what was done is not undone
    assert "(0 new, 0 changed)" in same.out
    lists = json.loads((await engine_shell("campaign", "lists", "--json")).out)
    assert lists[0]["states"] == {"done": 1, "new": 2}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--map", "tel"), "must be COLUMN=MEANING"),
        (("--map", "tel=nummer"), "'nummer' is no meaning of a column (did you mean 'number'?)"),
        (("--map", "fone=number"), "there is no column 'fone'"),
        (("--map", "tel=name"), "no column is 'number'"),
        (("--region", "Fr"), "two capital letters"),
        (("--encoding", "klingon"), "there is no encoding 'klingon'"),
    ],
)
async def test_what_makes_no_sense_is_told_and_nothing_is_made(
    engine_shell: Callable[..., Any], file: Path, words: tuple[str, ...], why: str
) -> None:
    file.write_bytes("tel,name\nanna,\xf6\n".encode("cp1252"))
    said = await engine_shell("campaign", "import", "spring", str(file), *words)
    assert said.code == 1
    assert why in said.err
    assert "there is no list" in (await engine_shell("campaign", "lists")).out


async def test_a_file_that_is_not_there_and_a_campaign_that_is_not(
    engine_shell: Callable[..., Any], file: Path
) -> None:
    missing = await engine_shell("campaign", "import", "spring", "nothing.csv")
    assert "nothing.csv: No such file" in missing.err
    file.write_text("tel\n+33612345678\n")
    unknown = await engine_shell("campaign", "import", "autumn", str(file))
    assert (unknown.code, "there is no campaign autumn" in unknown.err) == (1, True)
