"""SIP transactions over UDP (RFC 3261, 17): one request, what is sent again, and when it is given up."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from demo.sip import REASONS, Headers, MalformedMessage, Request, Response, Uri, parameters, reply_headers

T1 = 0.5
"""Seconds until a message is sent the second time (RFC 3261's estimate of a round trip)."""

T2 = 4.0
"""Seconds between two copies at most."""

GIVE_UP = 64 * T1
"""Seconds after which nobody will answer any more, and after which a finished transaction is forgotten."""


class Wire(Protocol):
    """The socket a transaction speaks through."""

    def send(self, data: bytes, destination: tuple[str, int]) -> None:
        """Send one datagram."""


class _Retransmission:
    """Copies of a datagram at growing intervals until stopped or out of time."""

    def __init__(
        self, send: Callable[[], None], *, slowest: float | None, out_of_time: Callable[[], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._send, self._slowest, self._out_of_time = send, slowest, out_of_time
        self._interval = T1
        self._until = self._loop.time() + GIVE_UP
        self._timer = self._loop.call_later(T1, self._again)

    def _again(self) -> None:
        now = self._loop.time()
        if now >= self._until:
            self._out_of_time()
            return
        self._send()
        self._interval *= 2
        if self._slowest is not None:
            self._interval = min(self._interval, self._slowest)
        self._timer = self._loop.call_at(min(now + self._interval, self._until), self._again)

    def slow_down(self) -> None:
        """From now on a copy only every T2: the other side is known to be working on it."""
        self._interval = T2

    def stop(self) -> None:
        self._timer.cancel()


class ClientTransaction:
    """A request of ours until its final response, and after it while copies of that may still arrive."""

    def __init__(
        self,
        wire: Wire,
        request: Request,
        destination: tuple[str, int],
        *,
        on_response: Callable[[Response], None],
        on_silence: Callable[[], None],
        forget: Callable[[], None],
    ) -> None:
        self.request, self.destination = request, destination
        self._wire, self._on_response, self._on_silence, self._forget = wire, on_response, on_silence, forget
        self._invite = request.method == "INVITE"
        self._acknowledgement: bytes | None = None
        self._final = False
        self._timer: asyncio.TimerHandle | None = None
        data = request.encode()
        wire.send(data, destination)
        self._copies = _Retransmission(
            lambda: wire.send(data, destination),
            slowest=None if self._invite else T2,
            out_of_time=self._silent,
        )

    def received(self, response: Response) -> None:
        """A response with our branch has arrived."""
        if self._final:
            self._acknowledge()
        elif response.status < 200:
            if self._invite:
                self._copies.stop()
            else:
                self._copies.slow_down()
            self._on_response(response)
        else:
            self._final = True
            self._copies.stop()
            self._timer = asyncio.get_running_loop().call_later(GIVE_UP, self._forget)
            if self._invite and response.status >= 300:
                self.acknowledge_with(_refusal_ack(self.request, response).encode(), self.destination)
            self._on_response(response)

    def acknowledge_with(self, ack: bytes, destination: tuple[str, int]) -> None:
        """Send this ACK, now and for every copy of the final response that still arrives."""
        self._acknowledgement, self.destination = ack, destination
        self._acknowledge()

    def _acknowledge(self) -> None:
        if self._acknowledgement is not None:
            self._wire.send(self._acknowledgement, self.destination)

    def _silent(self) -> None:
        self._forget()
        self._on_silence()

    def close(self) -> None:
        """Stop every timer; nothing is reported any more."""
        self._copies.stop()
        if self._timer is not None:
            self._timer.cancel()


def _refusal_ack(request: Request, response: Response) -> Request:
    """The ACK of a refusal belongs to the INVITE's own transaction: same branch, the response's To."""
    kept = [(name, value) for name, value in request.headers.fields if name in ("From", "Call-ID", "Route")]
    fields = [
        ("Via", request.top_via),
        ("Max-Forwards", "70"),
        *kept,
        ("To", response.headers.need("To")),
        ("CSeq", f"{request.cseq[0]} ACK"),
    ]
    return Request(method="ACK", uri=request.uri, headers=Headers(tuple(fields)))


class ServerTransaction:
    """A request from outside until it is answered, and after that while copies of it may still arrive."""

    def __init__(
        self, wire: Wire, request: Request, source: tuple[str, int], *, tag: str, forget: Callable[[], None]
    ) -> None:
        self.request, self.tag = _stamped(request, source), tag
        self._wire, self._forget = wire, forget
        self._destination = _way_back(request, source)
        self._last = b""
        self._copies: _Retransmission | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._on_no_ack: Callable[[], None] | None = None
        self.answered = False

    def respond(
        self,
        status: int,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        on_no_ack: Callable[[], None] | None = None,
    ) -> None:
        """Answer; a final answer to an INVITE is repeated until it is acknowledged, or ``on_no_ack`` is told.

        An answer after the final one is ignored: the first one is what the other side has acted on.
        """
        if self.answered:
            return
        response = Response(
            status=status,
            reason=REASONS[status],
            headers=reply_headers(self.request, tag=None if status == 100 else self.tag, more=headers),
            body=body,
        )
        self._last = response.encode()
        self._say_again()
        if status < 200:
            return
        self.answered = True
        self._on_no_ack = on_no_ack
        if self.request.method == "INVITE":
            self._copies = _Retransmission(self._say_again, slowest=T2, out_of_time=self._unacknowledged)
        else:
            self._linger()

    def repeated(self) -> None:
        """The request has arrived once more: our last word was lost."""
        if self._last:
            self._say_again()

    def acknowledged(self) -> None:
        """The ACK has arrived."""
        if self._copies is not None and self._timer is None:
            self._copies.stop()
            self._linger()

    def _say_again(self) -> None:
        self._wire.send(self._last, self._destination)

    def _linger(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(GIVE_UP, self._forget)

    def _unacknowledged(self) -> None:
        self._forget()
        if self._on_no_ack is not None:
            self._on_no_ack()

    def close(self) -> None:
        """Stop every timer; nothing is reported any more."""
        if self._copies is not None:
            self._copies.stop()
        if self._timer is not None:
            self._timer.cancel()


def _stamped(request: Request, source: tuple[str, int]) -> Request:
    """The request with its topmost Via saying where it really came from (RFC 3581)."""
    top, *rest = request.headers.listed("Via")
    known = parameters(top.partition(";")[2])
    if "rport" in known:
        top = ";".join(part for part in top.split(";") if part.strip().lower() != "rport")
        top += f";received={source[0]};rport={source[1]}"
    vias = [("Via", via) for via in (top, *rest)]
    others = [field for field in request.headers.fields if field[0].lower() not in ("via", "v")]
    return Request(
        method=request.method, uri=request.uri, headers=Headers((*vias, *others)), body=request.body
    )


def _way_back(request: Request, source: tuple[str, int]) -> tuple[str, int]:
    """Where the response goes: to the source port when asked by ``rport``, else to the port in Via."""
    sent_by, _, rest = request.top_via.partition(";")
    if "rport" in parameters(rest):
        return source
    try:
        return source[0], Uri.parse(f"sip:{sent_by.split()[-1]}").port
    except (MalformedMessage, IndexError):
        return source
