"""One story for the link, told by the fake manager interface and by a real Asterisk: they must agree."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from acd.instant import Instant
from cti.ami import ActionFailed, AmiLink, LinkState
from tests.asterisk.pbx import PrivateAsterisk
from tests.cti.fake_ami import FakeAmi, Watched

WANTED = frozenset({"FullyBooted", "Reload", "DeviceStateChange"})
REFUSALS = [
    (
        "Redirect",
        [("Channel", "PJSIP/gone-1"), ("Context", "connect"), ("Exten", "ana"), ("Priority", "1")],
        "Channel does not exist: PJSIP/gone-1",
    ),
    ("Setvar", [("Channel", "PJSIP/gone-1"), ("Variable", "CTI_RING"), ("Value", "15")], "No such channel"),
    ("Hangup", [("Channel", "PJSIP/gone-1")], "No such channel"),
    ("Command", [("Command", "core show version")], "Permission denied"),
    ("NoSuchAction", [], "Invalid/unknown command: NoSuchAction."),
]
VALUES = ["15", "", "Кирилл 📞", "a: b, c=d; (e)", "Event: Hangup", "x" * 992]


@dataclass
class Peer:
    """Either of the two, by what a story needs of it."""

    port: int
    secret: str
    reloads: Callable[[], Any]
    real: bool
    events: list[dict[str, str]] = field(default_factory=list)
    downs: list[str] = field(default_factory=list)
    watched: Watched = field(default_factory=Watched)

    @asynccontextmanager
    async def linked(self, **options: Any) -> AsyncIterator[AmiLink]:
        loop = asyncio.get_running_loop()

        def hears(event: dict[str, str]) -> None:
            self.events.append(event)
            self.watched.changed()

        def loses(reason: str) -> None:
            self.downs.append(reason)
            self.watched.changed()

        def clock() -> Instant:
            self.watched.changed()
            return Instant(int(loop.time() * 1_000_000))

        async def takes_stock() -> None:
            pass

        link = AmiLink(
            host="127.0.0.1",
            port=self.port,
            username="callwright",
            secret=options.get("secret", self.secret),
            wanted_events=WANTED,
            on_event=hears,
            on_up=takes_stock,
            on_down=loses,
            clock=clock,
        )
        running = asyncio.create_task(link.run())
        try:
            await self.watched.until(lambda: link.state is LinkState.UP or self.downs)
            yield link
        finally:
            running.cancel()
            await asyncio.wait({running})


@pytest.fixture(scope="module")
def real_asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    with PrivateAsterisk(tmp_path_factory.mktemp("contract") / "var") as pbx:
        yield pbx


@pytest.fixture(params=["fake", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[Peer]:
    if request.param == "asterisk":
        pbx: PrivateAsterisk = request.getfixturevalue("real_asterisk")

        def reloads() -> None:
            pbx.cli("module reload res_musiconhold.so")

        yield Peer(pbx.config.asterisk.ami_port, pbx.credentials.ami_secret, reloads, real=True)
        return
    async with FakeAmi() as fake:
        yield Peer(
            fake.port,
            fake.secret,
            lambda: fake.emits("Reload", "Privilege: system,all", "Module: res_musiconhold.so", "Status: 0"),
            real=False,
        )


async def test_the_link_comes_up_and_hears_the_news(peer: Peer) -> None:
    async with peer.linked() as link:
        assert link.state is LinkState.UP
        if peer.real:
            await asyncio.to_thread(peer.reloads)
        else:
            peer.reloads()
        await peer.watched.until(lambda: len(peer.events) == 2)
    booted, reloaded = peer.events
    assert booted["Event"] == "FullyBooted"
    assert (reloaded["Event"], reloaded["Module"], reloaded["Status"]) == (
        "Reload",
        "res_musiconhold.so",
        "0",
    )
    assert peer.downs == []


async def test_a_wrong_password_is_refused_in_the_same_words(peer: Peer) -> None:
    async with peer.linked(secret="guess") as link:
        assert link.state is LinkState.REFUSED
    [told] = peer.downs
    assert "'callwright': Authentication failed" in told


@pytest.mark.parametrize("value", VALUES)
async def test_what_is_set_is_read_back_unchanged(peer: Peer, value: str) -> None:
    async with peer.linked() as link:
        done = await link.act("Setvar", [("Variable", "CTI_NOTE"), ("Value", value)])
        assert (done["Response"], done["Message"]) == ("Success", "Variable Set")
        read = await link.act("Getvar", [("Variable", "CTI_NOTE")])
    assert (read["Response"], read["Variable"], read["Value"]) == ("Success", "CTI_NOTE", value)


@pytest.mark.parametrize(("name", "headers", "words"), REFUSALS, ids=[name for name, _, _ in REFUSALS])
async def test_refusals_come_in_the_same_words(
    peer: Peer, name: str, headers: list[tuple[str, str]], words: str
) -> None:
    async with peer.linked() as link:
        with pytest.raises(ActionFailed) as refused:
            await link.act(name, headers)
    assert refused.value.message.startswith(words)


async def test_lists_are_complete_and_no_news(peer: Peer) -> None:
    async with peer.linked() as link:
        assert await link.act_list("CoreShowChannels") == []
        states = {item["Device"]: item["State"] for item in await link.act_list("DeviceStateList")}
        with pytest.raises(ActionFailed, match="without a list"):
            await link.act_list("Ping")
    assert {"PJSIP/ana", "PJSIP/ben"} <= states.keys()
    assert [event["Event"] for event in peer.events] == ["FullyBooted"]


async def test_a_pipelined_order_is_carried_out_in_its_order(peer: Peer) -> None:
    set_ = [("Setvar", [("Variable", "CTI_STEP"), ("Value", str(step))]) for step in range(20)]
    async with peer.linked() as link:
        *done, refused, read = await link.act_pipelined(
            [*set_, ("Hangup", [("Channel", "PJSIP/gone-1")]), ("Getvar", [("Variable", "CTI_STEP")])]
        )
    assert [answer["Message"] for answer in done if isinstance(answer, dict)] == ["Variable Set"] * 20
    assert isinstance(refused, ActionFailed)
    assert isinstance(read, dict)
    assert read["Value"] == "19"


INDEPENDENT_CLIENT = """
import os, sys
from asterisk.manager import Manager
client = Manager()
client.connect("127.0.0.1", int(sys.argv[1]))
client.login("callwright", sys.stdin.read())
print(client.send_action({"Action": "Getvar", "Variable": sys.argv[2]}).headers["Value"], flush=True)
os._exit(0)
"""
"""pyst2 reads one variable, in a process of its own, which ends without a goodbye: its logoff flushes a
socket that its reading thread may by then have closed."""


@pytest.mark.asterisk
async def test_an_independent_client_sees_what_we_have_set(real_asterisk: PrivateAsterisk) -> None:
    ami_port, secret = real_asterisk.config.asterisk.ami_port, real_asterisk.credentials.ami_secret

    async def reads(variable: str) -> str:
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-c", INDEPENDENT_CLIENT, str(ami_port), variable,
            stdin=PIPE, stdout=PIPE,
        )  # fmt: skip
        told, _ = await client.communicate(secret.encode())
        assert client.returncode == 0
        return told.decode().strip()

    peer = Peer(ami_port, secret, lambda: None, real=True)
    async with peer.linked() as link:
        await link.act("Setvar", [("Variable", "CTI_HEARTBEAT"), ("Value", "1795319586")])
        await link.act("Setvar", [("Variable", "CTI_NOTE"), ("Value", "Кирилл")])
        seen = [await reads(variable) for variable in ("CTI_HEARTBEAT", "CTI_NOTE")]
    assert seen == ["1795319586", "Кирилл"]
