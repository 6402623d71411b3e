"""Where campaigns and leads stand, as rows of the database: kept from the dialer's events.

What a list says of a lead, and what a campaign's document says, others write (:mod:`cti.lead_store`); the
rows are there before the dialer hears of them, so here they are brought up to date and never made.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cti import schema
from cti.codec import decode
from cti.envelope import Envelope
from cti.lead_rows import STANDING, standing_row
from cti.rows import storable, upsert
from dialer.commands import AdoptCampaign
from dialer.events import CampaignAdopted, CampaignStateChanged, LeadStateChanged


async def project_leads(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring what was done about leads up to date."""
    after: dict[str, dict[str, Any]] = {}
    for envelope in envelopes:
        event: Any = envelope.message
        if isinstance(event, LeadStateChanged):
            after[str(storable(event.lead_id))] = standing_row(event.standing)
    if after:
        table = schema.leads
        statement = (
            update(table)
            .where(table.c.lead_id == bindparam("of_lead"))
            .values({name: bindparam(f"to_{name}") for name in STANDING})
        )
        rows = [
            {"of_lead": lead, **{f"to_{name}": value for name, value in after[lead].items()}}
            for lead in sorted(after)
        ]
        await connection.execute(statement, rows)


async def project_campaigns(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring where campaigns stand up to date."""
    after: dict[str, dict[str, Any]] = {}
    for envelope in envelopes:
        event: Any = envelope.message
        if isinstance(event, CampaignStateChanged):
            after[str(storable(event.campaign_id))] = {
                "state": event.now.value,
                "since": storable(envelope.at),
                "because": storable(event.because),
                "by": storable(event.by),
                "trial_left": storable(event.trial_left),
            }
    table = schema.campaigns
    for campaign in sorted(after):
        await connection.execute(
            update(table).where(table.c.campaign_id == campaign).values(**after[campaign])
        )


async def project_adoptions(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Keep by what rules campaigns decide since when: those of the command that led to the event."""
    commands: dict[tuple[str, int], AdoptCampaign] = {}
    for envelope in envelopes:
        message: Any = envelope.message
        if isinstance(message, AdoptCampaign):
            commands[envelope.run, envelope.seq] = message
        if not isinstance(message, CampaignAdopted) or envelope.cause is None:
            continue
        told = commands.get((envelope.run, envelope.cause))
        if told is None:
            told = await _command(connection, envelope.run, envelope.cause)
        if told is None:
            continue
        row = {
            "run": envelope.run,
            "seq": storable(envelope.seq),
            "campaign_id": storable(message.campaign_id),
            "version": storable(message.version),
            "at": storable(envelope.at),
            "document": storable(told.document),
        }
        statement = upsert(connection, schema.campaign_adoptions, ("document",))
        await connection.execute(statement, row)


async def _command(connection: AsyncConnection, run: str, seq: int) -> AdoptCampaign | None:
    """Of an earlier batch."""
    table = schema.events
    found = await connection.execute(select(table.c.body).where(table.c.run == run, table.c.seq == seq))
    body = found.scalar_one_or_none()
    command: Any = None if body is None else decode(body)
    return command if isinstance(command, AdoptCampaign) else None
