"""The simulated world's campaigns: lines that are placed, and the people, machines and silence they reach."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from acd.brief import Brief
from acd.call_signals import CallerHungUp
from acd.ids import CallId
from acd.instant import Instant, Span, after, seconds
from acd.ivr_signals import FlowFinished
from acd.observation import Place
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.campaign import MachineThen
from dialer.ids import AttemptId
from dialer.orders import DropLine, ListNumber, LocateLine, PlaceLine, SendText
from dialer.signals import (
    LineAnswered,
    LineFailed,
    LineGone,
    LineJudged,
    LineLocated,
    LineMessageLeft,
    LineOrderFailed,
    LineRefused,
    LineRings,
    LinesObserved,
    LineUnconfirmed,
    LiveLine,
    NumberListed,
    TextSent,
)

if TYPE_CHECKING:
    from cti.simulated_call import SimCall
    from cti.simulation import World

SAYS_SO = seconds(0.3)
"""How long a carrier takes to say that it cannot."""
RINGS_AFTER = seconds(2)
"""How long a carrier takes to find a telephone: an order nobody knows the fate of may make it ring yet."""
GREETING = seconds(1.2)
"""How long a person speaks until he is known for one."""
MESSAGE = seconds(8)
"""How long an answering machine greets and is spoken to."""
IN_FLOW = seconds(20)
"""How long a flow talks that serves whom it called."""


class Meets(StrEnum):
    """What a telephone that is dialled comes to."""

    PERSON = "person"
    MACHINE = "machine"
    BUSY = "busy"
    SILENCE = "silence"
    NO = "no"
    """Declined by hand."""
    NOBODY = "nobody"
    """There is no such number."""
    FAILURE = "failure"
    """The carrier's."""


_FAILURES = {
    Meets.BUSY: (AttemptOutcome.BUSY, 17),
    Meets.SILENCE: (AttemptOutcome.NO_ANSWER, 19),
    Meets.NO: (AttemptOutcome.REJECTED, 21),
    Meets.NOBODY: (AttemptOutcome.INVALID, 1),
    Meets.FAILURE: (AttemptOutcome.FAILED, 34),
}


@dataclass(slots=True)
class SimPerson:
    """Somebody a campaign may call, and what becomes of each try."""

    meets: Callable[[], Meets] = lambda: Meets.PERSON
    answers_after: Callable[[], Span] = lambda: seconds(5)
    talks: Callable[[], Span | None] = lambda: seconds(30)
    patience: Callable[[], Span | None] = lambda: None
    """How long he listens until he hangs up, when nobody talks with him; None: to the end."""
    dialled: int = 0
    """How often his telephone was dialled."""
    rings: int = 0
    """How many lines there are to him now: never more than one."""


@dataclass(slots=True)
class SimLine:
    """The truth about one line."""

    order: PlaceLine
    state: AttemptState = AttemptState.PLACED
    call: "SimCall | None" = None
    """Whoever is talked with on it."""
    is_over: bool = False


