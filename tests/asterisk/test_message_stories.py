"""Real Asterisk, real phones and fax machines: what callers leave in a flow is kept as they left it."""

import asyncio
import re
import wave
from array import array
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from cti.media_place import MediaPlace, media_place
from demo import tone
from demo.caller import CallerCall
from tests.asterisk.fax_machine import PAGE, FaxMachine, pages
from tests.asterisk.real_house import LOOK_EVERY_S, SOON_S, RealHouse
from tests.asterisk.sound import HEARD, likeness, prompt

pytestmark = pytest.mark.asterisk

FLOW = """\
name: main
start: choice
nodes:
  choice:
    kind: menu
    prompts: [vm-press]
    keys: {1: message, 2: comment}
    timeout_s: 10
    retries: 0
    otherwise: sorry
  message:
    kind: voicemail
    mailbox: claims
    prompts: [vm-intro]
    silence_s: 2
    saved: thanks
    failed: sorry
  comment:
    kind: record
    into: comment
    beep: false
    next: playback
    failed: sorry
  playback: {kind: play, prompts: [{recording: comment}], next: thanks, interruptible: false}
  thanks: {kind: hangup, prompts: [auth-thankyou]}
  sorry: {kind: hangup, prompts: [im-sorry]}
"""
FAX_FLOW = """\
name: fax
start: pages
nodes:
  pages: {kind: fax, mailbox: orders, received: bye, failed: bye}
  bye: {kind: hangup}
"""
NUMBERS = 'numbers: {"8000": main, "8001": fax}\n'
SPEAKS_S = 1.5
"""How long a caller speaks; while he is recorded he hears nothing to go by."""
FAX_S = 60.0
"""A machine takes about 18 s for a page, most of it for greetings."""


