"""A flood of events from Asterisk is handled in slices: others get turns between; nothing else changes."""

import asyncio

import pytest

from cti.ami_connection import ActionUnconfirmed, AmiConnection, Limits, LinkState, Message

EVENT_S = 0.00006
SLICE = 4
"""Events that take as long as a slice."""
LIMITS = Limits(unread_bytes=4096)


class Wire(asyncio.Transport):
    """What a connection does to its socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.reads = True
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.aborted
        self.reads = True

    def abort(self) -> None:
        self.aborted = True


class Listener:
    """Hears events, each of which takes its time."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.lost: list[str] = []
        self.wire = Wire()
        self.connection = AmiConnection(
            wanted_events=frozenset({"UserEvent"}),
            on_event=self._hear,
            on_lost=self._lost,
            limits=LIMITS,
            watch=lambda: len(self.heard) * EVENT_S,
        )
        self.connection.connection_made(self.wire)
        self.connection.data_received(b"Asterisk Call Manager/11.0.0\r\n")

    def _hear(self, event: Message) -> None:
        self.heard.append(event["Uid"])

    def _lost(self, state: LinkState, reason: str) -> None:
        self.lost.append(reason)


def events(first: int, after: int) -> bytes:
    return b"".join(b"Event: UserEvent\r\nUid: %d\r\n\r\n" % number for number in range(first, after))


def numbers(after: int) -> list[str]:
    return [str(number) for number in range(after)]


@pytest.fixture
async def listener() -> Listener:
    return Listener()


async def test_a_callers_key_is_served_while_a_flood_of_events_is_being_read(listener: Listener) -> None:
    served: list[int] = []

    async def caller() -> None:
        while len(listener.heard) < 100:
            served.append(len(listener.heard))
            await asyncio.sleep(0)

    listener.connection.data_received(events(0, 100))
    await caller()
    assert served == list(range(SLICE, 100, SLICE))
    assert listener.heard == numbers(100)


async def test_a_few_events_are_handled_at_once(listener: Listener) -> None:
    listener.connection.data_received(events(0, 3))
    assert listener.heard == numbers(3)


@pytest.mark.parametrize("bite", [1, 7, 1000])
async def test_order_stays_however_the_stream_is_cut(listener: Listener, bite: int) -> None:
    stream = events(0, 60)
    for start in range(0, len(stream), bite):
        listener.connection.data_received(stream[start : start + bite])
    while len(listener.heard) < 60:
        await asyncio.sleep(0)
    assert listener.heard == numbers(60)


async def test_more_is_not_read_than_there_is_room_for(listener: Listener) -> None:
    listener.connection.data_received(events(0, 50))
    assert listener.wire.reads  # what is being handled has been read; what waits behind it counts
    more = events(100, 150)
    for _ in range(LIMITS.unread_bytes // len(more)):
        listener.connection.data_received(more)
        assert listener.wire.reads
    listener.connection.data_received(more)
    assert not listener.wire.reads
    assert LIMITS.unread_bytes < listener.connection.unread <= LIMITS.unread_bytes + len(more)
    while listener.connection.unread:
        await asyncio.sleep(0)
    assert listener.wire.reads


async def test_an_answer_that_came_before_the_end_is_an_answer(listener: Listener) -> None:
    [asked] = listener.connection.send([("Ping", ())], deadline_s=60)
    [unanswered] = listener.connection.send([("Ping", ())], deadline_s=60)
    name = listener.wire.written.split(b"ActionID: ")[1].split(b"\r\n")[0]
    listener.connection.data_received(events(0, 50))
    listener.connection.data_received(b"Response: Success\r\nActionID: " + name + b"\r\n\r\n")
    assert not asked.done()
    listener.connection.connection_lost(None)
    assert listener.heard == numbers(50)
    assert (await asked)["Response"] == "Success"
    assert isinstance(await unanswered, ActionUnconfirmed)
    assert listener.lost == ["Asterisk closed the connection"]


async def test_after_we_have_ended_it_nothing_of_it_is_heard(listener: Listener) -> None:
    listener.connection.data_received(events(0, 50))
    heard = list(listener.heard)
    listener.connection.drop("enough")
    for _ in range(20):
        await asyncio.sleep(0)
    listener.connection.connection_lost(None)
    assert (listener.heard, listener.lost) == (heard, ["enough"])
