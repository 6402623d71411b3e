"""One day of a campaign: the real ACD connects whom the policy's lines reach, the real ledger counts.

Whoever answers is a caller of the ACD's one queue, which lets nobody wait for longer than the law: the
two-second clock is the queue's own ``max_wait``. Nobody hangs up by himself before that.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call_signals import CallArrived, CallerHungUp, CallerWaiting
from acd.commands import EnqueueCall, LogAgentOut, SetAgentReady
from acd.engine import Acd
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, after, in_seconds, seconds
from acd.link_signals import LinkRestored
from acd.messages import CoreInput, Output
from acd.observation import Observation
from acd.offer_signals import AgentAnswered
from acd.orders import MoveCaller, RingAgent
from acd.queue_events import CallLeftQueue, CallQueued
from acd.requirement import Requirement
from acd.rules import AgentProfile, QueueRules, Rules
from acd.skills import SkillSet
from cti.simulator.dialling.day import Day
from cti.simulator.dialling.floor import Floor
from cti.simulator.dialling.people import HOUR_S, Fate, People
from cti.simulator.dialling.policy import Policy
from cti.simulator.dialling.scenario import DiallingScenario
from dialer.ids import CampaignId
from dialer.ledger import Ledger

CAMPAIGN = CampaignId("simulated")
QUEUE = QueueId("campaign")
STARTS = Instant(1_767_600_000_000_000)
"""Monday, 5 January 2026, 8 h UTC."""
LOOKS_EVERY = seconds(300)
"""Between two rows of a day's course."""
SETTLES_WITHIN = seconds(3_600)
"""After the last line was placed; conversations that last longer are not waited for."""


