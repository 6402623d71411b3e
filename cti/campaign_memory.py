"""What the database remembers of campaigns, for the dialer to go on with after a restart.

Ask when the writer has written all of the earlier runs: what is not in the rows yet is not remembered.
"""

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from cti import schema
from cti.attempt_rows import noted
from cti.campaign_json import UnreadableCampaign, from_json
from cti.rows import storable
from dialer.attempt import NOT_DIALLED
from dialer.campaign import CampaignRules
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.lead import LeadState
from dialer.ledger import BUCKET, LedgerRow
from dialer.signals import CountedLive, OpenAttempt

log = logging.getLogger(__name__)

MOST_ADOPTIONS = 1_000
MOST_OPEN = 10_000
"""Lines are limited; more attempts without an end than these are somebody else's mistake."""

_ATTEMPTS, _DIALLED = schema.campaign_attempts, schema.dial_attempts
_TEXTS = schema.campaign_texts
_COUNTED_LIVE_AT = case(
    (and_(_ATTEMPTS.c.taken_back_at.is_(None), _ATTEMPTS.c.abandoned.is_(False)), _ATTEMPTS.c.counted_at)
).label("counted_live_at")


async def ledger_rows(
    connection: AsyncConnection, campaign_id: CampaignId, since: Instant
) -> tuple[LedgerRow, ...]:
    """The campaign's ledger of live answers, counted again from its attempts, oldest first. ``since``: the
    longest allowance's window ago; the bucket it lies in is counted whole."""
    bucket = (_ATTEMPTS.c.counted_at // BUCKET).label("bucket")
    query = (
        select(
            bucket,
            func.count().label("live"),
            func.sum(cast(_ATTEMPTS.c.abandoned, Integer)).label("abandoned"),
        )
        .where(
            _ATTEMPTS.c.campaign_id == storable(campaign_id),
            _ATTEMPTS.c.counted_at >= since // BUCKET * BUCKET,
            _ATTEMPTS.c.taken_back_at.is_(None),
        )
        .group_by(bucket)
        .order_by(bucket)
    )
    return tuple(
        LedgerRow(
            campaign_id=campaign_id,
            begins=Instant(int(row.bucket) * BUCKET),
            live=int(row.live),
            abandoned=int(row.abandoned),
        )
        for row in await connection.execute(query)
    )


async def open_attempts(connection: AsyncConnection, campaign_id: CampaignId) -> tuple[OpenAttempt, ...]:
    """Attempts of earlier runs that have no end, oldest first.

    The gate's note decides whether one was let out: it is made before a telephone can ring. An attempt the
    gate never noted rang nowhere: its lead goes back. One that the gate noted and no event told of was let
    out all the same.
    """
    named = storable(campaign_id)
    trial = await _trial(connection, campaign_id)
    begun = None if trial is None else trial[0]
    told = (
        select(
            _ATTEMPTS.c.attempt_id,
            _ATTEMPTS.c.lead_id,
            _ATTEMPTS.c.number,
            _ATTEMPTS.c.placed_at,
            _ATTEMPTS.c.counted_at,
            _COUNTED_LIVE_AT,
        )
        .where(
            _ATTEMPTS.c.campaign_id == named, _ATTEMPTS.c.ended_at.is_(None), _ATTEMPTS.c.lead_id.is_not(None)
        )
        .limit(MOST_OPEN)
    )
    untold = (
        select(_DIALLED.c.attempt_id, _DIALLED.c.lead_id, _DIALLED.c.number, _DIALLED.c.at)
        .where(*_untold(named))
        .limit(MOST_OPEN)
    )
    rows = (await connection.execute(told)).all()
    let_out = await noted(connection, [row.attempt_id for row in rows])
    found = [
        OpenAttempt(
            attempt_id=AttemptId(row.attempt_id),
            lead_id=LeadId(row.lead_id),
            number=row.number,
            at=let_out.get(row.attempt_id, Instant(row.placed_at)),
            let_out=row.attempt_id in let_out,
            in_trial=begun is not None and row.placed_at >= begun,
            counted=row.counted_at is not None,
            counted_live_at=None if row.counted_live_at is None else Instant(row.counted_live_at),
        )
        for row in rows
    ]
    found += [
        OpenAttempt(
            attempt_id=AttemptId(row.attempt_id),
            lead_id=LeadId(row.lead_id),
            number=row.number,
            at=Instant(row.at),
            in_trial=begun is not None and row.at >= begun,
        )
        for row in await connection.execute(untold)
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.attempt_id)))


