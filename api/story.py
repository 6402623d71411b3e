"""One call's story: what the database has and what it does not have yet, told once and in order."""

from dataclasses import dataclass

from acd import views
from acd.explain import why_waiting
from acd.ids import CallId, OfferId
from acd.offer_events import OfferEnded, RoutingDecided
from acd.views import CallView
from api.call_schemas import Call, CallStory, LiveCall, TimelineEntry, Unanswered
from api.customer_schemas import Caller
from api.decision_schemas import Decision, WhyWaiting
from api.facts import iso, told
from api.ivr_schemas import PathStay
from api.ports import Engine
from api.recent import RecentEvents, Tail
from cti.envelope import Envelope
from cti.ivr_path import NodeVisitRecord, Path, StayRecord, path_after
from cti.projections import CallRecord, call_after
from cti.store import StoreUnavailable

_Name = tuple[str, int]
"""The event that began something: its run, and its number in it."""


@dataclass(frozen=True, slots=True)
class _Written:
    """What the database has of a call."""

    record: CallRecord | None
    envelopes: list[Envelope]


async def story_of(engine: Engine, recent: RecentEvents, call_id: CallId) -> CallStory | None:
    """The story of a call, complete at once; None when nobody knows such a call.

    Raises:
        StoreUnavailable: nothing is known of the call without the database, which is away.
    """
    away: StoreUnavailable | None = None
    written = _Written(None, [])
    try:
        written = _Written(await engine.store.call(call_id), await engine.store.timeline(call_id))
    except StoreUnavailable as error:
        away = error
    # From here on nothing awaits: what follows is one moment.
    tables, tail = engine.runtime.tables, recent.of(call_id)
    now = engine.runtime.clock.now()
    here = tables.calls.get(call_id)
    live = views.call_view(tables, here, now) if here is not None else None
    owed = tables.ledger.item(here.party, now) if here is not None else None
    why = why_waiting(tables, here, now) if here is not None else None
    envelopes = merged(written.envelopes, tail)
    record = _record(written.record, envelopes, live)
    if record is None:
        if away is not None:
            raise away
        return None
    return CallStory(
        call=Call.of(record),
        live=None if live is None else LiveCall.of(live),
        customer=None if here is None else Caller.of(here),
        owed=None if owed is None else Unanswered.of(owed, tables.ledger.boost(owed.party, now)),
        waiting=None if why is None else WhyWaiting.of(why),
        path=_path(envelopes),
        decisions=_decisions(envelopes),
        timeline=[TimelineEntry(run=e.run, seq=e.seq, at=iso(e.at), event=told(e)) for e in envelopes],
        complete=tail.has_everything or (away is None and joins(written.envelopes, tail)),
    )


def merged(written: list[Envelope], tail: Tail) -> list[Envelope]:
    """Each event once; instants never run backwards within a run, and runs follow each other."""
    known = {(envelope.run, envelope.seq): envelope for envelope in (*written, *tail.envelopes)}
    return sorted(known.values(), key=lambda envelope: (envelope.at, envelope.run, envelope.seq))


def joins(written: list[Envelope], tail: Tail) -> bool:
    """Whether nothing is missing between what the database has and what we remember."""
    if not tail.forgotten:
        return True
    first = tail.envelopes[0]
    return any((envelope.run, envelope.seq) == (first.run, first.seq) for envelope in written)


def _record(
    written: CallRecord | None, envelopes: list[Envelope], live: CallView | None
) -> CallRecord | None:
    """The call in one row: as written once it is over, else as its events have it so far."""
    if written is not None and written.ended_at is not None and live is None:
        return written
    record: CallRecord | None = None
    for envelope in envelopes:
        record = call_after(record, envelope.message, envelope.at)
    if record is None and live is not None:  # met so long ago that its events are neither here nor there
        record = CallRecord(
            call_id=live.call_id,
            caller=live.caller,
            dialled=live.dialled,
            arrived_at=live.arrived_at,
            customer_id=live.customer_id,
        )
    return record or written


def _decisions(envelopes: list[Envelope]) -> list[Decision]:
    ends: dict[OfferId, Envelope] = {
        envelope.message.offer_id: envelope
        for envelope in envelopes
        if isinstance(envelope.message, OfferEnded)
    }
    return [
        Decision.of(envelope, ends.get(envelope.message.offer_id))
        for envelope in envelopes
        if isinstance(envelope.message, RoutingDecided)
    ]


def _path(envelopes: list[Envelope]) -> list[PathStay]:
    """The call's stays in flows, each with its visits to nodes."""
    path, stays, visits = Path(), dict[_Name, StayRecord](), dict[_Name, NodeVisitRecord]()
    for envelope in envelopes:
        path, changes = path_after(path, envelope)
        stays |= {(stay.run, stay.seq): stay for stay in changes.stays}
        visits |= {(visit.run, visit.seq): visit for visit in changes.visits}
    nodes: dict[_Name, list[NodeVisitRecord]] = {name: [] for name in stays}
    for visit in visits.values():
        nodes[visit.stay_run, visit.stay_seq].append(visit)
    return [PathStay.of(stay, nodes[name]) for name, stay in stays.items()]
