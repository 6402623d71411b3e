"""A stranger's datagrams, one by one: what our telephones answer, repeat and give up."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from demo import sip, transaction
from demo.caller import Caller
from demo.endpoint import SipEndpoint
from demo.leg import CallFailed, EndedBy
from demo.phone import Answers
from demo.sip import Headers, Request
from tests.demo.line import SOON, Line


class Stranger(asyncio.DatagramProtocol):
    """A SIP peer by hand: sends what it is told and shows what came back."""

    def __init__(self, target: SipEndpoint) -> None:
        self.target = (target.host, target.port)
        self.inbox: asyncio.Queue[sip.Request | sip.Response] = asyncio.Queue(maxsize=100)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.host, self.port = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.inbox.put_nowait(sip.parse(data))

    def says(
        self,
        method: str,
        *,
        body: bytes = b"",
        to_tag: str = "",
        number: int = 1,
        branch: str = "",
        **more: str,
    ) -> None:
        headers = [
            ("Via", f"SIP/2.0/UDP {self.host}:{self.port};branch={branch or sip.new_branch()};rport"),
            ("From", "<sip:7@127.0.0.1>;tag=stranger"),
            ("To", "<sip:ana@127.0.0.1>" + (f";tag={to_tag}" if to_tag else "")),
            ("Call-ID", "strange"),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<sip:7@{self.host}:{self.port}>"),
            *((name.replace("_", "-"), value) for name, value in more.items()),
        ]
        uri = f"sip:ana@{self.target[0]}:{self.target[1]}"
        request = Request(method=method, uri=uri, headers=Headers(tuple(headers)), body=body)
        self.transport.sendto(request.encode(), self.target)

    async def hears(self, *skipping: int) -> sip.Request | sip.Response:
        async with asyncio.timeout(SOON):
            while True:
                message = await self.inbox.get()
                if not (isinstance(message, sip.Response) and message.status in skipping):
                    return message

    async def status(self) -> int:
        answer = await self.hears(100)
        assert isinstance(answer, sip.Response)
        return answer.status


OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n"
)


@pytest.fixture
async def stranger(line: Line) -> AsyncIterator[Stranger]:
    transport, stranger = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Stranger(line.phones), local_addr=("127.0.0.1", 0)
    )
    yield stranger
    transport.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIP's timers fifty times as fast."""
    monkeypatch.setattr(transaction, "T1", 0.01)
    monkeypatch.setattr(transaction, "T2", 0.08)
    monkeypatch.setattr(transaction, "GIVE_UP", 0.64)


@pytest.mark.parametrize(
    ("method", "status"),
    [("OPTIONS", 200), ("INFO", 405), ("SUBSCRIBE", 405), ("DANCE", 501), ("BYE", 481), ("UPDATE", 481)],
)
async def test_every_request_gets_an_answer(stranger: Stranger, method: str, status: int) -> None:
    stranger.says(method)

    answer = await stranger.hears()
    assert answer.status == status
    assert f"received=127.0.0.1;rport={stranger.port}" in answer.top_via
    assert answer.to.tag


async def test_requests_of_a_call_that_does_not_exist_are_told_so(stranger: Stranger) -> None:
    for number, method in enumerate(("BYE", "CANCEL", "INVITE"), start=1):
        stranger.says(method, to_tag="gone", number=number)
        assert await stranger.status() == 481


async def test_an_extension_we_do_not_have_and_audio_we_do_not_speak_are_refused(stranger: Stranger) -> None:
    stranger.says("INVITE", body=OFFER, Require="100rel")
    assert await stranger.status() == 420
    stranger.says("INVITE", body=OFFER.replace(b"AVP 0", b"AVP 8"), number=2)
    assert await stranger.status() == 488


async def test_a_call_is_refreshed_held_and_resumed(line: Line, stranger: Stranger) -> None:
    line.ana.behaviour = Answers()
    stranger.says("INVITE", body=OFFER)
    answer = await stranger.hears(100, 180)
    tag = answer.to.tag
    stranger.says("ACK", to_tag=tag)
    assert b"a=rtpmap:96 telephone-event/8000" in answer.body

    stranger.says("UPDATE", to_tag=tag, number=2, Session_Expires="90;refresher=uac")
    refreshed = await stranger.hears()
    stranger.says("INVITE", to_tag=tag, number=3, body=OFFER + b"a=sendonly\r\n")
    held = await stranger.hears()
    stranger.says("ACK", to_tag=tag, number=3)
    stranger.says("INVITE", to_tag=tag, number=4)
    offered = await stranger.hears()
    stranger.says("ACK", to_tag=tag, number=4, body=OFFER)
    stranger.says("UPDATE", to_tag=tag, number=2)
    late = await stranger.hears()
    stranger.says("BYE", to_tag=tag, number=5)

    assert (refreshed.status, refreshed.body) == (200, b"")
    assert (held.status, b"a=recvonly" in held.body) == (200, True)
    assert (offered.status, b"a=sendrecv" in offered.body) == (200, True)
    assert late.status == 500, "a request that was overtaken"
    assert await stranger.status() == 200
    assert line.ana_saw() == ["ringing", "answered", "far end hung up"]


async def test_a_lost_answer_is_repeated_until_acknowledged(
    line: Line, stranger: Stranger, hasty: None
) -> None:
    line.ana.behaviour = Answers()
    stranger.says("INVITE", body=OFFER, branch="z9hG4bKsame")
    first = await stranger.hears(100, 180)
    second = await stranger.hears(100, 180)
    stranger.says("INVITE", body=OFFER, branch="z9hG4bKsame")
    third = await stranger.hears(100, 180)
    stranger.says("ACK", to_tag=first.to.tag)

    assert first == second == third
    assert line.ana_saw() == ["ringing", "answered"], "the copy of an INVITE is not a second call"


async def test_an_answer_never_acknowledged_ends_the_call(
    line: Line, stranger: Stranger, hasty: None
) -> None:
    line.ana.behaviour = Answers()
    stranger.says("INVITE", body=OFFER)
    message = await stranger.hears(100, 180, 200)

    assert message.method == "BYE"
    assert line.ana_saw() == ["ringing", "answered", "hung up"]


async def test_a_request_nobody_answers_is_repeated_and_given_up(
    line: Line, stranger: Stranger, hasty: None
) -> None:
    caller = Caller(line.callers, host=stranger.host, sip_port=stranger.port)
    call = await caller.call("1", caller_id="2")

    with pytest.raises(CallFailed, match="408"):
        await call.answered(SOON)
    copies = [stranger.inbox.get_nowait() for _ in range(stranger.inbox.qsize())]
    assert 2 <= len(copies) <= 7, "10, 20, 40, … ms apart, or later on a busy machine"
    assert len({copy.branch for copy in copies}) == 1
    assert call.ended_by is EndedBy.NOBODY


async def test_rubbish_on_the_port_is_counted_and_forgotten(line: Line, stranger: Stranger) -> None:
    stranger.transport.sendto(b"\r\n\r\n", stranger.target)
    stranger.transport.sendto(b"\x16\x03\x01 hello", stranger.target)
    stranger.says("OPTIONS")

    assert await stranger.status() == 200
    assert line.phones.malformed == 1