def _untold(campaign: str | None) -> tuple[ColumnElement[bool], ...]:
    """Whom the gate let out and no event told of, among its notes."""
    known = select(_ATTEMPTS.c.attempt_id).where(_ATTEMPTS.c.attempt_id == _DIALLED.c.attempt_id)
    return (
        _DIALLED.c.campaign_id == campaign,
        _DIALLED.c.lead_id.is_not(None),
        or_(_DIALLED.c.call_id.is_(None), _DIALLED.c.call_id == _DIALLED.c.attempt_id),  # no callback's
        ~known.exists(),
    )


async def counted_live(connection: AsyncConnection, campaign_id: CampaignId) -> tuple[CountedLive, ...]:
    """Conversations of which nobody has said yet what came of them, where a live answer stands in the ledger
    that was not abandoned; by name."""
    leads = schema.leads
    query = (
        select(_ATTEMPTS.c.attempt_id, _COUNTED_LIVE_AT)
        .join(leads, leads.c.attempt_id == _ATTEMPTS.c.attempt_id)
        .where(
            leads.c.campaign_id == storable(campaign_id),
            leads.c.state == LeadState.TO_DISPOSE.value,
            _COUNTED_LIVE_AT.is_not(None),
        )
        .order_by(_ATTEMPTS.c.attempt_id)
        .limit(MOST_OPEN)
    )
    return tuple(
        CountedLive(attempt_id=AttemptId(row.attempt_id), at=Instant(row.counted_live_at))
        for row in await connection.execute(query)
    )


async def trial_left(connection: AsyncConnection, campaign_id: CampaignId) -> int | None:
    """How many attempts and texts are left of a trial; None: it is none. An attempt without an end counts,
    whether it was let out or not: the dialer gives back what was none."""
    trial = await _trial(connection, campaign_id)
    if trial is None:
        return None
    begun, attempts = trial
    made = select(func.count()).where(
        _ATTEMPTS.c.campaign_id == storable(campaign_id),
        _ATTEMPTS.c.placed_at >= begun,
        or_(_ATTEMPTS.c.outcome.is_(None), _ATTEMPTS.c.outcome != NOT_DIALLED),
    )
    untold = select(func.count()).where(*_untold(storable(campaign_id)), _DIALLED.c.at >= begun)
    sent = select(func.count()).where(
        _TEXTS.c.campaign_id == storable(campaign_id),
        _TEXTS.c.ordered_at >= begun,
    )
    counted = [int((await connection.execute(query)).scalar_one()) for query in (made, untold, sent)]
    return max(0, attempts - sum(counted))


async def _trial(connection: AsyncConnection, campaign_id: CampaignId) -> tuple[Instant, int] | None:
    """When a trial was begun, and of how many attempts; None: it is none."""
    table = schema.campaigns
    query = select(table.c.trial_left, table.c.since).where(table.c.campaign_id == storable(campaign_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None or row.trial_left is None else (Instant(row.since), int(row.trial_left))


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """Rules a campaign decided by."""

    version: int
    at: Instant
    """When they came into force, or came so again at a start of the engine."""
    rules: CampaignRules


async def rules_at(connection: AsyncConnection, campaign_id: CampaignId, at: Instant) -> Adopted | None:
    """The rules it decided by at a moment; None when there were none, or none that can be read now."""
    table = schema.campaign_adoptions
    query = (
        select(table)
        .where(table.c.campaign_id == storable(campaign_id), table.c.at <= at)
        .order_by(table.c.at.desc(), table.c.seq.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _adopted(row)


async def adoptions(
    connection: AsyncConnection, campaign_id: CampaignId, since: Instant, until: Instant
) -> list[Adopted]:
    """The rules it decided by in ``since <= t < until``, each version once, earliest first."""
    table = schema.campaign_adoptions
    query = (
        select(table)
        .where(table.c.campaign_id == storable(campaign_id), table.c.at > since, table.c.at < until)
        .order_by(table.c.at, table.c.seq)
        .limit(MOST_ADOPTIONS)
    )
    before = await rules_at(connection, campaign_id, since)
    found = [] if before is None else [before]
    for row in await connection.execute(query):
        told = _adopted(row)
        if told is not None and (not found or found[-1].rules != told.rules):
            found.append(told)
    return found


def _adopted(row: Row[Any]) -> Adopted | None:
    try:
        rules = from_json(row.document)
    except UnreadableCampaign as error:
        log.warning("rules %s of campaign %s are not told: %s", row.version, row.campaign_id, error)
        return None
    return Adopted(version=int(row.version), at=Instant(row.at), rules=rules)


async def is_known(connection: AsyncConnection, campaign_id: CampaignId) -> bool:
    """Whether there is, or ever was, a campaign of that name."""
    table = schema.campaign_versions
    query = select(table.c.version).where(table.c.campaign_id == storable(campaign_id)).limit(1)
    return (await connection.execute(query)).first() is not None
