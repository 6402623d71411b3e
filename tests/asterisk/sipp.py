"""SIPp as an independent SIP stack: callers and agents' telephones that share no code with ours."""

import asyncio
import csv
import random
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cti.ports import free_ports
from demo import tone, ulaw

SCENARIOS = Path(__file__).resolve().parents[1] / "sipp"
AGENT_HZ, CALLER_HZ = 750, 1350
"""What SIPp's agents and callers speak, for whoever listens at the other end."""


DIGIT_S = 0.4
"""Seconds SIPp takes for one digit; the first one begins 0.3 s after it was told to."""


class SippMissing(RuntimeError):
    """SIPp is not installed, or may not send digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SippResult:
    """What one SIPp process did."""

    exit_code: int
    """0: every call went as its scenario says; 1: one did not; 97: out of time; negative: ended by signal."""
    succeeded: int
    failed: int
    log: tuple[str, ...]
    """What the scenario noted, such as ``answered`` or ``far end hung up``."""
    errors: str
    """Unexpected messages, in SIPp's words."""


class Sipp:
    """One SIPp process with files of its own in ``directory``, ended by its pid at the latest after
    ``within_s`` seconds. Use it as a context manager.

    Raises:
        SippMissing: The program is not installed.
    """

    def __init__(
        self,
        directory: Path,
        scenario: str,
        *arguments: str,
        pbx: tuple[str, int],
        host: str,
        within_s: float,
    ) -> None:
        program = shutil.which("sipp")
        if program is None:
            raise SippMissing("no sipp: apt-get install sip-tester")
        directory.mkdir(parents=True, exist_ok=True)
        for name, hz in (("agent", AGENT_HZ), ("caller", CALLER_HZ)):
            (directory / f"{name}.ulaw").write_bytes(ulaw.encode(tone.one_second(hz)))
        self.directory, self._within_s = directory, within_s
        # Below both Asterisk's RTP range and the kernel's own ports; at random, for suites side by side.
        media_port = random.randrange(6000, 19_000, 400)
        self._command = [
            *(program, "-sf", str(SCENARIOS / scenario), *arguments),
            *("-i", host, "-mi", host, "-p", str(free_ports(1)[0])),
            *("-mp", str(media_port)),
            *("-timeout", f"{within_s:.0f}s", "-timeout_error", "-nostdin"),
            *("-trace_stat", "-stf", "stat.csv", "-fd", "1"),
            *("-trace_logs", "-log_file", "said.log", "-trace_err", "-error_file", "errors.log"),
            f"{pbx[0]}:{pbx[1]}",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with (self.directory / "stderr.log").open("wb") as complaints:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def finished(self) -> SippResult:
        """Wait until every call of the scenario is over."""
        await asyncio.to_thread(self._running().wait, self._within_s + 5)
        return self.result()

    async def notes(self, text: str, times: int = 1) -> None:
        """Wait until the scenario has noted ``text`` this many times; AssertionError when it ends before."""
        async with asyncio.timeout(self._within_s):
            while sum(text in line for line in self._said()) < times:
                assert self._running().poll() is None, f"ended without {text!r}: {self.result()}"
                await asyncio.sleep(0.02)

    def stop(self) -> SippResult:
        """End the process if it still runs; what it did."""
        process = self._running()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        return self.result()

    def result(self) -> SippResult:
        """What it did so far; its exit code is meaningful once it has ended."""
        code = self._running().poll()
        row: Mapping[str, str] = {}
        if (stat := self.directory / "stat.csv").exists():
            with stat.open(newline="") as lines:
                row = ([{}, *csv.DictReader(lines, delimiter=";")])[-1]
        return SippResult(
            exit_code=code if code is not None else -1,
            succeeded=int(row.get("SuccessfulCall(C)") or 0),
            failed=int(row.get("FailedCall(C)") or 0),
            log=self._said(),
            errors=_text(self.directory / "errors.log")
            + (_text(self.directory / "stderr.log") if code else ""),
        )

    def _said(self) -> tuple[str, ...]:
        return tuple(line for line in _text(self.directory / "said.log").splitlines() if line.strip())

    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "not started"
        return self._process


def caller(
    directory: Path,
    *,
    pbx: tuple[str, int],
    number: str,
    digits: str,
    before_s: float,
    talk_s: float,
    host: str = "127.0.0.2",
    within_s: float = 60.0,
) -> Sipp:
    """A caller who presses ``digits`` after ``before_s`` seconds and hangs up ``talk_s`` seconds after the
    last one unless the other side does first. One process is one call: see the scenario.

    Raises:
        SippMissing: Not installed, or no right to open the raw socket SIPp sends digits from.
    """
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        raise SippMissing("SIPp sends digits from a raw socket: needs root or CAP_NET_RAW") from None
    pressing_s = 0.3 + DIGIT_S * len(digits)
    return Sipp(
        directory,
        "caller.xml",
        *("-s", number, "-key", "digits", digits, "-m", "1"),
        *(
            "-set",
            "before_ms",
            _milliseconds(before_s),
            "-set",
            "talk_ms",
            _milliseconds(pressing_s + talk_s),
        ),
        pbx=pbx,
        host=host,
        within_s=within_s,
    )


def agents(
    directory: Path,
    *,
    pbx: tuple[str, int],
    secrets: Mapping[str, str],
    ring_s: float,
    talk_s: float,
    host: str = "127.0.0.1",
    within_s: float = 60.0,
) -> Sipp:
    """Telephones of the agents in ``secrets`` (user to secret) that register, answer every call after
    ``ring_s`` seconds and hang up ``talk_s`` seconds later. They go on until stopped.

    Raises:
        SippMissing: Not installed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    accounts = directory / "agents.csv"
    lines = [f"{user};[authentication username={user} password={secret}]" for user, secret in secrets.items()]
    accounts.touch(mode=0o600)
    accounts.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
    return Sipp(
        directory,
        "register.xml",
        *("-oocsf", str(SCENARIOS / "agent.xml"), "-inf", str(accounts), "-m", str(len(secrets)), "-r", "50"),
        *("-set", "refresh_ms", "60000"),
        *("-set", "ring_ms", _milliseconds(ring_s), "-set", "talk_ms", _milliseconds(talk_s)),
        pbx=pbx,
        host=host,
        within_s=within_s,
    )


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
