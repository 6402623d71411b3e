"""Figures of the menus add up to calls, in SQLite and in a real PostgreSQL alike."""

from collections import Counter

import pytest

from acd.call import Outcome
from acd.call_events import CallEnded
from acd.ids import CallId
from acd.instant import Instant, Span, seconds
from acd.ivr_events import CallLeftIvr, IvrEntered, IvrNodeAnswered, IvrNodeEntered
from acd.ivr_exits import IvrExit
from cti import ivr_report
from cti.envelope import Envelope
from cti.ivr_report import AtNode, FlowCounts, NodeName, Which
from cti.journal import Position
from cti.store import Store
from tests.menu_day import MenuDay, told_by

EVER = Which(since=Instant(0), until=Instant(2**53))
SECOND = 1_000_000


async def write(store: Store, day: MenuDay) -> None:
    """As the engine would: run by run, each batch bringing some of the one before again."""
    begin = 0
    for end, at, met in day.restarts:
        for first in range(begin, end, 41):
            batch = day.envelopes[max(begin, first - 5) : min(end, first + 41)]
            await store.write(batch, Position(f"{end}.jsonl", first))
        await store.close_orphans(met, at)
        begin = end


async def flows_of(store: Store, which: Which = EVER) -> dict[str, FlowCounts]:
    async with store.reading() as connection:
        return {one.flow: one for one in await ivr_report.flows(connection, which)}


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_day_in_the_menus_the_figures_are_what_was_told(store: Store, seed: int) -> None:
    day = MenuDay(seed)
    await write(store, day)
    told, flows = told_by(day), await flows_of(store)
    assert told.stays == Counter(
        {(flow, exit_.value): n for flow, one in flows.items() for exit_, n in one.exits.items()}
    )
    assert told.visits == Counter(
        {
            (flow, name.flow, name.node): node.visits
            for flow, one in flows.items()
            for name, node in one.nodes.items()
        }
    )
    answered = Counter[tuple[str, str, str, str]]()
    for flow, one in flows.items():
        for name, node in one.nodes.items():
            for (key, _), visits in node.answers.items():
                answered[flow, name.flow, name.node, key or "-"] += visits
    assert told.answered == answered
    async with store.reading() as connection:
        calls = await ivr_report.all_calls(connection, EVER)
    outcomes = Counter(told.calls.values())
    assert calls.live == outcomes.pop(None, 0)
    assert outcomes == Counter({outcome.value: n for outcome, n in calls.outcomes.items()})


@pytest.mark.parametrize("seed", range(2))
async def test_to_every_node_come_as_many_as_leave_it_or_are_there(store: Store, seed: int) -> None:
    day = MenuDay(seed)
    await write(store, day)
    for one in (await flows_of(store)).values():
        assert one.still_here == 0  # both runs are over
        led = Counter[NodeName]()
        for node in one.nodes.values():
            led.update(node.leads_to)
        for name, node in one.nodes.items():
            assert node.visits == node.begins + led[name]
        assert not led.keys() - one.nodes.keys()
        begun = sum(node.begins for node in one.nodes.values())
        assert begun == sum(sum(node.exits.values()) for node in one.nodes.values()) <= one.stays
        assert sum(one.calls.outcomes.values()) + one.calls.live <= one.stays


async def test_days_add_up_and_a_figure_leads_to_its_calls(store: Store) -> None:
    day = MenuDay(7, runs=3)
    await write(store, day)
    noon = Instant(day.restarts[0][1])
    whole = await flows_of(store)
    early = await flows_of(store, Which(since=EVER.since, until=noon))
    late = await flows_of(store, Which(since=noon, until=EVER.until))
    assert early
    assert late
    for flow, one in whole.items():
        assert one.stays == sum(part[flow].stays for part in (early, late) if flow in part)
        assert one.calls.calls == sum(part[flow].calls.calls for part in (early, late) if flow in part)
        async with store.reading() as connection:
            which = Which(since=EVER.since, until=EVER.until, flow=flow)
            for exit_, count in one.exits.items():
                found = await ivr_report.stays(connection, which, 500, exit_=exit_)
                assert len(found) == count
            for outcome, count in one.calls.outcomes.items():
                found = await ivr_report.stays(connection, which, 500, outcome=outcome)
                assert len({stay.call_id for stay in found}) == count
            for name, node in one.nodes.items():
                for at, count in (
                    *((AtNode(name=name, next=to), count) for to, count in node.leads_to.items()),
                    *((AtNode(name=name, exit=exit_), count) for exit_, count in node.exits.items()),
                ):
                    assert len(await ivr_report.node_visits(connection, which, 500, at)) == count


