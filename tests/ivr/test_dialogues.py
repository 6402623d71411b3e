"""Flows tried without a telephone: their own dialogues, and what they complain about."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.agi.doers import DOERS
from ivr.dialogue_run import play_through
from ivr.document import DocumentError
from ivr.happenings import Finished
from ivr.loader import FlowBook, load_flows
from ivr.rehearsal import OUTCOMES
from ivr.steps import ListenForKey, Play

LINE: dict[str, Any] = {
    "name": "line",
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "prompts": ["hello", {"text": "You call {dialled}."}], "next": "choice"},
        "choice": {
            "kind": "menu",
            "prompts": ["vm-press"],
            "keys": {"1": "sales", "2": "later"},
            "timeout_s": 3,
            "retries": 1,
            "invalid_prompts": ["invalid"],
            "otherwise": "bye",
        },
        "sales": {"kind": "queue", "queue": "sales", "refused": "later"},
        "later": {"kind": "callback", "queue": "sales", "booked": "bye", "refused": "sorry"},
        "sorry": {"kind": "hangup", "prompts": ["sorry"]},
        "bye": {"kind": "hangup", "prompts": ["goodbye"]},
    },
}


def complaints(directory: Path, **dialogue: Any) -> list[str]:
    return outcomes(book_of(directory, {"name": "a call", **dialogue}))


def book_of(directory: Path, *dialogues: dict[str, Any]) -> FlowBook:
    (directory / "line.yaml").write_text(yaml.safe_dump({**LINE, "tests": list(dialogues)}))
    return load_flows(directory)


def outcomes(book: FlowBook) -> list[str]:
    published = book.flows["line"]
    return [said for dialogue in published.flow.tests for said in play_through(book, published, dialogue)]


def test_a_caller_who_presses_1_is_queued(tmp_path: Path) -> None:
    assert (
        complaints(
            tmp_path,
            keys=[1],
            hears=["hello", "You call 8000.", "vm-press"],
            passes=["hello", "choice", "sales"],
            ends="queued sales",
        )
        == []
    )


def test_everything_that_is_not_as_asked_for_is_told(tmp_path: Path) -> None:
    assert complaints(
        tmp_path,
        keys=["2"],
        hears=["vm-press", "hello"],
        passes=["sales"],
        language="zh",
        ends="queued sales",
    ) == [
        "never heard 'hello' (or not in this order); heard: hello [hello] / You call 8000. / "
        "vm-press [vm-press] / goodbye [goodbye]",
        "never came to 'sales' (or not in this order); passed: hello -> choice -> later -> bye",
        "is spoken to in 'en', not 'zh'",
        "ends: hung up, not queued sales",
    ]


@pytest.mark.parametrize(
    ("given", "keys", "passes", "ends"),
    [
        ({"sales": "refused"}, ["1"], ["sales", "later", "bye"], "hung up"),
        ({"sales": "sent back", "later": "refused"}, ["1"], ["sales", "later", "sorry"], "hung up"),
        ({}, ["silence", "7"], ["choice", "bye"], "hung up"),
        ({}, ["silence", "hang up"], ["choice"], "caller gone"),
        ({}, ["71"], ["choice", "sales"], "queued sales"),
    ],
)
def test_what_comes_of_a_node_is_given(
    tmp_path: Path, given: dict[str, str], keys: list[str], passes: list[str], ends: str
) -> None:
    assert complaints(tmp_path, given=given, keys=keys, passes=passes, ends=ends) == []


def test_an_outcome_a_node_cannot_have_is_told(tmp_path: Path) -> None:
    assert complaints(tmp_path, keys=["1"], given={"sales": "closed"}) == [
        "given.sales: must be one of taken, refused, sent back, agent hung up, not closed"
    ]


def test_dialogues_are_no_part_of_a_flows_version(tmp_path: Path) -> None:
    bare = book_of(tmp_path).flows["line"].version
    assert book_of(tmp_path, {"name": "a call"}).flows["line"].version == bare


def test_mistakes_in_dialogues_have_a_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as told:
        book_of(tmp_path, {"name": "a call", "keys": ["one"], "heers": ["x"]})
    assert [(p.field, p.message, p.suggestion) for p in told.value.problems] == [
        ("tests.0.heers", "unknown key", "hears"),
        ("tests.0.keys.0", "must be keys (12#), 'silence' or 'hang up'", None),
    ]


def test_every_step_a_flow_may_have_carried_out_can_be_rehearsed() -> None:
    for step in DOERS:
        known = step in (Play, ListenForKey) or step in OUTCOMES or step.ends_with == (Finished,)
        assert known, f"what may come of {step.__name__}?"