class Offices:
    """A house with a line for messages and one for faxes."""

    def __init__(self, house: RealHouse) -> None:
        self.house = house
        self.place: MediaPlace = media_place(house.asterisk.var)
        here = house.asterisk.config_path.parent
        (here / "flows" / "main.yaml").write_text(FLOW)
        (here / "flows" / "fax.yaml").write_text(FAX_FLOW)
        (here / "numbers.yaml").write_text(NUMBERS)

    async def tone_was_heard(self, directory: Path, call: CallerCall) -> None:
        """Wait until a caller's file is there: now he is listened to."""
        name = (await self.house.call_of(call.user) or {})["call_id"]
        async with asyncio.timeout(SOON_S):
            while not any(directory.glob(f"*.{name}.wav")):
                await asyncio.sleep(LOOK_EVERY_S)

    async def message(self, **asked: str) -> dict[str, Any]:
        """The only message of a kind, as soon as it is listed."""
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        page = await self.house.until(lambda page: page["messages"] != [], f"/messages?{query}")
        (found,) = page["messages"]
        return dict(found)

    async def said(self, message: dict[str, Any]) -> "array[int]":
        """What is in a message."""
        answer = await self.house.http.get(f"/messages/{message['message_id']}/file")
        with wave.open(BytesIO(answer.content)) as recording:
            assert (recording.getframerate(), recording.getnchannels()) == (tone.SAMPLE_RATE, 1)
            return array("h", recording.readframes(recording.getnframes()))

    # -- stories ---------------------------------------------------------------------------------

    async def a_message_is_left(self) -> None:
        """He speaks, falls silent, is thanked; somebody hears it and deals with it."""
        house, caller = self.house, "+331"
        call = await house.calls(caller, tone_hz=None)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("1")
        await self.tone_was_heard(self.place.voicemail, call)
        call.tone_hz = 450
        await asyncio.sleep(SPEAKS_S)
        call.tone_hz = None
        await call.hung_up(SOON_S)
        assert likeness(call.recorded()[-4 * tone.SAMPLE_RATE :], prompt("auth-thankyou")) >= HEARD
        record = await house.record_of(caller)
        assert record["outcome"] == "voicemail"
        call_id = record["call_id"]
        message = await self.message(call_id=call_id)
        assert (message["kind"], message["mailbox"], message["caller"]) == ("voicemail", "claims", caller)
        assert message["state"] == "new"
        said = await self.said(message)
        assert tone.longest_run(said, 450) >= 1
        assert len(said) == message["length_s"] * tone.SAMPLE_RATE
        await house.until(lambda owed: caller in [item["caller"] for item in owed], "/unanswered")
        done = {"state": "done", "by": "ana"}
        answer = await house.http.put(f"/messages/{message['message_id']}/state", json=done)
        assert answer.status_code == 200, answer.text
        await house.until(lambda owed: caller not in [item["caller"] for item in owed], "/unanswered")

    async def a_message_outlives_a_hang_up(self) -> None:
        """He hangs up in the middle of a word."""
        house, caller = self.house, "+332"
        call = await house.calls(caller, tone_hz=600)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("1")
        await self.tone_was_heard(self.place.voicemail, call)
        await asyncio.sleep(SPEAKS_S)
        await call.hang_up()
        record = await house.record_of(caller)
        assert record["outcome"] == "voicemail"
        message = await self.message(call_id=record["call_id"])
        assert tone.longest_run(await self.said(message), 600) >= 1

    async def a_comment_is_recorded(self) -> None:
        """He ends it with a key, and hears what he said; nobody owes him an answer for it."""
        house, caller = self.house, "+333"
        call = await house.calls(caller, tone_hz=750)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("2")
        await self.tone_was_heard(self.place.recordings, call)
        await asyncio.sleep(SPEAKS_S)
        await call.press("#")
        await call.hung_up(SOON_S)
        record = await house.record_of(caller)
        assert record["outcome"] == "served_in_ivr"
        assert tone.longest_run(call.recorded(), 750) >= 1
        message = await self.message(call_id=record["call_id"], kind="recording")
        assert message["mailbox"] is None
        assert tone.longest_run(await self.said(message), 750) >= 1

    async def nobody_says_nothing(self) -> None:
        """Silence is no message."""
        house, caller = self.house, "+334"
        call = await house.calls(caller, tone_hz=None)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("1")
        await call.hung_up(SOON_S)
        assert likeness(call.recorded()[-3 * tone.SAMPLE_RATE :], prompt("im-sorry")) >= HEARD
        record = await house.record_of(caller)
        assert (await house.get(f"/messages?call_id={record['call_id']}"))["messages"] == []

    async def faxes_come(self, machine: FaxMachine) -> None:
        """The same page, over T.38 and as sound."""
        for as_sound in (True, False):
            await asyncio.to_thread(machine.sends, self.house.asterisk.config, "8001", as_sound=as_sound)
        listed: list[dict[str, Any]] = []
        async with asyncio.timeout(FAX_S):
            while len(listed) < 2:
                listed = (await self.house.get("/messages?kind=fax"))["messages"]
                await asyncio.sleep(LOOK_EVERY_S)
        (sent,) = pages(PAGE.read_bytes())
        for message in listed:
            assert (message["mailbox"], message["pages"]) == ("orders", 1)
            answer = await self.house.http.get(f"/messages/{message['message_id']}/file")
            assert answer.headers["content-type"] == "image/tiff"
            assert pages(answer.content) == [sent]
        told = await asyncio.to_thread(self.house.asterisk.cli, "fax show stats")
        assert re.findall(r"^Spandsp (\S+) *\nSuccess +: (\d+)", told, re.MULTILINE) == [
            ("G.711", "1"),
            ("T.38", "1"),
        ]


async def test_what_callers_leave_is_kept_as_they_left_it(tmp_path: Path) -> None:
    with FaxMachine(tmp_path / "machine") as machine:
        async with RealHouse(tmp_path / "house") as house:
            offices = Offices(house)
            await house.opens()
            async with asyncio.TaskGroup() as stories:
                stories.create_task(offices.faxes_come(machine))
                stories.create_task(offices.a_message_is_left())
                stories.create_task(offices.a_message_outlives_a_hang_up())
                stories.create_task(offices.a_comment_is_recorded())
                stories.create_task(offices.nobody_says_nothing())
            await house.settled()
