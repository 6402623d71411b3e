"""The Asterisk Manager Interface as bytes: actions out, messages in. Pure: no socket, no clock.

Both directions are strict. Outwards, a header that could smuggle a second action, or that Asterisk would cut
short in silence, is refused before anything is sent. Inwards, every size has a limit, so that a broken or
hostile peer costs a link and never the engine's memory.
"""

import re
from collections.abc import Iterable, Iterator

MAX_ACTION_LINE_BYTES = 1000
"""Asterisk answers a line over about 1,015 bytes with an error that carries no ActionID."""
MAX_ACTION_HEADERS = 120
"""Asterisk drops what follows the 128th header of an action in silence."""

MAX_MESSAGE_BYTES = 256 * 1024
MAX_LINE_BYTES = 64 * 1024
MAX_HEADERS = 1024

REMEMBERED_LINES = 2048
REMEMBERED_LINE_BYTES = 256

BANNER_PREFIX = b"Asterisk Call Manager/"
MAX_BANNER_BYTES = 128

_EOL = b"\r\n"
_END = b"\r\n\r\n"
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_OWN_HEADERS = frozenset({"action", "actionid"})
_VARIABLE_HEADERS = frozenset({"ChanVariable", "DestChanVariable"})


class FramingError(Exception):
    """The peer's bytes are not AMI, or exceed a limit: nothing after them can be trusted."""


class UnsafeHeader(ValueError):
    """An action's header would not reach Asterisk as written, or would reach it as something else."""


def encode_action(name: str, headers: Iterable[tuple[str, str]], action_id: str) -> bytes:
    """One action, ready to be written.

    Raises ``UnsafeHeader`` for CR, LF or NUL anywhere, a malformed header name, a second ``Action`` or
    ``ActionID``, a line over 1,000 bytes, more than 120 headers, or text that UTF-8 cannot carry.
    """
    lines = [_line("Action", name), _line("ActionID", action_id)]
    for header, value in headers:
        if header.lower() in _OWN_HEADERS:
            raise UnsafeHeader(f"action {name}: header {header!r} is set by the client itself")
        lines.append(_line(header, value))
    if len(lines) > MAX_ACTION_HEADERS:
        raise UnsafeHeader(
            f"action {name}: {len(lines)} headers; Asterisk keeps {MAX_ACTION_HEADERS} at most"
        )
    return _EOL.join(lines) + _END


def _line(header: str, value: str) -> bytes:
    if _HEADER_NAME.fullmatch(header) is None:
        raise UnsafeHeader(f"{header!r} is not a header name")
    if _FORBIDDEN.search(value):
        raise UnsafeHeader(f"header {header}: CR, LF or NUL in {value[:80]!r}")
    try:
        line = f"{header}: {value}".encode()
    except UnicodeEncodeError as error:
        raise UnsafeHeader(f"header {header}: {error.reason}") from None
    if len(line) > MAX_ACTION_LINE_BYTES:
        raise UnsafeHeader(f"header {header}: line of {len(line)} bytes, {MAX_ACTION_LINE_BYTES} at most")
    return line


def split_banner(received: bytes) -> tuple[str, bytes] | None:
    """The version the peer greets with and the bytes after the greeting; None while more is needed.

    Raises ``FramingError`` as soon as the bytes cannot become an AMI greeting.
    """
    line, eol, rest = received.partition(_EOL)
    if not line.startswith(BANNER_PREFIX[: len(line)]) or len(line) > MAX_BANNER_BYTES:
        raise FramingError(f"the peer is no Asterisk manager: it greets with {line[:60]!r}")
    if not eol:
        return None
    if len(line) < len(BANNER_PREFIX):
        raise FramingError(f"the peer is no Asterisk manager: it greets with {line[:60]!r}")
    return line[len(BANNER_PREFIX) :].decode("ascii", errors="replace"), rest


