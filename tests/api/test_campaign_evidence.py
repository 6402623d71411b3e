"""What a campaign can show of itself: every attempt, every window, and sums that come out the same twice."""

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acd.ids import CallId
from acd.instant import Span, after, seconds
from acd.ivr_events import IvrEntered, IvrNodeEntered
from api.campaign_page import figures_rows
from api.evidence_pack import Recount, as_cell
from api.facts import iso
from dialer.attempt import AttemptOutcome
from dialer.events import AttemptRang
from dialer.ids import AttemptId
from tests.api.campaign_morning import a_morning
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening
from tests.campaign_tape import NOON, SPRING, TOM, Tape, ended, placed
from tests.dialer.dialled import PLAIN

__all__ = ["engine_shell", "listening"]

THAT_DAY = ("--since", "2026-03-02T00:00", "--until", "2026-03-03T00:00")
A_DAY = {"since": iso(NOON), "until": iso(NOON + 86_400_000_000)}


async def test_rules_profile_and_every_window_are_told(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    engine.gate.rules = replace(engine.gate.rules, profile=PLAIN)
    await a_morning(engine.store)
    told = (await http.get("/reports/campaigns/spring/evidence", params=A_DAY)).json()
    assert "not legal advice" in told["notice"]
    (rules,) = told["rules"]
    assert rules["allowances"][0] == "3 % of at least 10 live answers, over 720 h"
    assert (rules["opt_out_key"], rules["connect_within_s"], rules["machines"]) == ("9", 2, "no detection")
    assert "calling hours, by the clock of the called: Mon 08:00-21:00" in told["profile"][2]
    month, hour = told["allowances"]
    assert [day["exceeded"] for day in month["days"]] == [True, True], "one of three is more than 3 % of ten"
    noon, _ = hour["days"]
    assert (noon["worst_live"], noon["worst_abandoned"], noon["exceeded"]) == (3, 1, False)
    assert (noon["live"], noon["share"]) == (0, None), "nobody answered in the last hour of the day"


async def test_the_pack_holds_every_attempt_and_its_sums_agree(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    await a_morning(engine.store)
    to = tmp_path / "pack"
    asked = ("campaign", "evidence", "spring", *THAT_DAY, "--into", str(to))
    said = await engine_shell(*asked)
    assert said.code == 0, said.err + said.out
    assert "6 attempts, refused ones among them; every sum came out the same twice" in said.out
    rows = [*csv.DictReader((to / "attempts.csv").read_text().splitlines())]
    assert [row["attempt_id"] for row in rows] == [f"r-a{n}" for n in range(1, 7)]
    assert (rows[0]["number"], rows[0]["local_earliest"]) == ("+33123456789", "2026-03-02T12:00:03+01:00")
    assert rows[0]["note"] == "'=2+2 <b>of them</b>", "no cell is a formula"
    summary = json.loads((to / "evidence.json").read_text())
    assert all(check["same"] for check in summary["checks"])
    assert {"what": "abandoned", "engine": 1, "here": 1, "same": True} in summary["checks"]
    assert summary["refused"] == {"… is on the national list: register of March": 1}
    assert summary["refused_because_listed"] == 1
    for name, digest in summary["sha256"].items():
        assert hashlib.sha256((to / name).read_bytes()).hexdigest() == digest
    page = (to / "evidence.html").read_text()
    assert "Engineering, not legal advice" in page
    assert "<td>r-a2</td>" in page.split("Every abandoned call")[1].split("<h2>")[0]
    assert '<td class="t">2026-03-02 12:01:14+01:00</td>' in page, "a moment is not broken over two lines"
    assert '<td class="bad">yes</td>' in page, "an allowance that was exceeded is seen from afar"
    assert '<th class="n">abandoned</th>' in page
    assert "<script" not in page
    assert "<b>of them" not in page


async def test_sums_that_differ_are_told_and_are_no_success(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_morning(engine.store)
    from api import cli_campaign_report

    every = cli_campaign_report.attempts_of

    def but_one(*asked: Any) -> Any:
        return (row for row in every(*asked) if row["attempt_id"] != "r-a2")

    monkeypatch.setattr(cli_campaign_report, "attempts_of", but_one)
    asked = ("campaign", "evidence", "spring", *THAT_DAY, "--into", str(tmp_path / "pack"))
    said = await engine_shell(*asked)
    assert said.code == 1
    assert "abandoned: 1 in the database, 0 in the pack" in said.out
    assert "They differ" in (tmp_path / "pack" / "evidence.html").read_text()


async def test_telephones_that_rang_for_less_than_the_law_asks_are_counted(
    engine: FakeEngine, http: httpx.AsyncClient
) -> None:
    """Rung for fourteen seconds, and for fifteen; one that never rang; one that nobody has given up."""
    await a_morning(engine.store)
    rang = [
        ("b1", 14, AttemptOutcome.CANCELLED),
        ("b2", 15, AttemptOutcome.CANCELLED),
        ("b3", None, AttemptOutcome.CANCELLED),
        ("b4", 14, AttemptOutcome.BUSY),
    ]
    tape = Tape(engine.store, "run8", after(NOON, seconds(7200)))
    for name, rang_s, outcome in rang:
        attempt = AttemptId(f"run8-{name}")
        await tape.tells(placed(attempt, TOM))
        if rang_s is not None:
            began = tape.at
            await tape.tells(AttemptRang(attempt_id=attempt, campaign_id=SPRING))
            tape.at = after(began, seconds(rang_s))
        await tape.tells(ended(attempt, outcome, live=False, lead_id=TOM, talked=Span(0), agent_id=None))
    told = (await http.get("/reports/campaigns/spring/evidence", params=A_DAY)).json()
    assert (told["rules"][-1]["ring_at_least_s"], told["given_up_early"]) == (15, 1)


async def test_what_was_played_to_whom_is_told(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine.store)
    tape, call = Tape(engine.store, "run7", after(NOON, seconds(3600))), CallId("run7-a1")
    await tape.tells(placed("run7-a1", TOM))
    await tape.tells(
        IvrEntered(call_id=call, flow="campaign-spring", flow_version=0, caller="+3312"),
        IvrNodeEntered(call_id=call, flow="campaign-spring", node="agent", kind="queue"),
        IvrNodeEntered(call_id=call, flow="campaign-spring", node="sorry", kind="menu"),
    )
    page = (
        await http.get(
            "/reports/campaigns/spring/attempts",
            params={**A_DAY, "lead": "tom", "heard": True, "since": iso(tape.at - 60_000_000)},
        )
    ).json()
    (one,) = page["attempts"]
    assert one["heard"].startswith("agent (queue) at 2.0 s for 1.0 s; sorry (menu) at 3.0 s")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("-1+cmd", "'-1+cmd"),
        ("+33123456789", "+33123456789"),
        (-3, -3),
        (None, ""),
        (True, "yes"),
        ("plain", "plain"),
    ],
)
def test_no_cell_is_a_formula(value: Any, cell: Any) -> None:
    assert as_cell(value) == cell


def test_what_a_list_refused_is_known_by_its_reason_whatever_is_said_of_it() -> None:
    recount = Recount()
    refused = {"outcome": "not_dialled", "abandoned": None}
    recount.take(refused | {"refused_why": "he stands there", "refused_reasons": "outside_hours listed"})
    recount.take(refused | {"refused_why": "Mr X is on the national list", "refused_reasons": "too_soon"})
    recount.take(refused | {"refused_why": "the PBX did not take it", "refused_reasons": ""})
    assert (recount.sums["refused"], recount.do_not_call) == (3, 1)


def test_nobody_who_talked_with_an_agent_is_not_said_to_have_waited_for_none() -> None:
    figures = {"connected": 0, "longest_connected_after_s": 0.0, "live": 2}
    told = {"groups": [], "total": figures}
    assert figures_rows(told) == [
        {"key": "all", "connected": 0, "longest_connected_after_s": None, "live": 2}
    ]
