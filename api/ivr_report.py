"""What callers did in flows, over HTTP: counted, and the stays and visits behind every figure."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from acd.call import Outcome
from acd.ivr_exits import IvrExit
from api.context import LATER, TOKEN, UNAUTHORISED, TheEngine
from api.facts import iso
from api.ivr_schemas import (
    IvrCalls,
    IvrFlow,
    IvrReport,
    NodeVisit,
    NodeVisitPage,
    Stay,
    StayPage,
)
from api.schemas import NAME_PATTERN
from api.spans import After, Since, Until, cursor, position, span
from cti import ivr_report
from cti.ivr_report import AtNode, NodeName, Which

MOST_ON_A_PAGE = 200

router = APIRouter(
    prefix="/reports/ivr", tags=["reports"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER}
)

FlowQuery = Annotated[str | None, Query(pattern=NAME_PATTERN, description="Only this flow.")]
VersionQuery = Annotated[
    int | None, Query(ge=0, le=2**53, description="Only flows of this published version.")
]
ExitQuery = Annotated[IvrExit | None, Query(description="Only what ended a stay so.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Rows on a page.")]


@router.get("", operation_id="report_ivr", summary="Flows: who was served, who left where")
async def report_ivr(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    flow: FlowQuery = None,
    version: VersionQuery = None,
) -> IvrReport:
    """What callers did in flows: how stays ended, what became of the calls, and node by node how many came,
    what they pressed, how long it took, where they went and where they hung up. A call counts, with all it
    did in flows, in the span in which it first came to one. Written a moment behind the present."""
    begin, end = span(engine, since, until)
    which = Which(since=begin, until=end, flow=flow, version=version)
    async with engine.store.reading() as connection:
        calls = await ivr_report.all_calls(connection, which)
        flows = await ivr_report.flows(connection, which)
    return IvrReport(
        since=iso(begin), until=iso(end), calls=IvrCalls.of(calls), flows=[IvrFlow.of(one) for one in flows]
    )


@router.get("/stays", operation_id="report_ivr_stays", summary="The stays behind a figure")
async def report_ivr_stays(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    flow: FlowQuery = None,
    version: VersionQuery = None,
    exit: ExitQuery = None,
    outcome: Annotated[Outcome | None, Query(description="Only of calls that ended so.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> StayPage:
    """Stays in flows that a report of this span counts, earliest first."""
    begin, end = span(engine, since, until)
    async with engine.store.reading() as connection:
        found = await ivr_report.stays(
            connection,
            Which(since=begin, until=end, flow=flow, version=version),
            limit + 1,
            exit_=exit,
            outcome=outcome,
            after=None if after is None else position(after),
        )
    page = found[:limit]
    more = cursor(page[-1].began_at, page[-1].run, page[-1].seq) if len(found) > limit else None
    return StayPage(stays=[Stay.of(record) for record in page], next=more)


NodeQuery = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)?$",
        max_length=130,
        description="Only at this node, as the report names it.",
    ),
]


@router.get("/visits", operation_id="report_ivr_visits", summary="The visits to nodes behind a figure")
async def report_ivr_visits(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    flow: FlowQuery = None,
    version: VersionQuery = None,
    node: NodeQuery = None,
    next: NodeQuery = None,
    exit: ExitQuery = None,
    key: Annotated[
        str | None, Query(pattern=r"^[0-9*#-]$", description="Only those this key decided; `-`: no one key.")
    ] = None,
    result: Annotated[str | None, Query(max_length=100, description="Only those of which this came.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> NodeVisitPage:
    """Visits to nodes that a report of this span counts, earliest first. `next` are those from which callers
    went on there."""
    begin, end = span(engine, since, until)
    at = AtNode(
        name=_node("node", node, flow), next=_node("next", next, flow), exit=exit, key=key, result=result
    )
    async with engine.store.reading() as connection:
        found = await ivr_report.node_visits(
            connection,
            Which(since=begin, until=end, flow=flow, version=version),
            limit + 1,
            at,
            after=None if after is None else position(after),
        )
    page = found[:limit]
    more = cursor(page[-1].entered_at, page[-1].run, page[-1].seq) if len(found) > limit else None
    return NodeVisitPage(visits=[NodeVisit.of(record) for record in page], next=more)


def _node(name: str, given: str | None, flow: str | None) -> NodeName | None:
    if given is None:
        return None
    sub_flow, _, node = given.rpartition("/")
    if not sub_flow and flow is None:
        raise HTTPException(422, f"{name}: of which flow? Name it by flow=")
    return NodeName(sub_flow or flow or "", node)
