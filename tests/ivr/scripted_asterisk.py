"""A FastAGI server with its engine, and scripted Asterisks that connect to it over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from acd.brief import NOTHING, Brief
from acd.customer import Customer
from acd.transfer import TransferWay
from ivr.agi.limits import AgiLimits
from ivr.agi.server import AgiServer
from ivr.agi.services import Services
from ivr.campaigns import Campaigns, NoCampaigns
from ivr.conversations import Conversations
from ivr.document import parse_document
from ivr.flow import Flow
from ivr.loader import Entrance, FlowBook, PublishedFlow
from ivr.lookups import Lookups, NobodyToAsk
from ivr.notes import NodeAnswered, Note
from ivr.port import Enqueued, Met, QueueClosed, Waiting
from ivr.prompter import AsteriskSounds, Prompter
from ivr.steps import AskComment, TellGrade
from ivr.utterance import TimeOfDay

PATIENCE_S = 10
"""How long a test waits for what must happen; reached only by a failing one."""

FLOW = Flow.model_validate(
    {
        "name": "main",
        "start": "greeting",
        "nodes": {
            "greeting": {"kind": "play", "prompts": ["hello"], "next": "choice"},
            "choice": {
                "kind": "menu",
                "prompts": ["press-1"],
                "keys": {"1": "sales", "9": "vip-desk"},
                "timeout_s": 2.5,
                "retries": 1,
                "invalid_prompts": ["invalid"],
                "otherwise": "sales",
            },
            "sales": {"kind": "queue", "queue": "sales", "refused": "goodbye"},
            "vip-desk": {"kind": "queue", "queue": "sales", "priority": "vip", "refused": "goodbye"},
            "goodbye": {"kind": "hangup", "prompts": ["goodbye"]},
        },
    }
)
AFTERWARDS = Flow.model_validate(
    {
        "name": "main",
        "start": "number",
        "nodes": {
            "number": {
                "kind": "collect",
                "prompts": ["press-1"],
                "into": "pressed",
                "length": 1,
                "timeout_s": 2.5,
                "retries": 0,
                "next": "desk",
                "otherwise": "goodbye",
            },
            "desk": {
                "kind": "queue",
                "queue": "sales",
                "data": {"pressed": "{pressed}"},
                "refused": "goodbye",
                "after": "repeat",
            },
            "repeat": {
                "kind": "branch",
                "cases": [{"when": "pressed == '7'", "next": "seven"}],
                "otherwise": "goodbye",
            },
            "seven": {"kind": "hangup", "prompts": ["digits/7"]},
            "goodbye": {"kind": "hangup", "prompts": ["goodbye"]},
        },
    }
)
KEYS = '"0123456789*#"'
HELLO, PRESS_1, INVALID = (f'STREAM FILE "{name}" {KEYS}' for name in ("hello", "press-1", "invalid"))
LISTEN = 'WAIT FOR DIGIT "2500"'
PLAYED = "200 result=0 endpos=8000"


def pressed(key: str) -> str:
    return f"200 result={ord(key)} endpos=1600"


def variable(name: str, value: str) -> str:
    return f'SET VARIABLE "{name}" "{value}"'


PLACE_IN_LINE = (
    "CTI_QUEUE=sales,CTI_NODE=sales,CTI_CLASS=normal,CTI_SINCE=1732257600000000,CTI_JOINED=0,CTI_BOOST=0,"
    "CTI_BRIEF=-,CTI_RETURNS=no"
)
INTO_QUEUE = [f'EXEC "MSet" "{PLACE_IN_LINE},CTI_NEXT=wait"']


class Board:
    """The engine: remembers what it was told, answers as the test says."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.briefs: list[Brief] = []
        self.waits_in: str | None = None
        self.place: Waiting | None = None
        self.knows_the_call = self.lets_through = True
        self.customer: Customer | None = None
        self.reply: Enqueued | QueueClosed = Enqueued(
            queue="sales", call_class="normal", since="1732257600000000", boost="0"
        )
        self.before_reply: Callable[[], Awaitable[object]] | None = None
        self.asked_to_enqueue, self.asked_to_book = asyncio.Event(), asyncio.Event()

    async def call_entered_ivr(
        self,
        *,
        call_id: str,
        caller: str,
        dialled: str,
        flow: str,
        flow_version: int,
        agent_left: bool = False,
        not_through: str | None = None,
    ) -> Met | None:
        back = ("back",) if agent_left else ()
        self.told.append(("entered", call_id, caller, dialled, f"{flow} {flow_version}", *back))
        return Met(customer=self.customer) if self.knows_the_call else None

    def note(self, *, call_id: str, notes: Sequence[Note]) -> None:
        for note in notes:
            if (note.kind == "menu") is isinstance(note, NodeAnswered):
                key = note.key if isinstance(note, NodeAnswered) else None
                self.told.append(("step", call_id, note.node, key or "-"))

    async def put_through(self, *, call_id: str, way: TransferWay, number: str) -> str | None:
        self.told.append(("put through", call_id, way.value, number))
        return None if self.lets_through else "not allowed"

    def survey_answered(
        self, *, call_id: str, answer: TellGrade | AskComment, comment: str | None = None
    ) -> None:
        said = comment if isinstance(answer, AskComment) else str(answer.grade)
        self.told.append(("answer", call_id, answer.question, said or "-"))

    async def enqueue(
        self, *, call_id: str, queue: str, priority: str | None, brief: Brief = NOTHING
    ) -> Enqueued | QueueClosed:
        self.told.append(("enqueue", call_id, queue, priority or "-"))
        self.briefs.append(brief)
        self.asked_to_enqueue.set()
        if self.before_reply is not None:
            await self.before_reply()
        return self.reply

    async def book_callback(
        self,
        *,
        call_id: str,
        queue: str | None,
        number: str | None = None,
        at: int | TimeOfDay | None = None,
        waits: bool = False,
    ) -> str | None:
        self.told.append(("callback", call_id, queue or "his own"))
        self.asked_to_book.set()
        if self.before_reply is not None:
            await self.before_reply()
        return None

    def queue_of(self, *, call_id: str) -> str | None:
        return self.waits_in

    async def tell_place(self, *, call_id: str) -> Waiting | None:
        self.told.append(("place", call_id))
        return self.place

    async def flow_finished(self, *, call_id: str) -> None:
        self.told.append(("finished", call_id))

    def of(self, call_id: str) -> list[tuple[str, ...]]:
        """What was told about one call, without its id."""
        return [(what, *rest) for what, told_id, *rest in self.told if told_id == call_id]


