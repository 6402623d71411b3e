"""Leads as rows of the database, and the way back: what their list says, and what was done about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from acd.brief import Datum
from acd.ids import AgentId, CustomerId
from acd.instant import Instant
from cti.regions import region_of
from cti.rows import storable
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber, LeadStanding, LeadState, OutcomeCount
from dialer.signals import RememberedLead

LISTED = (
    "name",
    "numbers",
    "customer_id",
    "zone",
    "priority",
    "language",
    "not_before",
    "not_after",
    "own_agent",
    "data",
)
"""Columns of what a list says."""

STANDING = (
    "state",
    "since",
    "attempts",
    "tried",
    "barred",
    "next_at",
    "step",
    "last_outcome",
    "disposition",
    "because",
    "agent_id",
    "promised",
    "outcomes",
    "next_number",
    "skipped",
    "call_back_number",
    "attempt_id",
)
"""Columns of what was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecord:
    """A lead as it is kept."""

    campaign_id: CampaignId
    lead: Lead
    standing: LeadStanding
    place: int
    """Leads of a list in the order in which they first stood in it, from 1."""
    added_at: Instant
    changed_at: Instant
    """When its list last said something new of it."""

    @property
    def remembered(self) -> RememberedLead:
        """As the dialer is given it back."""
        return RememberedLead(lead=self.lead, standing=self.standing)


def lead_row(lead: Lead) -> dict[str, Any]:
    """What a list says of a lead, as columns :data:`LISTED`."""
    return {
        "name": storable(lead.name),
        "numbers": [_number_row(one) for one in lead.numbers],
        "customer_id": storable(lead.customer_id),
        "zone": storable(lead.zone),
        "priority": lead.priority,
        "language": storable(lead.language),
        "not_before": storable(lead.not_before),
        "not_after": storable(lead.not_after),
        "own_agent": storable(lead.agent_id),
        "data": {storable(one.name): storable(one.value) for one in lead.data},
    }


def lead_of(row: Row[Any]) -> Lead:
    """The way back from :func:`lead_row`."""
    return Lead(
        lead_id=LeadId(row.lead_id),
        list_id=ListId(row.list_id),
        numbers=tuple(_number_of(one) for one in row.numbers),
        name=row.name,
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        zone=row.zone,
        priority=row.priority,
        language=row.language,
        not_before=None if row.not_before is None else Instant(row.not_before),
        not_after=None if row.not_after is None else Instant(row.not_after),
        agent_id=None if row.own_agent is None else AgentId(row.own_agent),
        data=tuple(Datum(name=name, value=value) for name, value in row.data.items()),
    )


def standing_row(standing: LeadStanding) -> dict[str, Any]:
    """What was done about a lead, as columns :data:`STANDING`."""
    return {
        "state": standing.state.value,
        "since": storable(standing.since),
        "attempts": standing.attempts,
        "tried": list(standing.tried),
        "barred": list(standing.barred),
        "next_at": storable(standing.next_at),
        "step": standing.step,
        "last_outcome": storable(standing.last_outcome),
        "disposition": storable(standing.disposition),
        "because": storable(standing.because),
        "agent_id": storable(standing.agent_id),
        "promised": standing.promised,
        "outcomes": [[one.place, one.outcome, one.times] for one in standing.outcomes],
        "next_number": standing.next_number,
        "skipped": standing.skipped,
        "call_back_number": storable(standing.call_back_number),
        "attempt_id": storable(standing.attempt_id),
    }


def standing_of(row: Row[Any]) -> LeadStanding:
    """The way back from :func:`standing_row`."""
    return LeadStanding(
        state=LeadState(row.state),
        since=Instant(row.since),
        attempts=row.attempts,
        tried=tuple(row.tried),
        barred=tuple(row.barred),
        next_at=None if row.next_at is None else Instant(row.next_at),
        step=row.step,
        last_outcome=row.last_outcome,
        disposition=row.disposition,
        because=row.because,
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
        promised=row.promised,
        outcomes=tuple(
            OutcomeCount(place=place, outcome=outcome, times=times) for place, outcome, times in row.outcomes
        ),
        next_number=row.next_number,
        skipped=row.skipped,
        call_back_number=row.call_back_number,
        attempt_id=None if row.attempt_id is None else AttemptId(row.attempt_id),
    )


def record_of(row: Row[Any]) -> LeadRecord:
    """A whole row of ``leads``."""
    return LeadRecord(
        campaign_id=CampaignId(row.campaign_id),
        lead=lead_of(row),
        standing=standing_of(row),
        place=row.place,
        added_at=Instant(row.added_at),
        changed_at=Instant(row.changed_at),
    )


def _number_row(one: LeadNumber) -> dict[str, Any]:
    row: dict[str, Any] = {"number": storable(one.number)}
    if one.kind:
        row["kind"] = storable(one.kind)
    if (one.since_minute, one.until_minute) != (0, 1440):
        row["minutes"] = [one.since_minute, one.until_minute]
    return row


def _number_of(row: Mapping[str, Any]) -> LeadNumber:
    since, until = row.get("minutes", (0, 1440))
    return LeadNumber(
        number=row["number"],
        kind=row.get("kind", ""),
        since_minute=since,
        until_minute=until,
        region=region_of(row["number"]),
    )
