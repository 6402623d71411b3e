"""A dialer for stories: its campaigns, leads and lines spoken of by name, the ACD's floor made up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from acd.events import Event, Refused
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span, seconds
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.campaign import CampaignRules, CampaignState, Mode
from dialer.commands import AddLeads, StartCampaign
from dialer.dialer import Dialer, Told
from dialer.floor_view import AgentsSeen
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber, LeadState
from dialer.messages import DialerInput
from dialer.orders import PlaceLine
from dialer.pursuit import Pursuit
from dialer.signals import LineAnswered, LineFailed, LineGone, LineJudged, LineRings, LiveLine
from dialer.tables import Campaign

C = CampaignId("c")
L = ListId("l")
SALES = QueueId("sales")
NOON = Instant(seconds(1_800_000_000 - 1_800_000_000 % 86_400 + 12 * 3_600))
"""In Greenwich."""
HOUR, DAY = seconds(3_600), seconds(86_400)


@dataclass
class MadeUpFloor:
    """The ACD's floor, as a story has it."""

    link_up: bool = True
    seen: dict[QueueId, AgentsSeen] = field(default_factory=dict)
    level: float | None = None

    def agents_of(self, queue_id: QueueId) -> AgentsSeen:
        """Who serves this queue."""
        return self.seen.get(queue_id, AgentsSeen())

    def is_ready(self, agent_id: AgentId) -> bool:
        """Whether he would take a call now."""
        return any(agent_id in seen.idle for seen in self.seen.values())

    def service_level(self, queue_id: QueueId, visits: int) -> float | None:
        """The same for every queue."""
        return self.level


def lead(name: str, *numbers: str, list_id: ListId = L, **more: object) -> Lead:
    """Somebody with these numbers, or one made from his name."""
    theirs = tuple(LeadNumber(number=number) for number in numbers or (f"+331{name}",))
    return replace(Lead(lead_id=LeadId(name), list_id=list_id, numbers=theirs), **more)  # type: ignore[arg-type]


def agentless(campaign_id: CampaignId = C, **more: object) -> CampaignRules:
    """A flow talks with whoever answers, on ten lines."""
    plain = CampaignRules(
        campaign_id=campaign_id, mode=Mode.AGENTLESS, queue_id=None, flow="reminder", most_lines=10
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def progressive(campaign_id: CampaignId = C, **more: object) -> CampaignRules:
    """One line for each free agent of sales."""
    plain = CampaignRules(campaign_id=campaign_id, mode=Mode.PROGRESSIVE, queue_id=SALES)
    return replace(plain, **more)  # type: ignore[arg-type]


class House:
    """What a story drives. Time begins at noon, and moves on only when told."""

    def __init__(self, *rules: CampaignRules, at: Instant = NOON, run: str = "r1") -> None:
        self.dialer = Dialer(run)
        self.floor = MadeUpFloor()
        self.at = at
        self.told: list[object] = []
        """Everything it ever said."""
        for its in rules:
            self._heard(self.dialer.adopt(its, 1, self.at, self.floor))

    def _heard(self, told: Told) -> Told:
        self.told += told
        return told

    def idle(self, *agents: str, queue_id: QueueId = SALES) -> None:
        """These agents are ready, and nobody else is there."""
        self.floor.seen[queue_id] = AgentsSeen(idle=tuple(AgentId(agent) for agent in agents))

    def says(self, message: DialerInput) -> Told:
        """Tell it something."""
        return self._heard(self.dialer.handle(message, self.at, self.floor))

    def witnesses(self, *events: Event) -> Told:
        """The ACD has decided something."""
        return self._heard(self.dialer.witness(events, self.at, self.floor))

    def wait(self, span: Span) -> Told:
        """Let time pass."""
        self.at = Instant(self.at + span)
        return self._heard(self.dialer.advance(self.at, self.floor))

    def refusal(self, message: DialerInput) -> str:
        """Why it does not do this."""
        reasons = [one.reason for one in self.says(message) if isinstance(one, Refused)]
        assert len(reasons) == 1, reasons
        return reasons[0]

    def add(self, *leads: Lead, campaign_id: CampaignId = C) -> Told:
        """Take leads on."""
        return self.says(AddLeads(campaign_id=campaign_id, leads=leads))

    def start(self, campaign_id: CampaignId = C, trial: int | None = None) -> Told:
        """Begin."""
        return self.says(StartCampaign(campaign_id=campaign_id, trial=trial))

    def campaign(self, campaign_id: CampaignId = C) -> Campaign:
        """As it is now."""
        return self.dialer.tables.campaigns[campaign_id]

    def state(self, campaign_id: CampaignId = C) -> CampaignState:
        """Where it stands."""
        return self.campaign(campaign_id).state

    def lead(self, name: str, campaign_id: CampaignId = C) -> Pursuit:
        """Somebody, as he is now."""
        return self.campaign(campaign_id).leads[LeadId(name)]

    def stands(self, name: str, campaign_id: CampaignId = C) -> LeadState:
        """Where somebody stands."""
        return self.lead(name, campaign_id).state

    def line(self, name: str, campaign_id: CampaignId = C) -> AttemptId:
        """The line that is out for somebody."""
        (found,) = [one for one in self.campaign(campaign_id).lines.values() if one.lead_id == name]
        return found.attempt_id

    def dialled(self, told: Sequence[object] | None = None) -> list[str]:
        """Whose telephones were ordered to ring, in order; of everything, or of what was told last."""
        return [
            str(one.lead_id) for one in (self.told if told is None else told) if isinstance(one, PlaceLine)
        ]

    def numbers(self) -> list[str]:
        """Their numbers."""
        return [one.number for one in self.told if isinstance(one, PlaceLine)]

    def rings(self, name: str) -> Told:
        """His telephone rings."""
        return self.says(LineRings(attempt_id=self.line(name)))

    def fails(self, name: str, outcome: AttemptOutcome, campaign_id: CampaignId = C) -> Told:
        """Nobody answers."""
        return self.says(LineFailed(attempt_id=self.line(name, campaign_id), outcome=outcome))

    def answers(self, name: str, party: Party | None = None) -> Told:
        """He takes the receiver off; ``party``: what the detection says."""
        attempt_id = self.line(name)
        told = self.says(LineAnswered(attempt_id=attempt_id))
        return told if party is None else (*told, *self.says(LineJudged(attempt_id=attempt_id, party=party)))

    def hangs_up(self, name: str) -> Told:
        """His line is gone."""
        return self.says(LineGone(attempt_id=self.line(name)))

    def live(self, name: str, state: AttemptState) -> LiveLine:
        """His line, as the world has it."""
        campaign = self.campaign()
        line = campaign.lines[self.line(name)]
        return LiveLine(
            attempt_id=line.attempt_id,
            campaign_id=line.campaign_id,
            lead_id=line.lead_id,
            state=state,
            number=line.number,
        )
