"""What the API says of what a campaign has learnt."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import example
from dialer.learnt_view import LearntView, ListSeen, RateSeen, SpanSeen


class LearntRate(BaseModel):
    """Who answers, of some of a campaign's people."""

    model_config = example(of="+33 61", lines=812, answered=246, low=0.272, high=0.335, believed=0.31)

    of: str = Field(description="A list; an hour of the day of the called, as `09`; or a region.")
    lines: int = Field(
        description="Learnt from, of this run and the latest of those before: reports and attempts have each."
    )
    answered: int = Field(description="Of these, by a person.")
    low: float
    high: float = Field(description="Wilson's interval of 95 %, were the share the same all the time.")
    believed: float = Field(description="What pacing goes by in this hour; the latest lines count most.")

    @classmethod
    def of_seen(cls, seen: RateSeen) -> Self:
        """As it was counted."""
        return cls(
            of=seen.of,
            lines=seen.lines,
            answered=seen.answered,
            low=round(seen.low, 4),
            high=round(seen.high, 4),
            believed=round(seen.believed, 4),
        )


class LearntList(BaseModel):
    """One list: as a whole, by hour of the day of the called, and by region."""

    model_config = ConfigDict(frozen=True)

    whole: LearntRate
    hours: list[LearntRate] = Field(description="Those in which somebody was dialled.")
    regions: list[LearntRate] = Field(
        description="In the order in which they were first dialled; at most 101."
    )

    @classmethod
    def of_seen(cls, seen: ListSeen) -> Self:
        """As it was counted."""
        return cls(
            whole=LearntRate.of_seen(seen.whole),
            hours=[LearntRate.of_seen(one) for one in seen.hours],
            regions=[LearntRate.of_seen(one) for one in seen.regions],
        )


class LearntSpan(BaseModel):
    """How long something takes."""

    model_config = example(seen=412, median_s=9.6, most_s=15.2)

    seen: int = Field(description="Learnt from so many; 0: what follows is the first guess.")
    median_s: float
    most_s: float = Field(description="Nine of ten are over by then.")

    @classmethod
    def of_seen(cls, seen: SpanSeen) -> Self:
        """As it was counted."""
        return cls(seen=seen.seen, median_s=round(seen.median_s, 1), most_s=round(seen.most_s, 1))


class CampaignLearnt(BaseModel):
    """What a campaign has learnt, and pacing goes by."""

    model_config = ConfigDict(frozen=True)

    in_memory: bool = Field(description="False of one that is over since before the engine started.")
    lists: dict[str, LearntList] = Field(description="At most 100.")
    answers: LearntSpan | None = Field(description="From when a line is placed until a person is there.")
    fails: LearntSpan | None = Field(description="Until it is clear that nobody will be.")
    talks: LearntSpan | None = Field(description="Conversations of its queue, whoever was talked with.")
    wraps: LearntSpan | None = Field(description="Wrap-up after them.")

    @classmethod
    def of_view(cls, view: LearntView) -> Self:
        """One in memory."""
        return cls(
            in_memory=True,
            lists={one.list_id: LearntList.of_seen(one) for one in view.lists},
            answers=LearntSpan.of_seen(view.answers),
            fails=LearntSpan.of_seen(view.fails),
            talks=LearntSpan.of_seen(view.talks),
            wraps=LearntSpan.of_seen(view.wraps),
        )

    @classmethod
    def nothing(cls) -> Self:
        """One that the database alone remembers: its rows say what there was to learn."""
        return cls(in_memory=False, lists={}, answers=None, fails=None, talks=None, wraps=None)
