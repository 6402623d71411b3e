"""Campaigns that live on a real Asterisk: who answers talks with an agent, or hears in time that nobody is
there; he can end it by a key, and a reminder without agents tells what came of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cti.config import SpeechConfig
from demo.phone import Answers, Phone, Ringing, RingsForever
from demo.tone import SAMPLE_RATE, onset
from demo.voice import spoken
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import AGENT_HZ, LOOK_EVERY_S, SOON_S, RealHouse
from tests.asterisk.sound import hears

pytestmark = pytest.mark.asterisk

ANN, BOB, CLEO, DORA = "+33612345601", "+33612345602", "+33612345603", "+33612345604"
MESSAGE = "This was a call from the Sample Company. Nobody was free for you."
ALWAYS = """\
title: Whenever
hours: {week: {mon-sun: ["00:00-24:00"]}}
shows_caller_id: false
connecting:
  allowances: [{percent: 50, within_h: 24, least: 10}]
  within_s: 2
  ring_at_least_s: 0
  message: true
  opt_out_key: "9"
"""
SELLING = f"title: Selling\nmode: progressive\nqueue: sales\nprofile: always\nmessage: {MESSAGE}\n"
REMINDING = """\
title: Reminding
mode: agentless
flow: comes
profile: always
lines: {most: 5}
dispositions: {confirmed: {success: true}, cancelled: {}}
"""
WITHIN_S, ALONE_WITHIN_S = 4.0, 9.0
"""Two seconds are promised with an engine, and seen without one; a busy machine hears of an answer later."""
COMES = """\
name: comes
start: ask
nodes:
  ask:
    kind: menu
    prompts: [{text: "Hello {lead.name}. Do you come {lead.day}?"}]
    keys: {1: yes-he-does, 2: no-he-does-not}
    timeout_s: 5
    retries: 1
    otherwise: bye
  yes-he-does: {kind: disposition, disposition: confirmed, note: "{lead.day}", next: bye}
  no-he-does-not: {kind: disposition, disposition: cancelled, next: bye}
  bye: {kind: hangup, prompts: [goodbye]}
"""


class DiallingHouse(RealHouse):
    """A house that may dial at any hour."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, {**QUICK, "speech": {"ahead": True}, "customers": {"region": "FR"}})
        self.asterisk.changes["outside"] = {
            "trunk": "carrier",
            "host": "127.0.0.2",
            "port": self.carrier_port,
            "allow": ["+33"],
        }

    async def furnished(self) -> None:
        """What is dialled by, and as few flows as can be: all their words are spoken ahead."""
        var = self.asterisk.var
        for flow in ("after-hours", "bank", "reminder", "while-you-wait"):
            (var / "flows" / f"{flow}.yaml").unlink()
        (var / "numbers.yaml").write_text('numbers: {"8000": main}\n')
        (var / "dialing").mkdir()
        (var / "dialing" / "always.yaml").write_text(ALWAYS)
        (var / "flows" / "comes.yaml").write_text(COMES)

    async def done(self, method: str, path: str, **body: Any) -> Any:
        """Ask for it, as often as the answer is that the engine still reads what earlier runs left."""
        async with asyncio.timeout(SOON_S):
            while (answer := await self.http.request(method, path, json=body)).status_code == 503:
                await asyncio.sleep(LOOK_EVERY_S)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def campaign(self, campaign: str, document: str, number: str, **lead: Any) -> None:
        """A campaign of one lead."""
        await self.done("POST", "/campaigns", campaign_id=campaign, document=document)
        await self.done("PUT", f"/lead-lists/{campaign}-list", campaign=campaign)
        lead = {"id": "1", "numbers": [{"number": number}], **lead}
        await self.done("POST", "/leads", list=f"{campaign}-list", leads=[lead])

    async def starts(self, name: str) -> None:
        await self.done("POST", f"/campaigns/{name}/start")

    async def lead_of(self, name: str) -> dict[str, Any]:
        """A campaign's only lead, once nothing more is tried."""
        page: dict[str, Any] = await self.until(
            lambda page: page["leads"][0]["state"] in ("done", "resting"), f"/leads?campaign={name}"
        )
        lead: dict[str, Any] = page["leads"][0]
        return lead


