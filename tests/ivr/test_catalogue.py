"""The catalogue of prompts as people write it."""

from pathlib import Path

import pytest

from ivr.catalogue import EMPTY, fingerprint, load_catalogue
from ivr.document import DocumentError


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def problems(directory: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load_catalogue(directory)
    return [str(problem).replace(f"{directory}/", "") for problem in caught.value.problems]


def test_texts_and_recordings_by_language(tmp_path: Path) -> None:
    write(tmp_path / "en.yaml", "welcome: Welcome\ndigits/1: one\n")
    write(tmp_path / "en" / "welcome.wav")
    write(tmp_path / "en" / "menus" / "main.flac")
    write(tmp_path / "zh.yaml", "welcome: 欢迎\n")
    write(tmp_path / "pt_BR" / "welcome.ogg")
    write(tmp_path / "README.md", "how to record")
    write(tmp_path / "en" / ".DS_Store")
    catalogue = load_catalogue(tmp_path)
    assert catalogue.names("en") == ("digits/1", "menus/main", "welcome")
    assert catalogue.text("en", "welcome") == "Welcome"
    assert catalogue.recording("en", "menus/main") == tmp_path / "en" / "menus" / "main.flac"
    assert catalogue.text("zh", "welcome") == "欢迎"
    assert catalogue.recording("pt_BR", "welcome") == tmp_path / "pt_BR" / "welcome.ogg"
    assert catalogue.text("fr", "welcome") is catalogue.recording("fr", "welcome") is None


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    write(tmp_path / "en.yaml", "welcome: Welcome\nBye Bye: x\nsilence: ''\nnumber: 12\n")
    write(tmp_path / "en" / "welcome.wav")
    write(tmp_path / "en" / "welcome.ogg")
    write(tmp_path / "en" / "notes.txt")
    write(tmp_path / "en" / "Bad Name.wav")
    write(tmp_path / "english.yaml", "a: b")
    told = problems(tmp_path)
    assert [text.partition(":")[0] for text in told].count("en.yaml") == 3
    assert any(text.startswith("en.yaml:2: ") for text in told)
    assert "en.yaml:4: number: must be text: put it in quotes (did you mean '\"12\"'?)" in told
    assert any("en/notes.txt: is no recording; its name must end in one of: " in text for text in told)
    assert any(text.startswith("en/Bad Name.wav: a prompt's name is made of") for text in told)
    assert any("en/welcome.wav: the prompt 'welcome' is recorded in" in text for text in told)
    assert any(text.startswith("english.yaml: is no language") for text in told)


def test_without_a_directory_there_is_no_catalogue(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "prompts") == EMPTY


def test_a_change_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "en.yaml", "a: b")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    write(tmp_path / "en" / "a.wav", "x")
    assert fingerprint(tmp_path) != before
