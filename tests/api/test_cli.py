"""The command line, against files and against an engine that listens on loopback."""

import asyncio
import contextlib
import io
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from acd.commands import SetAgentReady
from acd.ids import AgentId, CallId
from acd.ivr_signals import CallerJudged
from api.cli import main
from api.printing import explained, harmless
from api.websocket import FirmWebSocket
from cti.journal import Journal
from tests.api.fake_engine import RUN, TOKEN, FakeEngine

CONFIG = """\
http: {port: %d}
agents:
  - {id: ana, name: Ana Alvarez}
  - {id: ben, name: Ben Okafor}
"""
NUMBERS = 'numbers: {"8000": main}\n'

RULES = """\
agents:
  ana: {skills: {sales: 8, support: 6}}
  ben: {skills: {support: 8}}
queues:
  - {id: sales, requires: {sales: 5}, wrap_up_s: 0, capacity: 2000}
  - {id: support, requires: {support: 5}, wrap_up_s: 0}
vip_callers: ["+3399"]
"""
FLOW = """\
name: main
start: sales
nodes:
  sales: {kind: queue, queue: sales, refused: bye}
  bye: {kind: hangup, prompts: [goodbye]}
"""


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Somebody at a prompt."""

    def __init__(self, home: Path, port: int) -> None:
        self.config, self.port = home / "callwright.yaml", port
        self.flow = home / "flows" / "main.yaml"
        self.flow.parent.mkdir()
        self.config.write_text(CONFIG % port)
        self.rules = home / "rules.yaml"
        self.rules.write_text(RULES)
        self.flow.write_text(FLOW)
        self.numbers = home / "numbers.yaml"
        self.numbers.write_text(NUMBERS)

    def types(self, *words: str) -> Said:
        with (
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            try:
                main(words)
            except SystemExit as end:
                code = int(end.code or 0)
        return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def shell(tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("CALLWRIGHT_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("CALLWRIGHT_TOKEN", raising=False)
    made = Shell(tmp_path, free_port)
    monkeypatch.setenv("CALLWRIGHT_CONFIG", str(made.config))
    return made


@pytest.fixture
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """The application behind a real server."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws=FirmWebSocket))
    with contextlib.ExitStack() as stack:
        stack.callback(door.close)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        yield door.getsockname()[1]
        server.should_exit = True
        await serving


