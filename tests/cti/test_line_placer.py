"""Lines of campaigns: each through the gate in its turn, each dialled at most once, each found again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace

import pytest

from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, seconds
from acd.observation import Place
from cti import line_placer, reconcile
from cti.ami_connection import ActionFailed, ActionUnconfirmed, Answer, LinkDown, Message
from cti.clock import Clock
from cti.line_placer import MOST_WAITING, LinePlacer, refused
from cti.lines_seen import lines_among
from cti.messages import Signal
from dialer.attempt import AttemptState
from dialer.compliance.request import DialRequest
from dialer.compliance.verdict import Allowed, Reason, Refused, Verdict, WhyNot
from dialer.ids import AttemptId, CampaignId
from dialer.orders import PlaceLine
from dialer.signals import (
    LineLocated,
    LineOrderFailed,
    LineRefused,
    LinesObserved,
    LineUnconfirmed,
)
from tests.cti.fake_ami import Watched
from tests.cti.test_campaign_lines import ORDER

NOW = Instant(1_795_331_800_000_000)


def order(n: int) -> PlaceLine:
    return replace(ORDER, attempt_id=AttemptId(f"run-a{n}"), number=f"+3361234567{n}")


class SetClock(Clock):
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW

    def now(self) -> Instant:
        return self.at


class Gate:
    """Lets everybody out, unless told otherwise; knows with how many lines in use it was asked."""

    def __init__(self) -> None:
        self.refuses: dict[str, Reason] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.asked: list[tuple[str, int]] = []
        self.noted: list[str] = []

    async def look(self, request: DialRequest, lines: int) -> Verdict:
        self.asked.append((request.attempt_id, lines))
        await self.open.wait()
        if (reason := self.refuses.get(request.number)) is not None:
            return Refused(request=request, at=NOW, reasons=(reason,))
        return Allowed(request=request, at=NOW, caller_id="+33100000000")

    async def ask(
        self, request: DialRequest, lines: Callable[[], int], call_id: str | None = None
    ) -> Verdict:
        verdict = await self.look(request, lines())
        if isinstance(verdict, Allowed):
            assert call_id == request.attempt_id
            self.noted.append(request.attempt_id)
        return verdict

    async def take_back(self, attempt_id: str) -> None:
        self.noted.remove(attempt_id)


@dataclass
class Line:
    """One as Asterisk has it."""

    uid: str
    variables: dict[str, str]
    context: str = "campaign-out"
    state: str = "Down"
    bridge: str = ""
    exten: str = "s"


@dataclass
class Pbx(Watched):
    """An Asterisk that opens lines, at once or when it comes to it."""

    lines: dict[str, Line] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    """To an action, instead of success."""
    down: bool = False
    opens_late: list[Line] = field(default_factory=list)
    late: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    async def act_list(
        self, name: str, headers: Iterable[tuple[str, str]] = (), *, timeout_s: float | None = None
    ) -> list[Message]:
        if self.down:
            raise LinkDown("cut")
        if name == "DeviceStateList":
            return []
        assert name == "CoreShowChannels"
        both = [
            self._row(line, half) for line in self.lines.values() for half in (line.uid, f"{line.uid}-out")
        ]
        return [*both, {"Uniqueid": "17.2", "Context": "agents", "ChanVariable(CTI_CALL)": "run-a1"}]

    def _row(self, line: Line, half: str) -> Message:
        return {
            "Channel": f"Local/{half}@campaign-out-0001;{1 if half == line.uid else 2}",
            "Uniqueid": half,
            "Context": line.context if half == line.uid else "campaign-dial",
            "Exten": line.exten,
            "ChannelStateDesc": line.state,
            "BridgeId": line.bridge,
            "CallerIDNum": line.variables.get("CTI_NUMBER", ""),
            "ChanVariable(CTI_CALL)": line.uid,
            "ChanVariable(CTI_ATTEMPT)": line.uid,
        }

    def act_pipelined(
        self, actions: list[tuple[str, list[tuple[str, str]]]], *, timeout_s: float | None = None
    ) -> asyncio.Future[list[Answer]]:
        if self.down:
            raise LinkDown("cut")
        future: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        future.set_result([self._answer(name, headers) for name, headers in actions])
        self.changed()
        return future

    def _answer(self, name: str, headers: list[tuple[str, str]]) -> Answer:
        given = dict(headers)
        if name == "Getvar":
            line = self.lines.get(given["Channel"])
            if line is None:
                return ActionFailed("Getvar", "No such channel")
            return {"Value": line.variables.get(given["Variable"], "")}
        if name == "Hangup":
            self.hung_up.append(given["Channel"])
            self.lines.pop(given["Channel"], None)
            return self.answers.get(name, {})
        assert name == "Originate"
        self.orders.append(given["ChannelId"])
        variables = dict(value.split("=", 1) for header, value in headers if header == "Variable")
        line = Line(given["ChannelId"], variables)
        answer = self.answers.get(name, {})
        if not isinstance(answer, ActionFailed):
            if self.late:
                self.opens_late.append(line)
            else:
                self.lines[line.uid] = line
        return answer


class Desk(Watched):
    """A placer, what it tells, and the world around it."""

    def __init__(self) -> None:
        super().__init__()
        self.pbx, self.gate, self.clock = Pbx(), Gate(), SetClock()
        self.told: list[Signal] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.placer = LinePlacer(
            link=self.pbx,
            gate=self.gate,
            clock=self.clock,
            tell=self.hears,
            other_lines=lambda: 3,
            in_background=self.starts,
            settle_s=0.0,
        )

    def hears(self, signal: Signal) -> bool:
        self.told.append(signal)
        self.changed()
        return True

    def starts(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(lambda _: self.changed())

    async def rests(self) -> list[Signal]:
        """When nothing is under way any more: what was told."""
        await self.until(lambda: not self.tasks)
        told, self.told = self.told, []
        return told

    async def observes(self) -> LinesObserved:
        self.placer.observing()
        seen = await reconcile.observe(self.pbx, self.clock.now())
        return self.placer.observed(seen.lines, seen.floor.as_of)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(line_placer, "LOOK_AGAIN_S", 0.001)
    desk = Desk()
    yield desk
    for task in desk.tasks:
        task.cancel()
    await asyncio.gather(*desk.tasks, return_exceptions=True)


async def test_each_asks_the_gate_in_its_turn_and_counts_for_the_next(desk: Desk) -> None:
    for n in (1, 2, 3):
        desk.placer.place(order(n))
    assert await desk.rests() == []
    assert desk.gate.asked == [("run-a1", 3), ("run-a2", 4), ("run-a3", 5)]
    assert desk.pbx.orders == desk.gate.noted == ["run-a1", "run-a2", "run-a3"]
    desk.placer.gone(AttemptId("run-a2"))
    assert desk.placer.lines == 2


async def test_whom_the_gate_refuses_is_not_dialled_and_the_next_one_is(desk: Desk) -> None:
    listed = Reason(why=WhyNot.LISTED, told="on a list", until=None)
    desk.gate.refuses[order(1).number] = listed
    desk.placer.place(order(1))
    desk.placer.place(order(2))
    [told] = await desk.rests()
    name, reasons = AttemptId("run-a1"), (WhyNot.LISTED,)
    assert told == LineRefused(attempt_id=name, why="on a list", never=True, reasons=reasons)
    assert desk.pbx.orders == desk.gate.noted == ["run-a2"]


@pytest.mark.parametrize(
    ("reasons", "never", "until", "of_house"),
    [
        ([(WhyNot.LISTED, None)], True, None, False),
        ([(WhyNot.OUTSIDE_HOURS, 70)], False, 70, False),
        ([(WhyNot.OUTSIDE_HOURS, 70), (WhyNot.TOO_OFTEN, 90)], False, 90, False),
        ([(WhyNot.OUTSIDE_HOURS, 70), (WhyNot.LISTED, None)], True, None, False),
        ([(WhyNot.LINES_FULL, 5)], False, 5, True),
        ([(WhyNot.LINES_FULL, 5), (WhyNot.OUTSIDE_HOURS, 70)], False, 70, False),
        ([(WhyNot.LISTS_UNKNOWN, 5)], False, 5, True),
    ],
)
def test_a_refusal_says_whether_it_is_because_of_him(
    reasons: list[tuple[WhyNot, int | None]], never: bool, until: int | None, of_house: bool
) -> None:
    why = [
        Reason(why=one, told=one.value, until=None if moment is None else Instant(moment))
        for one, moment in reasons
    ]
    request = line_placer.campaign_lines.request_of(ORDER)
    told = refused(ORDER.attempt_id, Refused(request=request, at=NOW, reasons=tuple(why)))
    assert (told.never, told.until, told.of_house) == (never, until, of_house)
    assert told.reasons == tuple(one for one, _ in reasons)


@pytest.mark.parametrize(
    ("reasons", "number", "given_back"),
    [
        ([WhyNot.NO_NUMBER], ORDER.number, True),  # the allow-list leaves it out
        ([WhyNot.NO_NUMBER], "+33x", False),
        ([WhyNot.OTHER_COUNTRY, WhyNot.NOWHERE], ORDER.number, True),
        ([WhyNot.OTHER_COUNTRY, WhyNot.LISTED], ORDER.number, False),
        ([WhyNot.NO_NUMBER, WhyNot.EMERGENCY], ORDER.number, False),
    ],
)
def test_a_refusal_for_good_says_whether_the_house_is_to_blame(
    reasons: list[WhyNot], number: str, given_back: bool
) -> None:
    why = tuple(Reason(why=one, told=one.value, until=None) for one in reasons)
    request = line_placer.campaign_lines.request_of(replace(ORDER, number=number))
    told = refused(ORDER.attempt_id, Refused(request=request, at=NOW, reasons=why))
    assert (told.never, told.of_rules) == (True, given_back)


@pytest.mark.parametrize(
    "reasons",
    [
        [(WhyNot.LISTS_UNKNOWN, None)],
        [(WhyNot.NO_CALLER_ID, None)],
        [(WhyNot.NO_PROFILE, None), (WhyNot.TOO_FAST, 5)],
    ],
)
def test_what_one_campaign_lacks_keeps_no_other_from_dialling(
    reasons: list[tuple[WhyNot, int | None]],
) -> None:
    why = [
        Reason(why=one, told=one.value, until=None if moment is None else Instant(moment))
        for one, moment in reasons
    ]
    request = line_placer.campaign_lines.request_of(ORDER)
    told = refused(ORDER.attempt_id, Refused(request=request, at=NOW, reasons=tuple(why)))
    assert (told.of_campaign, told.of_house, told.never) == (True, False, False)
    assert told.until == NOW + seconds(60), "never in a tight loop"


async def test_who_is_given_up_before_the_gate_has_answered_is_not_dialled(desk: Desk) -> None:
    desk.gate.open.clear()
    for n in (1, 2, 3):
        desk.placer.place(order(n))
    await asyncio.sleep(0)
    desk.placer.drop(AttemptId("run-a1"))  # being asked about
    desk.placer.drop(AttemptId("run-a2"))  # waiting
    assert [one.state for one in (await desk.observes()).lines] == [AttemptState.PLACED] * 3
    desk.gate.open.set()
    told = await desk.rests()
    assert [(type(one), one.attempt_id) for one in told if isinstance(one, LineOrderFailed)] == [
        (LineOrderFailed, "run-a1"),
        (LineOrderFailed, "run-a2"),
    ]
    assert desk.pbx.orders == desk.gate.noted == ["run-a3"]


async def test_who_is_dialled_rings_on_when_only_those_before_the_gate_are_given_up(desk: Desk) -> None:
    desk.placer.place(order(1))
    await desk.rests()
    desk.pbx.lines["run-a1"].state = "Ringing"
    desk.gate.open.clear()
    desk.placer.place(order(2))
    await asyncio.sleep(0)
    for n in (1, 2):
        desk.placer.drop(AttemptId(f"run-a{n}"), also_dialled=False)
    desk.gate.open.set()
    told = await desk.rests()
    assert [one.attempt_id for one in told if isinstance(one, LineOrderFailed)] == ["run-a2"]
    assert (desk.pbx.orders, desk.pbx.hung_up) == (["run-a1"], [])


async def test_who_has_waited_for_the_gate_for_too_long_is_decided_anew(desk: Desk) -> None:
    desk.gate.open.clear()
    desk.placer.place(order(1))
    await asyncio.sleep(0)
    desk.clock.at = Instant(NOW + seconds(4))
    desk.gate.open.set()
    [told] = await desk.rests()
    assert isinstance(told, LineOrderFailed)
    assert desk.pbx.orders == desk.gate.noted == []


async def test_too_many_that_wait_fail_instead_of_piling_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_WAITING >= 100
    monkeypatch.setattr(line_placer, "MOST_WAITING", 2)
    desk.gate.open.clear()
    for n in (1, 2, 3):
        desk.placer.place(order(n))
    [told] = desk.told
    assert (type(told), told.attempt_id) == (LineOrderFailed, "run-a3")  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["down", "refused", "odd"])
async def test_what_asterisk_does_not_take_is_no_attempt(desk: Desk, how: str) -> None:
    desk.pbx.down = how == "down"
    if how == "refused":
        desk.pbx.answers["Originate"] = ActionFailed("Originate", "Permission denied")
    placed = replace(order(1), campaign_id=CampaignId("a,b")) if how == "odd" else order(1)
    desk.placer.place(placed)
    [told] = await desk.rests()
    assert isinstance(told, LineOrderFailed)
    assert desk.gate.noted == []
    assert desk.placer.lines == 0


async def test_an_order_nobody_confirmed_is_looked_for_and_never_given_again(desk: Desk) -> None:
    desk.pbx.late = True
    desk.pbx.answers["Originate"] = ActionUnconfirmed("Originate", "no answer")
    desk.placer.place(order(1))
    [told] = await desk.rests()
    assert isinstance(told, LineUnconfirmed)
    desk.placer.locate(AttemptId("run-a1"))
    await asyncio.sleep(0.01)
    assert desk.told == []  # it may still come: nobody says that it is not there
    [line] = desk.pbx.opens_late
    desk.pbx.lines[line.uid] = line
    [told] = await desk.rests()
    assert isinstance(told, LineLocated)
    assert told.found is not None
    assert (told.found.campaign_id, told.found.lead_id) == ("spring", "list-1/42")
    assert (told.found.number, told.found.state) == (order(1).number, AttemptState.PLACED)
    assert desk.pbx.orders == ["run-a1"]
    assert desk.gate.noted == ["run-a1"]  # somebody may have been dialled: it counts


async def test_an_order_that_came_to_nothing_is_said_to_be_nowhere_after_a_while(desk: Desk) -> None:
    desk.pbx.late = True
    desk.placer.place(order(1))
    await desk.rests()
    desk.placer.locate(AttemptId("run-a1"))
    await asyncio.sleep(0.01)
    desk.clock.at = Instant(NOW + seconds(4))
    assert await desk.rests() == [
        LineLocated(attempt_id=AttemptId("run-a1"), as_of=desk.clock.at, found=None)
    ]


async def test_a_line_that_rings_is_closed_and_one_that_was_answered_is_not(desk: Desk) -> None:
    for n in (1, 2):
        desk.placer.place(order(n))
    await desk.rests()
    desk.pbx.lines["run-a1"].state = "Ringing"
    desk.pbx.lines["run-a2"].context = "campaign"
    for n in (1, 2):
        desk.placer.drop(AttemptId(f"run-a{n}"))
    await desk.rests()
    assert desk.pbx.hung_up == ["run-a1"]


async def test_a_line_that_is_given_up_before_it_is_there_is_closed_when_it_comes(desk: Desk) -> None:
    desk.pbx.late = True
    desk.placer.place(order(1))
    await desk.until(lambda: desk.pbx.opens_late != [])
    desk.placer.drop(AttemptId("run-a1"))
    await asyncio.sleep(0.01)
    assert desk.pbx.hung_up == []
    desk.pbx.lines["run-a1"] = desk.pbx.opens_late[0]
    await desk.rests()
    assert desk.pbx.hung_up == ["run-a1"]


async def test_a_line_that_could_not_be_closed_is_closed_when_the_link_is_back(desk: Desk) -> None:
    desk.placer.place(order(1))
    await desk.rests()
    desk.pbx.down = True
    desk.placer.drop(AttemptId("run-a1"))
    await desk.rests()
    desk.pbx.down = False
    await desk.observes()
    await desk.rests()
    assert desk.pbx.hung_up == ["run-a1"]


async def test_what_is_seen_has_those_about_to_be_there_and_not_those_that_ended_meanwhile(
    desk: Desk,
) -> None:
    for n in (1, 2):
        desk.placer.place(order(n))
    await desk.rests()
    desk.pbx.lines["run-a1"].state = "Ringing"
    late = desk.pbx.lines.pop("run-a2")  # not open yet
    seen = await desk.observes()
    assert {one.attempt_id: one.state for one in seen.lines} == {
        "run-a1": AttemptState.RINGING,
        "run-a2": AttemptState.PLACED,
    }
    desk.placer.observing()
    there = await lines_among(desk.pbx, await desk.pbx.act_list("CoreShowChannels"))
    desk.placer.gone(AttemptId("run-a1"))  # it ends while it is still being looked at
    assert [one.attempt_id for one in desk.placer.observed(there, NOW).lines] == ["run-a2"]
    assert desk.placer.lines == 1
    assert late is not None
    desk.pbx.lines.clear()
    desk.clock.at = Instant(NOW + seconds(4))
    assert (await desk.observes()).lines == ()  # it never came
    assert desk.placer.lines == 0


async def test_lines_of_an_earlier_run_are_found_and_count(desk: Desk) -> None:
    desk.pbx._answer("Originate", dict_of(order(1)))
    seen = await desk.observes()
    assert [one.attempt_id for one in seen.lines] == ["run-a1"]
    assert desk.placer.lines == 1


def dict_of(placed: PlaceLine) -> list[tuple[str, str]]:
    request = line_placer.campaign_lines.request_of(placed)
    [(_, headers)] = line_placer.campaign_lines.actions(
        placed, Allowed(request=request, at=NOW, caller_id=None)
    )
    return headers


@pytest.mark.parametrize(
    ("context", "state", "party", "bridge", "seen", "place"),
    [
        ("campaign-out", "Down", "", "", AttemptState.PLACED, None),
        ("campaign-out", "Ringing", "", "", AttemptState.RINGING, None),
        ("campaign-out", "Up", "", "", AttemptState.ANSWERED, None),
        ("campaign", "Up", "", "", AttemptState.ANSWERED, None),
        ("campaign", "Up", "MACHINE", "", AttemptState.MACHINE, None),
        ("campaign-message", "Up", "MACHINE", "", AttemptState.MACHINE, None),
        ("campaign", "Up", "PERSON", "", AttemptState.PERSON, Place.IN_IVR),
        ("campaign", "Up", "UNSURE", "", AttemptState.PERSON, Place.IN_IVR),
        ("waiting", "Up", "PERSON", "", AttemptState.PERSON, Place.WAITING),
        ("connect", "Up", "PERSON", "", AttemptState.PERSON, Place.RINGING),
        ("connect", "Up", "PERSON", "b-1", AttemptState.CONNECTED, Place.TALKING),
        ("waiting", "Up", "MACHINE", "", AttemptState.PERSON, Place.WAITING),  # passed on
    ],
)
async def test_how_far_a_line_is_and_whether_its_call_is_the_acds(
    desk: Desk, context: str, state: str, party: str, bridge: str, seen: AttemptState, place: Place | None
) -> None:
    desk.placer.place(order(1))
    await desk.rests()
    line = desk.pbx.lines["run-a1"]
    line.context, line.state, line.bridge, line.exten = context, state, bridge, "ana"
    line.variables |= {"CTI_PARTY": party, "CTI_OFFER": "o-1", "CTI_QUEUE": "sales"}
    world = await reconcile.observe(desk.pbx, NOW)
    assert world.lines[AttemptId("run-a1")].line.state is seen
    calls = {call.call_id: call for call in world.floor.calls}
    if place is None:
        assert calls == {}
        return
    call = calls[CallId("run-a1")]
    assert (call.place, call.caller, call.dialled) == (place, order(1).number, CampaignId("spring"))
    assert call.queue_id == QueueId("sales")
    assert call.callback is None
    agents = [call.agent_id] if place in (Place.RINGING, Place.TALKING) else []
    assert agents in ([AgentId("ana")], [])


async def test_a_line_whose_words_cannot_be_read_is_nobodys(desk: Desk) -> None:
    desk.placer.place(order(1))
    await desk.rests()
    desk.pbx.lines["run-a1"].variables["CTI_LEAD"] = "!!"
    assert (await reconcile.observe(desk.pbx, NOW)).lines == {}
