"""A person who calls: places INVITEs, presses keys, speaks a tone and remembers what was heard."""

import asyncio
import secrets

from demo import digest, sdp, sip
from demo.endpoint import SipEndpoint
from demo.leg import EndedBy, Leg, LegState
from demo.media import StreamClosed
from demo.sip import Address, Headers, MalformedMessage, Request, Response
from demo.transaction import GIVE_UP, ClientTransaction

STATUS_NOBODY_ANSWERED = 408
"""The status a call is given when nothing at all came back (RFC 3261, 8.1.3.1)."""


class CallerCall(Leg):
    """One call as its caller lives it; made by ``Caller.call``."""

    def __init__(
        self,
        endpoint: SipEndpoint,
        *,
        number: str,
        caller_id: str,
        display: str,
        server: tuple[str, int],
        tone_hz: int | None,
        credentials: tuple[str, str] | None,
    ) -> None:
        uri = f"sip:{number}@{server[0]}:{server[1]}"
        super().__init__(
            endpoint,
            user=caller_id,
            call_id=f"{secrets.token_hex(8)}@{endpoint.host}",
            tag=sip.new_tag(),
            local=Address(uri=f"sip:{caller_id}@{endpoint.host}", display=display),
            remote=Address(uri=uri),
            target=uri,
            destination=server,
            tone_hz=tone_hz,
        )
        self._credentials = credentials
        self._gave_up = False
        self._cancelled: asyncio.TimerHandle | None = None
        self._proceeding = False
        try:
            self._invite = self._send_invite([])
        except Exception:
            self.abandon()
            raise

    async def press(self, digits: str) -> None:
        """Press keys, 200 ms apart and held for 100 ms; returns when the last one has been let go.

        Raises:
            ValueError: Not keys of a telephone.
            StreamClosed: The call is not up, ended first, or the other side takes no RFC 4733 digits.
        """
        if self.media is None:
            raise StreamClosed("the call is not up")
        await self.media.press(digits)

    def drop(self) -> None:
        """Hang up without waiting: BYE when answered, CANCEL before."""
        if self.state in (LegState.CALLING, LegState.RINGING):
            if not self._gave_up:
                self._gave_up = True
                # A CANCEL may only follow a sign of life (RFC 3261, 9.1); until then the wish is kept.
                if self._proceeding:
                    self._cancel()
        else:
            super().drop()

    def _detach(self) -> None:
        if self._cancelled is not None:
            self._cancelled.cancel()
        super()._detach()

    def _send_invite(self, more: list[tuple[str, str]]) -> ClientTransaction:
        body = self._offer()
        request = self._request("INVITE")
        headers = Headers((*request.headers.fields, *self._allowed(body)[1:], *more))
        request = Request(method="INVITE", uri=request.uri, headers=headers, body=body)
        self._proceeding = False
        return self.endpoint.start(
            request, self._first_hop, on_response=self._on_response, on_silence=self._on_silence
        )

    def _cancel(self) -> None:
        invite = self._invite.request
        copied = [field for field in invite.headers.fields if field[0] in ("From", "To", "Call-ID", "Route")]
        fields = [
            ("Via", invite.top_via),
            ("Max-Forwards", "70"),
            *copied,
            ("CSeq", f"{invite.cseq[0]} CANCEL"),
        ]
        self.endpoint.start(
            Request(method="CANCEL", uri=invite.uri, headers=Headers(tuple(fields))),
            self._first_hop,
            on_response=lambda _: None,
            on_silence=lambda: None,
        )
        # Should no final response follow, the call is over all the same (RFC 3261, 9.1).
        self._cancelled = self._loop.call_later(GIVE_UP, self._on_silence)

    def _on_silence(self) -> None:
        self._end(EndedBy.US if self._gave_up else EndedBy.NOBODY, STATUS_NOBODY_ANSWERED)
        self._detach()

    def _on_response(self, response: Response) -> None:
        if self.state is LegState.ENDED:
            return
        if response.status < 200:
            self._on_progress(response)
        elif response.status < 300:
            self._on_answer(response)
        elif response.status in (401, 407) and self._credentials is not None and not self._gave_up:
            self._prove_identity(response, self._credentials)
        else:
            self._end(EndedBy.US if self._gave_up else EndedBy.THEM, response.status)
            self._detach()

    def _on_progress(self, response: Response) -> None:
        first, self._proceeding = not self._proceeding, True
        if self._gave_up:
            if first:
                self._cancel()
            return
        if response.status > 100 and self.state is LegState.CALLING:
            self._move(LegState.RINGING)
        self._hear(response)

    def _on_answer(self, response: Response) -> None:
        self.remote = self.remote.tagged(response.to.tag)
        try:
            self._follow_routes(reversed(response.headers.listed("Record-Route")))
            self._learn_target(response)
        except MalformedMessage:
            pass  # the way the INVITE went is as good as any
        self._invite.acknowledge_with(
            self._request("ACK", number=self._invite.request.cseq[0]).encode(), self._destination
        )
        understood = self._hear(response)
        if self._gave_up or not understood:
            # Answered at the very moment we gave up, or in no codec of ours: only BYE ends it now.
            self._send_bye()
            self._end(EndedBy.US, None if self._gave_up else 488)
            return
        self._move(LegState.UP)
        self._open_media().start()

    def _hear(self, response: Response) -> bool:
        """Connect the audio as the response describes it, an announcement before the answer included."""
        if response.body and self.media is not None:
            try:
                self.media.connect(sdp.parse(response.body))
            except sdp.SdpError:
                return False
            return True
        return self.media is not None and self.media.connected

    def _prove_identity(self, response: Response, credentials: tuple[str, str]) -> None:
        user, secret = credentials
        self._credentials = None  # asked again, the answer was wrong: no third attempt
        try:
            header = digest.authorisation(
                response, user=user, secret=secret, method="INVITE", uri=self._target
            )
        except digest.AuthError:
            self._end(EndedBy.THEM, response.status)
            self._detach()
            return
        self._invite = self._send_invite([header])


class Caller:
    """Someone with a telephone line into the PBX.

    Args:
        endpoint: The socket calls leave from; its address is what the PBX tells its trunks apart by.
        host, sip_port: Where INVITEs go.
        tone_hz: The tone spoken on calls unless a call chooses its own; None is silence.
        credentials: User and secret for a PBX that asks for them.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        *,
        host: str,
        sip_port: int,
        tone_hz: int | None = None,
        credentials: tuple[str, str] | None = None,
    ) -> None:
        self.endpoint, self.tone_hz = endpoint, tone_hz
        self._server, self._credentials = (host, sip_port), credentials

    async def call(
        self, number: str, *, caller_id: str, display: str = "", tone_hz: int | None = None
    ) -> CallerCall:
        """Place a call; returns as soon as the INVITE has been sent.

        Raises:
            MalformedMessage: A number or name holds what cannot be sent.
            SipError: The endpoint is closed.
            OSError: No port for the audio can be had.
        """
        return CallerCall(
            self.endpoint,
            number=number,
            caller_id=caller_id,
            display=display,
            server=self._server,
            tone_hz=tone_hz if tone_hz is not None else self.tone_hz,
            credentials=self._credentials,
        )
