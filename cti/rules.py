"""The configuration as the core's rules."""

from acd.call import CallClass
from acd.ids import AgentId, QueueId
from acd.instant import seconds
from acd.rules import AgentProfile, ClassRules, QueueRules, Relaxation, ReturningRules, Rules
from acd.skills import SkillSet
from cti.config import Config
from cti.config_skills import requirement_of


def rules_of(config: Config, run: str) -> Rules:
    """What the ACD decides by; ``run`` names this life of the engine."""
    return Rules(
        run=run,
        queues={
            QueueId(queue.id): QueueRules(
                queue_id=QueueId(queue.id),
                requirement=requirement_of(queue.requires),
                prefers=None if queue.prefers is None else requirement_of(queue.prefers),
                relax=tuple(
                    Relaxation(after=seconds(step.after_s), requirement=requirement_of(step.requires))
                    for step in queue.relax
                ),
                ring_timeout=seconds(queue.ring_timeout_s),
                wrap_up=seconds(queue.wrap_up_s),
                service_level_within=seconds(queue.service_level_s),
                capacity=queue.capacity,
            )
            for queue in config.queues
        },
        agents={
            AgentId(agent.id): AgentProfile(
                agent_id=AgentId(agent.id), name=agent.name, skills=SkillSet.of(agent.skills)
            )
            for agent in config.agents
        },
        classes={
            CallClass(name): ClassRules(
                objective=seconds(promised.objective_s),
                offset=seconds(promised.offset_s),
                never_exceed=seconds(promised.never_exceed_s),
            )
            for name, promised in config.classes
        },
        returning=ReturningRules(
            boost=seconds(config.returning.boost_s),
            decays_within=seconds(config.returning.decays_within_h * 3600),
            remembered=seconds(config.returning.remembered_h * 3600),
        ),
        vip_callers=frozenset(config.vip_callers),
        rejected_pause=seconds(config.rejected_pause_s),
    )