async def answers(phone: Phone) -> Ringing:
    """It rings, and he takes the receiver off."""
    ringing = await phone.next_ring(SOON_S)
    await ringing.answered(SOON_S)
    return ringing


async def test_who_answers_is_served_as_the_law_wants_it(tmp_path: Path) -> None:
    async with DiallingHouse(tmp_path / "house") as house:
        await house.furnished()
        await house.opens()
        ana = await house.ready("ana", Answers(after_s=0.05))
        await house.until(lambda seen: True, "/campaigns")

        # Ann talks with an agent.
        ann = house.customer(ANN, Answers(after_s=0.3))
        await house.campaign("reached", SELLING, ANN, name="Ann")
        await house.starts("reached")
        call = await answers(ann)
        talking = await house.until(lambda a: a["state"] == "talking", "/agents/ana")
        assert talking
        await call.listen(1, SOON_S)
        assert call.media is not None
        assert call.media.started_at is not None
        voice = onset(call.recorded(), AGENT_HZ["ana"])
        assert voice is not None
        assert call.media.heard_at(voice) - call.media.started_at < WITHIN_S
        await ana.hang_up()
        await call.hung_up(SOON_S)
        lead = await house.lead_of("reached")
        assert (lead["state"], lead["last_outcome"]) == ("done", "connected")

        # Nobody is there for Bob: he hears who called within the two seconds, and wants no more of it.
        said = (await spoken(MESSAGE, "en", SpeechConfig()))[: 2 * SAMPLE_RATE]
        bob = house.customer(BOB, RingsForever())
        await house.campaign("dropped", SELLING, BOB, name="Bob")
        await house.until(lambda a: a["state"] == "ready", "/agents/ana")
        await house.starts("dropped")
        ringing = await bob.next_ring(SOON_S)
        await house.done("PUT", "/agents/ana/state", state="not_ready", reason="break")
        ringing.answer()
        await ringing.answered(SOON_S)
        at = await hears(ringing, said) - len(said)
        assert ringing.media is not None
        assert ringing.media.started_at is not None
        assert ringing.media.heard_at(at) - ringing.media.started_at < WITHIN_S
        await ringing.media.press("9")
        await ringing.hung_up(SOON_S)
        lead = await house.lead_of("dropped")
        assert (lead["state"], lead["because"]) == ("done", "opted_out")
        listed = await house.get(f"/dnc/check?number={BOB.replace('+', '%2B')}")
        assert [one["list"] for one in listed["listings"]] == ["internal"]

        # A reminder talks with Cleo, who comes.
        cleo = house.customer(CLEO, Answers(after_s=0.2))
        await house.campaign("reminded", REMINDING, CLEO, name="Cleo", data={"day": "on Monday"})
        await house.starts("reminded")
        call = await answers(cleo)
        question = await spoken("Hello Cleo. Do you come on Monday?", "en", SpeechConfig())
        await hears(call, question)
        assert call.media is not None
        await call.media.press("1")
        await call.hung_up(SOON_S)
        lead = await house.lead_of("reminded")
        assert (lead["state"], lead["disposition"], lead["last_outcome"]) == ("done", "confirmed", "served")
        await asyncio.gather(house.settled())

        # The engine is killed while it rings at Dora's: she hears who called, not music.
        dora = house.customer(DORA, RingsForever())
        await house.campaign("alone", SELLING, DORA, name="Dora")
        await house.done("PUT", "/agents/ana/state", state="ready")
        await house.until(lambda a: a["state"] == "ready", "/agents/ana")
        await house.starts("alone")
        ringing = await dora.next_ring(SOON_S)
        house.engine.kill()
        ringing.answer()
        await ringing.answered(SOON_S)
        await ringing.hung_up(SOON_S)
        at = await hears(ringing, said) - len(said)
        assert ringing.media is not None
        assert ringing.media.started_at is not None
        assert ringing.media.heard_at(at) - ringing.media.started_at < ALONE_WITHIN_S
