"""Stories in the domain's words: a floor of simulated callers and agents, told and asked in one line each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acd.agent import Agent, AgentState
from acd.agent_state import QueueStanding
from acd.brief import Brief, Datum
from acd.call import Call, CallClass, Outcome
from acd.call_events import CallEnded
from acd.callback import Callback, CallbackState
from acd.callback_events import CallbackBooked, CallbackStateChanged
from acd.commands import (
    AdoptRules,
    BookCallback,
    CancelCallback,
    ChooseNextState,
    Command,
    EndWrapUp,
    ExtendWrapUp,
    ForceAgentState,
    LogAgentOut,
    SetAgentNotReady,
    SetAgentReady,
    SetQueueStanding,
)
from acd.events import Refused
from acd.hours import Calendar
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.invariants import violations
from acd.ivr_signals import FlowFinished
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, OfferMade, RoutingDecided
from acd.orders import RingAgent, RingAgents
from acd.outside import OutsideRules
from acd.reasons import NotReadyReason
from acd.requirement import Requirement
from acd.rules import AgentProfile, QueueRules, Relaxation, Rules
from acd.skills import SkillSet
from acd.timers import TimerKind
from cti.config import AgentConfig
from cti.rules import rules_of as rules_from
from cti.rules_document import RulesDocument, to_json
from cti.simulated_call import SimCall
from cti.simulation import World


@dataclass(frozen=True)
class Rings:
    """An agent's phone was ordered to ring."""

    agent: str


@dataclass(frozen=True)
class StopsRinging:
    """An agent's phone stopped ringing without an answer."""

    agent: str


def rules_of(
    agents: dict[str, dict[str, int]],
    queues: Mapping[str, dict[str, int] | str],
    *,
    vips: tuple[str, ...] = (),
    relax: Mapping[str, tuple[tuple[float, str], ...]] | None = None,
    prefers: Mapping[str, str] | None = None,
    rules: Mapping[str, object] | None = None,
    life: Mapping[str, Mapping[str, object]] | None = None,
    calendars: Mapping[str, Calendar] | None = None,
    outside: tuple[str, ...] = (),
    extensions: tuple[str, ...] = (),
    **queue: object,
) -> Rules:
    """Rules from ``{agent: skills}`` and ``{queue: what it requires}``; ``queue`` sets rules of all queues.

    ``life`` sets rules of single queues.
    ``relax`` gives queues' steps as pairs of seconds and expression, ``prefers`` whom they prefer,
    ``outside`` how numbers begin that may be called.
    """
    favoured = {q: Requirement.parse(text) for q, text in (prefers or {}).items()}
    steps = {
        q: tuple(Relaxation(after=seconds(s), requirement=Requirement.parse(text)) for s, text in pairs)
        for q, pairs in (relax or {}).items()
    }
    return Rules(
        run="sim",
        queues={
            QueueId(q): QueueRules(
                queue_id=QueueId(q),
                requirement=Requirement.parse(need) if isinstance(need, str) else Requirement.of(need),
                prefers=favoured.get(q),
                relax=steps.get(q, ()),
                **{**queue, **(life or {}).get(q, {})},  # type: ignore[arg-type]
            )
            for q, need in queues.items()
        },
        agents={
            AgentId(a): AgentProfile(agent_id=AgentId(a), name=a.title(), skills=SkillSet.of(skills))
            for a, skills in agents.items()
        },
        vip_callers=frozenset(vips),
        **(rules or {}),  # type: ignore[arg-type]
        calendars=dict(calendars or {}),
        outside=OutsideRules(allow=outside, extensions=extensions),
    )


def document_of(
    agents: Mapping[str, Mapping[str, int]], queues: Mapping[str, Mapping[str, Any]], **more: Any
) -> RulesDocument:
    """A rules document from ``{agent: skills}`` and ``{queue: its rules}``; ``more`` are other sections."""
    return RulesDocument.model_validate(
        {
            "agents": {name: {"skills": skills} for name, skills in agents.items()},
            "queues": [{"id": queue, **rules} for queue, rules in queues.items()],
            **more,
        }
    )


