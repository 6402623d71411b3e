"""The rules document as the core's rules."""

from collections.abc import Sequence

from acd.call import CallClass
from acd.ids import AgentId, QueueId
from acd.instant import seconds
from acd.outside import NOBODY, OutsideRules
from acd.reasons import NotReadyReason
from acd.rules import AgentProfile, ClassRules, QueueRules, Relaxation, RequeueRules, ReturningRules, Rules
from acd.skills import SkillSet
from acd.weight import EVEN, Weight
from cti.config import AgentConfig
from cti.rules_document import RulesDocument
from cti.rules_queues import requirement_of
from cti.rules_tiers import reserve_of, tiers_of

NO_SKILLS = SkillSet.of({})


def people_of(rules: Rules) -> tuple[AgentConfig, ...]:
    """The house's people, as the rules in force know them."""
    return tuple(AgentConfig.model_construct(id=a.agent_id, name=a.name) for a in rules.agents.values())


def rules_of(
    people: Sequence[AgentConfig], document: RulesDocument, run: str, outside: OutsideRules = NOBODY
) -> Rules:
    """What the ACD decides by for the house's people; ``run`` names this life of the engine.

    ``outside`` is whom the house may call, which is not for the rules to say. A person whom the rules do not
    name has no skills.
    """
    skills = {agent_id: SkillSet.of(agent.skills) for agent_id, agent in document.agents.items()}
    return Rules(
        run=run,
        queues={
            QueueId(queue.id): QueueRules(
                queue_id=QueueId(queue.id),
                requirement=requirement_of(queue.requires),
                prefers=None if queue.prefers is None else requirement_of(queue.prefers),
                choice=queue.choice,
                preferred_agent=queue.preferred_agent.rule if queue.preferred_agent else None,
                tiers=tiers_of(queue),
                reserve=reserve_of(queue),
                weight=Weight(round(queue.weight * EVEN)),
                relax=tuple(
                    Relaxation(after=seconds(step.after_s), requirement=requirement_of(step.requires))
                    for step in queue.relax
                ),
                ring_timeout=seconds(queue.ring_timeout_s),
                ring_most=queue.ring_most,
                wrap_up=seconds(queue.wrap_up_s),
                wrap_up_manual=queue.wrap_up_manual,
                wrap_up_extension=seconds(queue.more_wrap_up_s),
                wrap_up_extensions=queue.more_wrap_up_times,
                on_failure=queue.not_taken.policies,
                service_level_within=seconds(queue.service_level_s),
                service_level=queue.service_level_formula,
                short_abandonment=seconds(queue.short_abandonment_s),
                estimate_permille=round(queue.estimate_quantile * 1000),
                capacity=queue.capacity,
                hours=queue.hours,
                at_closing=queue.closing,
                max_wait=queue.max_wait,
                staff=queue.staff_rules,
                overflow=queue.steps_over,
                announce=queue.announce_rules,
                callback=queue.callback_rules,
                treatment=queue.treatment or "",
            )
            for queue in document.queues
        },
        agents={
            AgentId(person.id): AgentProfile(
                agent_id=AgentId(person.id), name=person.name, skills=skills.get(person.id, NO_SKILLS)
            )
            for person in people
        },
        classes={
            CallClass(name): ClassRules(
                objective=seconds(promised.objective_s),
                offset=seconds(promised.offset_s),
                never_exceed=seconds(promised.never_exceed_s),
                dialled=frozenset(promised.dialled),
                segments=frozenset(promised.segments),
            )
            for name, promised in document.classes
        },
        returning=ReturningRules(
            boost=seconds(document.returning.boost_s),
            decays_within=seconds(document.returning.decays_within_h * 3600),
            remembered=seconds(document.returning.remembered_h * 3600),
        ),
        requeue=RequeueRules(
            keeps_place=document.requeue.keeps_place, within=seconds(document.requeue.within_s)
        ),
        calendars={name: calendar.calendar(name) for name, calendar in document.calendars.items()},
        vip_callers=frozenset(document.vip_callers),
        outside=outside,
        rejected_pause=seconds(document.rejected_pause_s),
        reasons={NotReadyReason(code): reason.rules for code, reason in document.not_ready_reasons.items()},
        dwell=document.dwell.rules,
        on_failure=document.not_taken.policies,
        pause_after_not_taken=document.pause_after_not_taken,
    )
