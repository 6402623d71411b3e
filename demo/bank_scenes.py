"""What callers live through at the demo's bank: the balance, a lost card, the night.

Each says what was promised and what did not come true, as seen from the telephone, the bank and the API.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cti.config import SpeechConfig
from demo.bank_service import ACCOUNT, PIN, SLOW_ACCOUNT, Bank
from demo.caller import Caller, CallerCall
from demo.leg import Leg
from demo.likeness import HEARD, likeness
from demo.phone import Phone
from demo.script import PHONES
from demo.tone import longest_run
from demo.voice import samples, spoken

BANK, NIGHT = "8100", "8200"
"""Numbers of the shipped plan: the bank's service line and its after-hours line."""
ANSWERED_S = 10.0
ENDED_S = 60.0
LOOK_EVERY_S = 0.1
VOICE_HZ = 450
"""What a caller says."""
SPEAKS_S = 2.5
BEGINS_S = 0.2
"""So much of a prompt is heard before a key is pressed."""
HEARD_AT_LEAST_S = 1.0
"""A tone must be heard without a break for this long to count as somebody speaking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What scenes are played with."""

    client: httpx.AsyncClient
    caller: Caller
    bank: Bank
    customers: Mapping[str, Phone]
    """The telephones of those whom the bank calls, by number."""
    voicemail: Path
    """Where Asterisk writes messages."""
    speech: SpeechConfig
    """How the house speaks."""

    async def calls(self, number: str, caller_id: str) -> CallerCall:
        """Somebody dials and is answered."""
        call = await self.caller.call(number, caller_id=caller_id, tone_hz=VOICE_HZ)
        await call.answered(ANSWERED_S)
        return call

    async def story(self, caller_id: str) -> dict[str, Any]:
        """A caller's call, once it has ended and is on record."""
        async with asyncio.timeout(ENDED_S):
            while True:
                page = (await self.client.get("/calls/history", params={"limit": 200})).json()
                for call in page["calls"]:
                    if call["caller"] == caller_id and call["outcome"] is not None:
                        story: dict[str, Any] = (await self.client.get(f"/calls/{call['call_id']}")).json()
                        return story
                await asyncio.sleep(LOOK_EVERY_S)

    async def at(self, caller_id: str, node: str) -> None:
        """Until a caller has come to a node of his flow."""
        async with asyncio.timeout(ENDED_S):
            while True:
                for call in (await self.client.get("/calls")).json():
                    if call["caller"] == caller_id and call["node"] == node:
                        return
                await asyncio.sleep(LOOK_EVERY_S)

    async def is_told(self, call: CallerCall, caller_id: str, node: str) -> None:
        """Until a caller hears what a node says: a key pressed before that may be pressed to nobody."""
        await self.at(caller_id, node)
        await call.listen(BEGINS_S, ENDED_S)

    async def records(self, caller_id: str) -> None:
        """Until a caller is being recorded; he hears a tone then, and nothing more."""
        async with asyncio.timeout(ENDED_S):
            while True:
                if any(self.voicemail.glob(f"*.{await self._call_id(caller_id)}.wav")):
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    async def _call_id(self, caller_id: str) -> str:
        calls = (await self.client.get("/calls")).json()
        return next((str(call["call_id"]) for call in calls if call["caller"] == caller_id), "gone")

    async def unheard(self, call: Leg, language: str, *texts: str) -> list[str]:
        """Those of the texts, spoken as the house speaks, that were not heard in a call."""
        heard, missed = call.recorded(), []
        for text in texts:
            sought = await spoken(text, language, self.speech)
            like = await asyncio.to_thread(likeness, heard, sought)
            if like < HEARD:
                missed.append(f"{call.user} did not hear {text!r} (likeness {like:.2f})")
        return missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Something that callers were promised."""

    promise: str
    play: Callable[[Stage], Awaitable[list[str]]]
    """Live through it; what did not come true."""
    calls: int = 1
    """How many telephones ring in it, or call."""


async def balance_in_chinese(stage: Stage) -> list[str]:
    """Language by key 2, the balance by key 1; every digit by hand, the account mistyped at first."""
    who = "+335550081"
    call = await stage.calls(BANK, who)
    await stage.is_told(call, who, "choose-language")
    await call.press("2")
    await stage.is_told(call, who, "main-menu")
    await call.press("1")
    await stage.is_told(call, who, "ask-account")
    await call.press(ACCOUNT[:-1] + "0")
    await asyncio.sleep(1)
    await call.press(ACCOUNT)
    await stage.is_told(call, who, "ask-pin")
    await call.press(PIN)
    await stage.is_told(call, who, "anything-else")
    await call.press("9")
    await call.hung_up(ENDED_S)
    story = await stage.story(who)
    misses = await stage.unheard(call, "zh", "您的余额是", "一千二百三十四点五六欧元")
    if story["call"]["outcome"] != "served_in_ivr":
        misses.append(f"{who} is {story['call']['outcome']}, not served")
    if PIN in story["call"]["menu_keys"] or f'"{PIN}"' in json.dumps(story):
        misses.append("the PIN is on record")
    return misses


async def bank_that_does_not_answer(stage: Stage) -> list[str]:
    """He hears so within the node's limit, and reaches somebody who sees what he typed."""
    who = "+335550082"
    call = await stage.calls(BANK, who)
    await stage.is_told(call, who, "choose-language")
    await call.press("1")
    await stage.is_told(call, who, "main-menu")
    await call.press("1")
    await stage.is_told(call, who, "ask-account")
    await call.press(SLOW_ACCOUNT)
    await stage.is_told(call, who, "ask-pin")
    await call.press(PIN)
    story, misses = await _served_by_an_agent(stage, call, who)
    misses += await stage.unheard(
        call, "en", "I cannot look up your balance at the moment. Somebody will help you."
    )
    return misses + _unseen(story, {"subject": "service", "account": SLOW_ACCOUNT})


