"""The simulation shell: the real floor in a seeded world with virtual time, phones of flesh, and faults.

The world keeps its own truth (who is where), carries out orders after small delays and reports as Asterisk
would. While its link is down nothing is reported and orders end unconfirmed; when it comes back the world
shows its truth, exactly as the live shell's reconcile does.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.call_signals import (
    CallArrived,
    CallerHungUp,
    CallerLeaving,
    CallerWaiting,
    TransferOver,
    TransferTaken,
)
from acd.callback import CallbackOrder, DialFailure
from acd.callback_signals import DialRefused
from acd.commands import EnqueueCall, EnterIvr, TransferCall
from acd.customer import Customer
from acd.events import Refused
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.ivr_signals import CallerJudged, FlowFinished
from acd.link_signals import CallLocated, FloorObserved, LinkLost, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer_signals import (
    AgentAnswered,
    AgentHungUp,
    AgentRinging,
    Failure,
    OfferFailed,
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
    Phone,
    RecallCaller,
    RingAgent,
    RingAgentForCallback,
    RingAgents,
    StopRinging,
)
from acd.overflow_rules import Way
from acd.queue_events import CallSentAway
from acd.rules import Rules
from acd.transfer import Transfer, TransferWay
from cti.floor import Floor
from cti.messages import Event, Input, Order, Output, Signal, is_dialer_order, is_order
from cti.simulated_lines import Lines
from cti.simulated_outside import Outside

LINK_DELAY = seconds(0.002)
"""An order's way to the PBX, and a report's way back."""
BACK_IN_FLOW = seconds(5)
"""When a caller whose session with the flow broke is back in it: the dialplan plays him music first."""
QUIET_AFTER = seconds(1)
"""When nothing was heard of an order for this long, it counts as unconfirmed."""
RINGS_OUT = seconds(20)
"""How long somebody's phone rings who is no agent."""
ANSWERS_AFTER = seconds(2)
"""How long a caller thinks about a question."""
FAREWELL = seconds(5)
"""How long a message, an announcement, or the flow's own apology takes."""
START = Instant(seconds(1_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How badly the link carries news while it is up. All but ``most_late`` are probabilities."""

    lost: float = 0.0
    """A report, or an order that asks or recalls, gets lost."""
    doubled: float = 0.0
    late: float = 0.0
    """A report is held up, so that later ones overtake it."""
    most_late: Span = seconds(2)
    unconfirmed: float = 0.0
    """Nobody hears what became of an order to ring; every other one is carried out."""
    barred: float = 0.0
    """The gate does not let an order for a callback out: every other one for a while, the rest for good."""


@dataclass(slots=True)
class SimPhone:
    """How an agent's phone behaves: ``answers_after`` None lets it ring, ``rejects`` turns calls away."""

    registered: bool = True
    answers_after: Callable[[], Span] | None = lambda: seconds(1)
    rejects: bool = False
    busy: bool = False
    """With something else than our calls."""
    talks: Callable[[], Span | None] = lambda: None
    """How long until this side hangs up; None leaves it to the caller."""


NO_FAULTS = Faults()


@dataclass(slots=True)
class SimCall:
    """The truth about a caller's channel."""

    call_id: CallId
    caller: str
    dialled: str = "8000"
    place: Place | None = None
    queue_id: QueueId | None = None
    call_class: CallClass = CallClass.NORMAL
    queued_at: Instant | None = None
    joined_at: Instant | None = None
    boost: Span = Span(0)
    brief: Brief = NOTHING
    offer_id: OfferId | None = None
    agent_id: AgentId | None = None
    rung: tuple[Phone, ...] = ()
    """The phones that ring for him, by our order."""
    talks: Span | None = None
    transfer: Transfer | None = None
    callback: CallbackOrder | None = None
    """Set on a line that was opened for a callback."""
    reached: bool = False
    """Of such a line: whether the customer is on it."""
    we_called: bool = False
    """Whether a campaign called him."""
    token: int = 0
    """Grows with every change, so that what was planned for an earlier moment does not happen."""


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
                    self.later(call, Span(0), lambda: self._ring(order))
            case RingAgent():
                unheard = self._happens(self.faults.unconfirmed)
                if self.link_up and not (unheard and self._happens(0.5)):
                    self.plan(LINK_DELAY, lambda: self._ring(order))
                if unheard or not self.link_up:
                    unknown = OrderUnconfirmed(offer_id=order.offer_id, detail="no answer")
                    self.plan(QUIET_AFTER if self.link_up else LINK_DELAY, lambda: self.learn(unknown))
            case RingAgents():
                unheard = self._happens(self.faults.unconfirmed)
                if self.link_up and not (unheard and self._happens(0.5)):
                    self.plan(LINK_DELAY, lambda: self._ring_several(order))
                if unheard or not self.link_up:
                    unknown = OrderUnconfirmed(offer_id=order.phones[0].offer_id, detail="no answer")
                    self.plan(QUIET_AFTER if self.link_up else LINK_DELAY, lambda: self.learn(unknown))
            case StopRinging() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self._stop_ringing(order))
            case RingAgentForCallback() | DialCustomer():
                self._call_back(order)
            case CancelDial() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self.outside.cancel(order))
            case RecallCaller() if not self._happens(self.faults.lost):
                self.plan(LINK_DELAY, lambda: self._recall(order))
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

    def _call_back(self, order: RingAgentForCallback | DialCustomer) -> None:
        def carry_out() -> None:
            if not self.outside.carry_out(order):
                self.report(OrderFailed(offer_id=order.offer_id, detail="no such line, or there is one"))

        if (refused := self._not_let_out(order)) is not None:
            self.plan(LINK_DELAY, lambda: self.learn(refused))
            return
        unheard = self._happens(self.faults.unconfirmed)
        if self.link_up and not (unheard and self._happens(0.5)):
            self.plan(LINK_DELAY, carry_out)
        if unheard or not self.link_up:
            unknown = OrderUnconfirmed(offer_id=order.offer_id, detail="no answer")
            self.plan(QUIET_AFTER if self.link_up else LINK_DELAY, lambda: self.learn(unknown))

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

    def _ring(self, order: RingAgent) -> None:
        call = self.calls.get(order.call_id)
        if call is None or call.place not in (
            (Place.IN_IVR,) if order.by_flow else (Place.WAITING, Place.RINGING)
        ):
            self.report(OrderFailed(offer_id=order.offer_id, detail="no such channel"))
            return
        phone = Phone(offer_id=order.offer_id, agent_id=order.agent_id)
        self._rings(call, (phone,), order.ring_timeout)

    def _ring_several(self, order: RingAgents) -> None:
        call = self.calls.get(order.call_id)
        if call is None or call.place not in (Place.WAITING, Place.RINGING):
            self.report(OrderFailed(offer_id=order.phones[0].offer_id, detail="no such channel"))
        else:
            self._rings(call, order.phones, order.ring_timeout)

    def _rings(self, call: SimCall, phones: tuple[Phone, ...], ring_timeout: Span) -> None:
        """Each phone does as it does, until one is answered, or none rings any more."""
        self.move(call, Place.RINGING)
        self._ringing(call, phones)
        for rung in phones:
            phone = self.phones[rung.agent_id]
            busy = phone.busy or self.is_busy(rung.agent_id, call)
            if not phone.registered or busy:
                why = Failure.BUSY if busy else Failure.UNREACHABLE
                self._leg_ends(call, rung, Span(0), why)
                continue
            self.report(AgentRinging(offer_id=rung.offer_id))
            if phone.rejects:
                self._leg_ends(call, rung, seconds(0.5), Failure.REJECTED)
                continue
            answers = phone.answers_after() if phone.answers_after is not None else None
            if answers is not None and answers < ring_timeout:
                self.later(call, answers, lambda r=rung: self._answered(call, r))  # type: ignore[misc]
            else:
                self._leg_ends(call, rung, ring_timeout, Failure.NO_ANSWER)

    def _ringing(self, call: SimCall, phones: tuple[Phone, ...]) -> None:
        call.rung = phones
        call.offer_id, call.agent_id = phones[0].offer_id, phones[0].agent_id

    def _leg_ends(self, call: SimCall, rung: Phone, after_: Span, why: Failure) -> None:
        self.later(call, after_, lambda: self._leg_ended(call, rung, why))

    def _leg_ended(self, call: SimCall, rung: Phone, why: Failure) -> None:
        """One phone rings no more; when it was the last, the caller goes back."""
        if rung not in call.rung:
            return
        self.report(OfferFailed(offer_id=rung.offer_id, why=why))
        others = tuple(other for other in call.rung if other != rung)
        if others:
            self._ringing(call, others)
        else:
            self.to_waiting_room(call)

    def _stop_ringing(self, order: StopRinging) -> None:
        call = self.calls.get(order.call_id)
        if call is not None and call.place is Place.RINGING and self.link_up:
            for rung in call.rung:
                if rung.offer_id == order.offer_id:
                    self._leg_ended(call, rung, Failure.CANCELLED)

    def _begins_again(self, call: SimCall, order: RingAgent) -> None:
        believed = self.floor.tables.calls.get(call.call_id)
        queue = believed.queue_id if believed is not None else None
        again = queue and self.enters(call, queue, call.call_class, call.talks, call.brief)
        if queue is None or again is not None:
            self.hangs_up(call)

    def is_busy(self, agent_id: AgentId, besides: SimCall) -> bool:
        """Whether an agent is on the line in another call."""
        on_line = (Place.TALKING, Place.DIALLING)
        return any(
            c.agent_id == agent_id and c.place in on_line for c in self.calls.values() if c is not besides
        )

    def _recall(self, order: RecallCaller) -> None:
        call = self.calls.get(order.call_id)
        if call is not None and call.place is Place.RINGING and call.offer_id == order.offer_id:
            for rung in call.rung:
                self._leg_ended(call, rung, Failure.CANCELLED)

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
                self.later(call, FAREWELL, lambda: self._flow_ends(call))
            case Way.VOICEMAIL | Way.ANNOUNCEMENT | Way.HANG_UP:
                self.move(call, Place.LEAVING_MESSAGE if way is Way.VOICEMAIL else Place.FAREWELL)
                self.report(CallerLeaving(call_id=call.call_id))
                self.later(call, FAREWELL, lambda: self.vanish(call))

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

    def to_waiting_room(self, call: SimCall) -> None:
        """The caller hears music."""
        self.move(call, Place.WAITING)
        call.offer_id = call.agent_id = None
        call.rung = ()
        self.report(CallerWaiting(call_id=call.call_id))

    def _answered(self, call: SimCall, rung: Phone) -> None:
        """Whoever answers first has him; the others stop ringing."""
        if rung not in call.rung:
            return
        others = [other for other in call.rung if other != rung]
        self._ringing(call, (rung,))
        self.report(AgentAnswered(offer_id=rung.offer_id))
        for other in others:
            self.report(OfferFailed(offer_id=other.offer_id, why=Failure.CANCELLED))
        self.talk(call)

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
        self.later(call, Span(self.rng.randrange(2 * LINK_DELAY)), lambda: self._in_flow_again(call))

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
        self.later(call, FAREWELL, lambda: self._flow_ends(call))

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

    def puts_through(
        self, call: SimCall, number: str, answers: Span | None, talks: Span, *, returns: bool = False
    ) -> str | None:
        """His flow puts him through; returns why not, if refused. Nobody answers when ``answers`` is None."""
        self.meets_menu(call)
        way = TransferWay.OUTSIDE if number.startswith("+") else TransferWay.EXTENSION
        outputs = self.tell(TransferCall(call_id=call.call_id, way=way, number=number))
        refusal = next((o.reason for o in outputs if isinstance(o, Refused)), None)
        if refusal is not None:
            return refusal
        self.move(call, Place.TRANSFERRED)
        call.transfer = Transfer(way=way, number=number)
        if answers is None:
            self.later(call, RINGS_OUT, lambda: self._not_taken(call))
        else:
            self.later(call, answers, lambda: self._taken(call, talks, returns=returns))
        return None

    def _not_taken(self, call: SimCall) -> None:
        self.report(TransferOver(call_id=call.call_id, failure=DialFailure.NO_ANSWER))
        self._leaves_transfer(call, returns=False)

    def _taken(self, call: SimCall, talks: Span, *, returns: bool) -> None:
        assert call.transfer is not None
        call.transfer = replace(call.transfer, answered_at=self.now)
        self.report(TransferTaken(call_id=call.call_id))
        self.later(call, talks, lambda: self._taken_over(call, returns=returns))

    def _taken_over(self, call: SimCall, *, returns: bool) -> None:
        self.report(TransferOver(call_id=call.call_id, failure=None))
        if returns:
            self._leaves_transfer(call, returns=True)
        else:
            self.vanish(call)

    def _leaves_transfer(self, call: SimCall, *, returns: bool) -> None:
        self.move(call, Place.IN_IVR)
        call.transfer = None

        def goes_on() -> None:
            self.meets_menu(call, returns=returns)
            self.later(call, FAREWELL, lambda: self._flow_ends(call))

        self.later(call, Span(self.rng.randrange(2 * LINK_DELAY)), goes_on)

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
