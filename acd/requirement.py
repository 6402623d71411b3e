"""What a call requires of an agent: ``lang.en >= 5 and (billing >= 3 or vip_desk)``, and when it is widened.

There is no ``not``: whoever has more skills may never take fewer calls, and that is also what makes it
decidable, exactly and cheaply, whether one requirement accepts everybody another one does.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod

from acd.skills import SkillSet

MOST_CHARACTERS = 500
"""Longest expression, as it was written and as we write it."""
MOST_DEEP = 20
"""Deepest nesting."""
MOST_TERMS = 50
"""Most comparisons in an expression."""
MOST_ALTERNATIVES = 1000
"""Most ways to meet an expression, multiplied out."""
MOST_TOLD = 3
"""Alternatives of an ``or`` that are named when an agent meets none of them; the rest is counted."""
LEVELS = range(1, 11)
ANYBODY = "anybody"
AN_AGENT = "agent."
"""How the skill begins that everybody has by being himself: ``agent.ana``."""
RESERVED = frozenset({"and", "or", "not", ANYBODY})
"""Words that cannot name a skill."""


class RequirementError(ValueError):
    """An expression that makes no sense; ``position`` counts its characters from 1."""

    def __init__(self, problem: str, position: int) -> None:
        self.problem, self.position = problem, position
        super().__init__(f"at character {position}: {problem}")


@dataclass(frozen=True, slots=True)
class AtLeast:
    """One skill at its least level."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class All:
    """Every part; of no parts: nothing is asked."""

    parts: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part."""

    parts: "tuple[Node, ...]"


Node = AtLeast | All | AnyOf


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a call needs of its agent; by itself: nothing, anybody will do.

    However it was written, the same parts make the same requirement: they are sorted, nested ones of a kind
    are joined, and of two comparisons of one skill beside each other the stricter (``and``) or the laxer one
    (``or``) stays. It is its text: equal ones share an index.
    """

    text: str = field(init=False)
    tree: Node = field(default=All(), compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", _canonical(self.tree))
        object.__setattr__(self, "text", _text(self.tree))

    @classmethod
    def of(cls, least: Mapping[str, int]) -> "Requirement":
        """Every skill of ``{skill: least level}``."""
        return cls(All(tuple(AtLeast(skill, level) for skill, level in least.items())))

    @classmethod
    def parse(cls, text: str) -> "Requirement":
        """The requirement an expression says.

        Raises:
            RequirementError: it is none, or too long, too deep or too complex.
        """
        requirement = cls(_Parser(text).whole())
        if len(requirement.text) > MOST_CHARACTERS:
            raise RequirementError(f"is longer than {MOST_CHARACTERS} characters when written out", 1)
        if _depth(requirement.tree) > MOST_DEEP:
            raise RequirementError(f"is nested more than {MOST_DEEP} deep", 1)
        if _ways(requirement.tree) > MOST_ALTERNATIVES:
            raise RequirementError(f"can be met in more than {MOST_ALTERNATIVES} ways: make it simpler", 1)
        return requirement

    def __str__(self) -> str:
        return self.text

    def both(self, other: "Requirement") -> "Requirement":
        """What is met by whoever meets both."""
        return Requirement(All((self.tree, other.tree)))

    @property
    def names_agents(self) -> bool:
        """Whether it may ask for somebody by his name."""
        return AN_AGENT in self.text

    def skills(self) -> tuple[str, ...]:
        """The skills it names, each once, in order."""
        return tuple(sorted({term.skill for term in _terms(self.tree)}))

    def suits(self, skills: SkillSet) -> bool:
        """Whether an agent with ``skills`` may take the call."""
        return _met(self.tree, dict(skills.levels))

    def missing(self, skills: SkillSet) -> str | None:
        """What an agent with ``skills`` lacks, in words (``sales 3 < 5``); None when he suits.

        Of an ``or`` it names the alternatives that lack the fewest levels, the cheapest first.
        """
        has = dict(skills.levels)
        return None if _met(self.tree, has) else _lacking(self.tree, has)[1]

    def accepts_all_of(self, other: "Requirement") -> bool:
        """Whether everybody who meets ``other`` meets this too.

        Exact: whoever meets ``other`` has at least the levels of one of its alternatives, and more skill
        never harms, so it is enough to ask for an agent who has precisely these.
        """
        return all(_met(self.tree, least) for least in _alternatives(other.tree))


def widens(narrow: Requirement, wide: Requirement) -> bool:
    """Whether ``wide`` accepts everybody whom ``narrow`` accepts, and somebody else too."""
    return wide.accepts_all_of(narrow) and not narrow.accepts_all_of(wide)


# -- trees ---------------------------------------------------------------------------------------


def _canonical(node: Node) -> Node:
    if isinstance(node, AtLeast):
        return node
    kind, stricter = (All, max) if isinstance(node, All) else (AnyOf, min)
    terms: dict[str, int] = {}
    groups: dict[str, Node] = {}
    for part in map(_canonical, node.parts):
        for member in part.parts if isinstance(part, kind) else (part,):
            if isinstance(member, AtLeast):
                terms[member.skill] = stricter(terms.get(member.skill, member.level), member.level)
            elif not member.parts:
                return member  # of alternatives one asks for nothing: so do all of them together
            else:
                groups[_text(member)] = member
    parts = (
        *(AtLeast(skill, level) for skill, level in sorted(terms.items())),
        *(group for _, group in sorted(groups.items())),
    )
    return parts[0] if len(parts) == 1 else kind(parts)


def _text(node: Node) -> str:
    if isinstance(node, AtLeast):
        return node.skill if node.level == 1 else f"{node.skill} >= {node.level}"
    joint = " and " if isinstance(node, All) else " or "
    shown = (_text(part) if isinstance(part, AtLeast) else f"({_text(part)})" for part in node.parts)
    return joint.join(shown) or ANYBODY


def _terms(node: Node) -> Iterator[AtLeast]:
    if isinstance(node, AtLeast):
        yield node
    else:
        for part in node.parts:
            yield from _terms(part)


def _depth(node: Node) -> int:
    return 0 if isinstance(node, AtLeast) else 1 + max(map(_depth, node.parts), default=0)


def _met(node: Node, has: Mapping[str, int]) -> bool:
    if isinstance(node, AtLeast):
        return has.get(node.skill, 0) >= node.level
    if isinstance(node, All):
        return all(_met(part, has) for part in node.parts)
    return any(_met(part, has) for part in node.parts)


def _lacking(node: Node, has: Mapping[str, int]) -> tuple[int, str]:
    """Levels that are missing, and which; only of what is not met."""
    if isinstance(node, AtLeast):
        level = has.get(node.skill, 0)
        return node.level - level, f"{node.skill} {level} < {node.level}"
    unmet = [(part, *_lacking(part, has)) for part in node.parts if not _met(part, has)]
    if isinstance(node, All):
        several = len(unmet) > 1
        words = [f"({said})" if several and " or " in said else said for _, _, said in unmet]
        return sum(levels for _, levels, _ in unmet), ", ".join(words)
    cheapest = sorted(((levels, said) for _, levels, said in unmet), key=lambda one: one[0])
    told = [f"({said})" if ", " in said else said for _, said in cheapest[:MOST_TOLD]]
    more = [f"{len(cheapest) - MOST_TOLD} other ways"] if len(cheapest) > MOST_TOLD else []
    return cheapest[0][0], " or ".join(told + more)


def _ways(node: Node) -> int:
    """How many alternatives the node has, multiplied out."""
    if isinstance(node, AtLeast):
        return 1
    ways = [_ways(part) for part in node.parts]
    return prod(ways) if isinstance(node, All) else sum(ways)


def _alternatives(node: Node) -> Iterator[dict[str, int]]:
    """Least levels that meet the node: whoever meets it has at least those of one of them."""
    if isinstance(node, AtLeast):
        yield {node.skill: node.level}
    elif isinstance(node, AnyOf):
        for part in node.parts:
            yield from _alternatives(part)
    else:
        for chosen in product(*(tuple(_alternatives(part)) for part in node.parts)):
            least: dict[str, int] = {}
            for one in chosen:
                for skill, level in one.items():
                    least[skill] = max(level, least.get(skill, 0))
            yield least


# -- text ----------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[ \t\r\n]*(?:(?P<word>[a-z][a-z0-9._-]*)|(?P<level>[0-9]+)|(?P<mark>>=|[()]))")
_LONGEST_SKILL = 32


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str
    position: int


class _Parser:
    """``or`` binds less than ``and``, and both less than ``>=``."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise RequirementError(f"is longer than {MOST_CHARACTERS} characters", MOST_CHARACTERS + 1)
        self._tokens = tuple(_tokens(text))
        self._end = len(text) + 1
        self._at = self._terms = self._depth = 0

    def whole(self) -> Node:
        if not self._tokens:
            raise RequirementError(f"is empty: name a skill, or say {ANYBODY}", 1)
        node = self._any_of()
        if (token := self._next()) is not None:
            raise RequirementError(
                f"expected and, or, or the end, found {token.text!r}"
                if token.text != ")"
                else "this ) closes nothing",
                token.position,
            )
        return node

    def _any_of(self) -> Node:
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        token = self._next()
        if token is None:
            raise RequirementError("expected a skill, found the end", self._end)
        self._at += 1
        if token.text == "(":
            return self._group(token)
        if token.text == "not":
            raise RequirementError("there is no not: more skill never loses a call", token.position)
        if token.kind != "word" or token.text in ("and", "or"):
            raise RequirementError(f"expected a skill, found {token.text!r}", token.position)
        if len(token.text) > _LONGEST_SKILL:
            raise RequirementError(f"a skill's name has at most {_LONGEST_SKILL} characters", token.position)
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise RequirementError(f"compares more than {MOST_TERMS} skills", token.position)
        if token.text == ANYBODY:
            return All()
        return AtLeast(token.text, self._level() if self._takes(">=") else 1)

    def _group(self, opened: _Token) -> Node:
        self._depth += 1
        if self._depth > MOST_DEEP:
            raise RequirementError(f"is nested more than {MOST_DEEP} deep", opened.position)
        node = self._any_of()
        if not self._takes(")"):
            raise RequirementError("this ( is never closed", opened.position)
        self._depth -= 1
        return node

    def _level(self) -> int:
        token = self._next()
        if token is None or token.kind != "level" or len(token.text) > 2 or int(token.text) not in LEVELS:
            found, position = (token.text, token.position) if token else ("the end", self._end)
            raise RequirementError(
                f"expected a level from {LEVELS[0]} to {LEVELS[-1]}, found {found}", position
            )
        self._at += 1
        return int(token.text)

    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, text: str) -> bool:
        token = self._next()
        if token is None or token.text != text:
            return False
        self._at += 1
        return True


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip(" \t\r\n"))
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            stuck = at + len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
            what = "only >= compares" if text[stuck] in "<>=!" else f"{text[stuck]!r} means nothing here"
            raise RequirementError(f"{what}: write it as lang.en >= 5", stuck + 1)
        kind = str(found.lastgroup)
        yield _Token(found[kind], kind, found.start(kind) + 1)
        at = found.end()
