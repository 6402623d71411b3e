"""What campaigns have learnt in earlier runs, told again from the rows of their attempts.

Rows are the truth; there is no second one. Each campaign's latest lines are told in the turn in which they
were learnt from, so that whoever learns from them believes what was believed before. Summing them up in the
database would be cheaper and another thing: what is believed depends on the turn.
"""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import QueueId
from acd.instant import Instant, Span, seconds
from cti import schema
from cti.rows import storable
from dialer.attempt import NOT_DIALLED, AttemptOutcome, Party
from dialer.ids import CampaignId, LeadId, ListId
from dialer.signals import RecalledLine, WorkRecalled

LOOKS_BACK = seconds(30 * 86_400)
MOST_LINES = 10_000
"""Of one campaign, the latest. The longest memory of an answer rate is 2,000 of each hour."""
MOST_TALKS = 2_500
"""Of one queue; :data:`dialer.estimates.TALK_MEMORY` is 500."""

_ATTEMPTS, _VISITS = schema.campaign_attempts, schema.visits
_UNTOLD = (
    AttemptOutcome.LOST.value,
    AttemptOutcome.CANCELLED.value,
    AttemptOutcome.AGENT_GONE.value,
    NOT_DIALLED,
)
"""Where nobody was there, these say nothing of who answers."""
_NOT_PASSED_ON = (
    AttemptOutcome.MACHINE.value,
    AttemptOutcome.MESSAGE_LEFT.value,
    AttemptOutcome.LOST.value,
    AttemptOutcome.CANCELLED.value,
)


async def recalled_lines(
    connection: AsyncConnection, campaign_id: CampaignId, now: Instant
) -> tuple[RecalledLine, ...]:
    """Lines of the campaign that were learnt from and are over, in that turn."""
    a = _ATTEMPTS.c
    query = (
        select(
            a.attempt_id,
            a.lead_id,
            a.list_id,
            a.number,
            a.placed_at,
            a.judged_at,
            a.connected_at,
            a.ended_at,
            a.party,
            a.outcome,
        )
        .where(
            a.campaign_id == storable(campaign_id),
            a.placed_at >= now - LOOKS_BACK,
            a.ended_at.is_not(None),
            a.wanted_by.is_(None),
            a.list_id.is_not(None),
            a.lead_id.is_not(None),
            or_(a.outcome.not_in(_UNTOLD), a.judged_at.is_not(None), a.connected_at.is_not(None)),
        )
        .order_by(a.placed_at.desc(), a.attempt_id.desc())
        .limit(MOST_LINES)
    )
    rows = (await connection.execute(query)).all()
    in_turn = sorted(rows, key=lambda row: (_learnt_at(row), len(row.attempt_id), row.attempt_id))
    return tuple(_line(row) for row in in_turn)


def _learnt_at(row: Any) -> int:
    """When it was clear whether somebody was there."""
    return int(next(at for at in (row.judged_at, row.connected_at, row.ended_at) if at is not None))


def _line(row: Any) -> RecalledLine:
    """As :mod:`dialer.learning` had learnt from it."""
    met = row.connected_at is not None or row.party is not None
    if row.party == Party.MACHINE.value and row.connected_at is None:
        met = row.outcome not in _NOT_PASSED_ON
    return RecalledLine(
        list_id=ListId(row.list_id),
        lead_id=LeadId(row.lead_id),
        number=row.number,
        placed_at=Instant(row.placed_at),
        rang=Span(max(0, _learnt_at(row) - row.placed_at)),
        answered=met,
    )


async def recalled_work(
    connection: AsyncConnection, campaign_id: CampaignId, queue_id: QueueId, now: Instant
) -> WorkRecalled:
    """For how long agents talked with whoever came to the campaign's queue, and wrapped up."""
    v = _VISITS.c
    over_at = v.ended_at + v.talked_us
    query = (
        select(over_at.label("over_at"), v.talked_us, v.wrapped_us)
        .where(v.queue_id == storable(queue_id), v.began_at >= now - LOOKS_BACK, v.talked_us.is_not(None))
        .order_by(v.began_at.desc(), v.run.desc(), v.seq.desc())
        .limit(MOST_TALKS)
    )
    rows = (await connection.execute(query)).all()
    talks = sorted(rows, key=lambda row: row.over_at)
    wraps = [row for row in rows if row.wrapped_us is not None]
    wraps.sort(key=lambda row: row.over_at + row.wrapped_us)
    return WorkRecalled(
        campaign_id=campaign_id,
        talked=tuple(Span(row.talked_us) for row in talks),
        wrapped=tuple(Span(row.wrapped_us) for row in wraps),
    )
