"""What the API takes and gives about flows: versions, problems and changes."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.facts import IsoTime, iso
from api.publishing import Publication
from api.schemas import MOMENT, example
from cti.flow_history import FlowsVersion
from cti.flows_cache import KnownFlows
from cti.rules_diff import Change
from ivr.document import MAX_BYTES, Problem
from ivr.flow_texts import FlowTexts
from ivr.loader import MAX_FLOWS, PublishedFlow

_FLOW = "name: main\nstart: bye\nnodes:\n  bye: {kind: hangup, prompts: [goodbye]}\n"

Text = Annotated[str, Field(max_length=MAX_BYTES)]
Flows = Annotated[
    dict[str, Text],
    Field(
        min_length=1,
        max_length=MAX_FLOWS,
        description="Every flow, YAML or JSON, under the name of its file.",
        examples=[{"main.yaml": _FLOW}],
    ),
]
Numbers = Annotated[
    Text | None,
    Field(
        description="The number plan, YAML or JSON; null: the one in force.",
        examples=["numbers: {default: main}"],
    ),
]
_VersionNumber = Annotated[int, Field(ge=1, le=2**53)]


class WrittenFlows(BaseModel):
    """All flows and the number plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flows: Flows
    numbers: Numbers = None

    def texts(self, in_force: KnownFlows) -> FlowTexts:
        """What is to be published; half a surrogate pair, which JSON can hold and no file, becomes ``?``."""
        numbers = in_force.texts.numbers if self.numbers is None else self.numbers
        return FlowTexts(
            numbers=_clean(numbers), flows={_clean(file): _clean(text) for file, text in self.flows.items()}
        )


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class PublishFlowsRequest(Publication, WrittenFlows):
    """Flows to be published."""


class FlowsRollbackRequest(Publication):
    """An old version to be published anew."""

    version: _VersionNumber


class FlowsDiffRequest(BaseModel):
    """Two books of flows, each a published version or texts; what is not given is what is in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: WrittenFlows | None = None
    before_version: _VersionNumber | None = None
    after: WrittenFlows | None = None
    after_version: _VersionNumber | None = None


class FlowsProblem(BaseModel):
    """One mistake."""

    model_config = example(
        file="flows/main.yaml",
        line=14,
        field="nodes.choice.keys.1",
        message="no node is called 'sale'",
        suggestion="sales",
    )

    file: str
    line: int = Field(description="0 when it stands in no line.")
    field: str
    message: str
    suggestion: str | None

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """A problem that was found."""
        return cls(
            file=problem.file,
            line=problem.line,
            field=problem.field,
            message=problem.message,
            suggestion=problem.suggestion,
        )


class CheckedFlows(BaseModel):
    """Whether flows could be published."""

    fine: bool
    problems: list[FlowsProblem]


class FlowsChange(BaseModel):
    """One value that differs between two books of flows."""

    model_config = example(
        where="flow main",
        what="nodes.choice.keys.4",
        before=None,
        after="sales",
        told="flow main: nodes.choice.keys.4 added: sales",
    )

    where: str
    what: str = Field(description="Empty for all of it.")
    before: Any = Field(description="Null for something that comes.")
    after: Any = Field(description="Null for something that goes.")
    told: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """A change between two books."""
        return cls(
            where=change.where, what=change.what, before=change.before, after=change.after, told=str(change)
        )


_EXAMPLE: dict[str, Any] = {
    "version": 3,
    "at": MOMENT % 0,
    "author": "zoe",
    "comment": "flow main: nodes.choice.keys.4 added: sales",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "in_force": True,
}


class FlowsVersionReport(BaseModel):
    """A published version of all flows and the number plan."""

    model_config = example(**_EXAMPLE)

    version: int
    at: IsoTime = Field(description="When it was published, and was first met by callers.")
    author: str = Field(description="As he called himself; `files`: what lay in them was taken by itself.")
    comment: str
    digest: str = Field(description="SHA-256 of the texts: equal texts have equal ones.")
    in_force: bool = Field(description="Whether new calls meet it.")

    @classmethod
    def of(cls, version: FlowsVersion, in_force: int) -> Self:
        """The version in the history."""
        return cls(**_version(version, in_force))


class FlowsVersionTexts(FlowsVersionReport):
    """A published version with its texts."""

    model_config = example(**_EXAMPLE, numbers="numbers: {default: main}", flows={"main.yaml": _FLOW})

    numbers: str
    flows: dict[str, str] = Field(description="Each flow under the name of its file.")

    @classmethod
    def with_texts(cls, version: FlowsVersion, in_force: int, texts: FlowTexts) -> Self:
        """The version in the history, and what it says."""
        return cls(**_version(version, in_force), numbers=texts.numbers, flows=dict(texts.flows))


class PublishedFlows(FlowsVersionReport):
    """A version that was just published, and what it changes."""

    model_config = example(**_EXAMPLE, changes=[])

    changes: list[FlowsChange]

    @classmethod
    def now(cls, version: FlowsVersion, in_force: int, changes: Iterable[Change]) -> Self:
        """The version in the history, compared with what was in force."""
        told = [FlowsChange.of(change) for change in changes]
        return cls(**_version(version, in_force), changes=told)


class FlowSummary(BaseModel):
    """A flow in force."""

    model_config = example(name="main", file="main.yaml", version="1f0a3c5e7b9d", nodes=9)

    name: str
    file: str
    version: str = Field(description="Made from its content: the same as long as callers meet the same.")
    nodes: int

    @classmethod
    def of(cls, flow: PublishedFlow) -> Self:
        """The flow in a book."""
        return cls(
            name=flow.name,
            file=flow.document.file.rpartition("/")[2],
            version=flow.version,
            nodes=len(flow.flow.nodes),
        )


class FlowsInForce(BaseModel):
    """What new calls meet."""

    model_config = ConfigDict(frozen=True)

    version: int = Field(description="0 while the store has not been asked yet.")
    latest: int | None = Field(
        description="The latest version known to the store: the base of a change; null without the store."
    )
    numbers: dict[str, Any] = Field(description="The number plan.")
    flows: list[FlowSummary]
    file_problems: list[FlowsProblem] = Field(
        description="Why what lies in the files beside the configuration cannot be published."
    )

    @classmethod
    def of(cls, known: KnownFlows, latest: int | None, problems: Iterable[Problem]) -> Self:
        """What is in force."""
        return cls(
            version=known.version,
            latest=latest,
            numbers=_plan(known),
            flows=[FlowSummary.of(flow) for flow in known.book.flows.values()],
            file_problems=[FlowsProblem.of(problem) for problem in problems],
        )


def _plan(known: KnownFlows) -> dict[str, Any]:
    plan = known.book.plan
    numbers: Mapping[str, Any] = {} if plan is None else plan.plan.model_dump(mode="json")["numbers"]
    return dict(numbers)


def _version(version: FlowsVersion, in_force: int) -> dict[str, Any]:
    return {
        "version": version.version,
        "at": iso(version.at),
        "author": version.author,
        "comment": version.comment,
        "digest": version.digest,
        "in_force": version.version == in_force,
    }
