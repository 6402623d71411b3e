"""What the API says about estimated waits."""

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import example

FROM_VIEW = ConfigDict(from_attributes=True)


class EstimatedWait(BaseModel):
    """How long somebody will wait, counted from now."""

    model_config = (
        example(wait_s=95.0, quantile=0.8, median_s=48.5, ahead=2.0, agents=5, grew=None) | FROM_VIEW
    )

    wait_s: float = Field(description="Answered within this time with the probability `quantile`.")
    quantile: float
    median_s: float = Field(description="As likely shorter as longer.")
    ahead: float = Field(description="Callers before him at agents he could have; some count in part.")
    agents: int = Field(description="Agents there who may take him.")
    grew: str | None = Field(description="Why it is more than he was told before; null when it is not.")


class EstimateAccuracy(BaseModel):
    """How a queue's estimates did lately, judged by callers who waited and were answered."""

    model_config = (
        example(told=True, quantile=0.8, judged=200, coverage=0.81, mean_error_s=41.0, learnt=1312)
        | FROM_VIEW
    )

    told: bool = Field(description="Whether they are trusted and told; otherwise the queue is silent.")
    quantile: float = Field(description="The probability that is stated.")
    judged: int = Field(description="Statements looked back at, the latest ones.")
    coverage: float | None = Field(description="The share of them answered within the stated time.")
    mean_error_s: float | None = Field(description="Mean distance between the stated median and the wait.")
    learnt: int = Field(description="Callers learnt from since the engine started.")
