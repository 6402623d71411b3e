"""Our telephones and SIPp's on a real Asterisk, without an engine: the tests order the connections."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import tone
from demo.caller import Caller, CallerCall
from demo.endpoint import SipEndpoint
from demo.leg import EndedBy
from demo.media import MediaClock
from demo.phone import Answers, Phone, Rejects, RingsForever
from demo.registration import RegistrationRefused
from tests.asterisk import sipp
from tests.asterisk.pbx import PrivateAsterisk

pytestmark = pytest.mark.asterisk

SOON = 30.0
LATER_S = 4.0
"""When a caller of another make presses keys; by then he is connected."""
ANA_SPEAKS, BEN_SPEAKS, CALLER_SPEAKS = 650, 1050, 1550


@dataclass
class Site:
    """An Asterisk, its telephones and a trunk into it."""

    asterisk: PrivateAsterisk
    media: MediaClock
    desks: SipEndpoint
    trunk: SipEndpoint

    @property
    def address(self) -> tuple[str, int]:
        return self.asterisk.config.asterisk.host, self.asterisk.config.asterisk.sip_port

    def phone(self, user: str, tone_hz: int, secret: str | None = None) -> Phone:
        return Phone(
            self.desks,
            user=user,
            secret=secret or self.asterisk.credentials.phone_secrets[user],
            registrar=self.address,
            behaviour=Answers(),
            tone_hz=tone_hz,
        )

    async def waiting_caller(self) -> CallerCall:
        """A caller who hears music, because no engine is there."""
        host, port = self.address
        caller = Caller(self.trunk, host=host, sip_port=port, tone_hz=CALLER_SPEAKS)
        call = await caller.call("8000", caller_id="+33123456789")
        await call.answered(SOON)
        await call.listen(0.1, SOON)
        return call

    async def connects_to(self, user: str) -> None:
        """Order what the engine orders: the only caller to this agent's telephone."""
        channels = await asyncio.to_thread(self.asterisk.cli, "core show channels concise")
        (caller,) = [line.split("!")[0] for line in channels.splitlines() if line.startswith("PJSIP/carrier")]
        host, port = self.asterisk.config.asterisk.host, self.asterisk.config.asterisk.ami_port
        reader, writer = await asyncio.open_connection(host, port)
        try:
            for action in (
                f"Action: Login\r\nUsername: callwright\r\nSecret: {self.asterisk.credentials.ami_secret}",
                f"Action: Setvar\r\nChannel: {caller}\r\nVariable: CTI_RING\r\nValue: 20",
                f"Action: Redirect\r\nChannel: {caller}\r\nContext: connect\r\nExten: {user}\r\nPriority: 1",
            ):
                writer.write(f"{action}\r\n\r\n".encode())
                async with asyncio.timeout(SOON):
                    while not (line := await reader.readline()).startswith(b"Response:"):
                        assert line, "Asterisk closed the connection"
                assert line == b"Response: Success\r\n", action
        finally:
            writer.close()
            await writer.wait_closed()


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    with PrivateAsterisk(tmp_path_factory.mktemp("phones")) as running:
        yield running


@pytest.fixture
async def site(asterisk: PrivateAsterisk) -> AsyncIterator[Site]:
    async with (
        MediaClock() as media,
        await SipEndpoint.open(media=media) as desks,
        await SipEndpoint.open(media=media, host="127.0.0.2") as trunk,
    ):
        yield Site(asterisk, media, desks, trunk)


async def test_caller_and_agent_hear_each_other_through_asterisk(site: Site) -> None:
    ana = site.phone("ana", ANA_SPEAKS)
    await ana.register()
    call = await site.waiting_caller()

    await site.connects_to("ana")
    at_ana = await ana.next_ring(SOON)
    await at_ana.answered(SOON)
    await asyncio.gather(call.listen(0.8, SOON), at_ana.listen(0.8, SOON))
    await call.press("42#")
    async with asyncio.timeout(SOON):
        while len(at_ana.media.digits_received) < 3:
            await at_ana.listen(0.1, SOON)
    await ana.hang_up()
    await call.hung_up(SOON)
    await ana.unregister()

    assert tone.longest_run(call.recorded(), ANA_SPEAKS) > 0.6
    assert tone.longest_run(ana.recorded(), CALLER_SPEAKS) > 0.6
    assert at_ana.caller == "+33123456789"
    assert at_ana.media.digits_received == "42#"
    assert (call.ended_by, at_ana.ended_by) == (EndedBy.THEM, EndedBy.US)
    assert not ana.registered


async def test_a_caller_tries_a_busy_a_gone_and_a_deaf_telephone(site: Site) -> None:
    ana, ben = site.phone("ana", ANA_SPEAKS), site.phone("ben", BEN_SPEAKS)
    await asyncio.gather(ana.register(), ben.register())
    call = await site.waiting_caller()

    ana.behaviour = Rejects(code=486)
    await site.connects_to("ana")
    await (await ana.next_ring(SOON)).hung_up(SOON)
    ben.behaviour = RingsForever()
    await site.connects_to("ben")
    at_ben = await ben.next_ring(SOON)
    await call.hang_up()
    await at_ben.hung_up(SOON)
    await asyncio.gather(ana.unregister(), ben.unregister())

    assert [event.what for event in ana.events] == ["ringing", "rejected"]
    assert [event.what for event in ben.events] == ["ringing", "cancelled"]
    assert call.ended_by is EndedBy.US


async def test_a_wrong_secret_is_refused(site: Site) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        await site.phone("ana", ANA_SPEAKS, secret="guessed").register()
    assert refused.value.status == 401


async def test_a_telephone_of_another_make_talks_to_our_caller(site: Site, tmp_path: Path) -> None:
    secrets = {"ben": site.asterisk.credentials.phone_secrets["ben"]}
    with sipp.agents(tmp_path, pbx=site.address, secrets=secrets, ring_s=0.2, talk_s=1.0) as others:
        await others.notes("registered ben")
        call = await site.waiting_caller()
        await site.connects_to("ben")
        await call.hung_up(SOON)
        await others.notes("hung up")

    assert call.ended_by is EndedBy.THEM
    assert tone.longest_run(call.recorded(), sipp.AGENT_HZ) > 0.6
    assert [line.split(" <")[0] for line in others.result().log][1:] == ["ringing", "answered", "hung up"]


async def test_a_caller_of_another_make_talks_to_our_telephone(site: Site, tmp_path: Path) -> None:
    ana = site.phone("ana", ANA_SPEAKS)
    await ana.register()

    with sipp.caller(
        tmp_path, pbx=site.address, number="8000", digits="15", before_s=LATER_S, talk_s=0.5
    ) as other:
        await other.notes("answered")
        await site.connects_to("ana")
        result = await other.finished()
    await ana.call.hung_up(SOON)
    await ana.unregister()

    assert (result.exit_code, result.succeeded, result.log) == (0, 1, ("answered", "hung up"))
    assert ana.call.media.digits_received == "15"
    assert tone.longest_run(ana.recorded(), sipp.CALLER_HZ) > 0.5
