"""Whatever happened on the floor, every pool's choice is the one the strategy's plain words make."""

import copy

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from acd.call_signals import CallArrived, CallerHungUp, CallerWaiting
from acd.chance import Chance
from acd.choice import Choice, Strategy
from acd.commands import EnqueueCall, LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.engine import Acd
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span
from acd.invariants import violations
from acd.link_signals import LinkRestored
from acd.observation import Observation
from acd.offer_signals import AgentAnswered, Failure, OfferFailed
from acd.orders import RingAgent
from acd.reasons import OTHER
from acd.requirement import Requirement
from acd.rules import AgentProfile, QueueRules, Rules
from acd.skills import SkillSet
from bench.common.naive_choice import naive_choice
from cti.messages import Input

AGENTS = [AgentId(name) for name in ("ana", "ben", "cleo", "dan", "eva", "finn", "gil")]
agents = st.sampled_from(AGENTS)
levels = st.integers(0, 10)


class ChoosingFloor(RuleBasedStateMachine):
    """One queue per strategy; all want the same agents, some prefer some."""

    @initialize(
        a=st.lists(levels, min_size=len(AGENTS), max_size=len(AGENTS)),
        b=st.lists(levels, min_size=len(AGENTS), max_size=len(AGENTS)),
    )
    def opens(self, a: list[int], b: list[int]) -> None:
        skills = [
            SkillSet.of({skill: level for skill, level in (("a", at), ("b", bt)) if level})
            for at, bt in zip(a, b, strict=True)
        ]
        self.acd = Acd(
            Rules(
                run="choosing",
                queues={
                    QueueId(strategy): QueueRules(
                        queue_id=QueueId(strategy),
                        requirement=Requirement.parse("a or b"),
                        prefers=Requirement.parse("a >= 5") if number % 2 else None,
                        choice=Choice(strategy=strategy, skills=("a",) if number % 3 else ()),
                        wrap_up=Span(3),
                    )
                    for number, strategy in enumerate(Strategy)
                },
                agents={
                    agent_id: AgentProfile(agent_id=agent_id, name=agent_id, skills=of)
                    for agent_id, of in zip(AGENTS, skills, strict=True)
                },
            )
        )
        self.now, self.calls = Instant(1_000_000), 0
        self.ringing: list[RingAgent] = []
        self.talking: list[CallId] = []
        seen = Observation(as_of=self.now, calls=(), reachable=frozenset(AGENTS))
        self.tell(LinkRestored(seen=seen))

    def tell(self, message: Input, later: int = 1) -> None:
        self.now = Instant(self.now + later)
        outputs = self.acd.handle(message, self.now)
        self.ringing += [output for output in outputs if isinstance(output, RingAgent)]
        self.ringing = [order for order in self.ringing if order.offer_id in self.acd.tables.offers]

    @rule(agent=agents, later=st.integers(0, 50))
    def gets_ready(self, agent: AgentId, later: int) -> None:
        self.tell(SetAgentReady(agent_id=agent), later)

    @rule(agent=agents, out=st.booleans(), later=st.sampled_from([0, 1, 20, 5 * 3600 * 1_000_000]))
    def goes(self, agent: AgentId, out: bool, later: int) -> None:
        self.tell(
            LogAgentOut(agent_id=agent) if out else SetAgentNotReady(agent_id=agent, reason=OTHER), later
        )

    @rule(strategy=st.sampled_from(list(Strategy)), later=st.integers(0, 50))
    def calls_in(self, strategy: Strategy, later: int) -> None:
        self.calls += 1
        call_id = CallId(f"c{self.calls}")
        self.tell(CallArrived(call_id=call_id, caller=f"+{self.calls}", dialled="8"), later)
        self.tell(EnqueueCall(call_id=call_id, queue_id=QueueId(strategy)))
        self.tell(CallerWaiting(call_id=call_id))

    @rule(data=st.data(), answers=st.booleans(), later=st.integers(0, 50))
    def rings_out(self, data: st.DataObject, answers: bool, later: int) -> None:
        if self.ringing:
            order = data.draw(st.sampled_from(self.ringing))
            if answers:
                self.talking.append(order.call_id)
                self.tell(AgentAnswered(offer_id=order.offer_id), later)
            else:
                self.tell(OfferFailed(offer_id=order.offer_id, why=Failure.CANCELLED), later)

    @rule(data=st.data(), later=st.integers(0, 50))
    def hangs_up(self, data: st.DataObject, later: int) -> None:
        if self.talking:
            call_id = data.draw(st.sampled_from(self.talking))
            self.talking.remove(call_id)
            self.tell(CallerHungUp(call_id=call_id), later)

    @invariant()
    def all_choose_as_their_words_say(self) -> None:
        if not hasattr(self, "acd"):
            return
        t = self.acd.tables
        assert not violations(t)
        for pool in t.matching.pools.values():
            ready = [agent for agent in pool.members if agent.agent_id in pool]
            for later in (0, 1, 7, 60, 3_000_000):
                at = Instant(self.now + later)
                chance = pool_chance(pool)
                twin = copy.copy(chance) if chance is not None else Chance("unused")
                first = pool.first(at)
                if not ready:
                    assert first is None
                    continue
                queue = pool.kind.order.queue_id
                last = t.chosen_last.get(queue) if queue is not None else None
                expected = naive_choice(pool.kind.order, ready, AGENTS, last, twin, at)
                assert first == expected, f"{pool} at +{later}"


def pool_chance(pool: object) -> Chance | None:
    """The generator a pool draws from, if it does."""
    return getattr(pool._ready, "_chance", None)  # type: ignore[attr-defined]


ChoosingFloor.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_every_choice = ChoosingFloor.TestCase
