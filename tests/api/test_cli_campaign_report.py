"""A campaign's past at the terminal: for people, spreadsheets and programs."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.campaign_morning import a_morning
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening

__all__ = ["engine_shell", "listening"]

THAT_DAY = ("--since", "2026-03-02T00:00", "--until", "2026-03-03T00:00")


async def test_a_report_is_for_people_spreadsheets_and_programs(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    await a_morning(engine.store)
    people = await engine_shell("report", "campaign", "spring", *THAT_DAY)
    assert people.code == 0, people.err
    assert "5 dialled, 0 of them still running" in people.out
    assert "a person answered 3 of 5 (60.00%), an agent talked with 1; 1 were not let out" in people.out
    assert "allowance: 3 % over 720 h, at the end 1 of 3 (33.33%); it is spent" in people.out
    table, drawn = tmp_path / "spring.csv", tmp_path / "spring.html"
    asked = ("campaign", "report", "spring", *THAT_DAY, "--by", "outcome")
    assert (await engine_shell(*asked, "--csv", str(table))).code == 0
    header, *rows = table.read_text().splitlines()
    assert header.startswith("outcome,dialled,live,contact")
    assert [row.split(",")[0] for row in rows] == [
        *("abandoned", "busy", "connected", "hung_up", "machine", "not_dialled", "all")
    ]
    assert (await engine_shell(*asked, "--html", str(drawn))).code == 0
    assert "<h2>By outcome</h2>" in drawn.read_text()
    program = await engine_shell(*asked, "--json")
    assert program.data["total"]["abandoned"] == 1


async def test_a_figure_leads_to_its_attempts(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    await a_morning(engine.store)
    asked = ("campaign", "attempts", "spring", *THAT_DAY)
    left = await engine_shell(*asked, "--abandoned", "--json")
    assert [one["attempt_id"] for one in left.data] == ["r-a2"]
    assert "2026-03-02T12:00:03+01:00" in (await engine_shell(*asked, "--success")).out
    table = tmp_path / "attempts.csv"
    assert (await engine_shell(*asked, "--csv", str(table))).code == 0
    rows = [*csv.DictReader(table.read_text().splitlines())]
    assert [row["attempt_id"] for row in rows] == [f"r-a{n}" for n in range(1, 7)]
    assert rows[0]["zones"] == "Europe/Paris"


async def test_why_tells_an_attempt_from_the_decision_to_its_end(
    engine: FakeEngine, engine_shell: Callable[..., Any]
) -> None:
    await a_morning(engine.store)
    why = await engine_shell("why", "r-a1")
    assert why.code == 0, why.err
    told = why.out.splitlines()
    assert told[0].startswith("attempt r-a1 of campaign spring: connected; lead mia of list march")
    assert "12:00 by his clock" in told[0]
    assert (
        "1 lines were placed (predicted): 1 agents idle, 0 live answers waiting, 2 lines ringing" in told[1]
    )
    assert any("ana talked with him, 0.40 s after a person was known to be there" in line for line in told)
    assert any("it ended after 60.0 s of talk: connected, hang-up cause 16" in line for line in told)
    assert any("ana said what came of it: sale" in line for line in told)
    assert any(line.startswith("call r-a1 from +33123456789") for line in told)
    refused = await engine_shell("why", "r-a4")
    assert "it was not let out: +3312 is on the national list" in refused.out
    assert (await engine_shell("why", "r-a1", "--json")).data["attempt"]["outcome"] == "connected"
    nobody = await engine_shell("why", "unheard-of")
    assert (nobody.code, "there is no call unheard-of" in nobody.err) == (1, True)
