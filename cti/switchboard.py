"""The engine as the IVR sees it: its questions become commands and signals."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import assert_never

from acd.brief import NOTHING, Brief
from acd.call import CallClass, CallState
from acd.commands import BookCallback, EnqueueCall, EnterIvr, TellPlace, TransferCall
from acd.events import Refused
from acd.ids import CallId, QueueId
from acd.instant import Instant, after, in_seconds, seconds
from acd.ivr_signals import CallerJudged, FlowFinished
from acd.ivr_signals import NodeAnswered as Answered
from acd.ivr_signals import NodeEntered as Entered
from acd.orders import RingAgent
from acd.queue_events import CallAnnounced, CallQueued, CallSentAway
from acd.transfer import TransferWay
from cti import briefs, treatments
from cti.campaign_calls import CampaignCalls
from cti.next_time import next_time
from cti.recognition import Recognition
from cti.runtime import EngineStopped, InboxFull, Runtime
from cti.transfer_gate import TransferGate
from cti.translate import dial_failure
from ivr.notes import NodeAnswered, NodeEntered, Note
from ivr.port import Enqueued, Met, QueueClosed, Ring, SentAway, Waiting
from ivr.steps import AskComment, TellGrade
from ivr.utterance import TimeOfDay

MOST_OF_A_RESULT = 64
"""Characters kept of what came of a node."""


class StillTalking(Exception):
    """A flow began for a caller whose conversation has not ended, as far as the floor knows."""


class EngineSwitchboard:
    """Implements :class:`ivr.port.Switchboard` over the runtime."""

    def __init__(
        self,
        runtime: Runtime,
        recognition: Recognition | None = None,
        campaigns: CampaignCalls | None = None,
        transfers: TransferGate | None = None,
    ) -> None:
        """``recognition`` knows who is calling; without it nobody does. ``campaigns`` know whom we call.
        ``transfers`` lets callers out; without it the floor's allow-list alone does.
        """
        self._runtime, self._recognition, self._campaigns = runtime, recognition, campaigns
        self._transfers = transfers

    async def call_entered_ivr(
        self,
        *,
        call_id: str,
        caller: str,
        dialled: str,
        flow: str,
        flow_version: int,
        agent_left: bool = False,
        not_through: str | None = None,
    ) -> Met | None:
        """Announce the caller; None when he is gone already.

        Raises:
            InboxFull: the engine is too far behind; the dialplan keeps the caller in music and comes again.
            StillTalking: for the floor he talks with an agent; likewise.
        """
        name = CallId(call_id)
        who = None if self._recognition is None else await self._recognition.customer_of(name, caller)
        refused = await self._runtime.ask(
            EnterIvr(
                call_id=name,
                caller=caller,
                dialled=dialled,
                flow=flow,
                flow_version=flow_version,
                customer=who,
                returns=agent_left,
                failure=None if not_through is None else dial_failure(not_through),
            )
        )
        if refused is not None and CallId(call_id) in self._runtime.tables.calls:
            raise StillTalking(refused.reason)
        if refused is not None:
            return None
        lead = {} if self._campaigns is None else self._campaigns.lead_of(name)
        return Met(customer=who, lead=lead)

    def note(self, *, call_id: str, notes: Sequence[Note]) -> None:
        """Note the caller's way: the nodes he passes, and what they learn."""
        for note in notes:
            self._runtime.post(_signal(CallId(call_id), note))

    def survey_answered(
        self, *, call_id: str, answer: TellGrade | AskComment, comment: str | None = None
    ) -> None:
        """Note a caller's grade, or what he said."""
        grade, least, most = (
            (answer.grade, answer.least, answer.most) if isinstance(answer, TellGrade) else (None, 0, 0)
        )
        self._runtime.post(
            CallerJudged(
                call_id=CallId(call_id),
                flow=answer.flow,
                node=answer.node,
                question=answer.question,
                grade=grade,
                least=least,
                most=most,
                comment=comment,
            )
        )

    async def enqueue(
        self, *, call_id: str, queue: str, priority: str | None, brief: Brief = NOTHING
    ) -> Enqueued | SentAway | QueueClosed:
        """Hand the caller to a queue. Whom a campaign has called waits as its agents' time allows, and
        nothing talks with him meanwhile.

        Raises:
            EngineStopped: nobody will serve any queue; the dialplan keeps the caller in music.
        """
        call_class = CallClass(priority) if priority is not None else None
        seat = None if self._campaigns is None else self._campaigns.seat_of(CallId(call_id))
        if seat is not None:
            call_class = call_class or seat.call_class
            brief = replace(brief, patience=brief.patience or seat.patience)
        try:
            outputs = await self._runtime.ask_for(
                EnqueueCall(
                    call_id=CallId(call_id),
                    queue_id=QueueId(queue),
                    call_class=call_class,
                    in_hand=True,
                    brief=brief,
                )
            )
        except EngineStopped:
            raise
        except InboxFull as full:
            return QueueClosed(reason=str(full))
        queued: CallQueued | None = None
        ring: Ring | None = None
        for output in outputs:
            match output:
                case CallQueued() if output.call_id == call_id:
                    queued = output
                case RingAgent(by_flow=True):
                    ring_s = max(1, round(in_seconds(output.ring_timeout)))
                    ring = Ring(agent=output.agent_id, offer=output.offer_id, ring_s=ring_s)
                case CallSentAway():
                    to, _ = treatments.PLACES[output.way]
                    return SentAway(to=to, prompts=output.prompts)
                case Refused():
                    return QueueClosed(reason=output.reason)
                case _:
                    pass
        assert queued is not None, f"the floor neither queued nor refused {call_id}"
        return Enqueued(
            queue=queued.queue_id,
            call_class=queued.call_class.value,
            since=str(queued.queued_at),
            boost=str(queued.boost),
            brief=briefs.written(queued.brief),
            ring=ring,
            treatment=self._treatment(queued.queue_id) if seat is None else "",
        )

    def _treatment(self, queue_id: QueueId) -> str:
        return self._runtime.tables.rules.queues[queue_id].treatment

    async def put_through(self, *, call_id: str, way: TransferWay, number: str) -> str | None:
        """Have a caller leave for somebody who is no agent; outside, by the gate.

        Raises:
            EngineStopped: nobody can say; the dialplan takes the caller back.
        """
        if way is not TransferWay.OUTSIDE or self._transfers is None:
            return await self._put_through(call_id, way, number)
        with self._transfers.asked(call_id, number) as why:
            return why or await self._put_through(call_id, way, number)

    async def _put_through(self, call_id: str, way: TransferWay, number: str) -> str | None:
        try:
            refused = await self._runtime.ask(TransferCall(call_id=CallId(call_id), way=way, number=number))
        except EngineStopped:
            raise
        except InboxFull as full:
            return str(full)
        return refused.reason if refused is not None else None

    async def book_callback(
        self,
        *,
        call_id: str,
        queue: str | None,
        number: str | None = None,
        at: int | TimeOfDay | None = None,
        waits: bool = False,
    ) -> str | None:
        """Have a place kept for the caller, who stays in his flow.

        Raises:
            EngineStopped: nobody keeps anything; the dialplan takes the caller back.
        """
        of = queue or self.queue_of(call_id=call_id)
        if of is None or (waits and self.queue_of(call_id=call_id) is None):
            return "he does not wait any more"
        book = BookCallback(
            call_id=CallId(call_id),
            queue_id=QueueId(of),
            number=number,
            not_before=None if at is None else self._moment(QueueId(of), at),
            by_flow=waits,
        )
        try:
            refused = await self._runtime.ask(book)
        except EngineStopped:
            raise
        except InboxFull as full:
            return str(full)
        return refused.reason if refused is not None else None

    def _moment(self, queue_id: QueueId, at: int | TimeOfDay) -> Instant:
        """A time of day is one by the clock of the queue's calendar; without one, of this machine."""
        now = self._runtime.clock.now()
        if isinstance(at, int):
            return after(now, seconds(at))
        rules = self._runtime.tables.rules
        queue = rules.queues.get(queue_id)
        zone = rules.calendars[queue.hours].zone if queue is not None and queue.hours is not None else None
        return next_time(now, time(at.hour, at.minute), zone)

    def queue_of(self, *, call_id: str) -> str | None:
        """Where he waits; who is offered to an agent does not any more."""
        call = self._runtime.tables.call_in_state(CallId(call_id), CallState.WAITING)
        return None if call is None else call.queue_id

    async def tell_place(self, *, call_id: str) -> Waiting | None:
        """His place and his wait, which count as told.

        Raises:
            EngineStopped: nobody knows; the dialplan takes the caller back.
        """
        try:
            outputs = await self._runtime.ask_for(TellPlace(call_id=CallId(call_id)))
        except EngineStopped:
            raise
        except InboxFull:
            return None
        for output in outputs:
            if isinstance(output, CallAnnounced) and output.position is not None:
                return Waiting(position=output.position, wait_minutes=output.wait_minutes)
        return None

    async def flow_finished(self, *, call_id: str) -> None:
        """The flow hangs up next."""
        self._runtime.post(FlowFinished(call_id=CallId(call_id)))


def _signal(call_id: CallId, note: Note) -> Entered | Answered:
    match note:
        case NodeEntered():
            return Entered(call_id=call_id, flow=note.flow, node=note.node, kind=note.kind)
        case NodeAnswered():
            return Answered(
                call_id=call_id,
                flow=note.flow,
                node=note.node,
                kind=note.kind,
                key=note.key,
                result=None if note.result is None else note.result[:MOST_OF_A_RESULT],
                answered=note.answered,
            )
        case _:
            assert_never(note)
