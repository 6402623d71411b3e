"""Leads as CSV, given back: what their lists say, and what was done about them.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and leads come from
anywhere: such cells get an apostrophe before them, which a list that is read loses again. What was done
stands in columns ``done.…``, which a list that is read passes over.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from acd.instant import Instant
from cti.lead_mapping import DONE
from cti.lead_rows import LeadRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAYS = (
    "id",
    "number",
    "name",
    "customer_id",
    "zone",
    "priority",
    "language",
    "not_before",
    "not_after",
    "agent",
)
_WAS_DONE = (
    "lead",
    "list",
    "state",
    "since",
    "because",
    "disposition",
    "last_outcome",
    "attempts",
    "tried",
    "next_at",
    "promised",
    "agent",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def heading(data: Sequence[str]) -> str:
    """The line of names; ``data``: names of what lists say beside."""
    return _line([*_SAYS, *(f"data.{name}" for name in data), *(f"{DONE}{name}" for name in _WAS_DONE)])


def lines(records: Iterable[LeadRecord], data: Sequence[str]) -> str:
    """A line for each."""
    return "".join(_line(_cells(record, data)) for record in records)


def _cells(record: LeadRecord, data: Sequence[str]) -> list[str]:
    lead, standing = record.lead, record.standing
    own = lead.lead_id.partition(":")[2]
    said = {one.name: one.value for one in lead.data}
    return [
        _plain(own),
        "|".join(one.number for one in lead.numbers),  # no formula: digits after a +
        _plain(lead.name),
        _plain(lead.customer_id or ""),
        lead.zone or "",
        str(lead.priority),
        lead.language,
        _moment(lead.not_before),
        _moment(lead.not_after),
        lead.agent_id or "",
        *(_plain(said.get(name, "")) for name in data),
        lead.lead_id,
        lead.list_id,
        standing.state.value,
        _moment(standing.since),
        _plain(standing.because),
        _plain(standing.disposition),
        standing.last_outcome,
        str(standing.attempts),
        " ".join(map(str, standing.tried)),
        _moment(standing.next_at),
        "yes" if standing.promised else "",
        standing.agent_id or "",
    ]


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _moment(at: Instant | None) -> str:
    if at is None:
        return ""
    try:
        return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="seconds")
    except OverflowError:
        return ""


def _line(cells: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow(cells)
    return stream.getvalue()
