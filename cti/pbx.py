"""The AMI adapter: carries out orders, passes on what Asterisk says, and keeps belief and truth together."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from typing import assert_never

from acd.callback_signals import DialRefused
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Span, in_seconds
from acd.link_signals import FloorObserved, LinkLost, LinkRestored
from acd.observation import Observation
from acd.offer_signals import OrderFailed, OrderUnconfirmed, PhoneChanged
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
from cti import callback_lines, campaign_lines, queue_note, reconcile, several, translate
from cti.ami import AmiLink
from cti.ami_connection import (
    UNANSWERED,
    ActionFailed,
    ActionUnconfirmed,
    Answer,
    LinkDown,
    LinkState,
    Message,
)
from cti.ami_wire import UnsafeHeader
from cti.caller_search import CallerSearch
from cti.clock import Clock
from cti.dial_gate import lines_in_use
from cti.gate import Gate
from cti.left_alone import LeftAlone
from cti.line_placer import LinePlacer, refused
from cti.messages import Order, Signal
from cti.runtime import InboxFull, Runtime
from cti.telling import Announcer, Telling
from dialer.compliance.verdict import Refused
from dialer.ids import AttemptId
from dialer.orders import DropLine, ListNumber, LocateLine, PlaceLine, SendText
from dialer.signals import LineGone, LiveLine

log = logging.getLogger(__name__)

HEARTBEAT_S = 0.5
RECHECK_S = 1.0
"""Between two looks at everything, when the first could not be had."""
AUDIT_S = 30.0
SETTLE_S = 0.2
"""How long Asterisk's events may lag behind its answers. What was seen waits that long before it is told:
what happened before comes first, as it happened, and what happened since makes it old news."""
MOST_ORDERS = 500
"""Phones being ordered to ring at once; one more fails at once, and the floor asks where the caller is."""
FORGET_AFTER_S = 60.0
"""Whom nobody was there for stays written down for so long after the floor was told."""
AMI_USER = "callwright"


def _ring_s(ring_timeout: Span) -> str:
    return str(max(1, round(in_seconds(ring_timeout))))


class Pbx:
    """One Asterisk, as the runtime's hands and eyes."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        secret: str,
        clock: Clock,
        announcer: Announcer,
        gate: Gate,
        left_alone: LeftAlone | None = None,
        flow_talks_with: Callable[[CallId], bool] = lambda call_id: False,
        alone: Callable[[PlaceLine], str] = lambda order: "",
        audit_s: float = AUDIT_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._clock = clock
        self._gate = gate
        self._left_alone = left_alone
        self._telling = Telling(
            announcer,
            call_of=lambda call_id: self.runtime.tables.calls.get(call_id),
            send=self._pipe,
            in_background=self._in_background,
            flow_talks_with=flow_talks_with,
        )
        self._audit_s = audit_s
        self._settle_s = settle_s
        self._runtime: Runtime | None = None
        self._orders: set[asyncio.Task[None]] = set()
        self._recheck = asyncio.Event()
        self._at_gate: dict[OfferId, CallId] = {}
        """Callbacks for which the gate is being asked, by their offers."""
        self._phones_meanwhile: dict[AgentId, bool] = {}
        """What was told about phones since the last observation began."""
        self.link = AmiLink(
            host=host,
            port=port,
            username=AMI_USER,
            secret=secret,
            wanted_events=translate.WANTED_EVENTS,
            on_event=self._on_event,
            on_up=self._on_up,
            on_down=self._on_down,
            clock=clock.now,
        )

        self._callers = CallerSearch(
            link=self.link,
            clock=clock,
            tell=self._tell,
            call_of=lambda call_id: self.runtime.tables.calls.get(call_id),
            settle_s=settle_s,
        )
        self._lines = LinePlacer(
            link=self.link,
            gate=gate,
            clock=clock,
            tell=self._tell,
            other_lines=lambda: lines_in_use(self.runtime.tables, self._at_gate.values()),
            in_background=self._in_background,
            settle_s=settle_s,
            alone=alone,
        )

    def serve(self, runtime: Runtime) -> None:
        """Say whose hands and eyes these are; before :meth:`run`."""
        self._runtime = runtime

    @property
    def runtime(self) -> Runtime:
        """The runtime served."""
        assert self._runtime is not None, "serve() comes first"
        return self._runtime

    async def run(self) -> None:
        """Keep the link, the heartbeat and the audit until cancelled; nothing of it is left then."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.link.run())
                group.create_task(self._beat())
                group.create_task(self._audit())
        finally:
            await self.close()

    async def close(self) -> None:
        """End the orders under way."""
        tasks = list(self._orders)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self._callers.close(), return_exceptions=True)

    # -- what Asterisk says -------------------------------------------------------------------

    def _tell(self, signal: Signal) -> bool:
        told = self.runtime.post(signal)
        if not told:
            self._recheck.set()  # something was missed: look at everything
        return told

    def _on_event(self, event: Message) -> None:
        for signal in translate.signals(event):
            if isinstance(signal, PhoneChanged) and signal.agent_id in self.runtime.tables.agents:
                self._phones_meanwhile[signal.agent_id] = signal.reachable
            elif isinstance(signal, LineGone):
                self._lines.gone(signal.attempt_id)
            self._tell(signal)

    async def _on_up(self) -> None:
        seen = await self._observe()
        floor = self._with_phones(seen.floor)
        log.info("Asterisk is here: %d calls, %d phones registered", len(floor.calls), len(floor.reachable))
        lines = self._lines.observed(seen.lines, floor.as_of)
        there = {line.attempt_id for line in lines.lines}
        alone = [one for one in await self._were_alone() if one.attempt_id not in there]
        gone = [LineGone(attempt_id=one.attempt_id) for one in alone]
        lines = replace(lines, lines=(*lines.lines, *alone))
        news: tuple[Signal, ...] = (LinkRestored(seen=floor), lines, *gone)
        if not all(self._tell(one) for one in news):
            raise InboxFull("no room for what was seen")  # the floor must hear this: the link begins again
        if alone:
            log.warning("%d people answered a campaign while nobody was here", len(alone))
            self._in_background(self._forget([one.attempt_id for one in alone]))
        await self._beat_once()  # only now: a caller brought back by it would wait for nobody

    async def _were_alone(self) -> tuple[LiveLine, ...]:
        """Whom campaigns reached meanwhile, and who are gone again."""
        if self._left_alone is None:
            return ()
        return await asyncio.to_thread(self._left_alone.found)

    async def _forget(self, attempts: Collection[AttemptId]) -> None:
        """Once they are surely on record; told a second time they would be old news."""
        await asyncio.sleep(FORGET_AFTER_S)
        if self._left_alone is not None:
            await asyncio.to_thread(self._left_alone.forget, attempts)

    def _on_down(self, reason: str) -> None:
        log.warning("the link to Asterisk is down: %s", reason)
        self._tell(LinkLost(reason=reason))

    async def _observe(self) -> reconcile.Seen:
        self._phones_meanwhile.clear()
        self._lines.observing()
        seen = await reconcile.observe(self.link, self._clock.now())
        await asyncio.sleep(self._settle_s)
        return seen

    def _with_phones(self, seen: Observation) -> Observation:
        """An observation with the latest word on each phone: for phones the floor knows no old news."""
        latest = dict.fromkeys(seen.reachable, True) | self._phones_meanwhile
        return replace(seen, reachable=frozenset(agent for agent, here in latest.items() if here))

    async def _beat(self) -> None:
        """Tell the dialplan, again and again, that somebody is here to route its callers."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self.link.state is LinkState.UP:
                try:
                    await self._beat_once()
                except UNANSWERED as error:
                    log.warning("heartbeat: %s", error)

    async def _beat_once(self) -> None:
        if self.runtime.alive:
            # Asterisk compares it with the time of day, which somebody may set while we run.
            now = str(int(time.time() * 1_000))
            await self.link.act("Setvar", [("Variable", "CTI_HEARTBEAT"), ("Value", now)])

    async def _audit(self) -> None:
        """Compare belief with truth now and then, and whenever something was missed."""
        while True:
            try:
                async with asyncio.timeout(self._audit_s):
                    await self._recheck.wait()
            except TimeoutError:
                pass
            if self.link.state is LinkState.UP:
                self._recheck.clear()
                try:
                    seen = await self._observe()
                except UNANSWERED as error:
                    log.warning("audit: %s", error)
                    self._recheck.set()
                else:
                    self._tell(FloorObserved(seen=self._with_phones(seen.floor)))
                    self._tell(self._lines.observed(seen.lines, seen.floor.as_of))
            if self._recheck.is_set():  # no link, or no room: not in a tight loop
                await asyncio.sleep(RECHECK_S)

    # -- what the floor orders ----------------------------------------------------------------

    def carry_out(self, order: Order) -> None:
        """Start an order; its outcome comes back as a signal. Orders are written in the order given."""
        match order:
            case RingAgent(by_flow=True):
                pass  # the answer to the flow carries it: see EngineSwitchboard.enqueue
            case RingAgent():
                self._ring(order)
            case Announce():
                self._telling.announce(order)
            case RingAgents():
                self._ring_several(order)
            case StopRinging():
                self._in_background(self._stop_ringing(order))
            case NoteQueue():
                self._note(order)
            case MoveCaller():
                self._telling.move(order)
            case RecallCaller():
                self._callers.recall(order.call_id, order.offer_id)
            case LocateCall():
                self._callers.locate(order.call_id)
            case RingAgentForCallback() | DialCustomer():
                self._in_background(self._call_back(order))
            case CancelDial():
                self._callers.close_line(order.call_id)
            case PlaceLine():
                self._lines.place(order)
            case DropLine():
                self._lines.drop(order.attempt_id, also_dialled=order.also_dialled)
            case LocateLine():
                self._lines.locate(order.attempt_id)
            case SendText() | ListNumber():
                raise AssertionError(f"no order for a PBX: {order}")
            case _:
                assert_never(order)

    def _note(self, order: NoteQueue) -> None:
        actions = queue_note.actions(order, self._treatment(order.queue_id))
        self._pipe(f"note on {order.call_id}", actions)

    def _treatment(self, queue_id: QueueId) -> str:
        queue = self.runtime.tables.rules.queues.get(queue_id)
        return "" if queue is None else queue.treatment

    def _pipe(self, what: str, actions: list[tuple[str, list[tuple[str, str]]]]) -> None:
        """Send actions whose failure changes nothing but the log."""
        if len(self._orders) >= MOST_ORDERS:
            log.warning("%s: not sent, %d orders are under way", what, MOST_ORDERS)
            return
        try:
            answers = self.link.act_pipelined(actions)
        except (LinkDown, UnsafeHeader) as error:
            log.warning("%s: %s", what, error)
            return
        self._in_background(self._piped(what, answers))

    async def _piped(self, what: str, answers: "asyncio.Future[list[Answer]]") -> None:
        for answer in await answers:
            if isinstance(answer, Exception):
                log.warning("%s: %s", what, answer)

    def _ring(self, order: RingAgent) -> None:
        channel = ("Channel", order.call_id)  # Asterisk takes a unique id where it wants a channel's name
        actions: list[several.Action] = [
            ("Setvar", [channel, ("Variable", "__CTI_OFFER"), ("Value", order.offer_id)]),
            ("Setvar", [channel, ("Variable", "CTI_RING"), ("Value", _ring_s(order.ring_timeout))]),
            ("Redirect", [channel, ("Context", "connect"), ("Exten", order.agent_id), ("Priority", "1")]),
        ]
        self._begin(order.offer_id, actions)

    def _ring_several(self, order: RingAgents) -> None:
        self._begin(order.phones[0].offer_id, several.actions(order, _ring_s(order.ring_timeout)))

    async def _call_back(self, order: RingAgentForCallback | DialCustomer) -> None:
        """Nobody is rung before the gate has said yes, and only if he is still wanted then."""
        campaigns = self.runtime.campaigns
        request = campaign_lines.asked_of_gate(order, self.runtime.tables, campaigns)
        if request is None:
            self._failed(order.offer_id, f"{order.call_id} is nobody's attempt any more")
            return
        self._at_gate[order.offer_id] = order.call_id
        try:
            if dials := isinstance(order, DialCustomer):
                verdict = await self._gate.ask(request, self.lines_in_use, order.call_id)
            else:
                verdict = await self._gate.look(request, self.lines_in_use())
        finally:
            self._at_gate.pop(order.offer_id, None)
        if isinstance(verdict, Refused):
            log.info("%s is not dialled for %s: %s", order.number, order.call_id, verdict.told)
            if request.campaign_id is not None:  # what follows for him the dialer knows
                self._tell(refused(AttemptId(request.attempt_id), verdict))
            self._tell(DialRefused(offer_id=order.offer_id, why=verdict.told, not_before=verdict.until))
        elif order.offer_id in self.runtime.tables.offers:
            by_itself = campaign_lines.answers_by_itself(order.call_id, campaigns)
            self._begin(order.offer_id, callback_lines.actions(order, verdict, auto_answer=by_itself))
        elif dials:
            await self._gate.take_back(request.attempt_id)

    def lines_in_use(self) -> int:
        """Lines to the outside, whoever's, but for callbacks that ask for one: they have none before the gate
        has said yes."""
        return lines_in_use(self.runtime.tables, self._at_gate.values()) + self._lines.lines

    def _begin(self, offer_id: OfferId, actions: list[several.Action]) -> None:
        """Send an order of several actions; the last one's outcome is the order's."""
        if len(self._orders) >= MOST_ORDERS:
            self._failed(offer_id, f"{MOST_ORDERS} orders are under way")
            return
        try:
            answers = self.link.act_pipelined(actions)
        except (LinkDown, UnsafeHeader) as error:
            self._failed(offer_id, str(error))
            return
        self._in_background(self._begun(offer_id, answers))

    async def _begun(self, offer_id: OfferId, answers: "asyncio.Future[list[Answer]]") -> None:
        *_, last = await answers
        if isinstance(last, ActionFailed):
            self._failed(offer_id, str(last))
        elif isinstance(last, ActionUnconfirmed):
            log.warning("order to ring for offer %s is unconfirmed: %s", offer_id, last)
            self._tell(OrderUnconfirmed(offer_id=offer_id, detail=str(last)))

    async def _stop_ringing(self, order: StopRinging) -> None:
        """Should it come to nothing, the phone rings until its time is over: its offer is withdrawn."""
        try:
            leg = several.leg(order.offer_id, await self.link.act_list("CoreShowChannels"))
            if leg is not None:
                await self.link.act("Hangup", [("Channel", leg)])
        except (*UNANSWERED, UnsafeHeader) as error:
            log.warning("order to stop ringing for offer %s: %s", order.offer_id, error)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    def _failed(self, offer_id: OfferId, detail: str) -> None:
        log.warning("order to ring for offer %s failed: %s", offer_id, detail)
        self._tell(OrderFailed(offer_id=offer_id, detail=detail))
