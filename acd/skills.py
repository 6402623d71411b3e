"""Skills with levels: what an agent can do."""

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
