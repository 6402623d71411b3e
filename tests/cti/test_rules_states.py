"""Agents' states in the rules document: read whole, or every mistake told with its place."""

from pathlib import Path

import pytest

from acd.agent_rules import DwellRule, DwellThen, FailurePolicy, FailureThen
from acd.agent_state import AgentState
from acd.ids import QueueId
from acd.instant import seconds
from acd.offer import OfferEnd
from acd.rules import Rules
from cti.rules import rules_of
from cti.rules_document import from_json, load_rules, to_json
from ivr.document import DocumentError

QUEUES = "queues:\n  - id: sales\n"
SALES = QueueId("sales")


def rules(tmp_path: Path, text: str) -> Rules:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    document = load_rules(path, ["ana"])
    assert from_json(to_json(document)) == document
    return rules_of([], document, "run")


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        rules(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(told.value).splitlines()]


def test_reasons_and_limits_reach_the_core(tmp_path: Path) -> None:
    found = rules(
        tmp_path,
        f"{QUEUES}"
        "not_ready_reasons:\n"
        "  prayer: {label: Prayer, most_s: 900, then: log_out}\n"
        "  other: {label: Something else}\n"
        "dwell: {wrapping_up: {most_s: 300, then: release}, not_ready: {most_s: 60}}\n",
    )
    assert [(code, reason.label) for code, reason in found.reasons.items()] == [
        ("prayer", "Prayer"),
        ("other", "Something else"),
    ]
    prayer, other = found.reasons
    log_out = DwellRule(most=seconds(900), then=DwellThen.LOG_OUT)
    assert found.dwell_rule(AgentState.NOT_READY, prayer) == log_out
    assert found.dwell_rule(AgentState.NOT_READY, other) == DwellRule(most=seconds(60))
    released = DwellRule(most=seconds(300), then=DwellThen.RELEASE)
    assert found.dwell_rule(AgentState.WRAPPING_UP, None) == released
    assert found.dwell_rule(AgentState.TALKING, None) is None


def test_a_queues_own_policy_goes_before_everybodys_and_that_before_the_usual_one(tmp_path: Path) -> None:
    found = rules(
        tmp_path,
        f"{QUEUES}"
        "    not_taken: {busy: {then: next_agent, not_again_s: 5}}\n"
        "    wrap_up_manual: true\n"
        "    more_wrap_up_times: 2\n"
        "not_taken: {busy: {then: pause}, expired: {then: cool_down, cool_down_s: 7}}\n"
        "rejected_pause_s: 11\n"
        "pause_after_not_taken: 4\n",
    )
    queue = found.queues[SALES]
    assert (queue.wrap_up_manual, queue.wrap_up_extensions, found.pause_after_not_taken) == (True, 2, 4)
    cools = FailureThen.COOL_DOWN
    assert {end: found.failure_policy(SALES, end) for end in (OfferEnd.BUSY, OfferEnd.EXPIRED)} == {
        OfferEnd.BUSY: FailurePolicy(then=FailureThen.NEXT_AGENT, not_again=seconds(5)),
        OfferEnd.EXPIRED: FailurePolicy(then=cools, cool_down=seconds(7)),
    }
    rejected = found.failure_policy(SALES, OfferEnd.REJECTED)
    assert rejected == FailurePolicy(then=cools, cool_down=seconds(11))
    assert found.failure_policy(SALES, OfferEnd.NO_ANSWER).then is FailureThen.PAUSE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "not_ready_reasons: {no_answer: {label: Gone}}\n",
            "rules.yaml:3: not_ready_reasons.no_answer: is a reason of the engine's own",
        ),
        (
            "not_taken: {busy: {then: cool_down}}\n",
            "rules.yaml:3: not_taken.busy: 'then: cool_down' needs cool_down_s, and nothing else takes it",
        ),
        (
            "not_taken: {busy: {then: pause, cool_down_s: 3}}\n",
            "rules.yaml:3: not_taken.busy.cool_down_s: 'then: cool_down' needs cool_down_s, and",
        ),
        ("dwell: {talking: {most_s: 60, then: log_out}}\n", "rules.yaml:3: dwell.talking.then"),
        ("dwell: {wrapping_up: {most_s: 60, then: log_out}}\n", "rules.yaml:3: dwell.wrapping_up.then"),
        ("dwell: {ofered: {most_s: 60}}\n", "rules.yaml:3: dwell.ofered"),
        ("not_ready_reasons: {Big Break: {label: x}}\n", "rules.yaml:3: not_ready_reasons.Big Break"),
        (
            "    wrap_up_manual: true\n    wrap_up_s: 0\n",
            "rules.yaml:4: queues.0.wrap_up_s: must say how long a manual wrap-up may take at the most",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    (told,) = mistakes(tmp_path, QUEUES + text)
    assert told.startswith(said), told
