"""A lead as people and lists write him, checked: the one form for the API and for files."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import PhoneNumberType
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from acd.brief import LONGEST_NAME, LONGEST_VALUE, MOST_DATA, Datum
from acd.ids import AgentId, CustomerId
from acd.instant import Instant
from cti.numbers import NotANumber, number_of
from cti.regions import region_of
from cti.value_types import CustomerName, Id, PersonName, Section
from cti.whereabouts import whereabouts
from dialer.ids import LeadId, ListId
from dialer.lead import MOST_NUMBERS, Lead, LeadNumber
from ivr.suggestion import closest

KEY = "[0-9A-Za-z][0-9A-Za-z._@-]{0,63}"
_KEY = re.compile(KEY)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?")
_WHOLE = re.compile(r"(\+?[0-9]+)\.0+")
_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a lead cannot be taken as he is written."""

    field: str
    why: str


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError("must be 1 to 64 letters, digits, dots, @, hyphens and underscores, without spaces")
    return text


def _language(text: str) -> str:
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        raise ValueError("must be a language, such as fr or pt-BR")
    return found[1].lower() + (f"_{found[2].upper()}" if found[2] else "")


def _zone(text: str) -> str:
    if text not in _zones():
        likely = closest(text, _zones())
        meant = f" (did you mean {likely}?)" if likely else ""
        raise ValueError(f"{text!r} is no time zone, such as Europe/Paris{meant}")
    return text


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _one_number(given: Any) -> Any:
    return {"number": given} if isinstance(given, str) else given


_Value = Annotated[
    str, StringConstraints(max_length=LONGEST_VALUE, pattern=r"^[^\x00-\x1f\x7f]*$", strip_whitespace=True)
]
_Name = Annotated[str, StringConstraints(pattern=rf"^[A-Za-z0-9][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}$")]
_Moment = Annotated[str, StringConstraints(max_length=40)]


class NumberDocument(Section):
    """One telephone; a text alone is its number."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    kind: Annotated[str, StringConstraints(pattern="^[a-z0-9_-]{0,16}$")] = ""
    """``mobile``, ``home``, ``work``; where nothing is said and the number's plan knows it, ``mobile``."""
    since_minute: Annotated[int, Field(ge=0, le=1439)] = 0
    """Of his day, from which on it is dialled."""
    until_minute: Annotated[int, Field(ge=1, le=1440)] = 1440


class LeadDocument(Section):
    """A lead."""

    id: Annotated[str, AfterValidator(_key)] | None = None
    """His name within the list, by which he is known when he comes again; without one, his first number."""
    numbers: Annotated[
        tuple[Annotated[NumberDocument, BeforeValidator(_one_number)], ...],
        Field(min_length=1, max_length=MOST_NUMBERS),
    ]
    """In the order in which they are tried."""
    name: PersonName | None = None
    customer_id: CustomerName | None = None
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50
    language: Annotated[str, AfterValidator(_language)] | None = None
    not_before: _Moment | None = None
    """ISO 8601; without an offset, by the clock of where he is. A day alone: from its beginning on."""
    not_after: _Moment | None = None
    """Likewise. A day alone: to its end."""
    agent: Id | None = None
    """The only agent who calls him; must be one of the house."""
    data: Annotated[Mapping[_Name, _Value], Field(max_length=MOST_DATA)] = {}


@dataclass(frozen=True, slots=True)
class ReadLead:
    """A lead who is written well; his name may still depend on whose his numbers are."""

    document: LeadDocument
    lead: Lead
    """By the id he is given, or by his first number."""
    doubtful: tuple[str, ...]
    """Numbers that fit no plan of their country: nobody may ever answer there."""


def lead_id_of(list_id: ListId, document: LeadDocument, first: str) -> LeadId:
    """A lead's name in the house: his list's, and his own within it."""
    own = document.id or f"tel{first.removeprefix('+')}"
    return LeadId(f"{list_id}:{own}")


