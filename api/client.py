"""A small client of the API, for the command line."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

TIMEOUT_S = 10.0


class Unreachable(Exception):
    """No engine answers there."""


class NotAuthorised(Exception):
    """The engine does not take this token."""


class SaidNo(Exception):
    """The engine understood and refused, or knows no such thing; the text says why."""


class EngineClient:
    """Speaks with one engine, in a ``with`` block. Without a token only its health can be asked for."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self.address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
        self._http = httpx.Client(
            base_url=self.address,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT_S,
            trust_env=False,  # the engine is here or next door: no proxy knows the way
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, *path: str, params: Mapping[str, Any] | None = None) -> Any:
        """What is at a path, given part by part, with a query.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        return self._ask("GET", path, None, params=params)

    def look(self, *path: str) -> Any:
        """What is at a path; None when there is no such thing, or nobody can tell now.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        answer = self._send("GET", path, None, None, None)
        content = self._content(answer)
        if answer.is_success:
            return content
        if answer.status_code in (404, 503):
            return None
        raise self._refusal(answer)

    def put(self, *path: str, body: dict[str, Any]) -> Any:
        """Set what is at a path; what it is then.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        return self._ask("PUT", path, body)

    def post(self, *path: str, body: Any = None) -> Any:
        """Have something done; what came of it.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        return self._ask("POST", path, body)

    def fetch(self, *path: str, params: Mapping[str, Any] | None = None) -> bytes:
        """The file at a path.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        answer = self._send("GET", path, None, params, None)
        if not answer.is_success:
            raise self._refusal(answer)
        return answer.content

    def delete(self, *path: str, params: Mapping[str, Any] | None = None) -> None:
        """Take back what is at a path.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        self._ask("DELETE", path, None, params=params)

    def take_away(self, *path: str) -> Any:
        """Delete what is at a path; what went with it.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        return self._ask("DELETE", path, None)

    def send_csv(self, *path: str, text: str, params: Mapping[str, Any]) -> Any:
        """Hand over a list; what became of it.

        Raises:
            Unreachable, NotAuthorised, SaidNo: see there.
        """
        return self._ask("POST", path, None, params=params, text=text)

    def health(self) -> Any:
        """The health report, also of an engine that is down.

        Raises:
            Unreachable: no engine answers.
        """
        return self._ask("GET", ("health",), None, fine=(503,))

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        body: dict[str, Any] | None,
        fine: tuple[int, ...] = (),
        params: Mapping[str, Any] | None = None,
        text: str | None = None,
    ) -> Any:
        answer = self._send(method, path, body, params, text)
        content = self._content(answer)
        if answer.is_success or answer.status_code in fine:
            return content
        raise self._refusal(answer)

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        body: dict[str, Any] | None,
        params: Mapping[str, Any] | None,
        text: str | None,
    ) -> httpx.Response:
        url = "/" + "/".join(_quoted(part) for part in path)
        try:
            if text is None:
                return self._http.request(method, url, json=body, params=params)
            csv = {"Content-Type": "text/csv; charset=utf-8"}
            return self._http.request(method, url, content=text.encode(), headers=csv, params=params)
        except httpx.TimeoutException:
            raise Unreachable(f"{self.address} did not answer within {TIMEOUT_S:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"no engine answers at {self.address}: {error}") from None

    def _content(self, answer: httpx.Response) -> Any:
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise Unreachable(f"what answers at {self.address} is no Callwright engine") from None

    def _refusal(self, answer: httpx.Response) -> NotAuthorised | SaidNo:
        if answer.status_code == 401:
            return NotAuthorised(f"{self.address} does not take this token")
        return SaidNo(_detail(self._content(answer)))


def _quoted(part: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-+") else _escaped(c) for c in part)


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def _detail(content: Any) -> str:
    detail = content.get("detail") if isinstance(content, dict) else None
    if isinstance(detail, list):
        return "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
    return str(detail)
