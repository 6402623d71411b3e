"""Asterisk's Gateway Interface as bytes: how requests, commands and answers look. Waits for nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_COMMAND_BYTES = 2000
"""Asterisk reads a command into 2,048 bytes."""
MAX_USAGE_LINES = 100
"""Lines of a multi-line 520 answer."""
UNKNOWN = "unknown"

_ANSWER = re.compile(r"([0-9]{3})([ -]|$)(.*)", re.DOTALL)
_RESULT = re.compile(r"result=([^ ()]*)(?: ?\((.*)\))?(?: endpos=([0-9]{1,18}))?", re.DOTALL)
_CALL_ID = re.compile(r"[0-9A-Za-z._-]{1,150}")
_NUMBER = re.compile(r"[+0-9A-Za-z.@_-]{1,64}")
_PLAIN_VALUE = re.compile(r"[0-9A-Za-z._:*#+-]{1,1000}")
_KEY = re.compile(r"[0-9*#]")
_FORBIDDEN = re.compile(r"[\r\n\0]")


class ProtocolError(Exception):
    """The peer said something that is not AGI. The conversation cannot go on."""


class UnsafeArgument(ValueError):
    """An argument that would end the command early or cannot be sent; nothing was sent."""


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """What Asterisk says first: the ``agi_…`` variables of a channel."""

    variables: Mapping[str, str]

    @property
    def script(self) -> str:
        """The path asked for, without a query: ``ivr`` of ``agi://host/ivr?x=1``."""
        return self.variables.get("agi_network_script", "").partition("?")[0]

    @property
    def call_id(self) -> str | None:
        """The channel's unique id; None when there is no usable one."""
        uid = self.variables.get("agi_uniqueid", "")
        return uid if _CALL_ID.fullmatch(uid) else None

    @property
    def dialled(self) -> str:
        """The number the caller dialled: the first argument of the dialplan's AGI()."""
        return number(self.variables.get("agi_arg_1", ""))

    @property
    def node(self) -> str:
        """The node of his flow that handed him to a queue: the second argument, where there is one."""
        return self.variables.get("agi_arg_2", "")

    @property
    def treatment(self) -> str:
        """The flow that talks with him while he waits: the third argument, where there is one."""
        return self.variables.get("agi_arg_3", "")

    @property
    def key(self) -> str | None:
        """The key he pressed while he heard music: the fourth argument, where there is one."""
        key = self.variables.get("agi_arg_4", "")
        return key if _KEY.fullmatch(key) else None

    @property
    def language(self) -> str:
        """What Asterisk looks for its sounds in."""
        return self.variables.get("agi_language", "")

    def argument(self, place: int) -> str:
        """An argument of the dialplan's AGI(), counted from 1."""
        return self.variables.get(f"agi_arg_{place}", "")

    @property
    def caller(self) -> str:
        """The caller's number, as far as it can be believed; ``unknown`` otherwise."""
        return number(self.variables.get("agi_callerid", ""))


def number(said: str) -> str:
    """A number or address a stranger sent, bare of spaces and brackets; ``unknown`` if still odd."""
    bare = re.sub(r"[ ()]", "", said)
    return bare if _NUMBER.fullmatch(bare) else UNKNOWN


@dataclass(slots=True)
class RequestReader:
    """Takes a request line by line."""

    max_lines: int
    _variables: dict[str, str] = field(default_factory=dict)
    _lines: int = 0

    def take(self, line: bytes) -> AgiRequest | None:
        """The request, once ``line`` was the empty one that ends it.

        The first of two variables of one name counts: the later ones of a request come from the caller.

        Raises:
            ProtocolError: not a request.
        """
        text = _text(line)
        if not text:
            return AgiRequest(MappingProxyType(self._variables))
        self._lines += 1
        if self._lines > self.max_lines:
            raise ProtocolError(f"more than {self.max_lines} lines in a request")
        name, colon, value = text.partition(":")
        if not colon or not name.startswith("agi_"):
            raise ProtocolError("a line of a request is not 'agi_name: value'")
        self._variables.setdefault(name, value.removeprefix(" "))
        return None


