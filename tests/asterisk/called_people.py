"""People on the outside whom a campaign calls: what each does when his telephone rings is written beforehand,
and what happened is seen from their side and from Asterisk's own log, never from the engine's.
"""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import Random

from demo import tone
from demo.endpoint import SipEndpoint
from demo.phone import Answers, Behaviour, Phone, Rejects, RingsForever

PERSON_HZ = 450
"""How people speak once they have said hello."""
HELLO_S, LISTENS_S = 0.4, 1.4
GREETING_S, BEEP_HZ = 4.5, 1000


class Does(StrEnum):
    """What somebody does when his telephone rings."""

    ANSWERS = "answers"
    """Says hello, listens, and talks with whoever comes, who hangs up first."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    """A greeting, a beep, and then it records."""
    REJECTS = "rejects"
    HANGS_UP = "hangs_up"
    """Answers and hangs up at once."""
    INVALID = "invalid"
    """There is no such number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """One person of a list."""

    number: str
    does: Does


def crowd(shares: Mapping[Does, int], seed: int, first: int = 33_600_000_000) -> list[Somebody]:
    """So many people of each kind, in a mixed order, with numbers of their own."""
    kinds = [does for does, many in shares.items() for _ in range(many)]
    Random(seed).shuffle(kinds)
    return [Somebody(number=f"+{first + n}", does=does) for n, does in enumerate(kinds)]


def speech(seconds: float, seed: int = 7) -> "array[int]":
    """Something like speech, for detection: noise in syllables, without a pause."""
    chance, samples = Random(seed), array("h")
    for at in range(round(seconds * tone.SAMPLE_RATE)):
        loud = 0.35 + 0.65 * abs(math.sin(at * math.pi / 1600))  # five syllables a second
        samples.append(round(loud * chance.uniform(-6000, 6000)))
    return samples


def silence(seconds: float) -> "array[int]":
    """Of that length."""
    return array("h", bytes(2 * round(seconds * tone.SAMPLE_RATE)))


HELLO = speech(HELLO_S) + silence(LISTENS_S)
GREETING = speech(GREETING_S) + silence(0.1) + array("h", tone.one_second(BEEP_HZ)[:3200])


class People:
    """Their telephones, behind the carrier."""

    def __init__(
        self,
        crowd: Sequence[Somebody],
        endpoint: SipEndpoint,
        pbx: tuple[str, int],
        *,
        seed: int,
    ) -> None:
        self.by_number = {one.number: one for one in crowd}
        self.phones: dict[str, Phone] = {}
        chance = Random(seed)
        for one in crowd:
            if one.does is not Does.INVALID:
                self.phones[one.number] = Phone(
                    endpoint,
                    user=one.number,
                    secret="",
                    registrar=pbx,
                    behaviour=behaviour(one.does, chance),
                    tone_hz=None if one.does is Does.MACHINE else PERSON_HZ,
                    opening=GREETING if one.does is Does.MACHINE else HELLO,
                )

    def rings(self) -> dict[str, int]:
        """How often each telephone rang, or was found busy by a second call."""
        return {
            number: sum(event.what in ("ringing", "busy") for event in phone.events)
            for number, phone in self.phones.items()
        }

    def what_happened(self, number: str) -> list[str]:
        """At his telephone."""
        return [event.what for event in self.phones[number].events]

    def heard_after(self, number: str, voices: Iterable[int]) -> float | None:
        """Seconds from his answer to the first agent's voice he heard; None: he heard none."""
        call = self.phones[number].call
        if call is None or call.media is None or call.t_answered is None:
            return None
        recorded = call.recorded()
        begins = [at for hz in voices if (at := tone.onset(recorded, hz)) is not None]
        return call.media.heard_at(min(begins)) - call.t_answered if begins else None


def behaviour(does: Does, chance: Random) -> Behaviour:
    """What his telephone is told to do."""
    after_s = chance.uniform(0.3, 1.5)
    match does:
        case Does.BUSY:
            return Rejects(code=486, after_s=0.1)
        case Does.REJECTS:
            return Rejects(code=603, after_s=after_s)
        case Does.ANSWERS | Does.MACHINE:
            return Answers(after_s=after_s)
        case Does.HANGS_UP:
            return Answers(after_s=after_s, talk_s=0.1)
        case Does.NO_ANSWER | Does.INVALID:
            return RingsForever()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A call to the outside as Asterisk's log has it."""

    at: datetime
    number: str


_CALLED = re.compile(
    r"^\[(?P<at>[^\]]+)\].*app_dial\.c: Called PJSIP/[^/]*/sip:(?P<number>[^@\s]+)@", re.MULTILINE
)


def dialled(log: Path) -> Iterator[Dialled]:
    """Every time Asterisk let a telephone outside ring, by its own log."""
    for found in _CALLED.finditer(log.read_text(errors="replace")):
        yield Dialled(at=datetime.fromisoformat(found["at"]), number=found["number"])


def times_dialled(log: Path) -> Counter[str]:
    """How often each number was, by Asterisk's log."""
    return Counter(one.number for one in dialled(log))
