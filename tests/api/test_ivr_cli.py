"""``callwright ivr``: published, compared, taken back; with and without an engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.fake_engine import FLOWS, FakeEngine
from tests.api.test_cli import FLOW, Said, Shell
from tests.api.test_cli import engine_shell as engine_shell
from tests.api.test_cli import free_port as free_port
from tests.api.test_cli import listening as listening
from tests.api.test_cli import shell as shell

MORE = FLOW.replace("prompts: [goodbye]", "prompts: [sorry, goodbye]")


def test_two_directories_are_compared_without_an_engine(shell: Shell, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "flows").mkdir(parents=True)
    (other / "numbers.yaml").write_text("numbers: {default: main}\n")
    (other / "flows" / "main.yaml").write_text(MORE)
    said = shell.types("ivr", "diff", str(tmp_path), str(other))
    assert said.out.splitlines() == [
        "- number 8000 removed: main",
        "+ number default added: main",
        "+ flow main: nodes.bye.prompts added: sorry",
    ]
    shell.flow.write_text("name: [")
    said = shell.types("ivr", "diff", str(tmp_path), str(other))
    assert said.code == 1
    assert str(shell.flow) in said.err


def test_the_schemas_need_no_engine(shell: Shell) -> None:
    assert "nodes" in shell.types("ivr", "schema").data["properties"]
    assert "numbers" in shell.types("ivr", "schema", "--numbers").data["properties"]


async def test_flows_are_published_told_and_taken_back(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    async def says(*words: str) -> Said:
        said: Said = await engine_shell("ivr", *words)
        assert said.code == 0, said
        return said

    main = tmp_path / "flows" / "main.yaml"
    (tmp_path / "numbers.yaml").write_text(FLOWS.numbers)
    published = await says("publish", "--author", "zoe", "--comment", "the first")
    assert published.out == "nothing changes\nversion 1 is in force\n"
    main.write_text(MORE)
    assert (await says("diff")).out == "+ flow main: nodes.bye.prompts added: sorry\n"
    published = await says("publish")
    assert published.out == "+ flow main: nodes.bye.prompts added: sorry\nversion 2 is in force\n"
    assert (await says("publish")).out == "nothing changes\nversion 2 is in force\n"
    back = await says("rollback", "1")
    assert back.out == "- flow main: nodes.bye.prompts removed: sorry\nversion 3 is in force\n"
    told = (await says("history")).out
    assert "zoe" in told
    assert "back to version 1" in told
    assert (await says("diff", "1", "2")).out == "+ flow main: nodes.bye.prompts added: sorry\n"
    shown = (await says("show")).out
    assert shown.startswith("# numbers.yaml, version 3\nnumbers: {default: main}\n")
    away = tmp_path / "away"
    assert str(away / "flows" / "main.yaml") in (await says("show", "2", "--to", str(away))).out
    assert (away / "flows" / "main.yaml").read_text() == MORE
    assert engine.flow_shelf.in_force.version == 3


async def test_who_knew_an_older_version_or_wrote_nonsense_is_told(
    engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "numbers.yaml").write_text("# ours\n" + FLOWS.numbers)
    assert (await engine_shell("ivr", "publish")).code == 0
    late = await engine_shell("ivr", "publish", "--base", "0")
    assert (late.code, late.err) == (1, "the latest version is 1; this change was made for version 0\n")
    (tmp_path / "flows" / "main.yaml").write_text(FLOW.replace("start: sales", "start: sale"))
    wrong = await engine_shell("ivr", "publish")
    assert wrong.code == 1
    assert "flows/main.yaml:2: start: no node is called 'sale' (did you mean 'sales'?)" in wrong.err
