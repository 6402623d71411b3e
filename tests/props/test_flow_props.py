"""Whatever a caller does in whatever flow, of every kind of node there is, the call ends somewhere; and
whatever is written instead of a flow is told and does nothing else."""

import contextlib
import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.back import KeyInMusic, LeftQueue, MusicOver, RefusedLater
from ivr.campaign_steps import Dispose, OptOut
from ivr.document import DocumentError, Problem, parse_document, validate
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.flow_texts import FlowTexts
from ivr.happenings import (
    CallerGone,
    Finished,
    Happening,
    HoursAre,
    KeyPressed,
    Left,
    OutOfTurn,
    QueueRefused,
    Silence,
)
from ivr.interpreter import MAX_STEPS, Interpreter
from ivr.names import ALL_KEYS
from ivr.steps import (
    AskCallback,
    AskHours,
    AskPlace,
    Done,
    LeaveForMusic,
    LeaveQueue,
    ListenForKey,
    LookUp,
    Play,
    SpeakLanguage,
    Step,
)
from ivr.talk import Talk
from tests.props.flow_strategies import KINDS, NODES, flow_documents, flows, left_alone, possible_after

SUBS = flows("sub", without=frozenset({"subflow"}))
HERE = Path(".")
ODD: list[Happening] = [
    Finished(),
    Silence(),
    Left(),
    KeyPressed(key="1"),
    QueueRefused(reason="odd"),
    HoursAre(open=True, why="odd"),
]


class Flows(dict[str, Flow]):
    """Every sub-flow is the same."""

    def __init__(self, sub: Flow) -> None:
        super().__init__()
        self.sub = sub

    def __missing__(self, name: str) -> Flow:
        return self.sub


@settings(deadline=None)
@given(flow=flows(), sub=SUBS, data=st.data())
def test_every_caller_ends_somewhere_whatever_happens(flow: Flow, sub: Flow, data: st.DataObject) -> None:
    talk = Talk(given={"caller": "+33"}, language=flow.languages[0], languages=flow.languages)
    interpreter = Interpreter(flow, talk, flows=Flows(sub))
    step, steps = interpreter.begin(), 1
    for _ in range(data.draw(st.integers(0, 20))):
        if isinstance(step, Done) and step.reason is Ending.QUEUED:
            step = interpreter.rejoin(RefusedLater())
        elif not isinstance(step, Done):
            step = interpreter.proceed(data.draw(possible_after(step)))
        steps += 1
    while not isinstance(step, Done):
        step, steps = interpreter.proceed(left_alone(step)), steps + 1
        assert steps <= MAX_STEPS + 2
    assert interpreter.proceed(CallerGone()) == step
    for note in interpreter.take_notes():
        node = (flow if note.flow == flow.name else sub).nodes[note.node]
        assert note.kind == node.kind


BACK_FROM_MUSIC = st.just(MusicOver()) | st.builds(KeyInMusic, key=st.sampled_from(ALL_KEYS))
WHILE_WAITING = (
    AskCallback,
    AskHours,
    AskPlace,
    Dispose,
    Done,
    LeaveForMusic,
    LeaveQueue,
    ListenForKey,
    LookUp,
    OptOut,
    Play,
    SpeakLanguage,
)
"""All that may be done for one who can be offered to an agent at any moment."""


@settings(deadline=None)
@given(flow=flows("wait", without=frozenset({"subflow"})), data=st.data())
def test_who_waits_is_left_to_music_or_taken_out_of_his_queue_before_anything_else_becomes_of_him(
    flow: Flow, data: st.DataObject
) -> None:
    talk = Talk(language=flow.languages[0], languages=flow.languages, waits=True)
    interpreter = Interpreter(flow, talk)
    step, steps = interpreter.begin(), 1
    for _ in range(data.draw(st.integers(0, 30))):
        if isinstance(step, Done) and step.reason is Ending.MUSIC:
            step = interpreter.rejoin(data.draw(BACK_FROM_MUSIC))
        elif isinstance(step, Done) and step.reason is Ending.LEFT_QUEUE:
            step = interpreter.rejoin(LeftQueue())
            assert not talk.waits
        elif not isinstance(step, Done):
            step = interpreter.proceed(data.draw(possible_after(step)))
        steps += 1
        if talk.waits:
            assert isinstance(step, WHILE_WAITING), step
            assert not isinstance(step, Done) or step.reason in (
                Ending.MUSIC,
                Ending.LEFT_QUEUE,
                Ending.CALLER_GONE,
            )
    while not isinstance(step, Done):
        step, steps = interpreter.proceed(left_alone(step)), steps + 1
        assert steps <= MAX_STEPS + 2