def lead_of_document(
    document: LeadDocument, list_id: ListId, region: str | None, agents: Collection[str]
) -> ReadLead | list[Fault]:
    """The lead as he is kept, or everything that is wrong with him. ``agents`` are the house's."""
    numbers: list[LeadNumber] = []
    faults = list(_faulty_numbers(document.numbers, region, numbers))
    if document.agent is not None and document.agent not in agents:
        likely = closest(document.agent, agents)
        meant = f" (did you mean {likely!r}?)" if likely else ""
        faults.append(Fault("agent", f"there is no agent {document.agent!r}{meant}"))
    moments: dict[str, Instant | None] = {"not_before": None, "not_after": None}
    first = numbers[0].number if numbers else ""
    for name, written in (("not_before", document.not_before), ("not_after", document.not_after)):
        try:
            moments[name] = _instant(written, name == "not_after", document.zone, first)
        except ValueError as problem:
            faults.append(Fault(name, str(problem)))
    since, until = moments["not_before"], moments["not_after"]
    if since is not None and until is not None and since >= until:
        faults.append(Fault("not_after", "is not later than not_before"))
    if faults:
        return faults
    lead = Lead(
        lead_id=lead_id_of(list_id, document, first),
        list_id=list_id,
        numbers=tuple(numbers),
        name=document.name or "",
        customer_id=None if document.customer_id is None else CustomerId(document.customer_id),
        zone=document.zone or _only_zone(numbers),
        priority=document.priority,
        language=document.language or "",
        not_before=since,
        not_after=until,
        agent_id=None if document.agent is None else AgentId(document.agent),
        data=tuple(Datum(name=name, value=value) for name, value in document.data.items()),
    )
    return ReadLead(document, lead, tuple(one.number for one in numbers if not _fits_a_plan(one.number)))


def _only_zone(numbers: Collection[LeadNumber]) -> str | None:
    """The one time zone all his numbers are in; None where one of them may be in several, or nobody knows."""
    told = {whereabouts(one.number, None).zones for one in numbers}
    zones = told.pop() if len(told) == 1 else ()
    return zones[0] if len(zones) == 1 else None


def _faulty_numbers(
    written: Collection[NumberDocument], region: str | None, read: list[LeadNumber]
) -> Iterator[Fault]:
    seen: set[str] = set()
    for one in written:
        try:
            number = _outside(one.number, region)
        except NotANumber as problem:
            yield Fault("numbers", str(problem))
            continue
        if one.since_minute >= one.until_minute:
            yield Fault("numbers", f"{number}: its hours end before they begin")
        elif number not in seen:  # the same twice is one
            seen.add(number)
            kind = one.kind or _kind(number)
            read.append(
                LeadNumber(
                    number=number,
                    kind=kind,
                    since_minute=one.since_minute,
                    until_minute=one.until_minute,
                    region=region_of(number),
                )
            )


def _outside(written: str, region: str | None) -> str:
    plain = written.strip()
    if whole := _WHOLE.fullmatch(plain):  # a spreadsheet's number
        plain = whole[1]
    if _SHORTENED.fullmatch(plain):
        raise NotANumber(f"{plain!r} was shortened by a spreadsheet: make its column text, and fill it again")
    number = number_of(plain, region)
    if not number.startswith("+"):
        raise NotANumber(f"{plain!r} is a number of the house at best; leads are outside")
    return number


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    return phonenumbers.parse(number, None)


def _kind(number: str) -> str:
    return "mobile" if phonenumbers.number_type(_parsed(number)) == PhoneNumberType.MOBILE else ""


def _fits_a_plan(number: str) -> bool:
    return phonenumbers.is_valid_number(_parsed(number))


def _instant(written: str | None, end: bool, zone: str | None, number: str) -> Instant | None:
    if written is None:
        return None
    whole_day = None
    try:
        whole_day = date.fromisoformat(written)
        moment = datetime(whole_day.year, whole_day.month, whole_day.day)
    except ValueError:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(f"{written!r} is no moment, such as 2026-12-24 or 2026-12-24 18:00") from None
    try:
        if whole_day is not None and end:
            moment += timedelta(days=1)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_clock(zone, number))
        since = moment - _EPOCH
    except OverflowError:
        raise ValueError(f"{written!r} is out of all bounds") from None
    return Instant(since // timedelta(microseconds=1))


def _clock(zone: str | None, number: str) -> tzinfo:
    """Where he is; where his number may be anywhere in several zones, the first of them."""
    known = (zone,) if zone is not None else whereabouts(number, None).zones
    if not known:
        raise ValueError("nobody knows what time it is there: give a time zone, or an offset such as +01:00")
    return ZoneInfo(known[0])
