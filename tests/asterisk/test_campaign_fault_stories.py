"""A campaign while things go on around it: inbound callers first, somebody calls in himself or will not be
called, an operator stops it, the engine is killed, a gateway for texts stumbles. Watched from the telephones,
from the gateway, and from Asterisk's own log.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from demo import tone
from demo.caller import CallerCall
from demo.leg import LegState
from demo.phone import Answers, Phone, Ringing, RingsForever
from tests.asterisk.called_people import Does, People, Somebody, times_dialled
from tests.asterisk.campaign_house import AGENT_HZ, AGENTS, QUEUE, SKILLS, CampaignHouse
from tests.asterisk.real_house import LOOK_EVERY_S, SOON_S
from tests.asterisk.texted_people import TEXTED_AND_CALLED, texts_to, where_it_is
from tests.cti.bad_service import Service, a_service, answers, hangs

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

ONE_LINE_EACH: dict[str, Any] = {
    "mode": "progressive",
    "queue": QUEUE,
    "message": ["vm-goodbye"],
    "lines": {"ring_s": 12},
    "max_attempts": 2,
}
PROMISED_S = 3
"""Within this callers are to be served; who finds an agent free is, on any machine."""
RULES = {
    "agents": {agent: {"skills": dict.fromkeys(SKILLS, 5)} for agent in AGENTS},
    "queues": [
        {
            "id": skill,
            "requires": {skill: 5},
            "ring_timeout_s": 5,
            "wrap_up_s": 1,
            "service_level_s": PROMISED_S,
        }
        for skill in SKILLS
    ],
}
ANN, BOB = AGENTS[:2]


class Story:
    """One campaign of some people; what each does at his telephone the story decides by hand."""

    def __init__(self, house: "FaultHouse", name: str, people: People) -> None:
        self.house, self.name, self.people = house, name, people

    async def begins(self) -> None:
        await self.house.starts(self.name)

    async def stops(self) -> None:
        await self.house.asks("POST", f"/campaigns/{self.name}/stop", {"by": "zoe"})

    async def pauses(self) -> None:
        await self.house.asks("POST", f"/campaigns/{self.name}/pause", {"by": "zoe"})

    async def rings_at(self, number: str) -> Ringing:
        """His telephone rings, or has begun to."""
        return await self.people.phones[number].next_ring(SOON_S)

    async def stops_ringing_at(self, number: str) -> None:
        await true(lambda: self.what_happened(number) == ["ringing", "cancelled"])

    def what_happened(self, number: str) -> list[str]:
        return self.people.what_happened(number)

    def rung(self) -> set[str]:
        """Everybody whose telephone has rung, each once: by his telephone and by Asterisk's log."""
        rings = self.people.rings()
        by_log = times_dialled(self.house.asterisk.log)
        assert {n: many for n, many in rings.items() if many} == {n: by_log[n] for n in rings if by_log[n]}
        assert max(rings.values()) <= 1
        return {number for number, many in rings.items() if many}

    async def why_none(self, *reasons: str) -> None:
        """Nothing is dialled, and that is why."""
        await self.house.until(lambda live: live["why_none"] in reasons, f"/campaigns/{self.name}/live")

    async def lead(self, number: str, state: str) -> dict[str, Any]:
        """Once he is so far."""
        async with asyncio.timeout(SOON_S):
            while (lead := (await self.house.leads(self.name))[number])["state"] != state:
                await asyncio.sleep(LOOK_EVERY_S)
        return lead


async def true(holds: Callable[[], bool]) -> None:
    """Until it is."""
    async with asyncio.timeout(SOON_S):
        while not holds():
            await asyncio.sleep(LOOK_EVERY_S)


async def either_rings(*phones: Phone) -> Ringing:
    """Whichever agent is rung."""
    await true(lambda: any(p.call is not None and p.call.state is LegState.RINGING for p in phones))
    return next(p.call for p in phones if p.call is not None and p.call.state is LegState.RINGING)


