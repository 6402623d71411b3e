"""What callers did in flows, at the terminal: tables, spreadsheets, programs, pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.api.bank_callers import a_morning
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening

__all__ = ["engine_shell", "listening"]


async def test_the_report_is_for_people_spreadsheets_and_programs(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    await a_morning(engine)
    people = await engine_shell("report", "ivr")
    assert people.code == 0, people.err
    assert "1 of the 2 that are over were served by flows alone (containment 50.0%)" in people.out
    assert "hung_up 1, queued 1, served 1" in people.out
    assert "1: 1 (50%), 2: 1 (50%)" in people.out
    assert (await engine_shell("ivr", "report")).out == people.out
    table = tmp_path / "ivr.csv"
    assert (await engine_shell("report", "ivr", "--csv", str(table))).code == 0
    header, *rows = table.read_text().splitlines()
    assert header.startswith("flow,node,kind,visits,drop-off")
    assert [row.split(",")[:4] for row in rows] == [
        ["bank", "choice", "menu", "3"],
        ["bank", "balance", "play", "1"],
        ["bank", "identify/pin", "collect", "1"],
    ]
    program = await engine_shell("report", "ivr", "--version", "18", "--json")
    assert program.data["flows"][0]["exits"] == {"queued": 1}


async def test_a_figure_leads_to_its_calls(engine: FakeEngine, engine_shell: Callable[..., Any]) -> None:
    await a_morning(engine)
    left = await engine_shell("report", "ivr-stays", "--exit", "hung_up", "--json")
    assert [stay["call_id"] for stay in left.data] == ["c2"]
    at = ("report", "ivr-visits", "--flow", "bank", "--node", "choice")
    assert [visit["call_id"] for visit in (await engine_shell(*at, "--key", "2", "--json")).data] == ["c3"]
    assert "identify/pin" in (await engine_shell(*at, "--to", "identify/pin")).out
    why = await engine_shell("why", "c1")
    assert "in flow bank, version 17; left it" in why.out
    assert "tried 9, pressed 1, chosen" in why.out
    wrong = await engine_shell("report", "ivr-stays", "--exit", "vanished")
    assert (wrong.code, "exit" in wrong.err) == (1, True)


async def test_pictures_stand_on_their_own(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    await a_morning(engine)
    drawn, page = tmp_path / "bank.svg", tmp_path / "bank.html"
    asked = ("report", "ivr", "--flow", "bank", "--svg", str(drawn), "--html", str(page))
    assert (await engine_shell(*asked)).code == 0
    ElementTree.parse(drawn)
    told = page.read_text()
    assert drawn.read_text() in told
    assert "<script" not in told
    assert "src=" not in told
    assert (await engine_shell("report", "ivr", "--svg", str(drawn))).code == 2
    assert (await engine_shell("report", "ivr", "--flow", "none", "--svg", str(drawn))).code == 2
