"""Which column of a list says what: as somebody has written it, or as the columns' names make it likely.

A column's meaning is a word: ``id``, ``name`` (several columns make one name), ``customer_id``, ``zone``,
``priority``, ``language``, ``not_before``, ``not_after``, ``agent``; ``data.WHAT`` for the agent's screen and
the flow; ``-`` for a column that is passed over. ``number`` may stand for several columns, tried in their
order: ``number:mobile`` says what kind it is, ``number:work@09:00-17:00`` that it is dialled only then, by
the clock of whom it belongs to.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from acd.brief import LONGEST_NAME, MOST_DATA
from cti.numbers import NotANumber, number_of
from cti.sheet import MOST_COLUMNS
from cti.value_types import Region, Section
from dialer.lead import MOST_NUMBERS
from ivr.suggestion import closest

PASSED_OVER = "-"
REJECTED = "rejected."
"""Columns of a file of rejected rows: it can be corrected and read again."""
DONE = "done."
"""Columns of leads given back (:mod:`cti.lead_csv`): what was done is nothing a list says."""
PLAIN = (
    "id",
    "name",
    "customer_id",
    "zone",
    "priority",
    "language",
    "not_before",
    "not_after",
    "agent",
)

_MEANING = re.compile(
    r"number(?::(?P<kind>[a-z][a-z0-9_-]{0,15}))?"
    r"(?:@(?P<since>[0-9]{1,2}(?::[0-9]{2})?)-(?P<until>[0-9]{1,2}(?::[0-9]{2})?))?"
)
_DATUM = re.compile(rf"data\.([A-Za-z0-9][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}})")
_MANY = 0.6
"""So much of a column must be telephone numbers for it to be taken for one that has no telling name."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "lead id", "customer number", "kundennummer", "client id", "ref", "reference", "no", "nr"),
    "customer_id": ("customer", "customer id", "client", "kunde", "crm id"),
    "name": (
        *("name", "full name", "contact", "first name", "firstname", "last name", "lastname", "surname"),
        *("vorname", "nachname", "nom", "prenom", "nombre", "apellido", "apellidos", "nome", "cognome"),
        *("姓名", "名字", "名前", "氏名"),
    ),
    "zone": ("zone", "timezone", "time zone", "tz", "zeitzone", "fuseau", "fuseau horaire", "时区"),
    "priority": ("priority", "prio", "prioritat", "priorite", "prioridad", "优先级"),
    "language": ("language", "lang", "sprache", "langue", "idioma", "lingua", "语言"),
    "not_before": ("not before", "start", "from", "ab"),
    "not_after": ("not after", "expires", "expiry", "valid until", "bis"),
    "agent": ("agent", "owner", "account manager"),
}
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "mobile": (
        *("mobile", "mobile phone", "mobile number", "cell", "cell phone", "cellphone", "handy", "mobil"),
        *("portable", "movil", "celular", "cellulare", "手机", "手机号", "携帯"),
    ),
    "home": ("home", "home phone", "privat", "domicile", "landline", "festnetz", "fixe"),
    "work": (
        "work",
        "work phone",
        "office",
        "office phone",
        "business phone",
        "buro",
        "bureau",
        "geschaftlich",
    ),
    "": (
        *("number", "phone", "phone number", "telephone", "telephone number", "tel", "telefon", "numero"),
        *("telefonnummer", "rufnummer", "telefono", "telefone", "msisdn", "e164", "电话", "电话号码", "電話"),
    ),
}


class Dedupe(StrEnum):
    """Among whom nobody's number may stand twice."""

    LIST = "list"
    CAMPAIGN = "campaign"
    HOUSE = "house"
    """Also leads of other campaigns who are not done."""


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column with numbers."""

    column: str
    kind: str = ""
    since_minute: int = 0
    until_minute: int = 1440


@dataclass(frozen=True, slots=True)
class LeadMapping:
    """What the columns of one file mean, taken apart."""

    numbers: tuple[NumberColumn, ...] = ()
    names: tuple[str, ...] = ()
    """Columns that make up the name."""
    plain: Mapping[str, str] = field(default_factory=dict)
    """Field → column."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Name → column."""


def _column(name: str) -> str:
    return name.strip()


def _meaning(word: str) -> str:
    if word in PLAIN or word == PASSED_OVER or _DATUM.fullmatch(word):
        return word
    found = _MEANING.fullmatch(word)
    if found is None:
        likely = closest(word, (*PLAIN, "number", "number:mobile", "data.amount"))
        meant = f" (did you mean {likely!r}?)" if likely else ""
        raise ValueError(
            f"{word!r} is no meaning of a column{meant}: number, number:mobile@09:00-17:00, data.WHAT, "
            f"{', '.join(PLAIN)}, or - to pass it over"
        )
    if found["since"] is not None and _minute(found["since"]) >= _minute(found["until"]):
        raise ValueError(f"{word!r}: it must be later when the hours end than when they begin")
    return word


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    if int(hour) * 60 + int(minute or 0) > 1440 or int(minute or 0) > 59:
        raise ValueError(f"{clock!r} is no time of day")
    return int(hour) * 60 + int(minute or 0)


