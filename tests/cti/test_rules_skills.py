"""What queues require, prefer and relax to, as operators write it: read whole, or told with its line."""

from pathlib import Path

import pytest

from cti.config import AgentConfig
from cti.rules import rules_of
from cti.rules_document import RulesDocument, load_rules
from ivr.document import DocumentError

PEOPLE = (AgentConfig(id="ana", name="Ana Alvarez"), AgentConfig(id="ben", name="Ben Okafor"))
HOUSE = """\
rejected_pause_s: 10
agents:
  ana: {skills: {sales: 8}}
  ben: {skills: {support: 4}}
queues:
  - id: sales
    requires: REQUIRES
"""


def read(tmp_path: Path, requires: str) -> RulesDocument:
    path = tmp_path / "rules.yaml"
    path.write_text(HOUSE.replace("REQUIRES", requires))
    return load_rules(path, [person.id for person in PEOPLE])


def mistakes(tmp_path: Path, requires: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        read(tmp_path, requires)
    return [line.removeprefix(f"{tmp_path}/rules.yaml:") for line in str(told.value).splitlines()]


def relaxing(*steps: tuple[int, str]) -> str:
    """Lines of the file that follow a requirement."""
    return "\n    relax:" + "".join(f"\n      - {{after_s: {s}, requires: {text}}}" for s, text in steps)


def test_levels_by_name_and_an_expression_say_the_same(tmp_path: Path) -> None:
    levels, expression = read(tmp_path, "{sales: 5}"), read(tmp_path, "(sales >= 5)")
    assert levels.queues[0].steps == expression.queues[0].steps
    assert [step.text for step in levels.queues[0].steps] == ["sales >= 5"]


def test_a_queue_that_only_its_last_relaxation_can_serve_is_served(tmp_path: Path) -> None:
    rules = read(tmp_path, "sales >= 9" + relaxing((5, "sales >= 9 or support"), (9, "anybody")))
    steps = [step.text for step in rules.queues[0].steps]
    assert steps == ["sales >= 9", "sales >= 9 or support", "anybody"]
    assert not any(rules.queues[0].is_served_by(agent.skills) for agent in rules.agents.values())


def test_the_core_decides_by_what_is_written(tmp_path: Path) -> None:
    rules = read(tmp_path, "sales >= 5\n    prefers: {sales: 9}" + relaxing((5, "sales"), (9, "{}")))
    (queue,) = rules_of(PEOPLE, rules, "run").queues.values()
    assert (str(queue.prefers), [str(step) for step in queue.steps]) == (
        "sales >= 9",
        ["sales >= 5", "sales", "anybody"],
    )
    assert [step.after for step in queue.relax] == [5_000_000, 9_000_000]


@pytest.mark.parametrize(
    ("requires", "told"),
    [
        (
            "sales and suport",
            "7: queues.0.requires: no agent has the skill 'suport' (did you mean 'support'?)",
        ),
        ("sales or chess", "7: queues.0.requires: no agent has the skill 'chess'"),
        ("{sales: 5, chess: 3}", "7: queues.0.requires.chess: no agent has the skill 'chess'"),
        ("sales > 5", "7: queues.0.requires: at character 7: only >= compares: write it as lang.en >= 5"),
        ("5", "7: queues.0.requires: must be a mapping"),
        ("{and: 5}", "7: queues.0.requires.and: cannot name a skill: and means something"),
        ("sales\n    prefers: chess", "8: queues.0.prefers: no agent has the skill 'chess'"),
        ("sales\n    prefers: {chess: 3}", "8: queues.0.prefers.chess: no agent has the skill 'chess'"),
        (
            "sales >= 9" + relaxing((9, "sales >= 6"), (8, "sales >= 5")),
            "10: queues.0.relax.1.after_s: must be more than the 9 s of the step before",
        ),
        (
            "sales >= 5" + relaxing((9, "support")),
            "9: queues.0.relax.0.requires: a relaxation only widens: "
            "support does not accept everybody of sales >= 5",
        ),
        (
            "sales >= 5" + relaxing((9, "sales >= 5 or (sales >= 5 and support)")),
            "9: queues.0.relax.0.requires: a relaxation only widens: "
            "sales >= 5 or (sales >= 5 and support) adds nobody to sales >= 5",
        ),
        (
            "sales >= 10" + relaxing((9, "sales >= 9")),
            "9: queues.0.relax.0.requires: no agent can serve 'sales': it needs sales >= 9",
        ),
        (
            "sales >= 5" + relaxing((9, "suport or sales")),
            "9: queues.0.relax.0.requires: no agent has the skill 'suport' (did you mean 'support'?)",
        ),
        ("sales >= 5" + relaxing((0, "sales")), "9: queues.0.relax.0.after_s: Input should be greater"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, requires: str, told: str) -> None:
    assert any(line.startswith(told) for line in mistakes(tmp_path, requires)), mistakes(tmp_path, requires)
