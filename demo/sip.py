"""SIP messages (RFC 3261): what is on the wire, read strictly and written so that nothing can be injected."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

MAX_MESSAGE = 65_535
"""Bytes a UDP datagram can carry."""

MAX_HEADERS = 200
"""Header lines in one message; telephones send about fifteen."""

MAX_LINE = 4096
"""Characters in one header line."""

METHODS_ALLOWED = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE")
METHODS_KNOWN = frozenset(
    (*METHODS_ALLOWED, "INFO", "MESSAGE", "NOTIFY", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE")
)

REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    420: "Bad Extension",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    603: "Decline",
}

_COMPACT = {
    "i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length", "c": "content-type",
    "f": "from", "s": "subject", "k": "supported", "t": "to", "v": "via", "x": "session-expires",
}  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ADDRESS = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>\s]+)>\s*(.*)', re.DOTALL)
_URI = re.compile(
    r"sip:(?:([^@\s;?]*)@)?([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?((?:;[^?\s]*)?)(?:\?\S*)?",
    re.ASCII | re.IGNORECASE,
)


class MalformedMessage(ValueError):
    """Bytes or a value that are not SIP."""


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in their order on the wire; names compare without regard to case or compact form."""

    fields: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> list[str]:
        """The values of every header called ``name``, one per line received."""
        wanted = name.lower()
        return [value for key, value in self.fields if _long(key) == wanted]

    def first(self, name: str) -> str | None:
        """The first value of ``name``, or None."""
        values = self.all(name)
        return values[0] if values else None

    def listed(self, name: str) -> list[str]:
        """The values of a header that may also carry several in one line, such as Via or Contact."""
        return [item for value in self.all(name) for item in split_list(value)]

    def need(self, name: str) -> str:
        """The first value of ``name``.

        Raises:
            MalformedMessage: The message has no such header.
        """
        value = self.first(name)
        if value is None:
            raise MalformedMessage(f"no {name} header")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What requests and responses have in common."""

    headers: Headers
    body: bytes = b""

    @property
    def call_id(self) -> str:
        return self.headers.need("Call-ID")

    @property
    def cseq(self) -> tuple[int, str]:
        """The number and method of CSeq."""
        number, _, method = self.headers.need("CSeq").partition(" ")
        method = method.strip()
        if not (number.isascii() and number.isdigit() and len(number) <= 10 and _TOKEN.fullmatch(method)):
            raise MalformedMessage("CSeq is not a number and a method")
        return int(number), method

    @property
    def branch(self) -> str:
        """The transaction's name: the branch of the topmost Via."""
        branch = parameters(self.top_via.partition(";")[2]).get("branch")
        if not branch:
            raise MalformedMessage("the topmost Via has no branch")
        return branch

    @property
    def top_via(self) -> str:
        vias = self.headers.listed("Via")
        if not vias:
            raise MalformedMessage("no Via header")
        return vias[0]

    @property
    def from_(self) -> "Address":
        return Address.parse(self.headers.need("From"))

    @property
    def to(self) -> "Address":
        return Address.parse(self.headers.need("To"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """A SIP request."""

    method: str
    uri: str

    def encode(self) -> bytes:
        """The request as it goes on the wire, with its Content-Length."""
        if not _TOKEN.fullmatch(self.method) or re.search(r"\s", self.uri):
            raise MalformedMessage(f"not a request line: {self.method} {self.uri}")
        return _encode(f"{self.method} {self.uri} SIP/2.0", self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Message):
    """A SIP response."""

    status: int
    reason: str

    def encode(self) -> bytes:
        """The response as it goes on the wire, with its Content-Length."""
        return _encode(f"SIP/2.0 {self.status} {self.reason}", self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A party as From, To and Contact name it: ``"Ana" <sip:ana@host>;tag=…``."""

    uri: str
    display: str = ""
    tag: str | None = None

    @classmethod
    def parse(cls, value: str) -> "Address":
        """Read a header value.

        Raises:
            MalformedMessage: No URI can be found in it.
        """
        found = _ADDRESS.fullmatch(value)
        if found:
            quoted, bare, uri, rest = found.groups()
            display = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
        else:
            uri, _, rest = value.strip().partition(";")
            display, rest = "", f";{rest}"
        if not uri or re.search(r"[\s<>\"]", uri):
            raise MalformedMessage(f"not an address: {value[:80]!r}")
        return cls(
            uri=uri, display=display, tag=parameters(rest.strip().removeprefix(";")).get("tag") or None
        )

    def __str__(self) -> str:
        quoted = self.display.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{quoted}" ' if self.display else ""
        return f"{name}<{self.uri}>" + (f";tag={self.tag}" if self.tag else "")

    def tagged(self, tag: str | None) -> "Address":
        """The same party within a dialog."""
        return replace(self, tag=tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri:
    """The parts of a ``sip:`` URI that routing needs."""

    user: str | None
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Uri":
        """Read a URI.

        Raises:
            MalformedMessage: It is not a ``sip:`` URI with a host.
        """
        found = _URI.fullmatch(text)
        if found is None or int(found[3] or 5060) > 65535:
            raise MalformedMessage(f"not a sip: URI: {text[:80]!r}")
        return cls(user=found[1], host=found[2], port=int(found[3] or 5060))


def parse(data: bytes) -> Request | Response:
    """One datagram as a message with the headers every message needs.

    Raises:
        MalformedMessage: For anything else, whatever the bytes.
    """
    if len(data) > MAX_MESSAGE:
        raise MalformedMessage("longer than a datagram")
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        raise MalformedMessage("no empty line after the headers")
    # A line that begins with white space continues the line before it (RFC 3261, 7.3.1).
    lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", errors="replace")).split("\r\n")
    if len(lines) - 1 > MAX_HEADERS:
        raise MalformedMessage(f"more than {MAX_HEADERS} headers")
    headers = Headers(tuple(_header(line) for line in lines[1:]))
    message = _started(lines[0], headers, _cut(headers, body))
    for needed in ("From", "To", "Call-ID"):
        headers.need(needed)
    message.branch, message.from_, message.to  # noqa: B018 - each raises when it cannot be read
    if isinstance(message, Request) and message.cseq[1] != message.method:
        raise MalformedMessage("CSeq names another method")
    if isinstance(message, Response):
        message.cseq  # noqa: B018
    return message


def _started(line: str, headers: Headers, body: bytes) -> Request | Response:
    words = line.split(" ", 2)
    if len(words) != 3 or _FORBIDDEN.search(line):
        raise MalformedMessage(f"not a start line: {line[:80]!r}")
    if words[0].upper() == "SIP/2.0":
        if not re.fullmatch(r"[1-6][0-9][0-9]", words[1], re.ASCII):
            raise MalformedMessage(f"not a status: {words[1][:20]!r}")
        return Response(status=int(words[1]), reason=words[2], headers=headers, body=body)
    if words[2].upper() != "SIP/2.0" or not _TOKEN.fullmatch(words[0]) or not words[1]:
        raise MalformedMessage(f"not a request line: {line[:80]!r}")
    return Request(method=words[0], uri=words[1], headers=headers, body=body)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon or len(line) > MAX_LINE or not _TOKEN.fullmatch(name):
        raise MalformedMessage(f"not a header: {line[:80]!r}")
    return name, value.strip()


def _cut(headers: Headers, body: bytes) -> bytes:
    length = headers.first("Content-Length")
    if length is None:
        return body
    if not (length.isascii() and length.isdigit() and len(length) <= 5) or int(length) > len(body):
        raise MalformedMessage(f"Content-Length {length[:20]!r} does not fit the datagram")
    return body[: int(length)]


def _encode(start: str, message: Message) -> bytes:
    lines = [start]
    lines += [f"{name}: {value}" for name, value in message.headers.fields if _long(name) != "content-length"]
    lines.append(f"Content-Length: {len(message.body)}")
    for line in lines:
        if _FORBIDDEN.search(line):
            raise MalformedMessage(f"a control character in {line[:80]!r}")
    return "\r\n".join([*lines, "", ""]).encode() + message.body


def _long(name: str) -> str:
    name = name.lower()
    return _COMPACT.get(name, name)


def split_list(value: str) -> list[str]:
    """The items of a comma-separated header; commas within quotes and ``<>`` belong to the item."""
    parts = re.findall(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,])+', value, re.DOTALL)
    return [part.strip() for part in parts if part.strip()]


def parameters(text: str) -> dict[str, str]:
    """``a=1;b="x y";c`` as a mapping with lower-case names; a parameter without a value maps to ''."""
    found: dict[str, str] = {}
    for part in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^;])+', text, re.DOTALL):
        name, _, value = part.partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def reply_headers(request: Request, *, tag: str | None, more: Iterable[tuple[str, str]] = ()) -> Headers:
    """The headers a response copies from its request, with our tag on To unless one is there."""
    to = request.headers.need("To")
    if tag and request.to.tag is None:
        to = f"{to};tag={tag}"
    copied = [("Via", value) for value in request.headers.listed("Via")]
    copied += [("From", request.headers.need("From")), ("To", to), ("Call-ID", request.call_id)]
    copied += [("CSeq", request.headers.need("CSeq")), *more]
    return Headers(tuple(copied))


def new_branch() -> str:
    """A transaction's name that nothing else in the world has."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def new_tag() -> str:
    """A dialog end's name."""
    return secrets.token_hex(6)
