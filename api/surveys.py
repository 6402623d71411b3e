"""What callers said of how they were served, over HTTP: figures, and the answers behind them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant
from api.context import LATER, TOKEN, UNAUTHORISED, TheEngine
from api.facts import iso
from api.schemas import NAME_PATTERN
from api.spans import Since, Until, cursor, position, span
from api.statistics import MOST_ON_A_PAGE, QueueQuery
from api.survey_schemas import QuestionFigures, SurveyAnswer, SurveyAnswerPage, SurveyReport
from cti import survey_rows

GROUPS = {"agent": "agent_id", "queue": "queue_id"}

router = APIRouter(
    prefix="/reports", tags=["reports"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER}
)

AgentQuery = Annotated[
    str | None, Query(pattern=NAME_PATTERN, description="Only of callers who had talked with this agent.")
]


@router.get("/surveys", operation_id="report_surveys", summary="Grades that callers gave")
async def report_surveys(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    by: Annotated[Literal["agent", "queue"] | None, Query(description="Tell these apart.")] = None,
    queue: QueueQuery = None,
    agent: AgentQuery = None,
) -> SurveyReport:
    """What callers said in a span of time, by question: a question asked on two scales counts as two."""
    begin, end = span(engine, since, until)
    async with engine.store.reading() as connection:
        counted = await survey_rows.grades(
            connection,
            begin,
            end,
            by=GROUPS[by] if by is not None else None,
            queue=None if queue is None else QueueId(queue),
            agent=None if agent is None else AgentId(agent),
        )
    return SurveyReport(
        since=iso(begin), until=iso(end), by=by, questions=[QuestionFigures.of(one) for one in counted]
    )


@router.get("/surveys/answers", operation_id="report_survey_answers", summary="The answers behind them")
async def report_survey_answers(
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    queue: QueueQuery = None,
    agent: AgentQuery = None,
    question: Annotated[str | None, Query(max_length=64, description="Only to this question.")] = None,
    call: Annotated[str | None, Query(max_length=150, description="Only in this call.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Answers on a page.")] = 50,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
) -> SurveyAnswerPage:
    """Answers given in a span of time, earliest first."""
    begin, end = span(engine, since, until)
    async with engine.store.reading() as connection:
        found = await survey_rows.answers(
            connection,
            begin,
            end,
            limit + 1,
            queue=None if queue is None else QueueId(queue),
            agent=None if agent is None else AgentId(agent),
            question=question,
            call=None if call is None else CallId(call),
            after=None if after is None else position(after),
        )
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    return SurveyAnswerPage(
        answers=[SurveyAnswer.of(record) for record in page],
        next=None if last is None else cursor(Instant(last.at), last.run, last.seq),
    )
