"""A sheet: rows of text under named columns, out of a CSV file or a workbook, however hostile it is.

Whatever made the file, what comes out is the same: a name for each column, and rows with as many cells. A
file with nothing but rows gets columns named by their places, ``column 1`` and so on. Nothing here is
unbounded: whoever needs more rows sends more files.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

MOST_COLUMNS = 100
MOST_CHARACTERS = 2000
"""Of one cell; longer ones make their row faulty."""
DELIMITERS = (",", ";", "\t", "|")

_LOOKED_AT = 50
"""Rows from which the delimiter is guessed."""
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", bytes.fromhex("d0cf11e0")
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ().\-/]{5,24}")
_AS_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = frozenset("=+-@")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How much of a file is read."""

    most_bytes: int = 50 * 2**20
    most_rows: int = 200_000
    most_unpacked: int = 200 * 2**20
    """Bytes of what a workbook's parts say they are."""


class NotASheet(ValueError):
    """A file that cannot be read as rows at all; the text says where and why."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row."""

    line: int
    """Where it stands in its file, from 1; of a row over several lines, the last."""
    cells: tuple[str, ...]
    """As many as there are columns, or whatever there were when it is faulty."""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be read; its rows can be gone through once."""

    columns: tuple[str, ...]
    rows: Iterator[SheetRow]
    """Empty ones are passed over.

    Going through them raises :class:`NotASheet` where the file makes no sense any more, or is too long.
    """
    told: str
    """How it is read, for people: encoding and delimiter, or the workbook's sheet."""


WHOLE_FILES = SheetLimits()


def read_sheet(
    raw: bytes, *, sheet: str | None = None, encoding: str | None = None, limits: SheetLimits = WHOLE_FILES
) -> Sheet:
    """The sheet of a file. ``sheet`` is a workbook's, by name; else its first one. ``encoding``: of text that
    is not Unicode; else it is taken for Windows-1252.

    Raises:
        NotASheet: it is none.
    """
    if len(raw) > limits.most_bytes:
        raise NotASheet(f"{len(raw)} bytes are more than the {limits.most_bytes} a file may have")
    if raw.startswith(_OLD_WORKBOOK):
        raise NotASheet("it is a workbook of an old kind: save it as .xlsx, or as CSV")
    if raw.startswith(_WORKBOOK):
        from cti.sheet_workbook import workbook_rows  # takes a while to import

        try:
            told, rows = workbook_rows(raw, sheet, limits, MOST_COLUMNS)
        except zipfile.BadZipFile as error:
            raise NotASheet(f"it is no workbook: {error}") from None
        return _with_columns(rows, told, limits.most_rows, exact=False)
    text, how = _decoded(raw, encoding)
    delimiter = _delimiter(text)
    named = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}[delimiter]
    return _with_columns(
        _csv_rows(text, delimiter), f"{how}, parted by {named}", limits.most_rows, exact=True
    )


def clean(cell: str) -> str:
    """A cell's text on one line, without what cannot be seen, and without the wrapping ``="…"`` with which
    spreadsheets are kept from taking text for a number.
    """
    plain = _SPACE.sub(" ", cell).strip()
    if plain[:1] == "'" and plain[1:2] in _FORMULA:
        return plain[1:]  # as :mod:`cti.lead_csv` writes what is no formula
    wrapped = _AS_TEXT.fullmatch(plain)
    return wrapped[1].strip() if wrapped else plain


def _decoded(raw: bytes, encoding: str | None) -> tuple[str, str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried = ["utf-16"]
    else:
        tried = ["utf-8-sig", encoding or "cp1252", "latin-1"]
    for name in tried:
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise NotASheet(f"there is no encoding {name!r}") from None
        if "\0" in text:
            raise NotASheet("it is neither text nor a workbook: it holds zero bytes")
        return text, {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(name, name)
    raise NotASheet("its text is broken: save it as 'CSV UTF-8'")


def _delimiter(text: str) -> str:
    """The one by which the first rows have the most cells, and all the same number of them."""
    head = list(_first_lines(text))
    best, most = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(head, delimiter=delimiter) if any(cells)]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        alike = sum(1 for width in widths if width == widths[0]) / len(widths)
        if (alike, widths[0]) > most:
            best, most = delimiter, (alike, widths[0])
    return best


def _first_lines(text: str) -> Iterator[str]:
    lines = io.StringIO(text, newline="")
    for _ in range(_LOOKED_AT):
        line = lines.readline(100_000)
        if not line:
            return
        yield line


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise NotASheet(f"line {reader.line_num}: {error}") from None


def _with_columns(rows: Iterator[tuple[int, list[str]]], told: str, most_rows: int, *, exact: bool) -> Sheet:
    """``exact``: a row with another number of cells than there are columns is faulty. Else the missing ones
    are empty, as at the right edge of a workbook.
    """
    first = next(((line, cells) for line, cells in rows if any(clean(cell) for cell in cells)), None)
    if first is None:
        raise NotASheet("it holds nothing")
    line, cells = first
    if len(cells) > MOST_COLUMNS:
        raise NotASheet(f"line {line}: more than {MOST_COLUMNS} columns")
    head = [clean(cell) for cell in cells]
    if any(_NUMBER.fullmatch(cell) for cell in head):  # no names: a person from the first row on
        columns = tuple(f"column {n}" for n in range(1, len(head) + 1))
        return Sheet(columns, _rows(columns, (first,), rows, most_rows, exact), f"{told}, no line with names")
    columns = _named(head)
    return Sheet(columns, _rows(columns, (), rows, most_rows, exact), told)


def _named(head: Sequence[str]) -> tuple[str, ...]:
    """Each column's name once."""
    names: list[str] = []
    for place, cell in enumerate(head, 1):
        name = plain = cell[:100] or f"column {place}"
        again = 2
        while name in names:
            name, again = f"{plain} ({again})", again + 1
        names.append(name)
    return tuple(names)


def _rows(
    columns: tuple[str, ...],
    first: Sequence[tuple[int, list[str]]],
    rest: Iterator[tuple[int, list[str]]],
    most_rows: int,
    exact: bool,
) -> Iterator[SheetRow]:
    count = 0
    for line, raw in chain(first, rest):
        if not any(raw):
            continue
        count += 1
        if count > most_rows:
            raise NotASheet(f"line {line}: more than {most_rows} rows; make several files of it")
        row = _row(columns, line, raw, exact)
        if any(row.cells):
            yield row


def _row(columns: tuple[str, ...], line: int, raw: list[str], exact: bool) -> SheetRow:
    cells = tuple(clean(cell) for cell in raw[: MOST_COLUMNS + 1])
    if len(cells) != len(columns):
        beyond = any(cells[len(columns) :])
        if exact or beyond:
            told = f"{len(cells)} cells where there are {len(columns)} columns"
            return SheetRow(line, cells, told)
        cells = (*cells, *[""] * len(columns))[: len(columns)]
    for column, cell in zip(columns, cells, strict=True):
        if len(cell) > MOST_CHARACTERS:
            return SheetRow(line, cells, f"{column!r} is longer than {MOST_CHARACTERS} characters")
    return SheetRow(line, cells)
