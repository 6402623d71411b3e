"""A lean world around the real core: many calls, few messages, nothing kept.

:mod:`cti.simulation` is the faithful world, with links that delay and lose news; tests of the core live
there. This one asks what callers meet under given rules, over years. It hands the core no more messages
than its decisions need, and knows nothing of the rules: who is served when, and by whom, is the core's
doing alone. What an order asks for happens at once; only people take time, and a link that is cut.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, get_args

from acd.agent_events import AgentStateChanged
from acd.call import CallClass
from acd.call_events import CallEnded
from acd.call_signals import CallArrived, CallerHungUp, CallerLeaving, CallerWaiting
from acd.commands import EnqueueCall, EnterIvr, LogAgentOut, SetAgentReady
from acd.engine import Acd
from acd.events import Event, Refused
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span, after
from acd.link_signals import CallLocated, LinkLost, LinkRestored
from acd.messages import CoreInput, Output
from acd.observation import LiveCall, Observation, Place
from acd.offer_signals import AgentAnswered, Failure, OfferFailed, OrderFailed, OrderUnconfirmed
from acd.orders import (
    Announce,
    LocateCall,
    MoveCaller,
    NoteQueue,
    Phone,
    RecallCaller,
    RingAgent,
    RingAgents,
    StopRinging,
)
from acd.queue_events import CallLeftQueue, CallQueued, CallSentAway
from acd.reasons import EngineReason
from acd.rules import Rules
from acd.signals import Signal
from cti.simulator.book import Book
from cti.simulator.caller import Caller, Where
from cti.simulator.person import Person

FOREVER = Instant(1 << 62)


PLACES = {
    Where.WAITING: Place.WAITING,
    Where.RINGING: Place.RINGING,
    Where.TALKING: Place.TALKING,
    Where.LEAVING: Place.FAREWELL,
}


REACHABLE = frozenset({Where.WAITING, Where.RINGING})
"""Where an order can move a caller, and his patience runs."""


FAREWELL = Span(5_000_000)
"""What a message, an announcement or his flow's apology takes of a caller who was sent away."""


LONGEST_AFTERMATH = Span(86_400_000_000)
"""After the last caller has come: who could not be served within a day is left standing, and counted so."""


WATCHED_EVERY = 4096
"""Steps between two words to whoever watches."""


Plan = Callable[[Any, int], None]


Leg = tuple[Caller, Phone]
"""One of several phones that ring for a caller."""


Redials = Callable[[Caller, Instant], Caller | None]
"""From a caller who gave up and when: his next call; None when he does not try again."""