class Tape:
    """Writes events down, at seconds given."""

    def __init__(self, run: str = "run1") -> None:
        self.run, self.envelopes = run, list[Envelope]()

    def at(self, secs: float, event: object) -> "Tape":
        self.envelopes.append(
            Envelope(
                run=self.run,
                seq=len(self.envelopes) + 1,
                at=Instant(round(secs * SECOND)),
                cause=None,
                message=event,  # type: ignore[arg-type]
            )
        )
        return self

    def enters(self, secs: float, call: str, flow: str = "bank", version: int = 3) -> "Tape":
        entered = IvrEntered(call_id=CallId(call), flow=flow, flow_version=version, caller="+331")
        return self.at(secs, entered)

    def comes_to(self, secs: float, call: str, node: str, kind: str = "menu") -> "Tape":
        return self.at(secs, IvrNodeEntered(call_id=CallId(call), flow="bank", node=node, kind=kind))

    def answers(self, secs: float, call: str, node: str, key: str | None, result: str) -> "Tape":
        at = {"flow": "bank", "node": node, "kind": "menu"}
        return self.at(secs, IvrNodeAnswered(call_id=CallId(call), **at, key=key, result=result))

    def leaves(self, secs: float, call: str, exit_: IvrExit) -> "Tape":
        return self.at(secs, CallLeftIvr(call_id=CallId(call), flow="bank", exit=exit_, spent=Span(0)))

    def ends(self, secs: float, call: str, outcome: Outcome) -> "Tape":
        ended = CallEnded(call_id=CallId(call), queue_id=None, agent_id=None, outcome=outcome, talked=None)
        return self.at(secs, ended)


async def test_time_keys_and_ways_of_a_node(store: Store) -> None:
    tape = Tape()
    for number, key in enumerate(("1", "2", "1")):
        call = f"c{number}"
        tape.enters(10, call).comes_to(10, call, "choice").answers(14, call, "choice", "9", "invalid")
        tape.answers(17, call, "choice", None, "silence").answers(20, call, "choice", key, "chosen")
        tape.comes_to(20, call, "balance", "lookup")
    tape.leaves(23, "c0", IvrExit.SERVED).ends(23, "c0", Outcome.SERVED_IN_IVR)
    tape.leaves(25, "c1", IvrExit.HUNG_UP).ends(25, "c1", Outcome.LEFT_IVR)
    await store.write(tape.envelopes, Position("s", 1))
    bank = (await flows_of(store))["bank"]
    choice, balance = bank.nodes[NodeName("bank", "choice")], bank.nodes[NodeName("bank", "balance")]
    assert (choice.visits, choice.begins, choice.spent, choice.timed) == (3, 3, seconds(30), 3)
    assert choice.answers == {("1", "chosen"): 2, ("2", "chosen"): 1}
    assert choice.wrong_keys == {"9": 3, "-": 3}
    assert choice.leads_to == {balance.name: 3}
    assert (balance.dropped, balance.still_here, balance.spent) == (1, 1, seconds(8))
    assert (bank.calls.calls, bank.calls.live, bank.calls.containment) == (3, 1, 0.5)
    assert (bank.spent, bank.timed) == (seconds(28), 2)
    assert not await flows_of(store, Which(since=Instant(0), until=EVER.until, version=4))


async def test_a_restart_in_the_middle_of_a_flow_breaks_it_off_and_doubles_no_call(store: Store) -> None:
    before = Tape().enters(10, "goes-on").comes_to(10, "goes-on", "hello", "play")
    before.enters(11, "gone").comes_to(12, "gone", "choice")
    await store.write(before.envelopes, Position("s", 1))
    await store.close_orphans({CallId("goes-on")}, Instant(60 * SECOND))
    again = Tape("run2").enters(61, "goes-on").comes_to(61, "goes-on", "hello", "play")
    again.leaves(70, "goes-on", IvrExit.SERVED).ends(70, "goes-on", Outcome.SERVED_IN_IVR)
    await store.write(again.envelopes, Position("s", 2))
    bank = (await flows_of(store, Which(since=Instant(0), until=Instant(20 * SECOND))))["bank"]
    assert bank.exits == {IvrExit.BROKEN_OFF: 1, IvrExit.LOST: 1, IvrExit.SERVED: 1}
    assert (bank.calls.calls, bank.calls.containment, bank.timed) == (2, 0.5, 1)
    assert not await flows_of(store, Which(since=Instant(20 * SECOND), until=EVER.until))


async def test_an_end_that_is_written_late_is_the_end(store: Store) -> None:
    tape = Tape().enters(10, "c").comes_to(10, "c", "hello", "play")
    await store.write(tape.envelopes, Position("s", 1))
    await store.close_orphans(set(), Instant(60 * SECOND))
    late = Tape().enters(10, "c").comes_to(10, "c", "hello", "play").leaves(15, "c", IvrExit.HUNG_UP)
    await store.write(late.envelopes, Position("s", 2))
    bank = (await flows_of(store))["bank"]
    hello = bank.nodes[NodeName("bank", "hello")]
    assert (bank.exits, hello.exits) == ({IvrExit.HUNG_UP: 1}, {IvrExit.HUNG_UP: 1})
    assert (bank.spent, hello.spent) == (seconds(5), seconds(5))


async def test_pages_of_stays_and_visits_follow_each_other(store: Store) -> None:
    tape = Tape()
    for number in range(7):
        tape.enters(number, f"c{number}").comes_to(number, f"c{number}", "hello", "play")
    await store.write(tape.envelopes, Position("s", 1))
    seen, after = Counter[str](), None
    visited, visited_after = Counter[str](), None
    async with store.reading() as connection:
        while page := await ivr_report.stays(connection, EVER, 3, after=after):
            seen.update(stay.call_id for stay in page)
            after = page[-1].began_at, page[-1].run, page[-1].seq
        while visits := await ivr_report.node_visits(connection, EVER, 3, AtNode(), after=visited_after):
            visited.update(visit.call_id for visit in visits)
            visited_after = visits[-1].entered_at, visits[-1].run, visits[-1].seq
    assert seen == visited == Counter({f"c{number}": 1 for number in range(7)})
