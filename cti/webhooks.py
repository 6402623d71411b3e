"""Webhooks: somebody else's service is told what happens to campaigns and leads, over HTTP.

History is the store's business, and ``GET /leads/export`` gives back everything; here a service hears of it
at once. Each has a queue of its own, in order and of so many events at most: while it is away the oldest are
dropped and counted, and what waits when the engine stops is not sent. It may hear of an event twice, when its
answer was lost, and knows it again by run and seq.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

import httpx

from cti.codec import encode, small_name
from cti.config_webhooks import WebhookConfig
from cti.envelope import Envelope
from cti.no_cookies import NoCookies
from dialer.events import DialerEvent

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events kept for one service."""
AT_ONCE = 100
"""Events in one request."""
ANSWER_WITHIN_S = 10.0
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Between attempts to send the same events; when they are over, the events are dropped."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {small_name(kind): kind for kind in get_args(DialerEvent)}
_AGAIN = frozenset({408, 425, 429})
"""Answers below 500 that mean: later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookStatus:
    """For the health page."""

    name: str
    waiting: int
    dropped: int
    """Events that were never taken."""
    reason: str | None
    """Why the latest were not; None: they were."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What ``Callwright-Signature`` says: HMAC-SHA256 of timestamp, a dot and the body, in hexadecimals."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """One service that is told."""

    def __init__(
        self,
        name: str,
        config: WebhookConfig,
        now_s: Callable[[], float],
        *,
        pauses_s: Sequence[float] = PAUSES_S,
        most_waiting: int = MOST_WAITING,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        """``name``: for health and the log, as its address may be a secret. ``now_s``: seconds since 1970,
        for the signature.
        """
        self.name = name
        self._config, self._now_s, self._pauses_s = config, now_s, pauses_s
        self._kinds = frozenset(_KINDS[name] for name in config.events)
        self._waiting: deque[Envelope] = deque()
        self._most, self._answer_within_s = most_waiting, answer_within_s
        self._dropped = 0
        self._reason: str | None = None
        self._news = asyncio.Event()

    @property
    def status(self) -> WebhookStatus:
        """Whether the service takes what it is told."""
        return WebhookStatus(
            name=self.name, waiting=len(self._waiting), dropped=self._dropped, reason=self._reason
        )

    def offer(self, envelope: Envelope) -> None:
        """Send the envelope's event soon, if it is one of those that are wanted. Never waits."""
        message = envelope.message
        if type(message) not in self._kinds:
            return
        wanted = self._config.campaigns
        if wanted and getattr(message, "campaign_id", None) not in wanted:
            return
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(envelope)
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with httpx.AsyncClient(
            timeout=self._answer_within_s, follow_redirects=False, trust_env=False, cookies=NoCookies()
        ) as http:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._waiting:
                    await self._deliver(http)

    async def _deliver(self, http: httpx.AsyncClient) -> None:
        """The oldest events, until they are taken or given up."""
        some = [self._waiting[at] for at in range(min(AT_ONCE, len(self._waiting)))]
        for pause in (*self._pauses_s, None):
            again, reason = await self._send(http, some)
            if reason is None:
                if self._reason is not None:
                    log.info("%s takes events again", self.name)
                self._reason = None
                self._forget(some)
                return
            if reason != self._reason:
                log.warning("%s: %s", self.name, reason)
            self._reason = reason
            if not again or pause is None:
                break
            await asyncio.sleep(pause)
        dropped = self._forget(some)
        self._dropped += dropped
        log.warning("%s: %d events were given up: %s", self.name, dropped, self._reason)

    def _forget(self, some: Sequence[Envelope]) -> int:
        """Take them out; some may have been dropped meanwhile, as there were too many."""
        gone = 0
        for one in some:
            if self._waiting and self._waiting[0] is one:
                self._waiting.popleft()
                gone += 1
        return gone

    async def _send(self, http: httpx.AsyncClient, some: Sequence[Envelope]) -> tuple[bool, str | None]:
        """Whether it may be worth trying again, and why they were not taken; None: they were."""
        body = json.dumps({"events": [_told(one) for one in some]}, separators=(",", ":")).encode()
        timestamp = str(int(self._now_s()))
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "callwright",
            "Callwright-Timestamp": timestamp,
            "Callwright-Signature": f"sha256={signature(self._config.secret, timestamp, body)}",
        }
        try:
            async with (
                asyncio.timeout(self._answer_within_s),
                http.stream("POST", self._config.url, content=body, headers=headers) as answer,
            ):
                if answer.is_success:
                    with suppress(httpx.HTTPError):
                        await answer.aclose()  # whatever it says besides is not read
                    return False, None
                again = answer.status_code >= 500 or answer.status_code in _AGAIN
                return again, f"it says {answer.status_code}"
        except TimeoutError:
            return True, f"it did not answer within {self._answer_within_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return True, f"it cannot be reached: {type(error).__name__}"


def _told(envelope: Envelope) -> dict[str, object]:
    """An event as :mod:`cti.mqtt` tells it."""
    at = (_EPOCH + timedelta(microseconds=envelope.at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    about: dict[str, object] = {"run": envelope.run, "seq": envelope.seq, "at": at, "cause": envelope.cause}
    return {**about, "event": small_name(type(envelope.message)), **encode(envelope.message)}
