"""Whatever callers, agents, phones and the link do: no call is in two places, an agent holds at most one
offer, every caller ends somewhere. The invariants are checked after every single step."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from acd.agent import AgentState
from acd.agent_rules import MAY_FOLLOW, DwellRule, FailurePolicy, FailureThen
from acd.agent_state import QueueStanding
from acd.brief import NOTHING, Brief
from acd.call import CallClass, Outcome
from acd.call_events import (
    CallConnected,
    CallEnded,
    CallStarted,
    ConversationEnded,
    CustomerRecognised,
    UnansweredClosed,
    UnansweredOpened,
)
from acd.call_signals import CustomerFound
from acd.callback import CallbackOrder, CallbackRules
from acd.choice import Choice, Strategy
from acd.commands import BookCallback, CancelCallback, DialForAgent, TellPlace
from acd.customer import Customer
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Span, after, seconds
from acd.ivr_events import IvrEntered
from acd.observation import Place
from acd.offer import NOT_TAKEN, OfferEnd
from acd.offer_events import OfferEnded, OfferMade, RoutingDecided
from acd.orders import RingAgent, RingAgentForCallback, RingAgents
from acd.preferred_rules import PreferredAgent, Whom
from acd.queue_events import CallLeftQueue, CallQueued, RequirementRelaxed
from acd.requirement import Requirement
from acd.teams import Reserve, Tier
from tests.sim_floor import OneCaller, SimFloor, rules_of

AGENTS = ("ana", "ben", "cleo")
agents = st.sampled_from(AGENTS)
states = st.sampled_from([None, AgentState.READY, AgentState.NOT_READY, AgentState.LOGGED_OUT])
reasons = st.sampled_from([None, "break"])
policies = st.dictionaries(
    st.sampled_from(NOT_TAKEN),
    st.builds(FailurePolicy, then=st.sampled_from(FailureThen), cool_down=st.sampled_from([0, 2_000_000])),
)
briefs = st.just(NOTHING) | st.builds(
    Brief,
    requires=st.sampled_from(["", "a >= 5", "b", "b >= 9 or a", "c", "agent.ben", "agent.ana or agent.cleo"]),
    patience=st.sampled_from([Span(0), Span(0), seconds(3), seconds(18)]),
    returns=st.booleans(),
)
limits = st.fixed_dictionaries(
    {},
    optional={
        state: st.builds(DwellRule, most=st.sampled_from([1, 8_000_000]), then=st.sampled_from(sorted(then)))
        for state, then in MAY_FOLLOW.items()
    },
)


class BusyFloor(RuleBasedStateMachine):
    """A small floor where anything may happen at any moment."""

    @initialize(
        seed=st.integers(0, 1000),
        wrap_up=st.sampled_from([0, 5]),
        manual=st.booleans(),
        on_failure=policies,
        dwell=limits,
        patience=st.sampled_from([0, 2]),
        order=st.sampled_from(CallbackOrder),
        ring_most=st.sampled_from([1, 2, 3]),
    )
    def opens(
        self,
        seed: int,
        wrap_up: int,
        manual: bool,
        on_failure: dict[OfferEnd, FailurePolicy],
        dwell: dict[AgentState, DwellRule],
        patience: int,
        order: CallbackOrder,
        ring_most: int,
    ) -> None:
        self.floor = SimFloor(
            rules_of(
                {"ana": {"a": 5, "b": 5}, "ben": {"a": 5}, "cleo": {"b": 9}},
                {"one": {"a": 1}, "two": "b >= 5", "three": "b >= 9 and c >= 5"},
                relax={
                    "two": ((20, "b >= 5 or a >= 5"),),
                    "three": ((3, "b >= 9"), (18, "b >= 5"), (40, "a or b >= 2")),
                },
                prefers={"one": "b", "three": "a"},
                life={
                    "one": {
                        "weight": 3000,
                        "choice": Choice(strategy=Strategy.LEAST_OCCUPIED),
                        "reserve": Reserve(above=seconds(10), agents=(AgentId("ben"),)),
                    },
                    "two": {
                        "tiers": (Tier(after=seconds(12), agents=(AgentId("cleo"),)),),
                        "preferred_agent": PreferredAgent(whom=Whom.OWN, wait=seconds(15)),
                    },
                    "three": {
                        "choice": Choice(strategy=Strategy.ROUND_ROBIN),
                        "preferred_agent": PreferredAgent(whom=Whom.OWN, wait=seconds(4)),
                    },
                },
                wrap_up=seconds(wrap_up),
                wrap_up_manual=manual,
                ring_most=ring_most,
                wrap_up_extensions=2,
                capacity=4,
                outside=("+33",),
                extensions=("501",),
                callback=CallbackRules(
                    order=order,
                    delay=seconds(3),
                    dial_timeout=seconds(20),
                    attempts=2,
                    retry_gap=seconds(60),
                    expires_after=seconds(600),
                    most=3,
                ),
                rules={"on_failure": on_failure, "dwell": dwell, "pause_after_not_taken": patience},
            ),
            seed,
        )
        self.callers: list[OneCaller] = []
        self.asked_for = 0
        self.floor.world.customers = {
            f"+33{n}": Customer(customer_id=CustomerId(f"k{n // 2}")) for n in range(6)
        }

    @rule(
        queue=st.sampled_from(["one", "two", "three"]),
        vip=st.booleans(),
        talks=st.integers(1, 60),
        own=st.none() | agents,
        brief=briefs,
    )
    def a_caller_comes(self, queue: str, vip: bool, talks: int, own: str | None, brief: Brief) -> None:
        number = f"+33{len(self.callers) % 8}"
        if own is not None:
            customer = Customer(customer_id=CustomerId(number), own_agent=AgentId(own))
            self.floor.world.customers[number] = customer
        caller = self.floor.caller(number)
        caller.refused = self.floor.world.enters(
            caller.sim, queue, CallClass.VIP if vip else None, talks=seconds(talks), brief=brief
        )
        if caller.refused is None:
            self.callers.append(caller)
        else:
            caller.hangs_up()

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), queue=st.sampled_from([None, "one", "two"]))
    def a_caller_goes_back_to_the_menu(self, data: st.DataObject, queue: str | None) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        if caller.sim.place is not Place.WAITING or caller.sim.call_id not in self.floor.world.calls:
            return
        believed = self.floor.world.floor.tables.calls.get(caller.id)
        since = believed.queued_at if believed is not None and believed.queue_id is not None else None
        caller.goes_back_to_the_menu()
        if queue is None:
            return
        t = self.floor.world.floor.tables
        kept = {t.calls[callback.call_id].queued_at for callback in t.callbacks if callback.queue_id == queue}
        if self.floor.world.enters(caller.sim, queue, talks=seconds(5)) is None and since is not None:
            assert caller.now.queued_at <= since, "a place was lost"
            assert caller.now.queued_at in {since, *kept}, "a place came from nowhere"

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), who=st.integers(0, 2))
    def a_caller_is_recognised_late(self, data: st.DataObject, who: int) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        found = Customer(customer_id=CustomerId(f"k{who}"))
        self.floor.world.tell(CustomerFound(call_id=caller.id, customer=found))

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), stays=st.booleans())
    def a_caller_books_a_callback(self, data: st.DataObject, stays: bool) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        if caller.books() is None and not stays:
            caller.hangs_up()

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), breaks=st.booleans())
    def a_caller_books_by_the_flow_that_talks_with_him_while_he_waits(
        self, data: st.DataObject, breaks: bool
    ) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        self.floor.asks(TellPlace(call_id=caller.id))
        if caller.sim.place is not Place.WAITING or caller.sim.call_id not in self.floor.world.calls:
            return
        if caller.books(by_flow=True) is None and not breaks:
            caller.goes_back_to_the_menu()
            caller.hangs_up()

    @rule(
        number=st.integers(0, 9),
        queue=st.sampled_from(["one", "two"]),
        ahead=st.sampled_from([None, 0, 5, 600]),
    )
    def an_integrator_books_a_callback(self, number: int, queue: str, ahead: int | None) -> None:
        moment = None if ahead is None else after(self.floor.world.now, seconds(ahead))
        self.floor.asks(BookCallback(queue_id=QueueId(queue), number=f"+3300{number}", not_before=moment))

    @rule(agent=agents, number=st.integers(0, 9), queue=st.sampled_from(["one", "two"]))
    def an_agent_dials(self, agent: str, number: int, queue: str) -> None:
        self.asked_for += 1
        self.floor.asks(
            DialForAgent(
                call_id=CallId(f"asked-{self.asked_for}"),
                agent_id=AgentId(agent),
                queue_id=QueueId(queue),
                number=f"+3300{number}",
                ring_for=seconds(20),
            )
        )

    @rule(data=st.data())
    def a_callback_is_taken_back(self, data: st.DataObject) -> None:
        booked = [callback.call_id for callback in self.floor.world.floor.tables.callbacks]
        if booked:
            self.floor.asks(CancelCallback(call_id=data.draw(st.sampled_from(booked))))

    @rule(number=st.integers(0, 9), after=st.sampled_from([None, 0.0, 2.0, 19.999, 20.0]), busy=st.booleans())
    def a_customer_behaves_otherwise(self, number: int, after: float | None, busy: bool) -> None:
        for name in (f"+33{number}", f"+3300{number}"):
            customer = self.floor.world.outside.customer(name)
            customer.busy, customer.talks = busy, lambda: seconds(7)
            customer.answers_after = None if after is None else (lambda: seconds(after))

    @rule(
        number=st.sampled_from(["+3377", "+4977", "501"]),
        answers=st.none() | st.sampled_from([0.0, 0.003, 10.0]),
        talks=st.sampled_from([0.001, 30.0]),
        returns=st.booleans(),
    )
    def a_caller_is_put_through(
        self, number: str, answers: float | None, talks: float, returns: bool
    ) -> None:
        caller = self.floor.caller(f"+33{len(self.callers) % 8}")
        refused = caller.is_put_through(number, answers=answers, talks=talks, returns=returns)
        assert (refused is not None) == (number == "+4977")
        self.callers.append(caller)

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.callers)).hangs_up()

    @rule(name=agents)
    def an_agent_gets_ready(self, name: str) -> None:
        self.floor.agent(name).sets_ready()

    @rule(name=agents)
    def an_agent_takes_a_break(self, name: str) -> None:
        self.floor.agent(name).sets_not_ready()

    @rule(name=agents)
    def an_agent_logs_out(self, name: str) -> None:
        self.floor.agent(name).logs_out()

    @rule(name=agents, state=states, reason=reasons)
    def an_agent_chooses_what_comes_next(
        self, name: str, state: AgentState | None, reason: str | None
    ) -> None:
        self.floor.agent(name).chooses_next(state, reason)

    @rule(name=agents, state=states, reason=reasons, now=st.booleans())
    def a_supervisor_decides(
        self, name: str, state: AgentState | None, reason: str | None, now: bool
    ) -> None:
        self.floor.agent(name).is_forced(state or AgentState.READY, reason, now=now)

    @rule(
        name=agents, queue=st.sampled_from(["one", "two", "three"]), standing=st.sampled_from(QueueStanding)
    )
    def an_agent_pauses_leaves_or_takes_up_a_queue(
        self, name: str, queue: str, standing: QueueStanding
    ) -> None:
        self.floor.agent(name).stands(queue, standing)

    @rule(name=agents, more=st.booleans())
    def an_agent_is_done_or_needs_more_time(self, name: str, more: bool) -> None:
        agent = self.floor.agent(name)
        _ = agent.needs_more_time() if more else agent.is_done()

    @rule(name=agents, after=st.sampled_from([None, 0.0, 1.0, 14.999, 15.0, 20.0]))
    def a_phone_behaves_otherwise(self, name: str, after: float | None) -> None:
        phone = self.floor.world.phones[AgentId(name)]
        phone.answers_after = None if after is None else (lambda: seconds(after))

    @rule(name=agents, rejects=st.booleans(), busy=st.booleans())
    def an_agent_rejects_or_not(self, name: str, rejects: bool, busy: bool) -> None:
        phone = self.floor.world.phones[AgentId(name)]
        phone.rejects, phone.busy = rejects, busy

    @rule(name=agents, registered=st.booleans())
    def a_phone_comes_or_goes(self, name: str, registered: bool) -> None:
        self.floor.world.registers(AgentId(name), registered=registered)

    @rule()
    def the_link_breaks(self) -> None:
        self.floor.world.cut_link()

    @rule()
    def the_link_is_mended(self) -> None:
        self.floor.world.mend_link()

    @rule()
    def somebody_audits(self) -> None:
        self.floor.world.audit()

    @rule(secs=st.sampled_from([0.001, 0.002, 0.003, 0.5, 1, 3, 5, 15, 18, 40]))
    def time_passes(self, secs: float) -> None:
        self.floor.wait(seconds=secs)

    def teardown(self) -> None:
        if not hasattr(self, "floor"):
            return
        world = self.floor.world
        world.mend_link()
        for name in AGENTS:
            world.phones[AgentId(name)].registered = True
            world.phones[AgentId(name)].rejects = world.phones[AgentId(name)].busy = False
            world.phones[AgentId(name)].answers_after = lambda: seconds(1)
        world.audit()
        for name in AGENTS:
            self.floor.agent(name).sets_ready()
        self.floor.wait(seconds=300)
        for name in AGENTS:  # those whose last offer went unanswered in the meantime
            self.floor.agent(name).sets_ready()
        self.floor.wait(seconds=3000)
        for call in list(world.calls.values()):  # customers who were called back and talk on
            world.hangs_up(call)
        self.floor.wait(seconds=3000)
        for caller in self.callers:
            caller.hangs_up()
        self.floor.runs_dry()
        world.audit()
        self.floor.runs_dry()
        assert self.floor.everyone_ended_somewhere()
        started = [e.call_id for e in self.floor.events(CallStarted)]
        ended = [e.call_id for e in self.floor.events(CallEnded)]
        assert sorted(started) == sorted(ended)
        made = [e.offer_id for e in self.floor.events(OfferMade)]
        assert len(made) == len(set(made))
        ended_offers = [e.offer_id for e in self.floor.events(OfferEnded)]
        assert len(ended_offers) == len(set(ended_offers))
        assert set(made) <= set(ended_offers)
        phones = RingAgent | RingAgentForCallback
        rung = [r.output.offer_id for r in world.heard if isinstance(r.output, phones)]
        rung += [p.offer_id for r in world.heard if isinstance(r.output, RingAgents) for p in r.output.phones]
        assert len(rung) == len(set(rung)), "an order was given twice"
        self._everybody_met_what_was_required()
        self._every_conversation_ends_once()
        self._every_visit_is_told()
        self._whoever_was_answered_is_owed_nothing()
        outcomes = {e.outcome for e in self.floor.events(CallEnded)}
        assert outcomes <= set(Outcome)

    def _every_conversation_ends_once(self) -> None:
        """Each is told as ended, the call going on or over with it; with the agent whom it was told of."""
        talks: dict[CallId, str] = {}
        for output in (recorded.output for recorded in self.floor.world.heard):
            if isinstance(output, CallConnected):
                assert output.call_id not in talks
                talks[output.call_id] = output.agent_id
            elif isinstance(output, ConversationEnded):
                assert talks.pop(output.call_id) == output.agent_id
            elif isinstance(output, CallEnded):
                assert (output.talked is not None) == (output.call_id in talks)
                talks.pop(output.call_id, None)
        assert not talks

    def _every_visit_is_told(self) -> None:
        """What the counters say can be counted from the events: one exit told for each visit."""
        told = Counter((e.queue_id, e.exit) for e in self.floor.events(CallLeftQueue))
        for queue_id, stats in self.floor.world.floor.tables.stats.items():
            counted = {exit_: n for exit_, n in stats.exits.items() if n}
            assert counted == {exit_: n for (queue, exit_), n in told.items() if queue == queue_id}
            assert stats.offered == sum(counted.values())

    def _whoever_was_answered_is_owed_nothing(self) -> None:
        """From what was said alone: open is what came to nothing since the last contact, of a customer or,
        while nobody knows whose it is, of a number. A customer's name may read like a number, and several may
        share one.
        """
        numbers: dict[CallId, str] = {}
        opened: set[tuple[str, str]] = set()
        for output in (recorded.output for recorded in self.floor.world.heard):
            if isinstance(output, CallStarted | IvrEntered):
                numbers[output.call_id] = output.caller
            elif isinstance(output, CustomerRecognised):
                if ("number", numbers[output.call_id]) in opened:
                    opened.remove(("number", numbers[output.call_id]))
                    opened.add(("customer", output.customer_id))
            elif isinstance(output, UnansweredOpened | UnansweredClosed):
                opened -= {("customer", output.customer_id or ""), ("number", output.caller)}
                if isinstance(output, UnansweredOpened):
                    opened.add(_whose(output.customer_id, output.caller))
        items = self.floor.world.floor.tables.ledger.items(self.floor.world.now)
        assert {_whose(item.customer_id, item.caller) for item in items} == opened

    def _everybody_met_what_was_required(self) -> None:
        """From what was said alone: a requirement only widens, and whoever is offered a call meets it."""
        t = self.floor.world.floor.tables
        steps: dict[CallId, int] = {}
        own: dict[CallId, Requirement | None] = {}
        for output in (recorded.output for recorded in self.floor.world.heard):
            if isinstance(output, CallQueued):
                steps.setdefault(output.call_id, 0)
                own[output.call_id] = output.brief.requirement
            elif isinstance(output, IvrEntered):
                steps.pop(output.call_id, None)
            elif isinstance(output, CallLeftQueue):  # who was answered keeps his step, should he come back
                if output.exit not in (
                    QueueExit.ANSWERED,
                    QueueExit.CALLED_BACK,
                ):  # else he keeps his step, should he come back
                    steps.pop(output.call_id, None)  # none of his who was not let in
            elif isinstance(output, RequirementRelaxed):
                assert output.step > steps[output.call_id]
                steps[output.call_id] = output.step
            elif isinstance(output, RoutingDecided):
                required = t.rules.queues[output.queue_id].steps[steps[output.call_id]]
                if (more := own[output.call_id]) is not None:
                    required = required.both(more)
                assert output.requirement == required.text
                assert t.rules.agents[output.agent_id].meets(required)


def _whose(customer_id: CustomerId | None, number: str) -> tuple[str, str]:
    return ("customer", customer_id) if customer_id is not None else ("number", number)


BusyFloor.TestCase.settings = settings(
    max_examples=400, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_a_busy_floor = BusyFloor.TestCase
