"""A campaign: whom to reach, how, and by what rules. Immutable; a change is a new version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from acd.call import CallClass
from acd.ids import QueueId
from acd.instant import Span, seconds
from dialer.attempt import AttemptOutcome
from dialer.budget import Allowance
from dialer.ids import CampaignId, ListId


class Mode(StrEnum):
    """Who or what decides that a telephone rings."""

    PREVIEW = "preview"
    """An agent sees the lead first, and accepts or skips him; his own phone rings first."""
    PROGRESSIVE = "progressive"
    """One line for each agent who is free."""
    PREDICTIVE = "predictive"
    """As many lines as the allowance of abandoned calls can pay for."""
    AGENTLESS = "agentless"
    """A flow talks with whoever answers; up to so many lines at once."""
    MANUAL = "manual"
    """An agent dials a lead, or a number, by hand; nothing is dialled by itself."""


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    """Never started."""
    RUNNING = "running"
    PAUSED = "paused"
    """What rings is finished, nothing new is dialled."""
    STOPPED = "stopped"
    """Over, by somebody's word: what rings is given up. It can be started again."""
    FINISHED = "finished"
    """Every lead is done."""


_DRAFT, _RUNNING, _PAUSED, _STOPPED, _FINISHED = CampaignState

LEGAL_MOVES: Mapping[CampaignState, frozenset[CampaignState]] = {
    _DRAFT: frozenset({_RUNNING, _STOPPED}),
    _RUNNING: frozenset({_PAUSED, _STOPPED, _FINISHED}),
    _PAUSED: frozenset({_RUNNING, _STOPPED, _FINISHED}),
    _STOPPED: frozenset({_RUNNING}),
    _FINISHED: frozenset({_RUNNING}),
}


class OwnThen(StrEnum):
    """What becomes of a lead whose own agent does not come to work."""

    ANYBODY = "anybody"
    """Whoever is there calls him."""
    DONE = "done"
    """Nobody does."""


class MachineThen(StrEnum):
    """What becomes of an answering machine."""

    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"
    """After its beep."""
    PASS_ON = "pass_on"  # noqa: S105 - no password
    """To an agent, or the flow, like a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRules:
    """Answering machine detection."""

    then: MachineThen = MachineThen.HANG_UP
    message: tuple[str, ...] = ()
    """What it is left: names of prompts."""
    most: Span = seconds(4)
    """How long it may take to tell; who cannot be told is a person."""
    silence_after_greeting: Span = seconds(0.8)
    """The part of the two seconds that is over when it says *person*."""
    persons_taken_permille: int = 20
    """Of a thousand persons, how many it takes for machines, as measured for this line: hung up on, they
    count as abandoned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """What follows an attempt that did not reach him."""

    after: Span
    most: int = 3
    """After so many of this outcome he is done with, by this number."""
    next_number: bool = False
    """Whether his next number is tried at once, and this one when all were tried."""
    other_part_of_day: bool = False
    """Not before another part of his day begins: morning, afternoon, evening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What an agent, or a flow, may say came of it."""

    name: str
    title: str = ""
    success: bool = False
    retry_after: Span | None = None
    """None: he is done."""
    do_not_call: bool = False
    """Whether all his numbers go on the house's own list."""
    calls_back: bool = False
    """Whether a moment is asked for at which he is called again."""
    machine: bool = False
    """It was no person, whatever was detected: it does not count as a live answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShare:
    """A list, and how much of the dialling it gets beside the others."""

    list_id: ListId
    share: int = 1
    """Leads taken of it, in proportion to the other lists' while they have any."""
    quota: int | None = None
    """When so many of it were won (:class:`dialer.penetration.Penetration`), the others are done with as
    their turn comes, but for who was promised a call; who is being called then may be won beyond it."""