Column = Annotated[str, StringConstraints(min_length=1, max_length=110), AfterValidator(_column)]
Meaning = Annotated[str, StringConstraints(max_length=60), AfterValidator(_meaning)]


class ListReading(Section):
    """How a list is read; saved with it, so that the next file is read the same way."""

    columns: Annotated[Mapping[Column, Meaning], Field(max_length=MOST_COLUMNS)] = {}
    """Column → meaning; the others are passed over. None at all: as their names make likely."""
    region: Region | None = None
    """Where numbers without a country code are at home; null: where the house's are."""
    dedupe: Dedupe = Dedupe.CAMPAIGN

    def with_guesses(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Self:
        """The same with a meaning for every column of a file of which nobody has said anything. ``rows`` are
        its first ones.
        """
        guessed = _guessed(columns, rows, self.columns, self.region)
        return self.model_copy(update={"columns": {**self.columns, **guessed}})

    @property
    def mapping(self) -> LeadMapping:
        """Taken apart."""
        numbers: list[NumberColumn] = []
        names: list[str] = []
        plain: dict[str, str] = {}
        data: dict[str, str] = {}
        for column, meaning in self.columns.items():
            if datum := _DATUM.fullmatch(meaning):
                data[datum[1]] = column
            elif found := _MEANING.fullmatch(meaning):
                hours = (0, 1440)
                if found["since"] is not None:
                    hours = (_minute(found["since"]), _minute(found["until"]))
                numbers.append(NumberColumn(column, found["kind"] or "", *hours))
            elif meaning == "name":
                names.append(column)
            elif meaning != PASSED_OVER:
                plain[meaning] = column
        return LeadMapping(tuple(numbers), tuple(names), plain, data)

    def faults(self, columns: Sequence[str]) -> list[str]:
        """Why a file with these columns cannot be read so."""
        told: list[str] = []
        for column, meaning in self.columns.items():
            if column not in columns and meaning != PASSED_OVER:
                likely = closest(column, columns)
                meant = (
                    f" (did you mean {likely!r}?)" if likely else f"; there are {', '.join(columns)[:200]}"
                )
                told.append(f"there is no column {column!r}{meant}")
        meanings = [one for one in self.columns.values() if one in PLAIN or one.startswith("data.")]
        for twice in sorted({one for one in meanings if meanings.count(one) > 1 and one != "name"}):
            told.append(f"two columns are {twice!r}")
        mapping = self.mapping
        if not mapping.numbers:
            told.append(f"no column is 'number'; there are {', '.join(columns)[:200]}")
        if len(mapping.numbers) > MOST_NUMBERS:
            told.append(f"more than {MOST_NUMBERS} columns are 'number'")
        if len(mapping.data) > MOST_DATA:
            told.append(f"more than {MOST_DATA} columns are 'data'")
        return told


def _guessed(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    said: Mapping[str, str],
    region: str | None,
) -> dict[str, str]:
    taken = {meaning for meaning in said.values() if not meaning.startswith(("number", "name"))}
    guessed: dict[str, str] = {}
    free = [column for column in columns if column not in said and not column.startswith((REJECTED, DONE))]
    for column in free:
        meaning = _by_name(column)
        if meaning is not None and meaning not in taken:
            guessed[column] = meaning
            if not meaning.startswith(("number", "name")):
                taken.add(meaning)
    if not any(meaning.startswith("number") for meaning in (*said.values(), *guessed.values())):
        guessed |= {
            column: "number"
            for place, column in enumerate(columns)
            if column in free and column not in guessed and _are_numbers(rows, place, region)
        }
    room = MOST_DATA - sum(1 for meaning in said.values() if meaning.startswith("data."))
    for column in free:
        name = _datum_name(column)
        if column not in guessed and name and f"data.{name}" not in taken and room > 0:
            guessed[column] = f"data.{name}"
            taken.add(f"data.{name}")
            room -= 1
    return guessed


def _by_name(column: str) -> str | None:
    plain = _plain(column)
    without_digits = plain.rstrip("0123456789 ()")
    for kind, words in _NUMBERS.items():
        if plain in words or without_digits in words:
            return f"number:{kind}" if kind else "number"
    if _DATUM.fullmatch(column) or column in PLAIN:
        return column
    if _MEANING.fullmatch(column):
        return column
    return next((meaning for meaning, words in _WORDS.items() if plain in words), None)


def _plain(column: str) -> str:
    """Lower-case letters without accents, words parted by single spaces."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    letters = (c for c in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+|_", " ", "".join(letters).casefold()).split())


def _are_numbers(rows: Sequence[Sequence[str]], place: int, region: str | None) -> bool:
    cells = [row[place] for row in rows if place < len(row) and row[place]]
    return bool(cells) and sum(1 for cell in cells if _is_number(cell, region)) >= _MANY * len(cells)


def _is_number(cell: str, region: str | None) -> bool:
    try:
        return number_of(cell, region).startswith("+")
    except NotANumber:
        return False


def _datum_name(column: str) -> str:
    letters = (c for c in unicodedata.normalize("NFKD", column) if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9]+", "_", "".join(letters)).strip("_").lower()[:LONGEST_NAME]
