"""Stories of campaigns on the real floor: leads, agents and callers in the simulated world."""

from typing import Any

from acd.ids import AgentId, CustomerId, QueueId
from acd.instant import Instant, after, seconds
from acd.rules import Rules
from cti.campaign_json import to_json
from cti.simulated_lines import SimPerson
from cti.simulation import World
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignRules, CampaignState, Mode
from dialer.commands import AddLeads, AdoptCampaign, StartCampaign
from dialer.events import AttemptEnded, AttemptPlaced
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.invariants import broken
from dialer.lead import Lead, LeadNumber
from dialer.pursuit import Pursuit
from tests.sim_floor import SimFloor, rules_of

SPRING = CampaignId("spring")
LIST = ListId("march")
NOON = Instant(seconds(1_767_614_400))
"""Monday, 5 January 2026, 12 h UTC."""


def house(**queue: Any) -> Rules:
    """Ana and Ben sell; their phones are answered after a second, they wrap up for ten."""
    given: dict[str, Any] = {"wrap_up": seconds(10), **queue}
    return rules_of(
        agents={"ana": {"sales": 5}, "ben": {"sales": 5}}, queues={"sales": {"sales": 1}}, **given
    )


def selling(campaign_id: CampaignId = SPRING, **more: Any) -> CampaignRules:
    """A progressive campaign for them."""
    given: dict[str, Any] = {"mode": Mode.PROGRESSIVE, "queue_id": QueueId("sales"), **more}
    return CampaignRules(campaign_id=campaign_id, **given)


def reminding(campaign_id: CampaignId = SPRING, **more: Any) -> CampaignRules:
    """One that needs no agents."""
    given: dict[str, Any] = {"mode": Mode.AGENTLESS, "queue_id": None, "flow": "reminder", **more}
    return CampaignRules(campaign_id=campaign_id, **given)


def lead(number: str, *, customer: str | None = None, priority: int = 50) -> Lead:
    """Somebody by his only number, which is his name, too."""
    return Lead(
        lead_id=LeadId(number),
        list_id=LIST,
        numbers=(LeadNumber(number=number),),
        customer_id=CustomerId(customer) if customer is not None else None,
        zone="UTC",
        priority=priority,
    )


class CampaignFloor(SimFloor):
    """A floor that dials."""

    def __init__(self, rules: Rules | None = None, seed: int = 0) -> None:
        super().__init__(rules or house(), seed)
        self.world.run(NOON)

    def _check(self, world: World) -> None:
        super()._check(world)
        wrong = broken(world.floor.campaigns)
        assert not wrong, "; ".join(wrong)

    def adopts_campaign(self, rules: CampaignRules, version: int = 1) -> str | None:
        return self.asks_dialer(
            AdoptCampaign(campaign_id=rules.campaign_id, version=version, document=to_json(rules))
        )

    def asks_dialer(self, command: Any) -> str | None:
        return self.asks(command)

    def adds(self, *leads: Lead, campaign_id: CampaignId = SPRING) -> str | None:
        return self.asks_dialer(AddLeads(campaign_id=campaign_id, leads=leads))

    def starts(self, campaign_id: CampaignId = SPRING, trial: int | None = None) -> str | None:
        return self.asks_dialer(StartCampaign(campaign_id=campaign_id, trial=trial))

    def dials(self, rules: CampaignRules, *leads: Lead) -> "CampaignFloor":
        """It is adopted, gets its leads, and begins."""
        assert self.adopts_campaign(rules) is None
        assert self.adds(*leads, campaign_id=rules.campaign_id) is None
        assert self.starts(rules.campaign_id) is None
        return self

    def person(self, number: str) -> SimPerson:
        return self.world.lines.person(number)

    def lead(self, number: str, campaign_id: CampaignId = SPRING) -> Pursuit:
        return self.world.floor.campaigns.campaigns[campaign_id].leads[LeadId(number)]

    def state(self, campaign_id: CampaignId = SPRING) -> CampaignState:
        return self.world.floor.campaigns.campaigns[campaign_id].state

    def attempts(self, number: str) -> list[AttemptId]:
        return [e.attempt_id for e in self.events(AttemptPlaced) if e.number == number]

    def outcomes(self, number: str) -> list[AttemptOutcome]:
        return [e.outcome for e in self.events(AttemptEnded) if e.number == number]

    def ready(self, *names: str) -> None:
        self.agents(*names).ready()

    def until(self, secs: float) -> Instant:
        return after(self.world.now, seconds(secs))

    def agent_state(self, name: str) -> Any:
        return self.world.floor.tables.agents[AgentId(name)].state
