"""A telephone's place on the registrar's list: taken, renewed in time, given back."""

import asyncio
import secrets

from demo import digest, sip
from demo.endpoint import SipEndpoint, SipError
from demo.sip import Address, Headers, MalformedMessage, Request, Response

ASKED_S = 300
"""Seconds a registration is asked for; it is renewed at half of what was granted."""

SHORTEST_S = 2.0
"""Seconds between two renewals at least, whatever the registrar grants."""

RETRY_S = 5.0
"""Seconds until a renewal that failed is tried again."""

ANSWER_WITHIN_S = 5.0
"""Seconds the registrar has for one answer."""


class RegistrationRefused(Exception):
    """The registrar did not accept the telephone; ``status`` is its SIP status."""

    def __init__(self, user: str, status: int) -> None:
        super().__init__(f"{user}: registration refused with {status}")
        self.status = status


class Registration:
    """One user's registration of one endpoint."""

    def __init__(self, endpoint: SipEndpoint, *, user: str, secret: str, registrar: tuple[str, int]) -> None:
        self.registered = False
        self._endpoint, self._user, self._secret, self._registrar = endpoint, user, secret, registrar
        self._uri = f"sip:{registrar[0]}:{registrar[1]}"
        self._us = Address(uri=f"sip:{user}@{registrar[0]}:{registrar[1]}")
        self._call_id = f"{secrets.token_hex(8)}@{endpoint.host}"
        self._number = 0
        self._renewal: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Register, and renew until ``end`` or the endpoint's close.

        Raises:
            RegistrationRefused: Wrong secret or unknown user.
            SipError: The registrar does not answer.
        """
        granted = await self._register(ASKED_S)
        self._stop_renewing()
        self._renewal = self._endpoint.spawn(self._renew(granted), name=f"renew {self._user}")

    async def end(self) -> None:
        """Give the place back.

        Raises:
            RegistrationRefused: The registrar does not accept it.
            SipError: The registrar does not answer.
        """
        self._stop_renewing()
        await self._register(0)

    def _stop_renewing(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None

    async def _renew(self, granted: float) -> None:
        pause = max(SHORTEST_S, granted / 2)
        while True:
            await asyncio.sleep(pause)
            try:
                pause = max(SHORTEST_S, await self._register(ASKED_S) / 2)
            except (RegistrationRefused, SipError):
                self.registered = False
                pause = RETRY_S

    async def _register(self, expires: int) -> float:
        """One REGISTER, with its proof of identity when asked; returns the seconds granted."""
        answer = await self._ask(expires, [])
        if answer.status in (401, 407):
            try:
                proof = digest.authorisation(
                    answer, user=self._user, secret=self._secret, method="REGISTER", uri=self._uri
                )
            except digest.AuthError:
                raise RegistrationRefused(self._user, answer.status) from None
            answer = await self._ask(expires, [proof])
        if answer.status >= 300:
            raise RegistrationRefused(self._user, answer.status)
        self.registered = expires > 0
        return self._granted(answer, expires)

    async def _ask(self, expires: int, proof: list[tuple[str, str]]) -> Response:
        self._number += 1
        fields = [
            ("Via", self._endpoint.via()),
            ("Max-Forwards", "70"),
            ("From", str(self._us.tagged(sip.new_tag()))),
            ("To", str(self._us)),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._number} REGISTER"),
            ("Contact", self._endpoint.contact(self._user)),
            ("Expires", str(expires)),
            ("Allow", ", ".join(sip.METHODS_ALLOWED)),
            *proof,
        ]
        request = Request(method="REGISTER", uri=self._uri, headers=Headers(tuple(fields)))
        return await self._endpoint.ask(request, self._registrar, timeout=ANSWER_WITHIN_S)

    def _granted(self, answer: Response, asked: int) -> float:
        """What the registrar says of our own contact counts, then Expires, then what was asked."""
        ours = Address.parse(self._endpoint.contact(self._user)).uri
        said = answer.headers.first("Expires") or ""
        for contact in answer.headers.listed("Contact"):
            try:
                if Address.parse(contact).uri == ours:
                    said = sip.parameters(contact.rpartition(">")[2].removeprefix(";")).get("expires", said)
            except MalformedMessage:
                continue
        return float(said) if said.isascii() and said.isdigit() and len(said) <= 9 else float(asked)
