"""Asterisk's own prompts as samples, to be found in what a caller heard."""

import asyncio
import shutil
import subprocess
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from demo.leg import Leg, LegState
from demo.likeness import HEARD as HEARD
from demo.likeness import found as found
from demo.likeness import likeness as likeness
from demo.media import StreamClosed
from demo.tone import SAMPLE_RATE
from tests.asterisk.pbx import SHARED_ROOT
from tests.asterisk.real_house import SOON_S


def prompt(name: str) -> "array[int]":
    """A prompt's samples, 8000 a second; the test is skipped where there is nothing to decode it with."""
    sox = shutil.which("sox")
    if sox is None:
        pytest.skip("needs sox to decode Asterisk's prompts")
    places = (SHARED_ROOT / "usr/share/asterisk/sounds", Path("/usr/share/asterisk/sounds"))
    found = next((file for place in places for file in place.glob(f"en*/{name}.gsm")), None)
    assert found is not None, f"no prompt {name}"
    raw = ["-t", "raw", "-r", str(SAMPLE_RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]
    done = subprocess.run([sox, found, *raw], capture_output=True, check=True)
    return array("h", done.stdout)


def seconds(samples: Sequence[int]) -> float:
    """How long it takes to play."""
    return len(samples) / SAMPLE_RATE


async def hears(call: Leg, sought: Sequence[int], since: int = 0) -> int:
    """Listen, in the first minute of a call, until a sound was heard to its end, behind sample ``since`` of
    what is heard; the sample where it ends. AssertionError when it is never heard, or the call ends before.
    """
    begin, ends = since, time.monotonic() + SOON_S
    while True:
        over, heard = call.state is LegState.ENDED, call.recorded()
        like, at = await asyncio.to_thread(found, heard[begin:], sought)
        if like >= HEARD:
            return begin + at + len(sought)
        assert not over, f"the call ended; the likest was {like:.2f}"
        assert time.monotonic() < ends, f"never heard; the likest was {like:.2f}"
        begin = max(begin, len(heard) - len(sought))
        with suppress(StreamClosed, TimeoutError):  # it was the last he heard: nothing may follow a prompt
            await call.listen(0.4, 0.6)
