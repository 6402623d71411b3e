"""What the database tells of campaigns, on SQLite and on a real PostgreSQL alike: every attempt's life in one
row, where leads and campaigns stand, and what the dialer goes on with after a kill."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from acd.call_events import CallStarted
from acd.ids import CallId
from acd.instant import Instant, Span, after, seconds
from acd.ledger import WhyOwed
from cti import campaign_memory, campaign_report, dial_attempts, schema
from cti.attempts import AttemptRecord
from cti.campaign_report import Which
from cti.store import Store
from dialer.attempt import NOT_DIALLED, AttemptOutcome, Party
from dialer.campaign import CampaignState
from dialer.commands import AdoptCampaign
from dialer.compliance.verdict import WhyNot
from dialer.events import (
    AttemptAnswered,
    AttemptConnected,
    AttemptJudged,
    AttemptRang,
    AttemptRefused,
    CampaignAdopted,
    CampaignStateChanged,
    LeadDisposed,
    LeadStateChanged,
    LiveAnswerTakenBack,
    TextEnded,
    TextOrdered,
)
from dialer.ids import AttemptId, LeadId
from dialer.lead import LeadStanding, LeadState
from dialer.ledger import BUCKET, LedgerRow
from dialer.signals import CountedLive, LineFailed, OpenAttempt, OptedOut
from tests.campaign_tape import (
    ANA,
    AUTUMN,
    LEA,
    LIST,
    MIA,
    NOON,
    SPRING,
    TOM,
    Tape,
    counted,
    ended,
    lead_row,
    placed,
)
from tests.dialer.dialled import moment


@pytest.fixture
def tape(store: Store) -> Tape:
    return Tape(store)


def moved(lead: LeadId, standing: LeadStanding, because: str = "answered") -> LeadStateChanged:
    return LeadStateChanged(
        campaign_id=SPRING, lead_id=lead, was=LeadState.NEW, standing=standing, because=because
    )


async def test_an_attempts_whole_life_is_one_row(tape: Tape) -> None:
    a1 = AttemptId("a1")
    await tape.tells(placed())
    await tape.tells(AttemptRang(attempt_id=a1, campaign_id=SPRING))
    await tape.tells(
        AttemptAnswered(attempt_id=a1, campaign_id=SPRING, rang=seconds(2)),
        AttemptJudged(
            attempt_id=a1, campaign_id=SPRING, party=Party.PERSON, words="HUMAN-1", after=Span(900_000)
        ),
        AttemptConnected(attempt_id=a1, campaign_id=SPRING, agent_id=ANA, after=Span(400_000)),
        counted("a1", abandoned=False),
    )
    await tape.tells(ended())
    await tape.tells(
        LeadDisposed(
            attempt_id=a1,
            campaign_id=SPRING,
            lead_id=MIA,
            disposition="sold",
            success=True,
            by="ana",
            note="two \0 of them",
        )
    )
    assert await tape.attempt("a1") == AttemptRecord(
        attempt_id=a1,
        campaign_id=SPRING,
        list_id=LIST,
        lead_id=MIA,
        number="+3312",
        zones="Europe/Paris",
        local_hour=12,
        placed_at=NOON,
        ring_for_us=seconds(20),
        rang_at=after(NOON, seconds(1)),
        answered_at=after(NOON, seconds(2)),
        party=Party.PERSON,
        judged_at=after(NOON, seconds(3)),
        judged_words="HUMAN-1",
        connected_at=after(NOON, seconds(4)),
        connected_after_us=Span(400_000),
        agent_id=ANA,
        ended_at=after(NOON, seconds(6)),
        outcome="connected",
        hangup_cause=16,
        rang_us=seconds(2),
        talked_us=seconds(60),
        live=True,
        counted_at=after(NOON, seconds(5)),
        abandoned=False,
        disposition="sold",
        success=True,
        disposed_at=after(NOON, seconds(7)),
        disposed_by="ana",
        note="two \N{REPLACEMENT CHARACTER} of them",
    )


async def test_what_the_clock_of_the_called_showed_is_kept(tape: Tape) -> None:
    async with tape.store.transaction() as connection:
        await connection.execute(schema.leads.insert(), [{**lead_row(TOM), "zone": "America/New_York"}])
    tape.at = moment(2026, 3, 8, 1, 59, zone="America/New_York")  # the clock goes on an hour at two
    await tape.tells(placed("a1", TOM, "+33123456789"))
    tape.at = after(tape.at, seconds(60))
    await tape.tells(placed("a2", TOM, "+33123456789"), placed("a3", MIA, "+33123456789"))
    await tape.tells(placed("a4", MIA, "+18005550123"), placed("a5", MIA, "17"))
    told = [await tape.attempt(f"a{n}") for n in range(1, 6)]
    shown = [(one.zones, one.local_hour) for one in told if one is not None]
    assert shown[:3] == [("America/New_York", 1), ("America/New_York", 3), ("Europe/Paris", 8)]
    anywhere, nowhere = shown[3:]
    assert anywhere[0] is not None
    assert len(anywhere[0].split(",")) > 10, "a toll-free number may be answered in any of them"
    assert nowhere == (None, None)


async def test_what_the_gate_refused_is_told_and_does_not_count(tape: Tape) -> None:
    await tape.tells(placed())
    await tape.notes("a1")
    until = after(NOON, seconds(3600))
    refused = AttemptRefused(
        attempt_id=AttemptId("a1"),
        campaign_id=SPRING,
        lead_id=MIA,
        why="it is outside hours",
        until=until,
        reasons=(WhyNot.OUTSIDE_HOURS, WhyNot.TOO_SOON),
    )
    await tape.tells(refused)
    row = await tape.attempt("a1")
    assert row is not None
    assert (row.outcome, row.refused_why, row.refused_until) == (NOT_DIALLED, "it is outside hours", until)
    assert row.refused_reasons == "outside_hours,too_soon"
    assert not row.was_dialled
    assert await tape.open() == []
    async with tape.store.transaction() as connection:
        counts = await dial_attempts.attempts_to(connection, "+3312", MIA, Instant(0))
    assert counts == (), "nobody was dialled"


async def test_why_nobody_answered_and_who_does_not_want_to_be_called(tape: Tape) -> None:
    await tape.tells(placed("a1"), placed("a2", TOM))
    await tape.tells(
        LineFailed(attempt_id=AttemptId("a1"), outcome=AttemptOutcome.BUSY, hangup_cause=17, trunk="second"),
        ended("a1", AttemptOutcome.BUSY, hangup_cause=17, talked=Span(0), agent_id=None, live=False),
        OptedOut(attempt_id=AttemptId("a2")),
    )
    busy, out = await tape.attempt("a1"), await tape.attempt("a2")
    assert busy is not None
    assert out is not None
    assert (busy.outcome, busy.hangup_cause, busy.trunk, busy.live) == ("busy", 17, "second", False)
    assert out.opted_out_at == after(NOON, seconds(4))


async def test_news_of_an_attempt_nobody_knows_costs_details_not_attempts(tape: Tape) -> None:
    let_out = await tape.notes("a9", TOM)
    tape.at = after(tape.at, seconds(900))
    await tape.tells(OptedOut(attempt_id=AttemptId("unheard-of")))
    await tape.tells(ended("a9", AttemptOutcome.LOST, lead_id=TOM, agent_id=None, live=False))
    row = await tape.attempt("a9")
    assert row is not None
    assert (row.placed_at, row.lead_id, row.outcome) == (let_out, TOM, "lost")
    assert await tape.attempt("unheard-of") is None


async def test_who_was_left_alone_is_locked_out_whoever_dialled_him(tape: Tape) -> None:
    await tape.notes("a1")
    await tape.notes("offer-7", call="a2")  # an agent first: the gate knows the offer and its call
    await tape.tells(placed("a1"), placed("a2"))
    await tape.tells(*(ended(name, AttemptOutcome.ABANDONED, agent_id=None) for name in ("a1", "a2")))
    async with tape.store.transaction() as connection:
        told = await dial_attempts.attempts_to(connection, "+3312", None, Instant(0))
    assert [one.abandoned_at for one in told] == [after(NOON, seconds(2)), after(NOON, seconds(3))]


async def test_the_ledger_is_counted_again_from_its_attempts(tape: Tape) -> None:
    first = Instant(NOON // BUCKET * BUCKET)
    for name, later, abandoned in (("a1", 0, False), ("a2", 1, True), ("a3", 900, False), ("a4", 5000, True)):
        tape.at = after(first, seconds(later))
        await tape.tells(counted(name, abandoned=abandoned))
    async with tape.store.transaction() as connection:
        everything = await campaign_memory.ledger_rows(connection, SPRING, Instant(0))
        lately = await campaign_memory.ledger_rows(connection, SPRING, after(first, seconds(1000)))
        others = await campaign_memory.ledger_rows(connection, AUTUMN, Instant(0))
    assert everything == (
        LedgerRow(campaign_id=SPRING, begins=first, live=2, abandoned=1),
        LedgerRow(campaign_id=SPRING, begins=Instant(first + BUCKET), live=1, abandoned=0),
        LedgerRow(campaign_id=SPRING, begins=Instant(first + 5 * BUCKET), live=1, abandoned=1),
    )
    assert lately == everything[1:], "the bucket in which the window begins is counted whole"
    assert others == ()


async def test_a_machine_after_all_is_not_counted_again_and_what_was_abandoned_is(tape: Tape) -> None:
    async with tape.store.transaction() as connection:
        talked = {**lead_row(MIA), "state": "to_dispose", "attempt_id": "a1"}
        await connection.execute(schema.leads.insert(), [talked])
    await tape.notes("a2", TOM)
    await tape.tells(placed("a1"), placed("a2", TOM), placed("a3", LEA))
    at = {"a1": tape.at}
    await tape.tells(counted("a1", abandoned=False))
    at["a2"] = tape.at
    await tape.tells(counted("a2", abandoned=False))
    await tape.tells(counted("a3", abandoned=True), ended("a1"), ended("a3", lead_id=LEA))
    async with tape.store.transaction() as connection:
        told = await campaign_memory.counted_live(connection, SPRING)
    assert told == (CountedLive(attempt_id=AttemptId("a1"), at=at["a1"]),)
    assert [one.counted_live_at for one in await tape.open()] == [at["a2"]]
    for name in ("a1", "a2"):
        taken_back = LiveAnswerTakenBack(
            attempt_id=AttemptId(name),
            campaign_id=SPRING,
            counted_at=at[name],
            had_ended=name == "a1",
            live=1,
            abandoned_in_all=1,
        )
        await tape.tells(taken_back)
    assert [(one.counted, one.counted_live_at) for one in await tape.open()] == [(True, None)]
    await tape.tells(ended("a2", lead_id=TOM))
    every = Which(campaign_id=SPRING, since=Instant(0), until=after(NOON, seconds(3600)))
    async with tape.store.transaction() as connection:
        assert await campaign_memory.counted_live(connection, SPRING) == ()
        rows = await campaign_memory.ledger_rows(connection, SPRING, Instant(0))
        total = await campaign_report.total(connection, every)
        behind = await campaign_report.attempts(connection, replace(every, counted=True), 10)
        others = await campaign_report.attempts(connection, replace(every, counted=False), 10)
    assert [(row.live, row.abandoned) for row in rows] == [(1, 1)]
    assert (total.live, total.counted, total.abandoned) == (1, 1, 1)
    assert [one.attempt_id for one in behind] == ["a3"]
    assert [(one.attempt_id, one.live, one.counted_at) for one in others] == [
        (name, False, at[name]) for name in ("a1", "a2")
    ]


async def test_after_a_kill_attempts_without_an_end_are_known_and_whether_they_were_let_out(
    tape: Tape,
) -> None:
    await tape.tells(placed("told", MIA), placed("never-let-out", TOM), placed("over", LEA))
    await tape.tells(placed("by-hand", LEA))
    at = await tape.notes("told", MIA)
    told = tape.at
    await tape.tells(counted("told", abandoned=False))
    await tape.notes("over", LEA)
    await tape.tells(ended("over", AttemptOutcome.BUSY, lead_id=LEA))
    by_hand = await tape.notes("offer-3", LEA, call="by-hand")
    tape.at = after(tape.at, seconds(5))
    untold = await tape.notes("untold", TOM)
    assert [one for one in await tape.open() if one.let_out] == [
        OpenAttempt(
            attempt_id=AttemptId("told"),
            lead_id=MIA,
            number="+3312",
            at=at,
            counted=True,
            counted_live_at=told,
        ),
        OpenAttempt(attempt_id=AttemptId("by-hand"), lead_id=LEA, number="+3312", at=by_hand),
        OpenAttempt(attempt_id=AttemptId("untold"), lead_id=TOM, number="+3312", at=untold),
    ]
    for name in ("told", "by-hand", "untold"):
        await tape.tells(ended(name, AttemptOutcome.LOST))
    assert [one for one in await tape.open() if one.let_out] == [], "lost once is lost"


async def test_whom_a_campaign_called_is_owed_nothing_unless_he_answered_and_nobody_was_there(
    tape: Tape,
) -> None:
    for n, name in enumerate(("waits", "too-late", "talks", "listens", "machine", "inbound")):
        call_id, attempt_id, number = CallId(name), AttemptId(name), f"+331{n}"
        await tape.tells(CallStarted(call_id=call_id, caller=number, dialled="spring", found=False))
        if name != "inbound":
            party = Party.MACHINE if name == "machine" else Party.UNSURE
            await tape.tells(
                placed(name, number=number),
                AttemptJudged(
                    attempt_id=attempt_id, campaign_id=SPRING, party=party, words="", after=seconds(1)
                ),
            )
    await tape.tells(counted("too-late", abandoned=True), counted("listens", abandoned=False))
    connected = AttemptConnected(
        attempt_id=AttemptId("talks"), campaign_id=SPRING, agent_id=ANA, after=seconds(1)
    )
    await tape.tells(connected, counted("talks", abandoned=False))
    assert await tape.store.close_orphans(set(), tape.at) == 6
    owed = await tape.store.unanswered(Instant(0))
    assert {item.call_id: item.why for item in owed} == {
        "waits": WhyOwed.DROPPED,
        "too-late": WhyOwed.DROPPED,
        "inbound": WhyOwed.LOST,
    }


async def test_what_was_done_about_leads_is_kept_and_what_their_list_says_is_not_touched(tape: Tape) -> None:
    async with tape.store.transaction() as connection:
        await connection.execute(schema.leads.insert(), [lead_row(MIA), lead_row(TOM)])
    resting = LeadStanding(
        state=LeadState.RESTING,
        since=NOON,
        attempts=2,
        tried=(1, 1),
        barred=(1,),
        next_at=after(NOON, seconds(300)),
        step=1,
        last_outcome="busy",
        agent_id=ANA,
        promised=True,
    )
    await tape.tells(moved(MIA, LeadStanding(state=LeadState.IN_PROGRESS)), moved(MIA, resting))
    await tape.tells(moved(LEA, resting))  # nobody's list has her
    async with tape.store.transaction() as connection:
        rows = {row.lead_id: row for row in await connection.execute(select(schema.leads))}
    mia = rows["mia"]
    assert sorted(rows) == ["mia", "tom"]
    assert (mia.state, mia.attempts, mia.tried, mia.barred) == ("resting", 2, [1, 1], [1])
    assert (mia.next_at, mia.step, mia.last_outcome) == (resting.next_at, 1, "busy")
    assert (mia.agent_id, mia.promised, mia.disposition) == ("ana", True, "")
    assert (mia.name, mia.numbers, mia.priority) == ("Mia", [{"number": "+3312"}], 50)
    assert rows["tom"].state == "new"


async def test_a_campaign_stands_where_it_stood_and_a_trial_goes_on(tape: Tape) -> None:
    async with tape.store.transaction() as connection:
        row = {"campaign_id": "spring", "version": 1, "state": "draft", "since": 0, "because": "", "by": ""}
        await connection.execute(schema.campaigns.insert(), [row])
    await tape.tells(placed("before"))
    await tape.tells(
        CampaignStateChanged(
            campaign_id=SPRING,
            was=CampaignState.DRAFT,
            now=CampaignState.RUNNING,
            because="asked",
            by="lead",
            trial_left=5,
        )
    )
    refused = AttemptRefused(
        attempt_id=AttemptId("a2"), campaign_id=SPRING, lead_id=TOM, why="busy lines", until=None
    )
    await tape.tells(placed("a1"), placed("a2", TOM), refused)
    async with tape.store.transaction() as connection:
        stands = (await connection.execute(select(schema.campaigns))).one()
        left = await campaign_memory.trial_left(connection, SPRING)
        nobody = await campaign_memory.trial_left(connection, AUTUMN)
    assert (stands.state, stands.by, stands.trial_left) == ("running", "lead", 5)
    assert (left, nobody) == (4, None)
    await tape.notes("untold", TOM)  # the gate let it out, and that is all that is known of it
    async with tape.store.transaction() as connection:
        assert await campaign_memory.trial_left(connection, SPRING) == 3
    assert {one.attempt_id: one.in_trial for one in await tape.open()} == {
        "before": False,
        "a1": True,
        "untold": True,
    }


async def test_by_what_rules_it_decided_since_when_is_kept(tape: Tape) -> None:
    adopted = CampaignAdopted(campaign_id=SPRING, version=3)
    await tape.tells(AdoptCampaign(campaign_id=SPRING, version=3, document='{"mode": "manual"}'))
    await tape.tells(adopted, cause=1)
    await tape.tells(adopted, cause=2)  # led to by something else: by nothing we could tell
    async with tape.store.transaction() as connection:
        rows = (await connection.execute(select(schema.campaign_adoptions))).all()
    assert [(row.version, row.at, row.document) for row in rows] == [
        (3, after(NOON, seconds(1)), '{"mode": "manual"}')
    ]


async def test_what_an_engine_never_let_out_before_its_end_is_known_as_that(tape: Tape) -> None:
    never = tape.at
    await tape.tells(placed("run1-a1"), placed("run1-a2", TOM), placed("run1-a3", LEA))
    await tape.notes("run1-a2", TOM)
    await tape.notes("offer-1", LEA, call="run1-a3")
    told = {one.attempt_id: one for one in await tape.open()}
    assert {name: one.let_out for name, one in told.items()} == {
        "run1-a1": False,
        "run1-a2": True,
        "run1-a3": True,
    }
    assert told[AttemptId("run1-a1")].at == never
    await tape.tells(
        AttemptRefused(
            attempt_id=AttemptId("run1-a1"), campaign_id=SPRING, lead_id=MIA, why="never_let_out", until=None
        )
    )
    record = await tape.attempt("run1-a1")
    assert record is not None
    assert record.outcome == NOT_DIALLED
    assert [one.attempt_id for one in await tape.open()] == ["run1-a2", "run1-a3"]


async def test_texts_are_told_apart_from_attempts(tape: Tape) -> None:
    one = AttemptId("t1")
    await tape.tells(
        TextOrdered(text_id=one, campaign_id=SPRING, lead_id=MIA, number="+3312", step=0),
        TextEnded(text_id=one, campaign_id=SPRING, lead_id=MIA, sent=False, why="no such number"),
    )
    async with tape.store.transaction() as connection:
        row = (await connection.execute(select(schema.campaign_texts))).one()
    assert (row.number, row.ordered_at, row.sent, row.why) == ("+3312", NOON, False, "no such number")
    assert await tape.attempt("t1") is None


async def test_an_attempts_events_are_told_like_a_calls(tape: Tape) -> None:
    await tape.tells(placed(), AttemptRang(attempt_id=AttemptId("a1"), campaign_id=SPRING))
    await tape.tells(placed("a2"))
    async with tape.store.transaction() as connection:
        table = schema.events
        query = select(table.c.type).where(table.c.call_id == "a1").order_by(table.c.seq)
        assert [*(await connection.execute(query)).scalars()] == ["AttemptPlaced", "AttemptRang"]