class DiallingWorld:
    """Build it, :meth:`run` it, read the day."""

    def __init__(self, scenario: DiallingScenario, policy: Policy, seed: int) -> None:
        self.day = Day()
        self.now = STARTS
        self._scenario, self._policy = scenario, policy
        self._people = People(scenario, seed)
        self._ledger = Ledger([scenario.allowance()])
        self._ends = after(STARTS, seconds(scenario.hours * HOUR_S))
        self._floor = Floor()
        self._floor.most = 1 << 40 if scenario.leads is None else scenario.leads
        self._plans: list[tuple[Instant, int, Callable[[Any], None], Any]] = []
        self._planned = 0
        self._talks: dict[CallId, Span] = {}
        """Of everybody who answered and is not done: how long he will talk."""
        self._since: dict[AgentId, tuple[AgentState, Instant]] = {}
        self._counting = True
        self._row = (0, 0)
        names = [AgentId(f"a{n:04d}") for n in range(scenario.agents)]
        self._acd = Acd(_rules(scenario, names), explains=False)
        self._tell(LinkRestored(seen=Observation(as_of=STARTS, calls=(), reachable=frozenset(names))))
        for name in names:
            self._tell(SetAgentReady(agent_id=name))
        going = iter(names)
        for leave in scenario.leave:
            for _ in range(leave.agents):
                self._plan(after(STARTS, seconds(leave.at_h * HOUR_S)), self._goes_home, next(going))
        for row in range(1, int((self._ends - STARTS) / LOOKS_EVERY) + 1):
            self._plan(after(STARTS, Span(row * LOOKS_EVERY)), self._looks, None)

    def run(self) -> Day:
        """Dial until the day or the list is over, and let what rings and talks come to its end."""
        plans, last = self._plans, after(self._ends, SETTLES_WITHIN)
        self._dials()
        while self._counting or self._floor.lines or self._floor.waiting:
            due = self._acd.next_deadline()
            if plans and (due is None or plans[0][0] <= due):
                at, _, what, whom = heappop(plans)
                self._moves_on(at)
                what(whom)
            elif due is not None:
                self._moves_on(due)
                self._heed(self._acd.advance(due))
            else:
                self._moves_on(self._ends)
            assert self.now <= last, "lines or answers that never end"
            if self._counting:
                self._dials()
        return self.day

    def _moves_on(self, at: Instant) -> None:
        """The day ends when its time is over, or its list and everything that rings is."""
        if self._counting and (at >= self._ends or (not self._floor.most and not self._floor.lines)):
            self.now = min(at, self._ends)
            for agent_id in self._since:
                self._counts(agent_id)
            self._counting = False
        self.now = at

    def _plan(self, at: Instant, what: Callable[[Any], None], whom: Any) -> None:
        self._planned += 1
        heappush(self._plans, (at, self._planned, what, whom))

    # -- dialling ------------------------------------------------------------------------------------

    def _dials(self) -> None:
        floor = self._floor
        if not floor.most:
            return
        budget = self._ledger.budget(CAMPAIGN, self.now)
        for _ in range(min(floor.most, self._policy.lines(floor, budget, self.now))):
            fate = self._people.next(Span(self.now - STARTS))
            floor.placed(self.now)
            self.day.placed += 1
            self._plan(after(self.now, fate.rings), self._rang, (self.now, fate))

    def _rang(self, line: tuple[Instant, Fate]) -> None:
        since, fate = line
        self._floor.rang(since)
        if not fate.answers:
            self.day.failed += 1
            self._policy.failed(fate.rings, self.now)
            return
        self.day.live += 1
        self._policy.answered(fate.rings, self.now)
        call_id = CallId(f"c{self.day.live}")
        self._talks[call_id] = fate.talks
        self._tell(CallArrived(call_id=call_id, caller="", dialled=""))
        self._tell(EnqueueCall(call_id=call_id, queue_id=QUEUE, in_hand=True))
        if call_id in self._talks:
            self._tell(CallerWaiting(call_id=call_id))

    # -- the ACD -------------------------------------------------------------------------------------

    def _tell(self, message: CoreInput) -> None:
        self._heed(self._acd.handle(message, self.now))

    def _heed(self, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if isinstance(output, AgentStateChanged):
                self._agent_moved(output.agent_id, output.now)
            elif isinstance(output, CallQueued):
                self._floor.waiting += 1
            elif isinstance(output, RingAgent):  # his phone answers by itself
                self._plan(after(self.now, self._talks.pop(output.call_id)), self._talked, output.call_id)
                self._tell(AgentAnswered(offer_id=output.offer_id))
            elif isinstance(output, CallLeftQueue):
                self._left_queue(output)
            elif isinstance(output, MoveCaller):  # he is told who called, and hung up on
                self._plan(self.now, self._talked, output.call_id)

    def _left_queue(self, event: CallLeftQueue) -> None:
        self._floor.waiting -= 1
        abandoned = event.exit is not QueueExit.ANSWERED
        self._ledger.answered(CAMPAIGN, self.now, abandoned=abandoned)
        if abandoned:
            self.day.abandoned += 1
            del self._talks[event.call_id]
            self._policy.dropped(self.now)
        else:
            self.day.connected += 1

    def _talked(self, call_id: CallId) -> None:
        self._tell(CallerHungUp(call_id=call_id))

    # -- agents ----------------------------------------------------------------------------------------

    def _agent_moved(self, agent_id: AgentId, now: AgentState) -> None:
        was, since = self._since.get(agent_id, (AgentState.LOGGED_OUT, self.now))
        if was is AgentState.TALKING:
            self._policy.talked(Span(self.now - since))
        elif was is AgentState.WRAPPING_UP:
            self._policy.wrapped_up(Span(self.now - since))
        self._counts(agent_id)
        self._since[agent_id] = now, self.now
        self._floor.agent_moved(agent_id, now, self.now)

    def _counts(self, agent_id: AgentId) -> None:
        """What he did until now."""
        was, since = self._since.get(agent_id, (AgentState.LOGGED_OUT, self.now))
        if self._counting and was is not AgentState.LOGGED_OUT:
            self.day.staffed += self.now - since
            if was is AgentState.TALKING:
                self.day.talked += self.now - since

    def _goes_home(self, agent_id: AgentId) -> None:
        self._tell(LogAgentOut(agent_id=agent_id))

    def _looks(self, _: None) -> None:
        """One more row of the day's course."""
        day, then = self.day, (self.day.talked, self.day.staffed)
        if not self._counting:
            return
        talked, staffed = then[0] - self._row[0], then[1] - self._row[1]
        self._row = then
        day.course.append(
            (
                in_seconds(self.now - STARTS) / HOUR_S,
                day.placed,
                day.live,
                day.abandoned,
                self._floor.at_work,
                talked / staffed if staffed else 0.0,
            )
        )


def _rules(scenario: DiallingScenario, names: list[AgentId]) -> Rules:
    queue = QueueRules(
        queue_id=QUEUE,
        requirement=Requirement.of({}),
        wrap_up=seconds(scenario.wrap_up_s),
        max_wait=seconds(scenario.connect_within_s),
        capacity=1_000_000,
    )
    agents = {name: AgentProfile(agent_id=name, name=name, skills=SkillSet()) for name in names}
    return Rules(run="dialling", queues={QUEUE: queue}, agents=agents)
