"""Figures of the past over HTTP, by queue and period, by agent, and the visits behind every one of them."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from acd.evenness import evenness
from acd.exits import QueueExit
from acd.ids import AgentId, QueueId
from acd.instant import in_seconds, seconds
from acd.rules import QueueRules
from api.context import LATER, TOKEN, UNAUTHORISED, TheEngine
from api.facts import iso
from api.schemas import NAME_PATTERN
from api.spans import Since, Until, cursor, position, span
from api.statistics_schemas import (
    AgentFigures,
    AgentsReport,
    EvennessReport,
    QueueFigures,
    QueueReport,
    QueuesReport,
    Visit,
    VisitPage,
    queue_report,
)
from cti import report_queries
from cti.report_queries import MOST_PERIODS, Thresholds

MOST_ON_A_PAGE = 200

router = APIRouter(
    prefix="/reports", tags=["reports"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER}
)

QueueQuery = Annotated[str | None, Query(pattern=NAME_PATTERN, description="Only this queue.")]


@router.get("/queues", operation_id="report_queues", summary="Queues, period by period")
async def report_queues(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    period_min: Annotated[int, Query(ge=1, le=44_640, description="A period's length, in minutes.")] = 30,
    queue: QueueQuery = None,
) -> QueuesReport:
    """Who came in a span of time, how it ended for them, and how well they were served. A visit counts in the
    period in which it began, so that offered is the sum of the exits in each. Written a moment behind the
    present. Thresholds and formulas are those of today's rules, for the past too."""
    begin, end = span(engine, since, until)
    period = seconds(period_min * 60)
    if (end - begin) > MOST_PERIODS * period:
        raise HTTPException(422, f"period_min: more than {MOST_PERIODS} periods; ask for longer ones")
    rules = engine.runtime.tables.rules.queues
    found: list[QueueReport] = []
    async with engine.store.reading() as connection:
        visited = await report_queries.queues_visited(connection, begin, end)
        for queue_id in dict.fromkeys((*rules, *visited)):
            if queue not in (None, queue_id):
                continue
            its = rules.get(queue_id)
            counted = await report_queries.queue_periods(
                connection, queue_id, begin, end, period, _thresholds(its)
            )
            total, formula, periods = queue_report(its, queue_id, counted, begin, period)
            even = evenness((one.answers.answered, one.offered) for one in counted.values())
            found.append(
                QueueReport(
                    queue_id=queue_id,
                    service_level_within_s=in_seconds(_thresholds(its).within),
                    service_level_formula=formula.words,
                    total=QueueFigures.of(total, formula),
                    evenness=EvennessReport.of(even) if even is not None else None,
                    periods=periods,
                )
            )
    return QueuesReport(
        since=iso(begin),
        until=iso(end),
        period_s=in_seconds(period),
        unexplained=engine.health().unexplained,
        queues=found,
    )


@router.get("/agents", operation_id="report_agents", summary="Agents: time, occupancy, calls")
async def report_agents(engine: TheEngine, since: Since = None, until: Until = None) -> AgentsReport:
    """How agents spent a span of time. A call counts for the agent in the span in which he took it."""
    begin, end = span(engine, since, until)
    async with engine.store.reading() as connection:
        counted = await report_queries.agent_counts(connection, begin, end)
    return AgentsReport(since=iso(begin), until=iso(end), agents=[AgentFigures.of(one) for one in counted])


@router.get("/visits", operation_id="report_visits", summary="The visits behind a figure")
async def report_visits(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    queue: QueueQuery = None,
    exit: Annotated[QueueExit | None, Query(description="Only visits that ended so.")] = None,
    agent: Annotated[str | None, Query(pattern=NAME_PATTERN, description="Only visits he answered.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Visits on a page.")] = 50,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
) -> VisitPage:
    """Visits that began in a span of time, earliest first: the calls that a report counts."""
    begin, end = span(engine, since, until)
    async with engine.store.reading() as connection:
        found = await report_queries.visits(
            connection,
            begin,
            end,
            limit + 1,
            queue=None if queue is None else QueueId(queue),
            exit_=exit,
            agent=None if agent is None else AgentId(agent),
            after=None if after is None else position(after),
        )
    page = found[:limit]
    return VisitPage(
        visits=[Visit.of(record) for record in page],
        next=cursor(page[-1].began_at, page[-1].run, page[-1].seq) if len(found) > limit else None,
    )


def _thresholds(rules: QueueRules | None) -> Thresholds:
    if rules is None:
        return Thresholds(within=seconds(20), short=seconds(5))
    return Thresholds(within=rules.service_level_within, short=rules.short_abandonment)
