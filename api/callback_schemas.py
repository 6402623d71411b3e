"""What the API takes and gives about callbacks."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from acd.callback import CallbackOrder, CallbackState, DialFailure
from acd.callback_view import CallbackView
from api.facts import IsoTime, iso, iso_or_none
from api.schemas import CALL_PATTERN, MOMENT, NAME_PATTERN, example
from cti.callback_rows import CallbackRecord


class Callback(BaseModel):
    """A promise to call somebody back, and how far it has come."""

    model_config = example(
        call_id="cb-5d6c1f0a2b3c4-7",
        queue_id="sales",
        number="+33612345678",
        customer_id="c-1042",
        from_call="1772443800.42",
        order="agent_first",
        state="due",
        since=MOMENT % 30,
        booked_at=MOMENT % 0,
        not_before=MOMENT % 30,
        expires_at="2026-03-03T09:30:00.000000Z",
        attempts=0,
        failure=None,
        ended_at=None,
        position=1,
        agent_id=None,
        why="it waits for its turn and for a ready agent who suits",
    )

    call_id: str = Field(description="Its own call's; the call's story is at `/calls/{call_id}`.")
    queue_id: str
    number: str
    customer_id: str | None
    from_call: str | None = Field(description="The call it was booked in; null when an integrator booked it.")
    order: CallbackOrder = Field(description="Whose telephone rings first.")
    state: CallbackState
    since: IsoTime
    booked_at: IsoTime
    not_before: IsoTime = Field(description="Nobody is called for it before.")
    expires_at: IsoTime = Field(description="When it is given up, should it not have been its turn.")
    attempts: int = Field(description="How often the customer was dialled.")
    failure: DialFailure | None = Field(description="How the last attempt failed.")
    ended_at: IsoTime | None = Field(description="Null while it is open.")
    position: int | None = Field(description="Its place in line, callers included; null when it is in none.")
    agent_id: str | None = Field(description="Who talks with the customer, or is there or rung for him.")
    why: str | None = Field(description="What it waits for; null when it has ended.")

    @classmethod
    def of(cls, view: CallbackView) -> Self:
        """The open callback in a view."""
        return cls(
            call_id=view.call_id,
            queue_id=view.queue_id,
            number=view.number,
            customer_id=view.customer_id,
            from_call=view.from_call,
            order=view.order,
            state=view.state,
            since=iso(view.since),
            booked_at=iso(view.booked_at),
            not_before=iso(view.not_before),
            expires_at=iso(view.expires_at),
            attempts=view.attempts,
            failure=view.failure,
            ended_at=None,
            position=view.position,
            agent_id=view.agent_id,
            why=view.why,
        )

    @classmethod
    def on_record(cls, record: CallbackRecord) -> Self:
        """The callback in the database."""
        return cls(
            call_id=record.call_id,
            queue_id=record.queue_id,
            number=record.number,
            customer_id=record.customer_id,
            from_call=record.from_call,
            order=record.ordering,
            state=record.state,
            since=iso(record.since),
            booked_at=iso(record.booked_at),
            not_before=iso(record.not_before),
            expires_at=iso(record.expires_at),
            attempts=record.attempts,
            failure=record.failure,
            ended_at=iso_or_none(record.ended_at),
            position=None,
            agent_id=None,
            why=None,
        )


class CallbackRequest(BaseModel):
    """Whom to call back, and for which queue."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"queue_id": "sales", "number": "+33612345678"}]},
    )

    number: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")] | None = Field(
        None, description="Whom to dial; without it, the number the caller calls from."
    )
    queue_id: Annotated[str, StringConstraints(pattern=NAME_PATTERN)] | None = Field(
        None, description="Without it, the queue the caller waits in."
    )
    call_id: Annotated[str, StringConstraints(pattern=CALL_PATTERN)] | None = Field(
        None, description="A caller who waits or is in the menu: his place is kept, and he is let go."
    )
    not_before: datetime | None = Field(
        None,
        description="The moment at which he wants to be called, with its UTC offset; without it, as soon as "
        "it is his turn.",
    )