class Deframer:
    """Cuts a byte stream into messages, however the network split it.

    A message is a dict of header to value. Its first key is ``Response`` or ``Event`` and says which of the
    two it is; a message that starts otherwise is noise and skipped. Of a repeated header the first value
    counts (a later one may be forged through a caller's data), except that every ``ChanVariable: NAME=value``
    becomes a key ``ChanVariable(NAME)``, likewise ``DestChanVariable``.
    """

    def __init__(self, *, wanted: frozenset[str] | None) -> None:
        """``wanted``: names of the events to keep, None for all. Responses are always kept, and so are events
        with an ``ActionID``, since they answer somebody.
        """
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._rest = bytearray()
        self._scanned = 0
        self._lines = _Lines()

    def feed(self, data: bytes) -> list[dict[str, str]]:
        """The messages completed by ``data``, in stream order.

        Raises ``FramingError`` when a limit is exceeded; the deframer is of no use afterwards.
        """
        return list(self.messages(data))

    def messages(self, data: bytes) -> Iterator[dict[str, str]]:
        """The same one by one: each is made when it is asked for, so that many need not be made at once. They
        are all to be asked for before more is fed.
        """
        rest = self._rest
        rest += data
        cut = rest.rfind(_END, self._scanned)
        complete = b""
        if cut >= 0:
            complete = bytes(rest[:cut])
            del rest[: cut + len(_END)]
        if len(rest) >= MAX_MESSAGE_BYTES + len(_END):
            size = len(rest)
            rest.clear()
            raise FramingError(f"a message of {size} bytes has no end; {MAX_MESSAGE_BYTES} at most")
        # An end may straddle two reads: look again at no more than its first three bytes.
        self._scanned = max(0, len(rest) - len(_END) + 1)
        if complete:
            yield from self._messages(complete)

    def _messages(self, complete: bytes) -> Iterator[dict[str, str]]:
        wanted = self._wanted
        for message in complete.split(_END):
            if len(message) > MAX_LINE_BYTES:
                _check_sizes(message)
            plain_event = message.startswith(b"Event: ")
            if plain_event and wanted is not None:
                eol = message.find(_EOL)
                name = message[7:eol] if eol >= 0 else message[7:]
                if name not in wanted and b"\r\nActionID: " not in message:
                    continue
            headers = self._parse(message)
            if plain_event or self._keeps(headers):
                yield headers

    def _parse(self, message: bytes) -> dict[str, str]:
        lines = message.split(_EOL)
        if len(lines) > MAX_HEADERS:
            raise FramingError(f"a message of {len(lines)} headers; {MAX_HEADERS} at most")
        headers = dict(map(self._lines.__getitem__, lines))
        if len(headers) != len(lines) or "" in headers:
            headers = _first_of_each(self._lines[line] for line in lines)
        return headers

    def _keeps(self, headers: dict[str, str]) -> bool:
        kind = next(iter(headers), None)
        if kind == "Event":
            unnamed = "ActionID" not in headers
            return self._wanted is None or not unnamed or headers["Event"].encode() in self._wanted
        return kind == "Response"


class _Lines(dict[bytes, tuple[str, str]]):
    """Lines to header and value, remembered: in a real stream nine of ten lines came a moment ago already.

    A whole line is decoded at once: bytes that are not UTF-8 become U+FFFD and cost nothing beside them.
    Lines end with CRLF alone: `str.splitlines` would also cut at U+2028 and others that names may hold.
    """

    def __missing__(self, line: bytes) -> tuple[str, str]:
        pair = _header(line.decode("utf-8", errors="replace"))
        if len(line) <= REMEMBERED_LINE_BYTES:
            if len(self) >= REMEMBERED_LINES:
                self.clear()
            self[line] = pair
        return pair


def _header(line: str) -> tuple[str, str]:
    """Name and value; the name is empty when the line has none."""
    name, separator, value = line.partition(":")
    if not separator:
        return "", ""
    value = value.removeprefix(" ")
    if name in _VARIABLE_HEADERS:
        variable, _, value = value.partition("=")
        return f"{name}({variable})", value
    return name, value


def _first_of_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        if name and name not in headers:
            headers[name] = value
    return headers


def _check_sizes(message: bytes) -> None:
    if len(message) > MAX_MESSAGE_BYTES:
        raise FramingError(f"a message of {len(message)} bytes; {MAX_MESSAGE_BYTES} at most")
    longest = max(map(len, message.split(_EOL)))
    if longest > MAX_LINE_BYTES:
        raise FramingError(f"a line of {longest} bytes; {MAX_LINE_BYTES} at most")
