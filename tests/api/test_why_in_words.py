"""``callwright why`` says what was required at each decision, and why that was less than at first."""

from typing import Any

import pytest

from acd.exits import QueueExit
from api.printing import _EXITS, covers, estimated, explained


def told(requirement: str, *events: dict[str, Any], waiting: dict[str, Any] | None = None) -> list[str]:
    """The words for a call offered once, after these events."""
    call = {
        "call_id": "c1",
        "caller": "+331",
        "dialled": "8000",
        "queue_id": None,
        "agent_id": None,
        "waited_s": None,
        "talked_s": None,
        "outcome": "abandoned",
    }
    decision = {
        "at": "2026-03-02T09:30:40.000000Z",
        "agent_id": "ben",
        "queue_id": "billing",
        "ended_as": None,
        "because": "a caller was waiting and agents were ready",
        "requirement": requirement,
        "candidates": [],
        "candidates_unnamed": 0,
        "rivals": [],
        "rivals_unnamed": 0,
        "rules_version": 0,
    }
    timeline = [
        {"at": f"2026-03-02T09:30:{second:02d}.000000Z", "event": event}
        for second, event in zip((5, 35, 50), events, strict=False)
    ]
    story = {
        "call": call,
        "live": None,
        "waiting": waiting,
        "path": [],
        "decisions": [decision],
        "timeline": timeline,
        "complete": True,
    }
    return [line.strip() for line in explained(story)]


QUEUED = {"type": "CallQueued"}
LATE = {"type": "RequirementRelaxed", "because": "waited"}


@pytest.mark.parametrize(
    ("because", "words"),
    [("waited", "the caller had waited"), ("nobody_could", "nobody logged in met it before")],
)
def test_a_relaxed_requirement_is_told_with_its_reason(because: str, words: str) -> None:
    lines = told("billing >= 3", QUEUED, {"type": "RequirementRelaxed", "because": because}, LATE)
    assert f"required: billing >= 3 (relaxed 09:30:35Z: {words})" in lines


def test_what_was_not_relaxed_is_told_plainly_and_what_is_not_on_record_not_at_all() -> None:
    assert "required: billing >= 5" in told("billing >= 5", QUEUED)
    assert not [line for line in told("", QUEUED) if line.startswith("required")]


def test_why_a_caller_is_of_his_class_is_told_as_it_was_when_he_was_last_queued() -> None:
    first = QUEUED | {"call_class": "normal", "class_because": "nothing makes him special"}
    last = QUEUED | {"call_class": "vip", "class_because": "his segment is gold"}
    assert told("", first, last)[1] == "of class vip: his segment is gold"


def test_an_estimated_wait_in_a_cell_and_how_they_did() -> None:
    assert estimated(None) is None
    assert estimated({"wait_s": 94.6, "quantile": 0.8}) == "< 95 s (80%)"
    did = {"told": True, "quantile": 0.8, "judged": 200, "coverage": 0.81}
    assert covers(did) == "80% / 81.0% / 200"
    assert covers(did | {"told": False}) == "80% / 81.0% / 200, silent"
    assert covers(did | {"coverage": None, "judged": 0}) is None


def test_who_waits_is_told_how_long_and_why_it_grew() -> None:
    wait = {"wait_s": 94.6, "quantile": 0.8, "median_s": 50.2, "ahead": 1.4, "agents": 2, "grew": None}
    waiting = {
        "position": 2,
        "because": "all are busy",
        "requirement": "sales >= 5",
        "relaxes_at": None,
        "tier": 1,
        "tier_opens_at": None,
        "score": {
            "waited_s": 5.0,
            "offset_s": 0.0,
            "boost_s": 0.0,
            "objective_s": 120.0,
            "weight_thousandths": 1000,
            "millionths": 41_667,
            "overdue": False,
            "call_class": "normal",
        },
        "prospects": [],
        "estimated_wait": wait,
        "candidates": [],
        "candidates_unnamed": 0,
        "ahead": [],
        "rules_version": 0,
    }
    lines = told("sales >= 5", QUEUED, waiting=waiting)
    assert "estimate: answered within 95 s, 80% sure; median 50 s (1.4 ahead, 2 agents there)" in lines
    waiting["estimated_wait"] = wait | {"grew": "2 agents are there for him, 3 were"}
    assert any(
        line.endswith("longer than told before: 2 agents are there for him, 3 were")
        for line in told("sales >= 5", QUEUED, waiting=waiting)
    )


def test_queues_that_did_not_serve_him_are_told_with_what_became_of_him() -> None:
    left = {"type": "CallLeftQueue", "queue_id": "sales"}
    lines = told(
        "anybody",
        left | {"exit": "overflowed", "waited_s": 30.0},
        left | {"exit": "closed", "waited_s": None},
        {"type": "CallSentAway", "way": "voicemail"},
    )
    assert lines[1:4] == [
        "09:30:05Z left queue sales after 30.0 s: he went on to another queue",
        "09:30:35Z not let into queue sales: it was closed",
        "09:30:50Z he was asked for a message",
    ]


def test_every_exit_but_those_to_an_agent_has_words() -> None:
    assert {exit_.value for exit_ in QueueExit} - set(_EXITS) <= {"answered", "called_back"}
