"""A whole house on loopback for demos and tests: a private Asterisk, an engine, and how to reach both."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from cti.config import Config, load_config, rules_path
from cti.credentials import Credentials, load_or_create
from cti.prompt_keeper import CATALOGUE_DIRECTORY
from cti.rules_document import RulesDocument, load_rules
from ivr.flow_texts import FLOWS_DIRECTORY, NUMBERS_FILE

REPOSITORY = Path(__file__).resolve().parents[1]
ENGINE_UP_S = 90.0


class HouseProblem(Exception):
    """The house cannot be opened; the text says why and where to look."""


class EngineProcess:
    """An engine of its own process, so that it can be killed like one."""

    def __init__(self, config_path: Path, var: Path, environment: Mapping[str, str]) -> None:
        self.config_path, self.var = config_path, var
        self.log = var / "engine.log"
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Config:
        """What the engine was given."""
        return load_config(self.config_path)

    @property
    def rules(self) -> RulesDocument:
        """The rules document beside its configuration."""
        config = self.config
        return load_rules(rules_path(self.config_path, config), [a.id for a in config.agents])

    @property
    def credentials(self) -> Credentials:
        """The secrets in force."""
        return load_or_create(self.var / "secrets.json", [a.id for a in self.config.agents])

    @property
    def pid(self) -> int:
        """Of the running engine."""
        assert self._process is not None, "the engine runs"
        return self._process.pid

    def client(self) -> httpx.AsyncClient:
        """An authorised HTTP client."""
        http = self.config.http
        return httpx.AsyncClient(
            base_url=f"http://{http.host}:{http.port}",
            headers={"Authorization": f"Bearer {self.credentials.api_token}"},
            timeout=10,
        )

    async def start(self, *, wait_for_asterisk: bool = True) -> Self:
        """Start, and wait until it answers (and has found Asterisk).

        Raises:
            HouseProblem: it ended, or is not up after :data:`ENGINE_UP_S` seconds.
        """
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program, started at once
                [sys.executable, "-m", "api.cli", "serve", "--config", str(self.config_path)],
                stdout=log,
                stderr=log,
                env=self._environment | {"CALLWRIGHT_VAR": str(self.var)},
                cwd=REPOSITORY,
            )
        async with self.client() as client:
            for _ in range(round(ENGINE_UP_S / 0.05)):
                if self._process.poll() is not None:
                    raise HouseProblem(f"the engine ended at once:\n{self._last_words()}")
                try:
                    health = (await client.get("/health")).json()
                    if health["link"]["state"] == "up" or not wait_for_asterisk:
                        return self
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise HouseProblem(f"the engine is not up after {ENGINE_UP_S:.0f} s:\n{self._last_words()}")

    def kill(self) -> None:
        """``kill -9``: no good-bye."""
        self._end(signal.SIGKILL)

    def stop(self, within_s: float = 15.0) -> int | None:
        """Ask it to stop; its exit code. One that does not is killed."""
        return self._end(signal.SIGTERM, within_s)

    def _end(self, number: signal.Signals, within_s: float = 15.0) -> int | None:
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            return process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(within_s)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def furnish(var: Path, changes: Mapping[str, Any]) -> Path:
    """Write the shipped configuration, rules and flows into ``var``, changed; the configuration's path.

    ``changes`` are merged into the configuration, those under ``rules`` into the rules document. Lists are
    changed member by member: ``{"rules": {"queues": {"*": {"wrap_up_s": 1}}}}`` changes every queue. Agents
    who are taken out of the configuration are gone from the rules.
    """
    var.mkdir(parents=True, exist_ok=True)
    config = _merged(_shipped("callwright.yaml"), {k: v for k, v in changes.items() if k != "rules"})
    rules = _merged(_shipped("rules.yaml"), changes.get("rules", {}))
    here = {agent["id"] for agent in config["agents"]}
    rules["agents"] = {name: agent for name, agent in rules["agents"].items() if name in here}
    for name, document in ("callwright.yaml", config), ("rules.yaml", rules):
        (var / name).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    shutil.copy(REPOSITORY / "config" / NUMBERS_FILE, var)
    for name in FLOWS_DIRECTORY, CATALOGUE_DIRECTORY:
        shutil.copytree(REPOSITORY / "config" / name, var / name, dirs_exist_ok=True)
    return var / "callwright.yaml"


def _shipped(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / "config" / name).read_text())


def _merged(shipped: Any, changes: Any) -> Any:
    if isinstance(shipped, list) and isinstance(changes, Mapping):
        return [_merged(member, changes.get("*", {}) | changes.get(member["id"], {})) for member in shipped]
    if isinstance(shipped, Mapping) and isinstance(changes, Mapping):
        merged = {
            key: _merged(value, changes[key]) if key in changes else value for key, value in shipped.items()
        }
        return merged | {key: value for key, value in changes.items() if key not in shipped}
    return changes


def asterisk(action: str, *more: str, environment: Mapping[str, str]) -> str:
    """Run ``scripts/asterisk``; what it said.

    Raises:
        HouseProblem: it failed; its own words.
    """
    done = subprocess.run(  # noqa: S603 - our own script
        [REPOSITORY / "scripts" / "asterisk", action, *more],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise HouseProblem((done.stderr or done.stdout).strip())
    return done.stdout
