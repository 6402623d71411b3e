"""Who comes to a flow leaves it once, by one exit, whatever happens to him."""

import pytest

from acd.call import CallState, Outcome
from acd.call_events import CallEnded, UnansweredOpened
from acd.call_signals import CallerHungUp
from acd.callback import CallbackRules
from acd.commands import BookCallback, EnterIvr
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import after, seconds
from acd.ivr_events import CallLeftIvr, IvrEntered, IvrNodeAnswered, IvrNodeEntered, TreatmentEntered
from acd.ivr_exits import IvrExit
from acd.ivr_signals import FlowFinished, NodeAnswered, NodeEntered
from acd.ledger import WhyOwed
from acd.link_signals import CallLocated, FloorObserved
from acd.observation import LiveCall, Observation, Place
from acd.queue_events import CallQueued
from acd.stays import MOST_NOTES
from acd.views import call_view
from tests.sim_floor import OneCaller, SimFloor, rules_of

C1 = CallId("c1")


@pytest.fixture
def floor() -> SimFloor:
    return SimFloor(
        rules_of(
            {"ana": {"support": 8}}, {"support": {"support": 2}}, outside=("+33",), callback=CallbackRules()
        )
    )


def comes_to_the_menu(floor: SimFloor, flow: str = "main") -> None:
    floor.world.tell(EnterIvr(call_id=C1, caller="+33123", dialled="8000", flow=flow, flow_version=7))


def enters(floor: SimFloor, node: str, kind: str = "menu", flow: str = "main") -> None:
    floor.world.tell(NodeEntered(call_id=C1, flow=flow, node=node, kind=kind))


def answers(floor: SimFloor, node: str, key: str | None, answered: bool | None = None) -> None:
    at = {"flow": "main", "node": node, "kind": "menu"}
    floor.world.tell(NodeAnswered(call_id=C1, **at, key=key, result=None, answered=answered))


def exits(floor: SimFloor) -> list[IvrExit]:
    """How the stays ended; each has begun before."""
    begun = [e.call_id for e in (*floor.events(IvrEntered), *floor.events(TreatmentEntered))]
    left = [e.call_id for e in floor.events(CallLeftIvr)]
    open_ones = [c.call_id for c in floor.world.floor.tables.calls.values() if c.stay is not None]
    assert sorted(begun) == sorted([*left, *open_ones])
    return [e.exit for e in floor.events(CallLeftIvr)]