class Asterisk:
    """One AGI connection, seen from Asterisk."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def says(self, *lines: str | bytes) -> None:
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\n")

    def asks_for(
        self,
        script: str = "ivr",
        uid: str = "1.1",
        callerid: str = "0612",
        dialled: str = "8000",
        node: str = "",
        treatment: str = "",
        key: str = "",
        language: str = "en",
    ) -> None:
        self.says(
            "agi_network: yes",
            f"agi_network_script: {script}",
            f"agi_uniqueid: {uid}",
            f"agi_callerid: {callerid}",
            "agi_extension: s",
            f"agi_language: {language}",
            f"agi_arg_1: {dialled}",
            f"agi_arg_2: {node}",
            f"agi_arg_3: {treatment}",
            f"agi_arg_4: {key}",
            "",
        )

    async def hears(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return (await self.reader.readuntil(b"\n")).decode().removesuffix("\n")

    async def hears_or_is_left(self) -> str:
        """The next command; nothing: the connection is closed."""
        try:
            return await self.hears()
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""

    async def hears_and_answers(self, *exchange: str) -> None:
        """Pairs: the command that must come, the answer to it."""
        for expected, answer in zip(exchange[::2], exchange[1::2], strict=True):
            assert await self.hears() == expected
            self.says(answer)

    async def carries_out(self, commands: list[str]) -> None:
        for expected in commands:
            await self.hears_and_answers(expected, "200 result=1")

    async def is_left(self) -> bool:
        """Nothing more is said and the connection is closed."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


class Site:
    """A server with its engine, and the Asterisks connected to it."""

    def __init__(self) -> None:
        self.board = Board()
        self.conversations = Conversations()
        self.limits = AgiLimits()
        self.lookups: Lookups = NobodyToAsk()
        self.prompter: Prompter = AsteriskSounds()
        self.campaigns: Campaigns = NoCampaigns()
        self.numbers: dict[str, Flow] = {"8000": FLOW}
        self.book: FlowBook | None = None
        """All flows; without it, a call's book holds its own alone."""
        self.port = 0
        self.peers: list[Asterisk] = []
        self._server: AgiServer | None = None

    @property
    def server(self) -> AgiServer:
        assert self._server is not None
        return self._server

    async def opens(self, **limits: float) -> None:
        self.limits = AgiLimits(**limits)  # type: ignore[arg-type]
        services = Services(
            switchboard=self.board,
            conversations=self.conversations,
            lookups=self.lookups,
            prompter=self.prompter,
            campaigns=self.campaigns,
        )
        self._server = AgiServer(flow_for=self._flow_for, services=services, limits=self.limits)
        self.port = await self._server.start("127.0.0.1", 0)

    async def connects(self) -> Asterisk:
        peer = Asterisk(*await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    async def closes(self) -> None:
        if self._server is not None:
            await self._server.close(grace_s=1)
        for peer in self.peers:
            peer.writer.transport.abort()
        await asyncio.gather(*(peer.writer.wait_closed() for peer in self.peers), return_exceptions=True)

    def _flow_for(self, call_id: str, dialled: str) -> Entrance | None:
        if (flow := self.numbers.get(dialled)) is None:
            return None
        document = parse_document(b"", "test.yaml")
        published = PublishedFlow(flow=flow, version="0" * 12, document=document)
        return Entrance(flow=published, book=self.book or FlowBook([published], version=7))


@asynccontextmanager
async def a_site(
    lookups: Lookups | None = None,
    prompter: Prompter | None = None,
    campaigns: Campaigns | None = None,
    **limits: float,
) -> AsyncIterator[Site]:
    site = Site()
    site.lookups = lookups or site.lookups
    site.prompter = prompter or site.prompter
    site.campaigns = campaigns or site.campaigns
    await site.opens(**limits)
    try:
        yield site
    finally:
        await site.closes()
