"""The rules document is read whole, or every mistake is told with its place and a way out."""

from pathlib import Path

import pytest
import yaml

from acd.call import CallClass
from acd.instant import seconds
from acd.rules import RequeueRules
from cti.config import AgentConfig
from cti.rules import rules_of
from cti.rules_document import RulesDocument, load_rules
from ivr.document import DocumentError

REPOSITORY = Path(__file__).resolve().parents[2]
PEOPLE = ("ana", "ben")
RULES = """\
agents:
  ana: {skills: {sales: 8}}
  ben: {skills: {support: 4}}
queues:
  - id: sales
    requires: {sales: 5}
"""


def read(tmp_path: Path, text: str, people: tuple[str, ...] = PEOPLE) -> RulesDocument:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    return load_rules(path, people)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        read(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(told.value).splitlines()]


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    rules = read(tmp_path, "queues: [{id: sales}]")
    assert rules.queues[0].ring_timeout_s == 15
    assert rules.rejected_pause_s == 10


def test_a_person_whom_the_rules_do_not_name_has_no_skills(tmp_path: Path) -> None:
    rules = read(tmp_path, RULES, (*PEOPLE, "cleo"))
    people = [AgentConfig(id=name, name=name.title()) for name in ("ana", "cleo")]
    skills = [agent.skills.levels for agent in rules_of(people, rules, "run").agents.values()]
    assert skills == [(("sales", 8),), ()]


def test_classes_by_segment_and_number_and_the_place_kept_reach_the_core(tmp_path: Path) -> None:
    text = (
        "queues: [{id: sales}]\n"
        "classes: {vip: {objective_s: 20, never_exceed_s: 60, segments: [gold], dialled: ['*8001']}}\n"
        "requeue: {keeps_place: false, within_s: 60}\n"
    )
    rules = rules_of([], read(tmp_path, text), "run")
    vip = rules.classes[CallClass.VIP]
    assert (vip.dialled, vip.segments) == ({"*8001"}, {"gold"})
    assert rules.requeue == RequeueRules(keeps_place=False, within=seconds(60))


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("agents:", "agent:", "1: agent: unknown key (did you mean 'agents'?)"),
        ("  ben:", "  bne:", "3: agents.bne: the configuration has no agent 'bne' (did you mean 'ben'?)"),
        ("{sales: 5}", "{salse: 5}", "6: queues.0.requires.salse: no agent has the skill 'salse'"),
        ("{sales: 5}", "{sales: 9}", "6: queues.0.requires: no agent can serve 'sales': it needs"),
        (
            "{sales: 5}",
            "{sales: 5}\n    strategy: longest_idel",
            "7: queues.0.strategy: must be 'longest_idle', 'least_occupied',",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    measured_by: [sales]",
            "7: queues.0.measured_by: longest_idle does not look at levels: only best_skill, ",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    strategy: best_skill\n    measured_by: [salse]",
            "8: queues.0.measured_by.0: no agent has the skill 'salse' (did you mean 'sales'?)",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    tiers: [{after_s: 20, agents: [ann]}]",
            "7: queues.0.tiers.0.agents.0: the configuration has no agent 'ann' (did you mean 'ana'?)",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    tiers: [{after_s: 20, agents: [ben]}]",
            "7: queues.0.tiers.0.agents.0: ben can never serve 'sales': sales 0 < 5",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    tiers: [{after_s: 20, agents: [ana]},\n      {after_s: 30, agents: [ana]}]",
            "8: queues.0.tiers.1.agents.0: ana is of tier 2 already",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    tiers: [{after_s: 20, agents: [ana]},\n      {after_s: 20, agents: [ben]}]",
            "8: queues.0.tiers.1.after_s: must be more than the 20 s of the tier before",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    preferred_agent: {whom: onw, wait_s: 20}",
            "7: queues.0.preferred_agent.whom: must be 'own', 'last' or 'own_or_last' (did you mean 'own'?)",
        ),
        (
            "{sales: 5}",
            "{sales: 5}\n    tiers: [{after_s: 20, agents: [ana]}]\n    reserve: {above_s: 9, agents: [ana]}",
            "8: queues.0.reserve.agents.0: ana is of tier 2 already",
        ),
        ("{sales: 5}", "{sales: 5}\n    weight: 0", "7: queues.0.weight: Input should be greater"),
        ("{sales: 5}", "{sales: 11}", "6: queues.0.requires.sales: Input should be less than"),
        ("{sales: 5}", "{sales: 5}\n  - id: sales", "7: queues.1.id: 'sales' is given to two queues"),
        (
            "agents:",
            'classes: {vip: {objective_s: 1, never_exceed_s: 1, dialled: ["8001"]},\n'
            '  normal: {objective_s: 1, never_exceed_s: 1, dialled: ["8001"]}}\nagents:',
            "2: classes.normal.dialled: '8001' is of class vip already",
        ),
        ("agents:", "requeue: {within_s: 0}\nagents:", "1: requeue.within_s: Input should be greater"),
        ("agents:", "vip_callers: [331]\nagents:", "1: vip_callers.0: must be text"),
        ("agents:", "http: {port: 1}\nagents:", "1: http: unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, was: str, now: str, told: str) -> None:
    assert was in RULES
    assert any(
        line.startswith(f"rules.yaml:{told}") for line in mistakes(tmp_path, RULES.replace(was, now, 1))
    ), mistakes(tmp_path, RULES.replace(was, now, 1))


def test_the_shipped_file_writes_out_every_setting_there_is() -> None:
    written = yaml.safe_load((REPOSITORY / "config" / "rules.yaml").read_text())
    assert set(written) == set(RulesDocument.model_fields)
    read = load_rules(REPOSITORY / "config" / "rules.yaml", tuple(written["agents"]))
    assert read.classes == RulesDocument.model_fields["classes"].default
    assert read.returning == RulesDocument.model_fields["returning"].default
