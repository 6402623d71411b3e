"""Whatever is sent as a list is read, or refused in words; nothing else happens."""

import io
import zipfile

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from cti.lead_file import LeadFile
from cti.lead_mapping import ListReading
from cti.sheet import MOST_COLUMNS, NotASheet, read_sheet
from dialer.ids import ListId

WORDS = ["tel", "+33612345678", "0612345678", "手机", "=1+1", "#N/A", "1e99", "'@x", " ", "\0", '"']
PARTING = [",", ";", "\t", "|", "\n", "\r\n"]
MARKS = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9"]
PIECES = st.sampled_from([*(word.encode() for word in (*WORDS, *PARTING)), *MARKS])
TEXTS = st.lists(PIECES | st.binary(max_size=6), max_size=40).map(b"".join)


def read_whole(raw: bytes) -> None:
    try:
        sheet = read_sheet(raw)
        rows = list(sheet.rows)
    except NotASheet:
        return
    assert 1 <= len(sheet.columns) <= MOST_COLUMNS
    assert len(set(sheet.columns)) == len(sheet.columns)
    assert all(row.fault or len(row.cells) == len(sheet.columns) for row in rows)
    assert not any(c in cell for row in rows for cell in row.cells for c in "\r\n\0")
    reading = ListReading(region="FR").with_guesses(sheet.columns, [row.cells for row in rows])
    if reading.faults(sheet.columns):
        return
    whole = type(sheet)(sheet.columns, iter(rows), sheet.told)
    seen: set[str] = set()
    for row in LeadFile(whole, ListId("spring"), reading.mapping, "FR", ["ana"]).rows():
        assert (row.read is None) == bool(row.faults)
        if row.read is not None:
            numbers = {one.number for one in row.read.lead.numbers}
            assert numbers
            assert not numbers & seen  # no telephone is two leads'
            seen |= numbers


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_any_text_is_rows_or_a_reason(raw: bytes) -> None:
    read_whole(raw)


def a_workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(("tel", "name"))
    book.active.append(("+33612345678", "Mia"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


WORKBOOK = a_workbook()
PARTS = zipfile.ZipFile(io.BytesIO(WORKBOOK)).namelist()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PARTS), st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_any_damaged_workbook_is_rows_or_a_reason(part: str, at: int, damage: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as good, zipfile.ZipFile(stream, "w") as bad:
        for name in PARTS:
            content = good.read(name)
            if name == part:
                place = at % max(len(content), 1)
                content = content[:place] + damage + content[place + len(damage) :]
            bad.writestr(name, content)
    read_whole(stream.getvalue())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(WORKBOOK)), st.binary(max_size=8))
def test_any_damaged_archive_is_rows_or_a_reason(at: int, damage: bytes) -> None:
    read_whole(WORKBOOK[:at] + damage + WORKBOOK[at + len(damage) :])