def opens_with(document: RulesDocument, seed: int = 0) -> "SimFloor":
    """A floor for the people whom a document names."""
    people = [AgentConfig(id=name, name=name.title()) for name in document.agents]
    return SimFloor(rules_from(people, document, "sim"), seed)


class Agents:
    """Several agents addressed at once."""

    def __init__(self, floor: "SimFloor", names: tuple[str, ...]) -> None:
        self.floor, self.names = floor, names

    def ready(self) -> None:
        """They set themselves ready, one millisecond apart so that the order of idleness is known."""
        for name in self.names:
            self.floor.asks(SetAgentReady(agent_id=AgentId(name)))
            self.floor.wait(seconds=0.001)


class OneAgent:
    """One agent and his phone."""

    def __init__(self, floor: "SimFloor", name: str) -> None:
        self.floor, self.id = floor, AgentId(name)

    @property
    def now(self) -> Agent:
        return self.floor.world.floor.tables.agents[self.id]

    @property
    def state(self) -> object:
        return self.now.state

    def lets_it_ring(self) -> None:
        self.floor.world.phones[self.id].answers_after = None

    def answers_after(self, secs: float) -> None:
        self.floor.world.phones[self.id].answers_after = lambda: seconds(secs)

    def talks_for(self, secs: float) -> None:
        self.floor.world.phones[self.id].talks = lambda: seconds(secs)

    def rejects(self) -> None:
        self.floor.world.phones[self.id].rejects = True

    def sets_ready(self) -> str | None:
        return self.floor.asks(SetAgentReady(agent_id=self.id))

    def sets_not_ready(self, reason: str = "break") -> str | None:
        return self.floor.asks(SetAgentNotReady(agent_id=self.id, reason=NotReadyReason(reason)))

    def logs_out(self) -> str | None:
        return self.floor.asks(LogAgentOut(agent_id=self.id))

    def chooses_next(self, state: AgentState | None, reason: str | None = None) -> str | None:
        why = NotReadyReason(reason) if reason is not None else None
        return self.floor.asks(ChooseNextState(agent_id=self.id, state=state, reason=why))

    def stands(self, queue: str, standing: QueueStanding, reason: str | None = None) -> str | None:
        return self.floor.asks(
            SetQueueStanding(
                agent_id=self.id,
                queue_id=QueueId(queue),
                standing=standing,
                reason=NotReadyReason(reason) if reason is not None else None,
            )
        )

    def is_done(self) -> str | None:
        return self.floor.asks(EndWrapUp(agent_id=self.id))

    def needs_more_time(self) -> str | None:
        return self.floor.asks(ExtendWrapUp(agent_id=self.id))

    def is_forced(self, state: AgentState, reason: str | None = None, *, now: bool = False) -> str | None:
        return self.floor.asks(
            ForceAgentState(
                agent_id=self.id,
                state=state,
                reason=NotReadyReason(reason) if reason is not None else None,
                by="carol",
                because="shift change",
                now=now,
            )
        )

    def takes_calls(self) -> None:
        phone = self.floor.world.phones[self.id]
        phone.rejects = phone.busy = False

    def loses_his_phone_unnoticed(self) -> None:
        self.floor.world.phones[self.id].registered = False

    def is_busy_elsewhere(self) -> None:
        self.floor.world.phones[self.id].busy = True

    def unplugs(self) -> None:
        self.floor.world.registers(self.id, registered=False)
        self.floor.wait(seconds=0.01)

    def plugs_in(self) -> None:
        self.floor.world.registers(self.id)
        self.floor.wait(seconds=0.01)


