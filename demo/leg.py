"""One end of a call: its SIP dialog, its audio, and its life from the first INVITE to the last BYE."""

import asyncio
from array import array
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address

from demo import sdp
from demo.endpoint import SipEndpoint, SipError
from demo.media import RtpStream, StreamClosed
from demo.sip import METHODS_ALLOWED, Address, Headers, MalformedMessage, Request, Response, Uri
from demo.transaction import ServerTransaction


class LegState(StrEnum):
    """Where a call stands, seen from this end."""

    CALLING = "calling"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


class EndedBy(StrEnum):
    """Who ended a call, seen from this end."""

    US = "us"
    THEM = "them"
    NOBODY = "nobody"
    """No answer came to an INVITE or to a 200, or the endpoint was closed."""


_MOVES = {
    LegState.CALLING: {LegState.RINGING, LegState.UP, LegState.ENDED},
    LegState.RINGING: {LegState.UP, LegState.ENDED},
    LegState.UP: {LegState.ENDED},
    LegState.ENDED: frozenset[LegState](),
}


class CallFailed(Exception):
    """The call ended before it was answered; ``status`` is the SIP status of the refusal, if any."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"not answered: {status or 'hung up'}")
        self.status = status


class Leg:
    """What a phone's and a caller's end of a call have in common.

    Times are those of the event loop's monotonic clock, in seconds; None until it happens.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        *,
        user: str,
        call_id: str,
        tag: str,
        local: Address,
        remote: Address,
        target: str,
        destination: tuple[str, int],
        tone_hz: int | None,
    ) -> None:
        self.endpoint, self.user, self.call_id = endpoint, user, call_id
        self.local, self.remote = local.tagged(tag), remote
        self._tag = tag
        self.state = LegState.CALLING
        self.status: int | None = None
        """The final SIP status of the INVITE, when it was refused."""
        self.ended_by: EndedBy | None = None
        self.media: RtpStream | None = None
        self._loop = asyncio.get_running_loop()
        self.t_invite = self._loop.time()
        self.t_ringing: float | None = None
        self.t_answered: float | None = None
        self.t_ended: float | None = None
        self._tone_hz = tone_hz
        self._target, self._destination, self._first_hop = target, destination, destination
        self._routes: list[str] = []
        self._number = 0
        self._remote_number: int | None = None
        self._description: tuple[int, sdp.Audio] | None = None
        self._reached = {state: asyncio.Event() for state in LegState}
        self._silent = asyncio.Event()
        endpoint.attach_dialog(call_id, tag, self)

    # -- what people do --------------------------------------------------------------------------

    async def answered(self, timeout: float) -> None:  # noqa: ASYNC109
        """Wait until the call is up.

        Raises:
            CallFailed: It ended without having been answered.
            TimeoutError: Neither happened within ``timeout`` seconds.
        """
        await self._wait(self._reached[LegState.UP], timeout)
        if self.t_answered is None:
            raise CallFailed(self.status)

    async def ringing(self, timeout: float) -> None:  # noqa: ASYNC109
        """Wait until a telephone rings at the other end; returns as well when the call is already past that.

        Raises:
            TimeoutError: It does not ring within ``timeout`` seconds.
        """
        await self._wait(self._reached[LegState.RINGING], timeout)

    async def hung_up(self, timeout: float) -> None:  # noqa: ASYNC109
        """Wait until the call has ended, whoever ended it.

        Raises:
            TimeoutError: It is still there after ``timeout`` seconds.
        """
        await self._wait(self._reached[LegState.ENDED], timeout)

    async def hang_up(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """End the call in whatever state it is; returns when the other side has confirmed.

        Raises:
            TimeoutError: No confirmation within ``timeout`` seconds (the call has ended for us).
        """
        self.drop()
        await self._wait(self._silent, timeout)

    async def listen(self, seconds: float, timeout: float) -> None:  # noqa: ASYNC109
        """Wait until this end has heard that much more audio.

        Raises:
            StreamClosed: The call is not up, or ended first.
            TimeoutError: It did not come within ``timeout`` seconds.
        """
        if self.media is None:
            raise StreamClosed("the call is not up")
        async with asyncio.timeout(timeout):
            await self.media.listen(seconds)

    def drop(self) -> None:
        """End the call without waiting for the other side's confirmation."""
        if self.state is LegState.UP:
            self._send_bye()
            self._end(EndedBy.US)

    @property
    def tone_hz(self) -> int | None:
        """The tone sent from the answer on, in Hz; None sends silence. May be changed at any time."""
        return self._tone_hz

    @tone_hz.setter
    def tone_hz(self, hz: int | None) -> None:
        self._tone_hz = hz
        if self.media is not None:
            self.media.tone_hz = hz

    def recorded(self) -> "array[int]":
        """What this end has heard, signed 16-bit samples at 8000 a second; empty before the answer."""
        return self.media.recorded() if self.media is not None else array("h")

    @property
    def packets_sent(self) -> int:
        return self.media.packets_sent if self.media is not None else 0

    @property
    def packets_received(self) -> int:
        return self.media.packets_received if self.media is not None else 0

    # -- what arrives ----------------------------------------------------------------------------

    def on_request(self, transaction: ServerTransaction) -> None:
        """A request within the dialog."""
        request = transaction.request
        number, method = request.cseq
        if self._remote_number is not None and number < self._remote_number:
            transaction.respond(500)
            return
        self._remote_number = number
        if method == "BYE":
            transaction.respond(200)
            self._on_bye()
        elif method == "OPTIONS":
            transaction.respond(200, headers=self._allowed())
        elif self.state is LegState.ENDED:
            transaction.respond(481)
        else:
            self._renegotiate(transaction)

    def on_ack(self, ack: Request) -> None:
        """The ACK of a 200 of ours; it brings the answer when the 200 carried the offer."""
        if ack.body and self.state is LegState.UP and self.media is not None:
            try:
                self.media.connect(sdp.parse(ack.body))
            except sdp.SdpError:
                self.drop()

    def on_cancel(self) -> None:
        """Only the called end has an INVITE to cancel."""

    def abandon(self) -> None:
        """The endpoint is closing."""
        self._end(EndedBy.NOBODY)
        self._detach()

    def _on_bye(self) -> None:
        if self.state is not LegState.ENDED:
            self._end(EndedBy.THEM)
            self._detach()

    def _renegotiate(self, transaction: ServerTransaction) -> None:
        """A re-INVITE or UPDATE: a session timer's refresh, a hold, another place for the audio."""
        request = transaction.request
        if self.state is not LegState.UP and (request.body or request.method == "INVITE"):
            transaction.respond(491)
            return
        try:
            self._learn_target(request)
            body = self._answer_to(request) if self.state is LegState.UP else b""
        except sdp.SdpError:
            transaction.respond(488)
            return
        except MalformedMessage:
            transaction.respond(400)
            return
        transaction.respond(200, headers=self._allowed(body), body=body, on_no_ack=self.drop)

    # -- the life --------------------------------------------------------------------------------

    def _move(self, to: LegState) -> None:
        assert to in _MOVES[self.state], f"a call does not go from {self.state} to {to}"
        self.state = to
        now = self._loop.time()
        match to:
            case LegState.RINGING:
                self.t_ringing = now
            case LegState.UP:
                self.t_answered = now
            case LegState.ENDED:
                self.t_ended = now
        # Whoever waits for a state that was jumped over must not wait for ever.
        for state in list(LegState)[: list(LegState).index(to) + 1]:
            self._reached[state].set()

    def _end(self, by: EndedBy, status: int | None = None) -> None:
        if self.state is LegState.ENDED:
            return
        self.ended_by, self.status = by, status
        if self.media is not None:
            self.media.close()
        self._move(LegState.ENDED)

    def _detach(self) -> None:
        """The other side has nothing more to say to this call."""
        self.endpoint.detach_dialog(self.call_id, self._tag)
        self._silent.set()

    async def _wait(self, event: asyncio.Event, timeout: float) -> None:  # noqa: ASYNC109
        async with asyncio.timeout(timeout):
            await event.wait()

    # -- SIP -------------------------------------------------------------------------------------

    def _request(self, method: str, *, number: int | None = None) -> Request:
        """A request within the dialog, as RFC 3261, 12.2.1.1 composes it."""
        if number is None:
            self._number += 1
            number = self._number
        fields = [
            ("Via", self.endpoint.via()),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in self._routes),
            ("From", str(self.local)),
            ("To", str(self.remote)),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", self.endpoint.contact(self.user)),
        ]
        return Request(method=method, uri=self._target, headers=Headers(tuple(fields)))

    def _send_bye(self) -> None:
        def responded(response: Response) -> None:
            if response.status >= 200:
                self._detach()

        try:
            self.endpoint.start(
                self._request("BYE"), self._destination, on_response=responded, on_silence=self._detach
            )
        except SipError:
            self._detach()

    def _learn_target(self, message: Request | Response) -> None:
        """Where the other side wants the next request of this dialog."""
        contacts = message.headers.listed("Contact")
        if contacts:
            self._target = Address.parse(contacts[0]).uri
        next_hop = Address.parse(self._routes[0]).uri if self._routes else self._target
        uri = Uri.parse(next_hop)
        try:
            self._destination = (str(IPv4Address(uri.host)), uri.port)
        except AddressValueError:
            self._destination = self._first_hop  # no names are looked up: loopback needs none

    def _allowed(self, body: bytes = b"") -> list[tuple[str, str]]:
        fields = [
            ("Contact", self.endpoint.contact(self.user)),
            ("Allow", ", ".join(METHODS_ALLOWED)),
        ]
        return fields + ([("Content-Type", sdp.TYPE)] if body else [])

    # -- audio -----------------------------------------------------------------------------------

    def _open_media(self) -> RtpStream:
        if self.media is None:
            self.media = self.endpoint.media.open_stream(host=self.endpoint.host, tone_hz=self._tone_hz)
        return self.media

    def _describe(self, audio: sdp.Audio) -> bytes:
        """Our session description; its version grows only when something has changed."""
        if self._description is None:
            self._description = (1, audio)
        elif self._description[1] != audio:
            self._description = (self._description[0] + 1, audio)
        version, _ = self._description
        return sdp.describe(audio, version=version)

    def _offer(self) -> bytes:
        media = self._open_media()
        return self._describe(sdp.Audio(host=media.host, port=media.port, events=sdp.TELEPHONE_EVENT))

    def _answer_to(self, request: Request) -> bytes:
        """Our description in answer to the request's; an offer when an INVITE brought none."""
        if not request.body:
            return self._offer() if request.method == "INVITE" else b""
        offered = sdp.parse(request.body)
        media = self._open_media()
        media.connect(offered)
        return self._describe(sdp.answer(offered, host=media.host, port=media.port))

    def _follow_routes(self, recorded: Iterable[str]) -> None:
        self._routes = list(recorded)
