"""What changes between two documents is told value by value, by name."""

from pathlib import Path
from typing import Any

import pytest

from cti.rules_diff import differences
from cti.rules_document import RulesDocument, from_json, load_rules, to_json
from tests.sim_floor import document_of

AGENTS = {"ana": {"sales": 8}, "ben": {"support": 8}}
QUEUES: dict[str, dict[str, Any]] = {
    "sales": {"requires": "sales >= 5"},
    "support": {"requires": {"support": 5}, "relax": [{"after_s": 20, "requires": "anybody"}]},
}
RULES = document_of(AGENTS, QUEUES, vip_callers=["+331", "+332"])


def changed(path: tuple[str, ...], value: Any) -> RulesDocument:
    queues = {name: dict(rules) for name, rules in QUEUES.items()}
    if path[0] == "queues":
        queues[path[1]] |= {path[2]: value}
        return document_of(AGENTS, queues, vip_callers=["+331", "+332"])
    return document_of(AGENTS, QUEUES, **{"vip_callers": ["+331", "+332"], path[0]: value})


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (RULES, []),
        (changed(("queues", "support", "wrap_up_s"), 20), ["queue support: wrap_up_s 10 → 20"]),
        (changed(("queues", "sales", "requires"), "sales"), ["queue sales: requires sales >= 5 → sales"]),
        (
            changed(("queues", "support", "requires"), {"support": 6}),
            ["queue support: requires.support 5 → 6"],
        ),
        (changed(("queues", "sales", "prefers"), "sales >= 8"), ["queue sales: prefers added: sales >= 8"]),
        (
            changed(("queues", "support", "relax"), [{"after_s": 30, "requires": "anybody"}]),
            ["queue support: relax 1.after_s 20 → 30"],
        ),
        (changed(("rejected_pause_s",), 20), ["rejected_pause_s 10 → 20"]),
        (
            changed(("vip_callers",), ["+332", "+333"]),
            ["vip_callers removed: +331", "vip_callers added: +333"],
        ),
        (
            changed(("classes",), {"vip": {"objective_s": 10, "offset_s": 60, "never_exceed_s": 180}}),
            ["class vip: objective_s 20 → 10"],
        ),
        (changed(("returning",), {"boost_s": 90}), ["returning: boost_s 60 → 90"]),
        (
            document_of({**AGENTS, "ana": {"sales": 9, "french": 1}}, QUEUES, vip_callers=["+331", "+332"]),
            ["agent ana: skills.sales 8 → 9", "agent ana: skills.french added: 1"],
        ),
        (
            document_of(AGENTS, dict(reversed(QUEUES.items())), vip_callers=["+331", "+332"]),
            ["queues: order [sales, support] → [support, sales]"],
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_where_it_is(after: RulesDocument, told: list[str]) -> None:
    assert [str(change) for change in differences(RULES, after)] == told


def test_a_queue_that_comes_or_goes_is_one_change() -> None:
    fewer = document_of(AGENTS, {"sales": QUEUES["sales"]}, vip_callers=["+331", "+332"])
    (gone,), (come,) = differences(RULES, fewer), differences(fewer, RULES)
    assert (gone.where, gone.what, gone.after, come.before) == ("queue support", "", None, None)
    assert str(gone).startswith("queue support removed: {")
    assert "requires: {support: 5}, relax: [{after_s: 20, requires: anybody}]" in str(gone)


def test_equal_rules_have_one_written_form() -> None:
    shipped = Path(__file__).parents[2] / "config" / "rules.yaml"
    for rules in (RULES, load_rules(shipped, ("ana", "ben", "cleo", "dan", "eva"))):
        assert to_json(from_json(to_json(rules))) == to_json(rules)
    again = document_of(AGENTS, QUEUES, vip_callers=["+332", "+331"])
    assert to_json(again) == to_json(RULES) == to_json(from_json(to_json(RULES)))
