"""What callers hear is what was written: texts, numbers, amounts, dates, in two languages, on a real line."""

import subprocess
import wave
from array import array
from pathlib import Path

import pytest

from demo import tone
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.sound import HEARD, hears, likeness, prompt

pytestmark = pytest.mark.asterisk

SPEED = 250
"""Words a minute: a story that is told fast."""
FLOW = """\
name: main
languages: [en, zh]
start: balance
nodes:
  balance: {kind: set, values: {name: "'Ada'", balance: "1234.56"}, next: english}
  english:
    kind: play
    prompts:
      - jingle
      - text: {en: "Hello {name}", zh: "您好"}
      - {number: "42"}
      - {amount: balance, currency: EUR}
      - {date: "'2026-11-22'"}
    next: change
  change: {kind: language, language: zh, next: chinese}
  chinese:
    kind: play
    prompts:
      - text: {en: "Hello", zh: "这里是银行"}
      - {number: "42"}
      - {amount: balance, currency: EUR}
      - {date: "'2026-11-22'"}
      - activated # there is none in Chinese
      - {text: "For English", language: en}
    next: bye
  bye: {kind: hangup, prompts: [hello]}
"""
QUEUED = """\
name: in-line
languages: [zh]
start: sales
nodes:
  sales: {kind: queue, queue: sales, refused: bye}
  bye: {kind: hangup, prompts: [im-sorry]}
"""
SALES = {"announce": {"first_s": 5, "every_s": 60}}


def spoken(directory: Path, voice: str, text: str) -> "array[int]":
    """A text as the programs themselves say it."""
    raw, file = directory / "raw.wav", directory / "spoken.wav"
    subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(SPEED), "-w", raw, "--stdin"], input=text.encode(), check=True
    )
    subprocess.run(["sox", raw, "-r", "8000", "-c", "1", "-b", "16", file], check=True)
    with wave.open(str(file)) as sound:
        return array("h", sound.readframes(sound.getnframes()))


async def test_texts_values_and_announcements_are_heard_in_english_and_in_chinese(tmp_path: Path) -> None:
    changes = {"speech": {"words_per_minute": SPEED}, "rules": {"queues": {"sales": SALES}}}
    async with RealHouse(tmp_path / "house", changes) as house:
        var = house.asterisk.var
        (var / "flows" / "main.yaml").write_text(FLOW)
        (var / "flows" / "in-line.yaml").write_text(QUEUED)
        (var / "numbers.yaml").write_text('numbers: {"8000": main, "8001": in-line}\n')
        (var / "prompts" / "en").mkdir()
        jingle = ["-r", "22050", "-n", var / "prompts" / "en" / "jingle.flac", "synth", "0.5", "sine", "700"]
        subprocess.run(["sox", *jingle, "gain", "-6"], check=True)
        await house.opens()
        waiting = await house.calls("+332", number="8001", tone_hz=None)
        call = await house.calls("+331", tone_hz=None)
        await call.hung_up(3 * SOON_S)
        heard = call.recorded()
        next_one = spoken(tmp_path, "cmn-latn-pinyin", "您是下一位，请稍候。")
        await hears(waiting, next_one)
        await waiting.hang_up()
        await house.settled()
    assert likeness(heard, next_one) < HEARD
    assert tone.longest_run(heard, 700) >= 0.4
    english = [
        spoken(tmp_path, "en-us", text) for text in ("Hello Ada", "1234 euros and 56 cents", "For English")
    ]
    english += [prompt(f"digits/{name}") for name in ("40", "2", "day-0", "mon-10", "h-2", "6")]
    english.append(prompt("activated"))
    chinese = [
        spoken(tmp_path, "cmn-latn-pinyin", text)
        for text in (
            "这里是 yin2 hang2",
            "四十二",
            "一千二百三十四点五六欧元",
            "二零二六年十一月二十二日，星期日",
        )
    ]
    sought = (*english, *chinese, spoken(tmp_path, "cmn-latn-pinyin", "您好。"))
    assert [round(likeness(heard, sound), 2) for sound in sought if likeness(heard, sound) < HEARD] == []
    for sought in ("八千九百九十九点八七美元", "一九九九年一月一日，星期五"):
        assert likeness(heard, spoken(tmp_path, "cmn-latn-pinyin", sought)) < HEARD
