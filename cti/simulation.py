"""The simulation shell: the real floor in a seeded world with virtual time, phones of flesh, and faults.

The world keeps its own truth (who is where), carries out orders after small delays and reports as Asterisk
would. While its link is down nothing is reported and orders end unconfirmed; when it comes back the world
shows its truth, exactly as the live shell's reconcile does.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.call_signals import (
    CallArrived,
    CallerHungUp,
    CallerLeaving,
    CallerWaiting,
)
from acd.callback_signals import DialRefused
from acd.commands import EnqueueCall, EnterIvr
from acd.customer import Customer
from acd.events import Refused
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.ivr_signals import CallerJudged, FlowFinished
from acd.link_signals import CallLocated, FloorObserved, LinkLost, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer_signals import (
    AgentHungUp,
    OrderFailed,
    OrderUnconfirmed,
    PhoneChanged,
)
from acd.orders import (
    Announce,
    CancelDial,
    DialCustomer,
    LocateCall,
    MoveCaller,
    NoteQueue,
    RecallCaller,
    RingAgent,
    RingAgentForCallback,
    RingAgents,
    StopRinging,
)
from acd.overflow_rules import Way
from acd.queue_events import CallSentAway
from acd.rules import Rules
from cti.floor import Floor
from cti.messages import Event, Input, Order, Output, Signal, is_dialer_order, is_order
from cti.simulated_call import SimCall
from cti.simulated_faults import NO_FAULTS, Faults
from cti.simulated_lines import Lines
from cti.simulated_outside import Outside
from cti.simulated_ringing import Ringing, SimPhone
from cti.simulated_transfers import Transfers

LINK_DELAY = seconds(0.002)
"""An order's way to the PBX, and a report's way back."""


BACK_IN_FLOW = seconds(5)
"""When a caller whose session with the flow broke is back in it: the dialplan plays him music first."""


QUIET_AFTER = seconds(1)
"""When nothing was heard of an order for this long, it counts as unconfirmed."""


ANSWERS_AFTER = seconds(2)
"""How long a caller thinks about a question."""


FAREWELL = seconds(5)
"""How long a message, an announcement, or the flow's own apology takes."""


START = Instant(seconds(1_000_000))


@dataclass(slots=True)
class Recorded:
    """One thing the floor said, and when."""

    at: Instant
    output: Output


