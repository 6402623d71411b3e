"""Who calls in the demo, what they press and when they give up. Thirty calls, the same every time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from demo.phone import Answers, Behaviour, Rejects, RingsForever

Queue = Literal["sales", "support", "billing"]


class GivesUp(StrEnum):
    """When a caller hangs up before anybody answers."""

    NEVER = "never"
    WAITING = "while waiting"
    RINGING = "while the agent's phone rings"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCaller:
    """One caller. ``keys`` are pressed one by one, the first when he has heard ``thinks_s`` seconds."""

    caller_id: str
    keys: str
    queue: Queue
    """Where these keys must lead."""
    vip: bool = False
    gives_up: GivesUp = GivesUp.NEVER
    thinks_s: float = 0.4


AT_ONCE = 6
FIRST_WAVE = 6
"""These callers wait together before the first agent is ready, so that it shows who is served first."""
VIP_NUMBER = "+33123456789"
"""Known as a VIP by the shipped configuration."""

PHONES: dict[str, tuple[int, Behaviour]] = {
    "ana": (600, Answers(after_s=0.6, talk_s=3.0)),
    "ben": (750, Rejects(code=603, after_s=0.5)),
    "cleo": (900, Answers(after_s=0.4, talk_s=2.0)),
    "dan": (1050, RingsForever()),
    "eva": (1200, Answers(after_s=0.5, talk_s=2.5)),
}
"""Each agent's tone in Hz, known to the callers, and what the phone does. Ben rejects, Dan never answers."""
CALLER_TONE_HZ = 450


def _number(n: int) -> str:
    return f"+3355500{n:02d}"


def _wave() -> list[ScriptedCaller]:
    """Three normal callers, then two VIPs behind them, and one who will not wait for the first agent."""
    return [
        ScriptedCaller(caller_id=_number(1), keys="1", queue="sales"),
        ScriptedCaller(caller_id=_number(2), keys="2", queue="support"),
        ScriptedCaller(caller_id=_number(3), keys="1", queue="sales", gives_up=GivesUp.WAITING),
        ScriptedCaller(caller_id=_number(4), keys="2", queue="support"),
        ScriptedCaller(caller_id=VIP_NUMBER, keys="1", queue="sales", vip=True, thinks_s=1.2),
        ScriptedCaller(caller_id=_number(6), keys="9", queue="support", vip=True, thinks_s=1.2),
    ]


def _rest() -> list[ScriptedCaller]:
    callers = []
    for n in range(FIRST_WAVE + 1, 31):
        keys, queue = _MENU[n % len(_MENU)]
        callers.append(
            ScriptedCaller(
                caller_id=_number(n),
                keys=keys,
                queue=queue,
                vip=keys == "9",
                gives_up=GivesUp.RINGING if n == 10 else GivesUp.NEVER,
            )
        )
    return callers


_MENU: list[tuple[str, Queue]] = [
    ("1", "sales"),
    ("2", "support"),
    ("3", "billing"),
    ("2", "support"),
    ("71", "sales"),  # a key that leads nowhere first
    ("9", "support"),
    ("3", "billing"),
    ("1", "sales"),
]

CALLERS: tuple[ScriptedCaller, ...] = (*_wave(), *_rest())
