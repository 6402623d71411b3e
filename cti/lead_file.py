"""Leads in a sheet: row by row, every mistake with its line and field."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from cti.lead_document import Fault, LeadDocument, ReadLead, lead_id_of, lead_of_document
from cti.lead_mapping import LeadMapping
from cti.sheet import Sheet, SheetRow
from dialer.ids import LeadId, ListId

_PARTED = re.compile(r"\s*[|;]\s*")
_ERRORS = frozenset({"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"})


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One row: a lead, or what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    read: ReadLead | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    """What is worth knowing, and kept nobody out."""


@dataclass(slots=True)
class Known:
    """Who stood in the rows before: of a number that comes again the first row counts."""

    ids: dict[LeadId, int] = field(default_factory=dict)
    """With their lines."""
    numbers: dict[str, int] = field(default_factory=dict)

    def sorted_out(self, read: ReadLead, line: int) -> tuple[ReadLead | None, list[Fault]]:
        """The lead without numbers that others had before him, None when none is left or he stood there
        himself; and what there is to say.
        """
        document, lead = read.document, read.lead
        if document.id is not None and (before := self.ids.get(lead.lead_id)) is not None:
            return None, [Fault("id", f"{document.id} stands in line {before} already")]
        notes = [
            Fault("numbers", f"{one.number} stands in line {self.numbers[one.number]} already")
            for one in lead.numbers
            if one.number in self.numbers
        ]
        left = tuple(one for one in lead.numbers if one.number not in self.numbers)
        if not left:
            return None, notes
        named = replace(lead, numbers=left, lead_id=lead_id_of(lead.list_id, document, left[0].number))
        self.ids[named.lead_id] = line
        self.numbers.update((one.number, line) for one in left)
        return replace(read, lead=named), notes


@dataclass(slots=True)
class LeadFile:
    """Reads a sheet's rows as leads of a list."""

    sheet: Sheet
    list_id: ListId
    mapping: LeadMapping
    region: str | None
    agents: Collection[str]
    known: Known = field(default_factory=Known)

    def rows(self) -> Iterator[LeadRow]:
        """Every row.

        Raises:
            NotASheet: the file makes no sense any more from some line on.
        """
        places = {column: place for place, column in enumerate(self.sheet.columns)}
        for row in self.sheet.rows:
            yield self._row(row, places)

    def _row(self, row: SheetRow, places: dict[str, int]) -> LeadRow:
        if row.fault:
            return LeadRow(row.line, row.cells, None, (Fault("", row.fault),))
        wrong = [
            Fault(column, f"holds an error of the spreadsheet, {row.cells[place]}")
            for column, place in places.items()
            if row.cells[place] in _ERRORS
        ]
        if wrong:
            return LeadRow(row.line, row.cells, None, tuple(wrong))
        written = _written(self.mapping, {column: row.cells[place] for column, place in places.items()})
        if not written["numbers"]:
            return LeadRow(row.line, row.cells, None, (Fault("numbers", "there is none"),))
        try:
            document = LeadDocument.model_validate(written)
        except ValidationError as error:
            return LeadRow(row.line, row.cells, None, tuple(faults_of(error)))
        read = lead_of_document(document, self.list_id, self.region, self.agents)
        if isinstance(read, list):
            return LeadRow(row.line, row.cells, None, tuple(read))
        kept, told = self.known.sorted_out(read, row.line)
        if kept is None:
            return LeadRow(row.line, row.cells, None, tuple(told))
        return LeadRow(row.line, row.cells, kept, notes=(*told, *doubts(kept)))


def doubts(read: ReadLead) -> list[Fault]:
    """Numbers that may be nobody's."""
    having = {one.number for one in read.lead.numbers}
    return [
        Fault("numbers", f"{number} fits no plan of its country's numbers")
        for number in read.doubtful
        if number in having
    ]


def faults_of(error: ValidationError) -> Iterator[Fault]:
    """What pydantic has to say of a lead."""
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        yield Fault(where, str(one["msg"]).removeprefix("Value error, "))


def _written(mapping: LeadMapping, cells: dict[str, str]) -> dict[str, Any]:
    """A row as :class:`LeadDocument` has it; empty cells say nothing."""
    numbers = [
        {
            "number": one,
            "kind": column.kind,
            "since_minute": column.since_minute,
            "until_minute": column.until_minute,
        }
        for column in mapping.numbers
        for one in _PARTED.split(cells[column.column])
        if one
    ]
    written: dict[str, Any] = {name: cells[column] for name, column in mapping.plain.items() if cells[column]}
    name = " ".join(cells[column] for column in mapping.names if cells[column])
    data = {name: cells[column] for name, column in mapping.data.items() if cells[column]}
    return (
        written | {"numbers": numbers} | ({"name": name} if name else {}) | ({"data": data} if data else {})
    )
