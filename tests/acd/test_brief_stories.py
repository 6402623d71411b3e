"""What a flow hands on with its caller: a requirement of his own, data for the agent, and the way back."""

from dataclasses import replace

from acd.agent_events import WrapUpEnded
from acd.agent_state import AgentState
from acd.brief import MOST_DATA, Brief, Datum
from acd.call import CallState, Outcome
from acd.call_events import CallEnded, ConversationEnded
from acd.callback import CallbackRules
from acd.callback_events import CallbackBooked
from acd.commands import EnterIvr
from acd.explain import why_waiting
from acd.ids import CallId
from acd.instant import seconds
from acd.ivr_events import SurveyAnswered
from acd.ivr_signals import CallerJudged
from acd.offer_events import OfferMade
from acd.offer_signals import AgentHungUp
from acd.queue_events import CallQueued, RequirementRelaxed
from acd.requirement import Requirement
from acd.views import call_view
from tests.sim_floor import SimFloor, document_of, opens_with, rules_of

HOUSE = {"ana": {"sales": 5}, "ben": {"sales": 5, "zh": 7}, "cleo": {"zh": 9}}


def a_floor(**queue: object) -> SimFloor:
    return SimFloor(rules_of(HOUSE, {"sales": {"sales": 1}}, **queue))  # type: ignore[arg-type]


def test_a_caller_who_requires_more_than_his_queue_goes_to_who_has_it() -> None:
    floor = a_floor()
    floor.agents("ana", "ben").ready()
    caller = floor.caller("+331").enters("sales", requires="zh >= 5")
    assert caller.agents_offered == ["ben"]
    assert floor.why(caller).requirement == "sales and zh >= 5"


def test_he_waits_though_others_are_ready_and_keeps_nobody_from_them() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    choosy = floor.caller("+331").enters("sales", requires="zh >= 5")
    other = floor.caller("+332").enters("sales")
    assert (choosy.agents_offered, other.agents_offered) == ([], ["ana"])
    floor.agents("ben").ready()
    assert choosy.agents_offered == ["ben"]


def test_why_he_waits_names_what_others_lack() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    caller = floor.caller("+331").enters("sales", requires="zh >= 5")
    why = why_waiting(floor.world.floor.tables, caller.now, floor.world.now)
    assert why is not None
    assert why.requirement == "sales and zh >= 5"
    assert {one.agent_id: one.detail for one in why.candidates}["ana"] == "zh 0 < 5"
    assert why.because == "none of the 1 agents with the skills he needs is logged in"
    assert why.estimated_wait is None


def test_what_his_queue_requires_relaxes_what_he_does_never() -> None:
    floor = a_floor(relax={"sales": ((10.0, "sales or zh >= 9"),)})
    floor.agents("ana").ready()
    caller = floor.caller("+331").enters("sales", requires="zh >= 8")
    assert caller.now.requirement.text == "sales and zh >= 8"
    floor.agents("cleo").ready()  # who has no part in the queue before it relaxes
    assert [e.requirement for e in floor.events(RequirementRelaxed)] == ["zh >= 8 and (sales or zh >= 9)"]
    assert caller.agents_offered == ["cleo"]


def test_two_who_require_the_same_share_a_line_and_nothing_is_left_when_they_are_gone() -> None:
    floor = a_floor()
    first = floor.caller("+331").enters("sales", requires="zh >= 5")
    second = floor.caller("+332").enters("sales", requires="zh>=5 and zh>=2")
    matching = floor.world.floor.tables.matching
    assert {own.text for _, own in matching.required_by_callers()} == {"zh >= 5"}
    pools = len(matching.pools)
    first.hangs_up()
    assert len(matching.pools) == pools
    second.hangs_up()
    assert matching.required_by_callers() == set()
    assert len(matching.pools) == pools - 1


def test_nonsense_and_too_much_are_refused() -> None:
    floor = a_floor()
    caller = floor.caller("+331").enters("sales", requires="zh >")
    assert caller.refused is not None
    assert caller.refused.startswith("what he requires makes no sense: at character")
    caller.enters("sales", data={f"n{n}": "x" for n in range(MOST_DATA + 1)})
    assert caller.refused == f"more than {MOST_DATA} data go with him"
    caller.enters("sales", data={"name": "x" * 201})
    assert caller.refused is not None


def test_what_the_flow_learnt_reaches_the_agents_screen() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    caller = floor.caller("+331").enters("sales", data={"account": "1234", "wants": "a new card"})
    data = (Datum(name="account", value="1234"), Datum(name="wants", value="a new card"))
    assert floor.events(CallQueued)[0].brief.data == data
    assert floor.events(OfferMade)[0].data == data
    view = call_view(floor.world.floor.tables, caller.now, floor.world.now)
    assert (view.data, view.requires) == ({"account": "1234", "wants": "a new card"}, "sales")


