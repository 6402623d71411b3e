"""Skills with levels, what a call requires of them, and whether an agent has it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SkillSet:
    """An agent's skills, each with a level from 1 to 10. Hashable: equal ones share an index."""

    levels: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, levels: Mapping[str, int]) -> "SkillSet":
        """A skill set from ``{skill: level}``."""
        return cls(tuple(sorted(levels.items())))

    def level(self, skill: str) -> int:
        """The level in ``skill``; 0 when the agent does not have it."""
        return dict(self.levels).get(skill, 0)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a call needs: every named skill at its least level. An empty requirement suits everyone."""

    least: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, least: Mapping[str, int]) -> "Requirement":
        """A requirement from ``{skill: least level}``."""
        return cls(tuple(sorted(least.items())))

    def missing(self, skills: SkillSet) -> str | None:
        """What an agent with ``skills`` lacks, in words (``sales 3 < 5``); None when he suits."""
        has = dict(skills.levels)
        lacking = [
            f"{skill} {has.get(skill, 0)} < {level}"
            for skill, level in self.least
            if has.get(skill, 0) < level
        ]
        return ", ".join(lacking) or None

    def suits(self, skills: SkillSet) -> bool:
        """Whether an agent with ``skills`` may take the call."""
        return self.missing(skills) is None
