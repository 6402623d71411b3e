"""A restart, or a cut link, in the middle: nobody is dialled twice, nobody is forgotten."""

from dataclasses import replace

from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span, seconds
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.campaign import CampaignRules, CampaignState, Disposition, MachineRules
from dialer.commands import DisposeLead
from dialer.events import AttemptEnded, AttemptRefused, LiveAnswerCounted
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.invariants import broken
from dialer.lead import LeadStanding, LeadState
from dialer.ledger import BUCKET, LedgerRow
from dialer.orders import DropLine
from dialer.signals import (
    CampaignRemembered,
    CountedLive,
    LeadsAllRemembered,
    LeadsRemembered,
    LineGone,
    LineJudged,
    LinesObserved,
    LiveLine,
    OpenAttempt,
    RememberedLead,
)
from tests.dialer.house import NOON, SALES, C, House, agentless, lead, progressive

ANN = LeadId("ann")
OLD = AttemptId("r0-a1")
CALL = CallId(OLD)
BEFORE = Instant(NOON - seconds(10))


def found(state: AttemptState) -> LiveLine:
    """Ann's line, of the run before."""
    return LiveLine(attempt_id=OLD, campaign_id=C, lead_id=ANN, state=state, number="+331ann")


def restarted(*lines: LiveLine) -> House:
    """The world is met first."""
    house = House()
    house.says(LinesObserved(as_of=NOON, lines=lines))
    return house


def remember(
    house: House,
    *open_attempts: OpenAttempt,
    rules: CampaignRules | None = None,
    standing: LeadStanding | None = None,
    ledger: tuple[LedgerRow, ...] = (),
    to_dispose: tuple[CountedLive, ...] = (),
) -> None:
    """Then what was written down."""
    under_way = LeadStanding(
        state=LeadState.IN_PROGRESS, since=BEFORE, attempts=1, tried=(1,), attempt_id=OLD
    )
    house.told += house.dialer.adopt(rules or progressive(), 1, house.at, house.floor)
    house.says(CampaignRemembered(campaign_id=C, state=CampaignState.RUNNING, trial_left=None, ledger=ledger))
    house.says(
        LeadsRemembered(
            campaign_id=C, leads=(RememberedLead(lead=lead("ann"), standing=standing or under_way),)
        )
    )
    house.says(LeadsAllRemembered(campaign_id=C, open_attempts=open_attempts, to_dispose=to_dispose))


def attempt(*, counted: bool = False) -> OpenAttempt:
    return OpenAttempt(attempt_id=OLD, lead_id=ANN, number="+331ann", at=BEFORE, counted=counted)


def outcomes(house: House) -> list[AttemptOutcome]:
    return [one.outcome for one in house.told if isinstance(one, AttemptEnded)]


def counted(house: House) -> list[bool]:
    return [one.abandoned for one in house.told if isinstance(one, LiveAnswerCounted)]


def test_what_has_no_line_any_more_is_lost_and_not_dialled_again_for_days() -> None:
    house = restarted()
    house.idle("zoe")
    remember(house, attempt())
    assert outcomes(house) == [AttemptOutcome.LOST]
    assert house.dialled() == []
    assert house.stands("ann") is LeadState.RESTING
    assert house.lead("ann").attempts == 1


def test_who_was_about_to_be_dialled_and_was_not_has_his_turn_again() -> None:
    house = restarted()
    house.idle("zoe")
    remember(house)  # the gate has noted nothing: nothing rang
    assert outcomes(house) == []
    assert [one.attempt_id for one in house.told if isinstance(one, AttemptRefused)] == [OLD]
    assert house.dialled() == ["ann"]
    assert house.lead("ann").attempts == 1
    assert house.line("ann") != OLD


