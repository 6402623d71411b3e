"""What the dialplan says by itself is there before it is needed, in every language, and nothing stale is."""

import shutil
import wave
from pathlib import Path

import pytest

from cti.phrases import NAMES, put_ready
from ivr.catalogue import load_catalogue
from tests.cti.test_prompter import House, Hummer

pytestmark = pytest.mark.skipif(shutil.which("sox") is None, reason="needs sox")


async def test_each_phrase_lies_ready_in_its_language_but_for_asterisks_own(tmp_path: Path) -> None:
    house = House(tmp_path, Hummer())
    texts = "".join(f"{name}: one two\n" for name in NAMES)
    (house.config / "zh.yaml").write_text(texts)
    (house.config / "en.yaml").write_text("call-is-over: one two three four\n")
    prompter = house.prompter
    prompter.use(load_catalogue(house.config))
    phrases = tmp_path / "phrases"
    for _ in range(2):  # a second time nothing is left over, and nothing made anew
        await put_ready(prompter, phrases, ("en", "zh"))
        found = sorted(str(path.relative_to(phrases)) for path in phrases.rglob("*.*"))
        assert found == ["en/call-is-over.wav", *sorted(f"zh/{name}.wav" for name in NAMES)]
    with wave.open(str(phrases / "zh" / "im-sorry.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(1, abs=0.05)


async def test_what_is_asterisks_own_by_now_is_taken_away(tmp_path: Path) -> None:
    house = House(tmp_path, Hummer())
    stale = tmp_path / "phrases" / "en" / "im-sorry.wav"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"of an earlier recording")
    await put_ready(house.prompter, tmp_path / "phrases", ("en",))
    assert not stale.exists()
