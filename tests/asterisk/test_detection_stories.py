"""Who answers a campaign's line, by ear: people, machines, and somebody who says nothing."""

import asyncio
from array import array
from pathlib import Path

import pytest

from cti.config import SpeechConfig
from demo import tone
from demo.tone import SAMPLE_RATE
from demo.voice import spoken
from dialer.attempt import Party
from dialer.campaign import MachineRules, MachineThen
from dialer.signals import LineGone, LineJudged, LineMessageLeft
from tests.asterisk.line_bench import MESSAGE, LineBench
from tests.asterisk.real_house import SOON_S
from tests.asterisk.sound import HEARD, likeness, prompt

pytestmark = pytest.mark.asterisk

PEOPLE = {
    "+33611": "Hello?",
    "+33612": "Miller.",
    "+33613": "Hello, this is Ann speaking.",
    "+33614": "Hello? Who is there?",
}
NOBODY_SPEAKS = "+33620"
ANSWERS = "+33640"
LEFT, HUNG_UP_ON, PASSED_ON, DETECTED_NEVER = "+33631", "+33632", "+33633", "+33634"
GREETING = "Hi, this is Bob. Leave a message."
LEAVES = MachineRules(then=MachineThen.LEAVE_MESSAGE, message=("any",))
LOUD = 500


def pause(seconds: float) -> "array[int]":
    return array("h", [0] * round(seconds * SAMPLE_RATE))


def beep() -> "array[int]":
    return array("h", tone.one_second(1000)[: SAMPLE_RATE // 2])


def begins(samples: "array[int]") -> int:
    """The first sample of what is loud."""
    return next(at for at, sample in enumerate(samples) if abs(sample) > LOUD)


async def test_people_are_people_and_a_machine_is_left_the_message_after_its_beep(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "house") as bench:
        greeting = await spoken(GREETING, "en", SpeechConfig())
        machine = greeting + pause(0.8) + beep()
        lines = {}
        for number, words in PEOPLE.items():
            bench.phone(number, pause(0.3) + await spoken(words, "en", SpeechConfig()))
            lines[number] = await bench.dials(number, LEAVES)
        bench.phone(NOBODY_SPEAKS, pause(0))
        lines[NOBODY_SPEAKS] = await bench.dials(NOBODY_SPEAKS, LEAVES)
        phones = {
            number: bench.phone(number, machine) for number in (LEFT, HUNG_UP_ON, PASSED_ON, DETECTED_NEVER)
        }
        lines[LEFT] = await bench.dials(LEFT, LEAVES)
        lines[HUNG_UP_ON] = await bench.dials(HUNG_UP_ON, MachineRules())
        lines[PASSED_ON] = await bench.dials(PASSED_ON, MachineRules(then=MachineThen.PASS_ON))
        lines[DETECTED_NEVER] = await bench.dials(DETECTED_NEVER, None)
        taken = await phones[LEFT].next_ring(SOON_S)

        said = {number: await bench.hears(LineJudged, line) for number, line in lines.items()}
        assert {number: said[number].party for number in PEOPLE} == dict.fromkeys(PEOPLE, Party.PERSON)
        assert all(said[number].words.startswith("HUMAN") for number in PEOPLE)
        assert said[NOBODY_SPEAKS].party is Party.UNSURE
        assert said[NOBODY_SPEAKS].words.startswith("TOOLONG-")
        machines = [said[number].party for number in (LEFT, HUNG_UP_ON, PASSED_ON)]
        assert machines == [Party.MACHINE] * 3
        assert (said[DETECTED_NEVER].party, said[DETECTED_NEVER].words) == (Party.PERSON, "")

        await bench.hears(LineMessageLeft, lines[LEFT])
        await asyncio.gather(*(bench.hears(LineGone, line) for line in lines.values()))
        order = ["LineRings", "LineAnswered", "LineJudged"]
        assert bench.heard_of(lines[LEFT]) == [*order, "LineMessageLeft", "LineGone"]
        for number in (*PEOPLE, NOBODY_SPEAKS, HUNG_UP_ON, PASSED_ON, DETECTED_NEVER):
            assert bench.heard_of(lines[number]) == [*order, "LineGone"]
        to_a_flow = {lines[number] for number in (*PEOPLE, NOBODY_SPEAKS, PASSED_ON, DETECTED_NEVER)}
        assert set(bench.came_to_flows) == {(line, "sales") for line in to_a_flow}

        heard, media = taken.recorded(), taken.media
        assert media is not None
        assert media.started_at is not None
        assert likeness(heard, prompt(MESSAGE)) >= HEARD
        beep_over = media.started_at + len(machine) / SAMPLE_RATE
        after_beep = media.heard_at(begins(heard)) - beep_over
        assert 1.0 <= after_beep <= 6.0
        await nobody_is_sent_to_an_engine_that_was_silent_for_two_seconds(bench)


async def nobody_is_sent_to_an_engine_that_was_silent_for_two_seconds(bench: LineBench) -> None:
    """By milliseconds: of whole seconds, 2.05 may be two or three."""
    await bench.heart_stops()
    bench.phone(ANSWERS, pause(0))
    for ago_s, is_asked in ((2.05, False), (-1.95, True)):  # of a clock that was set back
        await bench.beats(ago_s)
        line = await bench.dials(ANSWERS, None)
        await bench.hears(LineGone, line)
        assert ((line, "sales") in bench.came_to_flows) is is_asked
