"""Scoreboard row 5: one routing decision: the right one, how much cheaper than a scan, and how long at worst.

Right: on random states of small floors (every strategy, tiers, reserves, preferred agents, weights,
relaxation, preferences, classes, credit, history of work) the engine's choice is compared with a brute-force
oracle that looks at every pair by the plain words of the rules.

Cheap: on big floors under overload (1,000 agents, 50 skills, 500 waiting; 5,000 and 2,000) one agent gets
ready, the engine enters him in its index, decides, and takes him and his caller out again: all of that is
paid for. Two scans decide the same from the same tables and must say the same. The *naive* one goes through
the callers in order and for each through all agents; the *frugal* one looks for ready agents first, then once
through the callers. Scans have no index, and pay for none. Cost is CPU time.

At worst: the same decision, and the whole message "an agent's caller hung up" that leads to one, with its
events and the explanation of the decision, as the live engine handles it.

Run: python -m bench.row5_routing_decision [--blocks 10] [--states 100000]
"""

import argparse
import copy
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from acd import policy
from acd.agent import Agent, AgentState
from acd.call import Call, CallClass, CallState
from acd.call_signals import CallerHungUp, CallerWaiting
from acd.choice import Choice, Strategy
from acd.commands import EnqueueCall, EnterIvr, LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.customer import Customer
from acd.engine import Acd
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Instant, Span, seconds
from acd.link_signals import LinkRestored
from acd.messages import CoreInput, Output
from acd.observation import Observation
from acd.offer_signals import AgentAnswered, PhoneChanged
from acd.orders import RingAgent
from acd.preferred_rules import PreferredAgent, Whom
from acd.reasons import OTHER
from acd.requirement import Requirement
from acd.rules import AgentProfile, QueueRules, Relaxation, Rules
from acd.skills import SkillSet
from acd.tables import Tables
from acd.teams import Reserve, Tier
from acd.weight import Weight
from bench.common import report
from bench.common.interval import bootstrap, of_medians, quantile
from bench.common.machine import Load
from bench.common.routing_oracle import decide, place

SEED = 5
SIZES = ((1_000, 500), (5_000, 2_000))
SKILLS = 50
GOAL_RATIO, GOAL_TAIL_MS = 20.0, 1.0
DECISIONS_PER_BLOCK = 1_000
"""Of the engine; each block decides a hundredth of them by the naive scan, and a tenth by the frugal one."""
MESSAGES_PER_BLOCK = 1_500
SMALL = "a", "b", "c"


class Floor:
    """An engine and its clock, driven without a world."""

    def __init__(self, rules: Rules) -> None:
        self.acd, self.now, self.called = Acd(rules), Instant(seconds(1_000_000)), 0
        self.t: Tables = self.acd.tables
        self.talking: list[CallId] = []
        phones = frozenset(rules.agents)
        self.tell(LinkRestored(seen=Observation(as_of=self.now, calls=(), reachable=phones)))

    def tell(self, message: CoreInput, later: int = 1_000) -> tuple[Output, ...]:
        self.now = Instant(self.now + later)
        return self.acd.handle(message, self.now)

    def told(self, outputs: Sequence[Output]) -> None:
        """Whoever is rung answers at once."""
        for output in outputs:
            if isinstance(output, RingAgent):
                self.talking.append(output.call_id)
                self.tell(AgentAnswered(offer_id=output.offer_id))

    def somebody_calls(self, queue_id: QueueId, vip: bool, customer: Customer | None, later: int) -> None:
        self.called += 1
        call_id = CallId(f"c{self.called}")
        caller = f"+{self.called}"
        self.tell(EnterIvr(call_id=call_id, caller=caller, dialled="8", flow="f", customer=customer), later)
        call_class = CallClass.VIP if vip else None
        self.told(self.tell(EnqueueCall(call_id=call_id, queue_id=queue_id, call_class=call_class)))
        self.told(self.tell(CallerWaiting(call_id=call_id)))


# -- right -----------------------------------------------------------------------------------------------

REQUIREMENTS = ("a", "b >= 4", "a >= 3 or b", "anybody", "c >= 2 and a", "(a >= 6 or c) and b >= 2")


def small_rules(chance: random.Random) -> Rules:
    agents = {}
    for n in range(chance.randint(2, 8)):
        levels = {skill: chance.randint(1, 10) for skill in SMALL if chance.random() < 0.7}
        agent_id = AgentId(f"a{n}")
        agents[agent_id] = AgentProfile(agent_id=agent_id, name="x", skills=SkillSet.of(levels))
    return Rules(
        run=f"r{chance.random()}",
        agents=agents,
        queues={
            queue_id: small_queue(queue_id, list(agents), chance)
            for queue_id in map(QueueId, ("one", "two", "three")[: chance.randint(1, 3)])
        },
    )