class OneCaller:
    """One caller."""

    def __init__(self, floor: "SimFloor", sim: SimCall) -> None:
        self.floor, self.sim, self.id = floor, sim, sim.call_id

    def enters(
        self,
        queue: str,
        *,
        vip: bool = False,
        requires: str = "",
        data: Mapping[str, str] | None = None,
        returns: bool = False,
        patience: float = 0,
    ) -> "OneCaller":
        brief = Brief(
            requires=requires,
            data=tuple(Datum(name=name, value=value) for name, value in (data or {}).items()),
            returns=returns,
            patience=seconds(patience),
        )
        refusal = self.floor.world.enters(self.sim, queue, CallClass.VIP if vip else None, brief=brief)
        self.refused = refusal
        self.floor.wait(seconds=0.005)
        return self

    def is_put_through(
        self, number: str, *, answers: float | None = 2, talks: float = 30, returns: bool = False
    ) -> str | None:
        """His flow puts him through to somebody who is no agent; why not, if it may not."""
        after = None if answers is None else seconds(answers)
        transfers = self.floor.world.transfers
        refusal = transfers.puts_through(self.sim, number, after, seconds(talks), returns=returns)
        self.floor.wait(seconds=0.005)
        return refusal

    def goes_back_to_the_menu(self) -> None:
        self.floor.world.meets_menu(self.sim)
        self.floor.wait(seconds=0.005)

    def hangs_up(self) -> None:
        self.floor.world.hangs_up(self.sim)
        self.floor.wait(seconds=0.005)

    def books(
        self,
        number: str | None = None,
        *,
        queue: str | None = None,
        at: Instant | None = None,
        by_flow: bool = False,
    ) -> str | None:
        """He asks to be called back, maybe at a moment of his own; returns why not, if refused."""
        queue_id = QueueId(queue) if queue is not None else None
        return self.floor.asks(
            BookCallback(call_id=self.id, queue_id=queue_id, number=number, not_before=at, by_flow=by_flow)
        )

    def books_and_hangs_up(self) -> "OneCallback":
        refused = self.books()
        assert refused is None, refused
        self.hangs_up()
        return self.floor.callback(self.sim.caller)

    def finishes_in_the_menu(self) -> None:
        """His flow serves him and hangs up."""
        self.floor.world.meets_menu(self.sim)
        self.floor.world.tell(FlowFinished(call_id=self.id))
        self.hangs_up()

    @property
    def now(self) -> Call:
        return self.floor.world.floor.tables.calls[self.id]

    @property
    def outcome(self) -> Outcome | None:
        ended = [o for o in self.floor.events(CallEnded) if o.call_id == self.id]
        assert len(ended) <= 1, f"{self.id} ended {len(ended)} times"
        return ended[0].outcome if ended else None

    @property
    def agents_offered(self) -> list[str]:
        return [o.agent_id for o in self.floor.events(OfferMade) if o.call_id == self.id]


class OneCustomer:
    """A customer outside, and his phone."""

    def __init__(self, floor: "SimFloor", number: str) -> None:
        self.floor, self.phone = floor, floor.world.outside.customer(number)

    def lets_it_ring(self) -> None:
        self.phone.answers_after = None

    def answers_after(self, secs: float) -> None:
        self.phone.busy, self.phone.answers_after = False, lambda: seconds(secs)

    def is_busy(self) -> None:
        self.phone.busy = True

    def talks_for(self, secs: float) -> None:
        self.phone.talks = lambda: seconds(secs)

    @property
    def dialled(self) -> int:
        return self.phone.dialled


