"""A bad day of campaigns: people who do as they like, agents with moods, a link that loses, doubles and
delays news, an engine that is killed. Seeded, so repeatable; what a database would remember is kept here."""

from collections import Counter
from dataclasses import replace

from acd.commands import EndWrapUp, SetAgentReady
from acd.ids import QueueId
from acd.instant import Instant, seconds
from acd.invariants import violations
from cti.campaign_json import to_json
from cti.floor import Floor
from cti.messages import Event, Output
from cti.simulated_faults import Faults
from cti.simulated_lines import Meets
from cti.simulation import World
from dialer.campaign import (
    CampaignRules,
    CampaignState,
    MachineRules,
    MachineThen,
    Mode,
)
from dialer.commands import AddLeads, AdoptCampaign, PauseCampaign, StartCampaign
from dialer.events import (
    AttemptEnded,
    AttemptPlaced,
    AttemptRefused,
    CampaignStateChanged,
    LeadStateChanged,
    LiveAnswerCounted,
)
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.invariants import broken as broken_in
from dialer.lead import Lead, LeadStanding, LeadState
from dialer.ledger import Ledger
from dialer.orders import PlaceLine
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    OpenAttempt,
    RememberedLead,
)
from tests.bad_day import RULES, BadDay
from tests.campaign_floor import lead

SELL, REMIND, ASK = CampaignId("sell"), CampaignId("remind"), CampaignId("ask")
CAMPAIGNS = (
    CampaignRules(
        campaign_id=SELL,
        mode=Mode.PREDICTIVE,
        queue_id=QueueId("sales"),
        machine=MachineRules(),
        max_attempts=4,
        most_lines=12,
    ),
    CampaignRules(
        campaign_id=REMIND,
        mode=Mode.AGENTLESS,
        queue_id=None,
        flow="reminder",
        machine=MachineRules(then=MachineThen.LEAVE_MESSAGE),
        most_lines=5,
        max_attempts=3,
    ),
    CampaignRules(
        campaign_id=ASK,
        mode=Mode.PROGRESSIVE,
        queue_id=QueueId("support"),
        machine=MachineRules(then=MachineThen.PASS_ON),
        max_attempts=3,
    ),
)
BAD_LINES = Faults(lost=0.03, doubled=0.1, late=0.1, unconfirmed=0.05, barred=0.05)


class Memory:
    """What the database would say of campaigns, made from the events alone."""

    def __init__(self) -> None:
        self.leads: dict[CampaignId, dict[LeadId, RememberedLead]] = {}
        self.states: dict[CampaignId, CampaignStateChanged] = {}
        self.placed: dict[AttemptId, AttemptPlaced] = {}
        self.ends: dict[AttemptId, list[AttemptEnded | AttemptRefused]] = {}
        self.counted: list[tuple[Instant, LiveAnswerCounted]] = []

    def knows(self, campaign_id: CampaignId, leads: tuple[Lead, ...]) -> None:
        """They were imported."""
        theirs = self.leads.setdefault(campaign_id, {})
        theirs.update({one.lead_id: RememberedLead(lead=one, standing=LeadStanding()) for one in leads})

    def note(self, at: Instant, event: Event) -> None:
        match event:
            case LeadStateChanged():
                leads = self.leads[event.campaign_id]
                leads[event.lead_id] = replace(leads[event.lead_id], standing=event.standing)
            case CampaignStateChanged():
                self.states[event.campaign_id] = event
            case AttemptPlaced():
                assert event.attempt_id not in self.placed
                self.placed[event.attempt_id] = event
            case AttemptEnded() | AttemptRefused():
                self.ends.setdefault(event.attempt_id, []).append(event)
            case LiveAnswerCounted():
                self.counted.append((at, event))
            case _:
                pass

    def remembered(self, rules: CampaignRules) -> CampaignRemembered:
        """Where a campaign stood."""
        ledger = Ledger(rules.allowances)
        for at, event in self.counted:
            if event.campaign_id == rules.campaign_id:
                ledger.answered(rules.campaign_id, at, abandoned=event.abandoned)
        state = self.states.get(rules.campaign_id)
        return CampaignRemembered(
            campaign_id=rules.campaign_id,
            state=state.now if state is not None else CampaignState.DRAFT,
            trial_left=None,
            ledger=ledger.rows(rules.campaign_id, self.counted[-1][0]) if self.counted else (),
        )

    def unended(self, campaign_id: CampaignId, let_out: dict[AttemptId, Instant]) -> tuple[OpenAttempt, ...]:
        """Attempts of which no end is known, and whether the gate let them out."""
        counted = {event.attempt_id for _, event in self.counted}
        return tuple(
            OpenAttempt(
                attempt_id=name,
                lead_id=placed.lead_id,
                number=placed.number,
                at=let_out.get(name, Instant(0)),
                let_out=name in let_out,
                counted=name in counted,
            )
            for name, placed in self.placed.items()
            if placed.campaign_id == campaign_id and name not in self.ends
        )


