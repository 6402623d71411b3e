"""What campaigns have come to in the last hour and since the engine started: read from what the floor tells.

Minute by minute, so that an hour is the latest one and not that of the clock.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from acd.agent_events import AgentStateChanged
from acd.instant import Instant, Span, seconds
from acd.tables import Tables
from cti.envelope import Envelope
from cti.floor_view import FloorSeen
from dialer.campaign import CampaignState
from dialer.events import (
    AttemptConnected,
    AttemptEnded,
    AttemptPlaced,
    AttemptRefused,
    CampaignAdopted,
    CampaignStateChanged,
    LinesDecided,
    LiveAnswerCounted,
    LiveAnswerTakenBack,
)
from dialer.ids import CampaignId
from dialer.tables import DialerTables

MINUTE = seconds(60)
MINUTES = 60


@dataclass(slots=True, kw_only=True)
class Counted:
    """What happened within some time."""

    attempts: int = 0
    """Let out by the gate, as far as is known."""
    live: int = 0
    """Answered by a person."""
    connected: int = 0
    abandoned: int = 0
    ended: int = 0
    talked: Span = Span(0)
    """Of conversations that are over."""
    agents: Span = Span(0)
    """Agents of its queue were at work for so long, all together, while it ran."""

    def add(self, other: "Counted") -> None:
        """Both together."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def talk_share(self) -> float | None:
        """Of the agents' time, what they talked for this campaign; None without agents."""
        return self.talked / self.agents if self.agents else None

    @property
    def answer_rate(self) -> float | None:
        """Of the attempts that are over, those a person answered."""
        return self.live / self.ended if self.ended else None


@dataclass(slots=True)
class _Meter:
    total: Counted = field(default_factory=Counted)
    minutes: deque[tuple[int, Counted]] = field(default_factory=lambda: deque(maxlen=MINUTES))
    decided: LinesDecided | None = None
    agents: int = 0
    since: Instant = Instant(0)

    def at(self, moment: Instant) -> Counted:
        """Of this minute."""
        minute = moment // MINUTE
        if not self.minutes or self.minutes[-1][0] < minute:
            self.minutes.append((minute, Counted()))
        return self.minutes[-1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What a campaign has come to."""

    hour: Counted
    total: Counted
    """Since the engine started."""
    decided: LinesDecided | None
    """The latest decision how many lines to place that was told."""


class CampaignMeter:
    """A listener of the runtime; it sees the tables as they are after each step."""

    def __init__(self, acd: Tables, campaigns: DialerTables) -> None:
        self._campaigns = campaigns
        self._floor = FloorSeen(acd)
        self._meters: dict[CampaignId, _Meter] = {}

    def on_step(self, step: Sequence[Envelope]) -> None:
        """Something happened."""
        agents_moved = False
        for envelope in step:
            match envelope.message:
                case AgentStateChanged() | CampaignStateChanged() | CampaignAdopted():
                    agents_moved = True
                case AttemptPlaced(campaign_id=name):
                    self._count(name, envelope.at, Counted(attempts=1))
                case AttemptRefused(campaign_id=name):
                    self._count(name, envelope.at, Counted(attempts=-1))
                case AttemptConnected(campaign_id=name):
                    self._count(name, envelope.at, Counted(connected=1))
                case AttemptEnded(campaign_id=name, talked=talked, live=live):
                    self._count(name, envelope.at, Counted(ended=1, talked=talked, live=int(live)))
                case LiveAnswerTakenBack(campaign_id=name, had_ended=True):
                    self._count(name, envelope.at, Counted(live=-1))
                case LiveAnswerCounted(campaign_id=name, abandoned=True):
                    self._count(name, envelope.at, Counted(abandoned=1))
                case LinesDecided(campaign_id=name) as decided:
                    self._meter(name).decided = decided
                case _:
                    pass
        if agents_moved and step:
            self._look_at_agents(step[-1].at)

    def metered(self, campaign_id: CampaignId, at: Instant) -> Metered:
        """What it has come to."""
        meter = self._meters.get(campaign_id, _Meter())
        _agents_until(meter, at)
        hour = Counted()
        for minute, counted in meter.minutes:
            if minute > at // MINUTE - MINUTES:
                hour.add(counted)
        return Metered(hour=hour, total=meter.total, decided=meter.decided)

    def _meter(self, campaign_id: CampaignId) -> _Meter:
        return self._meters.setdefault(campaign_id, _Meter())

    def _count(self, campaign_id: CampaignId, at: Instant, what: Counted) -> None:
        meter = self._meter(campaign_id)
        meter.total.add(what)
        meter.at(at).add(what)

    def _look_at_agents(self, at: Instant) -> None:
        """Whose agents are at work has changed, or which campaigns run."""
        self._floor.look(at)
        for name in [name for name in self._meters if name not in self._campaigns.campaigns]:
            del self._meters[name]
        for name, campaign in self._campaigns.campaigns.items():
            meter = self._meter(name)
            _agents_until(meter, at)
            queue_id = campaign.rules.queue_id
            runs = campaign.state is CampaignState.RUNNING and queue_id is not None
            meter.agents = self._floor.agents_of(queue_id).at_work if runs and queue_id is not None else 0


def _agents_until(meter: _Meter, at: Instant) -> None:
    """Count the agents' time, minute by minute; of what is older than an hour only the total."""
    since, meter.since = meter.since, max(at, meter.since)
    if not meter.agents or at <= since:
        return
    meter.total.agents = Span(meter.total.agents + meter.agents * (at - since))
    begins = max(since, Instant((at // MINUTE - MINUTES + 1) * MINUTE))
    while begins < at:
        ends = min(at, Instant((begins // MINUTE + 1) * MINUTE))
        counted = meter.at(begins)
        counted.agents = Span(counted.agents + meter.agents * (ends - begins))
        begins = ends
