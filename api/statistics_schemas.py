"""What the API says of the past: figures by period, and the visits they are counted from."""

from typing import Self

from pydantic import BaseModel, Field

from acd.agent import AgentState
from acd.evenness import GOAL, Evenness
from acd.exits import QueueExit
from acd.instant import Instant, in_seconds
from acd.rules import QueueRules
from acd.service_level import ServiceLevelFormula
from api.facts import IsoTime, iso, iso_or_none, seconds_or_none
from api.schemas import MOMENT, example
from cti.report_queries import AgentCounts, Counts
from cti.visits import VisitRecord

_EXITS = {"answered": 41, "abandoned": 4, "full": 1}


class QueueFigures(BaseModel):
    """What is counted of visits that began in one period; a call that visits two queues counts in both."""

    model_config = example(
        offered=47,
        still_here=1,
        exits=_EXITS,
        answered=41,
        abandoned=4,
        answer_rate=0.872,
        service_level=0.844,
        service_levels={"abandoned_count_against": 0.844, "answered_only": 0.927},
        average_speed_of_answer_s=11.2,
        longest_waited_s=74.0,
        average_talk_s=131.0,
        average_wrap_up_s=12.0,
        average_handling_s=143.0,
    )

    offered: int = Field(description="Everybody who knocked; always the exits and who is still here.")
    still_here: int
    exits: dict[QueueExit, int]
    answered: int
    abandoned: int
    answer_rate: float | None = Field(description="answered / offered.")
    service_level: float | None = Field(description="By the queue's formula.")
    service_levels: dict[ServiceLevelFormula, float | None] = Field(description="By every formula there is.")
    average_speed_of_answer_s: float | None
    longest_waited_s: float
    average_talk_s: float | None
    average_wrap_up_s: float | None
    average_handling_s: float | None = Field(description="AHT: talk and wrap-up, per conversation.")

    @classmethod
    def of(cls, counts: Counts, formula: ServiceLevelFormula) -> Self:
        """The figures of one period."""
        answers = counts.answers
        handled = counts.talked + counts.wrapped
        return cls(
            offered=counts.offered,
            still_here=counts.still_here,
            exits=counts.exits,
            answered=answers.answered,
            abandoned=answers.abandoned,
            answer_rate=answers.answered / counts.offered if counts.offered else None,
            service_level=formula.share(answers),
            service_levels={one: one.share(answers) for one in ServiceLevelFormula},
            average_speed_of_answer_s=_mean_s(counts.waited_answered, answers.answered),
            longest_waited_s=in_seconds(counts.longest_waited),
            average_talk_s=_mean_s(counts.talked, counts.finished),
            average_wrap_up_s=_mean_s(counts.wrapped, counts.wrap_ups),
            average_handling_s=_mean_s(handled, counts.finished),
        )


def _mean_s(total_us: int, of: int) -> float | None:
    return total_us / of / 1_000_000 if of else None


class EvennessReport(BaseModel):
    """How steady the answer rate was."""

    model_config = example(periods=17, mean_answer_rate=0.91, variation=0.08, goal=0.16, met=True)

    periods: int = Field(description="Periods in which anybody called.")
    mean_answer_rate: float
    variation: float = Field(description="Coefficient of variation of the periods' answer rates.")
    goal: float = GOAL
    met: bool

    @classmethod
    def of(cls, even: Evenness) -> Self:
        """The evenness, and whether it meets the goal."""
        return cls(
            periods=even.periods,
            mean_answer_rate=even.mean_answer_rate,
            variation=even.variation,
            met=even.is_even,
        )


class QueuePeriod(BaseModel):
    """One period of one queue."""

    begins_at: IsoTime
    ends_at: IsoTime
    figures: QueueFigures


class QueueReport(BaseModel):
    """One queue over a span of time. Periods in which nobody came are left out."""

    queue_id: str
    service_level_within_s: float
    service_level_formula: str
    total: QueueFigures
    evenness: EvennessReport | None = Field(description="Over the periods; null for fewer than two.")
    periods: list[QueuePeriod]


