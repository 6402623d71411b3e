"""Workbooks (XLSX) as rows of text, by openpyxl; its XML is read by defusedxml, which expands nothing.

A workbook is a ZIP file of XML, and both can be bombs. What is in it is measured before anything is unpacked
(a part is never unpacked beyond the size it says it has), rows and columns are bounded whatever a cell claims
to be, and of a formula the value counts that its program last saw.
"""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl

from cti.sheet import NotASheet, SheetLimits

MOST_PARTS = 2000

assert openpyxl.DEFUSEDXML, "defusedxml must be installed, and OPENPYXL_DEFUSEDXML not be switched off"


def workbook_rows(
    raw: bytes, sheet: str | None, limits: SheetLimits, most_columns: int
) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """What is read, for people; and the rows of a sheet, each with its number.

    Raises:
        NotASheet, BadZipFile: it is no workbook, or has no such sheet.
    """
    _measure(raw, limits.most_unpacked)
    book = _opened(raw)
    sheets = {one.title: one for one in book.worksheets}
    visible = [one for one in sheets.values() if one.sheet_state == "visible"] or [*sheets.values()]
    if not visible:
        raise NotASheet("the workbook has no sheet")
    if sheet is not None and sheet not in sheets:
        raise NotASheet(f"the workbook has no sheet {sheet!r}, but {', '.join(map(repr, [*sheets][:10]))}")
    chosen = visible[0] if sheet is None else sheets[sheet]
    return f"workbook, sheet {chosen.title!r}", _rows(chosen, limits.most_rows, most_columns)


def _measure(raw: bytes, most_unpacked: int) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise NotASheet(f"the workbook has {len(parts)} parts; {MOST_PARTS} is all it may have")
        unpacked = sum(part.file_size for part in parts)
        if unpacked > most_unpacked:
            mib = most_unpacked // 2**20
            raise NotASheet(f"unpacked it would be {unpacked // 2**20} MiB; {mib} is all it may be")


def _opened(raw: bytes) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions nobody asked for
            return openpyxl.load_workbook(
                io.BytesIO(raw), read_only=True, data_only=True, keep_links=False, keep_vba=False
            )
    except zipfile.BadZipFile:
        raise
    except Exception as error:  # whatever can be wrong with a workbook, openpyxl has an exception of its own
        raise NotASheet(f"the workbook cannot be read: {_told(error)}") from None


def _rows(sheet: Any, most_rows: int, most_columns: int) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    # One row and one column more than may be: whoever goes beyond is to be told, not cut off.
    rows = sheet.iter_rows(max_row=most_rows + 2, max_col=most_columns + 1, values_only=True)
    line = 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = next(rows, None)
        except Exception as error:
            raise NotASheet(f"row {line + 1}: the workbook cannot be read: {_told(error)}") from None
        if values is None:
            return
        line += 1
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()  # openpyxl fills rows up to the last column it was asked for
        yield line, cells


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            whole = value.replace(microsecond=0)
            return str(whole.date()) if whole.time() == time() else whole.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
