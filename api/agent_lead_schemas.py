"""What the API takes and gives about the lead that an agent has before him."""

from typing import Annotated, Self

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.campaign_schemas import CAMPAIGN_PATTERN, Who, Why
from api.facts import IsoTime, iso_or_none
from api.schemas import CALL_PATTERN, NAME_PATTERN, REASON_PATTERN, example
from dialer.agent_view import BeforeHim, script_for
from dialer.lead import LeadState

AttemptName = Annotated[
    str, Path(pattern=CALL_PATTERN, description="The attempt's id.", examples=["63c2f1a-a17"])
]
LeadName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
WrittenNumber = Annotated[str, StringConstraints(min_length=3, max_length=40)]
Campaign = Annotated[str, StringConstraints(pattern=CAMPAIGN_PATTERN)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TakeRequest(_Request):
    """Show me the next lead."""

    campaign: Campaign
    lead_id: LeadName | None = Field(default=None, description="A certain one; null: whose turn it is.")


class SkipRequest(_Request):
    """Not this one, or not now."""

    because: Why = ""
    again_at: AwareDatetime | None = Field(default=None, description="Null: as the campaign has it.")


class DialRequest(_Request):
    """Dial a number by hand."""

    campaign: Campaign
    number: WrittenNumber = Field(description="However it is written.")
    lead_id: LeadName | None = None


class DispositionRequest(_Request):
    """What came of an attempt."""

    disposition: Annotated[str, StringConstraints(pattern=REASON_PATTERN)] = Field(examples=["sale"])
    by: Who = Field(default="api", description="Who says so.")
    note: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = ""
    call_back_at: AwareDatetime | None = Field(default=None, description="With its offset from UTC.")
    call_back_number: WrittenNumber | None = Field(default=None, description="Null: the same.")
    own_agent: Annotated[str, StringConstraints(pattern=NAME_PATTERN)] | None = Field(
        default=None, description="Who has promised to call him himself; null: anybody will do."
    )


class RespondedRequest(_Request):
    """Somebody has responded in a way this house does not see by itself."""

    number: WrittenNumber
    how: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    campaign: Campaign | None = Field(default=None, description="Null: he leaves the lists of all campaigns.")


class DispositionSeen(BaseModel):
    """Something that may be said to have come of it."""

    model_config = example(
        disposition="calls_back", title="Call again at a time", success=False, asks_for_a_moment=True
    )

    disposition: str
    title: str
    success: bool
    asks_for_a_moment: bool


class LeadBeforeHim(BaseModel):
    """The lead an agent has before him."""

    model_config = ConfigDict(frozen=True)

    campaign_id: str
    lead_id: str
    state: LeadState
    attempt_id: str | None = Field(description="Null while he is only looked at.")
    name: str
    numbers: list[str]
    data: dict[str, str] = Field(description="What his list says; anybody may have written it.")
    attempts: int
    last_outcome: str
    promised_for: IsoTime | None = Field(description="When it was agreed that he is called.")
    script: str = Field(description="Markdown, his data put in as plain words.")
    dispositions: list[DispositionSeen]

    @classmethod
    def of(cls, before: BeforeHim) -> Self:
        """As it is now."""
        pursuit, rules = before.pursuit, before.campaign.rules
        return cls(
            campaign_id=before.campaign.campaign_id,
            lead_id=pursuit.lead_id,
            state=pursuit.state,
            attempt_id=before.attempt_id,
            name=pursuit.lead.name,
            numbers=[one.number for one in pursuit.lead.numbers],
            data={one.name: one.value for one in pursuit.lead.data},
            attempts=pursuit.attempts,
            last_outcome=pursuit.last_outcome,
            promised_for=iso_or_none(pursuit.next_at) if pursuit.promised else None,
            script=script_for(before.campaign, pursuit),
            dispositions=[
                DispositionSeen(
                    disposition=one.name,
                    title=one.title,
                    success=one.success,
                    asks_for_a_moment=one.calls_back,
                )
                for one in rules.dispositions
            ],
        )
