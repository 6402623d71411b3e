"""A call while its flow is carried out: what every step's doer works with."""

from ivr.agi.limits import AgiLimits
from ivr.agi.line import Line
from ivr.agi.services import Services
from ivr.agi_protocol import ProtocolError, command


class CallInHand:
    """One caller's call and the line to Asterisk it is served by."""

    def __init__(self, call_id: str, line: Line, services: Services, limits: AgiLimits) -> None:
        self.call_id = call_id
        self.line = line
        self.services = services
        self.limits = limits
        self.handing_over = False
        """Between the engine's yes and the dialplan's knowledge of it: better not cut here."""

    @property
    def caller_gone(self) -> bool:
        """Asterisk has said so, in whichever way."""
        return self.line.caller_gone

    async def set(self, name: str, value: str) -> None:
        """Set a variable of the channel, where the dialplan finds it.

        Raises:
            ProtocolError, TimeoutError, ConnectionLost
        """
        await self.done(command("SET VARIABLE", name, value))

    async def done(self, line: bytes) -> None:
        """Have a command carried out at once.

        Raises:
            ProtocolError, TimeoutError, ConnectionLost
        """
        answer = await self.line.ask(line, self.limits.answer_s)
        if not answer.carried_out and not self.caller_gone:
            raise ProtocolError(f"{line[:12]!r} answered {answer.code} {answer.result[:20]!r}")