def test_who_hangs_up_in_his_flow_has_hung_up_and_whom_it_lets_go_was_served(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    floor.wait(seconds=12)
    floor.world.tell(CallerHungUp(call_id=C1))
    (left,) = floor.events(CallLeftIvr)
    assert left == CallLeftIvr(call_id=C1, flow="main", exit=IvrExit.HUNG_UP, spent=seconds(12))
    floor.caller("+332").finishes_in_the_menu()
    assert exits(floor) == [IvrExit.HUNG_UP, IvrExit.SERVED]


def test_a_queue_takes_him_out_of_his_flow_and_a_full_one_brings_him_back(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    assert exits(floor) == [IvrExit.QUEUED]
    told = [type(r.output) for r in floor.world.heard]
    assert told.index(CallLeftIvr) < told.index(CallQueued)
    call.goes_back_to_the_menu()
    assert exits(floor) == [IvrExit.QUEUED]
    call.hangs_up()
    assert exits(floor) == [IvrExit.QUEUED, IvrExit.HUNG_UP]


def test_a_flow_that_begins_anew_was_broken_off(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    comes_to_the_menu(floor, "other")
    assert exits(floor) == [IvrExit.BROKEN_OFF]
    (here,) = floor.world.floor.tables.calls.values()
    view = call_view(floor.world.floor.tables, here, floor.world.now)
    assert (view.flow, view.flow_version) == ("other", 7)


def test_who_was_gone_when_the_link_came_back_is_lost(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    floor.wait(seconds=5)
    nobody = Observation(
        as_of=after(floor.world.now, seconds(0.001)), calls=(), reachable=frozenset({AgentId("ana")})
    )
    floor.world.tell(FloorObserved(seen=nobody))
    assert exits(floor) == [IvrExit.LOST]


def test_who_is_met_talking_was_never_seen_to_leave_his_flow(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    floor.wait(seconds=5)
    talks = LiveCall(
        call_id=C1, place=Place.TALKING, caller="+331", offer_id=OfferId("o1"), agent_id=AgentId("ana")
    )
    floor.world.tell(CallLocated(call_id=C1, as_of=floor.world.now, found=talks))
    assert floor.world.floor.tables.calls[C1].state is CallState.CONNECTED
    assert exits(floor) == [IvrExit.BROKEN_OFF]


def test_who_books_a_callback_in_his_flow_leaves_by_it_however_it_ends(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    assert floor.asks(BookCallback(call_id=C1, queue_id=QueueId("support"))) is None
    floor.world.tell(FlowFinished(call_id=C1))
    floor.world.tell(CallerHungUp(call_id=C1))
    assert exits(floor) == [IvrExit.CALLBACK]


def test_the_history_of_a_call_that_served_itself_says_so(floor: SimFloor) -> None:
    call = floor.caller("+331")
    call.finishes_in_the_menu()
    assert call.outcome is Outcome.SERVED_IN_IVR
    assert exits(floor) == [IvrExit.SERVED]


# -- his way through it ------------------------------------------------------------------------------


def test_his_way_is_told_and_where_in_his_flow_he_is(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    enters(floor, "choice")
    answers(floor, "choice", "1")
    enters(floor, "pin", "collect", flow="identify")
    tables = floor.world.floor.tables
    assert call_view(tables, tables.calls[C1], floor.world.now).node == "identify/pin"
    assert [e.node for e in floor.events(IvrNodeEntered)] == ["choice", "pin"]
    assert [e.key for e in floor.events(IvrNodeAnswered)] == ["1"]


def test_a_flow_that_hangs_up_on_who_answered_nothing_has_served_nobody(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    enters(floor, "choice")
    answers(floor, "choice", None, answered=False)
    answers(floor, "is-it-late", None)  # a branch, not a question
    enters(floor, "goodbye", "hangup")
    floor.world.tell(FlowFinished(call_id=C1))
    floor.world.tell(CallerHungUp(call_id=C1))
    assert exits(floor) == [IvrExit.TIMED_OUT]
    assert [e.outcome for e in floor.events(CallEnded)] == [Outcome.LEFT_IVR]
    assert [e.why for e in floor.events(UnansweredOpened)] == [WhyOwed.LEFT_IVR]


def test_who_answers_after_all_is_served(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    answers(floor, "choice", None, answered=False)
    answers(floor, "again", "1", answered=True)
    floor.world.tell(FlowFinished(call_id=C1))
    floor.world.tell(CallerHungUp(call_id=C1))
    assert exits(floor) == [IvrExit.SERVED]


def test_notes_of_somebody_who_is_in_no_flow_are_old_news(floor: SimFloor) -> None:
    enters(floor, "choice")
    comes_to_the_menu(floor)
    floor.world.tell(CallerHungUp(call_id=C1))
    enters(floor, "choice")
    answers(floor, "choice", "1")
    assert not floor.events(IvrNodeEntered)
    assert not floor.events(IvrNodeAnswered)


def test_who_goes_round_in_a_menu_fills_no_history(floor: SimFloor) -> None:
    comes_to_the_menu(floor)
    for _ in range(MOST_NOTES):
        enters(floor, "choice")
        answers(floor, "choice", "9")
    assert len(floor.events(IvrNodeEntered)) == len(floor.events(IvrNodeAnswered)) == MOST_NOTES / 2


# -- while he waits ----------------------------------------------------------------------------------


def talks(floor: SimFloor, call: OneCaller, node: str) -> None:
    floor.world.tell(NodeEntered(call_id=call.id, flow="patience", node=node, kind="play"))


def test_a_flow_that_talks_with_who_waits_is_a_stay_of_its_own_until_an_agent_is_found(
    floor: SimFloor,
) -> None:
    call = floor.caller("+331").enters("support")
    talks(floor, call, "position")
    talks(floor, call, "music")
    tables = floor.world.floor.tables
    assert call_view(tables, call.now, floor.world.now).node == "patience/music"
    assert [e.flow for e in floor.events(TreatmentEntered)] == ["patience"]
    floor.agents("ana").ready()
    assert exits(floor) == [IvrExit.QUEUED, IvrExit.TAKEN]
    talks(floor, call, "position")  # it is still being said when her phone rings
    assert exits(floor) == [IvrExit.QUEUED, IvrExit.TAKEN]


def test_who_gives_up_or_goes_elsewhere_while_a_flow_talks_with_him_leaves_it(floor: SimFloor) -> None:
    gives_up = floor.caller("+331").enters("support")
    talks(floor, gives_up, "position")
    gives_up.hangs_up()
    assert exits(floor) == [IvrExit.QUEUED, IvrExit.HUNG_UP]
    chooses = floor.caller("+332").enters("support")
    talks(floor, chooses, "position")
    chooses.goes_back_to_the_menu()
    assert exits(floor)[2:] == [IvrExit.QUEUED, IvrExit.WENT_ON]
    books = floor.caller("+33123").enters("support")
    talks(floor, books, "offer")
    books.books_and_hangs_up()
    assert exits(floor)[4:] == [IvrExit.QUEUED, IvrExit.CALLBACK]
