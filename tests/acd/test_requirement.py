"""What a requirement says: who meets it, what the others lack, how it is written, which one is wider."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.requirement import All, AnyOf, AtLeast, Node, Requirement, RequirementError, widens
from acd.skills import SkillSet

SKILLS = ("a", "b", "vip.desk")
TOP = 4

terms = st.builds(AtLeast, st.sampled_from(SKILLS), st.integers(1, TOP))
trees: st.SearchStrategy[Node] = st.recursive(
    terms,
    lambda inner: (
        st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
requirements = st.builds(Requirement, trees)
EVERYBODY = [
    SkillSet.of({skill: level for skill, level in zip(SKILLS, levels, strict=True) if level})
    for levels in product(range(TOP + 1), repeat=len(SKILLS))
]
"""Every agent there can be, in a world of three skills and four levels."""


def met(node: Node, agent: SkillSet) -> bool:
    """The meaning of a tree, said as plainly as possible."""
    if isinstance(node, AtLeast):
        return agent.level(node.skill) >= node.level
    if isinstance(node, All):
        return all(met(part, agent) for part in node.parts)
    return any(met(part, agent) for part in node.parts)


@given(trees)
def test_the_tidy_form_means_what_was_written(tree: Node) -> None:
    requirement = Requirement(tree)
    assert [requirement.suits(agent) for agent in EVERYBODY] == [met(tree, agent) for agent in EVERYBODY]
    assert Requirement(requirement.tree).tree == requirement.tree


@given(requirements)
def test_what_is_written_out_is_read_back(requirement: Requirement) -> None:
    read = Requirement.parse(str(requirement))
    assert (read, read.tree, str(read)) == (requirement, requirement.tree, str(requirement))


@given(requirements, requirements)
@settings(max_examples=300)
def test_which_one_is_wider_is_decided_exactly(narrow: Requirement, wide: Requirement) -> None:
    inside = [agent for agent in EVERYBODY if narrow.suits(agent)]
    assert wide.accepts_all_of(narrow) == all(wide.suits(agent) for agent in inside)
    more = any(wide.suits(agent) and not narrow.suits(agent) for agent in EVERYBODY)
    assert widens(narrow, wide) == (wide.accepts_all_of(narrow) and more)
    both = narrow.both(wide)
    assert all(both.suits(agent) == (wide.suits(agent) and narrow.suits(agent)) for agent in EVERYBODY)


@given(requirements, st.sampled_from(EVERYBODY), st.sampled_from(SKILLS))
def test_more_skill_never_loses_a_call(requirement: Requirement, agent: SkillSet, skill: str) -> None:
    better = SkillSet.of({**dict(agent.levels), skill: agent.level(skill) + 1})
    assert requirement.suits(better) or not requirement.suits(agent)


@given(requirements, st.sampled_from(EVERYBODY))
def test_who_does_not_suit_lacks_something_and_who_does_lacks_nothing(
    requirement: Requirement, agent: SkillSet
) -> None:
    assert (requirement.missing(agent) is None) == requirement.suits(agent)


@given(st.text(max_size=40) | st.text("ab01 >=()andort.-\n", max_size=40))
def test_any_text_is_a_requirement_or_a_mistake_with_its_place(text: str) -> None:
    try:
        requirement, position = Requirement.parse(text), 1
    except RequirementError as error:
        requirement, position = Requirement(), error.position
    assert 1 <= position <= len(text) + 1
    assert Requirement.parse(str(requirement)) == requirement


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("lang.en >= 5 and (billing >= 3 or vip_desk)", "lang.en >= 5 and (billing >= 3 or vip_desk)"),
        ("(vip_desk>=1 or billing>=3)and lang.en>=5", "lang.en >= 5 and (billing >= 3 or vip_desk)"),
        ("b or a and c", "b or (a and c)"),
        ("a >= 3 and a >= 5 and a", "a >= 5"),
        ("a >= 3 or a >= 5", "a >= 3"),
        ("((a))", "a"),
        ("a and (b and (c and a))", "a and b and c"),
        ("a and anybody", "a"),
        ("a or anybody", "anybody"),
    ],
)
def test_the_same_parts_make_the_same_requirement(written: str, tidy: str) -> None:
    requirement = Requirement.parse(written)
    assert str(requirement) == tidy
    assert hash(requirement) == hash(Requirement.parse(tidy))
    assert requirement == Requirement.parse(tidy)


def test_levels_by_name_are_a_conjunction() -> None:
    assert Requirement.of({"sales": 5, "lang.en": 1}) == Requirement.parse("lang.en and sales >= 5")
    assert Requirement.of({}) == Requirement() == Requirement.parse("anybody")
    assert Requirement.parse("b and (a or b >= 2)").skills() == ("a", "b")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "at character 1: is empty: name a skill, or say anybody"),
        (" \n", "at character 1: is empty: name a skill, or say anybody"),
        ("a and", "at character 6: expected a skill, found the end"),
        ("a or or b", "at character 6: expected a skill, found 'or'"),
        ("a b", "at character 3: expected and, or, or the end, found 'b'"),
        ("(a", "at character 1: this ( is never closed"),
        ("a)", "at character 2: this ) closes nothing"),
        ("a = 3", "at character 3: only >= compares: write it as lang.en >= 5"),
        ("a >  3", "at character 3: only >= compares: write it as lang.en >= 5"),
        ("a >= 0", "at character 6: expected a level from 1 to 10, found 0"),
        ("a >= 11", "at character 6: expected a level from 1 to 10, found 11"),
        ("a >=", "at character 5: expected a level from 1 to 10, found the end"),
        ("not a", "at character 1: there is no not: more skill never loses a call"),
        ("Sales", "at character 1: 'S' means nothing here: write it as lang.en >= 5"),
        ("a" * 33, "at character 1: a skill's name has at most 32 characters"),
        ("(" * 21 + "a" + ")" * 21, "at character 21: is nested more than 20 deep"),
        (" and ".join(f"s{n}" for n in range(51)), "at character 391: compares more than 50 skills"),
        ("a" * 501, "at character 501: is longer than 500 characters"),
        (" or ".join(["abcdef>=10"] * 34), None),
        (" and ".join(f"skill{n:02d}>=10" for n in range(31)), "is longer than 500 characters when written"),
        (" and ".join(f"(a{n} or b{n})" for n in range(10)), "can be met in more than 1000 ways"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str | None) -> None:
    if told is None:
        assert str(Requirement.parse(text)) == "abcdef >= 10"
        return
    with pytest.raises(RequirementError) as error:
        Requirement.parse(text)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("required", "has", "lacks"),
    [
        ("lang.en >= 5 and billing", {"lang.en": 3}, "billing 0 < 1, lang.en 3 < 5"),
        ("lang.en >= 5", {"lang.en": 3}, "lang.en 3 < 5"),
        ("billing >= 3 or vip_desk", {}, "vip_desk 0 < 1 or billing 0 < 3"),
        ("billing >= 3 or vip_desk", {"billing": 2}, "billing 2 < 3 or vip_desk 0 < 1"),
        ("lang.en >= 5 and (billing >= 3 or vip_desk)", {"lang.en": 5}, "vip_desk 0 < 1 or billing 0 < 3"),
        ("a and (b or c)", {}, "a 0 < 1, (b 0 < 1 or c 0 < 1)"),
        ("a and b or c >= 5", {}, "(a 0 < 1, b 0 < 1) or c 0 < 5"),
        ("a or b or c >= 2 or d >= 3 or e >= 4", {}, "a 0 < 1 or b 0 < 1 or c 0 < 2 or 2 other ways"),
        ("a or b", {"b": 1}, None),
    ],
)
def test_what_an_agent_lacks_is_told_in_words(required: str, has: dict[str, int], lacks: str | None) -> None:
    assert Requirement.parse(required).missing(SkillSet.of(has)) == lacks
