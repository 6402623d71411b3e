"""A day in the menus: callers who wander through flows, stay in them, leave them. Seeded, so repeatable."""

import random
from collections import Counter
from dataclasses import dataclass, field

from acd.call_events import CallEnded
from acd.call_signals import CallerHungUp, CallerWaiting
from acd.commands import EnqueueCall, EnterIvr
from acd.engine import Acd
from acd.ids import CallId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.ivr_events import CallLeftIvr, IvrEntered, IvrNodeAnswered, IvrNodeEntered, TreatmentEntered
from acd.ivr_signals import FlowFinished, NodeAnswered, NodeEntered
from acd.messages import CoreInput
from acd.orders import Order
from cti.envelope import Envelope
from tests.sim_floor import rules_of

FLOWS = {"bank": 3, "after-hours": 4}
KINDS = {"hello": "play", "choice": "menu", "balance": "lookup", "pin": "collect", "bye": "hangup"}
KEYS = "0123456789*#"


class MenuDay:
    """Callers and what a floor said of them, run by run; a run may break off at any moment."""

    def __init__(self, seed: int, *, calls: int = 60, runs: int = 2) -> None:
        self.rng = random.Random(seed)
        self.at = Instant(1_000_000_000)
        self.envelopes: list[Envelope] = []
        self.restarts: list[tuple[int, Instant, frozenset[CallId]]] = []
        """How many envelopes there were, when the next run began, and whom it met alive."""
        for run in range(runs):
            self._lives(f"run{run}", range(run * calls, (run + 1) * calls))

    def _lives(self, run: str, numbers: range) -> None:
        floor = Acd(rules_of({"ana": {"s": 5}}, {"sales": {"s": 1}}, capacity=3))
        seq = 0

        def tell(message: CoreInput) -> None:
            nonlocal seq
            self.at = after(self.at, Span(self.rng.randrange(3_000_000)))
            for output in floor.handle(message, self.at):
                seq += 1
                if not isinstance(output, Order):
                    self.envelopes.append(Envelope(run=run, seq=seq, at=self.at, cause=None, message=output))

        callers = [CallId(f"c{number}") for number in numbers]
        if self.restarts:  # some of those who were here come again
            callers += sorted(self.restarts[-1][2])
        for call_id in callers:
            self._enters(tell, call_id)
        for _ in range(12 * len(callers)):
            self._something(tell, floor, self.rng.choice(callers))
        live = frozenset(floor.tables.calls)
        met = frozenset(call_id for call_id in sorted(live) if self.rng.random() < 0.5)
        self.at = after(self.at, seconds(60))
        self.restarts.append((len(self.envelopes), self.at, met))

    def _enters(self, tell, call_id: CallId) -> None:  # type: ignore[no-untyped-def]
        flow = self.rng.choice(list(FLOWS))
        enters = EnterIvr(call_id=call_id, caller=f"+33{call_id}", dialled="8000", flow=flow)
        tell(enters)

    def _something(self, tell, floor: Acd, call_id: CallId) -> None:  # type: ignore[no-untyped-def]
        call = floor.tables.calls.get(call_id)
        flow = call.flow if call is not None and call.flow is not None else "bank"
        flow = "identify" if self.rng.random() < 0.2 else flow
        node = self.rng.choice(list(KINDS))
        at = {"call_id": call_id, "flow": flow, "node": node, "kind": KINDS[node]}
        match self.rng.randrange(16):
            case 0:
                tell(CallerHungUp(call_id=call_id))
            case 1:
                tell(FlowFinished(call_id=call_id))
                tell(CallerHungUp(call_id=call_id))
            case 2:
                tell(EnqueueCall(call_id=call_id, queue_id=QueueId("sales")))
                tell(CallerWaiting(call_id=call_id))
            case 3:
                self._enters(tell, call_id)
            case 4 | 5 | 6 | 7 | 8 | 9:
                tell(NodeEntered(**at))
            case _:
                if call is not None and call.stay is not None and call.stay.node:
                    *elsewhere, here = call.stay.node.split("/")
                    in_flow = elsewhere[0] if elsewhere else call.flow
                    at |= {"flow": in_flow, "node": here, "kind": KINDS[here]}
                key = self.rng.choice([None, *KEYS])
                answered = self.rng.choice([None, None, True, False])
                tell(NodeAnswered(**at, key=key, result=self.rng.choice(["ok", None]), answered=answered))


@dataclass
class Told:
    """What can be counted of a day by going through what was said, call by call."""

    calls: dict[CallId, str | None] = field(default_factory=dict)
    """How each call that came to a flow ended."""
    stays: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """By flow and exit."""
    visits: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By the stay's flow, and the node's name."""
    answered: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """The same with the last key pressed there."""


def told_by(day: MenuDay) -> Told:
    """Counted naively: one call after the other, one stay after the other."""
    told = Told()
    stay: dict[CallId, str] = {}
    last: dict[CallId, tuple[str, str, str] | None] = {}
    keys: dict[CallId, str | None] = {}
    restarts = {at: (when, met) for at, when, met in day.restarts}

    def leaves_node(call_id: CallId) -> None:
        visit, key = last.pop(call_id, None), keys.pop(call_id, None)
        if visit is not None and key is not None:
            told.answered[*visit, key] += 1

    for at, envelope in enumerate([*day.envelopes, None]):
        if at in restarts:
            met = restarts[at][1]
            for call_id in list(stay):
                told.stays[stay.pop(call_id), "broken_off" if call_id in met else "lost"] += 1
                leaves_node(call_id)
            for call_id, outcome in told.calls.items():
                if outcome is None and call_id not in met:
                    told.calls[call_id] = "lost"
        match envelope.message if envelope is not None else None:
            case IvrEntered(call_id=call_id, flow=flow) | TreatmentEntered(call_id=call_id, flow=flow):
                assert call_id not in stay
                stay[call_id] = flow
                told.calls.setdefault(call_id, None)
            case IvrNodeEntered(call_id=call_id, flow=flow, node=node):
                leaves_node(call_id)
                last[call_id] = stay[call_id], flow, node
                told.visits[stay[call_id], flow, node] += 1
            case IvrNodeAnswered(call_id=call_id, flow=flow, node=node, key=key):
                if last.get(call_id) == (stay[call_id], flow, node):
                    keys[call_id] = key or "-"
            case CallLeftIvr(call_id=call_id, exit=exit_):
                told.stays[stay.pop(call_id), exit_.value] += 1
                leaves_node(call_id)
            case CallEnded(call_id=call_id, outcome=outcome):
                told.calls[call_id] = outcome.value
            case _:
                pass
    return told