def test_a_callback_keeps_what_its_caller_requires_and_brought_but_leads_to_no_flow() -> None:
    floor = a_floor(outside=("+33",), callback=CallbackRules(dial_timeout=seconds(20)))
    caller = floor.caller("+331").enters("sales", requires="zh >= 5", data={"a": "b"}, returns=True)
    assert caller.books() is None
    booked = floor.events(CallbackBooked)[0]
    assert booked.brief == Brief(requires="zh >= 5", data=(Datum(name="a", value="b"),))
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=60)
    assert {o.agent_id for o in floor.events(OfferMade)} == {"ben"}


def test_new_rules_leave_him_what_he_requires() -> None:
    document = document_of(
        {"ana": {"sales": 5}, "ben": {"sales": 5, "zh": 7}}, {"sales": {"requires": "sales"}}
    )
    floor = opens_with(document)
    caller = floor.caller("+331").enters("sales", requires="zh >= 5")
    harder = document_of(
        {"ana": {"sales": 5}, "ben": {"sales": 5, "zh": 7}}, {"sales": {"requires": "sales >= 3"}}
    )
    assert floor.adopts(harder) is None
    assert caller.now.requirement.text == "sales >= 3 and zh >= 5"
    floor.agents("ana", "ben").ready()
    assert caller.agents_offered == ["ben"]


def test_a_restart_finds_what_goes_with_a_waiting_caller() -> None:
    floor = a_floor()
    caller = floor.caller("+331").enters("sales", requires="zh >= 5", data={"a": "b"}, returns=True)
    brief = caller.now.brief
    seen = floor.world.observation()
    again = a_floor()
    again.world.calls = {caller.id: caller.sim}
    again.world.cut_link()
    again.world.mend_link()
    assert seen.calls[0].brief == brief
    found = again.world.floor.tables.calls[caller.id]
    assert (found.brief, found.own) == (brief, Requirement.parse("zh >= 5"))
    again.agents("ana", "ben").ready()
    assert [o.agent_id for o in again.events(OfferMade)] == ["ben"]


# -- coming back ----------------------------------------------------------------------------------------


def test_the_agent_hangs_up_and_the_caller_goes_back_to_his_flow() -> None:
    floor = a_floor(wrap_up=seconds(10))
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(30)
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=32)
    assert caller.now.state is CallState.IN_IVR
    assert (caller.now.talked_with, caller.now.talked_in) == ("ana", "sales")
    assert floor.agent("ana").state is AgentState.WRAPPING_UP
    (parted,) = floor.events(ConversationEnded)
    assert (parted.agent_id, parted.queue_id, parted.talked) == ("ana", "sales", seconds(30))
    floor.runs_dry()
    (ended,) = floor.events(CallEnded)
    assert (ended.outcome, ended.talked) == (Outcome.ANSWERED, None)
    assert [e.call_id for e in floor.events(WrapUpEnded)] == [caller.id]
    assert floor.everyone_ended_somewhere()


def test_he_hangs_up_himself_and_the_call_is_over() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=10)
    caller.hangs_up()
    floor.runs_dry()
    (ended,) = floor.events(CallEnded)
    assert ended.outcome is Outcome.ANSWERED
    assert ended.talked is not None
    assert floor.events(ConversationEnded) == []


def test_his_flow_has_him_back_before_the_agents_hanging_up_is_heard_of() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=10)
    offer = caller.now.talk_offer_id
    assert offer is not None
    back = EnterIvr(call_id=caller.id, caller="+331", dialled="8000", flow="main", returns=True)
    assert floor.asks(back) is None
    assert caller.now.state is CallState.IN_IVR
    floor.world.tell(AgentHungUp(offer_id=offer))
    assert caller.now.state is CallState.IN_IVR
    assert len(floor.events(ConversationEnded)) == 1


def test_a_flow_that_only_begins_does_not_end_a_conversation() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=10)
    begins = EnterIvr(call_id=caller.id, caller="+331", dialled="8000", flow="main")
    assert floor.asks(begins) == "the caller is talking with an agent"


def test_the_link_was_away_when_the_agent_hung_up() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(30)
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=10)
    floor.world.cut_link()
    floor.wait(seconds=22)
    floor.world.mend_link()
    assert caller.now.state is CallState.IN_IVR
    assert floor.agent("ana").state is AgentState.WRAPPING_UP


def test_after_a_restart_his_flow_knows_that_he_has_talked() -> None:
    floor = a_floor()
    caller = floor.caller("+331")
    back = EnterIvr(call_id=caller.id, caller="+331", dialled="8000", flow="main", returns=True)
    assert floor.asks(back) is None
    caller.hangs_up()
    assert caller.outcome is Outcome.ANSWERED


