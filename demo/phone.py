"""An agent's SIP telephone: it registers, rings, and does with a call what it was told beforehand."""

import asyncio
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from demo import sdp
from demo.endpoint import SipEndpoint
from demo.leg import EndedBy, Leg, LegState
from demo.registration import Registration
from demo.sip import Address, MalformedMessage, Uri
from demo.transaction import ServerTransaction

EVENTS_KEPT = 10_000
RINGS_KEPT = 64
"""Rings nobody has asked for; the oldest is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers after a while; hangs up after ``talk_s`` seconds of conversation, or never (None)."""

    after_s: float = 0.0
    talk_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejects:
    """Refuses the call after a while: 486 busy, 603 declined, 480 temporarily unavailable."""

    code: Literal[480, 486, 603] = 486
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RingsForever:
    """Nobody is there (or a test decides by hand)."""


Behaviour = Answers | Rejects | RingsForever
"""What a telephone does when it rings."""


What = Literal["ringing", "answered", "rejected", "cancelled", "hung up", "far end hung up", "busy", "lost"]
"""What can happen at a telephone; a call is lost when its ACK never comes or the endpoint closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneEvent:
    """Something that happened at a telephone."""

    at: float
    """On the event loop's monotonic clock, in seconds."""
    what: Literal[
        "ringing", "answered", "rejected", "cancelled", "hung up", "far end hung up", "busy", "lost"
    ]
    call_id: str
    """The SIP Call-ID."""
    caller: str
    """The number shown on the display."""


class Ringing(Leg):
    """A call as the called telephone lives it, from its first ring to its end."""

    def __init__(self, phone: "Phone", invite: ServerTransaction) -> None:
        request = invite.request
        if request.body:
            sdp.parse(request.body)
        caller = request.from_
        contact = Address.parse(request.headers.need("Contact")).uri
        routes = request.headers.listed("Record-Route")
        for uri in (contact, *(Address.parse(route).uri for route in routes)):
            Uri.parse(uri)
        self._invite, self._phone = invite, phone
        self.caller = _number_of(caller)
        """The number shown on the display."""
        self.answer_after = _answer_after(request.headers.listed("Call-Info"))
        """Seconds after which the caller wants the phone to answer by itself; None: it is to ring."""
        super().__init__(
            phone.endpoint,
            user=phone.user,
            call_id=request.call_id,
            tag=invite.tag,
            local=request.to,
            remote=caller,
            target=contact,
            destination=phone.registrar,
            tone_hz=phone.tone_hz,
        )
        self._remote_number = request.cseq[0]
        self._follow_routes(routes)
        self._learn_target(request)
        invite.respond(180, headers=self._allowed())
        self._move(LegState.RINGING)

    def answer(self) -> None:
        """Take the call; ignored when it no longer rings."""
        if self.state is not LegState.RINGING:
            return
        body = self._answer_to(self._invite.request)
        self._invite.respond(200, headers=self._allowed(body), body=body, on_no_ack=self._never_acknowledged)
        self._move(LegState.UP)
        self._phone.note("answered", self)
        if self.media is not None:
            self.media.say(self._phone.opening)
            self.media.start()

    def reject(self, code: Literal[480, 486, 603] = 486) -> None:
        """Refuse the call; ignored when it no longer rings."""
        if self.state is LegState.RINGING:
            self._invite.respond(code)
            self._end(EndedBy.US, code)
            self._detach()

    def drop(self) -> None:
        """Hang up without waiting: BYE when answered, 603 before."""
        if self.state is LegState.RINGING:
            self.reject(603)
        else:
            super().drop()

    def on_cancel(self) -> None:
        """The caller no longer waits."""
        if self.state is LegState.RINGING:
            self._invite.respond(487)
            self._end(EndedBy.THEM, 487)
            self._detach()

    def _on_bye(self) -> None:
        if self.state is LegState.RINGING:
            self.on_cancel()  # a caller may also end a call that rings by BYE (RFC 3261, 15)
        else:
            self._invite.acknowledged()
            super()._on_bye()

    def _never_acknowledged(self) -> None:
        self.drop()

    def _end(self, by: EndedBy, status: int | None = None) -> None:
        before = self.state
        super()._end(by, status)
        if before is not LegState.ENDED:
            self._phone.on_ended(self, before)


