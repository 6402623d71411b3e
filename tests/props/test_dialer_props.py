"""Whatever lines, agents, lists and operators do: nobody is dialled twice at once, nobody while he may not,
every attempt has one outcome, every lead ends somewhere. The invariants are asked after every single step."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded
from acd.callback import CallbackState, DialFailure
from acd.callback_events import CallbackStateChanged
from acd.customer import Party as Who
from acd.ids import AgentId, CallId
from acd.instant import after, seconds
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.attempt_line import Line
from dialer.campaign import CampaignRules, CampaignState, Disposition, ListShare, MachineRules, Mode
from dialer.commands import (
    AcceptLead,
    DialByHand,
    DisposeLead,
    PartyResponded,
    PauseCampaign,
    RemoveLead,
    SkipLead,
    StartCampaign,
    StopCampaign,
    TakeLead,
)
from dialer.dialer import Told
from dialer.events import (
    AttemptEnded,
    AttemptPlaced,
    AttemptRefused,
    CampaignStateChanged,
    LeadStateChanged,
    LiveAnswerCounted,
)
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.invariants import broken
from dialer.lead import Lead, LeadNumber, LeadState
from dialer.orders import PlaceLine
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineLocated,
    LineOrderFailed,
    LineRefused,
    LineRings,
    LinesObserved,
    LineUnconfirmed,
    LiveLine,
    NumberListed,
    OpenAttempt,
    OptedOut,
    RememberedLead,
)
from tests.dialer.house import NOON, House, agentless, progressive

SPRING, AUTUMN = CampaignId("spring"), CampaignId("autumn")
CAMPAIGNS = (SPRING, AUTUMN)
LISTS = (ListId("march"), ListId("april"))
NUMBERS = tuple(f"+3310000{n}" for n in range(6))
NAMES = tuple(LeadId(name) for name in ("ann", "bob", "cleo", "dan"))
SAID = (
    Disposition(name="sold", success=True),
    Disposition(name="later", retry_after=seconds(3_600)),
    Disposition(name="never", do_not_call=True),
    Disposition(name="promised", calls_back=True),
)
MACHINE = MachineRules()

campaigns = st.sampled_from(CAMPAIGNS)
spans = st.sampled_from([seconds(s) for s in (0.05, 1, 3, 20, 61, 400, 4_000, 30_000, 90_000)])
numbers = st.builds(
    LeadNumber,
    number=st.sampled_from(NUMBERS),
    since_minute=st.sampled_from([0, 0, 0, 600]),
    until_minute=st.sampled_from([1440, 1440, 1440, 900]),
)
leads = st.builds(
    Lead,
    lead_id=st.sampled_from(NAMES),
    list_id=st.sampled_from(LISTS),
    numbers=st.lists(numbers, min_size=1, max_size=3, unique_by=lambda one: one.number).map(tuple),
    zone=st.sampled_from([None, "Europe/Paris", "Asia/Tokyo"]),
    priority=st.sampled_from([0, 50, 100]),
    agent_id=st.sampled_from([None, None, None, AgentId("zoe"), AgentId("nobody")]),
    not_before=st.sampled_from([None, None, after(NOON, seconds(50))]),
    not_after=st.sampled_from([None, None, after(NOON, seconds(5_000)), after(NOON, seconds(200_000))]),
)
some_rules = st.one_of(
    st.builds(
        agentless,
        st.just(SPRING),
        most_lines=st.sampled_from([1, 3]),
        max_attempts=st.sampled_from([1, 3, 6]),
        machine=st.sampled_from([None, MACHINE]),
        lists=st.sampled_from([(), (ListShare(list_id=LISTS[0], share=2), ListShare(list_id=LISTS[1]))]),
        dispositions=st.sampled_from([(), SAID]),
    ),
    st.builds(
        progressive,
        st.just(AUTUMN),
        mode=st.sampled_from([Mode.PROGRESSIVE, Mode.PREVIEW, Mode.MANUAL]),
        max_attempts=st.sampled_from([2, 6]),
        machine=st.sampled_from([None, MACHINE]),
        dispositions=st.sampled_from([(), SAID]),
    ),
)


def live(line: Line, state: AttemptState) -> LiveLine:
    """It, as the world has it."""
    return LiveLine(
        attempt_id=line.attempt_id,
        campaign_id=line.campaign_id,
        lead_id=line.lead_id,
        state=state,
        number=line.number,
    )


class DialerMachine(RuleBasedStateMachine):
    """One house with two campaigns, one for a flow, one for agents; both may have the same people."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House(agentless(SPRING, dispositions=SAID), progressive(AUTUMN, dispositions=SAID))
        self.placed: set[AttemptId] = set()
        self.over: Counter[AttemptId] = Counter()
        self.counted: Counter[AttemptId] = Counter()
        self.runs = 1

    def teardown(self) -> None:
        """Everybody ends somewhere: nobody answers any more, nothing is changed any more."""
        self.house.floor.link_up = True
        self.house.idle("zoe")
        everything = progressive(AUTUMN, dispositions=SAID)  # nobody chooses any more
        self.told(self.house.dialer.adopt(everything, 9, self.house.at, self.house.floor))
        for campaign_id in CAMPAIGNS:
            self.told(self.house.says(StartCampaign(campaign_id=campaign_id)))
        for _ in range(400):
            for attempt_id in list(self.house.dialer.tables.lines):
                self.told(self.house.says(LineGone(attempt_id=attempt_id)))
                self.told(self.house.witnesses(self.call_ended(attempt_id)))
            due = self.house.dialer.next_deadline()
            if due is not None:
                self.told(self.house.wait(seconds(max(0, due - self.house.at) / 1e6)))
            elif not self.house.dialer.tables.lines:
                break
        for campaign_id in CAMPAIGNS:
            campaign = self.house.campaign(campaign_id)
            not_done = {p.lead_id: p.state for p in campaign.leads.values() if p.state is not LeadState.DONE}
            assert not not_done, (campaign_id, not_done)
            assert campaign.state is not CampaignState.RUNNING or not campaign.leads
        open_ = {name: self.house.dialer.tables.lines.get(name) for name in self.placed - self.over.keys()}
        assert not open_, ("every attempt has an outcome", open_, self.over.keys() - self.placed)

    # -- what is looked at after every step ------------------------------------------------------

    def told(self, told: Told) -> None:
        """Check everything that was said, and everything that is."""
        tables = self.house.dialer.tables
        running = {one for one in CAMPAIGNS if tables.campaigns[one].state is CampaignState.RUNNING}
        for one in told:
            match one:
                case AttemptPlaced():
                    assert one.attempt_id not in self.placed, "a name is given once"
                    self.placed.add(one.attempt_id)
                case AttemptEnded() | AttemptRefused():
                    self.over[one.attempt_id] += 1
                    assert self.over[one.attempt_id] == 1, one
                    assert one.attempt_id in self.placed
                case LiveAnswerCounted():
                    self.counted[one.attempt_id] += 1
                    assert self.counted[one.attempt_id] == 1, one
                case CampaignStateChanged():
                    running |= {one.campaign_id}  # it was, or is: within one step
                case PlaceLine():
                    assert one.campaign_id in running
                    assert self.house.floor.link_up
                case LeadStateChanged():
                    assert one.standing.attempts <= 50
                case _:
                    pass
        assert not broken(tables), broken(tables)

    def call_ended(self, attempt_id: AttemptId, outcome: Outcome = Outcome.LEFT_IVR) -> CallEnded:
        """The ACD's word that a call is over."""
        return CallEnded(
            call_id=CallId(attempt_id), queue_id=None, agent_id=None, outcome=outcome, talked=None
        )

    def any_line(self, data: st.DataObject) -> AttemptId:
        """One that is there, or lately was."""
        tables = self.house.dialer.tables
        known = [*tables.lines, *list(tables.ended)[-3:]]
        return data.draw(st.sampled_from(known))

    @property
    def has_lines(self) -> bool:
        """Whether there is one."""
        return bool(self.house.dialer.tables.lines or self.house.dialer.tables.ended)

    # -- what may happen -------------------------------------------------------------------------

    @initialize(theirs=st.lists(leads, min_size=1, max_size=4))
    def begin(self, theirs: list[Lead]) -> None:
        """Both campaigns run."""
        self.house.idle("zoe", "yan")
        for campaign_id in CAMPAIGNS:
            self.told(self.house.add(*theirs, campaign_id=campaign_id))
            self.told(self.house.start(campaign_id))

    @rule(campaign_id=campaigns, theirs=st.lists(leads, min_size=1, max_size=3))
    def add(self, campaign_id: CampaignId, theirs: list[Lead]) -> None:
        """A list comes, perhaps again, and says other things."""
        self.told(self.house.add(*theirs, campaign_id=campaign_id))

    @rule(span=spans)
    def wait(self, span: int) -> None:
        """Time passes."""
        self.told(self.house.wait(seconds(span / 1e6)))

    @rule(campaign_id=campaigns, trial=st.sampled_from([None, None, 1, 2]))
    def start(self, campaign_id: CampaignId, trial: int | None) -> None:
        """Somebody starts it."""
        self.told(self.house.start(campaign_id, trial))

    @rule(campaign_id=campaigns, kind=st.sampled_from([PauseCampaign, StopCampaign]))
    def hold(self, campaign_id: CampaignId, kind: type[PauseCampaign] | type[StopCampaign]) -> None:
        """Somebody pauses or stops it."""
        self.told(self.house.says(kind(campaign_id=campaign_id)))

    @rule(campaign_id=campaigns)
    def stop_at_once(self, campaign_id: CampaignId) -> None:
        """Somebody stops it, and will not wait."""
        self.told(self.house.says(StopCampaign(campaign_id=campaign_id, at_once=True)))

    @rule(agents=st.sampled_from([(), ("zoe",), ("zoe", "yan", "xeno")]))
    def agents(self, agents: tuple[str, ...]) -> None:
        """Agents come and go."""
        self.house.idle(*agents)
        self.told(self.house.witnesses())

    @rule(rules=some_rules)
    def adopt(self, rules: CampaignRules) -> None:
        """A campaign's rules change."""
        told = self.house.dialer.adopt(rules, 2, self.house.at, self.house.floor)
        self.told(told)

    @rule(campaign_id=campaigns, name=st.sampled_from(NAMES))
    def remove(self, campaign_id: CampaignId, name: LeadId) -> None:
        """Somebody takes a lead off."""
        self.told(self.house.says(RemoveLead(campaign_id=campaign_id, lead_id=name, because="asked")))

    @rule(number=st.sampled_from(NUMBERS), campaign_id=st.sampled_from([None, SPRING]))
    def list_number(self, number: str, campaign_id: CampaignId | None) -> None:
        """A number is put on a do-not-call list: what rings there is given up, and it never rings again."""
        self.told(self.house.says(NumberListed(number=number, campaign_id=campaign_id)))

    @rule(number=st.sampled_from(NUMBERS))
    def responds(self, number: str) -> None:
        """Somebody calls in."""
        self.told(self.house.says(PartyResponded(party=Who(caller=number), how="called_in")))
        for campaign_id in CAMPAIGNS:
            for pursuit in self.house.campaign(campaign_id).leads.values():
                if any(one.number == number for one in pursuit.lead.numbers):
                    assert pursuit.state is LeadState.DONE

    @precondition(lambda self: self.has_lines)
    @rule(data=st.data())
    def news(self, data: st.DataObject) -> None:
        """Something is told of a line: in any order, late, twice."""
        attempt_id = self.any_line(data)
        until = data.draw(st.sampled_from([0, 1, seconds(30), seconds(7_000)]))
        signal = data.draw(
            st.sampled_from(
                [
                    LineRings(attempt_id=attempt_id),
                    LineAnswered(attempt_id=attempt_id),
                    LineJudged(attempt_id=attempt_id, party=Party.PERSON),
                    LineJudged(attempt_id=attempt_id, party=Party.MACHINE),
                    LineGone(attempt_id=attempt_id),
                    LineFailed(attempt_id=attempt_id, outcome=AttemptOutcome.BUSY),
                    LineFailed(attempt_id=attempt_id, outcome=AttemptOutcome.NO_ANSWER),
                    LineFailed(attempt_id=attempt_id, outcome=AttemptOutcome.INVALID),
                    LineOrderFailed(attempt_id=attempt_id, detail="no"),
                    LineUnconfirmed(attempt_id=attempt_id, detail="who knows"),
                    LineLocated(attempt_id=attempt_id, as_of=self.house.at, found=None),
                    LineRefused(attempt_id=attempt_id, why="listed", never=True),
                    LineRefused(attempt_id=attempt_id, why="abroad", never=True, of_rules=True),
                    LineRefused(attempt_id=attempt_id, why="no profile", never=False, of_campaign=True),
                    LineRefused(
                        attempt_id=attempt_id, why="hours", never=False, until=after(self.house.at, until)
                    ),
                    LineRefused(
                        attempt_id=attempt_id,
                        why="lines_full",
                        never=False,
                        until=after(self.house.at, until),
                        of_house=True,
                    ),
                    LinesObserved(as_of=self.house.at, lines=()),
                    OptedOut(attempt_id=attempt_id),
                ]
            )
        )
        self.told(self.house.says(signal))

    @precondition(lambda self: self.has_lines)
    @rule(data=st.data(), then=st.sampled_from(["connected", "served", "hung_up"]))
    def acd(self, data: st.DataObject, then: str) -> None:
        """The ACD decides about who answered."""
        attempt_id = self.any_line(data)
        if then == "connected":
            event = CallConnected(
                call_id=CallId(attempt_id), agent_id=AgentId("zoe"), queue_id=None, waited=seconds(0)
            )
            self.told(self.house.witnesses(event))
        else:
            outcome = Outcome.SERVED_IN_IVR if then == "served" else Outcome.LEFT_IVR
            self.told(self.house.witnesses(self.call_ended(attempt_id, outcome)))

    @precondition(lambda self: self.has_lines)
    @rule(data=st.data(), said=st.sampled_from([one.name for one in SAID]))
    def dispose(self, data: st.DataObject, said: str) -> None:
        """Somebody says what came of it."""
        command = DisposeLead(
            attempt_id=self.any_line(data),
            disposition=said,
            call_back_at=after(self.house.at, seconds(500)),
            own_agent=data.draw(st.sampled_from([None, AgentId("zoe")])),
        )
        self.told(self.house.says(command))

    @rule(
        agent=st.sampled_from(["zoe", "yan"]),
        then=st.sampled_from(["take", "take_him", "accept", "skip", "later", "dial", "busy"]),
        name=st.sampled_from(NAMES),
        number=st.sampled_from(NUMBERS),
    )
    def agent_decides(self, agent: str, then: str, name: LeadId, number: str) -> None:
        """An agent looks at somebody, calls him, skips him, dials by hand; or is offered something else."""
        who = AgentId(agent)
        match then:
            case "take":
                self.told(self.house.says(TakeLead(campaign_id=AUTUMN, agent_id=who)))
            case "take_him":
                self.told(self.house.says(TakeLead(campaign_id=AUTUMN, agent_id=who, lead_id=name)))
            case "accept":
                self.told(self.house.says(AcceptLead(agent_id=who)))
            case "skip":
                self.told(self.house.says(SkipLead(agent_id=who)))
            case "later":
                moment = after(self.house.at, seconds(900))
                self.told(self.house.says(SkipLead(agent_id=who, again_at=moment)))
            case "dial":
                self.told(self.house.says(DialByHand(campaign_id=AUTUMN, agent_id=who, number=number)))
            case _:
                event = AgentStateChanged(
                    agent_id=who, was=AgentState.READY, now=AgentState.OFFERED, reason=None, because="offered"
                )
                self.told(self.house.witnesses(event))

    @precondition(lambda self: any(line.by_agent for line in self.house.dialer.tables.lines.values()))
    @rule(
        data=st.data(),
        now=st.sampled_from([CallbackState.FAILED, CallbackState.CANCELLED, CallbackState.DIALLING]),
        attempts=st.integers(0, 1),
        failure=st.sampled_from([None, *DialFailure]),
    )
    def agents_call(
        self, data: st.DataObject, now: CallbackState, attempts: int, failure: DialFailure | None
    ) -> None:
        """The ACD says how it is with a call an agent asked for."""
        lines = [line for line in self.house.dialer.tables.lines.values() if line.by_agent]
        line = data.draw(st.sampled_from(lines))
        event = CallbackStateChanged(
            call_id=CallId(line.attempt_id),
            was=CallbackState.RINGING_AGENT,
            now=now,
            because="so",
            attempts=attempts,
            not_before=self.house.at,
            failure=failure,
        )
        self.told(self.house.witnesses(event))

    @rule(up=st.booleans())
    def link(self, up: bool) -> None:
        """The link to the PBX comes or goes."""
        self.house.floor.link_up = up
        self.told(self.house.witnesses())

    @rule(data=st.data())
    def restart(self, data: st.DataObject) -> None:
        """The engine ends in the middle of everything, meets the world, and remembers. What was under way has
        a line yet, or none, and is heard of before its lead is known, or later."""
        was = self.house
        under_way = list(was.dialer.tables.lines.values())
        found = [line for line in under_way if data.draw(st.booleans())]
        never_let_out = [
            line
            for line in under_way
            if line not in found and line.state is AttemptState.PLACED and data.draw(st.booleans())
        ]
        self.runs += 1
        rules = [campaign.rules for campaign in was.dialer.tables.campaigns.values()]
        self.house = House(*rules, at=was.at, run=f"r{self.runs}")
        self.house.floor = was.floor
        observed = tuple(live(line, data.draw(st.sampled_from(list(AttemptState)[:-1]))) for line in found)
        self.told(self.house.says(LinesObserved(as_of=self.house.at, lines=observed)))
        for line in found:
            if data.draw(st.booleans()):
                self.told(self.house.says(LineGone(attempt_id=line.attempt_id)))
        for campaign in was.dialer.tables.campaigns.values():
            name = campaign.campaign_id
            self.told(
                self.house.says(
                    CampaignRemembered(
                        campaign_id=name,
                        state=campaign.state,
                        trial_left=campaign.trial_left,
                        ledger=tuple(campaign.ledger.rows(name, was.at)),
                    )
                )
            )
            remembered = tuple(
                RememberedLead(lead=one.lead, standing=one.standing) for one in campaign.leads.values()
            )
            self.house.says(LeadsRemembered(campaign_id=name, leads=remembered))
            still_open = tuple(
                OpenAttempt(
                    attempt_id=line.attempt_id,
                    lead_id=line.lead_id,
                    number=line.number,
                    at=line.placed_at,
                    let_out=line not in never_let_out,
                    in_trial=line.in_trial == campaign.starts,
                    counted=line.counted,
                )
                for line in under_way
                if line.campaign_id == name
            )
            self.told(self.house.says(LeadsAllRemembered(campaign_id=name, open_attempts=still_open)))


DialerMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_dialer = DialerMachine.TestCase