def test_what_was_never_let_out_gets_its_end_and_its_lead_his_turn_or_the_rest_he_has() -> None:
    unnoted = replace(attempt(), let_out=False)
    done = LeadStanding(
        state=LeadState.DONE, because="responded", attempts=1, tried=(1,), attempt_id=OLD, since=BEFORE
    )
    later = Instant(NOON + seconds(600))
    resting = LeadStanding(state=LeadState.RESTING, attempts=1, tried=(1,), next_at=later, since=BEFORE)
    for standing, dialled, state, attempts in (
        (None, ["ann"], LeadState.IN_PROGRESS, 1),
        (done, [], LeadState.DONE, 0),  # he called in while the gate was asked: what was none does not count
        (resting, [], LeadState.RESTING, 1),  # nobody had written down yet that he was to be dialled
    ):
        house = restarted()
        house.idle("zoe")
        remember(house, unnoted, standing=standing)
        assert [one.attempt_id for one in house.told if isinstance(one, AttemptRefused)] == [OLD]
        assert outcomes(house) == []
        assert house.dialled() == dialled
        assert (house.stands("ann"), house.lead("ann").attempts) == (state, attempts)
        assert not broken(house.dialer.tables)


def test_what_rings_though_nobody_has_a_note_of_it_was_let_out() -> None:
    house = restarted(found(AttemptState.RINGING))
    remember(house, replace(attempt(), let_out=False))
    assert house.line("ann") == OLD
    house.hangs_up("ann")
    assert outcomes(house) == [AttemptOutcome.LOST]


def test_who_is_spoken_with_over_a_restart_is_dialled_for_nobody_else_meanwhile() -> None:
    other = CampaignId("other")
    house = restarted(found(AttemptState.CONNECTED))
    house.told += house.dialer.adopt(agentless(other), 1, house.at, house.floor)
    house.add(lead("her husband", "+331ann"), campaign_id=other)
    house.start(other)  # before the campaign is remembered that talks with her
    assert house.dialled() == []
    remember(house, attempt())
    house.wait(seconds(59))
    assert house.dialled() == []
    house.witnesses(
        CallEnded(call_id=CALL, queue_id=SALES, agent_id=None, outcome=Outcome.ANSWERED, talked=seconds(20))
    )
    house.wait(seconds(61))
    assert house.dialled() == ["her husband"]


def test_the_number_of_a_line_that_is_gone_before_its_lead_is_known_is_free() -> None:
    house = restarted(found(AttemptState.RINGING))
    house.says(LineGone(attempt_id=OLD))
    assert house.dialer.tables.in_use == {}
    house = restarted(found(AttemptState.RINGING))
    house.says(LinesObserved(as_of=NOON, lines=()))
    assert house.dialer.tables.in_use == {}


def test_an_attempt_that_was_noted_before_anything_else_was_written_counts() -> None:
    house = restarted()
    house.idle("zoe")
    remember(house, attempt(), standing=LeadStanding())
    assert outcomes(house) == [AttemptOutcome.LOST]
    assert house.dialled() == []
    assert house.lead("ann").attempts == 1


def test_a_line_that_still_rings_goes_on_ringing_and_is_answered() -> None:
    house = restarted(found(AttemptState.RINGING))
    house.idle("zoe")
    remember(house, attempt())
    assert house.dialled() == []
    assert house.stands("ann") is LeadState.IN_PROGRESS
    house.answers("ann")
    house.witnesses(CallConnected(call_id=CALL, agent_id=AgentId("zoe"), queue_id=SALES, waited=Span(0)))
    house.witnesses(
        CallEnded(
            call_id=CALL,
            queue_id=SALES,
            agent_id=AgentId("zoe"),
            outcome=Outcome.ANSWERED,
            talked=seconds(20),
        )
    )
    assert outcomes(house) == [AttemptOutcome.CONNECTED]
    assert counted(house) == [False]