class StepKind(StrEnum):
    """How a lead is addressed in one step of several."""

    TEXT = "text"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a campaign; the next one follows when it is over and nobody has responded."""

    kind: StepKind
    text: str = ""
    """What is sent, with ``{name}`` and the lead's data."""
    not_before_minute: int = 0
    """Of his day."""
    after: Span = Span(0)
    """Since the step before was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """Inbound first."""

    queues: tuple[QueueId, ...]
    """While any of these is worse than this, nothing new is dialled."""
    service_level: float = 0.8
    """By each queue's own formula and threshold, over its latest visits."""
    visits: int = 20
    """So many of them; fewer say nothing."""
    keep_ready: int = 0
    """So many ready agents are left to inbound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRules:
    """When somebody should look."""

    budget_left: float = 0.25
    """The share of the allowance of abandoned calls that is left."""
    answer_rate_below: float = 0.0
    leads_left: int = 0
    """Leads that are not done."""
    agents_waiting: Span = seconds(120)
    """Nobody was connected for so long while agents were free and leads were due."""


RINGS_WITHIN = seconds(5)
"""How long the network may take from an order until a telephone rings. The PBX counts from the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRules:
    """Everything a campaign decides by."""

    campaign_id: CampaignId
    title: str = ""
    language: str = ""
    """In which people of it are spoken to whose list names none, as Asterisk writes it; empty: the flow's
    first, or the house's."""
    mode: Mode
    queue_id: QueueId | None
    """Whose agents talk; None: agentless."""
    flow: str = ""
    """The flow that talks with who answers; empty: he goes to the queue at once, and hears the safe-harbour
    message when nobody is there in time."""
    call_class: CallClass = CallClass.VIP
    """How urgent those are who answered: the law leaves them two seconds."""
    lists: tuple[ListShare, ...] = ()
    """Empty: all lists of the campaign, evenly."""
    priority: int = 1
    """Its share of free agents beside other campaigns of the same agents."""
    ring_for: Span = seconds(20)
    """What its operator says; see :attr:`gives_up_after`."""
    most_lines: int = 100
    """At once."""
    most_lines_per_agent: float = 3.0
    """Beside the allowance: a bound on the pacing's boldness."""
    max_attempts: int = 6
    """Per lead, by all numbers."""
    retry: Mapping[AttemptOutcome, RetryRule] = field(default_factory=dict)
    """Beside :data:`dialer.retry.DEFAULT_RETRY`."""
    machine: MachineRules | None = None
    """None: no detection; whoever answers is a person."""
    dispositions: tuple[Disposition, ...] = ()
    """Empty: nobody is asked what came of it."""
    dispose_within: Span = seconds(300)
    """Then it is ``unknown``, and he is done."""
    script: str = ""
    """For the agent's screen; Markdown, with ``{name}`` and the lead's data."""
    steps: tuple[Step, ...] = ()
    """Empty: one call."""
    blend: Blend | None = None
    preview_for: Span = seconds(60)
    """How long an agent may look at a lead."""
    skips: int = 3
    """How often a lead may be skipped before he is done."""
    remind_before: Span = seconds(300)
    """An agent is reminded so long before a call he has promised."""
    promised_late: Span = seconds(900)
    """A call an agent has promised goes to anybody when he is not there for so long."""
    own_late: Span = seconds(72 * 3_600)
    """A lead whose list names the only agent who calls him waits so long for him to come to work ..."""
    own_then: OwnThen = OwnThen.ANYBODY
    """... and then this becomes of him."""
    auto_answer: bool = True
    """Whether agents' phones answer by themselves."""
    pool: str | None = None
    """Of caller ids; None: the house's."""
    profile: str | None = None
    """Of :mod:`dialer.compliance.profile`; None: the house's."""
    allowances: tuple[Allowance, ...] = (Allowance(),)
    """From the profile."""
    connect_within: Span = seconds(2)
    """Likewise: after his greeting's end."""
    ring_at_least: Span = seconds(15)
    """Likewise: the ringing itself. 0: nothing is asked."""
    message: bool = True
    """Likewise: whether who is abandoned hears who called."""
    message_prompts: tuple[str, ...] = ()
    """What he hears: names of prompts, or a text."""
    opt_out_key: str | None = None
    """Likewise."""
    alarms: AlarmRules = field(default_factory=AlarmRules)

    def __post_init__(self) -> None:
        assert (self.queue_id is None) is (self.mode is Mode.AGENTLESS), f"{self.campaign_id}: agents or none"
        assert self.flow or self.queue_id is not None, f"{self.campaign_id}: nobody talks"

    @property
    def has_agents(self) -> bool:
        """Whether agents talk with whoever answers."""
        return self.queue_id is not None

    @property
    def gives_up_after(self) -> Span:
        """How long after its order a line is given up that nobody answers: as its operator says, and late
        enough for the ringing the law asks for."""
        return max(self.ring_for, self.rings_until)

    @property
    def rings_until(self) -> Span:
        """How long after its order a line may be given up at the earliest, by the law; 0: at once."""
        return Span(self.ring_at_least + RINGS_WITHIN if self.ring_at_least else 0)

    @property
    def dials_by_itself(self) -> bool:
        """Whether lines are placed without an agent asking for each."""
        return self.mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE, Mode.AGENTLESS)

    def quota(self, list_id: ListId) -> int | None:
        """How many of a list are to be won; None: as many as can be."""
        return next((its.quota for its in self.lists if its.list_id == list_id), None)

    @property
    def sends_texts(self) -> bool:
        """Whether a step of it is a text."""
        return any(step.kind is StepKind.TEXT for step in self.steps)

    def disposition(self, name: str) -> Disposition | None:
        """The one of that name."""
        return next((one for one in self.dispositions if one.name == name), None)
