"""What operations staff decide: queues, agents, who is a VIP. Immutable; the core never edits it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from acd.agent_rules import DEFAULT_REASONS, MAY_FOLLOW, DwellRule, FailurePolicy, FailureThen, ReasonRules
from acd.agent_state import AgentState
from acd.call import CallClass
from acd.callback import CallbackRules
from acd.choice import Choice
from acd.hours import Calendar
from acd.ids import AgentId, QueueId
from acd.instant import Span, seconds
from acd.offer import OfferEnd
from acd.outside import NOBODY, OutsideRules
from acd.overflow_rules import AnnounceRules, AtClosing, OverflowStep, StaffRules, cycle
from acd.preferred_rules import PreferredAgent
from acd.reasons import CHOSEN_BY_ENGINE, NotReadyReason
from acd.requirement import AN_AGENT, LEVELS, Requirement
from acd.service_level import ServiceLevelFormula
from acd.skills import SkillSet
from acd.teams import RESERVE, Reserve, Tier
from acd.weight import EVEN, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """What is required instead once a caller has waited for ``after``; it accepts everybody and more."""

    after: Span
    requirement: Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """One queue: whom its calls require and how long things may take."""

    queue_id: QueueId
    requirement: Requirement
    prefers: Requirement | None = None
    """Of the ready agents who may take a call, those who meet this too are chosen first."""
    weight: Weight = EVEN
    """How much its callers' scores count beside those of other queues, for agents of both."""
    preferred_agent: PreferredAgent | None = None
    """An agent for whom a customer waits before anybody will do."""
    reserve: Reserve | None = None
    """Agents who are asked only while the wait is too long."""
    tiers: tuple[Tier, ...] = ()
    """Agents who are asked later, in the order of their times; everybody else is asked from the start."""
    choice: Choice = field(default_factory=Choice)
    """Which of the ready agents gets a call."""
    relax: tuple[Relaxation, ...] = ()
    """Steps in the order of their times, each wider than the one before."""
    ring_timeout: Span = seconds(15)
    """How long an agent's phone may ring before the offer has failed."""
    ring_most: int = 1
    """How many phones may ring for one caller at once, when nobody else waits for their agents."""
    wrap_up: Span = seconds(10)
    """After-call work before the agent is ready again; zero skips it. When it is manual, the longest it may
    take."""
    wrap_up_manual: bool = False
    """Whether wrap-up lasts until the agent says that he is done."""
    wrap_up_extension: Span = seconds(30)
    """What an agent gets who asks for more time ..."""
    wrap_up_extensions: int = 0
    """... and how often he may ask after one conversation."""
    on_failure: Mapping[OfferEnd, FailurePolicy] = field(default_factory=dict)
    """What follows an offer that was not taken, where it differs from :attr:`Rules.on_failure`."""
    service_level_within: Span = seconds(20)
    """Calls answered within this span count for the service level."""
    service_level: ServiceLevelFormula = ServiceLevelFormula.ABANDONED_COUNT_AGAINST
    """How the service level is computed."""
    short_abandonment: Span = seconds(5)
    """Who gives up within this span could hardly have been answered; one formula forgives it."""
    estimate_permille: int = 800
    """How sure a caller may be that he does not wait for longer than he is told."""
    capacity: int = 100
    """Most callers waiting at once; one more is refused."""
    hours: str | None = None
    """The name of its calendar; None is always open."""
    at_closing: AtClosing = AtClosing.SERVE
    max_wait: Span | None = None
    """How long anybody may wait in this queue."""
    staff: StaffRules = field(default_factory=StaffRules)
    overflow: tuple[OverflowStep, ...] = ()
    """Tried in order, at the door and while a caller waits."""
    announce: AnnounceRules | None = None
    treatment: str = ""
    """The name of the flow that talks with who waits; empty: he hears music. Nothing is decided by it."""
    callback: CallbackRules | None = None
    """How the queue calls back who does not want to hold the line; None: not at all."""

    _tiers: Mapping[AgentId, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        tiers = {agent_id: n for n, tier in enumerate(self.tiers, 1) for agent_id in tier.agents}
        if self.reserve is not None:
            tiers |= dict.fromkeys(self.reserve.agents, RESERVE)
        object.__setattr__(self, "_tiers", tiers)
        for narrow, wide in pairwise(self.steps):
            assert wide.accepts_all_of(narrow), f"{self.queue_id}: {wide} does not widen {narrow}"

    def tier_of(self, agent_id: AgentId) -> int:
        """How many tiers must open before this agent is asked; 0: none; or that he is in :data:`RESERVE`."""
        return self._tiers.get(agent_id, 0)

    @property
    def asks_for_waits(self) -> bool:
        """Whether anything is decided, or told to callers, by the estimated wait."""
        told = self.announce is not None and self.announce.wait
        return told or self.reserve is not None or any(step.predicted for step in self.overflow)

    @property
    def moves_callers(self) -> bool:
        """Whether waiting callers may have to leave without an agent."""
        return (
            bool(self.overflow) or self.max_wait is not None or self.hours is not None or not self.staff.keeps
        )

    @property
    def steps(self) -> tuple[Requirement, ...]:
        """What is required at first and after each relaxation."""
        return (self.requirement, *(step.requirement for step in self.relax))


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Who an agent is and what he can do."""

    agent_id: AgentId
    name: str
    skills: SkillSet

    def meets(self, need: Requirement) -> bool:
        """Whether he may take a call that requires this."""
        return need.suits(self._skills_for(need))

    def lacks(self, need: Requirement) -> str | None:
        """What he lacks for it, in words; None when he meets it."""
        return need.missing(self._skills_for(need))

    def _skills_for(self, need: Requirement) -> SkillSet:
        """A requirement may name an agent: being himself is a skill that he alone has."""
        if not need.names_agents:
            return self.skills
        return SkillSet.of({**dict(self.skills.levels), f"{AN_AGENT}{self.agent_id}": LEVELS[-1]})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRules:
    """What one class of callers is promised. See :mod:`acd.priority` for how it decides."""

    objective: Span
    """The wait aimed at: a caller's wait is measured against it. Greater than zero."""
    offset: Span = Span(0)
    """Waiting time every caller of the class is credited with from the start."""
    never_exceed: Span
    """Whoever has waited for so long goes before everybody who has not, whatever their classes."""
    dialled: frozenset[str] = frozenset()
    """Whoever dialled one of these numbers is of this class."""
    segments: frozenset[str] = frozenset()
    """So is every customer of one of these segments. :mod:`acd.classing` says what counts first."""


DEFAULT_CLASSES: Mapping[CallClass, ClassRules] = MappingProxyType(
    {
        CallClass.VIP: ClassRules(objective=seconds(20), offset=seconds(60), never_exceed=seconds(180)),
        CallClass.RETURNING: ClassRules(objective=seconds(30), offset=seconds(30), never_exceed=seconds(300)),
        CallClass.NORMAL: ClassRules(objective=seconds(120), never_exceed=seconds(600)),
    }
)
"""A VIP goes before a normal caller who has waited for less than six minutes, a returning one before a normal
caller who has waited for less than two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturningRules:
    """How callers with an earlier unanswered call are treated."""

    boost: Span = seconds(60)
    """Waiting time credited right after the unanswered call; it shrinks evenly to nothing ..."""
    decays_within: Span = seconds(24 * 3600)
    """... within this span."""
    remembered: Span = seconds(72 * 3600)
    """How long an unanswered call is remembered at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeueRules:
    """What becomes of a caller's place when he goes back to a menu and then to a queue again, whichever."""

    keeps_place: bool = True
    """He waits since he first began to wait; else since he came back."""
    within: Span = seconds(1800)
    """... when he was in the menu for less than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything the ACD decides by. ``run`` names one run of the engine and prefixes its offers' ids."""

    run: str
    queues: Mapping[QueueId, QueueRules]
    agents: Mapping[AgentId, AgentProfile]
    vip_callers: frozenset[str] = field(default_factory=frozenset)
    classes: Mapping[CallClass, ClassRules] = field(default_factory=lambda: DEFAULT_CLASSES)
    returning: ReturningRules = field(default_factory=ReturningRules)
    reasons: Mapping[NotReadyReason, ReasonRules] = field(default_factory=lambda: DEFAULT_REASONS)
    """What agents may give as a reason for being not ready; none of the engine's own."""
    requeue: RequeueRules = field(default_factory=RequeueRules)
    dwell: Mapping[AgentState, DwellRule] = field(default_factory=dict)
    """How long agents may be in a state; see :data:`MAY_FOLLOW`."""
    on_failure: Mapping[OfferEnd, FailurePolicy] = field(default_factory=dict)
    """What follows an offer that was not taken, by how it ended; see :meth:`failure_policy`."""
    pause_after_not_taken: int = 0
    """Who does not take so many offers in a row is not ready until he comes back by himself; 0: nobody."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    outside: OutsideRules = NOBODY
    """Whom the house may call."""
    rejected_pause: Span = seconds(10)
    """How long an agent who rejected a call, or was busy, is left alone when no policy says otherwise."""
    offer_grace: Span = seconds(3)
    """How long after the ring timeout the world may stay silent before the offer's lease ends."""
    locate_after: Span = seconds(3)
    """How long a waiting caller may be on the way back to the waiting room before we ask where he is."""

    def __post_init__(self) -> None:
        circle = cycle({queue.queue_id: queue.overflow for queue in self.queues.values()})
        assert not circle, f"queues overflow in a circle: {' -> '.join(circle)}"
        for state, rule in self.dwell.items():
            assert rule.then in MAY_FOLLOW[state], f"{rule.then} cannot follow {state}"
        for code, reason in self.reasons.items():
            assert code not in CHOSEN_BY_ENGINE, f"{code} is a reason of the engine's own"
            allowed = MAY_FOLLOW[AgentState.NOT_READY]
            assert reason.dwell is None or reason.dwell.then in allowed, f"{reason.dwell} for {code}"

    def dwell_rule(self, state: AgentState, reason: NotReadyReason | None) -> DwellRule | None:
        """How long an agent may be in this state, if there is a limit."""
        of_reason = self.reasons.get(reason) if reason is not None else None
        own = of_reason.dwell if of_reason is not None else None
        return own or self.dwell.get(state)

    def failure_policy(self, queue_id: QueueId, how: OfferEnd) -> FailurePolicy:
        """What follows an offer of this queue that ended so: the queue's own policy, else everybody's, else
        a while alone for who rejects or is busy, and a pause for a phone that nobody answers or none is at.
        """
        queue = self.queues.get(queue_id)
        policy = (queue.on_failure.get(how) if queue is not None else None) or self.on_failure.get(how)
        if policy is not None:
            return policy
        if how in (OfferEnd.REJECTED, OfferEnd.BUSY):
            return FailurePolicy(then=FailureThen.COOL_DOWN, cool_down=self.rejected_pause)
        return FailurePolicy(then=FailureThen.PAUSE)
