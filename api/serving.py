"""The engine as a process: begun, told to stop, and what its exit code says."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

import uvloop

from api.engine import Engine
from api.house import House, load_everything
from api.http_server import StartProblem
from cti.credentials import CredentialsError
from cti.logs import log_to_stderr
from cti.media_place import MediaPlaceError
from ivr.document import DocumentError

log = logging.getLogger(__name__)

EXIT_OK, EXIT_PROBLEM, EXIT_BUG = 0, 1, 70


async def _serve(house: House, var: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    engine = Engine(house, var)
    await engine.run(stop)


def serve(config_path: Path, var: Path) -> int:
    """Run the engine until it is told to stop (SIGINT, SIGTERM); the process's exit code.

    0: stopped as told; 1: it could not start; 70: the floor met a bug of ours, which is in the log.
    """
    log_to_stderr()
    try:
        uvloop.run(_serve(load_everything(config_path, var), var))
    except (DocumentError, CredentialsError, MediaPlaceError, StartProblem) as problem:
        print(problem, file=sys.stderr)
        return EXIT_PROBLEM
    except ExceptionGroup as group:
        start, rest = group.split(StartProblem)
        if start is not None:
            print(*start.exceptions, sep="\n", file=sys.stderr)
        if rest is None:
            return EXIT_PROBLEM
        log.critical("the engine ended", exc_info=rest)
        return EXIT_BUG
    return EXIT_OK