@dataclass(frozen=True, slots=True)
class Hangup:
    """The caller is gone. Not an answer: the answer to a command under way still comes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one command."""

    code: int
    """200: carried out; 510: unknown command; 511: not on a channel that is hung up; 520: wrong syntax."""
    result: str = ""
    """As sent: ``1``, ``-1``, a key's ASCII code, or nothing at all."""
    note: str | None = None
    """What stood in brackets: ``timeout``, or a variable's value."""
    endpos: int | None = None
    """How far a sound was played, in samples."""

    @property
    def carried_out(self) -> bool:
        """Asterisk knew the command and could do it."""
        return self.code == 200 and self.result not in {"", "-1"}

    @property
    def dead_channel(self) -> bool:
        """The channel is hung up: only variables can still be read and set."""
        return self.code == 511

    @property
    def failed(self) -> bool:
        """``-1``: the caller hung up meanwhile, or was sent elsewhere."""
        return self.code == 200 and self.result == "-1"

    @property
    def timed_out(self) -> bool:
        """``(timeout)``: no (further) key came in time."""
        return self.code == 200 and self.note == "timeout"

    @property
    def key(self) -> str | None:
        """The key pressed, when the result is a key's ASCII code.

        Raises:
            ProtocolError: the result is no number, or no key has this code.
        """
        if self.timed_out:
            return None
        if not re.fullmatch(r"-?[0-9]{1,9}", self.result):
            raise ProtocolError(f"expected a key's code, got {self.result[:20]!r}")
        code = int(self.result)
        if code <= 0:
            return None
        if code > 127 or chr(code) not in "0123456789*#ABCD":
            raise ProtocolError(f"no key has the code {code}")
        return chr(code)


@dataclass(slots=True)
class AnswerReader:
    """Takes answers line by line, those of several lines included."""

    _usage_lines: int = 0

    @property
    def unfinished(self) -> bool:
        """An answer of several lines has begun and not ended."""
        return self._usage_lines > 0

    def take(self, line: bytes) -> Answer | Hangup | None:
        """The answer that ``line`` completes; None: more lines belong to it, or it says nothing.

        Raises:
            ProtocolError: not an answer.
        """
        text = _text(line)
        if text == "HANGUP":
            return Hangup()
        if self._usage_lines:
            return self._usage(text)
        parts = _ANSWER.fullmatch(text)
        if parts is None:
            raise ProtocolError(f"not an answer: {text[:40]!r}")
        code, more, rest = int(parts[1]), parts[2] == "-", parts[3]
        if more and code == 520:
            self._usage_lines = 1
            return None
        if code < 200:
            return None
        if more:
            raise ProtocolError(f"an answer {code} of several lines")
        return _result(rest) if code == 200 else Answer(code)

    def _usage(self, text: str) -> Answer | None:
        self._usage_lines += 1
        if text.startswith("520 "):
            self._usage_lines = 0
            return Answer(520)
        if self._usage_lines > MAX_USAGE_LINES:
            raise ProtocolError(f"more than {MAX_USAGE_LINES} lines of usage")
        return None


def command(verb: str, *arguments: str) -> bytes:
    """One command, ready to send. ``verb`` is ours; ``arguments`` may come from anywhere.

    Raises:
        UnsafeArgument: an argument holds CR, LF or NUL, is not Unicode text, or the command is too long.
    """
    if any(_FORBIDDEN.search(argument) for argument in arguments):
        raise UnsafeArgument(f"{verb}: an argument holds CR, LF or NUL")
    quoted = ['"' + a.replace("\\", "\\\\").replace('"', '\\"') + '"' for a in arguments]
    try:
        line = " ".join((verb, *quoted)).encode() + b"\n"
    except UnicodeEncodeError:
        raise UnsafeArgument(f"{verb}: an argument is not Unicode text") from None
    if len(line) > MAX_COMMAND_BYTES:
        raise UnsafeArgument(f"{verb}: longer than {MAX_COMMAND_BYTES} bytes")
    return line


def assignment(values: Mapping[str, str]) -> str:
    """The argument of Asterisk's MSet: several variables set by one command, all of them or none.

    Raises:
        UnsafeArgument: a value is more than a name or a number; it could set a variable of its own.
    """
    for name, value in values.items():
        if not _PLAIN_VALUE.fullmatch(value):
            raise UnsafeArgument(f"{name}: {value[:40]!r} is neither a name nor a number")
    return ",".join(f"{name}={value}" for name, value in values.items())


def _result(rest: str) -> Answer:
    parts = _RESULT.match(rest)
    if parts is None or rest[parts.end() :].lstrip().startswith("("):
        raise ProtocolError(f"an answer without a whole result: {rest[:40]!r}")
    return Answer(200, parts[1], parts[2], int(parts[3]) if parts[3] else None)


def _text(line: bytes) -> str:
    """A line as text, whatever its bytes."""
    return line.decode("utf-8", errors="replace").rstrip("\r\n")