class FaultHouse(CampaignHouse):
    """Two agents, and a campaign for each story."""

    def __init__(self, directory: Path, gateway: Service) -> None:
        super().__init__(directory, {"rules": RULES, "texts": {"url": gateway.url}})
        self.gateway = gateway
        """For texts."""
        self._stories = 0
        self._latest = ""
        self.agents: list[Phone] = []

    async def story(self, name: str, *numbers: str, **more: Any) -> Story:
        """These people, on the list in this order."""
        self._stories += 1
        crowd = [Somebody(number=number, does=Does.NO_ANSWER) for number in numbers]
        document = {"title": name, **ONE_LINE_EACH, **more}
        people = self.outside_live(crowd, self._stories)
        await self.makes(name, document, crowd)
        self._latest = name
        return Story(self, name, people)

    async def live_at(self, number: str, zone: str, name: str) -> None:
        """Where the list of the latest story says that he is, and what he is called."""
        told = {"id": number.lstrip("+"), "numbers": [{"number": number, "kind": "mobile"}], "name": name}
        leads = {"list": f"{self._latest}-a", "leads": [told | {"zone": zone}]}
        assert (await self._asks("POST", "/leads", leads))["changed"] == 1

    async def asks(self, method: str, path: str, what: dict[str, Any]) -> Any:
        return await self._asks(method, path, what)

    async def everybody_is_ready(self) -> None:
        for agent in (ANN, BOB):
            self.phones[agent].behaviour = Answers()
            await self.until(lambda a: a["state"] == "ready", f"/agents/{agent}")

    async def calls_in(self, caller_id: str) -> CallerCall:
        """Somebody calls, and wants to talk with the sales people."""
        call = await self.calls(caller_id)
        await self.until(lambda c: c["state"] == "in_ivr", caller=caller_id)
        await call.press("1")
        return call

    async def is_served(self, caller_id: str) -> None:
        await self.until(lambda c: c["state"] == "connected", caller=caller_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaultHouse]:
    async with (
        a_service() as gateway,
        FaultHouse(tmp_path_factory.mktemp("faults") / "house", gateway) as house,
    ):
        house.writes("unused", {"title": "Unused", **ONE_LINE_EACH})
        await house.opens()
        house.agents = await house.on_duty(ANN, BOB)
        yield house


async def test_inbound_callers_are_served_first_and_nothing_is_dialled_meanwhile(house: FaultHouse) -> None:
    ivy, joe = "+33611000001", "+33611000002"
    blend = {"queues": ["sales"], "service_level_percent": 80, "visits": 1}
    story = await house.story("blended", ivy, joe, blend=blend)
    first, second = [await house.calls_in(f"+3314000000{n}") for n in range(2)]
    for n in range(2):
        await house.is_served(f"+3314000000{n}")
    third = await house.calls_in("+33140000003")
    await house.until(lambda c: c["state"] == "waiting", caller="+33140000003")
    await story.begins()
    await story.why_none("no_agents")
    await third.listen(PROMISED_S + 0.3, SOON_S)  # longer than is promised
    await first.hang_up()
    await house.is_served("+33140000003")  # the next agent is his, not the campaign's
    await second.hang_up()
    await third.hang_up()
    await house.everybody_is_ready()
    assert story.rung() == set()
    await story.why_none("inbound_first")  # his visit was the latest
    # Somebody is served at once: the figure is as it should be, and the campaign has its turn.
    fourth = await house.calls_in("+33140000004")
    await house.is_served("+33140000004")
    await fourth.hang_up()
    await asyncio.gather(story.rings_at(ivy), story.rings_at(joe))
    await story.stops()
    await asyncio.gather(story.stops_ringing_at(ivy), story.stops_ringing_at(joe))
    await house.settled()


