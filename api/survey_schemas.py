"""What the API says of surveys."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from api.facts import IsoTime, iso
from api.schemas import MOMENT, example
from cti.survey_rows import Grades, SurveyRecord


class QuestionFigures(BaseModel):
    """What is counted of the answers to one question."""

    model_config = example(
        question="served",
        group="ana",
        least=1,
        most=5,
        answers=12,
        mean=4.25,
        given={"1": 0, "2": 1, "3": 1, "4": 4, "5": 6},
        comments=0,
    )

    question: str
    group: str | None = Field(
        description="The agent or queue; null when none are told apart, and for who talked with nobody."
    )
    least: int = Field(description="The least grade there was to give.")
    most: int
    answers: int = Field(description="Grades given; always the sum of `given`.")
    mean: float | None = Field(description="Sum of the grades / answers; null without any.")
    given: dict[str, int] = Field(description="How often each grade was given.")
    comments: int = Field(description="Answers in words.")

    @classmethod
    def of(cls, grades: Grades) -> Self:
        """The figures of what was counted."""
        in_words = grades.least == grades.most
        scale = range(0) if in_words else range(grades.least, grades.most + 1)
        return cls(
            question=grades.question,
            group=grades.group,
            least=grades.least,
            most=grades.most,
            answers=grades.answers,
            mean=grades.mean,
            given={str(grade): grades.given.get(grade, 0) for grade in scale},
            comments=grades.comments,
        )


class SurveyReport(BaseModel):
    """What callers said in a span of time."""

    since: IsoTime
    until: IsoTime
    by: Literal["agent", "queue"] | None
    questions: list[QuestionFigures]


class SurveyAnswer(BaseModel):
    """One answer."""

    model_config = example(
        at=MOMENT % 55,
        call_id="1772443800.42",
        flow="main",
        node="opinion",
        question="served",
        grade=4,
        least=1,
        most=5,
        comment=None,
        agent_id="ana",
        queue_id="sales",
    )

    at: IsoTime
    call_id: str
    flow: str
    node: str
    question: str
    grade: int | None = Field(description="Null when it was said in words.")
    least: int
    most: int
    comment: str | None = Field(description="The name of what was said.")
    agent_id: str | None = Field(description="With whom he had talked; null for nobody.")
    queue_id: str | None

    @classmethod
    def of(cls, record: SurveyRecord) -> Self:
        """The answer in a record."""
        return cls(
            at=iso(record.at),
            **{name: getattr(record, name) for name in cls.model_fields if name != "at"},
        )


class SurveyAnswerPage(BaseModel):
    """Answers, earliest first."""

    answers: list[SurveyAnswer]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")
