"""What the engine asks of the machine's scheduler: short turns, soon.

The engine works for a few hundred microseconds at a time and then somebody waits for it: a caller who has
pressed a key. On a busy processor Linux lets others finish their turn first, for a millisecond and more. A
process may tell it that it needs short turns only (Linux 6.12 and later); it gets no more of the processor
than before, but gets it sooner.
"""

import ctypes
import logging
import os
import platform
import struct

log = logging.getLogger(__name__)

TURN_NS = 100_000
"""The shortest that Linux knows."""
SYSTEM_CALLS = {"x86_64": 314, "aarch64": 274}
"""Of ``sched_setattr``, which has no name in Python or in older C libraries."""
SCHED_OTHER = 0
RESET_ON_FORK = 1
"""Processes and threads we start have turns as everybody else's."""
_ATTRIBUTES = struct.Struct("<IIQiIQQQ")


def ask_for_short_turns() -> bool:
    """Ask for this thread; whether the machine took it. One that does not know of it serves us as before."""
    call = SYSTEM_CALLS.get(platform.machine())
    if platform.system() != "Linux" or call is None:
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    asked = _ATTRIBUTES.pack(_ATTRIBUTES.size, SCHED_OTHER, RESET_ON_FORK, nice, 0, TURN_NS, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(call, 0, asked, 0) == 0:
        return True
    log.debug("no short turns on this machine: %s", os.strerror(ctypes.get_errno()))
    return False
