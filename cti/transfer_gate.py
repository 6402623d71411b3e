"""The gate for callers who are put through to somebody outside by their flow: see ADR 41.

Somebody who is on the line asks for it, not we. So no list, no hours and no limit to attempts keep him from
it, it is no attempt, and nothing has to be read before it. Which numbers are dialled, how many lines there
are, how fast they are taken, and what is shown hold for him as for everybody.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from acd.instant import Span
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Refused, Verdict

log = logging.getLogger(__name__)


class LooksUpNothing(Protocol):
    """The one gate (:class:`cti.dial_gate.DialGate`), as far as it needs no database."""

    def ask_at_once(self, request: DialRequest, lines: int) -> Verdict:
        """Whether this may be dialled now; when it may, the line counts as taken."""

    def is_counted(self) -> None:
        """The line is among those in use by now, or was not taken."""


class TransferGate:
    """Asked before the floor is."""

    def __init__(self, gate: LooksUpNothing, lines: Callable[[], int]) -> None:
        """``lines``: how many to the outside are in use, as far as the floor knows."""
        self._gate, self._lines = gate, lines

    @contextmanager
    def asked(self, call_id: str, number: str) -> Iterator[str | None]:
        """Why the caller is not put through; None: he may be. Until the floor has been told, that is, until
        the context is left, his line counts at the gate, for whoever asks there.
        """
        request = DialRequest(
            attempt_id=call_id,
            number=number,
            purpose=Purpose.TRANSFER,
            ring_for=Span(0),
            agent_guaranteed=True,
        )
        verdict = self._gate.ask_at_once(request, self._lines())
        if isinstance(verdict, Refused):
            log.info("call %s is not put through to %s: %s", call_id, number, verdict.told)
            yield verdict.told
            return
        try:
            yield None
        finally:
            self._gate.is_counted()
