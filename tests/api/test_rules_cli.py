"""``callwright rules``, with and without an engine."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from api.moments import a_moment
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import RULES, Said, Shell
from tests.api.test_cli import engine_shell as engine_shell
from tests.api.test_cli import free_port as free_port
from tests.api.test_cli import listening as listening
from tests.api.test_cli import shell as shell

MORE = RULES.replace("ben: {skills: {support: 8}}", "ben: {skills: {support: 8, sales: 5}}")
Types = Callable[..., Any]


def test_a_document_is_checked_without_an_engine(shell: Shell) -> None:
    assert shell.types("rules", "check", str(shell.rules)).out == f"{shell.rules}: no problems\n"
    shell.rules.write_text(RULES.replace("  ben:", "  bne:").replace("id: sales", "id: sails"))
    said = shell.types("rules", "check", str(shell.rules))
    assert said.code == 1
    assert f"{shell.rules}:3: agents.bne: the configuration has no agent 'bne'" in said.out
    shell.rules.write_text(RULES.replace("id: sales", "id: sails"))
    said = shell.types("rules", "check", str(shell.rules), "--json")
    assert (said.code, said.data[0]["message"]) == (1, "no queue is called 'sales'")


def test_two_files_are_compared_without_an_engine(shell: Shell) -> None:
    other = shell.rules.with_name("other.yaml")
    other.write_text(MORE)
    said = shell.types("rules", "diff", str(shell.rules), str(other))
    assert (said.code, said.out) == (0, "+ agent ben: skills.sales added: 5\n")
    assert shell.types("rules", "diff", str(other), str(other)).out == "nothing changes\n"


def test_the_schema_needs_no_engine(shell: Shell) -> None:
    assert "queues" in shell.types("rules", "schema").data["properties"]


async def test_rules_are_published_told_and_taken_back(
    engine: FakeEngine, engine_shell: Types, tmp_path: Path
) -> None:
    shell_rules = tmp_path / "rules.yaml"
    shell_rules.write_text(MORE)

    async def says(*words: str) -> Said:
        said: Said = await engine_shell("rules", *words)
        assert said.code == 0, said
        return said

    applied = await says("apply", str(shell_rules), "--comment", "ben sells", "--author", "zoe")
    assert applied.out == "+ agent ben: skills.sales added: 5\nversion 1 is in force\n"
    assert engine.runtime.tables.rules_version == 1
    shell_rules.write_text(RULES)
    assert (await says("diff", str(shell_rules))).out == "- agent ben: skills.sales removed: 5\n"
    scheduled = await says("apply", str(shell_rules), "--at", "2199-01-01T08:00")
    assert "version 2 is scheduled for 2199-01-01 08:00:00" in scheduled.out
    back = await says("rollback", "1")
    assert back.out == "nothing changes\nversion 3 is in force\n"
    assert "version 2, scheduled for 2199-01-01 08:00:00" in back.err
    told = (await says("history")).out
    assert "zoe" in told
    assert "scheduled for 2199-01-01" in told
    assert (await says("cancel", "2")).out == "version 2 is cancelled\n"
    shown = (await says("show")).out
    assert shown.startswith("# version 3 of the rules\nagents:\n  ana:\n    skills:\n      sales: 8\n")
    shell_rules.write_text(shown)
    assert (await says("diff", str(shell_rules))).out == "nothing changes\n"
    assert (await says("history", "--json")).data[0]["version"] == 3
    assert (await says("diff", "1", "2")).out == "- agent ben: skills.sales removed: 5\n"


async def test_who_knew_an_older_version_is_told(engine_shell: Types, tmp_path: Path) -> None:
    shell_rules = tmp_path / "rules.yaml"
    await engine_shell("rules", "apply", str(shell_rules))
    late = await engine_shell("rules", "apply", str(shell_rules), "--base", "0")
    assert (late.code, late.err) == (1, "the latest version is 1; this change was made for version 0\n")
    shell_rules.write_text("queues: {")
    wrong = await engine_shell("rules", "apply", str(shell_rules))
    assert wrong.code == 1
    assert f"{shell_rules}:" in wrong.err


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("18:30", "2026-03-02T18:30"),
        ("9:00", "2026-03-03T09:00"),
        ("12:00", "2026-03-03T12:00"),
        ("2026-03-05T08:00", "2026-03-05T08:00"),
        ("2026-03-05", "2026-03-05T00:00"),
    ],
)
def test_a_time_is_read_by_the_clock_on_the_wall(written: str, meant: str) -> None:
    now = datetime.fromisoformat("2026-03-02T12:00").astimezone()
    assert a_moment(written, now) == datetime.fromisoformat(meant).astimezone()


@pytest.mark.parametrize("written", ["soon", "25:00", "18:30:99", "", "tomorrow 8"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no time"):
        a_moment(written, datetime.fromisoformat("2026-03-02T12:00").astimezone())
