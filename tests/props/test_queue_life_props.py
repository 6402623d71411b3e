"""Whatever limits queues have and whatever happens: every visit ends once, nobody goes in a circle or loses
his start, nobody stays where he must not, and every caller ends somewhere."""

from collections import Counter, defaultdict

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from acd.call import CallState, Outcome
from acd.call_events import CallEnded, CallStarted
from acd.commands import CloseQueue, ReopenQueue
from acd.exits import TURNED_AWAY, QueueExit
from acd.ids import CallId, QueueId
from acd.instant import Instant, seconds
from acd.ivr_events import IvrEntered
from acd.overflow import must_leave
from acd.overflow_rules import (
    AnnounceRules,
    AtClosing,
    OverflowStep,
    SendAway,
    StaffedBy,
    StaffRules,
    ToQueue,
    Way,
)
from acd.queue_events import CallLeftQueue, CallQueued
from cti.simulated_faults import NO_FAULTS, Faults
from tests.sim_floor import OneCaller, SimFloor, rules_of

QUEUES = ("one", "two", "three")
AGENTS = ("ana", "ben")
CLOSING = (AtClosing.SERVE, AtClosing.LEAVE)
moments = st.sampled_from([0, 3, 10, 30]).map(seconds)


def steps(queue: str) -> st.SearchStrategy[OverflowStep]:
    """Any step; to queues behind this one only, so that there is no circle."""
    behind = [ToQueue(queue_id=QueueId(q)) for q in QUEUES[QUEUES.index(queue) + 1 :]]
    ways = [SendAway(way=way) for way in Way if way is not Way.CALLBACK]  # callbacks have their own
    return st.builds(
        OverflowStep,
        action=st.sampled_from([*behind, *behind, *ways]),
        reasons=st.sampled_from([frozenset(), frozenset(), *(frozenset({r}) for r in sorted(TURNED_AWAY))]),
        waited=st.sampled_from([seconds(2), seconds(8), seconds(25)]),
        length=st.sampled_from([0, 0, 1, 2]),
        per_agent_permille=st.sampled_from([0, 0, 1500]),
    )


lives = {
    queue: st.fixed_dictionaries(
        {
            "overflow": st.lists(steps(queue), max_size=3).map(tuple),
            "max_wait": st.sampled_from([None, seconds(20), seconds(60)]),
            "at_closing": st.sampled_from(CLOSING),
            "capacity": st.sampled_from([1, 3, 100]),
            "staff": st.builds(
                StaffRules,
                staffed_by=st.sampled_from(StaffedBy),
                grace=moments,
                lets_in=st.booleans(),
                keeps=st.booleans(),
            ),
            "announce": st.sampled_from([None, AnnounceRules(first=seconds(5), every=seconds(10))]),
        }
    )
    for queue in QUEUES
}
queues = st.sampled_from(QUEUES)
agents = st.sampled_from(AGENTS)


