"""The gateway by which campaigns' texts go out: somebody else's service, over HTTP.

A text is offered under its own name (``Idempotency-Key``), so that one whose answer was lost may be offered
again; the dialer never orders the same one twice. Before each offer the gate is asked: he may be listed by
now.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

import httpx

from acd.instant import Instant, Span, after, seconds
from cti.config_texts import TextsConfig
from cti.dial_gate import DialGate
from cti.line_placer import of_rules
from cti.messages import Signal
from cti.no_cookies import NoCookies
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Refused
from dialer.ids import AttemptId
from dialer.orders import SendText
from dialer.signals import TextFailed, TextSent

log = logging.getLogger(__name__)

MOST_WAITING = 500
"""Texts that wait to be offered; the dialer has fewer under way."""
OFFERED_AT_ONCE = 4
ANSWER_WITHIN_S = 10.0
PAUSES_S = (1.0, 4.0, 15.0)
"""Between offers of the same text; when they are over it has failed."""
TELL_AGAIN_S, TELL_TIMES = 0.1, 50
"""How long, and how often, a full inbox of the floor is waited for."""
LATER = seconds(300)
"""When texts are tried again that the gateway takes from nobody like us."""

_AGAIN = frozenset({408, 409, 425, 429})
"""Answers below 500 that mean: later."""
_NOT_FROM_US = frozenset({401, 402, 403, 407})
"""It is not about the number: the token is wrong, or nobody has paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsStatus:
    """For the health page."""

    waiting: int
    """Texts that are ordered and have no answer yet, those that are being offered among them."""
    reason: str | None
    """Why the latest was not taken, where that says something of the gateway; None: it was."""


class Answer(Enum):
    """What the gateway says to an offer."""

    TAKEN = "taken"
    AGAIN = "again"
    """It is away, or busy; or nobody knows whether it was taken."""
    NOT_FROM_US = "not_from_us"
    NEVER = "never"


class TextGateway:
    """One for the house."""

    def __init__(
        self,
        config: TextsConfig,
        *,
        gate: DialGate,
        now: Callable[[], Instant],
        post: Callable[[Signal], bool],
        wanted: Callable[[AttemptId], bool],
        pauses_s: Sequence[float] = PAUSES_S,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        """``post`` tells the floor. ``wanted``: whether a text is still to be sent; who has responded
        meanwhile gets none.
        """
        self._config, self._gate, self._now, self._post, self._wanted = config, gate, now, post, wanted
        self._pauses_s, self._answer_within_s = pauses_s, answer_within_s
        self._waiting: asyncio.Queue[SendText] = asyncio.Queue(MOST_WAITING)
        self._reason: str | None = None
        self._offered = 0
        """Texts that are being offered, or rest between two offers."""

    @property
    def status(self) -> TextsStatus:
        """Whether the gateway takes texts."""
        return TextsStatus(waiting=self._waiting.qsize() + self._offered, reason=self._reason)

    def carry_out(self, order: SendText) -> None:
        """Send it soon. Never waits."""
        try:
            self._waiting.put_nowait(order)
        except asyncio.QueueFull:
            self._post(self._later(order, "too many texts wait"))

    async def run(self) -> None:
        """Send until cancelled. What waits then counts as sent after a restart: nobody gets a text twice."""
        async with (
            httpx.AsyncClient(
                timeout=self._answer_within_s, follow_redirects=False, trust_env=False, cookies=NoCookies()
            ) as http,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(OFFERED_AT_ONCE):
                group.create_task(self._work(http))

    async def _work(self, http: httpx.AsyncClient) -> None:
        while True:
            order = await self._waiting.get()
            self._offered += 1
            try:
                await self._tell(await self._send(http, order))
            finally:
                self._offered -= 1

    async def _tell(self, news: Signal) -> None:
        for _ in range(TELL_TIMES):
            if self._post(news):
                return
            await asyncio.sleep(TELL_AGAIN_S)
        log.error("the floor has no room to hear what became of a text: %s", news)

    async def _send(self, http: httpx.AsyncClient, order: SendText) -> TextSent | TextFailed:
        """Offer it until there is an answer that counts."""
        if self._config.url is None:
            return self._later(order, "there is no gateway for texts (texts.url)")
        why = ""
        for pause in (*self._pauses_s, None):
            refused = await self._may_not(order)
            if refused is not None and not why:
                return refused
            if refused is not None:  # it was offered before, and may have been taken
                return TextFailed(text_id=order.text_id, why=f"{why}; {refused.why}", never=refused.never)
            answer, why = await self._offer(http, self._config.url, order)
            self._remark(None if answer in (Answer.TAKEN, Answer.NEVER) else why)
            match answer:
                case Answer.TAKEN:
                    return TextSent(text_id=order.text_id)
                case Answer.NEVER:
                    return TextFailed(text_id=order.text_id, why=why, never=True)
                case Answer.NOT_FROM_US:
                    return self._later(order, why)
                case Answer.AGAIN:
                    if pause is not None:
                        await asyncio.sleep(pause)
        return TextFailed(text_id=order.text_id, why=why, never=False)

    async def _may_not(self, order: SendText) -> TextFailed | None:
        """Why it must not be sent now; None: it may. Asked at every offer."""
        if not self._wanted(order.text_id):
            return self._later(order, "it is not wanted any more", Span(0))
        asked = DialRequest(
            attempt_id=order.text_id,
            number=order.number,
            purpose=Purpose.TEXT,
            ring_for=Span(0),
            campaign_id=order.campaign_id,
            lead_id=order.lead_id,
            lead_zone=order.zone,
            profile=order.profile,
        )
        verdict = await self._gate.look(asked, 0)
        if not isinstance(verdict, Refused):
            return None
        return TextFailed(
            text_id=order.text_id,
            why=verdict.told,
            never=verdict.until is None,
            of_rules=of_rules(verdict, verdict.reasons),
            until=verdict.until,
        )

    def _later(self, order: SendText, why: str, wait: Span = LATER) -> TextFailed:
        return TextFailed(text_id=order.text_id, why=why, never=False, until=after(self._now(), wait))

    def _remark(self, reason: str | None) -> None:
        if reason != self._reason and reason is not None:
            log.warning("the gateway for texts: %s", reason)
        elif reason != self._reason:
            log.info("the gateway for texts takes texts again")
        self._reason = reason

    async def _offer(self, http: httpx.AsyncClient, url: str, order: SendText) -> tuple[Answer, str]:
        told = {"id": order.text_id, "to": order.number, "text": order.text}
        if self._config.sender is not None:
            told["from"] = self._config.sender
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "callwright",
            "Idempotency-Key": order.text_id,
        }
        if self._config.token is not None:
            headers["Authorization"] = f"Bearer {self._config.token}"
        try:
            async with (
                asyncio.timeout(self._answer_within_s),
                http.stream("POST", url, content=json.dumps(told).encode(), headers=headers) as answer,
            ):
                with suppress(httpx.HTTPError):
                    await answer.aclose()  # whatever it says besides is not read
                return _meant(answer.status_code), f"the gateway says {answer.status_code}"
        except TimeoutError:
            return Answer.AGAIN, f"the gateway did not answer within {self._answer_within_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Answer.AGAIN, f"the gateway cannot be reached: {type(error).__name__}"


def _meant(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer.TAKEN
    if status >= 500 or status in _AGAIN:
        return Answer.AGAIN
    return Answer.NEVER if status >= 400 and status not in _NOT_FROM_US else Answer.NOT_FROM_US