class LeanWorld:
    """One run: build it, :meth:`run` it, read the book."""

    def __init__(
        self,
        rules: Rules,
        people: Mapping[AgentId, Person],
        callers: Iterator[Caller],
        book: Book,
        *,
        starts: Instant,
        ends: Instant,
        edges: Sequence[Instant],
        cuts: Sequence[tuple[Instant, Instant]] = (),
        redials: Redials | None = None,
    ) -> None:
        """``edges``: where the book's chapters begin and the last ends; ``cuts``: when the link is away."""
        self.acd = Acd(rules, explains=False)
        self.people = people
        self.book = book
        self.now = starts
        self.callers: dict[CallId, Caller] = {}
        """Whose call is not over, as far as the core knows."""
        self.messages = 0
        """What the core was told."""
        self.came = 0
        """Callers so far."""
        self.not_carried_out: Counter[str] = Counter()
        """Orders of kinds this world does not know."""
        self._starts, self._ends = starts, ends
        self._coming = callers
        self._redials = redials
        self._link_up = False
        self._refused = False
        self._talking: dict[AgentId, Caller] = {}
        self._legs: dict[CallId, tuple[Phone, ...]] = {}
        """Where several phones ring: those that still do."""
        self._plans: list[tuple[Instant, int, Plan, Any, int]] = []
        self._planned = 0
        self._acts: dict[type, Callable[[Any], None] | None] = {
            **dict.fromkeys(get_args(Event)),
            Refused: self._refuses,
            RingAgent: self._ring,
            RingAgents: self._ring_several,
            StopRinging: self._stops_ringing,
            RecallCaller: self._recall,
            LocateCall: self._locate,
            MoveCaller: self._moves,
            NoteQueue: None,
            Announce: None,
            CallSentAway: self._sent_away,
            CallQueued: self._queued,
            CallLeftQueue: self._left_queue,
            CallEnded: self._ended,
            AgentStateChanged: self._agent_moved,
        }
        self._mend()
        for edge in edges:
            self._plan(edge, self._turn)
        for person in people.values():
            for since, to in person.shifts:
                self._plan(max(since, starts), self._comes_to_work, person)
                self._plan(to, self._goes_home, person)
        for since, to in cuts:
            self._plan(since, self._cut)
            self._plan(to, self._mend)

    @property
    def known(self) -> frozenset[type]:
        """The kinds of outputs this world knows what to do about."""
        return frozenset(self._acts)

    # -- time -------------------------------------------------------------------------------------

    def run(self, watch: Callable[[float], None] | None = None) -> None:
        """Live until everybody who came has gone; ``watch`` is told the share of the time that has passed."""
        plans, next_due, advance = self._plans, self.acd.next_deadline, self.acd.advance
        coming = next(self._coming, None)
        patient, steps, span = after(self._ends, LONGEST_AFTERMATH), 0, max(1, self._ends - self._starts)
        while coming is not None or self.callers or self.now < self._ends:
            steps += 1
            if watch is not None and steps % WATCHED_EVERY == 0:
                watch(min(1.0, (self.now - self._starts) / span))
            deadline = next_due()
            due = FOREVER if deadline is None else deadline
            planned = plans[0][0] if plans else FOREVER
            if coming is not None and coming.at <= planned and coming.at <= due:
                self.now = coming.at
                self._comes(coming)
                coming = next(self._coming, None)
            elif planned <= due:
                if planned > patient:
                    break
                self.now, _, what, whom, token = heappop(plans)
                what(whom, token)
            elif due <= patient:
                self.now = due
                self._heed(advance(due))
            else:
                break
        for caller in self.callers.values():
            if caller.visit is not None:
                caller.visit.still_here += 1

    def _plan(self, at: Instant, what: "Plan", whom: object = None, token: int = 0) -> None:
        self._planned += 1
        heappush(self._plans, (at, self._planned, what, whom, token))

    def _turn(self, _whom: object = None, _token: int = 0) -> None:
        self.book.turn(self.now)

    # -- talking with the core --------------------------------------------------------------------

    def _tell(self, message: CoreInput) -> None:
        self.messages += 1
        self._heed(self.acd.handle(message, self.now))

    def _report(self, signal: Signal) -> None:
        if self._link_up:
            self._tell(signal)

    def _heed(self, outputs: tuple[Output, ...]) -> None:
        acts = self._acts
        for output in outputs:
            try:
                act = acts[output.__class__]
            except KeyError:
                self.not_carried_out[type(output).__name__] += 1
                continue
            if act is not None:
                act(output)

    # -- what the core orders ---------------------------------------------------------------------

    def _ring(self, order: RingAgent) -> None:
        caller, person = self.callers.get(order.call_id), self.people[order.agent_id]
        if not self._link_up:
            self._tell(OrderUnconfirmed(offer_id=order.offer_id, detail="the link is down"))
            return
        if caller is None or caller.where not in REACHABLE:
            self._tell(OrderFailed(offer_id=order.offer_id, detail="no such channel"))
            return
        caller.where = Where.RINGING
        caller.token += 1
        caller.offer_id, caller.agent_id = order.offer_id, order.agent_id
        if order.agent_id in self._talking:
            self._plan(self.now, self._rings_busy, caller, caller.token)
        elif person.unheard and person.chance() < person.unheard:
            self._plan(after(self.now, order.ring_timeout), self._rings_out, caller, caller.token)
        elif person.rejected and person.chance() < person.rejected:
            self._plan(self.now, self._rings_in_vain, caller, caller.token)
        else:
            delay = person.answers_after()
            if delay == 0:
                self._answers(caller, caller.token)
            elif delay is None or delay >= order.ring_timeout:
                self._plan(after(self.now, order.ring_timeout), self._rings_out, caller, caller.token)
            else:
                self._plan(after(self.now, delay), self._answers, caller, caller.token)

    def _ring_several(self, order: RingAgents) -> None:
        """Of those who would answer, the soonest does; the others' phones ring until then."""
        caller, ring = self.callers.get(order.call_id), order.ring_timeout
        first = order.phones[0].offer_id
        if not self._link_up:
            self._tell(OrderUnconfirmed(offer_id=first, detail="the link is down"))
            return
        if caller is None or caller.where not in REACHABLE:
            self._tell(OrderFailed(offer_id=first, detail="no such channel"))
            return
        caller.where = Where.RINGING
        caller.token += 1
        caller.offer_id, caller.agent_id = first, order.phones[0].agent_id
        self._legs[caller.call_id] = order.phones
        token = caller.token
        for phone in order.phones:
            person, leg = self.people[phone.agent_id], (caller, phone)
            if phone.agent_id in self._talking:
                self._plan(self.now, self._leg_is_busy, leg, token)
            elif person.unheard and person.chance() < person.unheard:
                self._plan(after(self.now, ring), self._leg_rings_out, leg, token)
            elif person.rejected and person.chance() < person.rejected:
                self._plan(self.now, self._leg_rejects, leg, token)
            else:
                delay = person.answers_after()
                if delay is None or delay >= ring:
                    self._plan(after(self.now, ring), self._leg_rings_out, leg, token)
                else:
                    self._plan(after(self.now, delay), self._leg_answers, leg, token)

    def _leg_answers(self, leg: Leg, token: int) -> None:
        caller, phone = leg
        if caller.token == token and phone in self._legs.get(caller.call_id, ()):
            del self._legs[caller.call_id]
            caller.offer_id, caller.agent_id = phone.offer_id, phone.agent_id
            self._answers(caller, token)

    def _leg_rings_out(self, leg: Leg, token: int) -> None:
        self._leg_fails(leg, token, Failure.NO_ANSWER)

    def _leg_rejects(self, leg: Leg, token: int) -> None:
        self._leg_fails(leg, token, Failure.REJECTED)

    def _leg_is_busy(self, leg: Leg, token: int) -> None:
        self._leg_fails(leg, token, Failure.BUSY)

    def _leg_fails(self, leg: Leg, token: int, why: Failure) -> None:
        """One of several phones rings no more; after the last one the caller goes back."""
        caller, phone = leg
        phones = self._legs.get(caller.call_id, ())
        if caller.token != token or phone not in phones:
            return
        others = tuple(other for other in phones if other != phone)
        if others:
            self._legs[caller.call_id] = others
            caller.offer_id, caller.agent_id = others[0].offer_id, others[0].agent_id
            self._report(OfferFailed(offer_id=phone.offer_id, why=why))
        else:
            del self._legs[caller.call_id]
            caller.offer_id, caller.agent_id = phone.offer_id, phone.agent_id
            self._ring_failed(caller, why)

    def _stops_ringing(self, order: StopRinging) -> None:
        caller = self.callers.get(order.call_id)
        for phone in self._legs.get(order.call_id, ()):
            if caller is not None and phone.offer_id == order.offer_id:
                self._leg_fails((caller, phone), caller.token, Failure.CANCELLED)

    def _recall(self, order: RecallCaller) -> None:
        caller = self.callers.get(order.call_id)
        for phone in self._legs.get(order.call_id, ()):
            if caller is not None:
                self._leg_fails((caller, phone), caller.token, Failure.CANCELLED)
        if caller is not None and caller.where is Where.RINGING and caller.offer_id == order.offer_id:
            self._ring_failed(caller, Failure.CANCELLED)

    def _locate(self, order: LocateCall) -> None:
        caller = self.callers.get(order.call_id)
        found = None if caller is None or caller.where is Where.GONE else self._shown(caller)
        self._report(CallLocated(call_id=order.call_id, as_of=self.now, found=found))

    def _moves(self, order: MoveCaller) -> None:
        self._report(CallerLeaving(call_id=order.call_id))

    # -- what the core tells ----------------------------------------------------------------------

    def _refuses(self, _event: Refused) -> None:
        self._refused = True

    def _queued(self, event: CallQueued) -> None:
        caller = self.callers[event.call_id]
        if caller.chapter is not None:
            caller.visit = caller.chapter.visits((event.queue_id, event.call_class))
            caller.visit.offered += 1

    def _left_queue(self, event: CallLeftQueue) -> None:
        caller = self.callers[event.call_id]
        visit = caller.visit
        if event.waited is None and caller.chapter is not None:  # he was not let in, and so never queued
            visit = caller.chapter.visits((event.queue_id, caller.call_class or CallClass.NORMAL))
            visit.offered += 1
        if visit is not None:
            visit.exits[event.exit] = visit.exits.get(event.exit, 0) + 1
            if event.waited is not None:
                visit.waits_until(event.exit).append(event.waited)
        caller.visit = None

    def _sent_away(self, event: CallSentAway) -> None:
        caller = self.callers[event.call_id]
        caller.where = Where.LEAVING
        caller.token += 1
        self._plan(after(self.now, FAREWELL), self._is_done, caller, caller.token)

    def _ended(self, event: CallEnded) -> None:
        self.callers.pop(event.call_id, None)

    def _agent_moved(self, event: AgentStateChanged) -> None:
        self.book.agent_moved(event.agent_id, event.now, self.now)
        if event.reason == EngineReason.NO_ANSWER:
            person = self.people[event.agent_id]
            pause = person.back_after()
            if pause is not None:
                self._plan(after(self.now, pause), self._comes_back, person)

    # -- what people do ---------------------------------------------------------------------------

    def _comes(self, caller: Caller) -> None:
        self.came += 1
        self.callers[caller.call_id] = caller
        caller.where, caller.chapter = Where.WAITING, self.book.current
        if self._link_up:
            self._tell(CallArrived(call_id=caller.call_id, caller=caller.number, dialled=""))
        else:
            self._tell(EnterIvr(call_id=caller.call_id, caller=caller.number, dialled="", flow=""))
        self._refused = False
        self._tell(
            EnqueueCall(
                call_id=caller.call_id,
                queue_id=caller.queue_id,
                call_class=caller.call_class,
                in_hand=True,
            )
        )
        if self._refused:
            self._hangs_up(caller)
            return
        if caller.where is Where.WAITING:  # nobody was ready: off to the waiting room
            self._report(CallerWaiting(call_id=caller.call_id))
        if caller.patience is not None and caller.where in REACHABLE:
            self._plan(after(self.now, caller.patience), self._gives_up, caller)

    def _answers(self, caller: Caller, token: int) -> None:
        if caller.token == token:
            assert caller.agent_id is not None
            assert caller.offer_id is not None
            caller.where = Where.TALKING
            caller.token += 1
            self._talking[caller.agent_id] = caller
            self._plan(after(self.now, caller.handling), self._is_done, caller, caller.token)
            self._report(AgentAnswered(offer_id=caller.offer_id))

    def _is_done(self, caller: Caller, token: int) -> None:
        if caller.token == token:
            self._hangs_up(caller)

    def _gives_up(self, caller: Caller, _token: int) -> None:
        if caller.where in REACHABLE:
            self._hangs_up(caller)
            again = self._redials(caller, self.now) if self._redials is not None else None
            if again is not None and again.at < self._ends:
                self._plan(again.at, self._calls_again, again)

    def _calls_again(self, caller: Caller, _token: int) -> None:
        self._comes(caller)

    def _hangs_up(self, caller: Caller) -> None:
        self._legs.pop(caller.call_id, None)
        if caller.where is Where.TALKING and caller.agent_id is not None:
            del self._talking[caller.agent_id]
        caller.where = Where.GONE
        caller.token += 1
        self._report(CallerHungUp(call_id=caller.call_id))

    def _rings_out(self, caller: Caller, token: int) -> None:
        if caller.token == token:
            self._ring_failed(caller, Failure.NO_ANSWER)

    def _rings_in_vain(self, caller: Caller, token: int) -> None:
        if caller.token == token:
            self._ring_failed(caller, Failure.REJECTED)

    def _rings_busy(self, caller: Caller, token: int) -> None:
        if caller.token == token:
            self._ring_failed(caller, Failure.BUSY)

    def _ring_failed(self, caller: Caller, why: Failure) -> None:
        assert caller.offer_id is not None
        caller.where = Where.WAITING
        caller.token += 1
        failed, caller.offer_id, caller.agent_id = caller.offer_id, None, None
        self._report(OfferFailed(offer_id=failed, why=why))
        if caller.where is Where.WAITING:
            self._report(CallerWaiting(call_id=caller.call_id))

    def _comes_to_work(self, person: Person, _token: int) -> None:
        person.at_work = True
        self._tell(SetAgentReady(agent_id=person.agent_id))

    def _goes_home(self, person: Person, _token: int) -> None:
        person.at_work = False
        self._tell(LogAgentOut(agent_id=person.agent_id))

    def _comes_back(self, person: Person, _token: int) -> None:
        agent = self.acd.tables.agents[person.agent_id]
        if person.at_work and agent.reason == EngineReason.NO_ANSWER:
            self._tell(SetAgentReady(agent_id=person.agent_id))

    # -- the link ---------------------------------------------------------------------------------

    def _cut(self, _whom: object = None, _token: int = 0) -> None:
        self._link_up = False
        self._tell(LinkLost(reason="cut"))

    def _mend(self, _whom: object = None, _token: int = 0) -> None:
        self._link_up = True
        here = tuple(self._shown(caller) for caller in self.callers.values() if caller.where in PLACES)
        seen = Observation(as_of=self.now, calls=here, reachable=frozenset(self.people))
        self._tell(LinkRestored(seen=seen))

    def _shown(self, caller: Caller) -> LiveCall:
        believed = self.acd.tables.calls.get(caller.call_id)
        return LiveCall(
            call_id=caller.call_id,
            place=PLACES[caller.where],
            caller=caller.number,
            queue_id=caller.queue_id,
            call_class=caller.call_class or (CallClass.NORMAL if believed is None else believed.call_class),
            queued_at=caller.at,
            boost=Span(0) if believed is None else believed.boost,
            offer_id=caller.offer_id,
            agent_id=caller.agent_id,
            also_ringing=self._legs.get(caller.call_id, ())[1:],
        )
