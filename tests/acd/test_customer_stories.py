"""Customers: who is recognised, when, and what that changes."""

from dataclasses import replace

import pytest

from acd.call import CallClass, CallState
from acd.call_events import CallConnected, CustomerRecognised, UnansweredClosed
from acd.call_signals import CallArrived, CallDropped, CustomerFound
from acd.commands import EnqueueCall
from acd.customer import Customer
from acd.events import Refused
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import seconds
from acd.ledger import OpenItem, WhyOwed
from acd.link_signals import LinkRestored
from acd.offer_events import OfferMade
from acd.queue_events import CallQueued
from acd.remembered import UnansweredRemembered
from acd.rules import RequeueRules
from tests.sim_floor import OneCaller, SimFloor, rules_of

MIA = Customer(customer_id=CustomerId("mia"), segment="gold", last_agent=AgentId("ana"))


@pytest.fixture
def floor(floor: SimFloor) -> SimFloor:
    floor.world.customers = {"+337": MIA, "+338": MIA}
    return floor


def test_a_customer_is_recognised_by_his_number_and_named_in_what_follows(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    caller = floor.caller("+337").enters("support")
    assert caller.now.customer == MIA
    floor.wait(seconds=3)
    assert [(e.call_id, e.segment) for e in floor.events(CustomerRecognised)] == [(caller.id, "gold")]
    for kind in (CallQueued, OfferMade, CallConnected):
        assert [e.customer_id for e in floor.events(kind)] == ["mia"]


def test_who_is_recognised_late_keeps_his_place_and_is_told_once(floor: SimFloor) -> None:
    caller = floor.caller("+339").enters("support")
    assert caller.now.customer is None
    for _ in range(2):
        floor.world.tell(CustomerFound(call_id=caller.id, customer=MIA))
    assert caller.now.customer == MIA
    assert len(floor.events(CustomerRecognised)) == 1
    floor.world.tell(CustomerFound(call_id=CallId("gone"), customer=MIA))
    assert len(floor.events(CustomerRecognised)) == 1


# -- whom we called -----------------------------------------------------------------------------


def called(floor: SimFloor, number: str) -> OneCaller:
    """Somebody answers whom we called for a campaign, and is in its flow."""
    answers = floor.caller(number, dials="spring")
    floor.world.tell(CallArrived(call_id=answers.id, caller=number, dialled="spring", we_called=True))
    floor.wait(seconds=0.005)
    floor.world.meets_menu(answers.sim)
    return answers


def test_whom_we_called_is_owed_something_only_when_nobody_was_there(floor: SimFloor) -> None:
    called(floor, "+331").hangs_up()
    called(floor, "+332").enters("support").hangs_up()
    assert owed(floor) == []
    dropped = called(floor, "+337").enters("support", patience=2)
    floor.world.tell(CallDropped(call_id=dropped.id, caller="+337"))
    assert owed(floor) == []
    dropped.finishes_in_the_menu()  # he has heard who called
    late = called(floor, "+334").enters("support")
    late.hangs_up()
    floor.world.tell(CallDropped(call_id=late.id, caller="+334"))
    assert owed(floor) == [("+337", "mia", WhyOwed.DROPPED, 1), ("+334", None, WhyOwed.DROPPED, 1)]
    back = floor.caller("+337").enters("support")
    assert back.now.class_because == "his calls went unanswered once, the last one as dropped"


def test_whom_somebody_talks_with_after_all_is_owed_nothing(floor: SimFloor) -> None:
    dropped = called(floor, "+334").enters("support")
    floor.world.tell(CallDropped(call_id=dropped.id, caller="+334"))
    floor.agents("ana").ready()
    floor.wait(seconds=3)
    assert dropped.now.state is CallState.CONNECTED
    dropped.hangs_up()
    assert owed(floor) == []


# -- one open item for each customer ------------------------------------------------------------


def owed(floor: SimFloor) -> list[tuple[str, str | None, WhyOwed, int]]:
    items = floor.world.floor.tables.ledger.items(floor.world.now)
    return [(item.caller, item.customer_id, item.why, item.attempts) for item in items]


def test_a_customer_who_gave_up_is_recognised_by_his_other_number_in_another_queue(floor: SimFloor) -> None:
    floor.caller("+337").enters("sales").hangs_up()
    floor.wait(seconds=60)
    floor.caller("+338").hangs_up()  # in the menu, before it was known who he is
    assert owed(floor) == [
        ("+337", "mia", WhyOwed.ABANDONED, 1),
        ("+338", None, WhyOwed.LEFT_IVR, 1),
    ]
    back = floor.caller("+338").enters("support")
    assert owed(floor) == [("+338", "mia", WhyOwed.LEFT_IVR, 2)]
    assert back.now.call_class is CallClass.RETURNING
    assert back.now.class_because == "his calls went unanswered 2 times, the last one as left_ivr"
    floor.agents("ana").ready()
    floor.wait(seconds=3)
    closed = floor.events(UnansweredClosed)[-1]
    assert (closed.customer_id, closed.attempts, owed(floor)) == ("mia", 2, [])


def test_a_contact_by_one_number_closes_what_was_open_by_another(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.caller("+337").enters("sales").hangs_up()
    assert len(owed(floor)) == 1
    served = floor.caller("+338").enters("support")
    floor.wait(seconds=3)
    served.hangs_up()
    assert owed(floor) == []
    assert floor.caller("+337").enters("sales").now.call_class is CallClass.NORMAL


def test_what_was_open_for_a_number_is_closed_when_its_caller_is_recognised_while_he_talks(
    floor: SimFloor,
) -> None:
    floor.caller("+337").enters("support").hangs_up()
    floor.world.customers = {}
    floor.agents("ana").ready()
    stranger = floor.caller("+339").enters("support")
    floor.wait(seconds=3)
    assert len(owed(floor)) == 1
    floor.world.tell(CustomerFound(call_id=stranger.id, customer=MIA))
    assert owed(floor) == []


def test_a_contact_closes_nothing_that_is_owed_to_another_customer_of_the_same_number(
    floor: SimFloor,
) -> None:
    floor.agents("ana").ready()
    number = "+337"
    floor.world.customers[number] = Customer(customer_id=CustomerId(number))  # a name that looks like it
    floor.caller(number).enters("sales").hangs_up()
    floor.world.customers[number] = MIA
    served = floor.caller(number).enters("support")
    floor.wait(seconds=3)
    served.hangs_up()
    assert owed(floor) == [(number, number, WhyOwed.ABANDONED, 1)]


def test_a_customer_who_shows_no_number_is_known_all_the_same_once_he_is_found(floor: SimFloor) -> None:
    hidden = floor.caller("unknown").enters("support")
    floor.world.tell(CustomerFound(call_id=hidden.id, customer=MIA))
    hidden.hangs_up()
    assert owed(floor) == [("unknown", "mia", WhyOwed.ABANDONED, 1)]
    assert floor.caller("+337").enters("support").now.call_class is CallClass.RETURNING


def test_items_of_an_earlier_run_are_the_customers_and_leave_alone_who_is_being_answered(
    floor: SimFloor,
) -> None:
    floor.agents("ana").ready()
    floor.caller("+337").enters("support")
    floor.wait(seconds=3)
    remembered = OpenItem(
        caller="+338",
        customer_id=MIA.customer_id,
        call_id=CallId("old"),
        since=floor.world.now,
        why=WhyOwed.ABANDONED,
        attempts=3,
    )
    other = replace(remembered, caller="+335", customer_id=CustomerId("ben"))
    floor.world.tell(UnansweredRemembered(items=(remembered, other)))
    assert owed(floor) == [("+335", "ben", WhyOwed.ABANDONED, 3)]


# -- of which class, and why --------------------------------------------------------------------


@pytest.fixture
def classes() -> SimFloor:
    rules = rules_of({"ana": {"s": 5}}, {"s": {"s": 1}}, vips=("+3399",))
    promised = {
        **rules.classes,
        CallClass.VIP: replace(
            rules.classes[CallClass.VIP], dialled=frozenset({"8001"}), segments=frozenset({"gold"})
        ),
        CallClass.NORMAL: replace(rules.classes[CallClass.NORMAL], segments=frozenset({"trial"})),
    }
    floor = SimFloor(replace(rules, classes=promised))
    trial = replace(MIA, customer_id=CustomerId("tom"), segment="trial")
    floor.world.customers = {"+337": MIA, "+336": trial}
    return floor


@pytest.mark.parametrize(
    ("number", "dials", "asked", "expected", "because"),
    [
        ("+331", "8000", None, "normal", "nothing makes him special"),
        ("+337", "8000", None, "vip", "his segment is gold"),
        ("+331", "8001", None, "vip", "he dialled 8001"),
        ("+3399", "8000", None, "vip", "his number is listed"),
        ("+3399", "8000", "normal", "normal", "the flow asked for it"),
        ("+331", "8000", "vip", "vip", "the flow asked for it"),
        ("+336", "8001", None, "vip", "he dialled 8001"),
        ("+336", "8000", None, "normal", "his segment is trial"),
    ],
)
def test_the_first_rule_that_holds_gives_the_class_and_says_so(
    classes: SimFloor, number: str, dials: str, asked: str | None, expected: str, because: str
) -> None:
    classes.caller("+336").enters("s").hangs_up()  # what we owe is the last thing that counts
    caller = classes.caller(number, dials=dials)
    wish = None if asked is None else CallClass(asked)
    assert classes.world.enters(caller.sim, "s", wish) is None
    assert (caller.now.call_class, caller.now.class_because) == (expected, because)
    queued = classes.events(CallQueued)[-1]
    assert (queued.call_class, queued.class_because) == (expected, because)


def test_a_returning_caller_and_a_vip_by_segment_go_first(classes: SimFloor) -> None:
    classes.caller("+335").enters("s").hangs_up()
    normal = classes.caller("+331").enters("s")
    returning = classes.caller("+335").enters("s")
    vip = classes.caller("+337").enters("s")
    classes.wait(seconds=1)
    classes.agent("ana").talks_for(5)
    classes.agents("ana").ready()
    classes.wait(seconds=60)
    order = [e.call_id for e in classes.events(OfferMade)]
    assert order == [vip.id, returning.id, normal.id]


# -- whoever comes back keeps his place ---------------------------------------------------------


def test_who_goes_back_to_the_menu_keeps_his_place_in_whatever_queue_he_chooses_next(
    floor: SimFloor,
) -> None:
    first = floor.caller("+331").enters("support")
    began = first.now.queued_at
    floor.wait(seconds=30)
    second = floor.caller("+332").enters("support")
    floor.wait(seconds=30)
    first.goes_back_to_the_menu()
    floor.wait(seconds=20)
    first.enters("sales")
    assert first.now.queued_at == began
    first.goes_back_to_the_menu()
    first.enters("support")
    assert floor.events(CallQueued)[-1].queued_at == began
    floor.agents("ben").ready()
    assert (first.agents_offered, second.agents_offered) == (["ben"], [])


def test_credit_does_not_shrink_by_a_visit_to_the_menu(floor: SimFloor) -> None:
    floor.caller("+331").enters("support").hangs_up()
    back = floor.caller("+331").enters("support")
    credit = back.now.boost
    floor.wait(seconds=1200)
    back.goes_back_to_the_menu()
    back.enters("support")
    assert back.now.boost == credit


def test_who_stays_in_the_menu_for_long_begins_anew(floor: SimFloor) -> None:
    caller = floor.caller("+331").enters("support")
    caller.goes_back_to_the_menu()
    floor.wait(seconds=1800)
    caller.enters("support")
    assert caller.now.queued_at >= floor.world.now - seconds(0.02)


def test_rules_may_say_that_a_place_is_not_kept() -> None:
    rules = rules_of({"ana": {"s": 5}}, {"s": {"s": 1}})
    floor = SimFloor(replace(rules, requeue=RequeueRules(keeps_place=False)))
    caller = floor.caller("+331").enters("s")
    floor.wait(seconds=30)
    caller.goes_back_to_the_menu()
    caller.enters("s")
    assert caller.now.queued_at >= floor.world.now - seconds(0.02)


def test_a_place_survives_failed_offers_and_a_restart_in_the_menu(floor: SimFloor) -> None:
    floor.agent("ben").lets_it_ring()
    caller = floor.caller("+331").enters("support")
    began = caller.now.queued_at
    floor.agents("ben").ready()
    floor.wait(seconds=40)
    assert (caller.agents_offered, caller.now.queued_at) == (["ben"], began)
    caller.goes_back_to_the_menu()
    fresh = SimFloor(floor.world.rules)
    fresh.world.now = floor.world.now
    fresh.world.tell(LinkRestored(seen=floor.world.observation()))
    refused = fresh.world.tell(EnqueueCall(call_id=caller.id, queue_id=QueueId("support")))
    assert [o for o in refused if isinstance(o, Refused)] == []
    assert fresh.world.floor.tables.calls[caller.id].queued_at == began