@pytest.fixture
def engine_shell(tmp_path: Path, listening: int, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A prompt next to a running engine; commands run in a thread, as the engine is in this loop."""
    monkeypatch.setenv("CALLWRIGHT_TOKEN", TOKEN)
    prompt = Shell(tmp_path, listening)
    monkeypatch.setenv("CALLWRIGHT_CONFIG", str(prompt.config))

    async def types(*words: str) -> Said:
        return await asyncio.to_thread(prompt.types, *words)

    return types


# -- without an engine ---------------------------------------------------------------------------


def test_a_good_house_has_no_problems(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "sounds" / "en").mkdir(parents=True)
    (tmp_path / "sounds" / "en" / "goodbye.wav").touch()
    said = shell.types("check", "--sounds", str(tmp_path / "sounds"))
    assert (said.code, said.err) == (0, "")
    assert "no problems" in said.out


def test_every_problem_is_told_with_its_line_and_a_guess(shell: Shell, tmp_path: Path) -> None:
    shell.numbers.write_text('numbers: {"8000": {flow: main, hours: office, closed: main}}\n')
    shell.flow.write_text(FLOW.replace("queue: sales", "queue: sails"))
    said = shell.types("check", "--sounds", str(tmp_path))
    assert said.code == 1
    assert said.out.splitlines() == [
        f"{shell.numbers}:1: numbers.8000.hours: no calendar is called 'office'",
        f"{shell.flow}:4: nodes.sales.queue: no queue is called 'sails' (did you mean 'sales'?)",
        f"{shell.flow}:5: nodes.bye.prompts.0: there is no prompt 'goodbye' in en",
    ]


def test_a_service_nobody_knows_is_told_with_its_line(shell: Shell) -> None:
    asks = "queue, queue: sales, refused: bye"
    assert asks in FLOW
    shell.flow.write_text(FLOW.replace(asks, "lookup, service: bank, next: bye"))
    said = shell.types("check")
    assert said.code == 1
    assert f"{shell.flow}:4: nodes.sales.service: no service is called 'bank'" in said.out


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ("transfer, to: {extension: '501'}, failed: bye", "to.extension: no extension is called '501'"),
        ("transfer, to: {agent: bem, queue: sales}, failed: bye", "to.agent: no skill is called 'agent.bem'"),
        ("queue, queue: sales, requires: saless >= 3, refused: bye", "requires: no skill is called 'saless'"),
    ],
)
def test_whom_nobody_knows_or_has_is_told_with_its_line(shell: Shell, node: str, told: str) -> None:
    shell.flow.write_text(FLOW.replace("queue, queue: sales, refused: bye", node))
    said = shell.types("check")
    assert said.code == 1
    assert f"{shell.flow}:4: nodes.sales.{told}" in said.out


def test_a_damaged_configuration_and_a_damaged_flow_are_told_together(shell: Shell) -> None:
    shell.config.write_text("agents: {")
    shell.flow.write_text("name: [")
    said = shell.types("check")
    assert said.code == 1
    assert str(shell.config) in said.out
    assert str(shell.flow) in said.out


def test_phones_are_told_with_the_same_secrets_every_time(shell: Shell) -> None:
    once, again = shell.types("phones", "--json"), shell.types("phones", "--json")
    assert once.data == again.data
    assert [(p["user"], p["server"], p["transport"]) for p in once.data] == [
        ("ana", "127.0.0.1:5160", "udp or tcp"),
        ("ben", "127.0.0.1:5160", "udp or tcp"),
    ]
    table = shell.types("phones")
    assert once.data[0]["secret"] in table.out


def test_asterisks_configuration_is_rendered(shell: Shell, tmp_path: Path) -> None:
    said = shell.types("render", "--to", str(tmp_path / "pbx" / "etc"))
    assert said.code == 0
    assert f"astrundir => {tmp_path / 'pbx'}/run" in (tmp_path / "pbx/etc/asterisk.conf").read_text()
    assert str(tmp_path / "pbx/etc/pjsip.conf") in said.out.splitlines()


def test_the_schema_and_the_version_need_nothing(shell: Shell) -> None:
    shell.config.unlink()
    assert "/calls/{call_id}" in shell.types("openapi").data["paths"]
    assert shell.types("version").out.startswith("callwright ")
    assert shell.types("version", "--json").data["name"] == "callwright"


@pytest.mark.parametrize(
    "words",
    [
        ("agent", "ana", "asleep"),
        ("agent", "ana"),
        ("agent", "ana", "ready", "--reason", "break"),
        ("agent", "ana", "done", "--after"),
        ("agent", "ana", "pause"),
        ("agent", "ana", "ready", "--queue", "sales"),
        ("agent", "ana", "leave", "--queue", "sales", "--after"),
        ("agent", "ana", "ready", "--by", "carol"),
        ("agent", "ana", "ready", "--now"),
        ("agent", "ana", "ready", "--after", "--by", "carol", "--because", "so"),
        ("nonsense",),
        ("render",),
        ("calls", "--yaml"),
    ],
)
def test_what_is_typed_wrong_is_usage(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell.types(*words)
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err


def test_no_engine_and_no_token_have_exit_codes_of_their_own(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (("agents",), ("queues",), ("calls",), ("why", "c1"), ("agent", "ana", "ready")):
        said = shell.types(*command)
        assert (said.code, said.out, len(said.err.splitlines())) == (4, "", 1), command
    status = shell.types("status")
    assert (status.code, status.out) == (3, "")
    assert "Connection refused" in status.err
    monkeypatch.setenv("CALLWRIGHT_TOKEN", TOKEN)
    for command in (("agents",), ("why", "c1"), ("agent", "ana", "ready")):
        said = shell.types(*command)
        assert (said.code, said.out, len(said.err.splitlines())) == (3, "", 1), command
        assert f"127.0.0.1:{shell.port}" in said.err
    monkeypatch.setenv("CALLWRIGHT_TOKEN", "wörd\n")
    assert shell.types("agents").code == 4


def test_a_wrong_configuration_is_one_clear_line(shell: Shell) -> None:
    shell.config.write_text((CONFIG % shell.port).replace("http", "htpt"))
    said = shell.types("agents")
    assert (said.code, said.out) == (1, "")
    assert said.err == f"{shell.config}:1: htpt: unknown key (did you mean 'http'?)\n"


def test_the_module_is_a_program(shell: Shell) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "agents"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 4
    assert done.stderr.startswith("no token")


# -- with an engine ------------------------------------------------------------------------------


async def test_a_shift_at_the_prompt(engine: FakeEngine, engine_shell: Callable[..., Any]) -> None:
    types = engine_shell
    assert (await types("status")).code == 0
    assert (await types("agent", "ana", "ready")).out == "ana is ready\n"
    call = await engine.calls("c1", "sales", caller="+3399")
    offer = await engine.answers()
    said = await types("agent", "ana", "not-ready", "--reason", "lunch")
    assert said.out == "ana is talking, then not_ready (lunch)\n"
    assert [agent["state"] for agent in (await types("agents", "--json")).data] == ["talking", "logged_out"]
    for command, words in (
        ("agents", ["ana", "talking", "c1", "not_ready"]),
        ("queues", ["sales", "100.0% in 20 s", "answered_within"]),
        ("calls", ["c1", "+3399", "connected", "vip"]),
    ):
        table = (await types(command)).out
        assert all(word in table for word in words), table
    assert (await types("queues", "--json")).data[0]["answered"] == 1
    assert (await types("calls", "--json")).data[0]["agent_id"] == "ana"
    await engine.agent_hangs_up(offer, call)
    assert (await types("calls")).out == "no live calls\n"
    assert "not_ready" in (await types("agents")).out
    assert (await types("agent", "ana", "logout", "--json")).data["state"] == "logged_out"
    said = await types("agent", "ana", "not-ready", "--by", "carol", "--because", "fire drill")
    assert said.out == "ana is not_ready (other)\n"
    said = await types("agent", "ana", "leave", "--queue", "sales")
    assert said.out == "ana is not_ready (other); has left sales\n"
    assert (await types("agent", "ana", "take-up", "--queue", "sales")).out == "ana is not_ready (other)\n"
    assert (await types("agent", "ana", "done")).err == "ana is not wrapping up\n"
    assert (await types("agent", "ana", "ready", "--after")).err == "ana is not busy: set his state\n"


async def test_a_queue_is_closed_and_reopened_at_the_prompt(
    engine: FakeEngine, engine_shell: Callable[..., Any]
) -> None:
    types = engine_shell
    assert (await types("queue", "close", "sales")).code == 2  # without a reason nobody closes
    assert (await types("queue", "reopen", "sales", "--because", "why")).code == 2
    await engine.calls("c1", "sales")
    said = await types("queue", "close", "sales", "--because", "fire alarm", "--by", "Ada")
    assert said.out == "sales is closed by Ada: fire alarm, 1 waiting\n"
    assert "closed by Ada: fire alarm" in (await types("queues")).out
    assert "stays until he is served" in (await types("why", "c1")).out
    assert await engine.knocks("c2", "sales") == "queue sales is closed by Ada: fire alarm"
    assert "not let into queue sales: it was closed" in (await types("why", "c2")).out
    assert (await types("queue", "reopen", "sales")).out == "sales is open by its hours, 1 waiting\n"
    again = await types("queue", "reopen", "sales")
    assert (again.code, again.out) == (1, "")


async def test_why_is_told_so_that_people_understand_it(
    engine: FakeEngine, engine_shell: Callable[..., Any]
) -> None:
    await engine.calls("c1", "sales")
    await engine.calls("c2", "sales", caller="+3399")
    assert (await engine_shell("agent", "ana", "ready")).code == 0
    await engine.answers()
    said = (await engine_shell("why", "c2")).out
    for words in (
        "call c2 from +3399 to 8000: connected, queue sales (vip), agent ana",
        "queue sales: ana was chosen, who answered",
        "required: sales >= 5\n",
        "ana  chosen",
        "ben  lacks skill",
        "other callers who waited:",
        "c1  lower score",
    ):
        assert words in said
    assert "no agent was ever chosen" in (await engine_shell("why", "c1")).out
    assert (await engine_shell("why", "c2", "--json")).data["decisions"][0]["agent_id"] == "ana"


async def test_who_still_waits_is_told_why_and_so_is_who_idles(
    engine: FakeEngine, engine_shell: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = engine.runtime.clock.now()
    monkeypatch.setattr(engine.runtime.clock, "now", lambda: now)  # nobody's score grows meanwhile
    await engine.calls("c1", "sales")
    await engine.calls("c2", "sales", caller="+3399")
    said = (await engine_shell("why", "c1")).out
    for words in (
        "still waiting, place 2: none of the 1 agents with the skills he needs is logged in",
        "required: sales >= 5\n",
        "score: 0.00 = (0 s) / 120 s (normal)",
        "ana  logged out",
        "before him:",
        "c2  3.00 (vip: 0.0 s + 60.0 s / 20.0 s)",
    ):
        assert words in said
    assert (await engine_shell("why", "c1", "--json")).data["waiting"]["position"] == 2
    assert (await engine_shell("agent", "ben", "ready")).code == 0
    said = (await engine_shell("why-idle", "ben")).out
    assert "ben: nobody is waiting whom he could take; 2 wait where he lacks a skill" in said
    assert "sales 0 < 5" in said
    idle = (await engine_shell("why-idle", "ana", "--json")).data
    assert (idle["because"], idle["since"]) == ("he is logged out", None)
    assert (await engine_shell("why-idle", "zoe")).code == 1


async def test_the_engine_may_say_no(
    engine: FakeEngine, engine_shell: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.unplugs("ana")
    for words, reason in (
        (("agent", "ana", "ready"), "the phone of ana is not registered\n"),
        (("agent", "zoe", "ready"), "there is no agent zoe\n"),
        (("why", "c9"), "there is no call c9\n"),
    ):
        said = await engine_shell(*words)
        assert (said.code, said.out, said.err) == (1, "", reason)
    assert (await engine_shell("why", "a/../b\n")).code == 1
    engine.webhooks = [{"name": "webhooks.1", "waiting": 3, "dropped": 0, "reason": "it says 500"}]
    told = (await engine_shell("status")).out
    assert "webhooks.1" in told
    assert "waiting 3, dropped 0, reason it says 500" in told
    assert "state off, waiting 0" in told, "the gateway for texts"
    engine.status = "degraded"
    assert (await engine_shell("status", "--json")).code == 1
    monkeypatch.setenv("CALLWRIGHT_TOKEN", "some-other-token")
    assert (await engine_shell("agents")).code == 4


async def test_a_feed_over_a_real_line(
    engine: FakeEngine, listening: int, engine_shell: Callable[..., Any]
) -> None:
    address = f"ws://127.0.0.1:{listening}/feed"
    with pytest.raises(InvalidStatus, match="403"):
        await connect(address)
    protocol = Subprotocol(f"bearer.{TOKEN}")
    async with connect(address, subprotocols=[protocol]) as line, asyncio.timeout(20):
        assert line.subprotocol == protocol
        assert json.loads(await line.recv())["type"] == "snapshot"
        await engine_shell("agent", "ben", "ready")
        heard = [json.loads(await line.recv())]
        while heard[-1]["type"] != "agent":
            heard.append(json.loads(await line.recv()))
        assert (heard[-1]["agent"]["agent_id"], heard[-1]["agent"]["state"]) == ("ben", "ready")


# -- replay --------------------------------------------------------------------------------------


async def test_a_journal_is_replayed(engine: FakeEngine, app: FastAPI, shell: Shell, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", RUN)
    await engine.runtime.ask(SetAgentReady(agent_id=AgentId("ana")))
    call = await engine.calls("c1", "sales")
    await engine.agent_hangs_up(await engine.answers(), call)
    journal.append(engine.said)
    journal.close()
    said = await asyncio.to_thread(shell.types, "replay", str(tmp_path / "journal"), "--json")
    assert (said.code, said.data["same"], said.data["runs"]) == (0, True, 1)
    assert said.data["inputs"] + said.data["outputs"] == len(engine.said)
    shell.rules.write_text(RULES.replace("sales: 8", "sales: 4").replace("sales: 5", "sales: 3"))
    changed = await asyncio.to_thread(shell.types, "replay", str(tmp_path / "journal"))
    assert changed.code == 1
    assert "not the same" in changed.out
    assert "RoutingDecided" in changed.out or "recorded" in changed.out


def test_a_journal_that_is_not_there(shell: Shell, tmp_path: Path) -> None:
    said = shell.types("replay", str(tmp_path / "nothing.jsonl"))
    assert (said.code, len(said.err.splitlines())) == (1, 1)


# -- printing ------------------------------------------------------------------------------------


def test_strangers_text_cannot_steer_a_terminal() -> None:
    assert harmless("a\x1b[2Jb\r\n\u202e[red]") == "a\ufffd[2Jb\ufffd\ufffd\ufffd[red]"


def test_an_explanation_admits_what_it_does_not_know() -> None:
    call = {"call_id": "c1", "caller": "+33", "dialled": "", "outcome": None, "queue_id": None}
    call |= {"agent_id": None, "waited_s": None, "talked_s": None}
    story = {"call": call, "live": None, "waiting": None, "decisions": [], "complete": False}
    story |= {"timeline": [], "path": []}
    assert list(explained(story)) == [
        "call c1 from +33 to -: ended, outcome not known yet",
        "no agent was ever chosen for it",
        "",
        "the database is away: earlier events may be missing",
    ]


async def test_reports_are_for_people_spreadsheets_and_programs(
    engine: FakeEngine, engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    await engine.runtime.ask(SetAgentReady(agent_id=AgentId("ana")))
    call = await engine.calls("c1", "sales")
    await engine.agent_hangs_up(await engine.answers(), call)
    await engine.hangs_up(await engine.calls("c2", "support"))
    await engine.writes_history()
    people = await engine_shell("report", "queues")
    assert people.code == 0, people.err
    assert "service level in 20 s = answered_within / (answered + abandoned)" in people.out
    assert "unexplained: 0" in people.out
    table = tmp_path / "queues.csv"
    spreadsheet = await engine_shell("report", "queues", "--queue", "sales", "--csv", str(table))
    assert spreadsheet.code == 0, spreadsheet.err
    header, *rows = table.read_text().splitlines()
    assert header.startswith("queue,from,offered,answered")
    assert rows[-1].startswith("sales,all,1,1,0,")
    program = await engine_shell("report", "visits", "--exit", "answered", "--json")
    assert [visit["call_id"] for visit in program.data] == ["c1"]
    agents = await engine_shell("report", "agents", "--json")
    assert [one["answered"] for one in agents.data["agents"]] == [1]
    said = CallerJudged(
        call_id=CallId("c1"), flow="main", node="opinion", question="served", grade=4, least=1, most=5
    )
    engine.runtime.post(said)
    await engine.settles()
    await engine.writes_history()
    grades = await engine_shell("report", "surveys", "--by", "queue")
    assert "served" in grades.out
    assert "4.00" in grades.out
    wrong = await engine_shell("report", "visits", "--exit", "vanished")
    assert (wrong.code, "exit" in wrong.err) == (1, True)
