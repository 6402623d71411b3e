"""Campaigns' lines on a real Asterisk: dialled once each, and every end told as it was.

No dialer decides here: the orders are given by hand to the adapter, and the called do as they are written.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest
import pytest_asyncio

from acd.instant import seconds
from cti.clock import Clock
from cti.envelope import Envelope
from cti.floor import Floor
from cti.messages import Signal
from cti.pbx import Pbx
from cti.ports import free_ports
from cti.runtime import Runtime
from demo.endpoint import SipEndpoint
from demo.media import MediaClock
from demo.phone import Answers, Behaviour, Phone, Rejects, RingsForever
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.ids import AttemptId
from dialer.orders import DropLine, LocateLine, PlaceLine
from dialer.signals import (
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineLocated,
    LineRings,
    LinesObserved,
)
from tests.asterisk.cut import Cable
from tests.asterisk.pbx import PrivateAsterisk
from tests.cti.fake_ami import Watched
from tests.cti.pbx_house import NamesAlone
from tests.cti.test_campaign_lines import ORDER
from tests.cti.test_line_placer import Gate
from tests.sim_floor import rules_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

SOON_S = 30.0
SHOWN = "+33100000000"


class Desk(Watched):
    """An adapter, whom nobody but a test gives orders."""

    def __init__(self, house: "LineHouse", port: int) -> None:
        super().__init__()
        config = house.asterisk.config.asterisk
        clock = Clock()
        self.gate = Gate()
        self.told: list[Signal] = []
        self.pbx = Pbx(
            host=config.host,
            port=port,
            secret=house.asterisk.credentials.ami_secret,
            clock=clock,
            announcer=NamesAlone(),
            gate=self.gate,
        )
        rules = rules_of(agents={"ana": {"sales": 8}}, queues={"sales": {"sales": 5}})
        self.runtime = Runtime(Floor(rules), clock, "run", carry_out=self.pbx.carry_out)
        self.pbx.serve(self.runtime)
        self.runtime.listen(self._heard)

    def _heard(self, step: Any) -> None:
        self.told += [one.message for one in step if isinstance(one, Envelope) and one.cause is None]
        self.changed()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self.runtime.run()), asyncio.create_task(self.pbx.run())]
        await self.hears(LinesObserved)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in reversed(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def of(self, line: AttemptId) -> list[Signal]:
        """What was told of one line."""
        return [one for one in self.told if getattr(one, "attempt_id", None) == line]

    async def hears(
        self, kind: type[Any], line: AttemptId | None = None, holds: Callable[[Any], bool] = lambda _: True
    ) -> Any:
        """Wait for such news, of this line if one is given."""
        found: list[Any] = []

        def heard() -> bool:
            found[:] = [
                one
                for one in (self.told if line is None else self.of(line))
                if isinstance(one, kind) and holds(one)
            ]
            return bool(found)

        try:
            await self.until(heard, SOON_S)
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} of {line}: {self.told[-20:]}") from None
        return found[-1]


class LineHouse:
    """A private Asterisk with two carriers, and the telephones behind them."""

    def __init__(self, directory: Path) -> None:
        first, second = free_ports(2)
        self._hosts = ("127.0.0.2", first), ("127.0.0.3", second)
        outside = {
            "trunk": "carrier",
            "host": "127.0.0.2",
            "port": first,
            "allow": ["+33"],
            "trunks": [{"trunk": "other", "host": "127.0.0.3", "port": second}],
            "check_every_s": 1,
        }
        self.asterisk = PrivateAsterisk(directory, {"outside": outside})
        self.cable = Cable()
        self._stack = AsyncExitStack()
        self._dialled = 0
        self.carriers: list[SipEndpoint] = []

    async def __aenter__(self) -> Self:
        media = await self._stack.enter_async_context(MediaClock())
        for host, port in self._hosts:  # before Asterisk asks whether they are there
            carrier = await SipEndpoint.open(media=media, host=host, port=port)
            self.carriers.append(await self._stack.enter_async_context(carrier))
        self.agents = await self._stack.enter_async_context(await SipEndpoint.open(media=media))
        await asyncio.to_thread(self.asterisk.start)
        self._stack.callback(self.asterisk.stop)
        pbx = self.asterisk.config.asterisk
        self.port = await self.cable.lay((pbx.host, pbx.ami_port))
        self._stack.push_async_callback(self.cable.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def desk(self) -> Desk:
        return Desk(self, self.port)

    def order(self, number: str | None = None, ring_s: float = 60) -> PlaceLine:
        self._dialled += 1
        line = AttemptId(f"run-a{self._dialled}")
        return replace(
            ORDER,
            attempt_id=line,
            number=number or f"+336{self._dialled:08}",
            ring_for=seconds(ring_s),
            queue_id=None,
        )

    def person(self, number: str, behaviour: Behaviour, carrier: int = 0) -> Phone:
        pbx = self.asterisk.config.asterisk
        return Phone(
            self.carriers[carrier],
            user=number,
            secret="",
            registrar=(pbx.sip_host, pbx.sip_port),
            behaviour=behaviour,
            tone_hz=450,
        )

    async def agent(self, behaviour: Behaviour, **more: Any) -> Phone:
        """Ana plugs in."""
        pbx = self.asterisk.config.asterisk
        phone = Phone(
            self.agents,
            user="ana",
            secret=self.asterisk.credentials.phone_secrets["ana"],
            registrar=(pbx.sip_host, pbx.sip_port),
            behaviour=behaviour,
            **more,
        )
        await phone.register()
        return phone

    def says(self, number: str, code: int, ringing: bool = False) -> list[int]:
        """The first carrier refuses a number; how often it was asked."""
        asked: list[int] = []

        def refuse(invite: Any) -> None:
            asked.append(code)
            if ringing:
                invite.respond(180)
            asyncio.get_running_loop().call_later(0.2, invite.respond, code)

        self.carriers[0].attach_phone(number, refuse)
        return asked

    async def empty(self) -> None:
        """Nobody is left on a line."""
        async with asyncio.timeout(SOON_S):
            while True:
                said = await asyncio.to_thread(self.asterisk.cli, "core show channels count")
                if "0 active channels" in said:
                    return
                await asyncio.sleep(0.1)


def rings(phone: Phone) -> int:
    return [event.what for event in phone.events].count("ringing")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LineHouse]:
    async with LineHouse(tmp_path_factory.mktemp("lines") / "house") as house:
        yield house


async def test_everybodys_end_is_told_as_it_was(house: LineHouse) -> None:
    ends: dict[str, tuple[Behaviour, AttemptOutcome]] = {
        "busy": (Rejects(code=486, after_s=0.1), AttemptOutcome.BUSY),
        "declines": (Rejects(code=603, after_s=0.1), AttemptOutcome.REJECTED),
        "switched off": (Rejects(code=480, after_s=0.1), AttemptOutcome.NO_ANSWER),
        "rings out": (RingsForever(), AttemptOutcome.NO_ANSWER),
    }
    async with house.desk() as desk:
        orders = {
            name: house.order(ring_s=2 if name == "rings out" else 60)
            for name in (*ends, "nobody's", "answers", "hangs up")
        }
        phones = {name: house.person(orders[name].number, ends[name][0]) for name in ends}
        phones["answers"] = house.person(orders["answers"].number, Answers(after_s=0.3))
        phones["hangs up"] = house.person(orders["hangs up"].number, Answers(after_s=0.2, talk_s=0.0))
        for order in orders.values():
            desk.pbx.carry_out(order)
        for name, (_, outcome) in ends.items():
            line = orders[name].attempt_id
            failed = await desk.hears(LineFailed, line)
            assert (failed.outcome, failed.trunk) == (outcome, "carrier"), name
            await desk.hears(LineGone, line)
            assert [type(one) for one in desk.of(line)] == [LineRings, LineFailed, LineGone]
        unknown = orders["nobody's"].attempt_id
        assert (await desk.hears(LineFailed, unknown)).outcome is AttemptOutcome.INVALID
        for name in ("answers", "hangs up"):
            line = orders[name].attempt_id
            assert (await desk.hears(LineJudged, line)).party is Party.PERSON
            assert [type(one) for one in desk.of(line)][:3] == [LineRings, LineAnswered, LineJudged]
        await desk.hears(LineGone, orders["hangs up"].attempt_id)
        assert all(phone.events[0].caller == SHOWN for phone in phones.values())
        await phones["answers"].hang_up()
        await desk.hears(LineGone, orders["answers"].attempt_id)
        assert [rings(phone) for phone in phones.values()] == [1] * len(phones)
        assert desk.pbx._lines.lines == 0
    await house.empty()


async def test_who_does_not_ring_by_one_carrier_rings_by_the_other_and_nobody_by_both(
    house: LineHouse,
) -> None:
    async with house.desk() as desk:
        full, odd, rang, gone = (house.order() for _ in range(4))
        asked = {
            order.number: house.says(order.number, code, ringing=order is rang)
            for order, code in ((full, 503), (odd, 500), (rang, 503), (gone, 404))
        }
        by_other = {
            order.number: house.person(order.number, Answers(after_s=0.2), carrier=1)
            for order in (full, odd, rang, gone)
        }
        for order in (full, odd, rang, gone):
            desk.pbx.carry_out(order)
        for order in (full, odd):
            await desk.hears(LineAnswered, order.attempt_id)
            assert rings(by_other[order.number]) == 1
            assert not [one for one in desk.of(order.attempt_id) if isinstance(one, LineFailed)]
        failed = await desk.hears(LineFailed, rang.attempt_id)
        assert (failed.outcome, failed.hangup_cause) == (AttemptOutcome.FAILED, 34)
        assert (await desk.hears(LineFailed, gone.attempt_id)).outcome is AttemptOutcome.INVALID
        assert [rings(by_other[order.number]) for order in (rang, gone)] == [0, 0]
        assert [len(times) for times in asked.values()] == [1, 1, 1, 1]
        for order in (full, odd):
            await by_other[order.number].hang_up()
            await desk.hears(LineGone, order.attempt_id)
    await house.empty()


async def test_the_link_is_cut_while_telephones_ring_and_nobody_is_dialled_twice(house: LineHouse) -> None:
    async with house.desk() as desk:
        stays, answers, never = house.order(), house.order(), house.order()
        people = {order: house.person(order.number, RingsForever()) for order in (stays, answers)}
        for order in (stays, answers):
            desk.pbx.carry_out(order)
            await desk.hears(LineRings, order.attempt_id)
        await house.cable.cut()
        await desk.until(lambda: desk.pbx.link.state.name == "DOWN", SOON_S)
        desk.pbx.carry_out(never)  # fails at once, and is not kept for later
        await desk.until(lambda: desk.of(never.attempt_id) != [], SOON_S)
        assert never.attempt_id not in desk.gate.noted
        (await people[answers].next_ring(SOON_S)).answer()
        desk.told.clear()
        house.cable.mend()
        seen = await desk.hears(LinesObserved)
        state = {one.attempt_id: one.state for one in seen.lines}
        assert state == {
            stays.attempt_id: AttemptState.RINGING,
            answers.attempt_id: AttemptState.PERSON,
        }
        (line,) = [one for one in seen.lines if one.attempt_id == stays.attempt_id]
        assert (line.number, line.lead_id, line.campaign_id) == (stays.number, stays.lead_id, "spring")
        desk.pbx.carry_out(LocateLine(attempt_id=never.attempt_id))
        assert (await desk.hears(LineLocated, never.attempt_id)).found is None
        desk.pbx.carry_out(DropLine(attempt_id=stays.attempt_id))
        desk.pbx.carry_out(DropLine(attempt_id=answers.attempt_id))  # he has answered: not cut off
        await desk.hears(LineGone, stays.attempt_id)
        assert not [one for one in desk.of(answers.attempt_id) if isinstance(one, LineGone)]
        await people[answers].hang_up()
        await desk.hears(LineGone, answers.attempt_id)
        assert [rings(phone) for phone in people.values()] == [1, 1]
    await house.empty()


async def test_an_engine_that_begins_anew_finds_the_lines_of_the_one_before(house: LineHouse) -> None:
    order = house.order()
    person = house.person(order.number, RingsForever())
    async with house.desk() as before:
        before.pbx.carry_out(order)
        await before.hears(LineRings, order.attempt_id)
    async with house.desk() as after:
        [seen] = [one for one in after.told if isinstance(one, LinesObserved)]
        assert [(one.attempt_id, one.state) for one in seen.lines] == [
            (order.attempt_id, AttemptState.RINGING)
        ]
        assert after.pbx._lines.lines == 1
        after.pbx.carry_out(DropLine(attempt_id=order.attempt_id))
        await after.hears(LineGone, order.attempt_id)
        assert rings(person) == 1
    await house.empty()


async def test_an_agents_phone_answers_a_campaigns_call_by_itself_where_the_campaign_says_so(
    house: LineHouse,
) -> None:
    ana = await house.agent(Answers(after_s=60.0))
    async with house.desk() as desk:
        for wanted in (True, False):
            order = replace(house.order(), auto_answer=wanted)
            person = house.person(order.number, Answers(after_s=0.1))
            desk.pbx.carry_out(order)
            await desk.hears(LineJudged, order.attempt_id)
            line, there = ("Channel", order.attempt_id), ("Exten", "ana")
            await desk.pbx.link.act("Redirect", [line, ("Context", "connect"), there, ("Priority", "1")])
            rung = await ana.next_ring(SOON_S)
            assert (rung.answer_after is not None) is wanted
            if wanted:
                await rung.answered(SOON_S)
            await person.hang_up()
            await desk.hears(LineGone, order.attempt_id)
    await house.empty()


async def test_the_dialplan_lets_no_campaign_out_whom_the_list_does_not_name(house: LineHouse) -> None:
    for number, leads_out in (("+33612345678", True), ("+33", False), ("+4912345", False)):
        meant = await asyncio.to_thread(house.asterisk.cli, f"dialplan show {number}@campaign-out")
        first = next(line for line in meant.splitlines() if "=>" in line and "1. " in line)
        assert ("Goto(campaign-dial," in first) is leads_out, (number, meant)


async def test_a_carrier_that_says_nothing_is_left_out(house: LineHouse) -> None:
    """The last story: it takes the first carrier away."""
    await house.carriers[0].close()

    async def is_left_out() -> None:
        while "Unavail" not in await asyncio.to_thread(house.asterisk.cli, "pjsip show contacts"):
            await asyncio.sleep(0.1)

    await asyncio.wait_for(is_left_out(), SOON_S)
    async with house.desk() as desk:
        order = house.order()
        person = house.person(order.number, Answers(after_s=0.1), carrier=1)
        desk.pbx.carry_out(order)
        await desk.hears(LineAnswered, order.attempt_id)
        assert rings(person) == 1
        await person.hang_up()
        await desk.hears(LineGone, order.attempt_id)
    await house.empty()
