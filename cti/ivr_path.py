"""Callers' ways through flows, as pure functions of the events: what figures of the menu are counted from."""

from dataclasses import dataclass, replace

from acd.ids import CallId
from acd.instant import Instant, Span
from acd.ivr_events import CallLeftIvr, IvrEntered, IvrNodeAnswered, IvrNodeEntered, TreatmentEntered
from acd.ivr_exits import IvrExit
from cti.envelope import Envelope

MOST_TRIES = 20
"""Tries at one node that are told apart; a node has fewer."""
NO_KEY = "-"
"""Stands for a try at a node that was not one key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StayRecord:
    """One stay of a call in a flow, in one row."""

    run: str
    seq: int
    """With ``run``: the event that began the stay, which is its name."""
    call_id: CallId
    number: int
    """Counts the stays of a call, from 1."""
    flow: str
    flow_version: int
    """The published version it is of; 0 when there was none."""
    counted_at: Instant
    """When the call first came to a flow: all it does in flows is counted in the period this lies in."""
    began_at: Instant
    ended_at: Instant | None = None
    """None while it lasts."""
    exit: IvrExit | None = None
    """None while it lasts."""
    spent_us: Span | None = None
    """None while it lasts, and when nobody saw when it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeVisitRecord:
    """One visit of a stay to a node, in one row."""

    run: str
    seq: int
    """With ``run``: the event that began the visit, which is its name."""
    call_id: CallId
    stay_run: str
    stay_seq: int
    """The stay it is part of."""
    stay_flow: str
    """That stay's flow; :attr:`flow` may be a sub-flow of it."""
    flow_version: int
    counted_at: Instant
    """As of the stay."""
    first: bool
    """Whether the stay began with it."""
    flow: str
    node: str
    kind: str
    entered_at: Instant
    left_at: Instant | None = None
    """None while he is there."""
    spent_us: Span | None = None
    """None while he is there, and when nobody saw when he left."""
    key: str | None = None
    """The key that decided; None: silence, several keys, or nothing was asked."""
    tries: int = 0
    """How often the node learned something: how often a question was asked."""
    tried: str = ""
    """The keys of the tries before the last, in order, ``-`` for each that was not one key."""
    result: str | None = None
    """What came of it, in a few words."""
    next_flow: str | None = None
    next_node: str | None = None
    """Where he went from here; None when the stay ended here."""
    exit: IvrExit | None = None
    """How the stay ended here; None when he went on."""


PATH_EVENTS = frozenset({IvrEntered, TreatmentEntered, IvrNodeEntered, IvrNodeAnswered, CallLeftIvr})
"""The events that change what is known of a call's way."""


@dataclass(frozen=True, slots=True)
class Path:
    """The end of a call's way, as far as it is known: what the next event can change."""

    stay: StayRecord | None = None
    """The last stay, over or not."""
    visit: NodeVisitRecord | None = None
    """Its last visit to a node."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an event changed, the latest state of each row."""

    stays: tuple[StayRecord, ...] = ()
    visits: tuple[NodeVisitRecord, ...] = ()


def path_after(path: Path, envelope: Envelope) -> tuple[Path, Changes]:
    """The end of a call's way once this has happened to the call, and what that changed."""
    match envelope.message:
        case (IvrEntered() | TreatmentEntered()) as event:
            return _began(path, event, envelope)
        case IvrNodeEntered() as event:
            return _entered(path, event, envelope)
        case IvrNodeAnswered() as event:
            return _answered(path, event)
        case CallLeftIvr() as event:
            return _left(path, event, envelope)
        case _:
            return path, Changes()


def _began(path: Path, event: IvrEntered | TreatmentEntered, envelope: Envelope) -> tuple[Path, Changes]:
    # What is open still is a stay of a run that ended without it; how long he was where, nobody saw.
    closed = _closed(path, IvrExit.BROKEN_OFF, envelope.at, seen=False)
    stay = StayRecord(
        run=envelope.run,
        seq=envelope.seq,
        call_id=event.call_id,
        number=1 if path.stay is None else path.stay.number + 1,
        flow=event.flow,
        flow_version=event.flow_version,
        counted_at=envelope.at if path.stay is None else path.stay.counted_at,
        began_at=envelope.at,
    )
    changes = _changes(path, closed)
    return Path(stay), Changes((*changes.stays, stay), changes.visits)


def _entered(path: Path, event: IvrNodeEntered, envelope: Envelope) -> tuple[Path, Changes]:
    stay, before = path.stay, path.visit
    if stay is None or stay.exit is not None:  # the journal has a hole where he came
        return path, Changes()
    visit = NodeVisitRecord(
        run=envelope.run,
        seq=envelope.seq,
        call_id=event.call_id,
        stay_run=stay.run,
        stay_seq=stay.seq,
        stay_flow=stay.flow,
        flow_version=stay.flow_version,
        counted_at=stay.counted_at,
        first=before is None,
        flow=event.flow,
        node=event.node,
        kind=event.kind,
        entered_at=envelope.at,
    )
    if before is None:
        return Path(stay, visit), Changes(visits=(visit,))
    over = replace(
        before,
        left_at=envelope.at,
        spent_us=Span(max(0, envelope.at - before.entered_at)),
        next_flow=event.flow,
        next_node=event.node,
    )
    return Path(stay, visit), Changes(visits=(over, visit))


def _answered(path: Path, event: IvrNodeAnswered) -> tuple[Path, Changes]:
    visit = path.visit
    if visit is None or visit.left_at is not None or (visit.flow, visit.node) != (event.flow, event.node):
        return path, Changes()
    tried = visit.tried + (visit.key or NO_KEY) if visit.tries else ""
    after = replace(
        visit, key=event.key, result=event.result, tries=visit.tries + 1, tried=tried[:MOST_TRIES]
    )
    return Path(path.stay, after), Changes(visits=(after,))


def _left(path: Path, event: CallLeftIvr, envelope: Envelope) -> tuple[Path, Changes]:
    # A stay that was given up may turn out to have been seen ending.
    stay = path.stay
    given_up = stay is not None and stay.exit is not None and stay.spent_us is None
    again = stay is not None and given_up and stay.run == envelope.run
    closed = _closed(path, event.exit, envelope.at, seen=True, again=again)
    return closed, _changes(path, closed)


def _closed(path: Path, exit_: IvrExit, at: Instant, *, seen: bool, again: bool = False) -> Path:
    stay, visit = path.stay, path.visit
    if stay is not None and (stay.exit is None or again):
        spent = Span(max(0, at - stay.began_at)) if seen else None
        stay = replace(stay, ended_at=at, exit=exit_, spent_us=spent)
    if visit is not None and (visit.left_at is None or again):
        spent = Span(max(0, at - visit.entered_at)) if seen else None
        visit = replace(visit, left_at=at, exit=exit_, spent_us=spent)
    return Path(stay, visit)


def _changes(before: Path, after: Path) -> Changes:
    stays = () if after.stay is None or after.stay == before.stay else (after.stay,)
    visits = () if after.visit is None or after.visit == before.visit else (after.visit,)
    return Changes(stays, visits)
