"""No weight starves anybody: whoever is overdue is served before all whose deadlines come after his."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd.call import CallClass
from acd.call_events import CallConnected
from acd.ids import CallId
from acd.instant import Instant, seconds
from acd.priority import is_overdue
from acd.queue_events import CallQueued
from acd.weight import Weight
from tests.sim_floor import SimFloor, rules_of

QUEUES = ("one", "two", "three")
arrivals = st.lists(
    st.tuples(st.sampled_from(QUEUES), st.sampled_from([True, False, False]), st.integers(0, 90)),
    min_size=20,
    max_size=60,
)


@given(
    weights=st.tuples(*(st.sampled_from([10, 500, 1000, 3000, 100_000]) for _ in QUEUES)),
    arrivals=arrivals,
    talk=st.integers(20, 120),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_overdue_go_by_their_deadlines_whatever_the_weights(
    weights: tuple[int, ...], arrivals: list[tuple[str, bool, int]], talk: int
) -> None:
    """One agent for all, far more callers than he can take."""
    floor = SimFloor(
        rules_of(
            {"ana": {"a": 1}},
            dict.fromkeys(QUEUES, "a"),
            life={q: {"weight": Weight(w)} for q, w in zip(QUEUES, weights, strict=True)},
            wrap_up=seconds(0),
        )
    )
    floor.agents("ana").ready()
    for number, (queue, vip, pause) in enumerate(arrivals):
        call = floor.caller(f"+{number}")
        floor.world.enters(call.sim, queue, CallClass.VIP if vip else None, talks=seconds(talk))
        floor.wait(seconds=pause)
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()
    rules = floor.world.rules.classes
    queued = {e.call_id: e for e in floor.events(CallQueued)}
    offered = [(r.at, r.output.call_id) for r in floor.world.heard if isinstance(r.output, CallConnected)]
    assert len(offered) == len(arrivals), "everybody is served in the end"

    def deadline(call_id: CallId) -> int:
        return queued[call_id].queued_at + rules[queued[call_id].call_class].never_exceed

    served: list[tuple[Instant, CallId]] = sorted(offered)
    for turn, (at, call_id) in enumerate(served):
        for earlier_at, other in served[:turn]:
            mine = queued[call_id]
            overdue = is_overdue(rules[mine.call_class], mine.queued_at, Instant(earlier_at - seconds(2)))
            if overdue:  # he was overdue when the other one was chosen
                assert deadline(other) <= deadline(call_id), f"{other} went before {call_id} at {earlier_at}"
        assert at >= queued[call_id].queued_at
