"""Runs the small programs that make sounds (sox, espeak-ng): each has a deadline, and leaves nothing."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence

_MOST_SAID = 500
"""Bytes of a program's complaint that are passed on: the last ones."""


class ProgramFailed(Exception):
    """A program did not do what it was run for; the text says which, and its own last words."""


async def run_program(arguments: Sequence[str], *, given: bytes = b"", within_s: float) -> None:
    """Run the program ``arguments[0]``, with ``given`` on its standard input, to its end.

    Raises:
        ProgramFailed: it is not installed, failed, or took more than ``within_s`` seconds (it is ended then).
    """
    name = arguments[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramFailed(f"{name} cannot be run: {error.strerror}; scripts/tools installs it") from None
    try:
        async with asyncio.timeout(within_s):
            complaint = await _converse(process, given)
            await process.wait()
    except TimeoutError:
        raise ProgramFailed(f"{name} took more than {within_s:g} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await _last_words(process)  # to its end, so that the pipe is closed
    if process.returncode != 0:
        said = " ".join(complaint.decode(errors="replace").split())
        raise ProgramFailed(f"{name} failed: {said or f'exit code {process.returncode}'}")


async def _converse(process: asyncio.subprocess.Process, given: bytes) -> bytes:
    """Give it its input, and keep the end of what it complains of."""
    assert process.stdin is not None
    # It may have ended already, without reading: uvloop's word for that is RuntimeError.
    with contextlib.suppress(OSError, RuntimeError):
        if given:
            process.stdin.write(given)
            await process.stdin.drain()
    process.stdin.close()
    return await _last_words(process)


async def _last_words(process: asyncio.subprocess.Process) -> bytes:
    assert process.stderr is not None
    complaint = b""
    while said := await process.stderr.read(4096):
        complaint = (complaint + said)[-_MOST_SAID:]
    return complaint