def test_from_his_flow_he_may_go_to_another_queue_and_his_wait_begins_there() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(30)
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=32)
    floor.agent("ana").talks_for(7)
    came = floor.world.now
    caller.enters("sales")
    assert caller.now.queued_at >= came
    floor.runs_dry()
    (ended,) = floor.events(CallEnded)
    assert (ended.outcome, ended.talked) == (Outcome.ANSWERED, seconds(7))
    assert floor.everyone_ended_somewhere()


def test_whoever_talked_and_then_gives_up_waiting_has_abandoned() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(30)
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.wait(seconds=32)
    floor.agent("ana").sets_not_ready()
    caller.enters("sales")
    floor.wait(seconds=5)
    caller.hangs_up()
    assert caller.outcome is Outcome.ABANDONED


# -- what he says of it -----------------------------------------------------------------------------------


def test_what_he_says_afterwards_is_told_with_whom_he_had_talked() -> None:
    floor = a_floor()
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(30)
    caller = floor.caller("+331").enters("sales", returns=True)
    floor.runs_dry()
    (told,) = floor.events(SurveyAnswered)
    assert (told.call_id, told.agent_id, told.queue_id, told.question) == (
        caller.id,
        "ana",
        "sales",
        "served",
    )
    assert 1 <= told.grade <= 5


def test_a_grade_may_come_after_the_end_of_its_call_but_not_of_a_call_nobody_knows() -> None:
    floor = a_floor()
    caller = floor.caller("+331").enters("sales")
    caller.hangs_up()
    late = CallerJudged(
        call_id=caller.id, flow="main", node="opinion", question="served", grade=5, least=1, most=5
    )
    floor.world.tell(late)
    floor.world.tell(replace(late, call_id=CallId("nobody")))
    (told,) = floor.events(SurveyAnswered)
    assert (told.call_id, told.agent_id, told.queue_id) == (caller.id, None, None)


# -- one agent, and for how long ----------------------------------------------------------------------------


def test_a_caller_may_require_one_agent_by_name() -> None:
    floor = a_floor()
    floor.agents("ana", "cleo").ready()
    caller = floor.caller("+331").enters("sales", requires="agent.ben")
    assert caller.agents_offered == []
    why = why_waiting(floor.world.floor.tables, caller.now, floor.world.now)
    assert why is not None
    assert {one.agent_id: one.detail for one in why.candidates}["ana"] == "agent.ben 0 < 1"
    floor.agents("ben").ready()
    assert caller.agents_offered == ["ben"]
    nobody = floor.caller("+332").enters("sales", requires="agent.cleo")  # who has not the queue's skill
    floor.wait(seconds=1)
    assert nobody.agents_offered == []


def test_his_flow_has_him_wait_for_so_long_and_no_longer() -> None:
    floor = a_floor()
    caller = floor.caller("+331").enters("sales", requires="agent.ben", patience=20)
    floor.wait(seconds=19)
    assert caller.now.state is CallState.WAITING
    floor.wait(seconds=2)
    assert caller.now.state in (CallState.LEAVING, CallState.IN_IVR)
    floor.runs_dry()
    assert caller.outcome is Outcome.TURNED_AWAY
    assert floor.everyone_ended_somewhere()


def test_while_the_phone_rings_he_goes_on_waiting_and_then_leaves() -> None:
    floor = a_floor()
    floor.agents("ben").ready()
    floor.agent("ben").lets_it_ring()
    caller = floor.caller("+331").enters("sales", requires="agent.ben", patience=5)
    floor.wait(seconds=10)
    assert caller.now.state is CallState.OFFERED
    floor.wait(seconds=8)
    assert caller.now.state in (CallState.LEAVING, CallState.IN_IVR)
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_patience_runs_out_while_the_link_is_away() -> None:
    floor = a_floor()
    caller = floor.caller("+331").enters("sales", patience=5)
    floor.world.cut_link()
    floor.wait(seconds=10)
    assert caller.now.state is CallState.WAITING
    floor.world.mend_link()
    floor.wait(seconds=1)
    assert caller.now.state in (CallState.LEAVING, CallState.IN_IVR)
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_what_makes_no_sense_on_a_channel_is_nothing() -> None:
    floor = a_floor()
    caller = floor.caller("+331").enters("sales")
    caller.sim.brief = Brief(requires="zh >", patience=seconds(-1))
    again = a_floor()
    again.world.calls = {caller.id: caller.sim}
    again.world.cut_link()
    again.world.mend_link()
    assert again.world.floor.tables.calls[caller.id].brief == Brief()
