"""Messages of calls as a run would write them down, for contracts of what is kept of calls."""

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.call import CallClass, Outcome
from acd.call_events import (
    CallConnected,
    CallEnded,
    CallStarted,
)
from acd.call_signals import CallArrived
from acd.decision import Candidate, Score, Verdict
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.ivr_events import IvrEntered, IvrNodeAnswered
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, OfferMade, RoutingDecided
from acd.orders import RingAgent
from acd.queue_events import CallQueued
from acd.reasons import NotReadyReason
from cti.envelope import Envelope
from cti.journal import Position
from cti.messages import Input, Output
from cti.projections import CallRecord

SECOND = 1_000_000
SALES, SUPPORT = QueueId("sales"), QueueId("support")
ANA, BEN = AgentId("ana"), AgentId("ben")


SCORE = Score(
    call_class=CallClass.VIP,
    waited=Span(0),
    offset=Span(60 * SECOND),
    boost=Span(0),
    objective=Span(20 * SECOND),
    never_exceed=Span(180 * SECOND),
    millionths=3_000_000,
    overdue=False,
)


class Tape:
    """Writes down a run's messages, one second apart."""

    def __init__(self, run: str = "run1", begins_at: int = 1_000) -> None:
        self.run, self.now, self.seq = run, begins_at, 0
        self.envelopes: list[Envelope] = []

    def then(self, *messages: Input | Output) -> "Tape":
        for message in messages:
            self.seq += 1
            at = Instant(self.now * SECOND)
            self.envelopes.append(Envelope(run=self.run, seq=self.seq, at=at, cause=None, message=message))
        self.now += 1
        return self

    def arrives(self, call: str, *, found: bool = False, caller: str = "+3312") -> "Tape":
        call_id = CallId(call)
        return self.then(
            CallArrived(call_id=call_id, caller=caller, dialled="8000"),
            CallStarted(call_id=call_id, caller=caller, dialled="8000", found=found),
        )

    def queues(self, call: str, queue: QueueId = SALES) -> "Tape":
        return self.then(
            CallQueued(
                call_id=CallId(call),
                queue_id=queue,
                call_class=CallClass.VIP,
                queued_at=Instant(self.now * SECOND),
                position=1,
            )
        )

    def offered(self, call: str, agent: AgentId) -> "Tape":
        offer, call_id = OfferId(f"o{self.seq}"), CallId(call)
        return self.then(
            OfferMade(
                offer_id=offer, call_id=call_id, agent_id=agent, queue_id=SALES, expires_at=Instant(self.now)
            ),
            RoutingDecided(
                offer_id=offer,
                call_id=call_id,
                agent_id=agent,
                queue_id=SALES,
                because="longest idle",
                score=SCORE,
                candidates=(Candidate(agent_id=agent, verdict=Verdict.CHOSEN, detail="idle 30 s"),),
                candidates_unnamed=0,
                rivals=(),
                rivals_unnamed=0,
            ),
            RingAgent(offer_id=offer, call_id=call_id, agent_id=agent, ring_timeout=Span(15 * SECOND)),
        )

    def connects(self, call: str, agent: AgentId, waited: int) -> "Tape":
        return self.then(
            CallConnected(call_id=CallId(call), agent_id=agent, queue_id=SALES, waited=Span(waited * SECOND))
        )

    def ends(
        self, call: str, outcome: Outcome, *, queue: QueueId | None = SALES, talked: int | None = None
    ) -> "Tape":
        return self.then(
            CallEnded(
                call_id=CallId(call),
                queue_id=queue,
                agent_id=ANA if talked is not None else None,
                outcome=outcome,
                talked=None if talked is None else Span(talked * SECOND),
            )
        )

    def moves(self, agent: AgentId, now: AgentState, reason: NotReadyReason | None = None) -> "Tape":
        return self.then(
            AgentStateChanged(
                agent_id=agent, was=AgentState.READY, now=now, reason=reason, because=Because.ASKED
            )
        )

    @property
    def end(self) -> Position:
        return Position(f"{self.run}-000001.jsonl", len(self.envelopes))


def answered(call: CallId, node: str, key: str | None) -> IvrNodeAnswered:
    return IvrNodeAnswered(call_id=call, flow="main", node=node, kind="menu", key=key, result=None)


def served_call() -> Tape:
    """A caller who picked 1, then 2, waited, was refused by Ben and then talked with Ana."""
    call = CallId("c1")
    return (
        Tape()
        .arrives("c1")
        .then(IvrEntered(call_id=call, flow="main", flow_version=3, caller="+3312"))
        .then(answered(call, "menu", "1"))
        .then(answered(call, "language", None))
        .then(answered(call, "language", "2"))
        .queues("c1")
        .offered("c1", BEN)
        .then(OfferEnded(offer_id=OfferId("o8"), call_id=call, agent_id=BEN, how=OfferEnd.REJECTED))
        .offered("c1", ANA)
        .connects("c1", ANA, waited=4)
        .ends("c1", Outcome.ANSWERED, talked=1)
    )


SERVED = CallRecord(
    call_id=CallId("c1"),
    caller="+3312",
    dialled="8000",
    arrived_at=Instant(1_000 * SECOND),
    found=False,
    flow="main",
    flow_version=3,
    menu_keys="12",
    queue_id=SALES,
    call_class=CallClass.VIP,
    queued_at=Instant(1_005 * SECOND),
    offers_made=2,
    connected_at=Instant(1_009 * SECOND),
    agent_id=ANA,
    ended_at=Instant(1_010 * SECOND),
    outcome=Outcome.ANSWERED,
    waited_us=Span(4 * SECOND),
    talked_us=Span(1 * SECOND),
)
