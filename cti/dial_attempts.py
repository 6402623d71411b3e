"""Attempts to dial somebody, in the database: noted before a telephone rings, so that none is forgotten."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.callback import CallbackState
from acd.callback_events import CallbackStateChanged
from acd.instant import Instant
from acd.offer_signals import OrderFailed
from cti import schema
from cti.envelope import Envelope
from cti.rows import storable
from dialer.attempt import AttemptOutcome
from dialer.compliance.attempts import Attempt
from dialer.events import AttemptEnded, AttemptRefused
from dialer.ids import CampaignId, LeadId

_TABLE = schema.dial_attempts


async def note(connection: AsyncConnection, attempt: Attempt, call_id: str | None) -> None:
    """Keep an attempt that is about to be made, for a call if there is one."""
    row = {
        "attempt_id": storable(attempt.attempt_id),
        "number": storable(attempt.number),
        "at": attempt.at,
        "campaign_id": storable(attempt.campaign_id),
        "lead_id": storable(attempt.lead_id),
        "call_id": storable(call_id),
    }
    await connection.execute(delete(_TABLE).where(_TABLE.c.attempt_id == row["attempt_id"]))
    await connection.execute(_TABLE.insert(), [row])


async def take_back(connection: AsyncConnection, attempt_id: str) -> None:
    """It was not made after all."""
    await connection.execute(delete(_TABLE).where(_TABLE.c.attempt_id == storable(attempt_id)))


async def attempts_to(
    connection: AsyncConnection, number: str, lead_id: LeadId | None, since: Instant
) -> tuple[Attempt, ...]:
    """Those to a number, and to a lead at any of his numbers, since a moment."""
    return await attempts_to_any(connection, [number], [] if lead_id is None else [lead_id], since)


async def attempts_to_any(
    connection: AsyncConnection, numbers: Collection[str], leads: Collection[LeadId], since: Instant
) -> tuple[Attempt, ...]:
    """Those to any of these numbers or leads, since a moment, the oldest first."""
    of_number = _TABLE.c.number.in_([storable(number) for number in numbers])
    of_lead = _TABLE.c.lead_id.in_([storable(lead_id) for lead_id in leads])
    whose = or_(of_number, of_lead) if leads else of_number
    rows = await connection.execute(select(_TABLE).where(whose, _TABLE.c.at > since).order_by(_TABLE.c.at))
    return tuple(
        Attempt(
            attempt_id=row.attempt_id,
            number=row.number,
            at=Instant(row.at),
            campaign_id=None if row.campaign_id is None else CampaignId(row.campaign_id),
            lead_id=None if row.lead_id is None else LeadId(row.lead_id),
            abandoned_at=None if row.abandoned_at is None else Instant(row.abandoned_at),
        )
        for row in rows
    )


async def project_attempts(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """What became of attempts: the order failed, so that there was none; or who answered was left alone."""
    for envelope in envelopes:
        message: Any = envelope.message
        match message:
            case OrderFailed(offer_id=offer_id):
                await take_back(connection, offer_id)
            case CallbackStateChanged(was=CallbackState.CONNECTED, now=CallbackState.FAILED, call_id=call_id):
                latest = (
                    select(_TABLE.c.attempt_id)
                    .where(_TABLE.c.call_id == storable(call_id))
                    .order_by(_TABLE.c.at.desc())
                    .limit(1)
                    .scalar_subquery()
                )
                await connection.execute(
                    update(_TABLE).where(_TABLE.c.attempt_id == latest).values(abandoned_at=envelope.at)
                )
            case AttemptRefused(attempt_id=attempt_id):
                await take_back(connection, attempt_id)
            case AttemptEnded(attempt_id=attempt_id, outcome=AttemptOutcome.ABANDONED):
                whose = or_(_TABLE.c.attempt_id == attempt_id, _TABLE.c.call_id == attempt_id)
                await connection.execute(update(_TABLE).where(whose).values(abandoned_at=envelope.at))
            case _:
                pass
