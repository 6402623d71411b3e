"""A campaign's agents, and everything that is on its way to them: also what rings for other campaigns.

Campaigns of one queue have the same agents, those of others perhaps some of them. What rings there, and for
whom no agent is free who is only theirs, counts here by the share of them who take this queue's calls, too;
and who is free is free for one line only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from acd.ids import AgentId, QueueId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, Span
from dialer.attempt import AttemptState
from dialer.attempt_line import Line
from dialer.campaign import CampaignRules
from dialer.floor_view import AgentsSeen, FloorView
from dialer.ids import CampaignId, ListId
from dialer.tables import Campaign, DialerTables
from dialer.view import Ringing

UNDECIDED = frozenset({AttemptState.PLACED, AttemptState.RINGING, AttemptState.ANSWERED})
"""A person may be there yet."""

_HALF = MICROSECONDS_PER_SECOND // 2
_Alike = tuple[int, CampaignId, ListId, int, str]
"""Placed in one second, for one campaign, of one list, hour and region: as likely to be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """As pacing is told of them."""

    idle: int
    """Who could talk at once, and is spoken for by nobody else's line."""
    waiting: int
    """Live answers for whom nobody is there yet."""
    ringing: tuple[Ringing, ...]


def crew_of(t: DialerTables, rules: CampaignRules, agents: AgentsSeen, at: Instant, floor: FloorView) -> Crew:
    """``agents``: those of the campaign's queue."""
    lines, asked_for = _by_queue(t), _asked_for(t)
    own = lines.pop(rules.queue_id, []) if rules.queue_id is not None else []
    ringing = list(_ringing(t, own, 1.0, at))
    waiting = agents.waiting + _not_queued(own)
    mine = frozenset(agents.idle) - asked_for
    free, wanted = set(mine), waiting + sum(map(_rings, own))
    for queue_id, others in lines.items():
        seen = floor.agents_of(queue_id)
        shared = len(agents.everybody & seen.everybody)
        if not shared:
            continue
        rings, waits = sum(map(_rings, others)), seen.waiting + _not_queued(others)
        uncovered = max(0, rings + waits - len(set(seen.idle) - mine - asked_for))
        if uncovered:
            share = shared / len(seen.everybody) * uncovered / (rings + waits)
            ringing += _ringing(t, others, share, at)
            waiting += round(share * waits)
        free |= set(seen.idle) - asked_for
        wanted += rings + waits
    covered = len(mine) - waiting - sum(one.lines for one in ringing)
    spoken_for = max(0, covered - max(0, len(free) - wanted))
    kept = rules.blend.keep_ready if rules.blend is not None else 0
    idle = max(0, len(mine) - spoken_for - kept)
    return Crew(idle=idle, waiting=waiting, ringing=tuple(ringing))


def contests(campaigns: Iterable[Campaign], floor: FloorView) -> list[list[Campaign]]:
    """Campaigns that want some of the same agents, together; one without agents is alone."""
    groups = list[list[Campaign]]()
    for campaign in campaigns:
        queue_id = campaign.rules.queue_id
        together = [campaign]
        if queue_id is not None:
            apart = list[list[Campaign]]()
            for group in groups:
                if any(_share_agents(queue_id, one.rules.queue_id, floor) for one in group):
                    together = group + together
                else:
                    apart.append(group)
            groups = apart
        groups.append(together)
    return groups


def _share_agents(one: QueueId, other: QueueId | None, floor: FloorView) -> bool:
    if other is None or one == other:
        return one == other
    return not floor.agents_of(one).everybody.isdisjoint(floor.agents_of(other).everybody)


def _by_queue(t: DialerTables) -> dict[QueueId, list[Line]]:
    found: dict[QueueId, list[Line]] = {}
    for line in t.lines.values():
        queue_id = t.campaigns[line.campaign_id].rules.queue_id
        if queue_id is not None:
            found.setdefault(queue_id, []).append(line)
    return found


def _asked_for(t: DialerTables) -> frozenset[AgentId]:
    """Agents whose own phones are about to ring for calls of their own; the ACD says so a moment later."""
    return frozenset(
        line.agent_id
        for line in t.lines.values()
        if line.by_agent and not line.in_acd and line.agent_id is not None
    )


def _rings(line: Line) -> bool:
    return line.state in UNDECIDED and not line.dropped and not line.by_agent


def _not_queued(lines: Iterable[Line]) -> int:
    """Persons who are there, with whom nobody talks, and whom their queue does not know yet."""
    return sum(
        line.state is AttemptState.PERSON
        and not (line.in_queue or line.abandoned or line.by_agent)
        and line.gone_at is None
        for line in lines
    )


def _ringing(t: DialerTables, lines: Iterable[Line], share: float, at: Instant) -> Iterator[Ringing]:
    """What may be answered yet, by the second and by the chance that is believed in now. Of lines that ring
    for these agents only in part, so many as make up that part."""
    counted: Counter[_Alike] = Counter()
    for line in lines:
        if _rings(line):
            second = line.placed_at // MICROSECONDS_PER_SECOND
            counted[second, line.campaign_id, line.list_id, line.hour, line.region] += 1
    left = 0.5 if share < 1.0 else 0.0
    for (second, campaign_id, list_id, hour, region), count in counted.items():
        left += count * share
        whole = int(left)
        left -= whole
        if whole:
            yield Ringing(
                age=Span(max(0, at - second * MICROSECONDS_PER_SECOND - _HALF)),
                rate=t.campaigns[campaign_id].estimates.answer_rate(list_id, hour, region),
                lines=whole,
            )
