"""Real Asterisk, real phones: callers put through to somebody who is no agent, and back."""

import asyncio
from pathlib import Path

import pytest

from demo import tone
from demo.phone import Answers, Rejects
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.sound import HEARD, likeness, prompt

pytestmark = pytest.mark.asterisk

FLOW = """\
name: main
start: choice
nodes:
  choice:
    kind: menu
    prompts: [vm-press]
    keys: {1: office, 2: porter, 3: abroad, 4: ana, 5: shortly}
    timeout_s: 10
    retries: 0
    otherwise: sorry
  office: {kind: transfer, to: {outside: "+33 612"}, ring_s: 10, failed: sorry, after: thanks}
  shortly: {kind: transfer, to: {outside: "+33613"}, longest_s: 5, failed: sorry, after: thanks}
  porter: {kind: transfer, to: {extension: "501"}, ring_s: 10, failed: sorry}
  abroad: {kind: transfer, to: {outside: "+49301"}, ring_s: 10, failed: sorry}
  ana: {kind: transfer, to: {agent: ana, queue: sales}, ring_s: 5, failed: sorry}
  thanks: {kind: hangup, prompts: [auth-thankyou]}
  sorry: {kind: hangup, prompts: [im-sorry]}
"""
OFFICE_HZ = 1500


