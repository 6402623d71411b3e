"""The ACD behind its three doors: ``handle``, ``next_deadline``, ``advance``. No clock, no await."""

from typing import assert_never

from acd import (
    adoption,
    agents,
    announcements,
    bars,
    booking,
    callback_attempts,
    callback_recovery,
    callbacks,
    calls,
    doors,
    dwell,
    for_agent,
    force,
    journey,
    leaving,
    mailboxes,
    offers,
    overflow,
    policy,
    preferred,
    recovery,
    relaxation,
    reserve,
    staffing,
    standings,
    stays,
    surveys,
    tiers,
    transfers,
    wrapup,
)
from acd.call_signals import (
    CallArrived,
    CallDropped,
    CallerHungUp,
    CallerLeaving,
    CallerPressed,
    CallerWaiting,
    CustomerFound,
    TransferOver,
    TransferTaken,
)
from acd.callback_signals import CustomerAnswered, DialFailed, DialRefused
from acd.chance import Chance
from acd.commands import (
    BookCallback,
    CancelCallback,
    ChooseNextState,
    CloseQueue,
    DialForAgent,
    EndWrapUp,
    EnqueueCall,
    EnterIvr,
    ExtendWrapUp,
    ForceAgentState,
    LogAgentOut,
    ReopenQueue,
    SetAgentNotReady,
    SetAgentReady,
    SetQueueStanding,
    TellPlace,
    TransferCall,
)
from acd.instant import Instant
from acd.ivr_signals import CallerJudged, FlowFinished, NodeAnswered, NodeEntered
from acd.link_signals import CallLocated, FloorObserved, LinkLost, LinkRestored
from acd.message_signals import MessageAsked, MessageHandled, MessageTakenIn
from acd.messages import CoreInput, Output
from acd.offer_signals import (
    AgentAnswered,
    AgentHungUp,
    AgentRinging,
    OfferFailed,
    OrderFailed,
    OrderUnconfirmed,
    PhoneChanged,
)
from acd.remembered import (
    AgentRemembered,
    AgentsRemembered,
    CallbacksRemembered,
    QueuesRemembered,
    UnansweredRemembered,
)
from acd.rules import Rules
from acd.tables import Tables
from acd.timers import Timer, TimerKind

BECAUSE_READY = "an agent was ready and callers were waiting"
BECAUSE_WAITING = "a caller was waiting and agents were ready"


