"""A campaign of the demo's bank: who may be called is reminded of his appointment, and nobody else."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from demo.bank_scenes import ENDED_S, LOOK_EVERY_S, Stage
from demo.bank_service import Appointment
from demo.house import REPOSITORY
from demo.phone import Answers, Behaviour, Rejects

CAMPAIGN, PROFILE = "appointments", "demo"
COMES, BUSY, NEVER_AGAIN, LISTED = "+33555009011", "+33555009012", "+33555009013", "+33555009014"
CUSTOMERS: Mapping[str, Behaviour] = {
    COMES: Answers(after_s=0.5),
    BUSY: Rejects(code=486),
    NEVER_AGAIN: Answers(after_s=0.5),
    LISTED: Answers(),
}
"""Who is called, and what their telephones do; the last one has asked before not to be."""
APPOINTMENTS = {number: Appointment(day="2026-12-01", time="15:30") for number in CUSTOMERS}


def furnish_profile(directory: Path) -> None:
    """The shipped plain profile, at every hour: a demonstration may be at night."""
    plain = yaml.safe_load((REPOSITORY / "config" / "dialing" / "plain.yaml").read_text())
    always = {"week": {"mon-sun": ["00:00-24:00"]}}
    written = plain | {"title": "Plain, at every hour", "hours": always, "shows_caller_id": False}
    (directory / "dialing").mkdir(exist_ok=True)
    (directory / "dialing" / f"{PROFILE}.yaml").write_text(yaml.safe_dump(written, sort_keys=False))


async def appointments(stage: Stage) -> list[str]:
    """One confirms by a key, one wants no such calls, one is busy, and one must not be called at all."""
    await _ask(
        stage, "/dnc", {"number": LISTED, "list": "internal", "reason": "asked last year", "by": "demo"}
    )
    document = yaml.safe_load((REPOSITORY / "config" / "campaigns" / f"{CAMPAIGN}.yaml").read_text())
    document |= {"profile": PROFILE, "max_attempts": 1}
    del document["machine"]  # these telephones do not speak
    written = {"campaign_id": CAMPAIGN, "document": yaml.safe_dump(document, sort_keys=False)}
    await _ask(stage, "/campaigns", written)
    (await stage.client.put("/lead-lists/tomorrow", json={"campaign": CAMPAIGN})).raise_for_status()
    people = [{"id": number[1:], "numbers": [{"number": number}]} for number in CUSTOMERS]
    await _ask(stage, "/leads", {"list": "tomorrow", "leads": people})
    await _ask(stage, f"/campaigns/{CAMPAIGN}/start", {"by": "demo"})
    confirms, refuses = (
        asyncio.create_task(_presses(stage, *each)) for each in ((COMES, "1"), (NEVER_AGAIN, "9"))
    )
    misses = await confirms + await refuses
    leads = await _all_done(stage)
    for number, outcome in (COMES, "served"), (BUSY, "busy"), (LISTED, ""):
        if (told := leads[number]["last_outcome"]) != outcome:
            misses.append(f"{number} is {told or 'not called'}, expected {outcome or 'not called'}")
    if (state := stage.bank.appointments[COMES].state) != "confirmed":
        misses.append(f"the appointment of {COMES} is {state}")
    if leads[COMES]["disposition"] != "confirmed":
        misses.append(f"the campaign says {leads[COMES]['disposition']!r} of {COMES}")
    listings = (await stage.client.get("/dnc/check", params={"number": NEVER_AGAIN})).json()["listings"]
    if [one["list"] for one in listings] != ["internal"]:
        misses.append(f"{NEVER_AGAIN} pressed 9 and stands on {listings}")
    for number, phone in stage.customers.items():
        rang = sum(event.what in ("ringing", "busy") for event in phone.events)
        if rang != (number != LISTED):
            misses.append(f"the telephone of {number} rang {rang} times")
    return misses


async def _presses(stage: Stage, number: str, key: str) -> list[str]:
    """He answers, hears what it is about, and presses a key."""
    call = await stage.customers[number].next_ring(ENDED_S)
    await call.answered(ENDED_S)
    await stage.at(number, "tell")
    await call.listen(6, ENDED_S)
    assert call.media is not None, "he has answered"
    await call.media.press(key)
    await call.hung_up(ENDED_S)
    return await stage.unheard(call, "en", "This is your bank. We remind you of your appointment on")


async def _all_done(stage: Stage) -> dict[str, dict[str, Any]]:
    """Everybody, by number, once the history has nobody left to call."""
    async with asyncio.timeout(ENDED_S):
        while True:
            page = (await stage.client.get("/leads", params={"campaign": CAMPAIGN})).json()
            leads = {lead["numbers"][0]["number"]: lead for lead in page["leads"]}
            if all(lead["state"] == "done" for lead in leads.values()):
                return leads
            await asyncio.sleep(LOOK_EVERY_S)


async def _ask(stage: Stage, path: str, what: Mapping[str, Any]) -> None:
    async with asyncio.timeout(ENDED_S):  # right after a start the engine still reads what it remembers
        while True:
            answer = await stage.client.post(path, json=dict(what))
            if answer.status_code != 503:
                break
            await asyncio.sleep(LOOK_EVERY_S)
    answer.raise_for_status()