def small_queue(queue_id: QueueId, agents: list[AgentId], chance: random.Random) -> QueueRules:
    first = Requirement.parse(chance.choice(REQUIREMENTS))
    wider = [r for r in map(Requirement.parse, REQUIREMENTS) if r.accepts_all_of(first) and r != first]
    relax = [Relaxation(after=seconds(40), requirement=chance.choice(wider))] if wider else []
    shuffled = chance.sample(agents, k=len(agents))
    tiers = (
        Tier(after=seconds(20), agents=tuple(shuffled[:1])),
        Tier(after=seconds(50), agents=tuple(shuffled[1:2])),
    )
    whom = chance.choice(list(Whom))
    return QueueRules(
        queue_id=queue_id,
        requirement=first,
        relax=tuple(relax) if chance.random() < 0.5 else (),
        prefers=Requirement.parse("a >= 7 or c >= 5") if chance.random() < 0.4 else None,
        choice=Choice(strategy=chance.choice(list(Strategy)), skills=chance.choice([(), ("a",), ("b", "c")])),
        weight=Weight(chance.choice([1000, 1000, 300, 4000])),
        tiers=tiers[: chance.choice([0, 0, 1, 2])],
        reserve=Reserve(above=seconds(30), agents=tuple(shuffled[2:3])) if chance.random() < 0.3 else None,
        preferred_agent=PreferredAgent(whom=whom, wait=seconds(60)) if chance.random() < 0.4 else None,
        wrap_up=Span(0) if chance.random() < 0.5 else seconds(8),
    )


def something_happens(floor: Floor, chance: random.Random) -> None:
    t = floor.t
    agent_id = chance.choice(list(t.agents))
    later = chance.choice([1, 1_000, seconds(3), seconds(25), seconds(25), seconds(200)])
    kind = chance.random()
    if kind < 0.35:
        own, last = chance.choice([None, agent_id]), chance.choice([None, *t.agents])
        known = Customer(customer_id=CustomerId("k"), own_agent=own, last_agent=last)
        customer = known if chance.random() < 0.5 else None
        floor.somebody_calls(chance.choice(list(t.rules.queues)), chance.random() < 0.2, customer, later)
    elif kind < 0.65:
        floor.told(floor.tell(SetAgentReady(agent_id=agent_id), later))
    elif kind < 0.75:
        away = LogAgentOut(agent_id=agent_id), SetAgentNotReady(agent_id=agent_id, reason=OTHER)
        floor.told(floor.tell(chance.choice(away), later))
    elif kind < 0.9 and floor.talking:
        call_id = floor.talking.pop(chance.randrange(len(floor.talking)))
        floor.told(floor.tell(CallerHungUp(call_id=call_id), later))
    else:  # while the link is away nobody is offered to anybody, and both sides grow
        t.link_up = chance.random() < 0.25
        if t.link_up:
            t.matching.everything_unsettled()
        floor.told(floor.tell(PhoneChanged(agent_id=agent_id, reachable=True), later))  # which it was


def check_right(states: int) -> dict[str, Any]:
    """Compare until so many states with somebody to choose have been seen."""
    chance = random.Random(SEED)
    seen = nobody = wrong = floors = agents = waiting = 0
    chosen: dict[str, int] = dict.fromkeys(Strategy, 0)
    while seen < states:
        floor = Floor(small_rules(chance))
        floors += 1
        t = floor.t
        for _ in range(60):
            something_happens(floor, chance)
            demands = [demand for demand in t.matching.all_demands() if demand.waiting]
            right = decide(t, floor.now, copy.copy(t.chance))
            match = policy.next_match(t, demands, floor.now)
            ours = None if match is None else (match[0].call_id, match[1].agent_id)
            wrong += ours != right
            if match is None:
                nobody += 1
                continue
            seen += 1
            agents += sum(agent.state is AgentState.READY for agent in t.agents.values())
            waiting += t.matching.waiting
            assert match[0].queue_id is not None
            chosen[t.rules.queues[match[0].queue_id].choice.strategy] += 1
    return {
        "states": seen,
        "states_without_a_match": nobody,
        "wrong": wrong,
        "floors": floors,
        "mean_ready_agents": round(agents / seen, 2),
        "mean_waiting": round(waiting / seen, 2),
        "by_strategy": chosen,
    }


# -- cheap, and at worst ---------------------------------------------------------------------------------