class OneCallback:
    """One callback."""

    def __init__(self, floor: "SimFloor", call_id: CallId) -> None:
        self.floor, self.id = floor, call_id

    @property
    def now(self) -> Callback:
        callback = self.floor.world.floor.tables.callbacks.get(self.id)
        assert callback is not None, f"{self.id} is over"
        return callback

    @property
    def call(self) -> Call:
        return self.floor.world.floor.tables.calls[self.id]

    @property
    def states(self) -> list[CallbackState]:
        """Where it has been, the present included."""
        return [e.now for e in self.floor.events(CallbackStateChanged) if e.call_id == self.id]

    @property
    def outcome(self) -> Outcome | None:
        ended = [o for o in self.floor.events(CallEnded) if o.call_id == self.id]
        assert len(ended) <= 1, f"{self.id} ended {len(ended)} times"
        return ended[0].outcome if ended else None

    @property
    def agents_offered(self) -> list[str]:
        return [o.agent_id for o in self.floor.events(OfferMade) if o.call_id == self.id]

    def is_cancelled(self) -> str | None:
        return self.floor.asks(CancelCallback(call_id=self.id))


class SimFloor:
    """The real floor in virtual time; every step is checked against the invariants."""

    def __init__(self, rules: Rules, seed: int = 0) -> None:
        self.world = World(rules, seed)
        self.world.after_step = self._check
        self.world.mend_link()

    def _check(self, world: World) -> None:
        broken = violations(world.floor.tables)
        assert not broken, "; ".join(broken)

    def agents(self, *names: str) -> Agents:
        return Agents(self, names)

    def agent(self, name: str) -> OneAgent:
        return OneAgent(self, name)

    def runs_until_gone(self, *callers: OneCaller) -> None:
        """They have heard what they were told, and hang up."""
        self.wait(seconds=5)
        for caller in callers:
            caller.hangs_up()

    def customer(self, number: str) -> OneCustomer:
        return OneCustomer(self, number)

    def callback(self, number: str) -> OneCallback:
        """The latest callback booked for a number."""
        booked = [e for e in self.events(CallbackBooked) if e.number == number]
        return OneCallback(self, booked[-1].call_id)

    def caller(self, number: str, *, dials: str = "8000") -> OneCaller:
        return OneCaller(self, self.world.arrives(number, dialled=dials))

    def asks(self, command: Command) -> str | None:
        """A command; returns why it was refused, None when it was not."""
        return next((o.reason for o in self.world.tell(command) if isinstance(o, Refused)), None)

    def adopts(self, document: RulesDocument, version: int = 1) -> str | None:
        """New rules; why they were refused, None when they were not."""
        outputs = self.world.tell(AdoptRules(version=version, document=to_json(document)))
        return next((o.reason for o in outputs if isinstance(o, Refused)), None)

    def wait(self, *, seconds: float) -> None:
        self.world.run(after(self.world.now, Span(round(seconds * 1_000_000))))

    def runs_dry(self) -> None:
        self.world.run_dry()

    def events(self, kind: type) -> list:  # type: ignore[type-arg]
        return [r.output for r in self.world.heard if isinstance(r.output, kind)]

    def told(self) -> list[Rings | StopsRinging]:
        """What agents' phones were told, in order."""
        story: list[Rings | StopsRinging] = []
        for output in (r.output for r in self.world.heard):
            if isinstance(output, RingAgent):
                story.append(Rings(output.agent_id))
            elif isinstance(output, RingAgents):
                story += [Rings(phone.agent_id) for phone in output.phones]
            elif isinstance(output, OfferEnded) and output.how is not OfferEnd.ACCEPTED:
                story.append(StopsRinging(output.agent_id))
        return story

    def why(self, call: OneCaller) -> RoutingDecided:
        """The last decision about a call."""
        return [d for d in self.events(RoutingDecided) if d.call_id == call.id][-1]

    def everyone_ended_somewhere(self) -> bool:
        """Nobody is left on the floor, in the world, or busy with nothing."""
        t = self.world.floor.tables
        busy = [a.agent_id for a in t.agents.values() if a.offer_id or a.call_id]
        pending = [timer for timer in t.timers if timer.kind is not TimerKind.HOURS]  # those never end
        return not t.calls and not self.world.calls and not t.offers and not busy and not pending


def call_ids(calls: list[OneCaller]) -> list[CallId]:
    return [call.id for call in calls]
