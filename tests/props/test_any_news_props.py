"""The world may say anything, in any order: late, twice, contradictory, about strangers. The floor never
breaks over it, keeps every promise of :mod:`acd.invariants`, and time only goes forward."""

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from enum import EnumMeta
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.call_signals import CallArrived, CallerWaiting
from acd.callback import CallbackOrder, CallbackRules
from acd.commands import EnqueueCall, SetAgentReady
from acd.engine import Acd
from acd.ids import AgentId, CallId, CustomerId, OfferId, QueueId
from acd.instant import Instant, Span, seconds
from acd.invariants import violations
from acd.link_signals import LinkRestored
from acd.messages import CoreInput, Output
from acd.observation import Observation
from acd.offer_events import OfferEnded, OfferMade
from acd.orders import DialCustomer, RingAgent, RingAgentForCallback
from acd.overflow_rules import (
    AnnounceRules,
    OverflowStep,
    SendAway,
    StaffedBy,
    StaffRules,
    ToQueue,
    Way,
)
from tests.sim_floor import rules_of

START = Instant(seconds(1_000_000))
MADE = "made-"
"""Stands for an offer the floor itself made: ``made-0`` is the latest one."""

WORDS: dict[Any, st.SearchStrategy[Any]] = {
    CallId: st.sampled_from([CallId(c) for c in ("c1", "c2", "c3", "cb-sim-1", "cb-sim-2")]),
    AgentId: st.sampled_from([AgentId(a) for a in ("ana", "ben", "stranger")]),
    QueueId: st.sampled_from([QueueId(q) for q in ("one", "two", "gone")]),
    OfferId: st.sampled_from([OfferId(o) for o in (f"{MADE}0", f"{MADE}1", f"{MADE}2", "sim-3", "old-1")]),
    Instant: st.sampled_from([Instant(seconds(s)) for s in (0, -3, 0.001, -0.001, 5, -90, -1e6)]),
    Span: st.sampled_from([Span(seconds(s)) for s in (0, -5, 30, 1e6)]),
    int: st.sampled_from([-1, 0, 1, 7]),
    CustomerId: st.sampled_from([CustomerId(c) for c in ("k1", "k2")]),
    str: st.sampled_from(["", "+331", "+3399"]),
    bool: st.booleans(),
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Any well-formed value of a type of the vocabulary."""
    if kind in WORDS:
        return WORDS[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if kind is NoneType:
        return st.none()
    if origin in (Union, UnionType):
        return st.one_of(*map(anything, inner))
    if origin is tuple:
        return st.lists(anything(inner[0]), max_size=4).map(tuple)
    if origin is frozenset:
        return st.frozensets(anything(inner[0]), max_size=3)
    if isinstance(kind, EnumMeta):
        return st.sampled_from(list(kind))
    if isinstance(kind, NewType):  # a name or a reason that WORDS does not give: any text
        return anything(kind.__supertype__)
    assert is_dataclass(kind), kind
    return st.builds(kind, **{name: anything(hint) for name, hint in get_type_hints(kind).items()})


MESSAGES = st.one_of(*(anything(kind).map(lambda m: (m,)) for kind in get_args(CoreInput)))
CALLER_COMES = st.builds(
    lambda call_id, queue_id: (
        CallArrived(call_id=call_id, caller="+331", dialled="8000"),
        EnqueueCall(call_id=call_id, queue_id=queue_id),
        CallerWaiting(call_id=call_id),
    ),
    WORDS[CallId],
    WORDS[QueueId],
)
GAPS = st.sampled_from([seconds(s) for s in (0, 0, 0, 0.000001, 0.002, 0.5, 3, 10, 18, 100)])
OPENS = (
    LinkRestored(
        seen=Observation(as_of=Instant(0), calls=(), reachable=frozenset({AgentId("ana"), AgentId("ben")}))
    ),
    SetAgentReady(agent_id=AgentId("ana")),
    SetAgentReady(agent_id=AgentId("ben")),
)


def meant(value: Any, made: list[OfferId], now: Instant, kind: Any = None) -> Any:
    """The value with its placeholders filled in: offers by the floor's own names, instants by the time."""
    if isinstance(value, str) and value.startswith(MADE):
        age = int(value.removeprefix(MADE))
        return made[-1 - age] if age < len(made) else value
    if isinstance(value, int) and kind in (Instant, Instant | None):
        return Instant(now + value)
    if isinstance(value, tuple):
        return tuple(meant(one, made, now) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        filled = {
            f.name: meant(getattr(value, f.name), made, now, hints[f.name]) for f in fields(value) if f.init
        }
        return replace(value, **filled)
    return value


@given(
    opens=st.booleans(),
    order=st.sampled_from(CallbackOrder),
    wrap_up=st.sampled_from([seconds(0), seconds(5)]),
    news=st.lists(st.tuples(GAPS, st.one_of(MESSAGES, MESSAGES, CALLER_COMES)), max_size=40),
)
@settings(max_examples=1500, deadline=None)
def test_whatever_is_said_the_floor_keeps_its_promises(
    opens: bool, order: CallbackOrder, wrap_up: Any, news: Any
) -> None:
    acd = Acd(
        rules_of(
            {"ana": {"a": 5, "b": 5}, "ben": {"a": 5}},
            {"one": "a >= 1 and b", "two": {"b": 5}},
            relax={"one": ((5, "a"),), "two": ((0.001, "b"), (90, "a or b"))},
            prefers={"one": "a >= 7", "two": "a"},
            vips=("+3399",),
            life={
                "one": {
                    "overflow": (
                        OverflowStep(action=SendAway(way=Way.VOICEMAIL), waited=seconds(18), length=1),
                        OverflowStep(action=ToQueue(queue_id=QueueId("two")), waited=seconds(10)),
                    ),
                    "announce": AnnounceRules(first=seconds(3), every=seconds(5)),
                },
                "two": {
                    "max_wait": seconds(100),
                    "staff": StaffRules(staffed_by=StaffedBy.AT_WORK, grace=seconds(3), keeps=False),
                },
            },
            capacity=3,
            wrap_up=wrap_up,
            outside=("+33",),
            callback=CallbackRules(
                order=order, delay=seconds(0), attempts=2, retry_gap=seconds(3), expires_after=seconds(100)
            ),
        )
    )
    now, heard, made = START, list[Output](), list[OfferId]()
    steps = [(seconds(0), OPENS if opens else ()), *news]
    for gap, messages in steps:
        now = Instant(now + gap)
        for message in messages:
            outputs = acd.handle(meant(message, made, now), now)
            made += [o.offer_id for o in outputs if isinstance(o, OfferMade)]
            heard += outputs
            assert violations(acd.tables) == []
            deadline = acd.next_deadline()
            assert deadline is None or deadline > now
    once = Counter(o.offer_id for o in heard if isinstance(o, OfferEnded))
    assert max(once.values(), default=1) == 1, "an offer ended twice"
    ordered = [o.offer_id for o in heard if isinstance(o, RingAgent | RingAgentForCallback | DialCustomer)]
    assert list(dict.fromkeys(ordered)) == made, "every offer is rung"
    rung = [o.offer_id for o in heard if isinstance(o, RingAgent | RingAgentForCallback)]
    assert len(set(rung)) == len(rung), "no agent is rung twice for one offer"
    assert set(made) == (once.keys() | acd.tables.offers.keys()) & set(made), "an offer has vanished"
