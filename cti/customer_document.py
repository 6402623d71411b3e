"""A customer as people and lists write him, checked: the one form for the API and for CSV files."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from acd.ids import AgentId, CustomerId
from cti.customers import MOST_FREE, MOST_FREE_CHARACTERS, MOST_NUMBERS, CustomerRecord
from cti.numbers import NotANumber, number_of
from cti.value_types import Id, Language, PersonName, Section, Segment
from ivr.suggestion import closest

WrittenNumber = Annotated[str, StringConstraints(min_length=1, max_length=40)]
FreeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$")]
FreeText = Annotated[
    str, StringConstraints(max_length=MOST_FREE_CHARACTERS, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")
]


class CustomerDocument(Section):
    """A customer, without his id."""

    name: PersonName | None = None
    numbers: Annotated[tuple[WrittenNumber, ...], Field(max_length=MOST_NUMBERS)] = ()
    """Telephone numbers, however they are written."""
    segment: Segment | None = None
    language: Language | None = None
    own_agent: Id | None = None
    """The agent who looks after him; must be one of the house."""
    preferences: Annotated[Mapping[FreeName, FreeText], Field(max_length=MOST_FREE)] = {}
    attributes: Annotated[Mapping[FreeName, FreeText], Field(max_length=MOST_FREE)] = {}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a customer cannot be kept as he is written."""

    field: str
    why: str


def record_of(
    document: CustomerDocument, customer_id: CustomerId, region: str | None, agents: Collection[str]
) -> CustomerRecord | list[Fault]:
    """The customer as he is kept, or everything that is wrong with him. ``agents`` are the house's."""
    numbers: list[str] = []
    faults = list(_faulty_numbers(document.numbers, region, numbers))
    if document.own_agent is not None and document.own_agent not in agents:
        likely = closest(document.own_agent, agents)
        meant = f" (did you mean {likely!r}?)" if likely else ""
        faults.append(Fault("own_agent", f"there is no agent {document.own_agent!r}{meant}"))
    if faults:
        return faults
    return CustomerRecord(
        customer_id=customer_id,
        name=document.name,
        numbers=tuple(dict.fromkeys(numbers)),
        segment=document.segment,
        language=document.language,
        own_agent=None if document.own_agent is None else AgentId(document.own_agent),
        preferences=document.preferences,
        attributes=document.attributes,
    )


def _faulty_numbers(written: Collection[str], region: str | None, read: list[str]) -> Iterator[Fault]:
    for one in written:
        try:
            read.append(number_of(one, region))
        except NotANumber as problem:
            yield Fault("numbers", str(problem))
