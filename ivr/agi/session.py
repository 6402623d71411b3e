"""One caller's time in the IVR, from Asterisk's request to the end of his flow."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from acd.customer import Customer
from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doers import carry_out
from ivr.agi.limits import AgiLimits
from ivr.agi.line import ConnectionLost, Line
from ivr.agi.services import Services
from ivr.agi_protocol import AgiRequest, ProtocolError, UnsafeArgument
from ivr.interpreter import Interpreter
from ivr.loader import Entrance
from ivr.port import Met
from ivr.steps import AgentLeft, Away, Back, CallerGone, Done, Ending, RefusedLater, Step
from ivr.talk import Talk
from ivr.values import Value

log = logging.getLogger(__name__)

SCRIPT = "ivr"
"""The script the dialplan asks for: ``agi://host:port/ivr``."""
BACKS: Mapping[str, Back] = MappingProxyType({"refused": RefusedLater(), "back": AgentLeft()})
"""The scripts it asks for when a caller comes back to his flow, and why he does."""

FlowFor = Callable[[str, str], Entrance | None]
"""Where a call, by its name and the number dialled, enters; None: no flow answers that number."""


class Session:
    """Serves one connection."""

    def __init__(self, line: Line, flow_for: FlowFor, services: Services, limits: AgiLimits) -> None:
        self._line = line
        self._flow_for = flow_for
        self._services = services
        self._limits = limits
        self._call: CallInHand | None = None

    @property
    def handing_over(self) -> bool:
        """Between the engine's yes and the dialplan's knowledge of it: better not cut here."""
        return self._call is not None and self._call.handing_over

    @property
    def _call_id(self) -> str:
        return "?" if self._call is None else self._call.call_id

    async def run(self) -> None:
        """Serve the caller to an end. Nothing but cancellation is raised."""
        try:
            await self._serve()
        except ConnectionLost:
            log.debug("call %s: the connection closed", self._call_id)
        except ProtocolError as error:
            log.warning("call %s: not AGI, closed: %s", self._call_id, error)
        except TimeoutError:
            log.warning("call %s: no answer in time, closed", self._call_id)
        except UnsafeArgument as error:
            log.error("call %s: not sent, closed: %s", self._call_id, error)
        except Exception:
            log.exception("call %s: failed, closed", self._call_id)

    async def _serve(self) -> None:
        request = await self._line.request()
        if request.script not in (SCRIPT, *BACKS) or request.call_id is None:
            raise ProtocolError(f"a request for {request.script[:40]!r} instead of '{SCRIPT}'")
        call = self._call = CallInHand(request.call_id, self._line, self._services, self._limits)
        entrance = self._flow_for(call.call_id, request.dialled)
        if entrance is None:
            log.error("call %s: no flow answers the number %s", call.call_id, request.dialled)
        met = None if entrance is None else await self._enter(call, request, entrance)
        if entrance is None or met is None:
            await call.set("CTI_NEXT", "bye")
            return
        back, now = BACKS.get(request.script), datetime.now(UTC).astimezone()
        known = self._services.conversations.take(call.call_id)
        if known is not None and back is not None:
            known.talk.now = now
            await self._follow(call, known, known.rejoin(back))
            return
        flow = entrance.flow.flow
        talk = Talk(
            given={
                "caller": request.caller,
                "dialled": request.dialled,
                "flow": flow.name,
                **_known_of(met.customer),
            },
            language=flow.languages[0],
            languages=flow.languages,
            now=now,
        )
        interpreter = Interpreter(flow, talk, flows=entrance.book.by_name)
        await self._follow(call, interpreter, interpreter.begin(request.node, back))

    async def _enter(self, call: CallInHand, request: AgiRequest, entrance: Entrance) -> Met | None:
        async with asyncio.timeout(self._limits.engine_s):
            return await self._services.switchboard.call_entered_ivr(
                call_id=call.call_id,
                caller=request.caller,
                dialled=request.dialled,
                flow=entrance.flow.name,
                flow_version=entrance.book.version,
                agent_left=isinstance(BACKS.get(request.script), AgentLeft),
            )

    async def _follow(self, call: CallInHand, interpreter: Interpreter, step: Step) -> None:
        while not isinstance(step, Done):
            self._tell(call, interpreter)
            if isinstance(step, Away):  # before he goes: whoever hears that the call is over forgets it
                self._services.conversations.park(call.call_id, interpreter)
            try:
                happening = await carry_out(call, step)
                if self._line.caller_gone:
                    happening = CallerGone()
                step = interpreter.proceed(happening)
            finally:
                if not interpreter.is_away:
                    self._services.conversations.take(call.call_id)
        self._tell(call, interpreter)
        if step.reason is Ending.TOO_LONG:
            log.warning("call %s: went round in the flow too long, hung up", call.call_id)

    def _tell(self, call: CallInHand, interpreter: Interpreter) -> None:
        if notes := interpreter.take_notes():
            self._services.switchboard.note(call_id=call.call_id, notes=notes)


def _known_of(customer: Customer | None) -> Mapping[str, Value]:
    if customer is None:
        return {}
    return {
        "customer.id": customer.customer_id,
        "customer.segment": customer.segment,
        "customer.language": customer.language,
    }
