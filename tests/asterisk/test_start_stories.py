"""Starting and stopping with things missing or wrong: one clear line, or carry on and say so."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from cti.ports import free_ports
from demo.house import REPOSITORY, EngineProcess, HouseProblem, asterisk, furnish
from tests.asterisk.real_house import SOON_S, RealHouse

STARTS_WITHIN_S = 90.0
"""Starting takes a second or two; on a machine with much else to do, many."""


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    """The shipped house on free ports; no Asterisk anywhere."""
    ami, agi, http = free_ports(3)
    return furnish(tmp_path, {"asterisk": {"ami_port": ami, "agi_port": agi}, "http": {"port": http}})


def serve(config_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the engine until it gives up by itself."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "serve", "--config", str(config_path)],
        cwd=REPOSITORY,
        env=os.environ | {"CALLWRIGHT_VAR": str(config_path.parent)} | environment,
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN_S,
    )


async def health_of(engine: EngineProcess) -> dict:  # type: ignore[type-arg]
    async with engine.client() as client:
        return dict((await client.get("/health")).json())


async def test_without_asterisk_the_engine_waits_for_it_and_says_so(config_path: Path) -> None:
    engine = EngineProcess(config_path, config_path.parent, os.environ)
    await engine.start(wait_for_asterisk=False)
    try:
        health = await health_of(engine)
        assert health["status"] == "degraded"
        assert health["link"]["state"] in ("down", "connecting")
    finally:
        assert engine.stop() == 0
    assert "link to Asterisk is down" in engine.log.read_text()


@pytest.mark.parametrize("key", ["asterisk.agi_port", "http.port"])
async def test_a_taken_port_is_named_with_what_to_do(config_path: Path, key: str) -> None:
    section, name = key.split(".")
    port = yaml.safe_load(config_path.read_text())[section][name]
    holder = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
    async with holder:
        ended = await asyncio.to_thread(serve, config_path)
    assert ended.returncode == 1
    assert f"{key}: cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_mistake_in_the_rules_is_named_with_file_and_line(config_path: Path) -> None:
    rules = config_path.with_name("rules.yaml")
    text = rules.read_text().replace("ring_timeout_s", "ring_timeut_s", 1)
    rules.write_text(text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "ring_timeut_s" in row)
    ended = serve(config_path)
    assert ended.returncode == 1
    assert f"rules.yaml:{line}:" in ended.stderr
    assert "ring_timeout_s" in ended.stderr  # did you mean
    assert "Traceback" not in ended.stderr


def test_a_flow_that_leads_nowhere_is_named_before_anything_starts(config_path: Path) -> None:
    flow = config_path.parent / "flows" / "main.yaml"
    flow.write_text(flow.read_text().replace("next: choice", "next: choise"))
    ended = serve(config_path)
    assert ended.returncode == 1
    assert "main.yaml:" in ended.stderr
    assert "choice" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_an_unreachable_database_stops_nobody_and_is_said(config_path: Path) -> None:
    (nowhere,) = free_ports(1)
    environment = dict(os.environ) | {
        "CALLWRIGHT_DATABASE__URL": f"postgresql+asyncpg://u:geheim@127.0.0.1:{nowhere}/none"
    }
    engine = EngineProcess(config_path, config_path.parent, environment)
    await engine.start(wait_for_asterisk=False)
    try:
        async with asyncio.timeout(SOON_S):
            while (health := await health_of(engine))["database"]["state"] != "unreachable":
                await asyncio.sleep(0.05)
        assert "geheim" not in str(health)
        async with engine.client() as client:
            assert (await client.get("/agents")).status_code == 200
            history = await client.get("/calls/history")
        assert history.status_code == 503
        assert "geheim" not in history.text
    finally:
        assert engine.stop() == 0
    assert "geheim" not in engine.log.read_text()


async def test_the_process_that_writes_history_is_replaced_when_it_dies_and_ends_with_the_engine(
    config_path: Path,
) -> None:
    engine = EngineProcess(config_path, config_path.parent, os.environ)

    def writers() -> list[int]:
        """Among what else the engine has started: programs that make prompts come and go."""
        children = Path(f"/proc/{engine.pid}/task/{engine.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"cti.write_behind" in arguments_of(pid)]

    def arguments_of(pid: str) -> bytes:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return b""

    async def writer_at_work(*others: int) -> int:
        async with asyncio.timeout(2 * SOON_S):
            while not (found := [pid for pid in writers() if pid not in others]):
                await asyncio.sleep(0.01)
            while (await health_of(engine))["database"]["state"] != "ok":
                await asyncio.sleep(0.01)
        [pid] = found
        return pid

    await engine.start(wait_for_asterisk=False)
    try:
        first = await writer_at_work()
        os.kill(first, signal.SIGKILL)
        second = await writer_at_work(first)
    finally:
        assert engine.stop() == 0
    assert "the process that writes history ended (SIGKILL)" in engine.log.read_text()
    assert not Path(f"/proc/{second}").exists()


async def test_others_may_not_read_the_secrets(config_path: Path) -> None:
    engine = EngineProcess(config_path, config_path.parent, os.environ)
    await engine.start(wait_for_asterisk=False)
    engine.stop()
    secrets = config_path.parent / "secrets.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    secrets.chmod(0o644)
    ended = serve(config_path)
    assert ended.returncode == 1
    assert "secrets.json" in ended.stderr


async def test_two_engines_do_not_fight_for_one_house(config_path: Path) -> None:
    engine = EngineProcess(config_path, config_path.parent, os.environ)
    await engine.start(wait_for_asterisk=False)
    try:
        second = await asyncio.to_thread(serve, config_path)
        assert second.returncode == 1
        assert "Is another engine running?" in second.stderr
        assert (await health_of(engine))["status"] == "degraded"
    finally:
        assert engine.stop() == 0


@pytest.mark.asterisk
async def test_nothing_answers_without_the_token_but_health_and_docs(house: RealHouse) -> None:
    async with httpx.AsyncClient(base_url=house.http.base_url) as stranger:
        assert (await stranger.get("/health")).status_code == 200
        assert (await stranger.get("/docs")).status_code == 200
        for path in ("/agents", "/queues", "/calls", "/calls/history", "/version"):
            assert (await stranger.get(path)).status_code == 401


@pytest.mark.asterisk
async def test_make_run_ends_with_everything_it_started(tmp_path: Path) -> None:
    sip, ami, agi, http = free_ports(4)
    path = furnish(
        tmp_path, {"asterisk": {"sip_port": sip, "ami_port": ami, "agi_port": agi}, "http": {"port": http}}
    )
    environment = os.environ | {
        "CALLWRIGHT_VAR": str(tmp_path),
        "CALLWRIGHT_CONFIG": str(path),
        "CALLWRIGHT_PYTHON": sys.executable,
        "CALLWRIGHT_ASTERISK_ROOT": str(REPOSITORY / "var" / "asterisk-root"),
    }
    process = subprocess.Popen(
        [REPOSITORY / "scripts" / "run"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    engine = EngineProcess(path, tmp_path, environment)
    try:
        async with asyncio.timeout(STARTS_WITHIN_S), engine.client() as client:
            while True:
                try:
                    if (await client.get("/health")).json()["link"]["state"] == "up":
                        break
                except httpx.TransportError:
                    assert process.poll() is None, process.communicate()
                await asyncio.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = await asyncio.to_thread(process.communicate, timeout=STARTS_WITHIN_S)
    with pytest.raises(HouseProblem, match="not running"):
        asterisk("status", environment=environment)
    for port in (http, agi):
        holder = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
        holder.close()
    assert b"Traceback" not in said
    asterisk("stop", "--clean", environment=environment)
