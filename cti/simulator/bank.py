"""The call log of an Israeli bank, 1999 (Guedj and Mandelbaum, Technion), as a trace.

One text file a month, tab-separated, local time. Its quirks, and what is made of them:

- a few lines have blanks for a tab: repaired, as no field holds a blank, and counted; others are dropped;
- ``PHANTOM`` lines are artefacts: dropped and counted;
- ``type`` and ``priority`` carry blanks: stripped;
- who never joined the queue and hung up left the menu; everybody else who hung up abandoned;
- customer 0 is nobody in particular, and server ``NO_SERVER`` nobody knows who; where somebody once put that
  for ``NA``, Naama and Anat became ``NO_SERVERAMA`` and ``ANO_SERVERT``, and get their names back;
- the menu's end can lie before its beginning: then he began to wait where the log says, after no menu;
- times of one call can lie on both sides of midnight.

Priority 2 is high and becomes class VIP: the bank credited those callers with 90 seconds of waiting.
"""

import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from acd.call import CallClass
from acd.ids import CallId, QueueId
from acd.instant import Instant, seconds
from cti.simulator.trace import TraceCall, TraceOutcome

ZONE = "Asia/Jerusalem"
FIELDS = 17
LONGEST_LINE = 500
"""Characters. Longer lines are no lines of this log."""
VIP_PRIORITY = "2"
NOBODY = "NO_SERVER"
HALF_A_DAY = 43_200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BankLogError(ValueError):
    """This is not the bank's log."""


@dataclass(slots=True)
class BankLog:
    """Reads the log and counts what it met."""

    rows: int = 0
    """Lines read, headers excluded."""
    phantoms: int = 0
    repaired: int = 0
    """Malformed lines that could be understood all the same."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Malformed lines that could not, by why."""
    _zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(ZONE))

    def read(self, path: Path) -> Iterator[TraceCall]:
        """The calls of an archive of months, or of one month; not in order.

        Raises:
            BankLogError: the file is no such log.
            OSError: the file cannot be read.
        """
        months = 0
        for name, lines in _files(path):
            months += 1
            yield from self._month(name, lines)
        if not months:
            raise BankLogError(f"{path}: no month (*.txt) in this archive")

    def _month(self, name: str, lines: TextIO) -> Iterator[TraceCall]:
        try:
            header = lines.readline(LONGEST_LINE)
            if header.split()[1:4] != ["call_id", "customer_id", "priority"]:
                raise BankLogError(f"{name}: not the bank's log, its header is missing")
            while line := lines.readline(LONGEST_LINE):
                if line.strip():
                    call = self._call(line)
                    if call is not None:
                        yield call
        except UnicodeDecodeError as error:
            raise BankLogError(f"{name}: not the bank's log: {error.reason}") from error

    def _call(self, line: str) -> TraceCall | None:
        self.rows += 1
        parts = line.split()
        if len(parts) != FIELDS:
            self.dropped[f"{len(parts)} fields instead of {FIELDS}"] += 1
            return None
        if line.count("\t") != FIELDS - 1:
            self.repaired += 1
        if parts[12] == "PHANTOM":
            self.phantoms += 1
            return None
        try:
            return self._understand(parts)
        except ValueError as error:
            self.dropped[str(error)] += 1
            return None

    def _understand(self, parts: list[str]) -> TraceCall:
        line, call_id, customer, priority, kind, date = parts[:6]
        entry, menu_end, queue_start = (_seconds(parts[at]) for at in (6, 7, 9))
        queue_s, outcome, service_s, server = int(parts[11]), parts[12], int(parts[15]), parts[16]
        if outcome not in ("AGENT", "HANG"):
            raise ValueError(f"outcome {outcome}")
        if queue_s < 0 or service_s < 0:
            raise ValueError("a negative span")
        queued = queue_s > 0 or queue_start > 0
        began = queue_start if queued else menu_end
        if began < entry - HALF_A_DAY:
            began += 2 * HALF_A_DAY  # after midnight
        arrived = min(entry, began)
        answered = outcome == "AGENT"
        day = datetime.strptime(date, "%y%m%d")
        return TraceCall(
            call_id=CallId(f"{date}-{line}-{call_id}"),
            arrived_at=self._instant(day, arrived),
            customer=customer if customer != "0" else None,
            queue=QueueId(kind.lower()),
            call_class=CallClass.VIP if priority == VIP_PRIORITY else CallClass.NORMAL,
            ivr=seconds(began - arrived),
            waited=seconds(queue_s),
            outcome=TraceOutcome.ANSWERED
            if answered
            else TraceOutcome.ABANDONED
            if queued
            else TraceOutcome.LEFT_IVR,
            service=seconds(service_s) if answered else None,
            agent=server.replace(NOBODY, "NA") if answered and server != NOBODY else None,
        )

    def _instant(self, day: datetime, second: int) -> Instant:
        local = (day + timedelta(seconds=second)).replace(tzinfo=self._zone)
        return Instant(int((local - _EPOCH).total_seconds()) * 1_000_000)


def in_order(calls: Iterable[TraceCall]) -> list[TraceCall]:
    """Calls as a trace wants them: in the order of their arrival."""
    return sorted(calls, key=lambda call: (call.arrived_at, call.call_id))


def _files(path: Path) -> Iterator[tuple[str, TextIO]]:
    if not tarfile.is_tarfile(path):
        with path.open(encoding="ascii") as lines:
            yield str(path), lines
        return
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() and member.name.endswith(".txt") else None
            if stream is not None:
                yield f"{path}: {member.name}", TextIOWrapper(stream, encoding="ascii")


def _seconds(clock: str) -> int:
    hours, minutes, secs = (int(part) for part in clock.split(":"))
    if not (0 <= hours <= 24 and 0 <= minutes < 60 and 0 <= secs < 60):
        raise ValueError("a time of day that is none")
    return hours * 3600 + minutes * 60 + secs
