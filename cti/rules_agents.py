"""The rules' section ``agents``: what each of the house's agents can do."""

from collections.abc import Mapping

from cti.value_types import Section, SkillLevel, SkillName


class AgentRulesConfig(Section):
    """What an agent can do. Who is left out, or has no skills, serves the queues that require none."""

    skills: Mapping[SkillName, SkillLevel] = {}
