"""The gate as those see it who dial."""

from collections.abc import Callable
from typing import Protocol

from dialer.compliance.request import DialRequest
from dialer.compliance.verdict import Verdict


class Gate(Protocol):
    """Whether a number may be dialled: :class:`cti.dial_gate.DialGate`, or a test's."""

    async def look(self, request: DialRequest, lines: int) -> Verdict:
        """What it would say; ``lines`` are in use."""

    async def ask(
        self, request: DialRequest, lines: Callable[[], int], call_id: str | None = None
    ) -> Verdict:
        """The same, noted as made when it is allowed. ``lines`` counts those in use, in the moment when it is
        decided; who is let out must be counted before he who asked awaits anything more.
        """

    async def take_back(self, attempt_id: str) -> None:
        """It was not made after all."""