class Acd:
    """Decides who talks to whom. One task calls it; between two calls it is at a fixed point:
    no caller in the waiting room and ready agent who suit each other are left unmatched.
    """

    def __init__(self, rules: Rules, *, explains: bool = True, chance: Chance | None = None) -> None:
        """``explains=False`` leaves out :class:`acd.offer_events.RoutingDecided`, for a simulation nobody
        asks why: every decision is the same. ``chance`` draws lots; by default seeded with the run's name."""
        self.tables = Tables(rules, explains=explains, chance=chance)
        self._now = Instant(0)

    def handle(self, message: CoreInput, at: Instant) -> tuple[Output, ...]:
        """Apply one message at ``at`` and return what follows, in causal order.

        What was due before ``at`` happens first, at its own time, so a late shell changes nothing.
        """
        self._fire(at)
        self._apply(message, self._now)
        self._settle(self._now)
        if self.tables.in_hand is not None:
            journey.out_of_hand(self.tables, self._now)
        return self._drain()

    def adopt(self, rules: Rules, version: int, at: Instant) -> tuple[Output, ...]:
        """Decide by these rules from ``at`` on, also about callers who wait already; or refuse them whole."""
        self._fire(at)
        adoption.adopt(self.tables, rules, version, self._now)
        self._settle(self._now)
        return self._drain()

    def next_deadline(self) -> Instant | None:
        """When :meth:`advance` has something to do; None when nothing is pending."""
        return self.tables.timers.next_due()

    def advance(self, to: Instant) -> tuple[Output, ...]:
        """Let time pass until ``to`` and return what follows."""
        self._fire(to)
        return self._drain()

    def _fire(self, to: Instant) -> None:
        if not self.tables.doors:
            doors.begin(self.tables, max(self._now, to))
        while (due := self.tables.timers.pop_due(to)) is not None:
            at, timer = due
            self._now = max(self._now, at)
            self._due(timer, self._now)
            self._settle(self._now)
        if to > self._now:
            self._now = to

    def _drain(self) -> tuple[Output, ...]:
        t = self.tables
        t.free_instant(self._now)
        outputs, t.outputs = tuple(t.outputs), []
        return outputs

    def _due(self, timer: Timer, at: Instant) -> None:
        match timer.kind:
            case TimerKind.OFFER_LEASE:
                callback_attempts.lease_over(self.tables, timer.name, at)
            case TimerKind.WRAP_UP:
                wrapup.over(self.tables, timer.name, at)
            case TimerKind.COOL_DOWN:
                agents.cool_down_over(self.tables, timer.name, at)
            case TimerKind.DWELL:
                dwell.due(self.tables, timer.name, at)
            case TimerKind.LOCATE:
                calls.search_due(self.tables, timer.name, at)
            case TimerKind.BAR:
                bars.due(self.tables, timer.name, at)
            case TimerKind.RELAXATION:
                relaxation.due(self.tables, timer.name, at)
            case TimerKind.ANNOUNCE:
                announcements.due(self.tables, timer.name, at)
            case TimerKind.OVERFLOW:
                overflow.due(self.tables, timer.name)
            case TimerKind.HOURS:
                doors.due(self.tables, timer.name, at)
            case TimerKind.PREFERRED_AGENT:
                preferred.due(self.tables, timer.name)
            case TimerKind.RESERVE:
                reserve.due(self.tables, timer.name, at)
            case TimerKind.TIER:
                tiers.due(self.tables, timer.name, at)
            case TimerKind.CALLBACK:
                callbacks.moment_came(self.tables, timer.name, at)
            case _:
                assert_never(timer.kind)

    def _settle(self, at: Instant) -> None:
        """First whoever can be served is; then those who may have to go elsewhere are looked at, who may be
        served there.
        """
        t = self.tables
        if t.doors_moved:
            callbacks.doors_moved(t, at)
        if t.staff_changed:
            staffing.recheck(t, at)
        self._match(at)
        while t.to_consider:
            overflow.consider(t, at)
            self._match(at)

    def _match(self, at: Instant) -> None:
        """Match until nothing more fits. Only who became free since the last match can have changed anything;
        whoever did so in the same moment is matched by the rules, not in the order we noticed.
        """
        t = self.tables
        m = t.matching
        if m.recheck:
            relaxation.recheck(t)
        if not m.unsettled:
            return
        demands = tuple(m.unsettled)
        m.unsettled.clear()
        while t.link_up and (match := policy.next_match(t, demands, at)) is not None:
            call, agent = match
            offers.make(t, call, agent, at, BECAUSE_READY if agent.since == at else BECAUSE_WAITING)
        if t.to_ring:
            offers.ring_more(t, at)

    def _apply(self, message: CoreInput, at: Instant) -> None:
        t = self.tables
        match message:  # what happens most comes first
            case EnterIvr():
                journey.enter_ivr(t, message, at)
            case EnqueueCall():
                journey.enqueue(t, message, at)
            case ChooseNextState():
                agents.choose_next(t, message, at)
            case EndWrapUp():
                wrapup.end(t, message, at)
            case ExtendWrapUp():
                wrapup.extend(t, message, at)
            case ForceAgentState():
                force.force(t, message, at)
            case SetQueueStanding():
                standings.set_standing(t, message, at)
            case CallArrived():
                journey.arrived(t, message, at)
            case CallDropped():
                journey.dropped(t, message, at)
            case CallerWaiting():
                journey.waiting(t, message, at)
            case CallerHungUp():
                journey.hung_up(t, message, at)
            case AgentAnswered():
                callback_attempts.agent_answered(t, message, at)
            case AgentRinging():
                callback_attempts.agent_rings(t, message, at)
            case SetAgentReady():
                agents.set_ready(t, message, at)
            case SetAgentNotReady():
                agents.set_not_ready(t, message, at)
            case LogAgentOut():
                agents.log_out(t, message, at)
            case CallerLeaving():
                leaving.arrived(t, message, at)
            case CloseQueue():
                doors.close(t, message, at)
            case ReopenQueue():
                doors.reopen(t, message, at)
            case QueuesRemembered():
                doors.remembered(t, message, at)
            case CustomerFound():
                journey.customer_found(t, message, at)
            case NodeEntered():
                stays.node_entered(t, message, at)
            case NodeAnswered():
                stays.node_answered(t, message, at)
            case FlowFinished():
                journey.flow_finished(t, message, at)
            case OfferFailed():
                offers.failed(t, message, at)
            case AgentHungUp():
                offers.agent_hung_up(t, message, at)
            case PhoneChanged():
                agents.phone_changed(t, message, at)
            case OrderFailed():
                callback_attempts.order_failed(t, message, at)
            case DialRefused():
                callback_attempts.dial_refused(t, message, at)
            case OrderUnconfirmed():
                callback_attempts.order_unconfirmed(t, message, at)
            case LinkLost():
                recovery.link_lost(t, message, at)
            case LinkRestored():
                recovery.link_restored(t, message, at)
            case FloorObserved():
                recovery.observe(t, message.seen, at, orders_pending=True)
            case CallLocated():
                recovery.located(t, message, at)
            case AgentRemembered():
                standings.remembered(t, message, at)
                agents.remembered(t, message, at)
            case UnansweredRemembered():
                journey.unanswered_remembered(t, message, at)
            case TransferCall():
                transfers.begin(t, message, at)
            case TransferTaken():
                transfers.taken(t, message, at)
            case TransferOver():
                transfers.over(t, message, at)
            case CallerJudged():
                surveys.judged(t, message, at)
            case CallerPressed():
                booking.pressed(t, message, at)
            case BookCallback():
                booking.book(t, message, at)
            case TellPlace():
                announcements.tell_place(t, message, at)
            case DialForAgent():
                for_agent.dial(t, message, at)
            case CancelCallback():
                callbacks.cancel(t, message, at)
            case CustomerAnswered():
                callback_attempts.customer_answered(t, message, at)
            case DialFailed():
                callback_attempts.dial_failed(t, message, at)
            case CallbacksRemembered():
                callback_recovery.remembered(t, message, at)
            case MessageAsked():
                mailboxes.asked(t, message, at)
            case MessageTakenIn():
                mailboxes.taken_in(t, message)
            case MessageHandled():
                mailboxes.handled(t, message, at)
            case AgentsRemembered():
                for one in message.agents:
                    standings.remembered(t, one, at)
                    agents.remembered(t, one, at)
            case _:
                assert_never(message)
