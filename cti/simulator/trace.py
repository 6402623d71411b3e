"""Calls as they came, one line each: what those who record calls give to those who replay them.

A CSV file (UTF-8, comma, a header line) whose columns are :data:`COLUMNS`, in any order. It says what the
caller did and met, not what the engine would have decided. See ``docs/reference/trace.md``.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from acd.call import CallClass
from acd.ids import CallId, QueueId
from acd.instant import Instant, Span, after, in_seconds, seconds
from ivr.document import DocumentError, Problem
from ivr.suggestion import closest

COLUMNS = (
    "call_id",
    "arrived_at",
    "customer",
    "queue",
    "call_class",
    "ivr_s",
    "waited_s",
    "outcome",
    "service_s",
    "agent",
)
LONGEST_TEXT = 200
"""Characters in one field."""
LONGEST_S = 7 * 86_400
"""Seconds in one span."""
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class TraceOutcome(StrEnum):
    """How a call of a trace ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """He hung up while he waited."""
    LEFT_IVR = "left_ivr"
    """He hung up in the menu, before he began to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceCall:
    """One call of a trace."""

    call_id: CallId
    arrived_at: Instant
    customer: str | None
    """Who called: a customer's id or a number; None when nobody knows."""
    queue: QueueId
    call_class: CallClass = CallClass.NORMAL
    ivr: Span = Span(0)
    """From arrival until he began to wait, or hung up in the menu."""
    waited: Span = Span(0)
    outcome: TraceOutcome
    service: Span | None = None
    """How long the agent was busy with him; None when he was not answered or nobody knows."""
    agent: str | None = None
    """Who answered; None when nobody did or nobody knows."""

    @property
    def queued_at(self) -> Instant:
        """When he began to wait."""
        return after(self.arrived_at, self.ivr)

    @property
    def left_queue_at(self) -> Instant:
        """When he was answered or gave up."""
        return after(self.queued_at, self.waited)

    @property
    def patience(self) -> Span:
        """How long he was prepared to wait; at least so long, when :attr:`patience_censored`."""
        return self.waited

    @property
    def patience_censored(self) -> bool:
        """Whether he was answered before his patience ended, so that only a lower bound is known."""
        return self.outcome is not TraceOutcome.ABANDONED


def read(path: Path) -> Iterator[TraceCall]:
    """The calls of a trace, in the order of their arrival.

    Raises:
        DocumentError: at the first line that is not a call, or that came before the one above it.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            header = next(rows, [])
            _check_header(path, header)
            latest = Instant(0)
            for row in rows:
                if len(row) != len(header):
                    raise _problem(
                        path, rows.line_num, "", f"{len(row)} fields, the header names {len(header)}"
                    )
                call = _call(_Row(path, rows.line_num, dict(zip(header, row, strict=True))))
                if call.arrived_at < latest:
                    raise _problem(path, rows.line_num, "arrived_at", "earlier than the line before")
                latest = call.arrived_at
                yield call
        except csv.Error as error:
            raise _problem(path, rows.line_num, "", str(error)) from error
        except UnicodeDecodeError as error:
            raise _problem(path, rows.line_num + 1, "", "not UTF-8 text") from error


def write(path: Path, calls: Iterable[TraceCall]) -> int:
    """Write calls, which must come in the order of their arrival; how many there were."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for call in calls:
            rows.writerow(_fields(call))
            written += 1
    return written


def _fields(call: TraceCall) -> list[str]:
    arrived = datetime.fromtimestamp(call.arrived_at // 1_000_000, UTC)
    arrived = arrived.replace(microsecond=call.arrived_at % 1_000_000)
    return [
        call.call_id,
        arrived.isoformat().replace("+00:00", "Z"),
        call.customer or "",
        call.queue,
        call.call_class,
        _number(call.ivr),
        _number(call.waited),
        call.outcome,
        "" if call.service is None else _number(call.service),
        call.agent or "",
    ]


def _number(span: Span) -> str:
    return f"{in_seconds(span):.6f}".rstrip("0").rstrip(".")


def _problem(path: Path, line: int, field: str, message: str, suggestion: str | None = None) -> DocumentError:
    return DocumentError([Problem(str(path), line, field, message, suggestion)])


def _check_header(path: Path, header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise _problem(path, 1, name, "no column of a trace", closest(name, COLUMNS))
    missing = [name for name in COLUMNS if name not in header]
    if missing or len(header) != len(COLUMNS):
        raise _problem(path, 1, "", f"columns missing or doubled; a trace has {', '.join(COLUMNS)}")


@dataclass(frozen=True, slots=True)
class _Row:
    path: Path
    line: int
    fields: Mapping[str, str]

    def problem(self, field: str, message: str, suggestion: str | None = None) -> DocumentError:
        return _problem(self.path, self.line, field, message, suggestion)

    def text(self, field: str) -> str:
        """One line of printable text."""
        text = self.fields[field].strip()
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise self.problem(field, f"not a line of at most {LONGEST_TEXT} printable characters")
        return text

    def name(self, field: str) -> str:
        """Text that must be there."""
        text = self.text(field)
        if not text:
            raise self.problem(field, "must not be empty")
        return text

    def one_of(self, field: str, choices: Iterable[str]) -> str:
        text, known = self.name(field), list(choices)
        if text not in known:
            raise self.problem(field, f"{text!r} is none of {', '.join(known)}", closest(text, known))
        return text

    def span(self, field: str) -> Span:
        text = self.name(field)
        try:
            value = float(text)
        except ValueError:
            raise self.problem(field, f"{text!r} is no number of seconds") from None
        if not 0 <= value <= LONGEST_S:
            raise self.problem(field, f"{text} s is not between 0 and {LONGEST_S} s")
        return seconds(value)

    def instant(self, field: str) -> Instant:
        """ISO 8601 with an offset or ``Z``, or seconds since 1970 UTC."""
        text = self.name(field)
        try:
            at = (
                datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
            )
        except (ValueError, OverflowError, OSError):
            raise self.problem(field, f"{text!r} is no point in time, such as 1999-01-03T07:30:00Z") from None
        if at.tzinfo is None:
            raise self.problem(field, f"{text!r} does not say its offset from UTC, such as {text}Z")
        if not EARLIEST <= at <= LATEST:
            raise self.problem(field, f"{text!r} is not between {EARLIEST.year} and {LATEST.year}")
        since = at - datetime(1970, 1, 1, tzinfo=UTC)
        return Instant((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _call(row: _Row) -> TraceCall:
    service, outcome = row.text("service_s"), TraceOutcome(row.one_of("outcome", TraceOutcome))
    if service and outcome is not TraceOutcome.ANSWERED:
        raise row.problem("service_s", f"a call that {outcome} was not served")
    waited = row.span("waited_s")
    if waited and outcome is TraceOutcome.LEFT_IVR:
        raise row.problem("waited_s", "a call that left the menu did not wait")
    return TraceCall(
        call_id=CallId(row.name("call_id")),
        arrived_at=row.instant("arrived_at"),
        customer=row.text("customer") or None,
        queue=QueueId(row.name("queue")),
        call_class=CallClass(row.one_of("call_class", CallClass)),
        ivr=row.span("ivr_s"),
        waited=waited,
        outcome=outcome,
        service=row.span("service_s") if service else None,
        agent=row.text("agent") or None,
    )