async def test_who_calls_in_himself_is_called_no_more(house: FaultHouse) -> None:
    kim, leo, may = "+33612000001", "+33612000002", "+33612000003"
    await house.everybody_is_ready()
    story = await house.story("responds", kim, leo, may)
    await story.begins()
    await asyncio.gather(story.rings_at(kim), story.rings_at(leo))
    by_kim = await house.calls_in(kim)
    await story.stops_ringing_at(kim)
    await house.is_served(kim)
    by_may = await house.calls_in(may)  # she only stands on the list
    await house.is_served(may)
    await by_may.hang_up()
    for number in (kim, may):
        lead = await story.lead(number, "done")
        assert lead["because"] == "responded"
    assert story.what_happened(leo) == ["ringing"]
    await by_kim.hang_up()
    await story.stops()
    await story.stops_ringing_at(leo)
    assert story.rung() == {kim, leo}
    await house.settled()


async def test_who_will_not_be_called_any_more_rings_no_longer(house: FaultHouse) -> None:
    nat, oda = "+33613000001", "+33613000002"
    await house.everybody_is_ready()
    story = await house.story("listed", nat, oda)
    await story.begins()
    await asyncio.gather(story.rings_at(nat), story.rings_at(oda))
    listed = asyncio.get_running_loop().time()
    await house.is_listed(nat)
    await story.stops_ringing_at(nat)
    took_s = story.people.phones[nat].events[-1].at - listed
    print(f"listed, and rings no longer after {took_s:.2f} s")
    assert took_s < 2.0
    assert (await story.lead(nat, "done"))["because"] == "opted_out"
    assert story.what_happened(oda) == ["ringing"]
    await story.stops()
    await story.stops_ringing_at(oda)
    assert story.rung() == {nat, oda}
    await house.settled()


async def test_a_campaign_is_stopped_and_what_rings_rings_no_longer_but_who_has_answered_is_served(
    house: FaultHouse,
) -> None:
    pam, ray, sue = "+33614000001", "+33614000002", "+33614000003"
    await house.everybody_is_ready()
    for phone in house.agents:
        phone.behaviour = RingsForever()
    story = await house.story("stopped", pam, ray, sue)
    await story.begins()
    answers, _ = await asyncio.gather(story.rings_at(pam), story.rings_at(ray))
    answers.answer()
    agent = await either_rings(*house.agents)
    await story.stops()
    agent.answer()
    await story.stops_ringing_at(ray)
    await answers.listen(1.0, SOON_S)
    assert any(tone.onset(answers.recorded(), hz) is not None for hz in AGENT_HZ.values())
    await answers.hang_up()
    lead = await story.lead(pam, "done")
    assert lead["last_outcome"] == "connected"
    assert story.rung() == {pam, ray}
    await house.settled()


async def test_a_campaign_is_paused_and_what_rings_goes_on(house: FaultHouse) -> None:
    tim, una, vic = "+33615000001", "+33615000002", "+33615000003"
    await house.everybody_is_ready()
    story = await house.story("paused", tim, una, vic)
    await story.begins()
    rings = await asyncio.gather(story.rings_at(tim), story.rings_at(una))
    await story.pauses()
    for ringing in rings:
        ringing.answer()
    for ringing in rings:
        await ringing.listen(1.0, SOON_S)
        assert any(tone.onset(ringing.recorded(), hz) is not None for hz in AGENT_HZ.values())
        await ringing.hang_up()
    for number in (tim, una):
        assert (await story.lead(number, "done"))["last_outcome"] == "connected"
    await house.everybody_is_ready()
    assert story.rung() == {tim, una}
    await story.stops()
    await house.settled()


