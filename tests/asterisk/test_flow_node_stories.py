"""What callers type on real telephones and what flows make of it: digits, yes or no, secrets, the hours."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.caller import CallerCall
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.sound import HEARD, likeness, prompt, seconds

pytestmark = pytest.mark.asterisk

CARD, PIN, WRONG_PIN = "739151", "739152", "739153"
"""The right PIN is made of the number, so that no file holds it unless somebody wrote it down."""
FLOW = """\
name: main
start: day
nodes:
  day: {kind: hours, hours: always, open: night, closed: goodbye}
  night: {kind: hours, hours: never, open: goodbye, closed: account}
  account:
    kind: subflow
    flow: identify
    into: {card: number, known: known}
    next: who
  who:
    kind: branch
    cases: [{when: 'known and starts(card, "7")', next: sales}]
    otherwise: goodbye
  sales:
    kind: queue
    queue: sales
    data: {card: "{card}", language: "{language}", caller: "{caller}"}
    refused: goodbye
  goodbye: {kind: hangup, prompts: [vm-goodbye]}
"""
IDENTIFY = """\
name: identify
purpose: sub
start: card
nodes:
  card:
    kind: collect
    prompts: [vm-extension]
    invalid_prompts: [vm-incorrect]
    into: number
    length: {min: 6, max: 8}
    check: luhn
    timeout_s: 10
    retries: 2
    next: right
    otherwise: done
  right:
    kind: confirm
    prompts: [{digits: "last(number, 3)"}, vm-press, digits/1]
    timeout_s: 10
    retries: 1
    confirmed: pin
    declined: card
    otherwise: done
  pin:
    kind: collect
    prompts: [vm-password]
    into: typed
    length: 6
    mask: true
    timeout_s: 10
    retries: 0
    next: known
    otherwise: done
  known: {kind: set, values: {known: "typed == text(int(last(number, 6)) + 1)"}, next: done}
  done: {kind: return}
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RealHouse]:
    always: dict[str, object] = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["00:00-24:00"]}}
    calendars = {"always": always, "never": always | {"week": {}}}
    async with RealHouse(tmp_path / "house", {"rules": QUICK["rules"] | {"calendars": calendars}}) as house:
        for name, flow in (("main", FLOW), ("identify", IDENTIFY)):
            (house.asterisk.var / "flows" / f"{name}.yaml").write_text(flow)
        yield await house.opens()


async def _listens_carefully(call: CallerCall) -> None:
    """He mistypes his number, is told so, hears the right one read back, says yes and gives his PIN."""
    await call.listen(seconds(prompt("vm-extension")) + 0.3, SOON_S)
    await call.press("739150#")
    await call.listen(seconds(prompt("vm-incorrect")) + 0.3, SOON_S)
    await call.press(f"{CARD}#")
    await call.listen(2.5, SOON_S)
    await call.press(f"1{PIN}")


async def _hangs_up_in_the_middle(call: CallerCall) -> None:
    await call.press(f"{CARD}#1{PIN[:3]}")
    await call.hang_up()


async def test_callers_are_known_by_what_they_type_and_nobody_else_ever_reads_their_pin(
    house: RealHouse,
) -> None:
    careful, hasty, stranger, gone = [await house.calls(f"+33{n}", tone_hz=None) for n in range(1, 5)]
    for n in range(1, 5):
        await house.until(lambda c: c["node"] == "identify/card", caller=f"+33{n}")
    await asyncio.gather(
        _listens_carefully(careful),
        hasty.press(f"{CARD}#1{PIN}"),  # he knows by heart what is asked, and types it all in one go
        stranger.press(f"{CARD}#1{WRONG_PIN}"),
        _hangs_up_in_the_middle(gone),
    )
    for caller in ("+331", "+332"):
        call = await house.until(lambda c: c["queue_id"] == "sales", caller=caller)
        assert call["data"] == {"card": CARD, "language": "en", "caller": caller}
    heard = careful.recorded()
    for name in ("vm-extension", "vm-incorrect", "digits/1", "digits/5"):
        assert likeness(heard, prompt(name)) >= HEARD, name
    await stranger.hung_up(SOON_S)
    assert likeness(stranger.recorded(), prompt("vm-goodbye")) >= HEARD
    for waiting in (careful, hasty):
        await waiting.hang_up()
    outcomes = [(await house.record_of(f"+33{n}"))["outcome"] for n in range(1, 5)]
    assert outcomes == ["abandoned", "abandoned", "served_in_ivr", "left_ivr"]
    await house.settled()

    kept = [file for file in house.asterisk.var.rglob("*") if file.is_file()]
    assert any(CARD.encode() in file.read_bytes() for file in kept)  # what is no secret is found
    for secret in (PIN, WRONG_PIN):
        assert [file.name for file in kept if secret.encode() in file.read_bytes()] == []
