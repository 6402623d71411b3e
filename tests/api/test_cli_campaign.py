"""``callwright campaign``, and what ``callwright check`` says of campaigns' documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.test_campaigns_api import WRITTEN
from tests.api.test_campaigns_api import agreeing as agreeing
from tests.api.test_cli import Said, Shell
from tests.api.test_cli import engine_shell as engine_shell
from tests.api.test_cli import free_port as free_port
from tests.api.test_cli import listening as listening
from tests.api.test_cli import shell as shell

Types = Callable[..., Any]


def written(directory: Path, text: str = WRITTEN) -> Path:
    (directory / "campaigns").mkdir(exist_ok=True)
    file = directory / "campaigns" / "autumn.yaml"
    file.write_text(text)
    return file


def test_documents_are_checked_without_an_engine(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "sounds" / "en").mkdir(parents=True)
    (tmp_path / "sounds" / "en" / "goodbye.wav").touch()
    (tmp_path / "dialing").mkdir()
    (tmp_path / "dialing" / "plain.yaml").write_text((Path("config") / "dialing" / "plain.yaml").read_text())
    file = written(tmp_path, WRITTEN.replace("sales", "sails") + "profile: plain\nmod: 1\n")
    said = shell.types("check", "--sounds", str(tmp_path / "sounds"))
    assert (said.code, said.out) == (1, f"{file}:6: mod: unknown key (did you mean 'mode'?)\n")
    written(tmp_path, WRITTEN.replace("sales", "sails") + "profile: plain\n")
    said = shell.types("check", "--sounds", str(tmp_path / "sounds"))
    assert said.out == f"{file}:3: queue: there is no queue 'sails' (did you mean 'sales'?)\n"


async def test_a_campaign_at_the_prompt(engine_shell: Types, agreeing: list[Any], tmp_path: Path) -> None:
    file = written(tmp_path)

    async def says(*words: str) -> Said:
        said: Said = await engine_shell("campaign", *words)
        assert said.code == 0, said
        return said

    assert "there are no campaigns" in (await says("list")).out
    made = "autumn (Autumn), progressive with the agents of sales, is draft by zoe\n"
    assert (await says("create", "autumn", "--by", "zoe")).out == made
    assert (await says("show", "autumn", "--document")).out == WRITTEN
    assert "no leads" in (await says("show", "autumn")).out
    file.write_text(WRITTEN.replace("Autumn", "Late autumn"))
    assert (await says("change", "autumn", "--comment", "later")).out.startswith("autumn (Late autumn)")
    await says("start", "autumn", "--by", "ben")
    await says("trial", "autumn", "20", "--by", "ben")
    await says("pause", "autumn", "--because", "lunch")
    await says("stop", "autumn", "--at-once")
    assert [getattr(one, "trial", "-") for one in agreeing[-4:]] == [None, 20, "-", "-"]
    assert agreeing[-1].at_once
    assert "Late autumn" in (await says("list")).out
    assert [row["version"] for row in (await says("history", "autumn", "--json")).data] == [2, 1]
    assert (await says("remove", "autumn")).out == "autumn is removed, and 0 leads with it\n"
    assert "later" in (await says("history", "autumn")).out


async def test_what_is_wrong_is_told_where_it_stands(
    engine_shell: Types, agreeing: list[Any], tmp_path: Path
) -> None:
    missing = await engine_shell("campaign", "create", "autumn")
    assert (missing.code, missing.out) == (1, "")
    assert "campaigns/autumn.yaml cannot be read: No such file" in missing.err
    file = written(tmp_path, WRITTEN.replace("queue: sales", "qeue: sales"))
    wrong = await engine_shell("campaign", "create", "autumn")
    assert wrong.code == 1
    assert f"{file}:3: qeue: unknown key (did you mean 'queue'?)" in wrong.err
    file.write_text(WRITTEN.replace("queue: sales", "queue: sails"))
    unfit = await engine_shell("campaign", "create", "autumn")
    assert (unfit.code, unfit.err) == (1, "document.queue: line 3: there is no queue 'sails'\n")
    nobody = await engine_shell("campaign", "start", "winter")
    assert (nobody.code, nobody.err) == (1, "there is no campaign winter\n")
