"""One UDP socket that speaks SIP, shared by any number of telephones and calls."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

from demo import sip
from demo.media import MediaClock
from demo.sip import MalformedMessage, Request, Response, Uri
from demo.transaction import ClientTransaction, ServerTransaction

MAX_TRANSACTIONS = 4096
"""Transactions remembered in each direction; more are refused."""


class SipError(Exception):
    """A request that could not be sent, or that nobody answered."""


class Dialog(Protocol):
    """What a call must understand to receive the requests that belong to it."""

    def on_request(self, transaction: ServerTransaction) -> None:
        """A request within the dialog, other than ACK and CANCEL."""

    def on_ack(self, ack: Request) -> None:
        """The ACK of an answered INVITE."""

    def on_cancel(self) -> None:
        """The caller gives up the INVITE that is still unanswered."""

    def abandon(self) -> None:
        """The endpoint is closing: nothing can be said any more."""


class SipEndpoint(asyncio.DatagramProtocol):
    """A SIP user agent's socket: it keeps transactions and hands requests to phones and calls.

    Open it by ``await SipEndpoint.open(...)`` and close it by ``await endpoint.close()``, or use
    ``async with``.
    """

    def __init__(self, media: MediaClock) -> None:
        self.media = media
        self.host, self.port = "", 0
        self.malformed = 0
        """Datagrams thrown away because they were not SIP."""
        self._transport: asyncio.DatagramTransport | None = None
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._servers: dict[tuple[str, str, str], ServerTransaction] = {}
        self._invites: dict[tuple[str, str | None, int], ServerTransaction] = {}
        self._phones: dict[str, Callable[[ServerTransaction], None]] = {}
        self._dialogs: dict[tuple[str, str], Dialog] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, *, media: MediaClock, host: str = "127.0.0.1", port: int = 0) -> "SipEndpoint":
        """Bind to ``host`` and ``port`` (0: any free one).

        Raises:
            OSError: The address is taken or not ours.
        """
        endpoint = cls(media)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: endpoint, local_addr=(host, port))
        return endpoint

    async def __aenter__(self) -> "SipEndpoint":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel every task and timer, forget every call and give the socket back."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for dialog in list(self._dialogs.values()):
            dialog.abandon()
        for asked in self._clients.values():
            asked.close()
        for answered in self._servers.values():
            answered.close()
        self._clients.clear()
        self._servers.clear()
        self._invites.clear()
        self._phones.clear()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            await self._closed

    # -- what phones and calls use ---------------------------------------------------------------

    def attach_phone(self, user: str, on_invite: Callable[[ServerTransaction], None]) -> None:
        """Calls to ``user`` go to this phone, which answers each INVITE sooner or later.

        Raises:
            ValueError: Another phone of this endpoint has the name.
        """
        if user in self._phones:
            raise ValueError(f"two phones called {user!r} on one endpoint")
        self._phones[user] = on_invite

    def attach_dialog(self, call_id: str, local_tag: str, dialog: Dialog) -> None:
        """Requests of this dialog go to ``dialog`` from now on."""
        self._dialogs[call_id, local_tag] = dialog

    def detach_dialog(self, call_id: str, local_tag: str) -> None:
        """The dialog is over; late requests are told that it does not exist."""
        self._dialogs.pop((call_id, local_tag), None)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        """Run ``work`` in a task that does not outlive the endpoint."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def via(self) -> str:
        """A new Via for a request of ours, with a branch of its own."""
        return f"SIP/2.0/UDP {self.host}:{self.port};branch={sip.new_branch()};rport"

    def contact(self, user: str) -> str:
        """Where ``user`` can be reached at this endpoint, as a Contact value."""
        return f"<sip:{user}@{self.host}:{self.port}>"

    def send(self, data: bytes, destination: tuple[str, int]) -> None:
        """One datagram, unless the endpoint is closed."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, destination)

    def start(
        self,
        request: Request,
        destination: tuple[str, int],
        *,
        on_response: Callable[[Response], None],
        on_silence: Callable[[], None],
    ) -> ClientTransaction:
        """Send a request, again while nobody answers; responses and final silence are told by callback.

        Raises:
            SipError: The endpoint is closed or has too much in hand.
            MalformedMessage: The request holds what must not be sent.
        """
        if self._transport is None or self._transport.is_closing():
            raise SipError("the endpoint is closed")
        if len(self._clients) >= MAX_TRANSACTIONS:
            raise SipError(f"{MAX_TRANSACTIONS} requests are already under way")
        key = (request.branch, request.method)

        def forget() -> None:
            self._clients.pop(key, None)

        transaction = ClientTransaction(
            self,
            request,
            destination,
            on_response=on_response,
            on_silence=on_silence,
            forget=forget,
        )
        self._clients[key] = transaction
        return transaction

    async def ask(self, request: Request, destination: tuple[str, int], *, timeout: float) -> Response:  # noqa: ASYNC109
        """The final response to a request other than INVITE.

        Raises:
            SipError: Nobody answered within ``timeout`` seconds.
        """
        final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def responded(response: Response) -> None:
            if response.status >= 200 and not final.done():
                final.set_result(response)

        def silent() -> None:
            if not final.done():
                final.set_exception(SipError(f"nobody answered {request.method} at {destination}"))

        self.start(request, destination, on_response=responded, on_silence=silent)
        try:
            async with asyncio.timeout(timeout):
                return await final
        except TimeoutError:
            raise SipError(f"no answer to {request.method} from {destination} in {timeout:g} s") from None

    # -- what arrives ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.host, self.port = transport.get_extra_info("sockname")[:2]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip():
            return  # a keep-alive (RFC 5626)
        try:
            message = sip.parse(data)
        except MalformedMessage:
            self.malformed += 1
            return
        if isinstance(message, Response):
            transaction = self._clients.get((message.branch, message.cseq[1]))
            if transaction is not None:
                transaction.received(message)
        elif message.method == "ACK":
            self._acknowledged(message)
        else:
            self._requested(message, addr)

    def _acknowledged(self, ack: Request) -> None:
        # An ACK of a 200 has a branch of its own, so the INVITE is found by its dialog end and number.
        transaction = self._invites.get((ack.call_id, ack.from_.tag, ack.cseq[0]))
        if transaction is not None:
            transaction.acknowledged()
        dialog = self._dialogs.get((ack.call_id, ack.to.tag or ""))
        if dialog is not None:
            dialog.on_ack(ack)

    def _requested(self, request: Request, source: tuple[str, int]) -> None:
        sent_by = request.top_via.partition(";")[0]
        key = (request.branch, sent_by, request.method)
        known = self._servers.get(key)
        if known is not None:
            known.repeated()
            return
        dialog = self._dialogs.get((request.call_id, request.to.tag or ""))
        name = (request.call_id, request.from_.tag, request.cseq[0])

        def forget() -> None:
            self._servers.pop(key, None)
            self._invites.pop(name, None)

        transaction = ServerTransaction(
            self, request, source, tag=request.to.tag or sip.new_tag(), forget=forget
        )
        if len(self._servers) >= MAX_TRANSACTIONS:
            transaction.respond(503)
            transaction.close()
            return
        self._servers[key] = transaction
        if request.method == "INVITE":
            self._invites[name] = transaction
        if request.method == "CANCEL":
            self._cancelled(transaction, self._servers.get((request.branch, sent_by, "INVITE")))
        elif request.method not in sip.METHODS_ALLOWED:
            status = 405 if request.method in sip.METHODS_KNOWN else 501
            transaction.respond(status, headers=[("Allow", ", ".join(sip.METHODS_ALLOWED))])
        elif dialog is not None:
            dialog.on_request(transaction)
        elif request.to.tag is not None:
            transaction.respond(481)
        elif request.method == "OPTIONS":
            transaction.respond(
                200, headers=[("Allow", ", ".join(sip.METHODS_ALLOWED)), ("Accept", "application/sdp")]
            )
        elif request.method == "INVITE":
            self._invited(transaction)
        else:
            transaction.respond(481)

    def _cancelled(self, cancel: ServerTransaction, invite: ServerTransaction | None) -> None:
        if invite is None:
            cancel.respond(481)
            return
        cancel.tag = invite.tag
        cancel.respond(200)
        dialog = self._dialogs.get((invite.request.call_id, invite.tag))
        if dialog is not None and not invite.answered:
            dialog.on_cancel()

    def _invited(self, transaction: ServerTransaction) -> None:
        transaction.respond(100)
        if transaction.request.headers.first("Require") is not None:
            required = ", ".join(transaction.request.headers.listed("Require"))
            transaction.respond(420, headers=[("Unsupported", required)])
            return
        try:
            user = Uri.parse(transaction.request.uri).user
        except MalformedMessage:
            user = None
        take = self._phones.get(user or "")
        if take is None:
            transaction.respond(404)
        else:
            take(transaction)