@dataclass(slots=True)
class World:
    """Drives a :class:`Floor` through virtual time."""

    rules: Rules
    seed: int = 0
    floor: Floor = field(init=False)
    now: Instant = START
    rng: random.Random = field(init=False)
    calls: dict[CallId, SimCall] = field(default_factory=dict)
    phones: dict[AgentId, SimPhone] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    """Customers by number, as the store would find them."""
    barred: dict[str, Instant | None] = field(default_factory=dict)
    """Numbers that the gate does not let out: until when, None for good."""
    ringing: Ringing = field(init=False)
    transfers: Transfers = field(init=False)
    outside: Outside = field(init=False)
    lines: Lines = field(init=False)
    link_up: bool = False
    faults: Faults = NO_FAULTS
    heard: list[Recorded] = field(default_factory=list)
    inputs: list[tuple[Instant, Input]] = field(default_factory=list)
    record: bool = True
    """Whether outputs and inputs are kept; a long run listens instead."""
    listeners: list[Callable[[Instant, Event], None]] = field(default_factory=list)
    after_step: Callable[["World"], None] | None = None
    _plans: list[tuple[Instant, int, Callable[[], None]]] = field(default_factory=list)
    _planned: int = 0

    def __post_init__(self) -> None:
        self.floor = Floor(self.rules)
        self.rng = random.Random(self.seed)  # noqa: S311 - a world, not a secret
        self.ringing = Ringing(self)
        self.transfers = Transfers(self)
        self.outside = Outside(self)
        self.lines = Lines(self)
        self.phones = {agent_id: SimPhone() for agent_id in self.rules.agents}

    # -- time ---------------------------------------------------------------------------------

    def plan(self, delay: Span, what: Callable[[], None]) -> None:
        """Let something happen after ``delay``."""
        self._planned += 1
        heappush(self._plans, (after(self.now, delay), self._planned, what))

    def run(self, until: Instant) -> None:
        """Let the world live until ``until``."""
        while (due := self._next()) is not None and due <= until:
            self._step(due)
        self._advance(until)

    def run_dry(self, most: int = 1_000_000) -> None:
        """Let everything planned happen, until nothing more is; ``most`` steps at the most."""
        for _ in range(most):
            due = self._next()
            if due is None:
                return
            self._step(due)
        raise AssertionError(f"the world is not quiet after {most} steps")

    def _next(self) -> Instant | None:
        deadline = self.floor.next_deadline()
        planned = self._plans[0][0] if self._plans else None
        return min((x for x in (deadline, planned) if x is not None), default=None)

    def _step(self, due: Instant) -> None:
        if self._plans and self._plans[0][0] <= due:
            self.now, _, what = heappop(self._plans)
            what()
        else:
            self._advance(due)

    def _advance(self, to: Instant) -> None:
        self.now = max(self.now, to)
        self._heed(self.floor.advance(self.now))

    # -- talking with the floor ---------------------------------------------------------------

    def tell(self, message: Input) -> tuple[Output, ...]:
        """Hand the floor a message now, and carry out what follows."""
        if self.record:
            self.inputs.append((self.now, message))
        outputs = self.floor.handle(message, self.now)
        self._heed(outputs)
        return outputs

    def report(self, signal: Signal) -> None:
        """Report over the link: arrives a little later, or never when the link is down."""
        if self.link_up and not self._happens(self.faults.lost):
            for _ in range(2 if self._happens(self.faults.doubled) else 1):
                late = self.rng.randrange(self.faults.most_late) if self._happens(self.faults.late) else 0
                self.plan(Span(LINK_DELAY + late), lambda: self._arrives(signal))

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self.rng.random() < probability

    def _arrives(self, signal: Signal) -> None:
        if self.link_up:
            self.tell(signal)

    def _heed(self, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if self.record:
                self.heard.append(Recorded(self.now, output))
            if is_order(output):
                self._carry_out(output)
            else:
                for listen in self.listeners:
                    listen(self.now, output)
        if self.after_step is not None:
            self.after_step(self)

    # -- orders ------------------------------------------------------------------------------

    def _carry_out(self, order: Order) -> None:
        match order:
            case RingAgent(by_flow=True):
                call = self.calls[order.call_id]
                if self._happens(self.faults.unconfirmed):  # the session broke: he comes back to the flow
                    self.later(call, BACK_IN_FLOW, lambda: self._begins_again(call, order))
                else:
                    self.later(call, Span(0), lambda: self.ringing.ring(order))
            case RingAgent():
                self._order_to_ring(order.offer_id, lambda: self.ringing.ring(order))
            case RingAgents():
                self._order_to_ring(order.phones[0].offer_id, lambda: self.ringing.ring_several(order))
            case StopRinging() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self.ringing.stop(order))
            case RingAgentForCallback() | DialCustomer():
                self._call_back(order)
            case CancelDial() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self.outside.cancel(order))
            case RecallCaller() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self.ringing.recall(order))
            case Announce():
                pass  # he goes on waiting, and can be moved as before
            case NoteQueue():
                self.plan(LINK_DELAY, lambda: self._note(order))
            case MoveCaller() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self._take_away(order))
            case LocateCall() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self._locate(order))
            case _ if is_dialer_order(order):
                self.lines.carry_out(order)

    def reaches_pbx(self) -> bool:
        """Whether an order whose outcome nobody is told gets there."""
        return not self._happens(self.faults.lost)

    def fate_of_order(self) -> tuple[bool, bool]:
        """Whether nobody hears what becomes of an order to ring, and whether it is carried out."""
        unheard = self._happens(self.faults.unconfirmed)
        carried_out = self.link_up and not (unheard and self._happens(0.5))
        return unheard or not self.link_up, carried_out

    def is_barred_by_chance(self) -> bool:
        """Whether the gate says no, for no reason of ours."""
        return self._happens(self.faults.barred)

    def soon(self, what: Callable[[], None]) -> None:
        """Let something happen when an order has come to the PBX."""
        self.plan(LINK_DELAY, what)

    def when_quiet(self, what: Callable[[], None]) -> None:
        """Let something happen when nothing was heard of an order for too long."""
        self.plan(QUIET_AFTER if self.link_up else LINK_DELAY, what)

    def _order_to_ring(self, offer_id: OfferId, carry_out: Callable[[], None]) -> None:
        unheard, carried_out = self.fate_of_order()
        if carried_out:
            self.soon(carry_out)
        if unheard:
            unknown = OrderUnconfirmed(offer_id=offer_id, detail="no answer")
            self.when_quiet(lambda: self.learn(unknown))

    def _call_back(self, order: RingAgentForCallback | DialCustomer) -> None:
        def carry_out() -> None:
            if not self.outside.carry_out(order):
                self.report(OrderFailed(offer_id=order.offer_id, detail="no such line, or there is one"))

        if (refused := self._not_let_out(order)) is not None:
            self.plan(LINK_DELAY, lambda: self.learn(refused))
            return
        self._order_to_ring(order.offer_id, carry_out)

    def _not_let_out(self, order: RingAgentForCallback | DialCustomer) -> DialRefused | None:
        if order.number in self.barred:
            return DialRefused(offer_id=order.offer_id, why="barred", not_before=self.barred[order.number])
        if not self._happens(self.faults.barred):
            return None
        until = after(self.now, seconds(self.rng.randrange(1, 3600))) if self._happens(0.5) else None
        return DialRefused(offer_id=order.offer_id, why="barred", not_before=until)

    def learn(self, signal: Signal) -> None:
        """Hear of something that does not come over the link."""
        self.tell(signal)

    def is_busy(self, agent_id: AgentId, besides: SimCall) -> bool:
        """Whether an agent is on the line in another call."""
        on_line = (Place.TALKING, Place.DIALLING)
        return any(
            c.agent_id == agent_id and c.place in on_line for c in self.calls.values() if c is not besides
        )

    def _begins_again(self, call: SimCall, order: RingAgent) -> None:
        believed = self.floor.tables.calls.get(call.call_id)
        queue = believed.queue_id if believed is not None else None
        again = queue and self.enters(call, queue, call.call_class, call.talks, call.brief)
        if queue is None or again is not None:
            self.hangs_up(call)

    def _note(self, order: NoteQueue) -> None:
        call = self.calls.get(order.call_id)
        if call is not None and self.link_up:
            call.queue_id, call.joined_at = order.queue_id, order.joined_at

    def _take_away(self, order: MoveCaller) -> None:
        call = self.calls.get(order.call_id)
        if call is not None and self.link_up and call.place is Place.WAITING:
            self._goes(call, order.way)

    def _goes(self, call: SimCall, way: Way) -> None:
        """He hears what he is to hear, and is hung up on; in his flow he hears that he was refused."""
        match way:
            case Way.FLOW:
                self.meets_menu(call)
                self.says_farewell(call)
            case Way.VOICEMAIL | Way.ANNOUNCEMENT | Way.HANG_UP:
                self.move(call, Place.LEAVING_MESSAGE if way is Way.VOICEMAIL else Place.FAREWELL)
                self.report(CallerLeaving(call_id=call.call_id))
                self.later(call, FAREWELL, lambda: self.vanish(call))

    def says_farewell(self, call: SimCall) -> None:
        """His flow says its last words, and hangs up."""
        self.later(call, FAREWELL, lambda: self._flow_ends(call))

    def _flow_ends(self, call: SimCall) -> None:
        self.tell(FlowFinished(call_id=call.call_id))
        self.vanish(call)

    def _locate(self, order: LocateCall) -> None:
        if self.link_up:
            call = self.calls.get(order.call_id)
            found = self._show(call) if call is not None else None
            self.tell(CallLocated(call_id=order.call_id, as_of=self.now, found=found))

    # -- the world's own life ----------------------------------------------------------------

    def move(self, call: SimCall, place: Place) -> None:
        """The call is somewhere else: what was planned for where it was does not happen."""
        call.place, call.token = place, call.token + 1

    def later(self, call: SimCall, delay: Span, what: Callable[[], None]) -> None:
        """Let something happen to a call after ``delay``, if nothing else does before."""
        token = call.token
        self.plan(delay, lambda: what() if call.token == token and call.call_id in self.calls else None)

    def in_a_moment(self, call: SimCall, what: Callable[[], None]) -> None:
        """Let something happen to a call about when news of it arrives: before that, or after."""
        self.later(call, Span(self.rng.randrange(2 * LINK_DELAY)), what)

    def to_waiting_room(self, call: SimCall) -> None:
        """The caller hears music."""
        self.move(call, Place.WAITING)
        call.offer_id = call.agent_id = None
        call.rung = ()
        self.report(CallerWaiting(call_id=call.call_id))

    def talk(self, call: SimCall) -> None:
        """Caller and agent are talking, until one of them hangs up."""
        assert call.agent_id is not None
        phone = self.phones[call.agent_id]
        self.move(call, Place.TALKING)
        talks = call.talks if call.talks is not None else phone.talks()
        if talks is not None:
            self.later(call, talks, lambda: self._agent_hangs_up(call))

    def _agent_hangs_up(self, call: SimCall) -> None:
        assert call.offer_id is not None
        self.report(AgentHungUp(offer_id=call.offer_id))
        if call.brief.returns:
            self._goes_back(call)
        else:
            self.vanish(call)

    def _goes_back(self, call: SimCall) -> None:
        """The dialplan calls his flow again, which may be heard of before the agent's hanging up is."""
        self.move(call, Place.IN_IVR)
        call.offer_id = call.agent_id = call.queue_id = call.queued_at = None
        call.rung, call.brief = (), NOTHING
        self.in_a_moment(call, lambda: self._in_flow_again(call))

    def _in_flow_again(self, call: SimCall) -> None:
        """He is asked how it was."""
        self.meets_menu(call, returns=True)
        said = CallerJudged(
            call_id=call.call_id,
            flow="main",
            node="opinion",
            question="served",
            grade=self.rng.randint(1, 5),
            least=1,
            most=5,
        )
        self.later(call, ANSWERS_AFTER, lambda: self.learn(said))
        self.says_farewell(call)

    def vanish(self, call: SimCall) -> None:
        """The caller's channel is gone."""
        call.token += 1
        del self.calls[call.call_id]
        self.lines.call_gone(call.call_id)
        self.report(CallerHungUp(call_id=call.call_id))

    # -- what people do ----------------------------------------------------------------------

    def arrives(self, caller: str, *, call_id: CallId | None = None, dialled: str = "8000") -> SimCall:
        """A caller's channel appears."""
        call = SimCall(
            call_id=call_id or CallId(f"c{self._planned}-{len(self.heard)}-{caller}"),
            caller=caller,
            dialled=dialled,
        )
        call.place = Place.IN_IVR
        self.calls[call.call_id] = call
        self.report(CallArrived(call_id=call.call_id, caller=caller, dialled=dialled))
        return call

    def enters(
        self,
        call: SimCall,
        queue: str,
        call_class: CallClass | None = None,
        talks: Span | None = None,
        brief: Brief = NOTHING,
    ) -> str | None:
        """His flow hands him to a queue and he goes to the waiting room; returns why not, if refused."""
        call.talks = talks
        self.meets_menu(call)
        outputs = self.tell(
            EnqueueCall(
                call_id=call.call_id,
                queue_id=QueueId(queue),
                call_class=call_class,
                in_hand=True,
                brief=brief,
            )
        )
        refusal = next((o.reason for o in outputs if isinstance(o, Refused)), None)
        if refusal is None:
            away = next((o for o in outputs if isinstance(o, CallSentAway)), None)
            if away is not None:
                self._goes(call, away.way)
                return None
            believed = self.floor.tables.calls[call.call_id]
            call.queue_id, call.call_class = believed.queue_id, believed.call_class
            call.joined_at = believed.joined_at
            call.queued_at, call.boost = believed.queued_at, believed.boost
            call.brief = believed.brief
            if not any(isinstance(o, RingAgent) and o.by_flow for o in outputs):
                self.to_waiting_room(call)
        return refusal

    def meets_menu(self, call: SimCall, *, returns: bool = False) -> None:
        """A flow begins to talk with him, also when he comes back: from the waiting room, or ``returns`` when
        his agent has hung up.
        """
        self.move(call, Place.IN_IVR)
        who = self.customers.get(call.caller)
        dialled = call.dialled
        self.tell(
            EnterIvr(
                call_id=call.call_id,
                caller=call.caller,
                dialled=dialled,
                flow="main",
                customer=who,
                returns=returns,
            )
        )

    def line(self, call_id: CallId, number: str) -> SimCall:
        """A channel towards somebody outside is opened."""
        call = SimCall(call_id=call_id, caller=number)
        self.calls[call_id] = call
        return call

    def hangs_up(self, call: SimCall) -> None:
        """The caller hangs up, wherever he is."""
        if call.call_id in self.calls:
            self.vanish(call)

    def registers(self, agent_id: AgentId, *, registered: bool = True) -> None:
        """An agent's phone registers or vanishes."""
        self.phones[agent_id].registered = registered
        self.report(PhoneChanged(agent_id=agent_id, reachable=registered))

    # -- the link ----------------------------------------------------------------------------

    def cut_link(self) -> None:
        """From here on nothing is heard and nothing carried out."""
        if self.link_up:
            self.link_up = False
            self.tell(LinkLost(reason="cut"))

    def mend_link(self) -> None:
        """The link is back, and the world shows its truth."""
        if not self.link_up:
            self.link_up = True
            self.tell(LinkRestored(seen=self.observation()))
            self.tell(self.lines.observed())

    def audit(self) -> None:
        """A routine look at what is true."""
        if self.link_up:
            self.tell(FloorObserved(seen=self.observation()))
            self.tell(self.lines.observed())

    def observation(self) -> Observation:
        """The truth, now."""
        return Observation(
            as_of=self.now,
            calls=tuple(self._show(call) for call in self.calls.values()),
            reachable=frozenset(a for a, phone in self.phones.items() if phone.registered),
        )

    def _show(self, call: SimCall) -> LiveCall:
        assert call.place is not None
        return LiveCall(
            call_id=call.call_id,
            place=call.place,
            caller=call.caller,
            dialled=call.dialled,
            queue_id=call.queue_id,
            call_class=call.call_class,
            queued_at=call.queued_at,
            joined_at=call.joined_at,
            boost=call.boost,
            offer_id=call.offer_id,
            agent_id=call.agent_id,
            also_ringing=call.rung[1:],
            callback=call.callback,
            brief=call.brief,
            transfer=call.transfer,
            we_called=call.we_called,
        )
