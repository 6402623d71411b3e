"""The engine asks for short turns; what it starts, and how important it is, stays as it was."""

import os
import subprocess
import sys

PROGRAM = """
import os
from cti.short_turns import ask_for_short_turns
if {nice}:
    os.nice({nice})
if ask_for_short_turns():
    assert os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_OTHER
child = os.fork()
assert os.getpriority(os.PRIO_PROCESS, 0) == {nice}, os.getpriority(os.PRIO_PROCESS, 0)
assert child or os.sched_getscheduler(0) == os.SCHED_OTHER
assert not child or os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def _runs(nice: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(nice=nice)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_it_is_as_important_as_before_and_what_it_starts_is_like_everybody_else() -> None:
    _runs(os.getpriority(os.PRIO_PROCESS, 0))


def test_an_engine_that_was_started_nicer_stays_so() -> None:
    _runs(max(7, os.getpriority(os.PRIO_PROCESS, 0)))
