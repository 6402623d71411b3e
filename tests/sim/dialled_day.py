"""A campaign's day as the simulator lives it, but dialled by the whole product: the floor with both its
cores, real campaign rules, a list of leads, lines with names. Its people are the simulator's."""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call_signals import CallerWaiting
from acd.commands import EnqueueCall, SetAgentReady
from acd.events import Refused
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.link_signals import LinkRestored
from acd.observation import Observation
from acd.offer_signals import AgentAnswered
from acd.orders import MoveCaller, RingAgent
from acd.requirement import Requirement
from acd.rules import AgentProfile, QueueRules, Rules
from acd.skills import SkillSet
from cti.campaign_json import to_json
from cti.floor import Floor
from cti.messages import Input, Output
from cti.simulator.dialling.day import Day
from cti.simulator.dialling.people import HOUR_S, Fate, People
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import STARTS
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignRules, CampaignState, Mode
from dialer.commands import AddLeads, AdoptCampaign, PauseCampaign, StartCampaign
from dialer.events import AttemptEnded, LinesDecided
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber
from dialer.orders import PlaceLine
from dialer.signals import LineAnswered, LineFailed, LineGone

CAMPAIGN = CampaignId("simulated")
QUEUE = QueueId("campaign")
LIST = ListId("simulated")