class Phone:
    """An agent's telephone with one line: while it rings or talks, other callers find it busy.

    Args:
        endpoint: The socket it shares with other telephones.
        user, secret: Its account at the registrar.
        registrar: Host and SIP port of the PBX.
        behaviour: What it does when it rings; may be changed at any time, also while it rings or talks.
        tone_hz: The tone the agent speaks; None is silence.
        answers_by_itself: Where a call asks for it (``Call-Info: …;answer-after=N``) and the behaviour is to
            answer, it answers after N seconds instead of its own.
        opening: What is said first when a call is answered, samples at 8000 a second.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        *,
        user: str,
        secret: str,
        registrar: tuple[str, int],
        behaviour: Behaviour,
        tone_hz: int | None = None,
        opening: Sequence[int] = (),
        answers_by_itself: bool = True,
    ) -> None:
        self.endpoint, self.user, self.registrar, self.tone_hz = endpoint, user, registrar, tone_hz
        self.opening = opening
        self.answers_by_itself = answers_by_itself
        self.events: deque[PhoneEvent] = deque(maxlen=EVENTS_KEPT)
        self.call: Ringing | None = None
        """The present call, or the last one."""
        self._behaviour = behaviour
        self._registration = Registration(endpoint, user=user, secret=secret, registrar=registrar)
        self._loop = asyncio.get_running_loop()
        self._rings: deque[Ringing] = deque(maxlen=RINGS_KEPT)
        self._rung = asyncio.Event()
        self._next_act: asyncio.TimerHandle | None = None
        endpoint.attach_phone(user, self._on_invite)

    async def register(self) -> None:
        """Tell the registrar where this telephone is, and keep telling it until ``unregister``.

        Raises:
            RegistrationRefused: Wrong secret or unknown user.
            SipError: The registrar does not answer.
        """
        await self._registration.begin()

    async def unregister(self) -> None:
        """Take the telephone off the registrar's list.

        Raises:
            RegistrationRefused: The registrar does not accept it.
            SipError: The registrar does not answer.
        """
        await self._registration.end()

    @property
    def registered(self) -> bool:
        """The registrar's last answer said so."""
        return self._registration.registered

    @property
    def behaviour(self) -> Behaviour:
        """What it does when it rings; set while it rings or talks, it counts from now."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._plan()

    @property
    def idle(self) -> bool:
        """The telephone neither rings nor talks."""
        return self.call is None or self.call.state is LegState.ENDED

    async def next_ring(self, timeout: float) -> Ringing:  # noqa: ASYNC109
        """The next call that rings (or rang) here and has not been returned before.

        Raises:
            TimeoutError: The telephone stays silent for ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            while not self._rings:
                self._rung.clear()
                await self._rung.wait()
        return self._rings.popleft()

    async def hang_up(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """End the present call, if there is one; returns when the other side has confirmed.

        Raises:
            TimeoutError: No confirmation within ``timeout`` seconds.
        """
        if self.call is not None:
            await self.call.hang_up(timeout)

    def recorded(self) -> "array[int]":
        """What was heard in the present or last call, signed 16-bit samples at 8000 a second."""
        return self.call.recorded() if self.call is not None else array("h")

    def note(self, what: What, call: Ringing) -> None:
        """Write an event down, and plan what the telephone does next."""
        event = PhoneEvent(at=self._loop.time(), what=what, call_id=call.call_id, caller=call.caller)
        self.events.append(event)
        self._plan()

    def on_ended(self, call: Ringing, before: LegState) -> None:
        """A call of this telephone is over."""
        if call.ended_by is EndedBy.NOBODY:
            self.note("lost", call)
        elif before is LegState.RINGING:
            self.note("rejected" if call.ended_by is EndedBy.US else "cancelled", call)
        else:
            self.note("hung up" if call.ended_by is EndedBy.US else "far end hung up", call)

    def _on_invite(self, invite: ServerTransaction) -> None:
        if not self.idle:
            self.events.append(
                PhoneEvent(
                    at=self._loop.time(),
                    what="busy",
                    call_id=invite.request.call_id,
                    caller=_number_of(invite.request.from_),
                )
            )
            invite.respond(486)
            return
        try:
            self.call = Ringing(self, invite)
        except sdp.SdpError:
            invite.respond(488)
            return
        except MalformedMessage:
            invite.respond(400)
            return
        self._rings.append(self.call)
        self._rung.set()
        self.note("ringing", self.call)

    def _plan(self) -> None:
        """Arm the timer for what the behaviour says comes next in the state the call is in."""
        if self._next_act is not None:
            self._next_act.cancel()
            self._next_act = None
        call = self.call
        if call is None:
            return
        match call.state, self._behaviour:
            case LegState.RINGING, Answers(after_s=after):
                asked = call.answer_after if self.answers_by_itself else None
                self._next_act = self._loop.call_later(after if asked is None else asked, call.answer)
            case LegState.RINGING, Rejects(code=code, after_s=after):
                self._next_act = self._loop.call_later(after, call.reject, code)
            case LegState.UP, Answers(talk_s=float() | int() as talk):
                self._next_act = self._loop.call_later(talk, call.drop)


def _answer_after(infos: Sequence[str]) -> float | None:
    for info in infos:
        for parameter in info.split(";")[1:]:
            name, _, value = parameter.strip().partition("=")
            if name.lower() == "answer-after" and value.isascii() and value.isdigit() and len(value) <= 3:
                return float(value)
    return None


def _number_of(party: Address) -> str:
    try:
        return Uri.parse(party.uri).user or party.uri
    except MalformedMessage:
        return party.uri
