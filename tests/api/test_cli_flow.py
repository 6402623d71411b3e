"""``callwright ivr check | test | try | graph``: flows tried before anybody calls."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.api.test_cli import FLOW, Shell
from tests.api.test_cli import free_port as free_port
from tests.api.test_cli import shell as shell

LINE = """\
name: main
start: choice
nodes:
  choice: {kind: menu, prompts: [hello], keys: {1: sales}, timeout_s: 3, retries: 1, otherwise: bye}
  sales: {kind: queue, queue: sales, refused: bye}
  bye: {kind: hangup, prompts: [goodbye, {text: "We called {caller}."}]}
tests:
  - {name: sales, keys: [1], ends: queued sales}
  - {name: silent, hears: [hello, goodbye], ends: queued sales}
"""


def test_flows_are_checked_with_what_only_an_audit_finds(shell: Shell) -> None:
    assert shell.types("ivr", "check").out == f"{shell.config.parent}: no problems in its flows\n"
    shell.flow.write_text(LINE.replace("{caller}", "{calller}"))
    said = shell.types("ivr", "check")
    assert said.code == 1
    line = f"{shell.flow}:6: nodes.bye.prompts.1.text: nothing sets 'calller' (did you mean 'caller'?)\n"
    assert said.out == line
    said = shell.types("ivr", "check", "--json")
    assert (said.code, [problem["line"] for problem in said.data]) == (1, [6])
    assert line in shell.types("check").out


def test_mistakes_in_the_rules_are_not_the_flows(shell: Shell) -> None:
    shell.rules.write_text(shell.rules.read_text().replace("skills:", "skils:", 1))
    assert shell.types("ivr", "check").code == 0
    assert shell.types("check").code == 1


def test_a_flows_dialogues_are_run_and_failures_explained(shell: Shell) -> None:
    shell.flow.write_text(LINE)
    said = shell.types("ivr", "test")
    assert said.code == 1
    assert said.out.splitlines() == [
        "main: sales: ok",
        "main: silent: FAILED",
        "    ends: hung up, not queued sales",
        "2 dialogues, 1 failed",
    ]
    told = shell.types("ivr", "test", "main", "--json").data
    assert [(row["test"], bool(row["complaints"])) for row in told] == [("sales", False), ("silent", True)]
    shell.flow.write_text(FLOW)
    assert shell.types("ivr", "test").out == "0 dialogues, 0 failed; without any: main\n"
    assert "did you mean 'main'?" in shell.types("ivr", "test", "mian").err


def test_a_flow_is_walked_through_at_the_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.flow.write_text(LINE)
    monkeypatch.setattr("sys.stdin", io.StringIO("x\nv\n\n1\nnonsense\nref\n"))
    said = shell.types("ivr", "try", "main", "--caller", "+33123")
    assert said.code == 0
    for told in ("choice (menu)", "[hello]", "caller = +33123", "sales (queue)", "We called +33123."):
        assert told in said.out
    assert said.out.endswith("ends: hung up\n")


def test_whoever_walks_away_from_the_terminal_hangs_up(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.flow.write_text(LINE)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert shell.types("ivr", "try", "main").out.endswith("ends: caller gone\n")


def test_a_flow_is_drawn(shell: Shell, tmp_path: Path) -> None:
    shell.flow.write_text(LINE)
    assert "flowchart TD" in shell.types("ivr", "graph", "main").out
    picture = tmp_path / "main.svg"
    assert shell.types("ivr", "graph", "main", "--svg", str(picture)).code == 0
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