class DialledDay:
    """Build it, :meth:`run` it, read the day and how every attempt ended."""

    def __init__(
        self,
        scenario: DiallingScenario,
        seed: int,
        *,
        leads: int,
        mode: Mode = Mode.PREDICTIVE,
        lead: Callable[[int], Lead] | None = None,
        answer_rates: Sequence[float] = (),
    ) -> None:
        """``lead``: the n-th of the list. ``answer_rates``: by kind of people, who are told apart by the
        sixth digit of their numbers; the scenario's, if none are given."""
        self.day = Day()
        self.ended: list[AttemptEnded] = []
        self.decided: dict[str, int] = {}
        """How often lines were decided, by the reason."""
        self.now = STARTS
        kinds = [scenario.model_copy(update={"answer_rate": rate}) for rate in answer_rates] or [scenario]
        self._people = [People(kind, seed + n) for n, kind in enumerate(kinds)]
        self.listeners: list[Callable[[Instant, Output], None]] = []
        self._plans: list[tuple[Instant, int, Callable[[], None]]] = []
        self._planned = 0
        self._talks: dict[CallId, Span] = {}
        self._since: dict[AgentId, tuple[AgentState, Instant]] = {}
        self._ends = after(STARTS, seconds(scenario.hours * HOUR_S))
        names = [AgentId(f"a{n:04d}") for n in range(scenario.agents)]
        self.floor = Floor(_acd_rules(scenario, names))
        rules = CampaignRules(
            campaign_id=CAMPAIGN,
            mode=mode,
            queue_id=QUEUE,
            ring_for=seconds(scenario.ring_out_s),
            most_lines=10_000,
            most_lines_per_agent=100.0,
            max_attempts=1,
            allowances=(scenario.allowance(),),
            connect_within=seconds(scenario.connect_within_s),
        )
        self._tell(LinkRestored(seen=Observation(as_of=STARTS, calls=(), reachable=frozenset(names))))
        for name in names:
            self._tell(SetAgentReady(agent_id=name))
        self._tell(AdoptCampaign(campaign_id=CAMPAIGN, version=1, document=to_json(rules)))
        self._tell(
            AddLeads(
                campaign_id=CAMPAIGN,
                leads=tuple((lead or one_of_many)(n) for n in range(leads)),
            )
        )
        self._plan(self._ends, self._evening)

    def run(self) -> Day:
        """Until the day is over and everything that rings and talks has come to its end."""
        self._tell(StartCampaign(campaign_id=CAMPAIGN))
        while self._plans or self.floor.campaigns.lines:
            due = self.floor.next_deadline()
            if self._plans and (due is None or self._plans[0][0] <= due):
                at, _, what = heappop(self._plans)
                self._moves_on(at)
                what()
            else:
                assert due is not None, "lines that never end"
                self._moves_on(due)
                self._heed(self.floor.advance(due))
        return self.day

    def _evening(self) -> None:
        if self.state is CampaignState.RUNNING:
            self._tell(PauseCampaign(campaign_id=CAMPAIGN))

    @property
    def state(self) -> CampaignState:
        """The campaign's, at the end."""
        return self.floor.campaigns.campaigns[CAMPAIGN].state

    def _moves_on(self, at: Instant) -> None:
        if self.now < self._ends <= at:
            self.now = self._ends
            for agent_id, (state, _) in self._since.items():
                self._counts(agent_id)
                self._since[agent_id] = state, self.now
        self.now = at

    def _plan(self, at: Instant, what: Callable[[], None]) -> None:
        self._planned += 1
        heappush(self._plans, (at, self._planned, what))

    def _tell(self, message: Input) -> None:
        self._heed(self.floor.handle(message, self.now))

    def _heed(self, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            for listener in self.listeners:
                listener(self.now, output)
            match output:
                case Refused():
                    raise AssertionError(output.reason)
                case PlaceLine():
                    kind = int(output.number[5]) if len(self._people) > 1 else 0
                    self._placed(output.attempt_id, self._people[kind].next(Span(self.now - STARTS)))
                case RingAgent():
                    self._hangs_up_after(self._talks[output.call_id], output.call_id)
                    self._tell(AgentAnswered(offer_id=output.offer_id))
                case MoveCaller():
                    self._hangs_up_after(Span(0), output.call_id)
                case AgentStateChanged():
                    self._counts(output.agent_id)
                    self._since[output.agent_id] = output.now, self.now
                case LinesDecided():
                    self.decided[output.because] = self.decided.get(output.because, 0) + 1
                case AttemptEnded():
                    self._over(output)
                case _:
                    pass

    # -- people --------------------------------------------------------------------------------------

    def _placed(self, attempt_id: AttemptId, fate: Fate) -> None:
        self.day.placed += 1
        what = self._answers if fate.answers else self._fails
        self._plan(after(self.now, fate.rings), lambda: what(attempt_id, fate))

    def _answers(self, attempt_id: AttemptId, fate: Fate) -> None:
        call_id = CallId(attempt_id)
        self._talks[call_id] = fate.talks
        self._tell(LineAnswered(attempt_id=attempt_id))
        self._tell(EnqueueCall(call_id=call_id, queue_id=QUEUE, in_hand=True))
        self._tell(CallerWaiting(call_id=call_id))

    def _fails(self, attempt_id: AttemptId, _: Fate) -> None:
        self._tell(LineFailed(attempt_id=attempt_id, outcome=AttemptOutcome.NO_ANSWER))
        self._tell(LineGone(attempt_id=attempt_id))

    def _hangs_up_after(self, span: Span, call_id: CallId) -> None:
        self._plan(after(self.now, span), lambda: self._tell(LineGone(attempt_id=AttemptId(call_id))))

    def _over(self, event: AttemptEnded) -> None:
        self.ended.append(event)
        match event.outcome:
            case AttemptOutcome.NO_ANSWER:
                self.day.failed += 1
            case AttemptOutcome.CONNECTED:
                self.day.connected += 1
            case AttemptOutcome.ABANDONED:
                self.day.abandoned += 1
            case _:
                raise AssertionError(f"{event.attempt_id}: {event.outcome}")
        self.day.live += event.live

    def _counts(self, agent_id: AgentId) -> None:
        """What he did until now."""
        was, since = self._since.get(agent_id, (AgentState.LOGGED_OUT, self.now))
        if was is AgentState.LOGGED_OUT or since >= self._ends:
            return
        until = min(self.now, self._ends)
        self.day.staffed += until - since
        if was is AgentState.TALKING:
            self.day.talked += until - since


def one_of_many(n: int, kind: int = 0, region: str = "", zone: str | None = None) -> Lead:
    """Somebody of a long list."""
    number = LeadNumber(number=f"+3312{kind}{n:08d}", region=region)
    return Lead(lead_id=LeadId(f"l{n}"), list_id=LIST, numbers=(number,), zone=zone)


def _acd_rules(scenario: DiallingScenario, names: list[AgentId]) -> Rules:
    queue = QueueRules(
        queue_id=QUEUE,
        requirement=Requirement.of({}),
        wrap_up=seconds(scenario.wrap_up_s),
        max_wait=seconds(scenario.connect_within_s),
        capacity=1_000_000,
    )
    agents = {name: AgentProfile(agent_id=name, name=name, skills=SkillSet()) for name in names}
    return Rules(run="day", queues={QUEUE: queue}, agents=agents)
