"""A line of AGI by itself: what it asks, what it hears, how long it waits."""

import asyncio
import os
import socket
from collections.abc import Iterator

import pytest

from ivr.agi.limits import AgiLimits
from ivr.agi.line import MOST_UNTAKEN, ConnectionLost, Line
from ivr.agi_protocol import AgiRequest, Answer, ProtocolError
from tests.ivr.peer import Peer

REQUEST = b"agi_network_script: ivr\nagi_uniqueid: 1.1\n\n"
OK = b"200 result=1\n"


class Talk:
    """A line, who is at its other end, and what he heard."""

    def __init__(self, limits: AgiLimits) -> None:
        self.heard: list[bytes] = []
        self.peer = Peer(self.heard.append)
        self.line = Line(limits)
        self.line.connection_made(self.peer)

    def says(self, said: bytes) -> None:
        self.line.data_received(said)


@pytest.fixture
async def talk() -> Talk:
    return Talk(AgiLimits(request_bytes=20_000, line_bytes=100))


@pytest.fixture(autouse=True)
def hung_up(talk: Talk) -> Iterator[None]:
    yield
    talk.line.abort()


@pytest.mark.parametrize("bite", [1, 2, 5, 1000])
async def test_a_request_is_taken_however_it_is_cut_and_wakes_who_waits_once(talk: Talk, bite: int) -> None:
    wakes: list[AgiRequest] = []

    async def session() -> None:
        wakes.append(await talk.line.request())

    serving = asyncio.create_task(session())
    await asyncio.sleep(0)
    stream = REQUEST + OK
    for start in range(0, len(stream), bite):
        talk.says(stream[start : start + bite])
    await serving
    assert [request.script for request in wakes] == ["ivr"]
    assert await talk.line.ask(b"NOOP\n", 60) == Answer(200, "1")  # what came after it is not lost


async def test_a_command_is_on_its_way_at_once_though_others_are_ready_to_work() -> None:
    """The loop's own writing waits for everybody who is ready in the same turn."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_connection(lambda: Line(AgiLimits()), sock=ours)
    asking = asyncio.create_task(line.ask(b"NOOP\n", 60))
    seen: list[bytes] = []
    loop.call_soon(lambda: seen.append(theirs.recv(100, socket.MSG_DONTWAIT)))
    await asyncio.sleep(0)
    assert seen == [b"NOOP\n"]
    theirs.sendall(OK)
    assert (await asking).carried_out
    line.abort()
    theirs.close()
    assert transport.is_closing()


async def test_a_command_that_does_not_fit_at_once_comes_whole() -> None:
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(AgiLimits()), sock=ours)
    filling = _fill(ours)
    asking = asyncio.create_task(line.ask(b"NOOP\n", 60))
    await asyncio.sleep(0)
    theirs.setblocking(False)
    came = b""
    while len(came) < filling + 5:
        came += await loop.sock_recv(theirs, 100_000)
    assert came[filling:] == b"NOOP\n"
    await loop.sock_sendall(theirs, OK)
    assert (await asking).carried_out
    line.abort()
    theirs.close()


def _fill(one: socket.socket) -> int:
    """Write until nothing more fits; how many bytes did."""
    filling = 0
    while True:
        try:
            filling += os.write(one.fileno(), bytes(1000))
        except BlockingIOError:
            return filling


async def test_who_never_takes_commands_is_asked_nothing_more(talk: Talk) -> None:
    talk.says(REQUEST)
    talk.peer.untaken = MOST_UNTAKEN + 1
    with pytest.raises(ProtocolError, match="never taken"):
        await talk.line.ask(b"NOOP\n", 60)
    assert talk.heard == []


async def test_who_talks_without_being_asked_is_not_listened_to_for_ever(talk: Talk) -> None:
    talk.says(REQUEST)
    for _ in range(250):
        talk.says(b"HANGUP " * 12 + b"\n")
    assert not talk.peer.listens
    with pytest.raises(ProtocolError):
        await talk.line.ask(b"NOOP\n", 60)


async def test_what_was_kept_back_is_heard_when_there_is_room(talk: Talk) -> None:
    talk.says(REQUEST)
    talk.says(OK * 2000)
    assert not talk.peer.listens
    for _ in range(2000):
        assert (await talk.line.ask(b"NOOP\n", 60)).carried_out
    assert talk.peer.listens


async def test_each_command_has_its_own_deadline(talk: Talk) -> None:
    """A long one first: the alarm set for it must not be the short one's."""
    talk.says(REQUEST)
    asking = asyncio.create_task(talk.line.ask(b"STREAM FILE\n", 300))
    await asyncio.sleep(0)
    talk.says(OK)
    await asking
    with pytest.raises(TimeoutError):
        await talk.line.ask(b"WAIT FOR DIGIT\n", 0.01)


async def test_an_alarm_of_an_earlier_command_disturbs_no_later_one(talk: Talk) -> None:
    talk.says(REQUEST)
    asking = asyncio.create_task(talk.line.ask(b"WAIT FOR DIGIT\n", 0.01))
    await asyncio.sleep(0)
    talk.says(OK)
    await asking
    asking = asyncio.create_task(talk.line.ask(b"STREAM FILE\n", 300))
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, later.set)
    await later.wait()  # the first one's alarm was due before
    assert not asking.done()
    talk.says(OK)
    assert (await asking).carried_out


async def test_what_was_said_before_the_end_counts(talk: Talk) -> None:
    talk.says(REQUEST + OK)
    talk.line.eof_received()
    assert (await talk.line.ask(b"NOOP\n", 60)).carried_out
    with pytest.raises(ConnectionLost):
        await talk.line.ask(b"NOOP\n", 60)


async def test_nothing_is_said_on_a_line_that_is_closing(talk: Talk) -> None:
    talk.says(REQUEST)
    talk.peer.gone = True
    with pytest.raises(ConnectionLost):
        await talk.line.ask(b"NOOP\n", 60)
    assert talk.heard == []
