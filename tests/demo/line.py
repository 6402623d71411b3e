"""A line between one caller and one agent's telephone, for the stories told about them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from demo.caller import Caller, CallerCall
from demo.endpoint import SipEndpoint
from demo.media import MediaClock
from demo.phone import Answers, Behaviour, Phone, RingsForever

SOON = 15.0
ANA_SPEAKS, CALLER_SPEAKS = 650, 1150


class Line:
    """One caller and one agent's telephone without a PBX in between."""

    def __init__(self, callers: SipEndpoint, phones: SipEndpoint) -> None:
        self.callers, self.phones = callers, phones
        self.ana = self.phone("ana", tone_hz=ANA_SPEAKS)
        self.caller = Caller(callers, host=phones.host, sip_port=phones.port, tone_hz=CALLER_SPEAKS)

    def phone(self, user: str, tone_hz: int | None = None) -> Phone:
        return Phone(
            self.phones,
            user=user,
            secret="s3cret",
            registrar=(self.callers.host, self.callers.port),
            behaviour=RingsForever(),
            tone_hz=tone_hz,
        )

    async def call(self, behaviour: Behaviour, number: str = "ana") -> CallerCall:
        self.ana.behaviour = behaviour
        return await self.caller.call(number, caller_id="+33123456789", display='Zoé "Z" Dupont')

    async def talk(self) -> CallerCall:
        call = await self.call(Answers())
        await call.answered(SOON)
        return call

    def ana_saw(self) -> list[str]:
        return [event.what for event in self.ana.events]


@asynccontextmanager
async def a_line() -> AsyncIterator[Line]:
    async with (
        MediaClock() as media,
        await SipEndpoint.open(media=media, host="127.0.0.2") as callers,
        await SipEndpoint.open(media=media) as phones,
    ):
        yield Line(callers, phones)