class Lines:
    """Carries out the dialer's orders as the gate, the dialplan and the carrier would."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.people: dict[str, SimPerson] = {}
        self.here: dict[AttemptId, SimLine] = {}
        """Lines there are."""
        self.placed: dict[AttemptId, Instant] = {}
        """Every line there ever was, and since when."""
        self.let_out: dict[AttemptId, Instant] = {}
        """Every line the gate has noted, whether it ever rang or not."""
        self.listed: dict[str, None] = {}
        """Numbers on the house's do-not-call list."""
        self.most: int | None = None
        """Lines the house has; None: enough."""
        self.texts: list[SendText] = []

    def person(self, number: str) -> SimPerson:
        """Whoever has this number."""
        return self.people.setdefault(number, SimPerson())

    # -- orders ----------------------------------------------------------------------------------

    def carry_out(self, order: PlaceLine | DropLine | LocateLine | SendText | ListNumber) -> None:
        """Do as ordered, or say why not, or let nobody know."""
        world = self._world
        match order:
            case PlaceLine():
                self._order(order)
            case DropLine(also_dialled=False):
                pass  # nobody waits for this gate
            case DropLine() if world.reaches_pbx():
                world.soon(lambda: self._drop(order.attempt_id))
            case LocateLine() if world.reaches_pbx():
                world.soon(lambda: self._locate(order.attempt_id))
            case DropLine() | LocateLine():
                pass
            case SendText():
                self.texts.append(order)
                world.soon(lambda: world.learn(TextSent(text_id=order.text_id)))
            case ListNumber():
                world.soon(lambda: self.lists(order.number))
            case _:
                assert_never(order)

    def lists(self, number: str) -> None:
        """Somebody puts a number on the house's list."""
        self.listed[number] = None
        self._world.learn(NumberListed(number=number))

    def _order(self, order: PlaceLine) -> None:
        world = self._world
        if (refused := self._refusal(order)) is not None:
            world.soon(lambda: world.learn(refused))
            return
        self.let_out[order.attempt_id] = world.now
        unheard, carried_out = world.fate_of_order()
        if carried_out:
            world.soon(lambda: self._place(order))
        if unheard:
            unknown = LineUnconfirmed(attempt_id=order.attempt_id, detail="no answer")
            world.when_quiet(lambda: world.learn(unknown))

    def _refusal(self, order: PlaceLine) -> LineRefused | None:
        world, name = self._world, order.attempt_id
        if order.number in self.listed:
            return LineRefused(attempt_id=name, why="listed", never=True)
        if self.most is not None and len(self.here) >= self.most:
            until = after(world.now, seconds(1))
            return LineRefused(attempt_id=name, why="lines_full", never=False, until=until, of_house=True)
        if order.number in world.barred:
            until_ = world.barred[order.number]
            return LineRefused(attempt_id=name, why="barred", never=until_ is None, until=until_)
        if not world.is_barred_by_chance():
            return None
        until = after(world.now, seconds(world.rng.randrange(1, 3600)))
        return LineRefused(attempt_id=name, why="outside_hours", never=False, until=until)

    def _place(self, order: PlaceLine) -> None:
        world, person = self._world, self.person(order.number)
        if order.attempt_id in self.placed:
            failed = LineOrderFailed(attempt_id=order.attempt_id, detail="there is such a channel")
            world.report(failed)
            return
        line = SimLine(order=order)
        self.here[order.attempt_id] = line
        self.placed[order.attempt_id] = world.now
        person.dialled += 1
        person.rings += 1
        meets = person.meets()
        match meets:
            case Meets.PERSON | Meets.MACHINE | Meets.SILENCE | Meets.NO:
                answers = person.answers_after()
                self._later(line, min(RINGS_AFTER, answers), lambda: self._rings(line))
                if meets is Meets.SILENCE or answers >= order.ring_for:
                    self._later(line, order.ring_for, lambda: self._fails(line, Meets.SILENCE))
                elif meets is Meets.NO:
                    self._later(line, answers, lambda: self._fails(line, meets))
                else:
                    is_person = meets is Meets.PERSON
                    self._later(line, answers, lambda: self._answers(line, person, is_person=is_person))
            case Meets.BUSY | Meets.NOBODY | Meets.FAILURE:
                self._later(line, SAYS_SO, lambda: self._fails(line, meets))
            case _:
                assert_never(meets)

    def _drop(self, attempt_id: AttemptId) -> None:
        line = self.here.get(attempt_id)
        if line is not None and line.state in (AttemptState.PLACED, AttemptState.RINGING):
            self._goes(line)

    def _locate(self, attempt_id: AttemptId) -> None:
        if self._world.link_up:
            line = self.here.get(attempt_id)
            found = self._show(line) if line is not None else None
            self._world.learn(LineLocated(attempt_id=attempt_id, as_of=self._world.now, found=found))

    # -- the life of a line ----------------------------------------------------------------------

    def _later(self, line: SimLine, delay: Span, what: Callable[[], None]) -> None:
        self._world.plan(delay, lambda: None if line.is_over else what())

    def _rings(self, line: SimLine) -> None:
        if line.state is AttemptState.PLACED:
            line.state = AttemptState.RINGING
            self._world.report(LineRings(attempt_id=line.order.attempt_id))

    def _fails(self, line: SimLine, meets: Meets) -> None:
        outcome, cause = _FAILURES[meets]
        name = line.order.attempt_id
        self._world.report(LineFailed(attempt_id=name, outcome=outcome, hangup_cause=cause, trunk="one"))
        self._goes(line)

    def _answers(self, line: SimLine, person: SimPerson, *, is_person: bool) -> None:
        world, order = self._world, line.order
        line.state = AttemptState.ANSWERED
        world.report(LineAnswered(attempt_id=order.attempt_id))
        patience = person.patience() if is_person else None
        if patience is not None:
            self._later(line, patience, lambda: self._loses_patience(line))
        if order.machine is None:
            self._judged(line, person, Party.PERSON)
        else:
            told = Party.PERSON if is_person else Party.MACHINE
            self._later(line, GREETING, lambda: self._judged(line, person, told))

    def _judged(self, line: SimLine, person: SimPerson, party: Party) -> None:
        world, order = self._world, line.order
        world.report(LineJudged(attempt_id=order.attempt_id, party=party, words="as they are"))
        then = order.machine.then if order.machine is not None else MachineThen.PASS_ON
        if party is Party.MACHINE and then is not MachineThen.PASS_ON:
            line.state = AttemptState.MACHINE
            leaves = then is MachineThen.LEAVE_MESSAGE
            self._later(line, MESSAGE if leaves else SAYS_SO, lambda: self._machine_over(line, leaves))
            return
        line.state = AttemptState.PERSON
        line.call = world.line(CallId(order.attempt_id), order.number)
        line.call.place, line.call.dialled, line.call.we_called = Place.IN_IVR, order.campaign_id, True
        self._later(line, Span(world.rng.randrange(1, seconds(0.05))), lambda: self._talks(line, person))

    def _machine_over(self, line: SimLine, leaves: bool) -> None:
        if leaves:
            self._world.report(LineMessageLeft(attempt_id=line.order.attempt_id))
        self._goes(line)

    def _talks(self, line: SimLine, person: SimPerson) -> None:
        """The campaign's flow begins."""
        world, order, call = self._world, line.order, line.call
        assert call is not None
        if order.queue_id is None:
            world.meets_menu(call)
            world.later(call, IN_FLOW, lambda: self._served(call))
            return
        brief = Brief(patience=order.connect_within, language=order.language)
        refused = world.enters(call, order.queue_id, order.call_class, person.talks(), brief)
        if refused is not None:
            self._served(call)

    def _served(self, call: "SimCall") -> None:
        self._world.tell(FlowFinished(call_id=call.call_id))
        self._world.hangs_up(call)

    def _loses_patience(self, line: SimLine) -> None:
        if line.call is None:
            self._goes(line)
        elif line.call.place is not Place.TALKING:
            self._world.hangs_up(line.call)

    def _goes(self, line: SimLine) -> None:
        """There is no line of that name any more."""
        if not self._forget(line):
            return
        self._world.report(LineGone(attempt_id=line.order.attempt_id))
        self._world.report(CallerHungUp(call_id=CallId(line.order.attempt_id)))

    def call_gone(self, call_id: CallId) -> None:
        """Whoever was talked with is gone, and his line with him."""
        line = self.here.get(AttemptId(call_id))
        if line is not None and self._forget(line):
            self._world.report(LineGone(attempt_id=line.order.attempt_id))

    def _forget(self, line: SimLine) -> bool:
        if line.is_over:
            return False
        line.is_over, line.state = True, AttemptState.ENDED
        del self.here[line.order.attempt_id]
        self.person(line.order.number).rings -= 1
        return True

    # -- what is seen of them ------------------------------------------------------------------------

    def observed(self) -> LinesObserved:
        """All there are, now."""
        return LinesObserved(
            as_of=self._world.now, lines=tuple(self._show(line) for line in self.here.values())
        )

    def _show(self, line: SimLine) -> LiveLine:
        talks = line.call is not None and line.call.place is Place.TALKING
        return LiveLine(
            attempt_id=line.order.attempt_id,
            campaign_id=line.order.campaign_id,
            lead_id=line.order.lead_id,
            state=AttemptState.CONNECTED if talks else line.state,
            number=line.order.number,
        )
