"""Whatever rules are adopted at whatever moment: nobody is lost, logged out or moved back within his class,
and the same rules again change nothing at all. The invariants are checked after every single step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from acd.agent import AgentState
from acd.call import CallClass, CallState
from acd.choice import Strategy
from acd.commands import AdoptRules
from acd.ids import AgentId, CallId
from acd.instant import seconds
from acd.invariants import violations
from acd.offer_events import OfferEnded, OfferMade, RoutingDecided
from acd.queue_events import CallLeftQueue, CallReassessed, RulesAdopted
from acd.tables import Tables
from cti.messages import Output
from cti.rules_document import RulesDocument, to_json
from tests.bad_day import BadDay
from tests.sim_floor import OneCaller, SimFloor, document_of, opens_with

pytestmark = pytest.mark.timeout(900)  # ten thousand steps, on a machine with other things to do

AGENTS = ("ana", "ben", "cleo")
QUEUES = ("one", "two", "three", "four")
HOURS = ["00:00-13:00", "14:00-24:00"]
NUMBERS = tuple(f"+33{number}" for number in range(6))
agents = st.sampled_from(AGENTS)
levels = st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 10))
spans = st.integers(1, 60)
promises = st.fixed_dictionaries({"objective_s": spans, "offset_s": spans, "never_exceed_s": spans})


@st.composite
def documents(draw: st.DrawFn) -> RulesDocument:
    """Rules of any kind for the same three people; a queue may be missing, a new one may be there."""
    twice = [{"after_s": 3, "requires": "b >= 2"}, {"after_s": 18, "requires": "anybody"}]
    of_queues = [
        {"requires": "b >= 5", "relax": [{"after_s": 20, "requires": "b >= 5 or a >= 5"}]},
        {"requires": "b >= 9", "relax": twice},
        {"requires": "b >= 9", "relax": twice[:1]},
        {"requires": "a and b", "prefers": "b >= 5"},
        {"requires": "anybody"},
        {"requires": {"a": 3}, "wrap_up_s": 0, "ring_timeout_s": 5, "capacity": 2},
    ]
    extras: list[dict[str, Any]] = [
        {},
        {"strategy": draw(st.sampled_from(list(Strategy)))},
        {"ring_most": 2},
        {"weight": draw(st.sampled_from([0.5, 3]))},
        {"tiers": [{"after_s": 5, "agents": [draw(agents)]}]},
        {"reserve": {"above_s": 10, "agents": [draw(agents)]}},
        {"announce": {"first_s": 5, "every_s": 10}},
        {"wrap_up_s": 20, "wrap_up_manual": True},
        {"not_taken": {"no_answer": {"then": "next_agent"}, "rejected": {"then": "next_agent"}}},
        {"max_wait_s": draw(st.sampled_from([5, 60]))},
        {"overflow": [{"waited_s": draw(st.sampled_from([5, 60])), "then": "hang_up"}]},
        {"staffed": {"unless": "at_work", "grace_s": 2, "lets_in": draw(st.booleans()), "keeps": False}},
        {"hours": "seldom", "at_closing": draw(st.sampled_from(["serve", "leave"]))},
    ]
    extra = st.lists(st.sampled_from(extras), max_size=3).map(_merged)
    queues = draw(st.lists(st.sampled_from(QUEUES), min_size=1, unique=True))
    skills = {name: draw(levels) for name in AGENTS}
    skills[draw(agents)] |= {"a": 5, "b": 9}  # else most of these are refused: nobody has what they name
    return document_of(
        skills,
        {queue: draw(st.sampled_from(of_queues)) | draw(extra) for queue in queues},
        classes=draw(st.fixed_dictionaries({"vip": promises, "returning": promises, "normal": promises})),
        vip_callers=draw(st.lists(st.sampled_from(NUMBERS), unique=True)),
        returning={"boost_s": draw(st.integers(0, 60))},
        calendars={"seldom": {"zone": "UTC", "week": {draw(st.sampled_from(["mon-fri", "mon-sun"])): HOURS}}},
        dwell={"not_ready": {"most_s": 30, "then": "log_out"}} if draw(st.booleans()) else {},
    )


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


FIRST = document_of(
    {"ana": {"a": 5, "b": 5}, "ben": {"a": 5}, "cleo": {"b": 9}},
    {
        "one": {"requires": {"a": 1}, "prefers": "b"},
        "two": {"requires": "b >= 5", "relax": [{"after_s": 20, "requires": "b >= 5 or a >= 5"}]},
        "three": {"requires": "b >= 9", "relax": [{"after_s": 3, "requires": "b >= 5"}]},
    },
)


@dataclass(frozen=True)
class Picture:
    """All that rules must not change by being adopted, and all that the same rules must not change at all."""

    calls: Mapping[CallId, tuple[Any, ...]]
    agents: Mapping[AgentId, tuple[Any, ...]]
    order: Mapping[tuple[str, CallClass], tuple[CallId, ...]]
    rest: tuple[Any, ...]

    @classmethod
    def of(cls, t: Tables) -> "Picture":
        calls = {
            c.call_id: (
                c.state, c.since, c.relaxed, c.requirement.text, c.call_class, c.class_because, c.queued_at,
                c.boost, c.in_waiting_room, c.offer_id, c.agent_id, c.queue_id, c.touched,
            )
            for c in t.calls.values()
        }  # fmt: skip
        everybody = {
            a.agent_id: (a.state, a.since, a.reason, a.ready_since, a.next_state, a.offer_id, a.call_id)
            for a in t.agents.values()
        }
        order = {
            (queue, name): tuple(c for c in line if t.calls[c].call_class is name)
            for queue, line in t.in_queue.items()
            for name in CallClass
        }
        demands = [(str(d), sorted(d.waiting.some(100)), d.has_staff()) for d in t.matching.all_demands()]
        deadlines = sorted(t.timers.deadlines())
        stats = {queue: repr(counted) for queue, counted in t.stats.items()}
        return cls(calls, everybody, order, (demands, deadlines, stats, sorted(t.offers), t.talking))


class ReloadedFloor(RuleBasedStateMachine):
    """A small floor whose rules change at any moment."""

    @initialize(seed=st.integers(0, 1000))
    def opens(self, seed: int) -> None:
        self.floor: SimFloor = opens_with(FIRST, seed)
        self.callers: list[OneCaller] = []
        self.document, self.version = FIRST, 0

    @property
    def tables(self) -> Tables:
        return self.floor.world.floor.tables

    @rule(new=documents())
    def new_rules_come(self, new: RulesDocument) -> None:
        was = Picture.of(self.tables)
        heard = len(self.floor.world.heard)
        if self.floor.adopts(new, self.version + 1) is not None:
            assert Picture.of(self.tables) == was
            return
        self.document, self.version = new, self.version + 1
        self._nobody_lost_anything(was, [r.output for r in self.floor.world.heard[heard:]])

    def _nobody_lost_anything(self, was: Picture, told: list[Output]) -> None:
        now = Picture.of(self.tables)
        assert self.tables.rules_version == self.version
        assert sum(isinstance(output, RulesAdopted) for output in told) == 1
        offered = {output.call_id for output in told if isinstance(output, OfferMade)}
        taken = {output.agent_id for output in told if isinstance(output, OfferMade)}
        left = {output.call_id for output in told if isinstance(output, CallLeftQueue)}
        withdrawn = {output.offer_id for output in told if isinstance(output, OfferEnded)}
        reassessed = {output.call_id for output in told if isinstance(output, CallReassessed)}
        assert now.calls.keys() == was.calls.keys()
        for call_id, (state, *_, queued_at, boost, _, _, _, queue_id, _) in was.calls.items():
            call = self.tables.calls[call_id]
            if call_id in left:  # the new rules close his queue, or keep nobody for so long
                assert state in (CallState.WAITING, CallState.OFFERED)
                continue
            assert (call.queued_at, call.boost, call.queue_id) == (queued_at, boost, queue_id)
            assert call.state is state or (call_id in offered and call.state is CallState.OFFERED)
        for agent_id, before in was.agents.items():
            assert now.agents[agent_id] == before or agent_id in taken or before[5] in withdrawn
            assert (before[0] is AgentState.LOGGED_OUT) == (now.agents[agent_id][0] is AgentState.LOGGED_OUT)
        for place, order in was.order.items():
            stayed = [c for c in order if c not in reassessed and c not in left]
            if place in now.order:
                assert stayed == [c for c in now.order[place] if c in stayed]

    @rule()
    def the_same_rules_come_again(self) -> None:
        was, heard = Picture.of(self.tables), len(self.floor.world.heard)
        self.version += 1
        assert self.floor.adopts(self.document, self.version) is None
        now = Picture.of(self.tables)
        for one, other in zip(was.rest, now.rest, strict=True):
            assert one == other
        assert now == was
        assert [type(r.output) for r in self.floor.world.heard[heard:]] == [RulesAdopted]

    @rule(
        queue=st.sampled_from(QUEUES),
        vip=st.booleans(),
        number=st.sampled_from(NUMBERS),
    )
    def a_caller_comes(self, queue: str, vip: bool, number: str) -> None:
        caller = self.floor.caller(number)
        asked = CallClass.VIP if vip else None
        caller.refused = self.floor.world.enters(caller.sim, queue, asked, talks=seconds(20))
        if caller.refused is None:
            self.callers.append(caller)
        else:
            caller.hangs_up()

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.callers)).hangs_up()

    @rule(name=agents)
    def an_agent_gets_ready(self, name: str) -> None:
        self.floor.agent(name).sets_ready()

    @rule(name=agents)
    def an_agent_takes_a_break(self, name: str) -> None:
        self.floor.agent(name).sets_not_ready()

    @rule(name=agents)
    def an_agent_logs_out(self, name: str) -> None:
        self.floor.agent(name).logs_out()

    @rule(name=agents, after=st.sampled_from([None, 0.0, 1.0, 15.0]))
    def a_phone_behaves_otherwise(self, name: str, after: float | None) -> None:
        phone = self.floor.world.phones[AgentId(name)]
        phone.answers_after = None if after is None else (lambda: seconds(after))

    @rule(broken=st.booleans())
    def the_link_breaks_or_is_mended(self, broken: bool) -> None:
        self.floor.world.cut_link() if broken else self.floor.world.mend_link()

    @rule(secs=st.sampled_from([0.001, 0.003, 0.5, 1, 3, 15, 18, 40]))
    def time_passes(self, secs: float) -> None:
        self.floor.wait(seconds=secs)

    def teardown(self) -> None:
        if not hasattr(self, "floor"):
            return
        world = self.floor.world
        world.mend_link()
        world.audit()
        for caller in self.callers:
            caller.hangs_up()
        for phone in world.phones.values():
            phone.answers_after = lambda: seconds(1)
        self.floor.wait(seconds=60)
        assert self.floor.adopts(FIRST, self.version + 1) is None  # no hours, whose deadlines never end
        self.floor.runs_dry()
        world.audit()
        self.floor.runs_dry()
        assert self.floor.everyone_ended_somewhere()
        assert not violations(self.tables)


ReloadedFloor.TestCase.settings = settings(
    max_examples=260, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_a_reloaded_floor = ReloadedFloor.TestCase


def _decided(output: Output) -> Output:
    """A decision without what names the rules, or depends on the order in which examples are named."""
    if isinstance(output, RoutingDecided):
        candidates = tuple(sorted(output.candidates, key=lambda c: c.agent_id))
        rivals = tuple(sorted(output.rivals, key=lambda r: r.call_id))
        return replace(output, candidates=candidates, rivals=rivals, rules_version=0)
    return output


@pytest.mark.parametrize("seed", range(6))
def test_a_day_on_which_the_same_rules_come_again_every_minute_is_the_same_day(seed: int) -> None:
    plain, reloaded = BadDay(seed), BadDay(seed)
    for minute in range(1, 20):
        plain.world.plan(seconds(60 * minute + 0.5), lambda: None)
        reloaded.world.plan(seconds(60 * minute + 0.5), lambda n=minute: _same_rules(reloaded, n))
    told = [(r.at, _decided(r.output)) for r in plain.lived().world.heard]
    assert len(told) > 1000
    assert [(r.at, _decided(r.output)) for r in reloaded.lived().world.heard] == told
    assert reloaded.world.floor.tables.rules_version == 19


def _same_rules(day: BadDay, version: int) -> None:
    outputs = day.world.floor.handle(AdoptRules(version=version, document=DAY_RULES), day.world.now)
    assert [type(output) for output in outputs] == [RulesAdopted]


DAY_RULES = to_json(
    document_of(
        {
            "ana": {"sales": 8, "support": 3},
            "ben": {"support": 8},
            "cleo": {"sales": 5},
            "dan": {"support": 2, "billing": 9},
            "eva": {"billing": 4, "sales": 2},
        },
        {
            "sales": {"requires": {"sales": 2}, "wrap_up_s": 5},
            "support": {"requires": {"support": 2}, "wrap_up_s": 5},
            "billing": {"requires": {"billing": 3}, "wrap_up_s": 5},
        },
        vip_callers=["+337"],
    )
)
"""The rules of :mod:`tests.bad_day`, as a document."""
