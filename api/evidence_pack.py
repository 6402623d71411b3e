"""A campaign's evidence as files: every attempt, every window, and a page; sums counted twice.

The database counts once. Here everything is counted again from the attempts that were handed over, and both
are compared: figures that agree two ways need nobody's word.
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.evidence_page import ATTEMPTS, DAY_COLUMNS, days, page
from dialer.compliance.verdict import WhyNot

WINDOWS, PAGE, SUMMARY = "windows.csv", "evidence.html", "evidence.json"
MOST_ON_THE_PAGE = 2_000
"""Attempts told on the page; more stand in the table beside it alone."""
MOST_ABANDONED = 5_000
"""The same of abandoned ones."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\+?[0-9][0-9.]*")
_CHANGING = re.compile(r"\+?[0-9](?:[0-9 :.-]*[0-9])?(?: UTC)?")


@dataclass(slots=True, kw_only=True)
class Recount:
    """Attempts, counted as they pass by."""

    outcomes: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """By reason, without what differs from one to the next."""
    do_not_call: int = 0
    """Of the refused, those because the number is on a list."""
    abandoned: list[Mapping[str, Any]] = field(default_factory=list)
    """Also who was connected too late."""
    first: list[Mapping[str, Any]] = field(default_factory=list)
    rows: int = 0

    def take(self, one: Mapping[str, Any]) -> None:
        """Count one more."""
        self.rows += 1
        if len(self.first) < MOST_ON_THE_PAGE:
            self.first.append(one)
        outcome = one["outcome"]
        if outcome == "not_dialled":
            self.sums["refused"] += 1
            why = one["refused_why"] or "-"
            self.refused[_CHANGING.sub("…", why)] += 1
            self.do_not_call += WhyNot.LISTED in one["refused_reasons"].split()
            return
        self.sums["dialled"] += 1
        if outcome is None:
            self.sums["running"] += 1
        else:
            self.outcomes[outcome] += 1
        self.sums["live"] += bool(one["live"])
        in_ledger = one["counted_at"] is not None and one["taken_back_at"] is None
        self.sums["counted"] += in_ledger
        self.sums["abandoned"] += in_ledger and bool(one["abandoned"])
        self.sums["connected"] += one["connected_at"] is not None
        self.sums["successes"] += bool(one["success"])
        self.sums["opted_out"] += one["opted_out_at"] is not None
        if one["abandoned"] and len(self.abandoned) < MOST_ABANDONED:
            self.abandoned.append(one)

    def checked(self, total: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every sum, as the database has it and as it is here."""
        names = ("dialled", "running", "refused", "live", "counted", "abandoned", "connected", "successes")
        found = [(name, total[name], self.sums[name]) for name in (*names, "opted_out")]
        for outcome in sorted({*total["outcomes"], *self.outcomes}):
            found.append((f"outcome {outcome}", total["outcomes"].get(outcome, 0), self.outcomes[outcome]))
        found.append(
            ("sum of outcomes + running", total["dialled"], self.outcomes.total() + self.sums["running"])
        )
        return [{"what": what, "engine": a, "here": b, "same": a == b} for what, a, b in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What was written."""

    files: tuple[Path, ...]
    checks: list[dict[str, Any]]
    rows: int

    @property
    def agrees(self) -> bool:
        """Whether every sum came out the same twice."""
        return all(check["same"] for check in self.checks)


def write_pack(
    to: Path, told: Mapping[str, Any], attempts: Iterable[Mapping[str, Any]], columns: Iterable[str]
) -> Pack:
    """Write the pack into a directory, which is made when it is missing. ``attempts`` are read once."""
    to.mkdir(parents=True, exist_ok=True)
    recount = Recount()
    names = [*columns]
    with (to / ATTEMPTS).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for one in attempts:
            recount.take(one)
            writer.writerow([as_cell(one.get(name)) for name in names])
    with (to / WINDOWS).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*DAY_COLUMNS])
        table.writeheader()
        table.writerows(days(told))
    checks = recount.checked(told["total"])
    digests = {name: hashlib.sha256((to / name).read_bytes()).hexdigest() for name in (ATTEMPTS, WINDOWS)}
    summary = {
        **told,
        "checks": checks,
        "attempts": recount.rows,
        "refused": dict(recount.refused.most_common()),
        "refused_because_listed": recount.do_not_call,
        "sha256": digests,
    }
    (to / SUMMARY).write_text(json.dumps(summary, indent=2), encoding="utf-8")
    (to / PAGE).write_text(page(told, recount, checks, digests), encoding="utf-8")
    return Pack(
        files=tuple(to / name for name in (PAGE, ATTEMPTS, WINDOWS, SUMMARY)),
        checks=checks,
        rows=recount.rows,
    )


def as_cell(value: Any) -> Any:
    """A value in a table that a spreadsheet may open: no cell is a formula. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