class QueuesReport(BaseModel):
    """What queues did over a span of time."""

    since: IsoTime
    until: IsoTime
    period_s: float
    unexplained: int = Field(
        description="Visits the live queues cannot account for, now. Anything but 0 is a bug."
    )
    queues: list[QueueReport]


class AgentFigures(BaseModel):
    """How an agent spent a span of time, and the calls he took in it."""

    model_config = example(
        agent_id="ana",
        staffed_s=14400.0,
        spent_s={"ready": 3000.0, "talking": 9800.0, "wrapping_up": 900.0, "not_ready": 700.0},
        not_ready_s={"break": 700.0},
        occupancy=0.743,
        answered=74,
        average_talk_s=132.4,
        average_handling_s=144.6,
    )

    agent_id: str
    staffed_s: float = Field(description="Logged in, whatever he did.")
    spent_s: dict[AgentState, float]
    not_ready_s: dict[str, float] = Field(description="By reason.")
    occupancy: float | None = Field(description="(ringing + talking + wrap-up) / logged in.")
    answered: int = Field(description="Calls he took in this span.")
    average_talk_s: float | None
    average_handling_s: float | None

    @classmethod
    def of(cls, counts: AgentCounts) -> Self:
        """The figures of one agent."""
        return cls(
            agent_id=counts.agent_id,
            staffed_s=in_seconds(counts.staffed),
            spent_s={state: in_seconds(span) for state, span in counts.spent.items()},
            not_ready_s={reason: in_seconds(span) for reason, span in counts.not_ready.items()},
            occupancy=counts.occupancy,
            answered=counts.answered,
            average_talk_s=_mean_s(counts.talked, counts.answered),
            average_handling_s=_mean_s(counts.talked + counts.wrapped, counts.answered),
        )


class AgentsReport(BaseModel):
    """What agents did over a span of time."""

    since: IsoTime
    until: IsoTime
    agents: list[AgentFigures]


class Visit(BaseModel):
    """One visit of a call to a queue: what figures are counted from."""

    model_config = example(
        call_id="1772443800.42",
        queue_id="sales",
        call_class="normal",
        began_at=MOMENT % 0,
        exit="answered",
        ended_at=MOMENT % 9,
        waited_s=9.0,
        agent_id="ana",
        talked_s=131.0,
        wrapped_s=10.0,
    )

    call_id: str
    queue_id: str
    call_class: str | None = Field(description="Null for who was not let in.")
    began_at: IsoTime
    exit: QueueExit | None = Field(description="Null while he is here.")
    ended_at: IsoTime | None
    waited_s: float | None
    agent_id: str | None
    talked_s: float | None
    wrapped_s: float | None

    @classmethod
    def of(cls, record: VisitRecord) -> Self:
        """The visit in a record."""
        return cls(
            call_id=record.call_id,
            queue_id=record.queue_id,
            call_class=record.call_class,
            began_at=iso(record.began_at),
            exit=record.exit,
            ended_at=iso_or_none(record.ended_at),
            waited_s=seconds_or_none(record.waited_us),
            agent_id=record.agent_id,
            talked_s=seconds_or_none(record.talked_us),
            wrapped_s=seconds_or_none(record.wrapped_us),
        )


class VisitPage(BaseModel):
    """Some visits, earliest first."""

    visits: list[Visit]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


def queue_report(
    rules: QueueRules | None, queue_id: str, periods: dict[int, Counts], since: Instant, period_us: int
) -> tuple[Counts, ServiceLevelFormula, list[QueuePeriod]]:
    """A queue's total, formula and periods. ``rules`` None: the queue is no longer in the rules."""
    formula = rules.service_level if rules is not None else ServiceLevelFormula.ABANDONED_COUNT_AGAINST
    total = Counts()
    shown = []
    for number, counts in periods.items():
        total.add(counts)
        begins_at = since + number * period_us
        shown.append(
            QueuePeriod(
                begins_at=iso(begins_at),
                ends_at=iso(begins_at + period_us),
                figures=QueueFigures.of(counts, formula),
            )
        )
    return total, formula, shown