@settings(deadline=None)
@given(flow=flows(without=frozenset({"subflow"})), data=st.data())
def test_what_cannot_have_happened_changes_nothing(flow: Flow, data: st.DataObject) -> None:
    plain, pestered = Interpreter(flow), Interpreter(flow)
    step: Step = plain.begin()
    assert pestered.begin() == step
    for _ in range(10):
        if isinstance(step, Done):
            break
        for odd in ODD:
            if not step.may_end_with(odd):
                with pytest.raises(OutOfTurn):
                    pestered.proceed(odd)
        happening = data.draw(possible_after(step))
        step = plain.proceed(happening)
        assert pestered.proceed(happening) == step
    assert plain.take_notes() == pestered.take_notes()


@settings(deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_node_can_be_made_up(kind: str, data: st.DataObject) -> None:
    node = data.draw(NODES[kind])
    assert node["kind"] == kind


# --- what is no flow --------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [*KINDS, "n0", "n1", "a", "{a", "a b", "9" * 600, "a." * 300, "-" * 600, "[", "\0", "sub"]
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "prompts", "next", "keys", "text", "a", "1"]), inner)
    ),
    max_leaves=8,
)


def places_in(written: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands."""
    inner = list(written.items() if isinstance(written, dict) else enumerate(written))
    deeper = [
        each
        for name, part in inner
        if isinstance(part, dict | list)
        for each in places_in(part, (*place, name))
    ]
    return [(*place, name) for name, _ in inner] + deeper


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A flow in which somebody has changed something without thinking."""
    document = copy.deepcopy(draw(flow_documents()))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(places_in(document) or [("nodes",)]))
        inner = document
        for part in place[:-1]:
            inner = inner[part]
        what = draw(st.sampled_from(["replaced", "gone", "added"]))
        if what == "replaced":
            inner[place[-1]] = draw(ANYTHING)
        elif what == "gone":
            del inner[place[-1]]
        elif isinstance(inner, dict):
            inner[draw(st.text(max_size=5) | st.sampled_from(["next", "keys", "with"]))] = draw(ANYTHING)
        else:
            inner.append(draw(ANYTHING))
    text = yaml.safe_dump(document, allow_unicode=True)
    if draw(st.booleans()):
        cut = draw(st.integers(0, len(text)))
        more = draw(st.text(alphabet="{}[]:,-&*!|>'\"#\n \tab1\x07", max_size=6))
        text = text[:cut] + more + text[cut + draw(st.integers(0, 3)) :]
    return text.encode("utf-8", errors="replace")


ODD_YAML = ANYTHING.map(lambda each: yaml.safe_dump(each).encode("utf-8", "replace"))


@settings(deadline=None)
@given(spoiled() | st.binary(max_size=200) | ODD_YAML)
def test_whatever_is_written_instead_of_a_flow_is_told_and_nothing_else(content: bytes) -> None:
    flow: Flow | None = None
    problems: Sequence[Problem] = ()
    try:
        flow = validate(parse_document(content, "f.yaml"), Flow)
    except DocumentError as error:
        problems = error.problems
    assert (flow is None) == bool(problems)
    assert all(str(problem).startswith("f.yaml") for problem in problems)
    if flow is not None:
        numbers = f'numbers: {{"8000": {flow.name}}}'
        with contextlib.suppress(DocumentError):  # whatever is outside the flow may be missing
            FlowTexts(numbers=numbers, flows={"f.yaml": content.decode()}).book(beside=HERE)
