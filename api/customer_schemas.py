"""What the API says of customers."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, Field

from acd.call import Call
from api.facts import IsoTime, iso_or_none
from api.schemas import MOMENT, example
from cti.customers import CustomerRecord


class Customer(BaseModel):
    """A customer."""

    model_config = example(
        customer_id="c-1042",
        name="Mia Ölström",
        numbers=["+33123456789"],
        segment="gold",
        language="fr",
        own_agent="ana",
        preferences={"hours": "mornings"},
        attributes={"contract": "A-7"},
        last_agent="ben",
        last_contact_at=MOMENT % 9,
    )

    customer_id: str
    name: str | None
    numbers: list[str] = Field(description="In their one form, E.164; short ones are internal numbers.")
    segment: str | None
    language: str | None
    own_agent: str | None
    preferences: Mapping[str, str]
    attributes: Mapping[str, str]
    last_agent: str | None = Field(description="Who talked with him last; kept by the engine.")
    last_contact_at: IsoTime | None

    @classmethod
    def of(cls, record: CustomerRecord) -> Self:
        """The customer in a record."""
        return cls(
            customer_id=record.customer_id,
            name=record.name,
            numbers=list(record.numbers),
            segment=record.segment,
            language=record.language,
            own_agent=record.own_agent,
            preferences=record.preferences,
            attributes=record.attributes,
            last_agent=record.last_agent,
            last_contact_at=iso_or_none(record.last_contact_at),
        )


class CustomerPage(BaseModel):
    """Some customers, by id."""

    customers: list[Customer]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class Forgotten(BaseModel):
    """A customer who is no longer kept."""

    model_config = example(customer_id="c-1042")

    customer_id: str


class Rejected(BaseModel):
    """A row that was not taken."""

    model_config = example(
        row=2, line=3, customer_id="c-7", field="numbers", why="'anna' is no telephone number"
    )

    row: int = Field(description="From 1, the line of column names not counted.")
    line: int
    customer_id: str | None
    field: str = Field(description="The column; empty when it is all of the row.")
    why: str


class ImportReport(BaseModel):
    """What became of a CSV file."""

    model_config = example(rows=3, taken=3, dry_run=False, rejected=[])

    rows: int
    taken: int = Field(description="Rows kept; in a dry run, rows that would have been.")
    dry_run: bool
    rejected: list[Rejected]


class Caller(BaseModel):
    """Who is calling, as routing sees him."""

    model_config = example(
        customer_id="c-1042", segment="gold", language="fr", own_agent="ana", last_agent="ben"
    )

    customer_id: str
    segment: str | None
    language: str | None
    own_agent: str | None
    last_agent: str | None

    @classmethod
    def of(cls, call: Call) -> Self | None:
        """The caller of a live call, when it is known who he is."""
        who = call.customer
        if who is None:
            return None
        return cls(
            customer_id=who.customer_id,
            segment=who.segment,
            language=who.language,
            own_agent=who.own_agent,
            last_agent=who.last_agent,
        )
