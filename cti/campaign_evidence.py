"""What shows later how a campaign dialled: what was heard by whom, whom lists keep from being called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant, Span
from cti import schema
from cti.rows import storable
from dialer.attempt import AttemptOutcome
from dialer.ids import CampaignId
from dialer.lead import WhyDone

MOST_HEARD = 60
"""Nodes told of one attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHeard:
    """A node of a flow in which somebody was who answered."""

    flow: str
    node: str
    kind: str
    entered_at: Instant
    spent_us: Span | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AroundIt:
    """What else was done for a campaign within a span of time."""

    texts_sent: int
    texts_failed: int
    listed_for_it: int
    """Numbers put on its own do-not-call list."""
    given_up_early: int
    """Telephones that were given up before they had rung for as long as the law asks: it was stopped at once,
    or he called in, or was put on a list."""
    leads: int
    """All it has now ..."""
    leads_not_to_be_called: int
    """... and of these, who is done with because he does not want to be called, or stands on a list."""


async def heard(connection: AsyncConnection, attempts: Sequence[str]) -> Mapping[str, list[NodeHeard]]:
    """Where those who answered these attempts were in flows, in order; whoever answers is a call of the
    attempt's name."""
    stays, visits = schema.ivr_stays, schema.ivr_visits
    query = (
        select(
            stays.c.call_id,
            visits.c.flow,
            visits.c.node,
            visits.c.kind,
            visits.c.entered_at,
            visits.c.spent_us,
            visits.c.key,
        )
        .join(visits, (visits.c.stay_run == stays.c.run) & (visits.c.stay_seq == stays.c.seq))
        .where(stays.c.call_id.in_([storable(one) for one in attempts]))
        .order_by(visits.c.entered_at, visits.c.run, visits.c.seq)
    )
    found: dict[str, list[NodeHeard]] = {}
    for row in await connection.execute(query):
        nodes = found.setdefault(row.call_id, [])
        if len(nodes) < MOST_HEARD:
            nodes.append(
                NodeHeard(
                    flow=row.flow,
                    node=row.node,
                    kind=row.kind,
                    entered_at=Instant(row.entered_at),
                    spent_us=None if row.spent_us is None else Span(row.spent_us),
                    key=row.key,
                )
            )
    return found


async def around_it(
    connection: AsyncConnection,
    campaign_id: CampaignId,
    since: Instant,
    until: Instant,
    ring_at_least: Span,
) -> AroundIt:
    """What else was done for it in ``since <= t < until``. ``ring_at_least``: so long has a telephone
    to ring, by law."""
    name = storable(campaign_id)
    attempts = schema.campaign_attempts
    early = (
        select(func.count())
        .select_from(attempts)
        .where(
            attempts.c.campaign_id == name,
            attempts.c.placed_at >= since,
            attempts.c.placed_at < until,
            attempts.c.outcome == AttemptOutcome.CANCELLED.value,
            attempts.c.ended_at - attempts.c.rang_at < ring_at_least,
        )
    )
    texts, changes, leads = schema.campaign_texts, schema.dnc_changes, schema.leads
    sent = (
        select(texts.c.sent, func.count())
        .where(texts.c.campaign_id == name, texts.c.ordered_at >= since, texts.c.ordered_at < until)
        .group_by(texts.c.sent)
    )
    by_sent = {row[0]: int(row[1]) for row in await connection.execute(sent)}
    listed = select(func.coalesce(func.sum(changes.c.numbers), 0)).where(
        changes.c.list == f"campaign:{name}",
        changes.c.what.in_(("added", "imported")),
        changes.c.at >= since,
        changes.c.at < until,
    )
    standing = (
        select(leads.c.because, func.count()).where(leads.c.campaign_id == name).group_by(leads.c.because)
    )
    by_why = {row[0]: int(row[1]) for row in await connection.execute(standing)}
    return AroundIt(
        texts_sent=by_sent.get(True, 0),
        texts_failed=by_sent.get(False, 0),
        listed_for_it=int((await connection.execute(listed)).scalar_one()),
        given_up_early=int((await connection.execute(early)).scalar_one()),
        leads=sum(by_why.values()),
        leads_not_to_be_called=by_why.get(WhyDone.OPTED_OUT.value, 0),
    )
