"""What the API says of do-not-call lists."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.facts import IsoTime, iso, iso_or_none
from api.schemas import MOMENT, NAME_PATTERN, example
from cti.dnc_store import Change, ListChange, ListName, ListSummary
from dialer.compliance.listing import Listing, ListKind
from dialer.compliance.verdict import WhyNot
from dialer.ids import CampaignId

Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
WrittenNumber = Annotated[str, StringConstraints(min_length=3, max_length=40)]
CampaignName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class OnAList(BaseModel):
    """A number on a list."""

    model_config = example(
        number="+33123456789",
        list="internal",
        campaign=None,
        at=MOMENT % 9,
        by="ana",
        reason="asked never to be called again",
    )

    number: str = Field(description="In its one form, E.164.")
    list: ListKind
    campaign: str | None = Field(description="Of a campaign's list alone.")
    at: IsoTime
    by: str
    reason: str

    @classmethod
    def of(cls, listing: Listing) -> Self:
        """An entry of a list."""
        return cls(
            number=listing.number,
            list=listing.kind,
            campaign=listing.campaign_id,
            at=iso(listing.at),
            by=listing.by,
            reason=listing.reason,
        )


class ListPage(BaseModel):
    """Some of a list, by number."""

    numbers: list[OnAList]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class DncList(BaseModel):
    """A list as a whole."""

    model_config = example(list="national", campaign=None, numbers=250000, as_of=MOMENT % 0)

    list: ListKind
    campaign: str | None
    numbers: int
    as_of: IsoTime | None = Field(description="When a file was last taken in to its end; null: never.")

    @classmethod
    def of(cls, summary: ListSummary) -> Self:
        """A list in figures."""
        return cls(
            list=summary.list.kind,
            campaign=summary.list.campaign_id,
            numbers=summary.numbers,
            as_of=iso_or_none(summary.as_of),
        )


class DncChange(BaseModel):
    """Something that was once done to a list."""

    model_config = example(
        at=MOMENT % 9, list="internal", campaign=None, what="removed", by="ben", reason="it was his neighbour"
    )

    at: IsoTime
    list: ListKind
    campaign: str | None
    what: Change
    by: str
    reason: str

    @classmethod
    def of(cls, change: ListChange) -> Self:
        """A change on record."""
        return cls(
            at=iso(change.at),
            list=change.list.kind,
            campaign=change.list.campaign_id,
            what=change.what,
            by=change.by,
            reason=change.reason,
        )


class _NamesAList(BaseModel):
    list: ListKind = Field(description="`national` is imported, never written by hand.")
    campaign: CampaignName | None = Field(None, description="For a campaign's list, and only for it.")

    @model_validator(mode="after")
    def _a_list(self) -> Self:
        if (self.list is ListKind.CAMPAIGN) != (self.campaign is not None):
            raise ValueError("a campaign's list names its campaign, and no other list names one")
        return self

    @property
    def name(self) -> ListName:
        """The list that is meant."""
        return ListName(self.list, None if self.campaign is None else CampaignId(self.campaign))


class DncEntry(_NamesAList):
    """Somebody who is not to be called, or may be called again."""

    model_config = example(
        number="+33 1 23 45 67 89",
        list="internal",
        campaign=None,
        reason="asked never to be called again",
        by="ana",
    )

    number: WrittenNumber = Field(description="However it is written.")
    reason: Words
    by: Words = Field(description="Who says so.")


class DncImportEnd(_NamesAList):
    """A file that was sent to its end."""

    model_config = example(
        list="national",
        campaign=None,
        edition="2026-11",
        by="ben",
        reason="register of November",
        replace=True,
    )

    edition: Words = Field(description="As it was given with every piece of the file.")
    by: Words
    reason: Words = Field(description="Where the file comes from.")
    replace: bool = Field(
        False, description="Who is not in this edition is on the list no more; only for `national`."
    )


class DncImported(BaseModel):
    """An import that is over."""

    model_config = example(removed=1200)

    removed: int = Field(description="Numbers that stood on the list and are not in the file.")


class DncRejected(BaseModel):
    """A row that was not taken."""

    model_config = example(line=3, why="'anna' is no telephone number")

    line: int
    why: str


class DncTakenIn(BaseModel):
    """What became of a piece of a file."""

    model_config = example(rows=3, taken=3, new=2, dry_run=False, rejected=[])

    rows: int
    taken: int = Field(description="Rows with a number; in a dry run, those that would be taken.")
    new: int = Field(description="Of these, numbers that did not stand on the list.")
    dry_run: bool
    rejected: list[DncRejected]


class AgainstIt(BaseModel):
    """Why a number may not be dialled."""

    model_config = example(
        why="outside_hours", told="it is outside calling hours in Europe/Paris", until=MOMENT % 0
    )

    why: WhyNot
    told: str
    until: IsoTime | None = Field(description="When it is worth asking again; null: waiting changes nothing.")


class DncCheck(BaseModel):
    """What is known of one number."""

    number: str = Field(description="In its one form.")
    country: str | None = Field(description="ISO 3166; null when the number tells none.")
    zones: list[str] = Field(description="Where it may be answered.")
    profile: str | None = Field(description="By which it would be called.")
    may_be_dialled: bool = Field(description="Now, for that campaign or by hand; nothing is noted.")
    reasons: list[AgainstIt] = Field(description="Everything against it.")
    listings: list[OnAList] = Field(description="Where it stands; empty: nowhere.")
    changes: list[DncChange] = Field(description="What was ever done about it by hand, the latest first.")
