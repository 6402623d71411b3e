"""What callers hear, found or made: recordings, texts, values, in their language or the next best."""

import asyncio
import datetime
import shutil
import wave
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path, PurePosixPath

import pytest

from cti.media_place import MediaPlace
from cti.own_sounds import OwnSounds
from cti.prompt_source import PromptSources
from cti.prompter import HousePrompter
from cti.sound_cache import SoundCache
from cti.tts import EspeakNg, SpeechFailed, TextToSpeech
from ivr.catalogue import load_catalogue
from ivr.utterance import Amount, Date, Digits, Number, Recording, Sound, Text, TimeOfDay

pytestmark = pytest.mark.skipif(shutil.which("sox") is None, reason="needs sox")


class Hummer:
    """A voice that hums, half a second a word."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []
        self.fails = False
        self.go = asyncio.Event()
        self.go.set()

    def style(self, language: str) -> str:
        return f"hum {language}"

    async def speak(self, text: str, language: str, to: Path) -> None:
        self.spoken.append((text, language))
        await self.go.wait()
        if self.fails:
            raise SpeechFailed("hoarse")
        write_wav(to, len(text.split()) / 2)


def write_wav(path: Path, seconds: float, rate: int = 22_050) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"\1\2" * round(seconds * rate))


class House:
    """A prompter, its catalogue and what lies around it."""

    def __init__(self, directory: Path, voice: TextToSpeech) -> None:
        self.directory = directory
        self.here = directory / "instance"
        self.config = directory / "prompts"
        self.config.mkdir()
        (self.config / "en.yaml").write_text("welcome: Welcome to the bank\nbye: Goodbye\n")
        (self.config / "zh.yaml").write_text("welcome: 欢迎致电\nqueue-youarenext: 您是下一位\n")
        for name in ("en/hello", "en/beep", "fr/digits/1"):
            (directory / "sounds" / f"{name}.gsm").parent.mkdir(parents=True, exist_ok=True)
            (directory / "sounds" / f"{name}.gsm").touch()
        self.cache = SoundCache(
            self.here / "prompts", most_bytes=10**7, most_files=100, at_once=2, clock=lambda: 0.0
        )
        self.cache.open()
        self.prompter = HousePrompter(
            place=MediaPlace(here=self.here, there=PurePosixPath("/there")),
            sources=PromptSources(load_catalogue(self.config), OwnSounds(directory / "sounds")),
            voice=voice,
            cache=self.cache,
        )

    def seconds(self, name: str) -> float:
        """How long a file is that Asterisk was told to play."""
        path = self.here / PurePosixPath(name).relative_to("/there").with_suffix(".wav")
        with wave.open(str(path)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
            return sound.getnframes() / 8000


@pytest.fixture
def voice() -> Hummer:
    return Hummer()


@pytest.fixture
async def house(tmp_path: Path, voice: Hummer) -> Iterator[House]:
    house = House(tmp_path, voice)
    yield house
    await house.cache.close()


async def test_a_text_is_spoken_once_and_kept(house: House, voice: Hummer) -> None:
    [name] = await house.prompter.files([Sound("welcome")], "en")
    assert house.seconds(name) == pytest.approx(2.0, abs=0.01)
    assert await house.prompter.files([Sound("welcome")], "en") == [name]
    assert house.prompter.ready([Sound("welcome")], "en") == [name]
    assert voice.spoken == [("Welcome to the bank", "en")]


async def test_many_callers_who_wait_for_the_same_text_have_it_made_once(house: House, voice: Hummer) -> None:
    heard = await asyncio.gather(*[house.prompter.files([Text("Hello  there")], "en") for _ in range(50)])
    assert len({tuple(names) for names in heard}) == 1
    assert voice.spoken == [("Hello there", "en")]


async def test_a_recording_wins_over_the_text_whatever_its_format(house: House, voice: Hummer) -> None:
    write_wav(house.config / "en" / "welcome.wav", 3)
    house.prompter.use(load_catalogue(house.config))
    [name] = await house.prompter.files([Sound("welcome")], "en")
    assert house.seconds(name) == pytest.approx(3.0, abs=0.01)
    assert voice.spoken == []


async def test_a_new_recording_under_the_old_name_is_heard(house: House) -> None:
    recording = house.config / "en" / "welcome.wav"
    heard = []
    for seconds in (1, 2):
        write_wav(recording, seconds)
        house.prompter.use(load_catalogue(house.config))
        heard += await house.prompter.files([Sound("welcome")], "en")
    assert [round(house.seconds(name)) for name in heard] == [1, 2]


@pytest.mark.parametrize("ending", ["flac", "ogg", "aiff", "ulaw", "alaw", "gsm", "sln", "au"])
async def test_recordings_of_many_formats(house: House, ending: str) -> None:
    write_wav(house.directory / "said.wav", 1, 8000)
    (house.config / "en").mkdir()
    told = {"ulaw": ["-t", "ul"], "alaw": ["-t", "al"], "sln": ["-t", "raw", "-b", "16"]}.get(ending, [])
    target = house.config / "en" / f"welcome.{ending}"
    process = await asyncio.create_subprocess_exec("sox", house.directory / "said.wav", *told, target)
    assert await process.wait() == 0
    house.prompter.use(load_catalogue(house.config))
    [name] = await house.prompter.files([Sound("welcome")], "en")
    assert house.seconds(name) == pytest.approx(1.0, abs=0.1)


async def test_a_recording_that_is_none_is_left_out_and_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    (house.config / "en").mkdir()
    (house.config / "en" / "welcome.wav").write_text("not sound at all")
    house.prompter.use(load_catalogue(house.config))
    assert await house.prompter.files([Sound("welcome"), Sound("hello")], "en") == ["hello"]
    assert "welcome.wav: sox failed" in caplog.text


async def test_asterisks_own_sounds_are_played_by_name(house: House) -> None:
    assert await house.prompter.files([Sound("hello"), Sound("beep")], "en") == ["hello", "beep"]
    assert await house.prompter.files([Sound("digits/1")], "fr") == ["fr/digits/1"]


async def test_what_a_language_lacks_is_heard_in_english_or_left_out(
    house: House, voice: Hummer, caplog: pytest.LogCaptureFixture
) -> None:
    assert await house.prompter.files([Sound("hello"), Sound("nonsense")], "zh") == ["hello"]
    assert "the prompt 'hello' is not there in zh: played in English" in caplog.text
    assert "the prompt 'nonsense' is not there in zh: left out" in caplog.text
    assert len(await house.prompter.files([Sound("welcome")], "zh_HK")) == 1
    assert voice.spoken == [("欢迎致电", "zh")]


async def test_something_may_be_said_in_another_language_than_the_callers(
    house: House, voice: Hummer
) -> None:
    said = [Sound("welcome", "zh"), Text("中文请按二", "zh"), Text("For English")]
    assert len(await house.prompter.files(said, "en")) == 3
    assert voice.spoken == [("欢迎致电", "zh"), ("中文请按二", "zh"), ("For English", "en")]


async def test_values_are_spoken_where_asterisk_has_no_sounds_for_them(house: House, voice: Hummer) -> None:
    said = [
        Number(42),
        Digits("061"),
        Amount(amount=Decimal("12.5"), currency="EUR"),
        Date(datetime.date(2026, 11, 22)),
        TimeOfDay(hour=18, minute=5),
    ]
    assert len(await house.prompter.files(said, "zh")) == 5
    assert [text for text, _ in voice.spoken] == [
        "四十二",
        "零六幺",
        "十二点五欧元",
        "二零二六年十一月二十二日，星期日",
        "晚上六点零五分",
    ]
    voice.spoken.clear()
    assert len(await house.prompter.files([Number(42)], "en")) == 1  # this Asterisk has no digits
    assert voice.spoken == [("42", "en")]


async def test_values_are_asterisks_sounds_where_it_has_them(tmp_path: Path, voice: Hummer) -> None:
    house = House(tmp_path, voice)
    for name in ("digits/40", "digits/2"):
        path = tmp_path / "sounds" / "en" / f"{name}.gsm"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert await house.prompter.files([Number(42)], "en") == ["digits/40", "digits/2"]


async def test_what_a_caller_recorded_is_played_from_where_asterisk_put_it(house: House) -> None:
    said = [Recording("1700000000.7"), Recording("1700000000.8.wav")]
    assert await house.prompter.files(said, "en") == [
        "/there/recordings/1700000000.7",
        "/there/recordings/1700000000.8",
    ]


async def test_a_voice_that_fails_is_left_out_and_asked_again_later(house: House, voice: Hummer) -> None:
    voice.fails = True
    assert await house.prompter.files([Text("Hello"), Sound("hello")], "en") == ["hello"]
    assert await house.prompter.files([Text("Hello"), Sound("hello")], "en") == ["hello"]
    assert len(voice.spoken) == 1


async def test_a_caller_does_not_wait_for_ever(
    house: House, voice: Hummer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.prompter.PATIENCE_S", 0.05)
    voice.go.clear()
    assert await house.prompter.files([Text("Hello"), Sound("hello")], "en") == ["hello"]
    voice.go.set()
    async with asyncio.timeout(30):
        while (names := house.prompter.ready([Text("Hello")], "en")) is None:  # it was made nevertheless
            await asyncio.sleep(0)
    assert len(names) == 1
    assert len(voice.spoken) == 1


async def test_nothing_of_a_callers_text_is_logged(
    house: House, voice: Hummer, caplog: pytest.LogCaptureFixture
) -> None:
    voice.fails = True
    await house.prompter.files([Text("your balance is 17 euros")], "en")
    assert "a text of 24 characters in en" in caplog.text
    assert "balance" not in caplog.text


async def test_sounds_are_made_ahead_and_what_fails_is_told(house: House, voice: Hummer) -> None:
    wanted = [(Sound("welcome"), "en"), (Sound("welcome"), "zh"), (Text("Hello"), "en")]
    assert await house.prompter.render(wanted) == []
    assert house.prompter.ready([Sound("welcome")], "zh") is not None
    voice.fails = True
    assert await house.prompter.render([(Text("Oh dear"), "en")]) == ["Oh dear: hoarse"]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")
@pytest.mark.parametrize(
    "text",
    [
        "-w /tmp/elsewhere.wav",
        "--stdin",
        "<audio src='/etc/passwd'/> [[h@l'oU]]",
        "a\0b\r\nAction: Originate\r\n",
        "../../../etc/passwd",
        "$(touch /tmp/x); `id` | sh",
        "\ud800 broken",
        "9" * 5000,
    ],
)
async def test_hostile_texts_are_only_spoken(tmp_path: Path, text: str) -> None:
    house = House(tmp_path, EspeakNg({}, 160))
    try:
        [name] = await house.prompter.files([Text(text)], "en")
        assert PurePosixPath(name).parent == PurePosixPath("/there/prompts")
        assert house.seconds(name) > 0.2
        assert [path.suffix for path in (house.here / "prompts").iterdir()] == [".wav"]
    finally:
        await house.cache.close()


async def test_nothing_to_say_is_nothing(house: House, voice: Hummer) -> None:
    assert await house.prompter.files([Text(""), Text(" \r\n\0"), Text("...!")], "en") == []
    assert voice.spoken == []