def big_floor(agents: int, waiting: int, chance: random.Random) -> Floor:
    """Everybody talks, and so many wait: 50 queues of one skill each; every agent has three skills."""
    skills = [f"s{n}" for n in range(SKILLS)]
    people = {
        agent_id: AgentProfile(
            agent_id=agent_id,
            name="x",
            skills=SkillSet.of({skill: chance.randint(1, 10) for skill in chance.sample(skills, 3)}),
        )
        for agent_id in (AgentId(f"a{n}") for n in range(agents))
    }
    queues = {
        queue_id: QueueRules(
            queue_id=queue_id,
            requirement=Requirement.of({skill: 3}),
            relax=(Relaxation(after=seconds(60), requirement=Requirement.of({skill: 1})),),
            capacity=10_000,
            wrap_up=Span(0),
        )
        for queue_id, skill in ((QueueId(f"q{n}"), skill) for n, skill in enumerate(skills))
    }
    floor = Floor(Rules(run="big", queues=queues, agents=people))
    for agent_id in people:
        floor.tell(SetAgentReady(agent_id=agent_id))
    refill(floor, waiting, chance)
    return floor


def refill(floor: Floor, waiting: int, chance: random.Random) -> None:
    queues = list(floor.t.rules.queues)
    while floor.t.matching.waiting < waiting:
        floor.somebody_calls(chance.choice(queues), chance.random() < 0.1, None, seconds(0.02))


def indexed_decision(t: Tables, agent: Agent, at: Instant) -> tuple[Call, Agent] | None:
    """He gets ready, the decision, and both leave the index: everything the index costs."""
    m = t.matching
    agent.state = AgentState.READY
    m.index_agent(agent)
    demands = tuple(m.unsettled)
    m.unsettled.clear()
    match = policy.next_match(t, demands, at)
    if match is not None:
        match[0].state = CallState.OFFERED
        m.index_call(match[0])
    agent.state = AgentState.TALKING
    m.index_agent(agent)
    return match


def naive_scan(t: Tables, waiting: list[Call], agents: list[Agent], at: Instant) -> tuple[Call, Agent] | None:
    """Through the callers in order, and for each through all agents."""
    for call in sorted(waiting, key=lambda one: place(t, one, at)):
        best: Agent | None = None
        for agent in agents:
            suits = agent.state is AgentState.READY and t.lacking(call.requirement, agent.agent_id) is None
            if suits and (best is None or agent.ready_since < best.ready_since):
                best = agent
        if best is not None:
            return call, best
    return None


def frugal_scan(
    t: Tables, waiting: list[Call], agents: list[Agent], at: Instant
) -> tuple[Call, Agent] | None:
    """Those who are ready first; then once through the callers, placing only those whom one of them suits."""
    ready = sorted(
        (agent for agent in agents if agent.state is AgentState.READY), key=lambda one: one.ready_since
    )
    best: tuple[tuple[int, ...], Call, Agent] | None = None
    for call in waiting:
        for agent in ready:
            if t.lacking(call.requirement, agent.agent_id) is None:
                his = place(t, call, at)
                if best is None or his < best[0]:
                    best = his, call, agent
                break
    return None if best is None else (best[1], best[2])


Scan = Callable[[Tables, list[Call], list[Agent], Instant], tuple[Call, Agent] | None]


class Block(NamedTuple):
    """What a block cost: CPU microseconds, one by one for the engine, on average for the scans."""

    decisions: list[float]
    messages: list[float]
    naive: float
    frugal: float


def cpu_us(what: Callable[[], Any]) -> tuple[float, Any]:
    began = time.thread_time_ns()
    result = what()
    return (time.thread_time_ns() - began) / 1e3, result


def take_scan(scan: Scan, t: Tables, agent: Agent, at: Instant) -> tuple[float, tuple[Call, Agent] | None]:
    """What a scan says when this agent is ready, and its cost; its lists are made for free."""
    waiting = [call for call in t.calls.values() if call.state is CallState.WAITING and call.in_waiting_room]
    agents = list(t.agents.values())
    agent.state = AgentState.READY
    cost, said = cpu_us(lambda: scan(t, waiting, agents, at))
    agent.state = AgentState.TALKING
    return cost, said