class Line:
    """A line that puts callers through."""

    def __init__(self, house: RealHouse) -> None:
        self.house = house
        self.office = house.customer("+33612", Answers(after_s=0.1), tone_hz=OFFICE_HZ)
        (house.asterisk.config_path.parent / "flows" / "main.yaml").write_text(FLOW)

    async def somebody_outside_answers_and_hangs_up_first(self) -> None:
        """They talk; then the caller goes on in his flow."""
        house, caller = self.house, "+331"
        office = self.office
        call = await house.calls(caller)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("1")
        talk = await office.next_ring(SOON_S)
        await talk.answered(SOON_S)
        await house.until(lambda c: c["state"] == "transferred", caller=caller)
        await talk.listen(0.6, SOON_S)
        await office.hang_up()
        await call.hung_up(SOON_S)
        heard = call.recorded()
        assert tone.longest_run(heard, OFFICE_HZ) >= 0.4
        assert tone.longest_run(talk.recorded(), 450) >= 0.4
        assert likeness(heard[-4 * tone.SAMPLE_RATE :], prompt("auth-thankyou")) >= HEARD
        record = await house.record_of(caller)
        assert record["outcome"] == "transferred"
        told = [e for e in record["timeline"] if e["type"].startswith("Transfer")]
        assert [e["type"] for e in told] == ["TransferBegun", "TransferAnswered", "TransferEnded"]
        assert (told[0]["way"], told[0]["number"], told[2]["failure"]) == ("outside", "+33612", None)
        await house.settled()

    async def they_talk_for_as_long_as_the_flow_lets_them(self) -> None:
        """Then the other is let go, and the caller goes on in his flow as if he had hung up."""
        house, caller = self.house, "+337"
        partner = house.customer("+33613", Answers(after_s=0.1), tone_hz=OFFICE_HZ)
        call = await house.calls(caller)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("5")
        talk = await partner.next_ring(SOON_S)
        await talk.hung_up(SOON_S)
        await call.hung_up(SOON_S)
        heard = call.recorded()
        assert likeness(heard[-4 * tone.SAMPLE_RATE :], prompt("auth-thankyou")) >= HEARD
        assert likeness(heard, prompt("beep")) >= HEARD, "he was told that it was going to end"
        record = await house.record_of(caller)
        (over,) = [e for e in record["timeline"] if e["type"] == "TransferEnded"]
        assert 4.5 <= over["talked_s"] <= 9
        assert talk.caller != caller, "his own number is none of ours to show"

    async def nobody_takes_it_in_the_house(self) -> None:
        """The porter is busy: the caller is told so by his flow."""
        house, caller = self.house, "+332"
        house.customer("501", Rejects())
        call = await house.calls(caller, tone_hz=None)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("2")
        await call.hung_up(SOON_S)
        assert likeness(call.recorded()[-4 * tone.SAMPLE_RATE :], prompt("im-sorry")) >= HEARD
        record = await house.record_of(caller)
        assert record["outcome"] == "served_in_ivr"
        (over,) = [e for e in record["timeline"] if e["type"] == "TransferEnded"]
        assert (over["number"], over["talked_s"], over["failure"]) == ("501", None, "busy")
        await house.settled()

    async def abroad_is_not_allowed(self) -> None:
        """No phone is dialled."""
        house, caller = self.house, "+333"
        call = await house.calls(caller, tone_hz=None)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("3")
        await call.hung_up(SOON_S)
        record = await house.record_of(caller)
        assert [e for e in record["timeline"] if e["type"].startswith("Transfer")] == []
        await house.settled()

    async def one_agent_and_no_other(self) -> None:
        """Ben, who sells too, is not asked; Ana is rung, and takes her time."""
        house = self.house
        ben = await house.ready("ben", Answers(after_s=0.1))
        alone = await house.calls("+335", tone_hz=None)
        await house.until(lambda c: c["state"] == "in_ivr", caller="+335")
        await alone.press("4")
        waiting = await house.until(lambda c: c["state"] == "waiting", caller="+335")
        assert waiting["requires"] == "agent.ana and sales >= 5"
        ana = await house.ready("ana", Answers(after_s=0.1, talk_s=0.3))
        await alone.hung_up(SOON_S)
        record = await house.record_of("+335")
        assert (record["outcome"], record["agent_id"], record["queue_id"]) == ("answered", "ana", "sales")
        assert (await house.http.put("/agents/ana/state", json={"state": "logged_out"})).status_code == 200
        in_vain = await house.calls("+336", tone_hz=None)
        await house.until(lambda c: c["state"] == "in_ivr", caller="+336")
        await in_vain.press("4")
        await in_vain.hung_up(SOON_S)
        assert likeness(in_vain.recorded()[-4 * tone.SAMPLE_RATE :], prompt("im-sorry")) >= HEARD
        assert (await house.record_of("+336"))["outcome"] == "turned_away"
        assert [e.what for e in ben.events] == []
        assert [e.what for e in ana.events].count("answered") == 1
        await house.settled()

    async def the_engine_is_restarted_while_they_talk(self) -> None:
        """It finds him put through, and hears of the end."""
        house, caller = self.house, "+334"
        office = self.office
        call = await house.calls(caller)
        await house.until(lambda c: c["state"] == "in_ivr", caller=caller)
        await call.press("1")
        talk = await office.next_ring(SOON_S)
        await talk.answered(SOON_S)
        await house.until(lambda c: c["state"] == "transferred", caller=caller)
        house.engine.kill()
        await house.opens()
        await house.until(lambda c: c["state"] == "transferred", caller=caller)
        await call.hang_up()
        assert (await house.record_of(caller))["outcome"] == "transferred"
        await house.settled()


async def test_callers_are_put_through_to_who_is_no_agent(tmp_path: Path) -> None:
    house = RealHouse(tmp_path / "house", QUICK)
    outside = {"trunk": "carrier", "host": "127.0.0.2", "port": house.carrier_port}
    house.asterisk.changes["outside"] = {**outside, "allow": ["+33"], "extensions": ["501"]}
    async with house:
        line = Line(house)
        await house.opens()
        await line.somebody_outside_answers_and_hangs_up_first()
        await asyncio.gather(
            line.nobody_takes_it_in_the_house(), line.they_talk_for_as_long_as_the_flow_lets_them()
        )
        await line.abroad_is_not_allowed()
        await line.one_agent_and_no_other()
        await line.the_engine_is_restarted_while_they_talk()
