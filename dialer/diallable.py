"""Whether a lead could be dialled now, before anybody asks the gate; and if not, what keeps him."""

from dataclasses import dataclass

from acd.instant import Instant
from dialer import retry
from dialer.campaign import CampaignRules, StepKind
from dialer.lead import LeadState
from dialer.pursuit import Pursuit
from dialer.turn import in_hours
from dialer.wall import minute_of_day, next_minute

DONE, RESTING, UNDER_WAY = "done", "resting", "under_way"
NOT_YET, EXPIRED, NO_NUMBER_LEFT = "not_before", "expired", "no_number_left"
OTHER_LIST, NUMBER_HOURS = "list_not_dialled", "number_hours"
TEXT_STEP, STEP_HOURS = "text_step", "step_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What keeps a lead from being dialled now."""

    why: str
    """One word of the above, or of :class:`dialer.compliance.verdict.WhyNot`."""
    told: str
    """In words, for people."""
    until: Instant | None
    """When it is worth looking again; None: waiting changes nothing, or nobody knows."""


def places_now(rules: CampaignRules, pursuit: Pursuit, at: Instant) -> tuple[int, ...] | Obstacle:
    """The places of his numbers that may be asked about, the next one first; else why there is none."""
    lead, state = pursuit.lead, pursuit.state
    if state is LeadState.DONE:
        because = pursuit.because.replace("_", " ") or "nobody knows why"
        return Obstacle(why=DONE, told=f"he is done: {because}", until=None)
    if rules.lists and all(one.list_id != lead.list_id for one in rules.lists):
        return Obstacle(why=OTHER_LIST, told=f"list {lead.list_id} is not dialled", until=None)
    if state in (LeadState.PREVIEWED, LeadState.IN_PROGRESS, LeadState.TO_DISPOSE):
        return Obstacle(why=UNDER_WAY, told="somebody is busy with him", until=None)
    if lead.not_after is not None and lead.not_after <= at:
        return Obstacle(why=EXPIRED, told="the last moment to try him is over", until=None)
    if lead.not_before is not None and lead.not_before > at:
        return Obstacle(why=NOT_YET, told="his list says not yet", until=lead.not_before)
    if state is LeadState.RESTING and pursuit.next_at is not None and pursuit.next_at > at:
        told = "he is to be called at a moment that was agreed" if pursuit.promised else "he was tried lately"
        return Obstacle(why=RESTING, told=told, until=pursuit.next_at)
    step = rules.steps[pursuit.step] if pursuit.step < len(rules.steps) else None
    if step is not None and step.kind is StepKind.TEXT and not pursuit.promised:
        return Obstacle(why=TEXT_STEP, told="he is sent a text next, and not called", until=None)
    if step is not None and minute_of_day(at, lead.zone) < step.not_before_minute and not pursuit.promised:
        begins = next_minute(at, lead.zone, step.not_before_minute)
        return Obstacle(why=STEP_HOURS, told="his next step begins later in his day", until=begins)
    left = retry.places_left(rules, pursuit)
    if not left:
        return Obstacle(why=NO_NUMBER_LEFT, told="none of his numbers may be tried any more", until=None)
    left.sort(key=lambda place: place != pursuit.place)
    now = tuple(place for place in left if in_hours(lead.numbers[place], at, lead.zone))
    if now:
        return now
    opens = min(next_minute(at, lead.zone, lead.numbers[place].since_minute) for place in left)
    return Obstacle(why=NUMBER_HOURS, told="his list gives other hours for his numbers", until=opens)