async def lost_card(stage: Stage) -> list[str]:
    """Blocked at once, then before all others to an agent, who sees it; afterwards he grades him."""
    who = "+335550083"
    call = await stage.calls(BANK, who)
    await stage.is_told(call, who, "choose-language")
    await call.press("1")
    await stage.is_told(call, who, "main-menu")
    await call.press("2")
    await stage.is_told(call, who, "card-account")
    await call.press(ACCOUNT)
    await stage.is_told(call, who, "sure")
    await call.press("1")
    await stage.is_told(call, who, "survey")
    await call.press("5")
    story, misses = await _served_by_an_agent(stage, call, who)
    misses += await _ungraded(stage, story, 5)
    if stage.bank.blocked != [ACCOUNT]:
        misses.append(f"the bank has blocked {stage.bank.blocked}")
    if story["call"]["call_class"] != "vip":
        misses.append(f"{who} waited as {story['call']['call_class']}")
    return misses + _unseen(story, {"subject": "lost card", "account": ACCOUNT, "blocked": "4701"})


async def message_at_night(stage: Stage) -> list[str]:
    """His voice is in the file."""
    who = "+335550084"
    call = await stage.calls(NIGHT, who)
    await stage.is_told(call, who, "choice")
    await call.press("1")
    await stage.at(who, "message")
    await stage.records(who)
    await asyncio.sleep(SPEAKS_S)
    await call.press("#")
    await call.hung_up(ENDED_S)
    story = await stage.story(who)
    page = (await stage.client.get("/messages", params={"call_id": story["call"]["call_id"]})).json()
    if len(page["messages"]) != 1:
        return [f"{len(page['messages'])} messages of {who}"]
    file = await stage.client.get(f"/messages/{page['messages'][0]['message_id']}/file")
    said_s = longest_run(samples(file.content), VOICE_HZ)
    return [] if said_s >= HEARD_AT_LEAST_S else [f"{VOICE_HZ} Hz for {said_s:.1f} s in the message"]


async def callback_at_night(stage: Stage) -> list[str]:
    """He is going to be called when it opens, and hears so."""
    who = "+335550085"
    call = await stage.calls(NIGHT, who)
    await stage.is_told(call, who, "choice")
    await call.press("2")
    await stage.is_told(call, who, "when")
    await call.press("1")
    await call.hung_up(ENDED_S)
    booked = (await stage.client.get("/callbacks")).json()
    mine = [one for one in booked if one["number"] == who]
    return [] if len(mine) == 1 else [f"{len(mine)} callbacks for {who}"]


async def _served_by_an_agent(stage: Stage, call: CallerCall, who: str) -> tuple[dict[str, Any], list[str]]:
    """What is on record of a caller who waits for an agent, and what his telephone says against it."""
    await call.hung_up(ENDED_S)
    story = await stage.story(who)
    heard = [
        agent
        for agent, (tone_hz, _) in PHONES.items()
        if longest_run(call.recorded(), tone_hz) >= HEARD_AT_LEAST_S
    ]
    told = story["call"]["agent_id"]
    return story, [] if heard == [told] else [f"{who} heard {heard or 'nobody'}, the engine names {told}"]


async def _ungraded(stage: Stage, story: dict[str, Any], grade: int) -> list[str]:
    """What is wrong with the grade on record."""
    told = await stage.client.get("/reports/surveys/answers", params={"call": story["call"]["call_id"]})
    given = [(one["grade"], one["agent_id"]) for one in told.json()["answers"]]
    expected = [(grade, story["call"]["agent_id"])]
    return [] if given == expected else [f"grades on record are {given}, not {expected}"]


def _unseen(story: dict[str, Any], expected: dict[str, str]) -> list[str]:
    """What the agent did not see of what a caller had typed."""
    (queued, *_) = [entry["event"] for entry in story["timeline"] if entry["event"]["type"] == "CallQueued"]
    seen = {datum["name"]: datum["value"] for datum in queued["brief"]["data"]}
    return [f"the agent saw {seen}"] if seen != expected else []


SCENES: Sequence[Scene] = (
    Scene(promise="who chose Chinese heard his balance in it, under key 1", play=balance_in_chinese),
    Scene(promise="who asked a bank that hangs was helped by an agent", play=bank_that_does_not_answer),
    Scene(
        promise="a lost card was blocked, its caller went first and graded the agent, who saw it all",
        play=lost_card,
    ),
    Scene(promise="a message left at night holds the caller's voice", play=message_at_night),
    Scene(promise="a callback asked for at night is booked", play=callback_at_night),
)
