"""``callwright prompts``: what is recorded, spoken or missing, made ahead and listened to."""

import shutil
import wave
from pathlib import Path

import pytest

from tests.api.test_cli import Shell
from tests.api.test_cli import free_port as free_port
from tests.api.test_cli import shell as shell

FLOW = """\
name: main
languages: [en, zh]
start: bye
nodes:
  bye: {kind: hangup, prompts: [welcome, {text: {en: "Good bye", zh: "再见"}}, only-english]}
"""
needs_programs = pytest.mark.skipif(
    not shutil.which("espeak-ng") or not shutil.which("sox"), reason="needs espeak-ng and sox"
)


@pytest.fixture
def catalogue(shell: Shell, tmp_path: Path) -> Path:
    shell.flow.write_text(FLOW)
    directory = tmp_path / "prompts"
    (directory / "zh").mkdir(parents=True)
    (directory / "en.yaml").write_text("welcome: Welcome\nonly-english: Only English\nspare: Spare\n")
    (directory / "zh.yaml").write_text("spare: 备用\n")
    with wave.open(str(directory / "zh" / "welcome.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\1\2" * 800)
    return directory


@pytest.mark.usefixtures("catalogue")
def test_every_prompt_is_listed_with_what_it_is_in_each_language(shell: Shell) -> None:
    rows = shell.types("prompts", "list", "--json").data
    assert [(row["prompt"], row["used"], row["en"], row["zh"]) for row in rows] == [
        ("only-english", True, "spoken", "missing"),
        ("spare", False, "spoken", "spoken"),
        ("welcome", True, "spoken", "recorded"),
    ]
    used = shell.types("prompts", "list", "--used", "--json").data
    assert [row["prompt"] for row in used] == ["only-english", "welcome"]


@pytest.mark.usefixtures("catalogue")
def test_what_is_missing_is_listed_alone_and_told_by_the_exit_code(shell: Shell) -> None:
    said = shell.types("prompts", "list", "--missing", "--json")
    assert (said.code, [row["prompt"] for row in said.data]) == (1, ["only-english"])
    said = shell.types("prompts", "list", "--missing", "--language", "en")
    assert (said.code, said.out) == (0, "none\n")
    assert "there is no prompt 'only-english' in zh" in shell.types("check").out


@needs_programs
@pytest.mark.usefixtures("catalogue")
def test_all_that_is_said_is_made_ahead(shell: Shell) -> None:
    for _ in range(2):
        assert shell.types("prompts", "render").out == "5 sounds are there, 0 could not be made\n"


@needs_programs
def test_a_recording_that_is_none_is_told(shell: Shell, catalogue: Path) -> None:
    (catalogue / "zh" / "welcome.wav").write_text("not sound")
    said = shell.types("prompts", "render")
    assert said.code == 1
    assert "welcome.wav: sox failed" in said.out


@needs_programs
@pytest.mark.usefixtures("catalogue")
def test_what_callers_hear_can_be_listened_to(shell: Shell, tmp_path: Path) -> None:
    for what, language, least_s in (("welcome", "zh", 0.1), ("您好", "zh", 0.5), ("welcome", "en", 0.3)):
        file = tmp_path / "heard.wav"
        said = shell.types("prompts", "say", what, "--language", language, "--to", str(file))
        assert said.code == 0, said.out
        with wave.open(str(file)) as sound:
            assert sound.getnframes() / sound.getframerate() >= least_s
    assert shell.types("prompts", "say", "...", "--to", str(tmp_path / "x.wav")).code == 1
    assert shell.types("prompts", "say", "hello", "--language", "../x", "--to", "x.wav").code == 2