class QueueLife(RuleBasedStateMachine):
    """Three queues with limits of their own; the invariants are checked after every single step."""

    @initialize(seed=st.integers(0, 1000), lives=st.fixed_dictionaries(lives), lossy=st.booleans())
    def opens(self, seed: int, lives: dict[str, dict[str, object]], lossy: bool) -> None:
        self.floor = SimFloor(
            rules_of(
                {"ana": {"a": 5, "b": 5}, "ben": {"b": 5, "c": 5}},
                {"one": {"a": 1}, "two": {"b": 1}, "three": {"c": 1}},
                life=lives,
                wrap_up=seconds(1),
            ),
            seed,
        )
        if lossy:
            self.floor.world.faults = Faults(
                lost=0.05, doubled=0.05, late=0.05, unconfirmed=0.05, barred=0.05
            )
        self.callers: list[OneCaller] = []

    @rule(queue=queues, talks=st.sampled_from([1, 20]))
    def a_caller_comes(self, queue: str, talks: int) -> None:
        caller = self.floor.caller(f"+33{len(self.callers)}")
        self.floor.world.enters(caller.sim, queue, talks=seconds(talks))
        self.callers.append(caller)
        self.floor.wait(seconds=0.005)

    @rule(which=st.integers(0, 30))
    def a_caller_hangs_up(self, which: int) -> None:
        if self.callers:
            self.callers[which % len(self.callers)].hangs_up()

    @rule(name=agents)
    def an_agent_is_ready(self, name: str) -> None:
        self.floor.agent(name).sets_ready()

    @rule(name=agents)
    def an_agent_pauses(self, name: str) -> None:
        self.floor.agent(name).sets_not_ready()

    @rule(name=agents)
    def an_agent_leaves(self, name: str) -> None:
        self.floor.agent(name).logs_out()

    @rule(name=agents)
    def a_phone_goes_deaf(self, name: str) -> None:
        self.floor.agent(name).lets_it_ring()

    @rule(queue=queues, waiting=st.sampled_from([None, *CLOSING]))
    def a_queue_closes(self, queue: str, waiting: AtClosing | None) -> None:
        self.floor.world.tell(CloseQueue(queue_id=QueueId(queue), because="why", waiting=waiting))

    @rule(queue=queues)
    def a_queue_reopens(self, queue: str) -> None:
        self.floor.world.tell(ReopenQueue(queue_id=QueueId(queue)))

    @rule()
    def the_link_goes(self) -> None:
        self.floor.world.cut_link()

    @rule()
    def the_link_comes(self) -> None:
        self.floor.world.mend_link()

    @rule(secs=st.sampled_from([0.001, 0.5, 3, 5, 15, 40]))
    def time_passes(self, secs: float) -> None:
        self.floor.wait(seconds=secs)
        self._nobody_stays_who_must_leave()

    def _nobody_stays_who_must_leave(self) -> None:
        t, now = self.floor.world.floor.tables, self.floor.world.now
        for call in t.calls.values():
            if call.state is CallState.WAITING and call.in_waiting_room and t.link_up:
                assert must_leave(t, call, now) is None

    def teardown(self) -> None:
        if not hasattr(self, "floor"):
            return
        world = self.floor.world
        world.faults = NO_FAULTS
        world.mend_link()
        world.audit()
        self.floor.wait(seconds=300)
        for caller in self.callers:
            caller.hangs_up()
        self.floor.runs_dry()
        world.audit()
        self.floor.runs_dry()
        assert self.floor.everyone_ended_somewhere()
        ended = self.floor.events(CallEnded)
        assert sorted(e.call_id for e in ended) == sorted(e.call_id for e in self.floor.events(CallStarted))
        assert {e.outcome for e in ended} <= set(Outcome)
        self._every_visit_ended_once()
        self._nobody_lost_his_start_or_went_in_a_circle()

    def _every_visit_ended_once(self) -> None:
        told = Counter((e.queue_id, e.exit) for e in self.floor.events(CallLeftQueue))
        for queue_id, stats in self.floor.world.floor.tables.stats.items():
            counted = {exit_: n for exit_, n in stats.exits.items() if n}
            assert counted == {exit_: n for (queue, exit_), n in told.items() if queue == queue_id}
            assert stats.offered == sum(counted.values())

    def _nobody_lost_his_start_or_went_in_a_circle(self) -> None:
        """Counted from his flow on: a caller who is back in it begins anew, as far as queues go."""
        been: dict[CallId, list[QueueId]] = defaultdict(list)
        start: dict[CallId, Instant] = {}
        waits_in: dict[CallId, QueueId] = {}
        for output in (recorded.output for recorded in self.floor.world.heard):
            match output:
                case IvrEntered():
                    been[output.call_id].clear()
                    start.pop(output.call_id, None)
                case CallQueued():
                    assert output.call_id not in waits_in, "in two queues"
                    waits_in[output.call_id] = output.queue_id
                    assert output.queue_id not in been[output.call_id]
                    assert start.setdefault(output.call_id, output.queued_at) == output.queued_at
                case CallLeftQueue(waited=None):
                    assert output.call_id not in waits_in
                case CallLeftQueue():
                    assert waits_in.pop(output.call_id) == output.queue_id
                    if output.exit is QueueExit.OVERFLOWED:
                        been[output.call_id].append(output.queue_id)
                    elif output.exit is QueueExit.ANSWERED:
                        been[output.call_id].clear()  # should he come back from a conversation
                case _:
                    pass
        assert not waits_in


QueueLife.TestCase.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_queue_life = QueueLife.TestCase
