"""What flows ask, answered: services over HTTP by their names in the configuration, and customers.

A service is hostile until it has answered well: its answer is read up to a size and never unpacked,
redirects are not followed, cookies not kept, and whoever asks sets the time. What callers typed reaches it
percent-encoded in the path and the query, or as JSON in the body.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import NoReturn
from urllib.parse import quote, urlencode

import httpx

from cti.config_ivr import ServiceConfig
from cti.customers import DirectoryUnavailable
from cti.no_cookies import NoCookies
from ivr.happenings import Answered, NothingThere
from ivr.lookups import NoAnswer
from ivr.question import CustomerQuestion, Json, Question, ServiceQuestion
from ivr.values import Secret

MOST_BYTES = 65_536
MOST_CHARACTERS_ASKED = 4_000
"""Of a path with its query."""
CUSTOMERS_AT_ONCE = 20

Customers = Callable[[str], Awaitable[Json]]
"""What is known of who has a number; None: nobody has it. Raises DirectoryUnavailable."""


class LookupDesk:
    """Implements :class:`ivr.lookups.Lookups`."""

    def __init__(self, services: Mapping[str, ServiceConfig], customers: Customers) -> None:
        # It tells the log every address it asks; ours hold what callers typed.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._services = {name: _Service(config) for name, config in services.items()}
        self._customers = customers
        self._asking: set[asyncio.Task[Json]] = set()

    async def ask(self, question: Question, key: str) -> Answered | NothingThere:
        """Ask once.

        Raises:
            NoAnswer: see there.
        """
        if isinstance(question, CustomerQuestion):
            return await self._customer(question.number)
        service = self._services.get(question.service)
        if service is None:
            raise NoAnswer(f"no service is called '{question.service}'")
        return await service.ask(question, key)

    async def close(self) -> None:
        """Let go of connections."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        for service in self._services.values():
            await service.close()

    async def _customer(self, number: str) -> Answered | NothingThere:
        """In a task of its own: a caller who cannot wait any longer leaves the database to finish."""
        if len(self._asking) >= CUSTOMERS_AT_ONCE:
            raise NoAnswer("too many questions at once", again=True)
        task = asyncio.ensure_future(self._customers(number))
        self._asking.add(task)
        task.add_done_callback(self._asked)
        try:
            found = await asyncio.shield(task)
        except DirectoryUnavailable as error:
            raise NoAnswer(str(error), again=True) from error
        return NothingThere() if found is None else Answered(data=found)

    def _asked(self, task: asyncio.Task[Json]) -> None:
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits hears of it; for nobody else it is of interest


class _Service:
    """One service and the connections to it."""

    def __init__(self, config: ServiceConfig) -> None:
        self._url = httpx.URL(config.url)
        self._most = config.most_at_once
        self._asking = 0
        token = {"Authorization": f"Bearer {config.token}"} if config.token else {}
        self._http = httpx.AsyncClient(
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **config.headers, **token},
            limits=httpx.Limits(max_connections=self._most, max_keepalive_connections=self._most),
            cookies=NoCookies(),
            timeout=None,  # noqa: S113 - who asks sets the limit, for all of the answer
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(self, question: ServiceQuestion, key: str) -> Answered | NothingThere:
        if self._asking >= self._most:
            raise NoAnswer("too many questions at once", again=True)
        request = self._request(question, key)
        self._asking += 1
        try:
            answer = await self._http.send(request, stream=True)
            try:
                return await _understood(answer)
            finally:
                await answer.aclose()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise NoAnswer(f"cannot be reached: {type(error).__name__}", again=True) from None
        finally:
            self._asking -= 1

    async def close(self) -> None:
        await self._http.aclose()

    def _request(self, question: ServiceQuestion, key: str) -> httpx.Request:
        path, _, query = self._url.raw_path.decode().partition("?")
        more = urlencode(question.query, quote_via=quote, safe="", errors="replace")
        query = "&".join(part for part in (query, more) if part)
        asked = path.removesuffix("/") + question.path if question.path else path
        asked += f"?{query}" if query else ""
        if len(asked) > MOST_CHARACTERS_ASKED:
            raise NoAnswer(f"a path of more than {MOST_CHARACTERS_ASKED} characters")
        try:
            url = self._url.copy_with(raw_path=asked.encode("ascii"))
        except (httpx.InvalidURL, UnicodeEncodeError):
            raise NoAnswer("a path that cannot be sent") from None
        headers, body = {}, None
        if question.method != "GET":
            headers["Idempotency-Key"] = key
        if question.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(dict(question.body), default=_written).encode()
        return self._http.build_request(question.method, url, headers=headers, content=body)


def _written(value: object) -> str:
    """What JSON has no word for. Money is text there, so that nobody rounds it."""
    match value:
        case Secret():
            return value.reveal()
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            raise AssertionError(f"no variable of a flow is a {type(value).__name__}")


async def _understood(answer: httpx.Response) -> Answered | NothingThere:
    status = answer.status_code
    if status == 404:
        return NothingThere()
    if not 200 <= status < 300:
        raise NoAnswer(f"it says {status}", again=status >= 500 or status == 429)
    if status == 204:
        return Answered(data=None)
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise NoAnswer("its answer is compressed, though it was not asked to")
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise NoAnswer(f"its answer is longer than {MOST_BYTES} bytes")
    try:
        data: Json = json.loads(bytes(body), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError):
        raise NoAnswer("its answer is not JSON") from None
    return Answered(data=data)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
