"""Do-not-call lists in CSV files, as authorities and other systems give them out: one number a line.

The first line may name the columns, ``number`` and perhaps ``reason``; others are passed over. Where it does
not, a line is a number in one cell or in several (``212,5551234``). Columns are parted by commas, or by
semicolons where the first line has those and no commas.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cti.numbers import NotANumber, number_of

MOST_REASON_CHARACTERS = 200

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIGITS = re.compile(r"[0-9+() .\-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class NotAList(ValueError):
    """A file that cannot be read as a list of numbers at all; the text says where and why."""


@dataclass(frozen=True, slots=True)
class DncRow:
    """One line of the file: a number in its one form, or why there is none."""

    line: int
    """Where it ends, from 1."""
    cells: tuple[str, ...]
    number: str | None
    reason: str = ""
    """Why it is on the list, where the file says it."""
    fault: str = ""


@dataclass(slots=True)
class DncFile:
    """Reads a file's rows."""

    lines: Iterable[str]
    region: str | None
    """Where numbers without a country code are at home."""
    columns: tuple[str, ...] = field(default=())
    """As the first line names them; none when it does not."""

    def rows(self) -> Iterator[DncRow]:
        """Every row; empty lines are passed over.

        Raises:
            NotAList: the columns make no sense, or the file is no CSV from some line on.
        """
        lines = iter(self.lines)
        first = next(lines, "").removeprefix("\ufeff")
        delimiter = ";" if ";" in first and "," not in first else ","
        try:
            head = tuple(cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error as error:
            raise NotAList(f"line 1: {error}") from None
        if not head or _DIGITS.fullmatch(head[0]):
            if any(head):
                yield self._row(1, head)
        else:
            self.columns = tuple(cell.lower() for cell in head)
            if self.columns.count("number") != 1:
                raise NotAList(f"line 1: there must be one column 'number', not {', '.join(head)[:80]!r}")
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield self._row(reader.line_num + 1, tuple(cell.strip() for cell in cells))
        except csv.Error as error:
            raise NotAList(f"line {reader.line_num + 1}: {error}") from None

    def _row(self, line: int, cells: tuple[str, ...]) -> DncRow:
        if not self.columns:
            written, reason = "".join(cells), ""
        elif len(cells) != len(self.columns):
            fault = f"{len(cells)} cells where the first line has {len(self.columns)}"
            return DncRow(line, cells, None, fault=fault)
        else:
            row = dict(zip(self.columns, cells, strict=True))
            written = row["number"]
            reason = _CONTROL.sub(" ", row.get("reason", ""))[:MOST_REASON_CHARACTERS]
        if _E164.fullmatch(written):  # as most lists write them; anything else takes a hundred times as long
            return DncRow(line, cells, written, reason)
        try:
            return DncRow(line, cells, number_of(written, self.region), reason)
        except NotANumber as problem:
            return DncRow(line, cells, None, fault=str(problem))
