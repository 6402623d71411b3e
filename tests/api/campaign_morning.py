"""A morning of a campaign, as its engine told it: whom it dialled, who answered, who was left alone."""

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.call_events import CallStarted
from acd.ids import CallId
from acd.instant import Instant, Span, after, seconds
from cti import schema
from cti.campaign_json import to_json
from cti.store import Store
from dialer.attempt import AttemptOutcome, Party
from dialer.budget import Allowance
from dialer.campaign import CampaignRules, Mode
from dialer.commands import AdoptCampaign
from dialer.compliance.verdict import WhyNot
from dialer.events import (
    AttemptAnswered,
    AttemptConnected,
    AttemptJudged,
    AttemptRang,
    AttemptRefused,
    CampaignAdopted,
    LeadDisposed,
    LinesDecided,
)
from dialer.ids import AttemptId
from dialer.signals import OptedOut
from tests.campaign_tape import ANA, LEA, MIA, SPRING, TOM, Tape, counted, ended, placed

RULES = CampaignRules(
    campaign_id=SPRING,
    title="Spring",
    mode=Mode.PREDICTIVE,
    queue_id="sales",  # type: ignore[arg-type]
    allowances=(Allowance(share=0.03, least=10), Allowance(share=0.5, window=seconds(3600), least=0)),
    opt_out_key="9",
)
DECIDED = LinesDecided(
    campaign_id=SPRING,
    lines=1,
    because="predicted",
    idle=1,
    waiting=0,
    ringing=2,
    talking=0,
    wrapping_up=0,
    answer_rate_permille=300,
    budget_left_thousandths=1500,
)
NOBODY = {"agent_id": None, "talked": Span(0)}


def _state(was: AgentState, now: AgentState) -> AgentStateChanged:
    return AgentStateChanged(agent_id=ANA, was=was, now=now, reason=None, because=Because.ASKED)


async def a_morning(store: Store) -> Instant:
    """Six attempts; when the last one was over. Mia buys, Tom is abandoned, then busy; Lea is refused, is a
    machine, and asks not to be called any more."""
    async with store.transaction() as connection:
        version = {
            "campaign_id": "spring",
            "version": 1,
            "at": 0,
            "author": "",
            "comment": "",
            "document": "",
        }
        await connection.execute(schema.campaign_versions.insert(), [version])
    tape = Tape(store)
    await tape.tells(AdoptCampaign(campaign_id=SPRING, version=1, document=to_json(RULES)))
    await tape.tells(CampaignAdopted(campaign_id=SPRING, version=1), cause=1)
    await tape.tells(_state(AgentState.NOT_READY, AgentState.READY))
    a1, a2 = AttemptId("r-a1"), AttemptId("r-a2")
    at = tape.at
    await tape.tells(DECIDED)
    tape.at = at  # in the same step
    await tape.tells(placed(a1, MIA, "+33123456789"))
    await tape.tells(
        AttemptRang(attempt_id=a1, campaign_id=SPRING),
        AttemptAnswered(attempt_id=a1, campaign_id=SPRING, rang=seconds(2)),
        CallStarted(call_id=CallId(a1), caller="+33123456789", dialled="spring"),
        AttemptJudged(
            attempt_id=a1, campaign_id=SPRING, party=Party.PERSON, words="HUMAN-800", after=seconds(1)
        ),
        AttemptConnected(attempt_id=a1, campaign_id=SPRING, agent_id=ANA, after=Span(400_000)),
        counted(a1, abandoned=False),
    )
    await tape.tells(_state(AgentState.READY, AgentState.TALKING))
    tape.at = after(tape.at, seconds(60))
    await tape.tells(ended(a1, number="+33123456789"), _state(AgentState.TALKING, AgentState.NOT_READY))
    await tape.tells(
        LeadDisposed(
            attempt_id=a1,
            campaign_id=SPRING,
            lead_id=MIA,
            disposition="sale",
            success=True,
            by="ana",
            note="=2+2 <b>of them</b>",
        )
    )
    await tape.tells(placed(a2, TOM), ended(a2, AttemptOutcome.ABANDONED, lead_id=TOM, **NOBODY))
    await tape.tells(counted(a2, abandoned=True))
    busy = ended("r-a3", AttemptOutcome.BUSY, lead_id=TOM, hangup_cause=17, live=False, **NOBODY)
    await tape.tells(placed("r-a3", TOM), busy)
    refused = AttemptRefused(
        attempt_id=AttemptId("r-a4"),
        campaign_id=SPRING,
        lead_id=LEA,
        why="+3312 is on the national list: register of March",
        until=None,
        reasons=(WhyNot.LISTED,),
    )
    await tape.tells(placed("r-a4", LEA), refused)
    machine = ended("r-a5", AttemptOutcome.MACHINE, lead_id=LEA, live=False, **NOBODY)
    await tape.tells(placed("r-a5", LEA), machine)
    await tape.tells(placed("r-a6", LEA), OptedOut(attempt_id=AttemptId("r-a6")))
    await tape.tells(ended("r-a6", AttemptOutcome.HUNG_UP, lead_id=LEA, **NOBODY))
    await tape.tells(counted("r-a6", abandoned=False))
    return tape.at