class CampaignDay(BadDay):
    """The bad day of inbound, and three campaigns beside it."""

    def __init__(self, seed: int, faults: Faults = BAD_LINES, *, leads: int = 40, minutes: int = 40) -> None:
        super().__init__(seed, faults, callers=60, minutes=minutes)
        world = self.world
        self.memory = Memory()
        self.runs = 1
        self.paused: dict[CampaignId, None] = {}
        world.listeners.append(self.memory.note)
        world.after_step = self.promises_hold
        self.steps = Counter[str]()
        self._heard = len(world.heard)
        for rules in CAMPAIGNS:
            theirs = tuple(self.somebody(rules.campaign_id, n) for n in range(leads))
            self.memory.knows(rules.campaign_id, theirs)
            self.tells_rules(rules)
            self.accepted(AddLeads(campaign_id=rules.campaign_id, leads=theirs))
            self.accepted(StartCampaign(campaign_id=rules.campaign_id))
            self.later(self.rng.expovariate(1 / 400), lambda c=rules.campaign_id: self.somebody_pauses(c))
        for number in self.rng.sample(list(world.lines.people), 12):
            self.later(self.rng.uniform(0, 60 * minutes), lambda n=number: self.somebody_calls(n))
        for number in self.rng.sample(list(world.lines.people), 6):
            self.later(self.rng.uniform(0, 60 * minutes), lambda n=number: world.lines.lists(n))

    def somebody(self, campaign_id: CampaignId, n: int) -> Lead:
        """A lead, and how he takes it."""
        number, rng = f"+44{campaign_id}{n}", self.rng
        person = self.world.lines.person(number)
        person.meets = lambda: rng.choice([*Meets, *3 * [Meets.PERSON], Meets.SILENCE])
        person.answers_after = lambda: seconds(rng.uniform(1, 25))
        person.talks = lambda: seconds(rng.uniform(1, 60))
        person.patience = lambda: seconds(rng.uniform(0, 30)) if rng.random() < 0.3 else None
        return lead(number, priority=rng.randrange(100))

    # -- what people at desks do ---------------------------------------------------------------------

    def accepted(self, command: AdoptCampaign | AddLeads | StartCampaign) -> None:
        refusals = [o for o in self.world.tell(command) if type(o).__name__ == "Refused"]
        assert refusals == []

    def tells_rules(self, rules: CampaignRules) -> None:
        self.accepted(
            AdoptCampaign(campaign_id=rules.campaign_id, version=self.runs, document=to_json(rules))
        )

    def somebody_pauses(self, campaign_id: CampaignId) -> None:
        self.world.tell(PauseCampaign(campaign_id=campaign_id))
        self.later(self.rng.uniform(1, 120), lambda: self.somebody_goes_on(campaign_id))
        self.later(self.rng.expovariate(1 / 400), lambda: self.somebody_pauses(campaign_id))

    def somebody_goes_on(self, campaign_id: CampaignId) -> None:
        self.world.tell(StartCampaign(campaign_id=campaign_id))

    def the_engine_is_killed(self) -> None:
        """And begins again, with what the database remembers, once it has met the world."""
        world = self.world
        self.runs += 1
        world.link_up = False
        world.floor = Floor(replace(world.rules, run=f"sim{self.runs}"))
        world.run(Instant(world.now + self.rng.randrange(seconds(8))))
        world.mend_link()
        for agent_id in RULES.agents:
            world.tell(SetAgentReady(agent_id=agent_id))
        for rules in CAMPAIGNS:
            campaign_id = rules.campaign_id
            self.tells_rules(rules)
            world.tell(self.memory.remembered(rules))
            leads = tuple(self.memory.leads[campaign_id].values())
            for first in range(0, len(leads), 25):
                world.tell(LeadsRemembered(campaign_id=campaign_id, leads=leads[first : first + 25]))
                world.run(Instant(world.now + self.rng.randrange(seconds(1))))
            unended = self.memory.unended(campaign_id, world.lines.let_out)
            world.tell(LeadsAllRemembered(campaign_id=campaign_id, open_attempts=unended))

    # -- what must never be ----------------------------------------------------------------------------

    def promises_hold(self, world: World) -> None:
        """After every step of the floor."""
        self.steps["steps"] += 1
        broken = violations(world.floor.tables)
        assert not broken, "; ".join(broken)
        wrong = broken_in(world.floor.campaigns)
        assert not wrong, "; ".join(wrong)
        for recorded in world.heard[self._heard :]:
            self._no_harm(recorded.output)
        self._heard = len(world.heard)
        for number, person in world.lines.people.items():
            assert person.rings <= 1, f"{person.rings} lines to {number} at once"

    def _no_harm(self, output: Output) -> None:
        if isinstance(output, PlaceLine):
            self.steps["ordered"] += 1
            campaign = self.world.floor.campaigns.campaigns[output.campaign_id]
            assert campaign.state is CampaignState.RUNNING, f"dialled while {campaign.state}"
            assert self.world.link_up, "dialled while nobody could be told"
            budget = campaign.ledger.budget(output.campaign_id, self.world.now)
            has_agents = campaign.rules.has_agents
            assert not (has_agents and budget.is_spent), "dialled with nothing left to spend"

    # -- how it ends -------------------------------------------------------------------------------------

    def the_worst_is_over(self) -> None:
        """People answer from now on, campaigns go on, and the last late news has come."""
        super().the_worst_is_over()
        for person in self.world.lines.people.values():
            person.meets = lambda: Meets.PERSON
            person.answers_after = lambda: seconds(4)
            person.patience = lambda: None
        for rules in CAMPAIGNS:
            self.world.tell(StartCampaign(campaign_id=rules.campaign_id))

    def left(self) -> list[str]:
        """Leads that are not done, and attempts without exactly one end."""
        leads = [
            f"{campaign_id} {one.lead.lead_id} is {one.standing.state}"
            for campaign_id, leads in self.memory.leads.items()
            for one in leads.values()
            if one.standing.state is not LeadState.DONE
        ]
        ends = self.memory.ends
        attempts = [
            f"{name} ended {len(ends.get(name, []))} times"
            for name in self.memory.placed
            if len(ends.get(name, [])) != 1
        ]
        return [*leads, *attempts, *self._dialled_unknown()]

    def _dialled_unknown(self) -> list[str]:
        """Telephones that rang more often than their leads are known to have been dialled."""
        lines = self.world.lines
        often = [
            f"{number} was dialled {lines.people[number].dialled} times, not {one.standing.attempts}"
            for leads in self.memory.leads.values()
            for number, one in leads.items()
            if lines.people[number].dialled > one.standing.attempts
        ]
        rang = [
            f"{name} was none, and rang"
            for name, ends in self.memory.ends.items()
            if isinstance(ends[0], AttemptRefused) and name in lines.placed
        ]
        return [*often, *rang]


def wraps_up(day: CampaignDay) -> None:
    """Whoever still wraps up is done."""
    for agent_id in RULES.agents:
        day.world.tell(EndWrapUp(agent_id=agent_id))
