"""What a replay finds: the same again, a difference and where, or a record that cannot be replayed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from acd.call_events import CallEnded
from acd.commands import SetAgentReady
from acd.ids import AgentId
from acd.instant import Instant, Span, seconds
from acd.queue_events import CallQueued
from acd.rules import Rules
from cti.envelope import Envelope
from cti.floor import Floor
from cti.journal import Gap, Torn
from cti.messages import Input, Output
from cti.replay import replay
from cti.simulation import World
from tests.sim_floor import rules_of

RUN = "run-1"


def rules(run: str = RUN) -> Rules:
    agents, queues = {"ana": {"support": 8}, "ben": {"support": 5}}, {"support": {"support": 5}}
    return replace(rules_of(agents, queues, wrap_up=seconds(3)), run=run)


class RecordingFloor(Floor):
    """Keeps what the live runtime would have written."""

    record: list[Envelope]

    def handle(self, message: Input, at: Instant) -> tuple[Output, ...]:
        self._write(super().advance(at), at, None)
        cause = len(self.record) + 1
        self.record.append(Envelope(run=RUN, seq=cause, at=at, cause=None, message=message))
        return self._write(super().handle(message, at), at, cause)

    def advance(self, to: Instant) -> tuple[Output, ...]:
        return self._write(super().advance(to), to, None)

    def _write(self, outputs: Sequence[Output], at: Instant, cause: int | None) -> tuple[Output, ...]:
        for output in outputs:
            seq = len(self.record) + 1
            self.record.append(Envelope(run=RUN, seq=seq, at=at, cause=cause, message=output))
        return tuple(outputs)


@pytest.fixture(scope="module")
def record() -> list[Envelope]:
    """Some busy minutes, with calls unanswered, wrap-ups and callers who give up."""
    world = World(rules(), seed=7)
    floor = RecordingFloor(world.rules)
    floor.record = []
    world.floor = floor
    world.mend_link()
    world.phones[AgentId("ben")].answers_after = None
    for agent in world.rules.agents:
        world.tell(SetAgentReady(agent_id=agent))
    for _ in range(40):
        caller = world.arrives("+3312")
        world.enters(caller, "support", talks=seconds(5))
        world.plan(Span(world.rng.randrange(60_000_000)), lambda caller=caller: world.hangs_up(caller))  # type: ignore[misc]
        world.run(Instant(world.now + world.rng.randrange(20_000_000)))
    world.run_dry()
    return floor.record


def test_what_was_recorded_is_said_again(record: list[Envelope]) -> None:
    found = replay(record, rules)
    assert found.same
    assert (found.runs, found.inputs + found.outputs) == (1, len(record))
    assert any(e.cause is None and isinstance(e.message, Output) for e in record), "deadlines fell due"


def test_a_change_of_the_rules_shows_where_it_first_matters(record: list[Envelope]) -> None:
    def slower(run: str) -> Rules:
        before = rules(run)
        queues = {name: replace(queue, wrap_up=seconds(4)) for name, queue in before.queues.items()}
        return replace(before, queues=queues)

    difference = replay(record, slower).difference
    assert difference is not None
    assert difference.recorded != difference.replayed


def test_another_output_a_missing_one_and_an_invented_one_are_found(record: list[Envelope]) -> None:
    queued = next(e for e in record if isinstance(e.message, CallQueued))
    at = queued.seq - 1
    other = replace(queued, message=replace(queued.message, position=99))  # type: ignore[type-var]
    found = replay([*record[:at], other, *record[at + 1 :]], rules).difference
    assert found is not None
    assert (found.seq, found.recorded, found.replayed) == (queued.seq, other.message, queued.message)

    ended = [e for e in record if isinstance(e.message, CallEnded)][-1]
    found = replay([e for e in record if e.seq < ended.seq], rules).difference
    assert found is not None
    assert (found.recorded, found.replayed) == (None, ended.message)

    invented = replace(queued, seq=len(record) + 1, cause=None, at=record[-1].at)
    found = replay([*record, invented], rules).difference
    assert found is not None
    assert (found.recorded, found.replayed) == (queued.message, None)


def test_a_floor_that_breaks_says_where(record: list[Envelope], monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> tuple[Output, ...]:
        raise AssertionError("a call in two places")

    monkeypatch.setattr(Floor, "handle", breaks)
    found = replay(record, rules).difference
    assert found is not None
    assert (found.seq, found.broke) == (1, "a call in two places")


@pytest.mark.parametrize(
    "hole",
    [
        [Gap(run=RUN, first_seq=11, last_seq=20, lost=10, reason="full")],
        [Torn(segment="s", offset=0, length=9)],
        [],
    ],
)
def test_a_record_with_a_hole_is_replayed_up_to_it(record: list[Envelope], hole: list[Gap | Torn]) -> None:
    found = replay([*record[:10], *hole, *record[20:]], rules)
    assert found.difference is None
    assert not found.same
    assert "after message 10" in found.unreplayed[0]


def test_a_run_whose_beginning_is_gone_cannot_be_replayed(record: list[Envelope]) -> None:
    found = replay(record[100:], rules)
    assert (found.inputs, found.same) == (0, False)
    assert "messages 1 to 100 are not in it" in found.unreplayed[0]


def test_a_record_that_begins_with_a_hole_and_holds_nothing(record: list[Envelope]) -> None:
    gap = Gap(run=RUN, first_seq=1, last_seq=9, lost=9, reason="full")
    assert "begins with a hole" in replay([gap, *record[20:]], rules).unreplayed[0]
    assert replay([], rules).runs == 0


def test_a_last_line_cut_off_by_a_power_cut_does_not_spoil_the_rest(record: list[Envelope]) -> None:
    assert replay([*record, Torn(segment="s", offset=1, length=9)], rules).same


def test_every_run_gets_a_floor_of_its_own(record: list[Envelope]) -> None:
    second_input = [e.seq for e in record if isinstance(e.message, Input)][1]
    first_step = [replace(e, run="run-2") for e in record if e.seq < second_input]
    asked: list[str] = []

    def noted(run: str) -> Rules:
        asked.append(run)
        return rules(run)

    found = replay([*record, *first_step], noted)
    assert (found.same, found.runs, asked) == (True, 2, ["run-1", "run-2"])


def test_a_run_cut_short_in_the_middle_of_a_step_differs_although_another_follows(
    record: list[Envelope],
) -> None:
    ended = [e for e in record if isinstance(e.message, CallEnded)][-1]
    second_input = [e.seq for e in record if isinstance(e.message, Input)][1]
    first_step = [replace(e, run="run-2") for e in record if e.seq < second_input]
    cut = replay([*(e for e in record if e.seq < ended.seq), *first_step], rules)
    assert cut.difference is not None
    assert (cut.difference.run, cut.difference.replayed) == ("run-1", ended.message)
