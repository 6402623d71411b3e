"""Priority that ages: who goes first, how far ahead, and that nobody waits for ever."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.agent import AgentState
from acd.call import Call, CallClass
from acd.call_events import CallConnected, UnansweredClosed, UnansweredOpened
from acd.customer import Party
from acd.decision import RivalVerdict
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, after, in_seconds, seconds
from acd.ledger import MOST_ITEMS, Ledger, OpenItem, WhyOwed
from acd.line import Line
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.priority import score
from acd.queue_events import CallQueued
from acd.remembered import UnansweredRemembered
from acd.rules import DEFAULT_CLASSES, ReturningRules
from acd.waiting import WaitingCallers
from tests.sim_floor import SimFloor, rules_of

NOW = Instant(seconds(1_000_000))
SUPPORT = QueueId("support")


def caller(number: int, call_class: CallClass, waited: float, boost: float = 0) -> Call:
    return Call(
        call_id=CallId(f"c{number}"),
        caller=f"+33{number}",
        dialled="8000",
        arrived_at=NOW,
        call_class=call_class,
        queued_at=Instant(NOW - seconds(waited)),
        boost=seconds(boost),
        arrival=number,
    )


def goes_before(one: Call, other: Call, at: Instant) -> bool:
    """The definition, read from the documentation: overdue by deadline, then by score, then by start."""

    def promise(call: Call) -> tuple[bool, Instant, int]:
        rules = DEFAULT_CLASSES[call.call_class]
        counted = at - call.queued_at + call.boost
        overdue = counted >= rules.never_exceed
        deadline = Instant(at - counted + rules.never_exceed)
        return overdue, deadline, (counted + rules.offset) * 1_000_000 // rules.objective

    (mine_over, my_deadline, mine), (his_over, his_deadline, his) = promise(one), promise(other)
    if mine_over != his_over:
        return mine_over
    if mine_over and my_deadline != his_deadline:
        return my_deadline < his_deadline
    if not mine_over and mine != his:
        return mine > his
    return (one.queued_at - one.boost, one.arrival) < (other.queued_at - other.boost, other.arrival)


crowds = st.lists(
    st.builds(
        lambda call_class, waited, boost: (call_class, waited, boost),
        st.sampled_from(list(CallClass)),
        st.integers(0, 900),
        st.sampled_from([0, 0, 30, 60]),
    ),
    max_size=12,
).map(lambda people: [caller(n, *person) for n, person in enumerate(people)])


@given(crowd=crowds, later=st.integers(0, 900))
def test_the_line_and_the_next_to_go_are_what_the_definition_says(crowd: list[Call], later: int) -> None:
    at = after(NOW, seconds(later))
    line, waiting = Line(DEFAULT_CLASSES), WaitingCallers(DEFAULT_CLASSES)
    for call in crowd:
        line.add(call)
        waiting.push(call)
    for call in crowd:
        ahead = sum(goes_before(other, call, at) for other in crowd if other is not call)
        assert line.position(call.call_id, at) == ahead + 1
    served = sorted(crowd, key=lambda call: line.position(call.call_id, at))
    assert line.first(5, at) == [call.call_id for call in served[:5]]
    first = waiting.first(at)
    assert (first[1] if first else None) == next(
        (c.call_id for c in crowd if line.position(c.call_id, at) == 1), None
    )
    assert len(line) == len(waiting) == len(crowd)
    for call in crowd:
        line.discard(call.call_id)
        waiting.discard(call)
        line.discard(call.call_id)
    assert (len(line), len(waiting), list(line), waiting.some(5)) == (0, 0, [], [])


@given(one=crowds.filter(bool), later=st.integers(0, 900))
def test_nobodys_score_falls_while_he_waits(one: list[Call], later: int) -> None:
    call, rules = one[0], DEFAULT_CLASSES[one[0].call_class]
    now, then = score(call, rules, NOW), score(call, rules, after(NOW, seconds(later)))
    assert then.millionths >= now.millionths
    assert then.overdue >= now.overdue


def test_a_vip_goes_before_a_normal_caller_until_that_one_has_waited_six_minutes(floor: SimFloor) -> None:
    patient = floor.caller("+331").enters("support")
    floor.wait(seconds=365)
    vip = floor.caller("+3399").enters("support")
    floor.agents("ana").ready()
    assert patient.agents_offered == ["ana"]
    assert floor.why(patient).rivals[0].verdict is RivalVerdict.LOWER_SCORE
    assert "3.04 (normal: 365.0 s / 120.0 s)" in floor.why(patient).rivals[0].detail
    floor.agents("ben").ready()
    assert vip.agents_offered == ["ben"]


def test_whoever_has_waited_for_as_long_as_his_class_may_goes_before_everybody(floor: SimFloor) -> None:
    normal = floor.caller("+331").enters("support")
    floor.wait(seconds=430)
    vips = [floor.caller(f"+3398{n}").enters("support", vip=True) for n in range(2)]
    floor.wait(seconds=170.5)  # the VIPs' scores are higher; the normal caller's ten minutes are over
    floor.agents("ana").ready()
    assert normal.agents_offered == ["ana"]
    why = floor.why(normal)
    assert why.score.overdue
    assert {rival.verdict for rival in why.rivals} == {RivalVerdict.NOT_OVERDUE}
    assert [vip.agents_offered for vip in vips] == [[], []]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), agents=st.integers(1, 3))
def test_a_normal_caller_is_served_however_many_vips_keep_coming(seed: int, agents: int) -> None:
    names = {f"a{n}": {"s": 5} for n in range(agents)}
    floor = SimFloor(rules_of(names, {"s": {"s": 1}}, wrap_up=Span(0), capacity=10_000), seed)
    world, rng = floor.world, floor.world.rng
    for name in names:
        floor.agent(name).answers_after(0)
        world.phones[AgentId(name)].talks = lambda: seconds(20)
    floor.agents(*names).ready()
    normal = floor.caller("+331")
    coming = seconds(20 / agents * 0.7)  # VIPs alone are more than the agents can take
    for n in range(round(1000 / in_seconds(coming))):
        world.plan(
            Span(coming * n + rng.randrange(coming)),
            lambda n=n: world.enters(world.arrives(f"+3399{n}"), "s", CallClass.VIP),  # type: ignore[misc]
        )
    floor.wait(seconds=60)
    normal.enters("s")
    floor.wait(seconds=700)
    (served,) = [e for e in floor.events(CallConnected) if e.call_id == normal.id]
    # Overdue VIPs (older than three minutes) may be before him at ten minutes, those alone.
    overdue_then = sum(
        1
        for e in floor.events(CallQueued)
        if e.call_id != normal.id and e.queued_at + seconds(180) <= normal.sim.queued_at + seconds(600)  # type: ignore[operator]
    )
    assert served.waited <= seconds(600) + seconds(21) * (overdue_then // agents + 1)


# -- the unanswered ledger -----------------------------------------------------------------------


def test_whoever_gave_up_is_recognised_in_another_queue_and_goes_first(floor: SimFloor) -> None:
    floor.caller("+337").enters("sales").hangs_up()
    assert floor.events(UnansweredOpened)[-1].why is WhyOwed.ABANDONED
    other = floor.caller("+331").enters("support")
    floor.wait(seconds=20)
    back = floor.caller("+337").enters("support")
    assert back.now.call_class is CallClass.RETURNING
    assert seconds(59.9) < back.now.boost <= seconds(60)
    assert floor.events(CallQueued)[-1].position == 1
    floor.agents("ana").ready()
    assert (back.agents_offered, other.agents_offered) == (["ana"], [])
    floor.wait(seconds=3)
    closed = floor.events(UnansweredClosed)[-1]
    assert (closed.caller, closed.attempts) == ("+337", 1)
    back.hangs_up()
    again = floor.caller("+337").enters("support")
    assert again.now.call_class is CallClass.NORMAL


def test_attempts_add_up_in_one_open_item(floor: SimFloor) -> None:
    for queue in ("sales", "support", "support"):
        floor.caller("+337").enters(queue).hangs_up()
        floor.wait(seconds=60)
    t = floor.world.floor.tables
    (item,) = t.ledger.items(floor.world.now)
    assert (item.caller, item.attempts) == ("+337", 3)


def test_giving_up_in_the_menu_counts_and_being_served_there_closes(floor: SimFloor) -> None:
    t = floor.world.floor.tables
    floor.caller("+337").hangs_up()
    assert [i.why for i in t.ledger.items(floor.world.now)] == [WhyOwed.LEFT_IVR]
    served = floor.caller("+337")
    floor.wait(seconds=0.1)
    served.finishes_in_the_menu()
    assert t.ledger.items(floor.world.now) == []


def test_a_vip_stays_a_vip_and_is_credited_all_the_same(floor: SimFloor) -> None:
    floor.caller("+3399").enters("support").hangs_up()
    back = floor.caller("+3399").enters("support")
    assert back.now.call_class is CallClass.VIP
    assert back.now.boost > 0


def test_who_shows_no_number_is_recognised_by_nobody(floor: SimFloor) -> None:
    floor.caller("unknown").enters("support").hangs_up()
    assert floor.caller("unknown").enters("support").now.call_class is CallClass.NORMAL
    assert floor.events(UnansweredOpened) == []


def test_credit_shrinks_evenly_and_memory_ends() -> None:
    ledger = Ledger(ReturningRules())
    ledger.open(Party(caller="+337"), CallId("c1"), WhyOwed.ABANDONED, NOW)
    hours = [0, 6, 12, 24, 71.9, 72]
    credit = [in_seconds(ledger.boost(Party(caller="+337"), after(NOW, seconds(h * 3600)))) for h in hours]
    assert credit == [60, 45, 30, 0, 0, 0]
    assert len(ledger) == 0


def test_what_this_run_knows_is_newer_than_what_the_store_remembers(floor: SimFloor) -> None:
    t = floor.world.floor.tables
    old = OpenItem(caller="+337", call_id=CallId("old"), since=Instant(0), why=WhyOwed.LOST, attempts=4)
    recent = replace(old, since=Instant(floor.world.now - seconds(3600)))
    floor.world.tell(UnansweredRemembered(items=(recent,)))
    assert floor.caller("+337").enters("support").now.call_class is CallClass.RETURNING
    floor.caller("+338").enters("support").hangs_up()
    floor.world.tell(UnansweredRemembered(items=(replace(recent, caller="+338"),)))
    assert {i.caller: i.attempts for i in t.ledger.items(floor.world.now)} == {"+337": 4, "+338": 1}


def test_whoever_is_being_answered_is_owed_nothing_however_late_the_store_remembers(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.caller("+337").enters("support")
    floor.wait(seconds=3)
    late = OpenItem(caller="+337", call_id=CallId("old"), since=Instant(0), why=WhyOwed.ABANDONED, attempts=1)
    floor.world.tell(UnansweredRemembered(items=(replace(late, since=floor.world.now),)))
    assert floor.world.floor.tables.ledger.items(floor.world.now) == []


def test_the_ledger_is_bounded() -> None:
    ledger = Ledger(ReturningRules())
    for n in range(MOST_ITEMS + 5):
        ledger.remember(
            OpenItem(caller=f"+{n}", call_id=CallId("c"), since=NOW, why=WhyOwed.LOST, attempts=1), NOW
        )
    assert len(ledger) == MOST_ITEMS
    assert ledger.item(Party(caller="+4"), NOW) is None
    assert ledger.item(Party(caller="+5"), NOW) is not None


def test_credit_survives_a_restart_within_what_the_rules_give(floor: SimFloor) -> None:
    def live(name: str, boost: float) -> LiveCall:
        return LiveCall(
            call_id=CallId(name),
            place=Place.WAITING,
            queue_id=SUPPORT,
            call_class=CallClass.RETURNING,
            queued_at=floor.world.now,
            boost=seconds(boost),
        )

    seen = Observation(
        as_of=floor.world.now,
        calls=(live("little", 10), live("much", 40), live("forged", 1e6)),
        reachable=frozenset({AgentId("ana")}),
    )
    floor.world.tell(LinkRestored(seen=seen))
    boosts = {c.call_id: in_seconds(c.boost) for c in floor.world.floor.tables.calls.values()}
    assert boosts == {"little": 10, "much": 40, "forged": 60}
    assert floor.agent("ana").sets_ready() is None
    assert floor.agent("ana").now.call_id == "forged"
    assert floor.agent("ana").state is AgentState.OFFERED
