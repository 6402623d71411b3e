"""One caller's time in the IVR, from Asterisk's request to the end of his flow."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doers import carry_out
from ivr.agi.limits import AgiLimits
from ivr.agi.line import ConnectionLost, Line
from ivr.agi.services import Services
from ivr.agi_protocol import AgiRequest, ProtocolError, UnsafeArgument
from ivr.back import AgentLeft, Back, KeyInMusic, LeftQueue, MusicOver, RefusedLater, TransferFailed
from ivr.ending import Ending
from ivr.flow import Flow, Purpose
from ivr.happenings import CallerGone
from ivr.interpreter import ASTERISKS_LANGUAGE, Interpreter
from ivr.loader import Entrance
from ivr.port import Met
from ivr.steps import Away, Done, Step
from ivr.talk import Talk
from ivr.values import Value

log = logging.getLogger(__name__)

SCRIPT = "ivr"
"""The script the dialplan asks for: ``agi://host:port/ivr``."""
LEFT = "left"
"""The script it asks for when he has left the waiting room by what he chose there: his treatment goes on."""
FAILED = "failed"
"""The script it asks for when he was put through in vain; its third argument is the dial status."""
BACKS: Mapping[str, Back] = MappingProxyType(
    {"refused": RefusedLater(), "back": AgentLeft(), FAILED: TransferFailed(), LEFT: LeftQueue()}
)
"""The scripts it asks for when a caller comes back to his flow, and why he does."""
WAITING = "waiting"
"""The script it asks for when a waiting caller has heard music for a while, and has a treatment."""
MACHINE = "machine"
"""The script it asks for when an answering machine has answered a campaign's line, and is to be left a
message."""
SCRIPTS = (SCRIPT, WAITING, MACHINE, *BACKS)

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
    def call_id(self) -> str:
        """Whom it serves; ``?`` until that is known."""
        return "?" if self._call is None else self._call.call_id

    async def run(self) -> None:
        """Serve the caller to an end. Nothing but cancellation is raised."""
        try:
            await self._serve()
        except ConnectionLost:
            log.debug("call %s: the connection closed", self.call_id)
        except ProtocolError as error:
            log.warning("call %s: not AGI, closed: %s", self.call_id, error)
        except TimeoutError:
            log.warning("call %s: no answer in time, closed", self.call_id)
        except UnsafeArgument as error:
            log.error("call %s: not sent, closed: %s", self.call_id, error)
        except Exception:
            log.exception("call %s: failed, closed", self.call_id)

    async def _serve(self) -> None:
        request = await self._line.request()
        if request.script not in SCRIPTS or request.call_id is None:
            raise ProtocolError(f"a request for {request.script[:40]!r} instead of '{SCRIPT}'")
        call = self._call = CallInHand(request.call_id, self._line, self._services, self._limits)
        if request.script == MACHINE:
            await self._leave_message(call, request)
            return
        entrance = self._flow_for(call.call_id, request.dialled)
        if entrance is None:
            log.error("call %s: no flow answers the number %s", call.call_id, request.dialled)
        if request.script == WAITING:
            await self._treat(call, request, entrance)
            return
        left, back = request.script == LEFT, BACKS.get(request.script)
        flow = _treatment(request, entrance) if left else None
        if flow is None and entrance is not None:
            left, back, flow = False, None if left else back, entrance.flow.flow
        met = None
        if entrance is not None and flow is not None:
            met = await self._enter(call, request, entrance, flow.name)
        if entrance is None or flow is None or met is None:
            await call.set("CTI_NEXT", "bye")
            return
        known = self._services.conversations.take(call.call_id)
        if known is not None and back is not None and not left:
            known.talk.now = _now()
            await self._follow(call, known, known.rejoin(back))
            return
        talk = _talk(request, flow, _known_of(met))
        if left or back is not None:
            talk.language = _language(request, flow)
        speaks = request.language or ASTERISKS_LANGUAGE
        interpreter = Interpreter(flow, talk, flows=entrance.book.by_name, channel_speaks=speaks)
        await self._follow(call, interpreter, interpreter.begin(request.node, back))

    async def _leave_message(self, call: CallInHand, request: AgiRequest) -> None:
        """Tell the dialplan what it says to a machine: it is nobody's call, and no flow talks with it. Where
        there is nothing to say, it is hung up on."""
        said = self._services.campaigns.message_for_machine(
            call_id=call.call_id, campaign=request.dialled, language=request.language
        )
        async with asyncio.timeout(self._limits.engine_s):
            files = await self._services.prompter.files(said, request.language) if said else ()
        await call.set("CTI_PROMPTS", "&".join(files))

    async def _treat(self, call: CallInHand, request: AgiRequest, entrance: Entrance | None) -> None:
        """Talk with a caller who waits, until he is left to music again or taken to an agent. Should it come
        to nothing, he hears music all the same. His own flow stays parked."""
        flow = _treatment(request, entrance)
        queue = self._services.switchboard.queue_of(call_id=call.call_id)
        if flow is None or entrance is None:
            log.warning("call %s: there is no treatment '%s'", call.call_id, request.treatment[:64])
        elif queue is None:
            log.debug("call %s: for the engine he does not wait (any more, or yet)", call.call_id)
            await call.set("CTI_TALK_S", "1")
        else:
            parked = self._services.conversations.of(call.call_id)
            talk = _talk(request, flow, {} if parked is None else parked.talk.given)
            talk.waits, talk.language = True, _language(request, flow)
            interpreter = Interpreter(flow, talk, flows=entrance.book.by_name)
            back = KeyInMusic(key=request.key) if request.key is not None else MusicOver()
            await self._follow(call, interpreter, interpreter.begin(request.node, back), parks=False)

    async def _enter(
        self, call: CallInHand, request: AgiRequest, entrance: Entrance, flow: str
    ) -> Met | None:
        async with asyncio.timeout(self._limits.engine_s):
            return await self._services.switchboard.call_entered_ivr(
                call_id=call.call_id,
                caller=request.caller,
                dialled=request.dialled,
                flow=flow,
                flow_version=entrance.book.version,
                agent_left=isinstance(BACKS.get(request.script), AgentLeft),
                not_through=request.argument(3) if request.script == FAILED else None,
            )

    async def _follow(
        self, call: CallInHand, interpreter: Interpreter, step: Step, *, parks: bool = True
    ) -> None:
        while not isinstance(step, Done):
            self._tell(call, interpreter)
            if parks and isinstance(
                step, Away
            ):  # before he goes: whoever hears that the call is over forgets it
                self._services.conversations.park(call.call_id, interpreter)
            try:
                happening = await carry_out(call, step)
                if self._line.caller_gone:
                    happening = CallerGone()
                step = interpreter.proceed(happening)
            finally:
                if parks and not interpreter.is_away:
                    self._services.conversations.take(call.call_id)
        self._tell(call, interpreter)
        if step.reason is Ending.TOO_LONG:
            log.warning("call %s: went round in the flow too long, hung up", call.call_id)

    def _tell(self, call: CallInHand, interpreter: Interpreter) -> None:
        if notes := interpreter.take_notes():
            self._services.switchboard.note(call_id=call.call_id, notes=notes)


def _known_of(met: Met) -> Mapping[str, Value]:
    customer, lead = met.customer, {f"lead.{name}": value for name, value in met.lead.items()}
    if customer is None:
        return lead
    return lead | {
        "customer.id": customer.customer_id,
        "customer.segment": customer.segment,
        "customer.language": customer.language,
    }


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


def _talk(request: AgiRequest, flow: Flow, known: Mapping[str, Value]) -> Talk:
    """A new conversation; ``known``: what is known of its caller."""
    given = {**known, "caller": request.caller, "dialled": request.dialled, "flow": flow.name}
    return Talk(given=given, language=flow.languages[0], languages=flow.languages, now=_now())


def _treatment(request: AgiRequest, entrance: Entrance | None) -> Flow | None:
    flow = None if entrance is None else entrance.book.by_name.get(request.treatment)
    return flow if flow is not None and flow.purpose is Purpose.WAIT else None


def _language(request: AgiRequest, flow: Flow) -> str:
    """What the caller has chosen before, if the flow speaks it."""
    return request.language if request.language in flow.languages else flow.languages[0]
