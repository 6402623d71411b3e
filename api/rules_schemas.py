"""What the API takes and gives about rules: versions, problems and changes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from acd.instant import Instant
from api.facts import IsoTime, iso, iso_or_none
from api.publishing import Publication
from api.schemas import MOMENT, example
from cti.rules_diff import Change
from cti.rules_document import RulesDocument, plain
from cti.rules_version import RulesVersion, VersionState
from ivr.document import MAX_BYTES, Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Text = Annotated[
    str, Field(max_length=MAX_BYTES, description="The rules document, YAML or JSON.", examples=["queues: []"])
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WrittenRules(_Request):
    """A rules document."""

    rules: Text


class _Publication(Publication):
    """Who publishes, why, when, and what he knew."""

    at: AwareDatetime | None = Field(
        default=None, description="When it comes into force; null: at once. With its offset from UTC."
    )

    @property
    def due(self) -> Instant | None:
        """When it is to be adopted, in microseconds."""
        if self.at is None:
            return None
        return Instant(max(0, int((self.at - _EPOCH).total_seconds() * 1_000_000)))


class ApplyRequest(_Publication):
    """Rules to be published."""

    rules: Text


class RollbackRequest(_Publication):
    """An old version to be published anew."""

    version: Annotated[int, Field(ge=1, le=2**53)]


class DiffRequest(_Request):
    """Two documents, each a published version or a text; what is not given is what is in force."""

    before: Text | None = None
    before_version: Annotated[int, Field(ge=1, le=2**53)] | None = None
    after: Text | None = None
    after_version: Annotated[int, Field(ge=1, le=2**53)] | None = None


class RulesProblem(BaseModel):
    """One mistake in a document."""

    model_config = example(
        line=6,
        field="queues.0.requires.saless",
        message="no agent has the skill 'saless'",
        suggestion="sales",
    )

    line: int = Field(description="0 when it stands in no line of this document.")
    field: str
    message: str
    suggestion: str | None

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """A problem that was found."""
        return cls(
            line=problem.line, field=problem.field, message=problem.message, suggestion=problem.suggestion
        )


class Checked(BaseModel):
    """Whether a document could be published."""

    fine: bool
    problems: list[RulesProblem]


class RulesChange(BaseModel):
    """One value that differs between two documents."""

    model_config = example(
        where="queue support", what="wrap_up_s", before=10, after=20, told="queue support: wrap_up_s 10 → 20"
    )

    where: str
    what: str = Field(description="Empty for all of it.")
    before: Any = Field(description="Null for something that comes.")
    after: Any = Field(description="Null for something that goes.")
    told: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """A change between two documents."""
        return cls(
            where=change.where, what=change.what, before=change.before, after=change.after, told=str(change)
        )


_EXAMPLE: dict[str, Any] = {
    "version": 7,
    "state": "in_force",
    "at": MOMENT % 0,
    "author": "zoe",
    "comment": "less wrap-up at noon",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "scheduled_for": MOMENT % 0,
    "adopted_at": MOMENT % 1,
    "waits_because": None,
}


class Version(BaseModel):
    """A published version of the rules."""

    model_config = example(**_EXAMPLE)

    version: int
    state: VersionState
    at: IsoTime = Field(description="When it was published.")
    author: str = Field(description="As he called himself.")
    comment: str
    digest: str = Field(description="SHA-256 of the document: equal rules have equal ones.")
    scheduled_for: IsoTime
    adopted_at: IsoTime | None = Field(description="When it first decided.")
    waits_because: str | None = Field(description="Why its time has come and it is not in force.")

    @classmethod
    def of(cls, version: RulesVersion, waits_because: str | None) -> Self:
        """The version in the history."""
        return cls(**_version(version, waits_because))


class VersionDocument(Version):
    """A published version with its document."""

    model_config = example(**_EXAMPLE, document={"queues": []})

    document: dict[str, Any]

    @classmethod
    def with_document(
        cls, version: RulesVersion, waits_because: str | None, document: dict[str, Any]
    ) -> Self:
        """The version in the history, and what it says."""
        return cls(**_version(version, waits_because), document=document)


class Published(Version):
    """A version that was just published, and what it changes."""

    model_config = example(**_EXAMPLE, changes=[])

    changes: list[RulesChange]

    @classmethod
    def now(cls, version: RulesVersion, changes: Iterable[Change]) -> Self:
        """The version in the history, compared with what was in force."""
        return cls(**_version(version, None), changes=[RulesChange.of(change) for change in changes])


class RulesInForce(BaseModel):
    """The rules that decide now."""

    model_config = ConfigDict(frozen=True)

    version: int = Field(description="0 while the store has not been asked yet.")
    latest: int | None = Field(
        description="The latest version, whatever became of it: the base of a change; null without the store."
    )
    scheduled: list[Version] | None = Field(description="The next one first; null without the store.")
    document: dict[str, Any]

    @classmethod
    def of(
        cls, version: int, rules: RulesDocument, latest: int | None, scheduled: list[Version] | None
    ) -> Self:
        """What decides, and what will."""
        return cls(version=version, latest=latest, scheduled=scheduled, document=plain(rules))


def _version(version: RulesVersion, waits_because: str | None) -> dict[str, Any]:
    return {
        "version": version.version,
        "state": version.state,
        "at": iso(version.at),
        "author": version.author,
        "comment": version.comment,
        "digest": version.digest,
        "scheduled_for": iso(version.scheduled_for),
        "adopted_at": iso_or_none(version.adopted_at),
        "waits_because": waits_because,
    }
