"""The dialer's present: campaigns, leads, lines, deadlines. One writer, :class:`dialer.dialer.Dialer`."""

from collections import OrderedDict
from dataclasses import dataclass, field

from acd.events import Refused
from acd.ids import AgentId, CustomerId, QueueId
from acd.instant import Instant
from dialer.attempt_line import Line
from dialer.best_hour import BestHour
from dialer.campaign import CampaignRules, CampaignState
from dialer.estimates import Estimates
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import LeadState
from dialer.ledger import Ledger
from dialer.messages import DialerOutput
from dialer.out_text import OutText
from dialer.penetration import Penetrations
from dialer.pursuit import Pursuit
from dialer.stray import Stray
from dialer.timers import Timers
from dialer.turns import Turns

MOST_LEADS = 200_000
"""In memory, of all campaigns; more are refused."""
MOST_CAMPAIGNS = 1_000
REMEMBERED_ENDS = 10_000
"""Ended attempts remembered by name: late news about them is known for what it is, and what came of them can
still be said."""

LeadKey = tuple[CampaignId, LeadId]
_TEXT = "-t"


def is_text(name: AttemptId) -> bool:
    """Whether it is a text that bears this name, and no attempt."""
    return _TEXT in name[name.rfind("-") :]


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign:
    """One campaign in memory."""

    rules: CampaignRules
    version: int
    ledger: Ledger
    estimates: Estimates
    state: CampaignState = CampaignState.DRAFT
    since: Instant = Instant(0)
    starts: int = 0
    """How often it was started in this run."""
    trial_left: int | None = None
    """Attempts until it pauses by itself; None: it does not."""
    remembering: bool = False
    """Whether it waits for its leads of an earlier run: nothing is dialled before."""
    leads: dict[LeadId, Pursuit] = field(default_factory=dict)
    by_state: dict[LeadState, int] = field(default_factory=lambda: dict.fromkeys(LeadState, 0))
    """How many leads there are in each."""
    penetration: Penetrations = field(default_factory=Penetrations)
    best_hour: BestHour = field(default_factory=BestHour)
    left: dict[ListId, int] = field(default_factory=dict)
    """Leads that are not done, by list."""
    turns: Turns = field(default_factory=Turns)
    texts: OrderedDict[LeadId, None] = field(default_factory=OrderedDict)
    """Leads to whom a text is to be sent now, the first first."""
    lines: dict[AttemptId, Line] = field(default_factory=dict)
    """What is under way, oldest first."""
    told: str = ""
    """The reason for placing no more lines that was told last."""
    alarms: dict[str, None] = field(default_factory=dict)
    """Those that are on."""
    connected_at: Instant | None = None
    """When somebody was last connected."""
    had: float = 0.0
    """Answers it was let have beside other campaigns of its agents, for one of the priority's parts."""
    idle_since: Instant | None = None
    """Since when agents are free and leads are due, both at once; None: they are not."""
    learnt: int = 0
    """Outcomes its estimates have learnt from."""
    learnt_of: tuple[ListId, int] | None = None
    """List and hour of the latest of them."""

    @property
    def campaign_id(self) -> CampaignId:
        """Its name."""
        return self.rules.campaign_id

    @property
    def is_over(self) -> bool:
        """Whether it is neither running nor going to run by itself."""
        return self.state in (CampaignState.STOPPED, CampaignState.FINISHED)

    @property
    def may_dial(self) -> bool:
        """Whether anything new may be dialled at all."""
        return self.state is CampaignState.RUNNING and not self.remembering

    @property
    def leads_left(self) -> int:
        """Leads that are not done."""
        return len(self.leads) - self.by_state[LeadState.DONE]


class DialerTables:
    """All state of the dialer."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.campaigns: dict[CampaignId, Campaign] = {}
        self.awake: dict[CampaignId, Campaign] = {}
        """Campaigns that run, or whose alarms are on; every step looks at these, and at no others."""
        self.lines: dict[AttemptId, Line] = {}
        """All campaigns'."""
        self.texts: dict[AttemptId, OutText] = {}
        """On their way, of all campaigns."""
        self.in_use: dict[str, AttemptId] = {}
        """Numbers that are being dialled or spoken with: none is dialled twice at once, whoever for."""
        self.ended: OrderedDict[AttemptId, Line] = OrderedDict()
        """Those that are over, the latest last."""
        self.strays: dict[AttemptId, Stray] = {}
        """Lines of an earlier run whose leads are not known yet."""
        self.visited: dict[QueueId, Instant] = {}
        """When a visit to each queue was last over."""
        self.began: Instant | None = None
        """When this run was first told anything."""
        self.last_seen: dict[AgentId, Instant] = {}
        """When agents last did something, since then."""
        self.previews: dict[AgentId, LeadKey] = {}
        """Who looks at whom."""
        self.by_number: dict[str, dict[LeadKey, None]] = {}
        """Leads by each of their numbers."""
        self.by_customer: dict[CustomerId, dict[LeadKey, None]] = {}
        self.leads_in_all = 0
        self.to_dispose: dict[AttemptId, LeadKey] = {}
        """Conversations of which nobody has said yet what came of them."""
        self.counted_live: dict[AttemptId, Instant] = {}
        """Of these, those of an earlier run that stand in the ledger, not as abandoned: when they were
        counted."""
        self.timers = Timers()
        self.house_full = False
        """Whether the house has no lines for anybody; ends with the timer of that name."""
        self.outputs: list[DialerOutput | Refused] = []
        self._attempts = 0
        self._texts = 0
        self._order = 0

    def next_attempt_id(self) -> AttemptId:
        """A name no attempt ever had."""
        self._attempts += 1
        return AttemptId(f"{self.run}-a{self._attempts}")

    def next_text_id(self) -> AttemptId:
        """A name no text ever had, nor any attempt."""
        self._texts += 1
        return AttemptId(f"{self.run}{_TEXT}{self._texts}")

    def wants(self, text_id: AttemptId) -> bool:
        """Whether a text is still to be sent: its lead has not responded, its campaign runs."""
        out = self.texts.get(text_id)
        found = None if out is None else self.find((out.campaign_id, out.lead_id))
        return (
            found is not None
            and found[1].attempt_id == text_id
            and found[0].may_dial
            and (found[1].state is LeadState.IN_PROGRESS)
        )

    def next_order(self) -> int:
        """Who comes into memory after all others."""
        self._order += 1
        return self._order

    def tell(self, output: DialerOutput) -> None:
        """What follows from what is being applied, in causal order."""
        self.outputs.append(output)

    def refuse(self, reason: str) -> None:
        """The answer to a command."""
        self.outputs.append(Refused(reason=reason))

    def find(self, key: LeadKey) -> tuple[Campaign, Pursuit] | None:
        """A lead and his campaign, if both are in memory."""
        campaign = self.campaigns.get(key[0])
        pursuit = campaign.leads.get(key[1]) if campaign is not None else None
        return (campaign, pursuit) if campaign is not None and pursuit is not None else None

    def of_line(self, line: Line) -> tuple[Campaign, Pursuit | None]:
        """Whom a line is for; None: a number dialled by hand."""
        campaign = self.campaigns[line.campaign_id]
        return campaign, campaign.leads.get(line.lead_id)

    def remember_end(self, line: Line) -> None:
        """Keep an attempt that is over for a while."""
        self.ended[line.attempt_id] = line
        while len(self.ended) > REMEMBERED_ENDS:
            self.ended.popitem(last=False)