async def test_people_who_answer_while_the_engine_is_dead_are_not_kept_and_not_forgotten(
    house: FaultHouse,
) -> None:
    wes, xia, yan = "+33616000001", "+33616000002", "+33616000003"
    await house.everybody_is_ready()
    story = await house.story("killed", wes, xia, yan)
    await story.begins()
    at_once, later = await asyncio.gather(story.rings_at(wes), story.rings_at(xia))
    house.engine.kill()
    at_once.answer()  # the dialplan has not noticed yet
    await at_once.hung_up(SOON_S)
    later.answer()
    await later.hung_up(SOON_S)
    for ringing in (at_once, later):
        assert ringing.t_answered is not None
        assert ringing.t_ended is not None
        kept_s = ringing.t_ended - ringing.t_answered
        print(f"answered without an engine: {kept_s:.2f} s until he was hung up on")
        assert kept_s < 6.0
    await house.opens()
    await story.rings_at(yan)  # the campaign goes on
    for number in (wes, xia):
        assert (await story.lead(number, "resting"))["last_outcome"] == "abandoned"
    (budget,) = (await house.get("/reports/campaigns/killed"))["allowances"]
    assert (budget["live"], budget["abandoned"]) == (2, 2)
    await story.stops()
    await story.stops_ringing_at(yan)
    assert story.rung() == {wes, xia, yan}
    await house.settled()


async def test_a_text_first_a_call_in_the_afternoon_and_a_last_text(house: FaultHouse) -> None:
    zac, abe = "+33617000001", "+33617000002"
    well_again = asyncio.Event()

    async def when_well(writer: asyncio.StreamWriter) -> None:
        await well_again.wait()
        await answers({})(writer)

    house.gateway.says = [answers({}, 500), answers({}, 500), when_well]
    await house.everybody_is_ready()
    story = await house.story("texted", zac, abe, **TEXTED_AND_CALLED)
    await house.live_at(zac, where_it_is(14), "Zac")
    await house.live_at(abe, where_it_is(9), "Abe")
    await story.begins()
    health = await house.until(lambda told: told["texts"]["state"] == "failing", "/health")
    assert (health["status"], health["texts"]["reason"]) == ("degraded", "the gateway says 500")
    well_again.set()
    (await story.rings_at(zac)).reject()
    assert (await story.lead(zac, "done"))["because"] == "steps_over"
    waits = await story.lead(abe, "resting")
    noon = datetime.fromisoformat(waits["next_at"]).astimezone(ZoneInfo(where_it_is(9)))
    assert (noon.hour, noon.minute) == (12, 0)
    assert (await house.get("/health"))["texts"] == {"state": "ok", "waiting": 0, "reason": None}
    paid = {"number": abe, "how": "he paid", "campaign": "texted"}
    (await house.http.post("/campaigns/responded", json=paid)).raise_for_status()
    assert (await story.lead(abe, "done"))["because"] == "responded"
    first, last = texts_to(zac, house.gateway.heard)
    assert (first[1], last[1]) == ("Dear Zac, we shall call you.", "We have not met, Zac.")
    assert [told for _, told in texts_to(abe, house.gateway.heard)] == ["Dear Abe, we shall call you."]
    assert story.rung() == {zac}
    await house.settled()


async def test_a_text_whose_answer_a_killed_engine_never_heard_is_not_sent_again(house: FaultHouse) -> None:
    bea = "+33618000001"
    house.gateway.says = [hangs]
    await house.everybody_is_ready()
    story = await house.story("text-killed", bea, **TEXTED_AND_CALLED)
    await house.live_at(bea, where_it_is(14), "Bea")
    await story.begins()
    await true(lambda: bool(texts_to(bea, house.gateway.heard)))
    assert (await house.get("/health"))["texts"]["waiting"] == 1
    before = len(house.gateway.heard)
    house.engine.kill()
    house.gateway.says = [answers({})]
    await house.opens()
    (await story.rings_at(bea)).reject()  # it counts as sent: the next step follows
    assert (await story.lead(bea, "done"))["because"] == "steps_over"
    assert [json.loads(one.body)["text"] for one in house.gateway.heard[before:]] == ["We have not met, Bea."]
    assert len(texts_to(bea, house.gateway.heard)) == 2
    assert story.rung() == {bea}
    await house.settled()
