"""Files as people send them, and as people send them who mean no good."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cti.sheet import NotASheet, Sheet, SheetLimits, read_sheet


def workbook(*rows: tuple[Any, ...], title: str = "People") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rows(sheet: Sheet) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.line, row.cells) for row in sheet.rows]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("name,tel\nMia Ölström,+331\n".encode(), "UTF-8, parted by commas"),
        ("\ufeffname;tel\r\nMia Ölström;+331\r\n".encode(), "UTF-8, parted by semicolons"),
        ("name\ttel\nMia Ölström\t+331\n".encode("utf-16"), "UTF-16, parted by tabs"),
        ("name|tel\nMia Ölström|+331".encode("cp1252"), "Windows-1252, parted by bars"),
        ('name;tel\n"Mia Ölström";"+331"\n'.encode(), "UTF-8, parted by semicolons"),
    ],
)
def test_whatever_wrote_it_the_rows_are_the_same(raw: bytes, told: str) -> None:
    sheet = read_sheet(raw)
    assert (sheet.columns, sheet.told) == (("name", "tel"), told)
    assert rows(sheet) == [(2, ("Mia Ölström", "+331"))]


def test_a_comma_in_a_semicolons_file_parts_nothing() -> None:
    sheet = read_sheet(b"name;amount;tel\nMia;1,50;+331\nTom;2,75;+332\n")
    assert rows(sheet) == [(2, ("Mia", "1,50", "+331")), (3, ("Tom", "2,75", "+332"))]


def test_a_file_without_names_has_people_from_its_first_row_on() -> None:
    sheet = read_sheet(b"+33 1 23 45 67 89,Mia\n0155555555,Tom\n")
    assert sheet.columns == ("column 1", "column 2")
    assert rows(sheet) == [(1, ("+33 1 23 45 67 89", "Mia")), (2, ("0155555555", "Tom"))]


def test_what_cannot_be_seen_is_gone_and_columns_have_one_name_each() -> None:
    sheet = read_sheet('tel,tel,,tel\n\u202a+331\u202c,="0123","a\r\nb\x00"x,\n'.replace("\x00", "").encode())
    assert sheet.columns == ("tel", "tel (2)", "column 3", "tel (3)")
    with pytest.raises(NotASheet, match="line 3"):  # a quote in the middle of a cell
        rows(sheet)
    sheet = read_sheet('tel,tel,,tel\n\u202a+331\u202c,="0123","a\r\nb",\n'.encode())
    assert rows(sheet) == [(3, ("+331", "0123", "a b", ""))]


def test_a_row_with_other_cells_than_columns_is_faulty_and_empty_ones_are_passed_over() -> None:
    sheet = read_sheet(b"a,b\n1\n\n , \n1,2,3\n" + b"x" * 3000 + b",y\n")
    told = [(row.line, row.fault) for row in sheet.rows]
    assert told == [
        (2, "1 cells where there are 2 columns"),
        (5, "3 cells where there are 2 columns"),
        (6, "'a' is longer than 2000 characters"),
    ]


def test_a_workbooks_cells_are_what_they_look_like() -> None:
    raw = workbook(
        ("Name", "Tel", "When", None),
        ("Mia", 33123456789, datetime(2026, 12, 24, 18, 30)),
        (None, None, None),
        ("Tom", 1.5, date(2026, 12, 24), None),
        ("Lea", True, time(9, 30)),
        ("=1+1", "'x", None),
    )
    sheet = read_sheet(raw)
    assert (sheet.columns, sheet.told) == (("Name", "Tel", "When"), "workbook, sheet 'People'")
    assert rows(sheet) == [
        (2, ("Mia", "33123456789", "2026-12-24 18:30:00")),
        (4, ("Tom", "1.5", "2026-12-24")),
        (5, ("Lea", "true", "09:30:00")),
        (6, ("", "'x", "")),  # no program has ever worked the formula out
    ]


def test_a_workbooks_sheet_is_chosen_by_name() -> None:
    book = openpyxl.Workbook()
    book.active.append(("cover",))
    book.create_sheet("Leads").append(("tel",))
    book["Leads"].append(("+331",))
    stream = io.BytesIO()
    book.save(stream)
    assert rows(read_sheet(stream.getvalue(), sheet="Leads")) == [(2, ("+331",))]
    with pytest.raises(NotASheet, match="no sheet 'leads', but 'Sheet', 'Leads'"):
        read_sheet(stream.getvalue(), sheet="leads")


def with_part(name: str, content: bytes) -> bytes:
    """A workbook of which one part is another."""
    stream = io.BytesIO()
    whole = io.BytesIO(workbook(("tel",), ("+331",)))
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.namelist():
            bad.writestr(part, content if part == name else good.read(part))
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet '
    + NAMESPACE
    + b'><sheetData><row r="1"><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "it holds nothing"),
        (b"\n ,\n", "it holds nothing"),
        (b"a,b\0\n", "neither text nor a workbook"),
        (b"PK\x03\x04" + b"x" * 100, "it is no workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), "save it as .xlsx"),
        (b"x" * 5000, "more than the 4000"),
        (",".join(f"c{n}" for n in range(101)).encode(), "more than 100 columns"),
    ],
)
def test_what_is_no_list_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(NotASheet, match=why):
        read_sheet(raw, limits=SheetLimits(most_bytes=4000))


def test_a_bomb_is_measured_and_never_unpacked() -> None:
    bomb = with_part(SHEET, b" " * (30 * 2**20))
    assert len(bomb) < 100_000
    with pytest.raises(NotASheet, match="30 MiB; 20 is all it may be"):
        read_sheet(bomb, limits=SheetLimits(most_unpacked=20 * 2**20))


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS,
        b"<worksheet",
        b"<worksheet "
        + NAMESPACE
        + b'><sheetData><row r="x"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
        b"<worksheet "
        + NAMESPACE
        + b'><sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_workbook_of_lies_is_no_sheet(content: bytes) -> None:
    with pytest.raises(NotASheet, match="cannot be read"):
        rows(read_sheet(with_part(SHEET, content)))


def test_a_cell_that_claims_to_be_far_away_costs_nothing() -> None:
    far = (
        b"<worksheet "
        + NAMESPACE
        + b'><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
        + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    sheet = read_sheet(with_part(SHEET, far), limits=SheetLimits(most_rows=1000))
    assert (sheet.columns, rows(sheet)) == (("1",), [])


def test_a_file_that_is_too_long_is_told_where(tmp_path: Path) -> None:
    sheet = read_sheet(b"tel\n" + b"1\n" * 11, limits=SheetLimits(most_rows=10))
    with pytest.raises(NotASheet, match="line 12: more than 10 rows"):
        rows(sheet)
