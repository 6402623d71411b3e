"""What the database keeps of contacts with customers: the ledger's items, and who talked with whom last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.call_events import CallConnected, CustomerRecognised, UnansweredClosed, UnansweredOpened
from acd.customer import Party
from acd.ids import CallId, CustomerId
from acd.instant import Instant
from acd.ledger import OpenItem, WhyOwed, key_of, keys_of
from cti import schema
from cti.envelope import Envelope
from cti.rows import storable, upsert

AT_ONCE = 500
"""Rows asked for or deleted by one statement."""

_ITEM = ("caller", "customer_id", "call_id", "since", "why", "attempts")


async def project_unanswered(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the ledger up to date with what these envelopes tell of it."""
    after: dict[str, OpenItem | None] = {}
    for envelope in envelopes:
        match envelope.message:
            case UnansweredOpened() as opened:
                item = OpenItem(
                    caller=opened.caller,
                    customer_id=opened.customer_id,
                    call_id=opened.call_id,
                    since=envelope.at,
                    why=opened.why,
                    attempts=opened.attempts,
                )
                # What was open for his number alone is in the item: it became his when he was recognised.
                after.update(dict.fromkeys(_both(item.party)))
                key = key_of(item.party)
                if key is not None:
                    after[storable(key)] = item
            case UnansweredClosed() as closed:
                after.update(
                    dict.fromkeys(_both(Party(caller=closed.caller, customer_id=closed.customer_id)))
                )
            case CustomerRecognised() as recognised:
                whose = Party(caller=recognised.caller, customer_id=recognised.customer_id)
                after.update(await _made_his(connection, after, whose))
            case _:
                pass
    await _forget(connection, sorted(key for key, item in after.items() if item is None))
    await _keep(connection, [item for _, item in sorted(after.items()) if item is not None])


async def _made_his(
    connection: AsyncConnection, after: Mapping[str, OpenItem | None], party: Party
) -> dict[str, OpenItem | None]:
    """What was open for a number alone is its customer's as soon as he is known, as in the ledger itself."""
    mine, of_number = (storable(key) if key is not None else None for key in keys_of(party))
    if mine is None or of_number is None:
        return {}
    unread = [key for key in (mine, of_number) if key not in after]
    table = schema.unanswered
    rows = await connection.execute(select(table).where(table.c.party.in_(unread))) if unread else ()
    found = {row.party: open_item(row) for row in rows} | {key: after[key] for key in after}
    his, numbers = found.get(mine), found.get(of_number)
    if numbers is None:
        return {}
    latest = numbers if his is None else max(his, numbers, key=attrgetter("since"))
    attempts = numbers.attempts + (his.attempts if his is not None else 0)
    return {of_number: None, mine: replace(latest, customer_id=party.customer_id, attempts=attempts)}


async def open_lost(
    connection: AsyncConnection,
    calls: Iterable[tuple[CallId, str, CustomerId | None, WhyOwed]],
    at: Instant,
) -> None:
    """Open an item for each of these calls ``(call, caller, customer, why)``: nobody saw how it ended."""
    parties = [
        (call_id, Party(caller=caller, customer_id=customer), why) for call_id, caller, customer, why in calls
    ]
    asked = sorted({key for _, party, _ in parties for key in _both(party)})
    known: dict[str, int] = {}
    table = schema.unanswered
    for start in range(0, len(asked), AT_ONCE):
        rows = await connection.execute(
            select(table.c.party, table.c.attempts).where(table.c.party.in_(asked[start : start + AT_ONCE]))
        )
        known.update({row.party: row.attempts for row in rows})
    opened: dict[str, OpenItem] = {}
    for call_id, party, why in parties:
        key = key_of(party)
        if key is not None:
            attempts = 1 + sum(known.pop(name, 0) for name in _both(party))
            known[storable(key)] = attempts
            opened[key] = OpenItem(
                caller=party.caller,
                customer_id=party.customer_id,
                call_id=call_id,
                since=at,
                why=why,
                attempts=attempts,
            )
    await _forget(connection, asked)
    await _keep(connection, list(opened.values()))


async def project_contacts(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Note who talked with each customer last."""
    last = {
        storable(envelope.message.customer_id): (envelope.message.agent_id, envelope.at)
        for envelope in envelopes
        if isinstance(envelope.message, CallConnected) and envelope.message.customer_id is not None
    }
    if last:
        await connection.execute(
            upsert(connection, schema.customer_contacts, ("last_agent", "last_contact_at")),
            [
                {"customer_id": name, "last_agent": storable(agent_id), "last_contact_at": storable(at)}
                for name, (agent_id, at) in sorted(last.items())
            ],
        )


def open_item(row: Row[Any]) -> OpenItem:
    """The item in a row of ``unanswered``."""
    return OpenItem(
        caller=row.caller,
        customer_id=row.customer_id,
        call_id=row.call_id,
        since=row.since,
        why=WhyOwed(row.why),
        attempts=row.attempts,
    )


def _both(party: Party) -> list[str]:
    return [storable(key) for key in keys_of(party) if key is not None]


async def _forget(connection: AsyncConnection, keys: Sequence[str]) -> None:
    table = schema.unanswered
    for start in range(0, len(keys), AT_ONCE):
        await connection.execute(delete(table).where(table.c.party.in_(keys[start : start + AT_ONCE])))


async def _keep(connection: AsyncConnection, items: Sequence[OpenItem]) -> None:
    if items:
        rows = [
            {"party": storable(key_of(item.party))} | {name: storable(getattr(item, name)) for name in _ITEM}
            for item in items
        ]
        await connection.execute(upsert(connection, schema.unanswered, _ITEM), rows)
