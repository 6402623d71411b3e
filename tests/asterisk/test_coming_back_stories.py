"""Real Asterisk, real phones: what goes with a caller to his agent, and his way back afterwards."""

import asyncio
from pathlib import Path

import pytest

from cti.media_place import MediaPlace, media_place
from demo import tone
from demo.caller import CallerCall
from demo.phone import Answers
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import AGENT_HZ, LOOK_EVERY_S, SOON_S, RealHouse
from tests.asterisk.sound import HEARD, likeness, prompt

pytestmark = pytest.mark.asterisk

FLOW = """\
name: main
start: account
nodes:
  account:
    kind: collect
    prompts: [vm-press]
    into: account
    length: 4
    timeout_s: 10
    retries: 0
    next: desk
    otherwise: desk
  desk:
    kind: queue
    queue: sales
    requires: sales >= 8
    data: {account: "{account}", number: "{caller}"}
    refused: bye
    after: opinion
  opinion:
    kind: survey
    questions:
      - {name: served, prompts: [vm-press], scale: [1, 5]}
      - {name: why, prompts: [vm-intro], comment_s: 20}
    timeout_s: 10
    retries: 0
    next: again
  again:
    kind: branch
    cases: [{when: account == "1234", next: thanks}]
    otherwise: bye
  thanks: {kind: hangup, prompts: [auth-thankyou]}
  bye: {kind: hangup, prompts: [im-sorry]}
"""
SPEAKS_S = 1.2


class Line:
    """A line on which callers are asked how it was."""

    def __init__(self, house: RealHouse) -> None:
        self.house = house
        self.place: MediaPlace = media_place(house.asterisk.var)
        (house.asterisk.config_path.parent / "flows" / "main.yaml").write_text(FLOW)

    async def waits(self, caller: str) -> CallerCall:
        """He types his account, and is known to be in the queue."""
        call = await self.house.calls(caller, tone_hz=None)
        await self.house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("1234")
        await self.house.until(lambda c: c["queue_id"] == "sales", caller=caller)
        return call

    async def is_listened_to(self, call_id: str) -> None:
        """What he says is being written down."""
        async with asyncio.timeout(SOON_S):
            while not any(self.place.recordings.glob(f"*.{call_id}.wav")):
                await asyncio.sleep(LOOK_EVERY_S)

    async def is_asked(self, caller: str) -> None:
        """He is back in his flow, at the survey."""
        await self.house.until(lambda c: c["state"] == "in_ivr", caller=caller)

    # -- stories ---------------------------------------------------------------------------------

    async def he_goes_to_who_can_and_is_asked_afterwards(self) -> None:
        """Ben was ready before Ana, and cannot what this caller requires."""
        house, caller = self.house, "+331"
        ben = await house.ready("ben", Answers(after_s=0.1))
        call = await self.waits(caller)
        live = await house.until(lambda c: c["state"] == "waiting", caller=caller)
        assert live["requires"] == "sales >= 8"
        assert live["data"] == {"account": "1234", "number": caller}
        ana = await house.ready("ana", Answers(after_s=0.1))
        talk = await ana.next_ring(SOON_S)
        await talk.answered(SOON_S)
        await house.until(lambda c: c["state"] == "connected", caller=caller)
        await call.listen(0.6, SOON_S)
        await ana.hang_up()
        await self.is_asked(caller)
        assert [e.what for e in ben.events] == []
        await house.until(lambda a: a["state"] == "ready", "/agents/ana")  # she goes on while he is asked
        await call.press("4")
        await house.until(lambda page: page["answers"] != [], "/reports/surveys/answers")
        await call.press("#")  # over the next question
        await self.is_listened_to(live["call_id"])
        call.tone_hz = 450
        await asyncio.sleep(SPEAKS_S)
        await call.press("#")
        call.tone_hz = None
        await call.hung_up(SOON_S)
        heard = call.recorded()
        assert tone.longest_run(heard, AGENT_HZ["ana"]) >= 0.4
        assert likeness(heard[-4 * tone.SAMPLE_RATE :], prompt("auth-thankyou")) >= HEARD
        record = await house.record_of(caller)
        assert (record["outcome"], record["agent_id"], record["queue_id"]) == ("answered", "ana", "sales")
        assert talk.t_answered is not None
        assert talk.t_ended is not None
        assert 0.4 < record["talked_s"] < talk.t_ended - talk.t_answered + SPEAKS_S  # not what came after
        (offered,) = [e for e in record["timeline"] if e["type"] == "OfferMade"]
        assert {one["name"]: one["value"] for one in offered["data"]} == live["data"]
        told = [e for e in record["timeline"] if e["type"] == "SurveyAnswered"]
        assert [(e["question"], e["grade"], e["agent_id"], e["queue_id"]) for e in told] == [
            ("served", 4, "ana", "sales"),
            ("why", None, "ana", "sales"),
        ]
        messages = await house.get(f"/messages?call_id={record['call_id']}")
        (message,) = messages["messages"]
        assert (message["message_id"], message["kind"]) == (told[1]["comment"], "recording")
        report = await house.get("/reports/surveys?by=agent")
        said = [(one["question"], one["group"], one["mean"], one["comments"]) for one in report["questions"]]
        assert said == [("served", "ana", 4.0, 0), ("why", "ana", None, 1)]
        assert [e.what for e in ana.events].count("answered") == 1
        await house.settled()

    async def the_engine_is_away_when_his_agent_hangs_up(self) -> None:
        """Killed while they talk: he hears music, and is asked all the same once it is back."""
        house, caller = self.house, "+332"
        ana = house.phones["ana"]
        call = await self.waits(caller)
        ringing = await ana.next_ring(SOON_S)
        await ringing.answered(SOON_S)
        await house.until(lambda c: c["state"] == "connected", caller=caller)
        house.engine.kill()
        await ringing.listen(0.5, SOON_S)
        await ana.hang_up()
        heard = len(call.recorded())
        await call.listen(2, SOON_S)
        assert sum(abs(sample) > 200 for sample in call.recorded()[heard:]) > 1000
        await house.opens()
        await self.is_asked(caller)
        await house.until(lambda h: h["ivr"]["sessions"] == 1, "/health")
        await call.press("2")
        answers = await house.until(lambda page: len(page["answers"]) == 3, "/reports/surveys/answers")
        told = answers["answers"][-1]
        assert (told["grade"], told["agent_id"], told["queue_id"]) == (2, "ana", "sales")
        await call.hang_up()
        assert (await house.record_of(caller))["outcome"] == "answered"
        await house.settled()


async def test_callers_come_back_when_their_agents_have_hung_up(tmp_path: Path) -> None:
    async with RealHouse(tmp_path / "house", QUICK) as house:
        line = Line(house)
        await house.opens()
        await line.he_goes_to_who_can_and_is_asked_afterwards()
        await line.the_engine_is_away_when_his_agent_hangs_up()