def take_block(floor: Floor, waiting: int, chance: random.Random) -> Block:
    t = floor.t
    scans: tuple[list[float], list[float]] = [], []
    decisions: list[float] = []
    for number in range(DECISIONS_PER_BLOCK):
        floor.now = at = Instant(floor.now + 1_000)
        agent = t.agents[t.calls[chance.choice(floor.talking)].agent_id or AgentId("")]
        cost, match = cpu_us(lambda agent=agent, at=at: indexed_decision(t, agent, at))
        decisions.append(cost)
        if match is not None:  # everything as it was
            match[0].state = CallState.WAITING
            t.matching.index_call(match[0])
            t.matching.unsettled.clear()
        for each, scan, costs in ((100, naive_scan, scans[0]), (10, frugal_scan, scans[1])):
            if number % each == 0:
                cost, said = take_scan(scan, t, agent, at)
                costs.append(cost)
                assert said == match, f"a scan decides otherwise: {said}"
    messages = []
    for _ in range(MESSAGES_PER_BLOCK):
        call_id = floor.talking.pop(chance.randrange(len(floor.talking)))
        cost, outputs = cpu_us(lambda call_id=call_id: floor.tell(CallerHungUp(call_id=call_id)))
        messages.append(cost)
        floor.told(outputs)
        refill(floor, waiting, chance)
    return Block(decisions, messages, statistics.mean(scans[0]), statistics.mean(scans[1]))


def measure(agents: int, waiting: int, blocks: int, load: Load) -> dict[str, Any]:
    chance = random.Random(SEED)
    floor = big_floor(agents, waiting, chance)
    take_block(floor, waiting, chance)  # warms up, and fills what remembers
    gc.collect()
    gc.freeze()  # as the live engine does after its start
    taken = [load.quiet(lambda: take_block(floor, waiting, chance), retakes=2) for _ in range(blocks)]
    gc.unfreeze()

    def tail(of: Callable[[Block], list[float]], share: float) -> Callable[[Sequence[Block]], float]:
        return lambda some: quantile([cost for block in some for cost in of(block)], share)

    told: dict[str, Any] = {"agents": agents, "waiting": waiting, "skills": SKILLS}
    for name, of in (("decision", lambda b: b.decisions), ("message", lambda b: b.messages)):
        told[f"{name}_us"] = {"mean": round(statistics.mean(c for b in taken for c in of(b)), 1)}
        for label, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)):
            estimate = bootstrap(taken, tail(of, share), SEED)
            told[f"{name}_us"][label] = [round(estimate.value, 1), *estimate.rounded(1)]
    for name, scan in (("naive", lambda b: b.naive), ("frugal", lambda b: b.frugal)):
        ratio = of_medians([scan(b) / statistics.mean(b.decisions) for b in taken], SEED)
        told[f"{name}_scan_us"] = round(statistics.mean(scan(b) for b in taken), 1)
        told[f"cheaper_than_{name}"] = [round(ratio.value, 1), *ratio.rounded(1)]
    return told


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--blocks", type=int, default=10)
    parser.add_argument("--states", type=int, default=100_000)
    options = parser.parse_args()
    load = Load()
    right = check_right(options.states)
    print(f"right: {right['states'] - right['wrong']} of {right['states']} as the oracle says ({right})")
    sizes = [measure(agents, waiting, options.blocks, load) for agents, waiting in SIZES]
    for told in sizes:
        print(
            f"\n{told['agents']} agents, {told['skills']} skills, {told['waiting']} waiting; CPU time in us"
        )
        for name in ("decision", "message"):
            tails = ", ".join(f"{label} {of}" for label, of in told[f"{name}_us"].items())
            print(f"  {name}: {tails}")
        for scan in ("naive", "frugal"):
            print(f"  {scan} scan: {told[f'{scan}_scan_us']}, {told[f'cheaper_than_{scan}']} times as dear")
    ratio = min(told["cheaper_than_naive"][1] for told in sizes)
    tail_ms = max(told["decision_us"]["p99.9"][2] for told in sizes) / 1e3
    message_ms = max(told["message_us"]["p99.9"][2] for told in sizes) / 1e3
    met = not right["wrong"] and ratio >= GOAL_RATIO and tail_ms <= GOAL_TAIL_MS
    report.write(
        5,
        figures={
            "wrong": right["wrong"],
            "states": right["states"],
            "cheaper_than_naive_at_least": ratio,
            "decision_p99.9_ms_at_most": round(tail_ms, 3),
            "message_p99.9_ms_at_most": round(message_ms, 3),
        },
        peers={"oracle": right, "sizes": sizes},
        goal=f"same choice as the oracle on {options.states} random states; >= {GOAL_RATIO:g}x cheaper than "
        f"the naive scan, index updates included; decision p99.9 <= {GOAL_TAIL_MS:g} ms of CPU time",
        interval={"cheaper": min(told["cheaper_than_naive"] for told in sizes), "p99.9_ms": tail_ms},
        met=met,
        versions={},
        load=load.told(),
        seeds={"all": SEED},
    )
    return 0 if not right["wrong"] else 1


if __name__ == "__main__":
    sys.exit(main())
