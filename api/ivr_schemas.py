"""What the API says of callers' ways through flows: one call's, and what all of them sum up to."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, Field

from acd.call import Outcome
from acd.ivr_exits import IvrExit
from api.facts import IsoTime, iso, iso_or_none, seconds_or_none
from api.schemas import MOMENT, example
from cti.ivr_path import NO_KEY, NodeVisitRecord, StayRecord
from cti.ivr_report import CONTAINED, CallCounts, FlowCounts, NodeCounts, NodeName


def shown(name: NodeName, flow: str) -> str:
    """A node's name in a stay in ``flow``: of a node in a sub-flow, that sub-flow's name goes before it."""
    return name.node if name.flow == flow else f"{name.flow}/{name.node}"


def mean_s(total_us: int, of: int) -> float | None:
    """The mean of ``of`` spans that sum up to ``total_us``, in seconds."""
    return total_us / of / 1_000_000 if of else None


class IvrCalls(BaseModel):
    """Calls that came to a flow."""

    model_config = example(
        calls=100,
        live=2,
        outcomes={"served_in_ivr": 58, "answered": 33, "left_ivr": 7},
        contained=58,
        containment=0.592,
    )

    calls: int = Field(description="Each counted once; always the outcomes and the live ones.")
    live: int
    outcomes: dict[Outcome, int]
    contained: int = Field(description="Served by their flow alone: those that ended `served_in_ivr`.")
    containment: float | None = Field(description="contained / calls that are over.")

    @classmethod
    def of(cls, counts: CallCounts) -> Self:
        """The figures of some calls."""
        return cls(
            calls=counts.calls,
            live=counts.live,
            outcomes=counts.outcomes,
            contained=counts.outcomes.get(CONTAINED, 0),
            containment=counts.containment,
        )


class IvrNode(BaseModel):
    """What callers did at one node."""

    model_config = example(
        node="choice",
        kind="menu",
        visits=100,
        begins=0,
        still_here=0,
        exits={"hung_up": 7},
        leads_to={"balance": 55, "support": 38},
        drop_off=0.07,
        average_s=6.4,
        keys={"1": 55, "2": 38, "-": 7},
        wrong_keys={"9": 4, "-": 6},
        results={"chosen": 93, "silence": 7},
    )

    node: str = Field(description="Its name; one in a sub-flow follows that flow's name: `identify/pin`.")
    kind: str
    visits: int = Field(description="Always where they led, the exits, and who is still here.")
    begins: int = Field(description="Visits a stay began with; all others were led here by some node.")
    still_here: int
    exits: dict[IvrExit, int] = Field(description="Visits a stay ended with.")
    leads_to: dict[str, int] = Field(description="Where callers went from here.")
    drop_off: float | None = Field(description="Visits at which the caller hung up / visits.")
    average_s: float | None = Field(description="Time spent here; of whom nobody saw leave, not counted.")
    keys: dict[str, int] = Field(
        description="Visits by the key that decided; `-` is silence, several keys, or none was asked for."
    )
    wrong_keys: dict[str, int] = Field(description="Tries before the last, by key; `-` as above.")
    results: dict[str, int] = Field(description="Visits by what came of it, in a few words.")

    @classmethod
    def of(cls, counts: NodeCounts, flow: str) -> Self:
        """The figures of one node, in stays in ``flow``."""
        keys, results = Counter[str](), Counter[str]()
        for (key, result), visits in counts.answers.items():
            keys[key or NO_KEY] += visits
            if result is not None:
                results[result] += visits
        return cls(
            node=shown(counts.name, flow),
            kind=counts.kind,
            visits=counts.visits,
            begins=counts.begins,
            still_here=counts.still_here,
            exits=counts.exits,
            leads_to={shown(to, flow): visits for to, visits in counts.leads_to.items()},
            drop_off=counts.dropped / counts.visits if counts.visits else None,
            average_s=mean_s(counts.spent, counts.timed),
            keys=dict(sorted(keys.items())),
            wrong_keys=counts.wrong_keys,
            results=dict(results.most_common()),
        )


class IvrFlow(BaseModel):
    """What callers did in one flow. A call that comes back to it stays there twice, and is one call."""

    flow: str
    stays: int = Field(description="Always the exits and who is still here.")
    still_here: int
    exits: dict[IvrExit, int]
    average_s: float | None = Field(description="Length of a stay.")
    calls: IvrCalls
    nodes: list[IvrNode] = Field(description="Most visited first.")

    @classmethod
    def of(cls, counts: FlowCounts) -> Self:
        """The figures of one flow."""
        nodes = sorted(counts.nodes.values(), key=lambda node: (-node.visits, node.name))
        return cls(
            flow=counts.flow,
            stays=counts.stays,
            still_here=counts.still_here,
            exits=counts.exits,
            average_s=mean_s(counts.spent, counts.timed),
            calls=IvrCalls.of(counts.calls),
            nodes=[IvrNode.of(node, counts.flow) for node in nodes],
        )


class IvrReport(BaseModel):
    """What callers did in flows, of those who first came to one in a span of time."""

    since: IsoTime
    until: IsoTime
    calls: IvrCalls = Field(description="Of all these flows; a call that came to two of them counts once.")
    flows: list[IvrFlow]


class NodeVisit(BaseModel):
    """One visit to a node."""

    model_config = example(
        call_id="1772443800.42",
        node="choice",
        kind="menu",
        entered_at=MOMENT % 3,
        spent_s=5.2,
        key="1",
        tries=2,
        tried="9",
        result="chosen",
        next="balance",
        exit=None,
    )

    call_id: str
    node: str = Field(description="Its name; one in a sub-flow follows that flow's name: `identify/pin`.")
    kind: str
    entered_at: IsoTime
    spent_s: float | None = Field(description="Null while he is there, and when nobody saw when he left.")
    key: str | None = Field(description="The key that decided; null for silence, or several keys, or none.")
    tries: int = Field(description="How often the node learned something: how often it was asked.")
    tried: str = Field(description="The keys of the tries before, `-` for each that was not one key.")
    result: str | None = Field(description="What came of it, in a few words; never what was typed.")
    next: str | None = Field(description="Where the caller went; null when his stay ended here.")
    exit: IvrExit | None = Field(description="How his stay ended here; null when he went on.")

    @classmethod
    def of(cls, record: NodeVisitRecord) -> Self:
        """The visit in a record."""
        to = None
        if record.next_flow is not None and record.next_node is not None:
            to = shown(NodeName(record.next_flow, record.next_node), record.stay_flow)
        return cls(
            call_id=record.call_id,
            node=shown(NodeName(record.flow, record.node), record.stay_flow),
            kind=record.kind,
            entered_at=iso(record.entered_at),
            spent_s=seconds_or_none(record.spent_us),
            key=record.key,
            tries=record.tries,
            tried=record.tried,
            result=record.result,
            next=to,
            exit=record.exit,
        )


class NodeVisitPage(BaseModel):
    """Some visits to nodes, earliest first."""

    visits: list[NodeVisit]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class Stay(BaseModel):
    """One stay of a call in a flow."""

    model_config = example(
        call_id="1772443800.42",
        flow="bank",
        flow_version=17,
        began_at=MOMENT % 0,
        ended_at=MOMENT % 21,
        exit="served",
        spent_s=21.0,
    )

    call_id: str
    flow: str
    flow_version: int | None = Field(description="The published version; null when there was none.")
    began_at: IsoTime
    ended_at: IsoTime | None = Field(description="Null while it lasts.")
    exit: IvrExit | None = Field(description="Null while it lasts.")
    spent_s: float | None = Field(description="Null while it lasts, and when nobody saw when it ended.")

    @classmethod
    def of(cls, record: StayRecord) -> Self:
        """The stay in a record."""
        return cls(
            call_id=record.call_id,
            flow=record.flow,
            flow_version=record.flow_version or None,
            began_at=iso(record.began_at),
            ended_at=iso_or_none(record.ended_at),
            exit=record.exit,
            spent_s=seconds_or_none(record.spent_us),
        )


class StayPage(BaseModel):
    """Some stays, earliest first."""

    stays: list[Stay]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class PathStay(BaseModel):
    """One stay of a call in a flow, node by node."""

    stay: Stay
    nodes: list[NodeVisit]

    @classmethod
    def of(cls, record: StayRecord, visits: Iterable[NodeVisitRecord]) -> Self:
        """The stay in a record, with its visits."""
        return cls(stay=Stay.of(record), nodes=[NodeVisit.of(visit) for visit in visits])
