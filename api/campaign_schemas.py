"""What the API takes and gives about campaigns: documents, where they stand, what is asked of them."""

from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.facts import IsoTime, iso, iso_or_none
from api.publishing import Publication
from api.schemas import MOMENT, example
from cti.campaign_check import DryRun
from cti.campaign_document import CampaignDocument
from cti.campaign_store import CampaignRecord, CampaignVersion
from dialer.campaign import CampaignState, Mode

CAMPAIGN_PATTERN = "^[a-z][a-z0-9-]{0,30}[a-z0-9]$"
MOST_CHARACTERS = 131_072
"""Of a campaign's document."""

CampaignName = Annotated[
    str, Path(pattern=CAMPAIGN_PATTERN, description="The campaign's name.", examples=["sales"])
]
Who = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$"), Field(max_length=64)
]
Why = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$"), Field(max_length=200)
]
Written = Annotated[
    str,
    Field(
        max_length=MOST_CHARACTERS,
        description="The campaign's document, YAML or JSON.",
        examples=["title: Autumn offer\nmode: predictive\nqueue: sales\n"],
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewCampaign(_Request):
    """A campaign to be made."""

    campaign_id: Annotated[str, StringConstraints(pattern=CAMPAIGN_PATTERN)] = Field(examples=["sales"])
    document: Written
    author: Who = "api"
    comment: Why = ""


class CampaignChange(Publication):
    """Another document for a campaign."""

    document: Written


class CampaignText(_Request):
    """A document, to be looked at alone."""

    document: Written


class StartRequest(_Request):
    """Begin, or go on."""

    trial: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Pause by itself after so many attempts."
    )
    by: Who = Field(default="api", description="Who says so.")


class HaltRequest(_Request):
    """Pause."""

    because: Why = ""
    by: Who = Field(default="api", description="Who says so.")


class StopRequest(HaltRequest):
    """Stop."""

    at_once: bool = Field(
        default=False, description="Give up also what has not rung for as long as the profile asks."
    )


class CampaignProblem(BaseModel):
    """One mistake in a document."""

    model_config = example(line=2, field="mode", message="must be 'preview', …", suggestion="predictive")

    line: int = Field(description="0 when it stands in no line.")
    field: str
    message: str
    suggestion: str | None


class CampaignChecked(BaseModel):
    """Whether a document could be a campaign's."""

    fine: bool
    problems: list[CampaignProblem]
    warnings: list[str] = Field(description="What is not wrong, and will be regretted.")


_EXAMPLE: dict[str, Any] = {
    "campaign_id": "sales",
    "title": "Autumn offer",
    "mode": "predictive",
    "queue": "sales",
    "state": "running",
    "since": MOMENT % 0,
    "because": "asked",
    "by": "zoe",
    "version": 3,
    "leads": {"spring": {"new": 812, "done": 188}},
    "problem": None,
}


class CampaignSeen(BaseModel):
    """A campaign, now."""

    model_config = example(**_EXAMPLE)

    campaign_id: str
    title: str | None = Field(description="Null when its document cannot be read any more.")
    mode: Mode | None
    queue: str | None = Field(description="Whose agents talk; null: agentless.")
    state: CampaignState
    since: IsoTime
    because: str = Field(
        description="Why it stands so: `asked`, `trial`, `trial_over`, `leads_done`, or in words."
    )
    by: str
    version: int = Field(description="Of its document; the base of a change.")
    leads: dict[str, dict[str, int]] = Field(description="By list and where they stand.")
    problem: str | None = Field(description="Why it is not dialled although it should be.")

    @classmethod
    def of(
        cls,
        record: CampaignRecord,
        document: CampaignDocument | None,
        leads: dict[str, dict[str, int]],
        problem: str | None,
    ) -> Self:
        """As it is kept."""
        return cls(**_seen(record, document, leads, problem))


class CampaignWithDocument(CampaignSeen):
    """A campaign with its document."""

    model_config = example(
        **_EXAMPLE, document="title: Autumn offer\n…", author="zoe", comment="", at=MOMENT % 0
    )

    document: str = Field(description="As it was written.")
    author: str
    comment: str
    at: IsoTime = Field(description="When this version was published.")

    @classmethod
    def of(
        cls,
        record: CampaignRecord,
        document: CampaignDocument | None,
        leads: dict[str, dict[str, int]],
        problem: str | None,
    ) -> Self:
        """As it is kept."""
        return cls(**_seen(record, document, leads, problem), **_published(record.version))


class PublishedCampaign(BaseModel):
    """A version of a campaign's document."""

    model_config = example(version=2, at=MOMENT % 0, author="zoe", comment="more lines", document="title: …")

    version: int
    at: IsoTime
    author: str
    comment: str
    document: str

    @classmethod
    def of(cls, version: CampaignVersion) -> Self:
        """As it was published."""
        return cls(version=version.version, **_published(version))


class KeptBack(BaseModel):
    """Leads that one thing keeps from being dialled."""

    model_config = example(
        why="outside_hours",
        told="it is outside calling hours in Europe/Paris",
        leads=120,
        until=MOMENT % 0,
        examples=["spring:1"],
    )

    why: str = Field(
        description="A reason of the gate; or `done`, `resting`, `under_way`, `not_before`, `expired`, "
        "`no_number_left`, `list_not_dialled`, `number_hours`."
    )
    told: str = Field(description="In words; of the first one.")
    leads: int
    until: IsoTime | None = Field(description="When the first of them may be dialled; null: never.")
    examples: list[str]


class CampaignDryRun(BaseModel):
    """How many leads could be dialled now, and why not the others. Each is counted once."""

    model_config = example(
        campaign_id="sales",
        begun_at=MOMENT % 0,
        ended_at=MOMENT % 9,
        in_all=1000,
        looked_at=1000,
        diallable=880,
        kept_back=[],
        warnings=[],
        failed=None,
    )

    campaign_id: str
    begun_at: IsoTime
    ended_at: IsoTime | None = Field(description="Null while it is under way.")
    in_all: int
    looked_at: int
    diallable: int
    kept_back: list[KeptBack] = Field(description="The most frequent reason first.")
    warnings: list[str] = Field(description="What is not wrong in its rules, and will be regretted.")
    failed: str | None = Field(description="Why it did not come to its end.")

    @classmethod
    def of(cls, run: DryRun) -> Self:
        """As far as it is."""
        groups = sorted(run.groups.values(), key=lambda group: (-group.leads, group.why))
        return cls(
            campaign_id=run.campaign_id,
            begun_at=iso(run.begun_at),
            ended_at=iso_or_none(run.ended_at),
            in_all=run.in_all,
            looked_at=run.looked_at,
            diallable=run.diallable,
            kept_back=[
                KeptBack(
                    why=group.why,
                    told=group.told,
                    leads=group.leads,
                    until=iso_or_none(group.until),
                    examples=list(group.examples),
                )
                for group in groups
            ],
            warnings=[*run.warnings],
            failed=run.failed or None,
        )


class CampaignRemoved(BaseModel):
    """A campaign that is no more."""

    model_config = example(leads=1200)

    leads: int = Field(description="Deleted with it.")


def _seen(
    record: CampaignRecord,
    document: CampaignDocument | None,
    leads: dict[str, dict[str, int]],
    problem: str | None,
) -> dict[str, Any]:
    return {
        "campaign_id": record.campaign_id,
        "title": None if document is None else document.title,
        "mode": None if document is None else document.mode,
        "queue": None if document is None else document.queue,
        "state": record.state,
        "since": iso(record.since),
        "because": record.because,
        "by": record.by,
        "version": record.version.version,
        "leads": leads,
        "problem": problem,
    }


def _published(version: CampaignVersion) -> dict[str, Any]:
    return {
        "at": iso(version.at),
        "author": version.author,
        "comment": version.comment,
        "document": version.document,
    }
