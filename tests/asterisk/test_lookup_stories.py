"""Lookups with real callers on the line: whatever a service does, they go on in time."""

import asyncio
import json
from pathlib import Path

import pytest

from demo.caller import CallerCall
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.sound import HEARD, likeness, prompt
from tests.cti.bad_service import (
    Says,
    a_service,
    answers,
    hangs,
    hangs_in_the_answer,
    never_ends,
    raw,
    sends,
)

pytestmark = pytest.mark.asterisk

LIMIT_S = 1.0
SLACK_S = 5.0
"""For Asterisk to answer and the first sound to come, on a busy machine; who waits for a service that hangs
waits much longer."""
FLOW = """\
name: main
start: look
nodes:
  look:
    kind: lookup
    service: bank
    path: /{caller}
    timeout_s: 1.0
    retries: 1
    expect: {balance: integer}
    next: tell
    failed: sorry
  tell: {kind: play, prompts: [{digits: balance}], next: choice}
  choice: {kind: menu, prompts: [vm-press], keys: {"1": sales}, timeout_s: 0.5, retries: 0, otherwise: bye}
  sales: {kind: queue, queue: sales, refused: bye}
  sorry: {kind: hangup, prompts: [im-sorry]}
  bye: {kind: hangup}
"""
LOGIN = """\
name: login
start: ask
nodes:
  ask:
    kind: collect
    prompts: [vm-password]
    into: pin
    length: 5
    mask: true
    timeout_s: 5
    retries: 0
    next: look
    otherwise: bye
  look:
    kind: lookup
    service: bank
    path: /login
    body: {pin: "{pin}", caller: "{caller}"}
    timeout_s: 5
    expect: {balance: integer}
    next: tell
    failed: bye
  tell: {kind: hangup, prompts: [{digits: balance}]}
  bye: {kind: hangup}
"""
PIN = "73519"


async def answers_in_30_s(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)
    await answers({"balance": 42})(writer)


FAULTS: dict[str, Says] = {
    "+4401": hangs,
    "+4402": hangs_in_the_answer,
    "+4403": answers({"balance": 42}, 500),
    "+4404": sends(b"<html>No</html>"),
    "+4405": answers({"balance": "much"}),
    "+4406": raw(b""),
    "+4407": answers_in_30_s,
    "+4408": never_ends,
}


def silence_s(call: CallerCall) -> float:
    """From the answer to the first thing heard."""
    assert call.media is not None
    assert call.media.first_heard_at is not None
    assert call.t_answered is not None
    return call.media.first_heard_at - call.t_answered


async def test_whatever_a_service_does_callers_go_on_in_time(tmp_path: Path) -> None:
    async with a_service() as bank:
        lookups = {"bank": {"url": bank.url}}
        async with RealHouse(tmp_path / "house", QUICK | {"ivr": {"lookups": lookups}}) as house:
            beside = house.asterisk.config_path.parent
            (beside / "flows" / "main.yaml").write_text(FLOW)
            (beside / "flows" / "login.yaml").write_text(LOGIN)
            (beside / "numbers.yaml").write_text('numbers: {"8000": main, "8001": login, default: main}\n')
            await house.opens()

            go_on, meanwhile = asyncio.Event(), asyncio.Event()

            async def answers_late(writer: asyncio.StreamWriter) -> None:
                meanwhile.set()
                await go_on.wait()
                await answers({"balance": 42})(writer)

            bank.by_path = {f"/api/{number}": says for number, says in FAULTS.items()}
            bank.by_path |= {"/api/+4410": answers({"balance": 42}), "/api/login": answers({"balance": 42})}

            # All faults at once, and somebody whose answer comes.
            calls = {number: await house.calls(number) for number in (*FAULTS, "+4410")}
            for call in calls.values():
                await call.hung_up(SOON_S)
            sorry, four, two = prompt("im-sorry"), prompt("digits/4"), prompt("digits/2")
            for number in FAULTS:
                assert likeness(calls[number].recorded(), sorry) > HEARD, number
                assert silence_s(calls[number]) < LIMIT_S + SLACK_S, number
            assert silence_s(calls["+4401"]) > LIMIT_S
            assert likeness(calls["+4410"].recorded(), four) > HEARD
            assert likeness(calls["+4410"].recorded(), two) > HEARD
            asked = [heard.line for heard in bank.heard]
            assert sum("4403" in line for line in asked) in (1, 2)  # again, if there was time
            assert sum("4404" in line for line in asked) == 1

            # A key pressed while the bank thinks is kept for the menu after it.
            bank.by_path["/api/+4411"] = answers_late
            eager = await house.calls("+4411")
            await meanwhile.wait()
            await eager.press("1")
            go_on.set()
            await house.until(lambda call: call["queue_id"] == "sales", caller="+4411")
            await eager.hang_up()

            # Who hangs up meanwhile is not asked about any longer.
            meanwhile.clear()
            go_on.clear()
            bank.by_path["/api/+4412"] = answers_late
            gone, let_go = await house.calls("+4412"), bank.let_go
            await meanwhile.wait()
            await gone.hang_up()
            assert (await house.record_of("+4412"))["outcome"] == "left_ivr"
            await house.comes_true(lambda: bank.let_go == let_go + 1)

            # An engine that stops gives its callers back to the dialplan; the next one begins anew with them.
            meanwhile.clear()
            bank.by_path["/api/+4414"] = answers_late
            patient = await house.calls("+4414")
            await meanwhile.wait()
            assert await asyncio.to_thread(house.engine.stop) == 0
            assert patient.t_ended is None
            bank.by_path["/api/+4414"] = answers({"balance": 42})
            await house.engine.start()
            await patient.hung_up(2 * SOON_S)
            assert likeness(patient.recorded(), four) > HEARD

            # A PIN reaches the bank and nothing else.
            client = await house.calls("+4413", number="8001")
            await client.press(PIN)
            await client.hung_up(SOON_S)
            assert likeness(client.recorded(), four) > HEARD
            assert json.loads(bank.heard[-1].body) == {"pin": PIN, "caller": "+4413"}
            story = await house.get(f"/calls/{(await house.record_of('+4413'))['call_id']}")
            assert PIN not in json.dumps(story)
            await house.settled()
            house.engine.stop()
            kept = [
                file
                for what in ("*.db*", "engine.log", "journal/*")
                for file in house.asterisk.var.glob(what)
            ]
            assert len(kept) >= 3
            assert not [file for file in kept if file.is_file() and PIN.encode() in file.read_bytes()]
