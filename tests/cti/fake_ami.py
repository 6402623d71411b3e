"""A scriptable manager interface on a real loopback socket: as polite, slow, rude or dead as a story needs.

It greets, boots, asks for the MD5 challenge and answers like Asterisk 22: `tests/contract` holds it to that.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

PATIENCE_S = 10.0
"""How long a test waits for something that should happen at once."""


class Watched:
    """Something whose changes a test can wait for, instead of sleeping."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def changed(self) -> None:
        self._changed.set()

    async def until(self, holds: Callable[[], object], within_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(within_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


@dataclass(frozen=True)
class SeenAction:
    """An action as it arrived."""

    name: str
    headers: list[tuple[str, str]]
    connection: "Connection" = field(repr=False)

    def get(self, header: str) -> str:
        return next((value for name, value in self.headers if name == header), "")

    def __getitem__(self, header: str) -> str:
        return next(value for name, value in self.headers if name == header)

    def reply(self, *lines: str) -> None:
        """One message that answers this action."""
        first, *others = lines
        self.connection.send_lines(first, f"ActionID: {self['ActionID']}", *others)


class FakeAmi(Watched):
    """`async with FakeAmi() as asterisk:` listens on `asterisk.port`."""

    def __init__(
        self, *, username: str = "callwright", secret: str = "open sesame", booted: bool = True
    ) -> None:
        super().__init__()
        self.username = username
        self.secret = secret
        self.booted = booted
        self.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        self.hangs_up_at_once = False
        self.connections: list[Connection] = []
        self.attempts: list[float] = []
        """When each connection was made, in the loop's seconds."""
        self.actions: list[SeenAction] = []
        """What arrived after the login."""
        self.logins = 0
        self.variables: dict[str, str] = {}
        """Global variables of the dialplan."""
        self.devices = {"PJSIP/ana": "NOT_INUSE", "PJSIP/ben": "UNAVAILABLE"}
        self.received = b""
        """Every byte that ever arrived."""
        self.reads: list[bytes] = []
        self._scripts: dict[str, Callable[[SeenAction], None]] = {}
        self.port = 0

    async def __aenter__(self) -> "FakeAmi":
        await self.starts()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stops()

    async def starts(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stops(self) -> None:
        self._server.close()
        await asyncio.sleep(0)  # who was let in a moment ago has his connection then, and is cut off as well
        self.cuts()
        await self._server.wait_closed()

    def when(self, action: str, script: Callable[[SeenAction], None]) -> None:
        """What to do for each such action, instead of what Asterisk would do while there are no calls."""
        self._scripts[action] = script

    def ignores(self, action: str) -> None:
        self.when(action, lambda _: None)

    def accepts(self, action: str, message: str = "done") -> None:
        self.when(action, lambda seen: seen.reply("Response: Success", f"Message: {message}"))

    def refuses(self, action: str, message: str) -> None:
        self.when(action, lambda seen: seen.reply("Response: Error", f"Message: {message}"))

    def emits(self, name: str, *headers: str) -> None:
        """An event to everybody."""
        for connection in self.connections:
            connection.send_lines(f"Event: {name}", *headers)

    def sends(self, data: bytes) -> None:
        """Any bytes, to everybody."""
        for connection in self.connections:
            connection.transport.write(data)

    def boots(self) -> None:
        self.booted = True
        self.emits("FullyBooted", "Privilege: system,all", "Status: Fully Booted")

    def cuts(self) -> None:
        """The network is gone for everybody connected."""
        for connection in list(self.connections):
            connection.transport.abort()

    def freezes(self) -> None:
        """The process no longer reads nor writes, while the kernel keeps its sockets open."""
        for connection in self.connections:
            connection.transport.pause_reading()

    def seen(self, name: str) -> list[SeenAction]:
        return [action for action in self.actions if action.name == name]

    async def sees(self, name: str, times: int = 1) -> SeenAction:
        """Wait until such an action has arrived that many times; the last of them."""
        await self.until(lambda: len(self.seen(name)) >= times)
        return self.seen(name)[-1]

    def act(self, action: SeenAction) -> None:
        usual = {
            "Challenge": self._challenge,
            "Login": self._login,
            "Ping": self._ping,
            "CoreStatus": self._core_status,
            "Setvar": self._setvar,
            "Getvar": self._getvar,
            "Redirect": self._redirect,
            "Hangup": lambda seen: seen.reply("Response: Error", "Message: No such channel"),
            "Command": lambda seen: seen.reply("Response: Error", "Message: Permission denied"),
            "CoreShowChannels": lambda seen: self._list(seen, "CoreShowChannelsComplete", []),
            "DeviceStateList": self._device_states,
        }
        if action.name not in ("Challenge", "Login"):
            self.actions.append(action)
        (self._scripts.get(action.name) or usual.get(action.name, self._unknown))(action)
        self.changed()

    def _unknown(self, action: SeenAction) -> None:
        action.reply("Response: Error", f"Message: Invalid/unknown command: {action.name}.")

    def _ping(self, action: SeenAction) -> None:
        action.reply("Response: Success", "Ping: Pong", "Timestamp: 1795319586.216202")

    def _core_status(self, action: SeenAction) -> None:
        action.reply("Response: Success", "CoreStartupDate: 2026-11-22", "CoreCurrentCalls: 0")

    def _setvar(self, action: SeenAction) -> None:
        if action.get("Channel"):
            action.reply("Response: Error", "Message: No such channel")
            return
        self.variables[action["Variable"]] = action["Value"]
        action.reply("Response: Success", "Message: Variable Set")

    def _getvar(self, action: SeenAction) -> None:
        name = action["Variable"]
        action.reply("Response: Success", f"Variable: {name}", f"Value: {self.variables.get(name, '')}")

    def _redirect(self, action: SeenAction) -> None:
        action.reply("Response: Error", f"Message: Channel does not exist: {action.get('Channel')}")

    def _device_states(self, action: SeenAction) -> None:
        states = [
            ("Event: DeviceStateChange", f"Device: {d}", f"State: {s}") for d, s in self.devices.items()
        ]
        self._list(action, "DeviceStateListComplete", states)

    def _list(self, action: SeenAction, end: str, items: list[tuple[str, ...]]) -> None:
        action.reply("Response: Success", "EventList: start", "Message: will follow")
        for item in items:
            action.reply(*item)
        action.reply(f"Event: {end}", "EventList: Complete", f"ListItems: {len(items)}")

    def _challenge(self, action: SeenAction) -> None:
        action.reply("Response: Success", f"Challenge: {action.connection.challenge}")

    def _login(self, action: SeenAction) -> None:
        self.logins += 1
        key = hashlib.md5((action.connection.challenge + self.secret).encode()).hexdigest()
        if (action["Username"], action["Key"]) != (self.username, key):
            action.reply("Response: Error", "Message: Authentication failed")
            action.connection.transport.close()
            return
        action.reply("Response: Success", "Message: Authentication accepted")
        if self.booted:
            action.connection.send_lines(
                "Event: FullyBooted", "Privilege: system,all", "Status: Fully Booted"
            )


class Connection(asyncio.Protocol):
    """One client's connection, on the server's side."""

    transport: asyncio.Transport

    def __init__(self, ami: FakeAmi) -> None:
        self._ami = ami
        self._rest = b""
        self.challenge = "129674735"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._ami.attempts.append(asyncio.get_running_loop().time())
        self._ami.changed()
        if self._ami.hangs_up_at_once:
            self.transport.abort()
            return
        self._ami.connections.append(self)
        self.transport.write(self._ami.greeting)

    def data_received(self, data: bytes) -> None:
        self._ami.received += data
        self._ami.reads.append(data)
        *actions, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for action in actions:
            headers = [line.partition(": ")[::2] for line in action.decode().split("\r\n")]
            self._ami.act(SeenAction(headers[0][1], headers[1:], self))

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._ami.connections:
            self._ami.connections.remove(self)
        self._ami.changed()

    def send_lines(self, *lines: str) -> None:
        self.transport.write("\r\n".join([*lines, "", ""]).encode())
