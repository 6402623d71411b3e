"""Customers in CSV files: one a line, read row by row, every mistake with its line and field.

The first line names the columns: ``id`` and ``numbers``, and any of ``name``, ``segment``, ``language``,
``own_agent``, ``preference.WHAT``, ``attribute.WHAT``. Several numbers stand in one cell, parted by ``|`` or
``;``. Columns ``rejected.WHAT`` are passed over: a file of rejected rows can be corrected and read again.
Columns are parted by commas, or by semicolons where the first line has those and no commas.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from acd.ids import CustomerId
from cti.customer_document import CustomerDocument, Fault, record_of
from cti.customers import CustomerRecord
from cti.value_types import CustomerName
from ivr.suggestion import closest

NEEDED = ("id", "numbers")
PLAIN = ("name", "segment", "language", "own_agent")
FREE = {"preference": "preferences", "attribute": "attributes"}
PASSED_OVER = "rejected"
MOST_COLUMNS = 70

_PARTED = re.compile(r"[|;\r\n]+")
_NAME: TypeAdapter[str] = TypeAdapter(CustomerName)


class NotCustomers(ValueError):
    """A file that cannot be read as customers at all; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: a customer, or what is wrong with it."""

    line: int
    """Where it ends, from 1."""
    cells: tuple[str, ...]
    record: CustomerRecord | None
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class CustomerFile:
    """Reads a file's rows. Who stands in it twice, or has another's number, is faulty the second time."""

    lines: Iterable[str]
    region: str | None
    agents: Collection[str]
    columns: tuple[str, ...] = ()
    _ids: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Every row but the first, which names the columns; empty lines are passed over.

        Raises:
            NotCustomers: the columns make no sense, or the file is no CSV from some line on.
        """
        lines = iter(self.lines)
        first = next(lines, "").removeprefix("\ufeff")
        delimiter = ";" if ";" in first and "," not in first else ","
        try:
            self.columns = tuple(cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error as error:
            raise NotCustomers(f"line 1: {error}") from None
        self._check_columns()
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield self._row(reader.line_num + 1, tuple(cell.strip() for cell in cells))
        except csv.Error as error:
            raise NotCustomers(f"line {reader.line_num + 1}: {error}") from None

    def _check_columns(self) -> None:
        if len(self.columns) > MOST_COLUMNS:
            raise NotCustomers(f"line 1: more than {MOST_COLUMNS} columns")
        for at, column in enumerate(self.columns):
            kind, _, what = column.partition(".")
            if column not in (*NEEDED, *PLAIN) and not (kind in (*FREE, PASSED_OVER) and what):
                likely = closest(column, (*NEEDED, *PLAIN))
                meant = f" (did you mean {likely!r}?)" if likely else ""
                raise NotCustomers(f"line 1: unknown column {column!r}{meant}")
            if column in self.columns[:at]:
                raise NotCustomers(f"line 1: two columns {column!r}")
        for column in NEEDED:
            if column not in self.columns:
                raise NotCustomers(f"line 1: the column {column!r} is missing")

    def _row(self, line: int, cells: tuple[str, ...]) -> Row:
        if len(cells) != len(self.columns):
            wrong = f"{len(cells)} cells where the first line has {len(self.columns)}"
            return Row(line, cells, None, (Fault("", wrong),))
        written: dict[str, Any] = {"preferences": {}, "attributes": {}}
        for column, cell in zip(self.columns, cells, strict=True):
            kind, _, what = column.partition(".")
            if column == "numbers":
                written["numbers"] = tuple(one.strip() for one in _PARTED.split(cell) if one.strip())
            elif cell and kind in FREE:
                written[FREE[kind]][what] = cell
            elif cell and column != "id" and kind != PASSED_OVER:
                written[column] = cell
        try:
            customer_id = CustomerId(_NAME.validate_python(cells[self.columns.index("id")]))
        except ValidationError as error:
            return Row(line, cells, None, (Fault("id", _why(error.errors()[0])),))
        try:
            document = CustomerDocument.model_validate(written)
        except ValidationError as error:
            faults = tuple(Fault(".".join(map(str, e["loc"])), _why(e)) for e in error.errors())
            return Row(line, cells, None, faults)
        record = record_of(document, customer_id, self.region, self.agents)
        if isinstance(record, list):
            return Row(line, cells, None, tuple(record))
        faults = tuple(self._repeated(record, line))
        return Row(line, cells, None, faults) if faults else Row(line, cells, record)

    def _repeated(self, record: CustomerRecord, line: int) -> Iterator[Fault]:
        before = self._ids.setdefault(record.customer_id, line)
        if before != line:
            yield Fault("id", f"{record.customer_id} stands in line {before} already")
            return
        for number in record.numbers:
            of, at = self._numbers.setdefault(number, (record.customer_id, line))
            if at != line:
                yield Fault("numbers", f"{number} is {of}'s already, in line {at}")


def _why(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