def test_what_is_heard_of_a_line_before_its_lead_is_known_is_not_forgotten() -> None:
    house = restarted(found(AttemptState.RINGING))
    house.at = Instant(NOON + seconds(1))
    house.says(LineJudged(attempt_id=OLD, party=Party.PERSON))
    house.at = Instant(NOON + seconds(2))
    house.says(LineGone(attempt_id=OLD))
    assert house.told == []
    remember(house, attempt())
    assert outcomes(house) == [AttemptOutcome.HUNG_UP]
    assert counted(house) == [False]


def test_who_waited_when_the_engine_died_was_abandoned_once() -> None:
    for known in (False, True):
        house = restarted(found(AttemptState.PERSON))
        remember(house, attempt(counted=known))
        assert counted(house) == ([] if known else [True])
        house.witnesses(
            CallEnded(call_id=CALL, queue_id=SALES, agent_id=None, outcome=Outcome.ABANDONED, talked=None)
        )
        assert outcomes(house) == [AttemptOutcome.ABANDONED]
        assert counted(house) == ([] if known else [True])


def test_who_was_talking_is_let_finish() -> None:
    house = restarted(found(AttemptState.CONNECTED))
    remember(house, attempt(counted=True))
    house.wait(seconds(600))
    assert outcomes(house) == []
    house.hangs_up("ann")
    house.wait(seconds(3))
    assert outcomes(house) == [AttemptOutcome.CONNECTED]
    assert counted(house) == []


def test_a_machine_that_was_being_told_its_message_is_a_machine() -> None:
    house = restarted(found(AttemptState.MACHINE))
    remember(house, attempt(), rules=progressive(machine=MachineRules()))
    house.hangs_up("ann")
    assert outcomes(house) == [AttemptOutcome.MACHINE]


def test_a_line_nobody_knows_of_is_given_up_and_an_answered_one_served() -> None:
    for state, told in ((AttemptState.RINGING, (DropLine(attempt_id=OLD),)), (AttemptState.PERSON, ())):
        house = restarted(found(state))
        house.told.clear()
        remember(house, standing=LeadStanding(state=LeadState.DONE, because="reached"))
        assert tuple(one for one in house.told if isinstance(one, DropLine)) == told
        assert not house.dialer.tables.strays


