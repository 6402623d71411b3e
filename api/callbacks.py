"""Callbacks over HTTP: what was promised, to book one, to take one back."""

from fastapi import APIRouter, HTTPException

from acd.callback_events import CallbackBooked, CallbackKept
from acd.callback_view import callback_view, callback_views
from acd.commands import BookCallback, CancelCallback
from acd.events import Refused
from acd.ids import CallId, QueueId
from acd.instant import Span
from api.callback_schemas import Callback, CallbackRequest
from api.commanding import command, outputs_of
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine, unknown
from api.moments import an_instant
from api.ports import Engine
from api.schemas import CallName
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Refused as NotLetOut
from dialer.compliance.verdict import WhyNot

router = APIRouter(prefix="/callbacks", tags=["calls"], dependencies=[TOKEN], responses=UNAUTHORISED)


@router.get("", operation_id="list_callbacks", summary="Open callbacks")
async def list_callbacks(engine: TheEngine) -> list[Callback]:
    """Everything that is promised and not over, in the order of booking."""
    runtime = engine.runtime
    return [Callback.of(view) for view in callback_views(runtime.tables, runtime.clock.now())]


@router.get(
    "/{call_id}",
    operation_id="get_callback",
    summary="One callback, open or over",
    responses={**UNKNOWN, **LATER},
)
async def get_callback(call_id: CallName, engine: TheEngine) -> Callback:
    """An open one is told from the floor; one that is over from the database."""
    return await _callback(engine, CallId(call_id))


@router.post(
    "",
    status_code=201,
    operation_id="book_callback",
    summary="Book a callback",
    responses={**REFUSED, **LATER},
)
async def book_callback(request: CallbackRequest, engine: TheEngine) -> Callback:
    """A customer has one: whoever books again is told the earlier one, whose place is kept; naming a moment
    replaces it. Refused when the queue does not call back, not then, or the number may not be dialled."""
    if request.number is not None and request.call_id is None:
        await _may_ever_be_dialled(engine, request.number)
    book = BookCallback(
        queue_id=QueueId(request.queue_id) if request.queue_id is not None else None,
        call_id=CallId(request.call_id) if request.call_id is not None else None,
        number=request.number,
        not_before=an_instant("not_before", request.not_before) if request.not_before is not None else None,
    )
    for output in await outputs_of(engine, book, "callbacks"):
        match output:
            case Refused(reason=reason):
                raise HTTPException(409, reason)
            case CallbackBooked(call_id=call_id) | CallbackKept(call_id=call_id):
                return await _callback(engine, call_id)
            case _:
                pass
    raise AssertionError("the floor neither booked nor refused")


@router.delete(
    "/{call_id}",
    operation_id="cancel_callback",
    summary="Take a callback back",
    status_code=204,
    responses={**REFUSED, **LATER},
)
async def cancel_callback(call_id: CallName, engine: TheEngine) -> None:
    """At any time before the customer is on the line; a phone that rings for it stops."""
    await command(engine, CancelCallback(call_id=CallId(call_id)), "callback")


async def _may_ever_be_dialled(engine: Engine, number: str) -> None:
    """Nobody is promised a call that the gate will never let out. What is no number, the floor refuses."""
    asked = DialRequest(attempt_id="booking", number=number, purpose=Purpose.CALLBACK, ring_for=Span(0))
    verdict = await engine.gate.look(asked, 0)
    if isinstance(verdict, NotLetOut):
        for_good = [one for one in verdict.reasons if one.until is None and one.why is not WhyNot.NO_NUMBER]
        if for_good:
            raise HTTPException(409, "; ".join(reason.told for reason in for_good))


async def _callback(engine: Engine, call_id: CallId) -> Callback:
    runtime = engine.runtime
    callback = runtime.tables.callbacks.get(call_id)
    if callback is not None:
        return Callback.of(callback_view(runtime.tables, callback, runtime.clock.now()))
    record = await engine.store.callback(call_id)
    if record is None:
        raise unknown(engine, f"callback {call_id}")
    return Callback.on_record(record)
