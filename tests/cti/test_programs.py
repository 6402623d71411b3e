"""Small programs, run to their end and no further."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from cti.programs import ProgramFailed, run_program

Run = Callable[[Coroutine[Any, Any, None]], None]
runs = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@runs
def test_a_program_gets_its_input_and_ends(run: Run) -> None:
    run(run_program(["sh", "-c", 'test "$(cat)" = hello'], given=b"hello", within_s=10))


@runs
def test_one_that_does_not_read_its_input_is_none_the_worse(run: Run) -> None:
    run(run_program(["true"], given=b"x" * 1_000_000, within_s=10))
    run(run_program(["true"], within_s=10))


@runs
def test_one_that_fails_says_why_in_its_own_last_words(run: Run) -> None:
    script = "yes chatter | head -n 500 >&2; echo no such voice >&2; exit 3"
    with pytest.raises(ProgramFailed, match=r"^sh failed: .*no such voice$") as caught:
        run(run_program(["sh", "-c", script], within_s=10))
    assert len(str(caught.value)) < 600


@runs
def test_one_that_hangs_is_ended_with_what_it_started(run: Run) -> None:
    began = time.monotonic()
    with pytest.raises(ProgramFailed, match=r"more than 0\.2 s"):
        run(run_program(["sh", "-c", "sleep 60 & sleep 60"], within_s=0.2))
    assert time.monotonic() - began < 30


@runs
def test_one_that_is_not_there_is_named(run: Run) -> None:
    with pytest.raises(ProgramFailed, match="no-such-program cannot be run: No such file"):
        run(run_program(["no-such-program"], within_s=1))