def test_the_ledger_goes_on() -> None:
    house = restarted()
    begins = Instant(NOON // BUCKET * BUCKET - BUCKET)
    remember(house, ledger=(LedgerRow(campaign_id=C, begins=begins, live=40, abandoned=2),))
    budget = house.campaign().ledger.budget(C, house.at)
    assert (budget.live, budget.abandoned) == (40, 2)


def dialling() -> House:
    house = House(agentless())
    house.add(lead("ann"), lead("bob"))
    house.start()
    return house


def test_after_a_cut_link_what_is_missing_was_lost_and_what_was_ordered_since_is_not() -> None:
    house = dialling()
    house.at = Instant(NOON + seconds(5))
    house.add(lead("cleo"))
    house.says(
        LinesObserved(as_of=Instant(NOON + seconds(5)), lines=(house.live("ann", AttemptState.ANSWERED),))
    )
    assert outcomes(house) == [AttemptOutcome.LOST]  # Bob's
    assert [str(line.lead_id) for line in house.campaign().lines.values()] == ["ann", "cleo"]
    assert house.campaign().lines[house.line("ann")].state is AttemptState.PERSON


def test_a_line_that_comes_back_after_it_was_given_up_for_lost_is_dropped() -> None:
    house = dialling()
    alive = house.live("ann", AttemptState.RINGING)
    house.at = Instant(NOON + seconds(1))
    house.says(LinesObserved(as_of=house.at, lines=()))
    told = house.says(LinesObserved(as_of=house.at, lines=(alive,)))
    assert told == (DropLine(attempt_id=alive.attempt_id),)
    assert house.says(LineGone(attempt_id=alive.attempt_id)) == ()


def test_who_was_dropped_and_is_missing_was_given_up() -> None:
    house = dialling()
    campaign = house.campaign()
    for name in ("ann", "bob"):
        campaign.lines[house.line(name)].dropped = True
    house.at = Instant(NOON + seconds(1))
    house.says(LinesObserved(as_of=house.at, lines=()))
    assert outcomes(house) == [AttemptOutcome.CANCELLED] * 2


def test_who_has_just_answered_is_not_abandoned_because_all_lines_are_looked_at() -> None:
    house = House(progressive(connect_within=seconds(2)))
    house.idle("ana")
    house.add(lead("ann"))
    house.start()
    house.answers("ann")
    house.wait(seconds(1))
    house.says(LinesObserved(as_of=house.at, lines=(house.live("ann", AttemptState.PERSON),)))
    assert counted(house) == []  # his two seconds are not over
    call = CallId(house.line("ann"))
    house.witnesses(CallConnected(call_id=call, agent_id=AgentId("ana"), queue_id=SALES, waited=Span(0)))
    assert counted(house) == [False]


def test_whom_an_agent_calls_by_his_own_telephone_is_not_lost_because_no_line_of_ours_is_there() -> None:
    house = dialling()
    for name in ("ann", "bob"):
        house.campaign().lines[house.line(name)].by_agent = True
    house.campaign().lines[house.line("ann")].in_acd = True
    house.at = Instant(NOON + seconds(1))
    house.says(LinesObserved(as_of=house.at, lines=()))
    assert [str(line.lead_id) for line in house.campaign().lines.values()] == ["ann"]
    assert outcomes(house) == [AttemptOutcome.LOST]  # Bob's, of whom the ACD never heard


MACHINE = (Disposition(name="machine", machine=True),)


def in_ledger(house: House) -> tuple[int, int]:
    budget = house.campaign().ledger.budget(C, house.at)
    return budget.live, budget.abandoned


def its_ledger(live: int, abandoned: int = 0) -> tuple[LedgerRow, ...]:
    begins = Instant(BEFORE // BUCKET * BUCKET)
    return (LedgerRow(campaign_id=C, begins=begins, live=live, abandoned=abandoned),)


def test_a_machine_of_an_earlier_run_leaves_the_ledger_where_it_was_counted() -> None:
    house = restarted()
    talked = LeadStanding(
        state=LeadState.TO_DISPOSE,
        since=BEFORE,
        attempts=1,
        tried=(1,),
        attempt_id=OLD,
        last_outcome="connected",
    )
    remember(
        house,
        rules=progressive(dispositions=MACHINE),
        standing=talked,
        ledger=its_ledger(5, 1),
        to_dispose=(CountedLive(attempt_id=OLD, at=BEFORE),),
    )
    house.says(DisposeLead(attempt_id=OLD, disposition="machine", by="zoe"))
    assert in_ledger(house) == (4, 1)
    assert house.stands("ann") is LeadState.DONE
    assert house.dialer.tables.counted_live == {}


def test_so_does_one_that_is_still_talked_with_and_not_twice() -> None:
    house = restarted(found(AttemptState.CONNECTED))
    open_attempt = replace(attempt(counted=True), counted_live_at=BEFORE)
    remember(house, open_attempt, rules=progressive(dispositions=MACHINE), ledger=its_ledger(5, 1))
    assert in_ledger(house) == (5, 1)
    for _ in range(2):
        house.says(DisposeLead(attempt_id=OLD, disposition="machine", by="zoe"))
    assert in_ledger(house) == (4, 1)


def test_what_was_taken_back_before_the_restart_is_not_taken_back_again() -> None:
    house = restarted(found(AttemptState.CONNECTED))
    remember(house, attempt(counted=True), rules=progressive(dispositions=MACHINE), ledger=its_ledger(4, 1))
    house.says(DisposeLead(attempt_id=OLD, disposition="machine", by="zoe"))
    assert in_ledger(house) == (4, 1)
    assert counted(house) == [], "nor counted again"
