"""Who gets whom, and the words for why. Pure choices over the tables; changes nothing."""

from collections.abc import Iterable
from itertools import islice

from acd.agent import Agent, AgentState, Away
from acd.bar import Bar
from acd.call import Call
from acd.choice_words import MOST_OF_ALL, lost_by, standing
from acd.decision import MOST_NAMED, Candidate, Rival, RivalVerdict, Score, Verdict
from acd.demand import Demand
from acd.ids import AgentId, CallId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, in_seconds
from acd.lazyheap import Key
from acd.pool import Pool
from acd.priority import score
from acd.tables import Tables
from acd.teams import RESERVE, Team
from acd.weight import EVEN

BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING, AgentState.WRAPPING_UP})


def next_match(t: Tables, demands: Iterable[Demand], at: Instant) -> tuple[Call, Agent] | None:
    """The first caller in line, of those with one of ``demands``, for whom somebody is ready; and of the
    agents who suit him the one his queue chooses. Draws lots when it has to: ask once per decision.
    """
    first: tuple[Key, CallId] | None = None
    for demand in demands:
        if demand.can_be_met():
            head = demand.waiting.first(at)
            if head is not None and (first is None or head < first):
                first = head
            if demand.waiting.some_are_choosy:
                for one in demand.waiting.choosy(at):
                    if (first is None or one < first) and _pool_for(t, t.calls[one[1]]) is not None:
                        first = one
    if first is None:
        return None
    call = t.calls[first[1]]
    pool = _pool_for(t, call)
    assert pool is not None
    not_for_him = barred(t, call)
    chosen = pool.first_but(not_for_him, at) if not_for_him else pool.first(at)
    assert chosen is not None
    return call, t.agents[chosen]


def another(t: Tables, call: Call, at: Instant) -> Agent | None:
    """Whose phone may ring along for a caller who is being offered to somebody; None when nobody is ready."""
    not_for_him = barred(t, call)
    pool = _pool_for(t, call)
    chosen = pool.first_but(not_for_him, at) if pool is not None else None
    return t.agents[chosen] if chosen is not None else None


def barred(t: Tables, call: Call) -> list[Agent]:
    """Agents who could take this caller and are not offered him, for the present."""
    away = t.matching.away[call.queue_id] if call.queue_id is not None else {}
    if not call.barred and not away:
        return []
    return [*(t.agents[agent_id] for agent_id in call.barred if agent_id not in away), *away.values()]


def _pool_for(t: Tables, call: Call) -> Pool | None:
    """Where this caller's agent comes from: the first of his pools in which somebody is ready."""
    not_for_him = barred(t, call)
    for pool in t.matching.demand(call).pools:
        if pool and (not not_for_him or pool.has_but(not_for_him)):
            return pool
    return None


def explain_agents(t: Tables, call: Call, chosen: Agent, at: Instant) -> tuple[tuple[Candidate, ...], int]:
    """Every agent and what spoke for or against him, the chosen one first; and how many are not named.

    Called before the chosen agent leaves the index. Costs at most :data:`MOST_NAMED` looks, however
    many agents there are: contenders (ready, with the skills) are named before the others.
    """
    pools = t.matching.demand(call).pools
    not_for_him = {agent.agent_id for agent in barred(t, call)}
    chosen_from = _pool_for(t, call)
    assert chosen_from is not None
    order = chosen_from.kind.order
    among = _among(t, call, pools, chosen_from)
    best = f"{MOST_OF_ALL[order.strategy]} of the {among}"
    detail = f"{standing(order, chosen, at)}, {best if call.waits_for is None else his_agent(call)}"
    named: dict[AgentId, Candidate] = {
        chosen.agent_id: Candidate(agent_id=chosen.agent_id, verdict=Verdict.CHOSEN, detail=detail)
    }
    for pool in pools[pools.index(chosen_from) :]:
        for agent_id in pool.some(MOST_NAMED):
            if agent_id not in named and agent_id not in not_for_him and len(named) < MOST_NAMED:
                named[agent_id] = _contender(t, t.agents[agent_id], pool, chosen_from, chosen, at)
    for agent_id, agent in t.agents.items():
        if len(named) >= MOST_NAMED:
            break
        if agent_id not in named:
            named[agent_id] = candidate(t, call, agent)
    return tuple(named.values()), len(t.agents) - len(named)


def his_agent(call: Call) -> str:
    """What the agent he waits for is to him."""
    own = call.customer is not None and call.customer.own_agent == call.waits_for
    return "the agent who looks after him" if own else "the agent he talked with last"


def _among(t: Tables, call: Call, pools: tuple[Pool, ...], chosen_from: Pool) -> str:
    """Among whom the chosen one was chosen, in words."""
    assert call.queue_id is not None
    prefers = t.rules.queues[call.queue_id].prefers is not None
    preferred = prefers and pools.index(chosen_from) % 2 == 0  # of each tier the preferred ones, then all
    who = "preferred agents who are ready" if preferred else "ready agents who suit"
    team = chosen_from.kind.team
    of_tier = "" if team is None or not team.tier else f" {team}"
    return f"{who}{of_tier}{', none of them preferred' if prefers and not preferred else ''}"


def _contender(
    t: Tables, agent: Agent, pool: Pool, chosen_from: Pool, chosen: Agent, at: Instant
) -> Candidate:
    """What spoke against a ready agent who suits."""
    his = standing(pool.kind.order, agent, at)
    if pool.kind.team != chosen_from.kind.team:
        assert pool.kind.team is not None
        verdict, detail = _in_team(pool.kind.team), f"{his}; {pool.kind.team}"
        return Candidate(agent_id=agent.agent_id, verdict=verdict, detail=detail)
    if pool is not chosen_from:
        lacks = t.lacking(chosen_from.kind.requirement, agent.agent_id)
        return Candidate(agent_id=agent.agent_id, verdict=Verdict.NOT_PREFERRED, detail=f"{his}; {lacks}")
    verdict = lost_by(pool.kind.order, agent, chosen, at)
    return Candidate(agent_id=agent.agent_id, verdict=verdict, detail=his)


def candidate(t: Tables, call: Call, agent: Agent) -> Candidate:
    """What speaks against an agent who was not chosen, or keeps a caller from him now."""
    lacking = t.lacking(call.requirement, agent.agent_id)
    if lacking is not None:
        verdict, detail = Verdict.LACKS_SKILL, lacking
    elif agent.state is AgentState.LOGGED_OUT:
        verdict, detail = Verdict.LOGGED_OUT, "logged out"
    elif agent.state in BUSY:
        verdict, detail = Verdict.BUSY, agent.state.value
    elif agent.state is AgentState.READY and call.waits_for not in (None, agent.agent_id):
        verdict, detail = (
            Verdict.NOT_HIS_AGENT,
            f"ready, but he waits for {call.waits_for}, {his_agent(call)}",
        )
    elif call.queue_id in agent.away_from:
        away = agent.away_from[call.queue_id]
        verdict, detail = Verdict.AWAY_FROM_QUEUE, away_in_words(away)
    elif agent.state is AgentState.READY and agent.agent_id in call.barred:
        verdict, detail = Verdict.RANG_IN_VAIN, _bar_in_words(call.barred[agent.agent_id])
    elif agent.state is AgentState.READY and (team := not_open_to(t, call, agent)) is not None:
        verdict, detail = _in_team(team), f"{team}, which is not open to him yet"
    else:
        verdict, detail = Verdict.NOT_READY, agent.reason or agent.state.value
    return Candidate(agent_id=agent.agent_id, verdict=verdict, detail=detail)


def away_in_words(away: Away) -> str:
    """How he stands to a queue whose callers he does not take."""
    why = f": {away.reason}" if away.reason is not None else ""
    return f"has {away.standing} this queue{why}"


def _bar_in_words(bar: Bar) -> str:
    if bar.deaf and bar.last:
        return "ready, but his phone rang for this caller in vain and he has given no sign of life since"
    return "ready, but he did not take this caller a moment ago"


def not_open_to(t: Tables, call: Call, agent: Agent) -> Team | None:
    """His tier in the caller's queue, if it is not open to the caller."""
    assert call.queue_id is not None
    tier = t.rules.queues[call.queue_id].tier_of(agent.agent_id)
    opened = t.matching.reserve_is_open(call.queue_id) if tier == RESERVE else tier <= call.tier
    return None if opened else Team(call.queue_id, tier)


def _in_team(team: Team) -> Verdict:
    return Verdict.IN_RESERVE if team.tier == RESERVE else Verdict.LATER_TIER


def explain_rivals(
    t: Tables, call: Call, agent: Agent, at: Instant, *, in_line: bool = True
) -> tuple[tuple[Rival, ...], int]:
    """Other callers in the waiting room, those there for longest first, and why this agent was not for them;
    and how many are not named.

    ``in_line``: whether the chosen call is still in the index. Costs at most :data:`MOST_NAMED` looks.
    """
    m, mine = t.matching, score_of(t, call, at)
    callers = (t.calls[call_id] for call_id in m.first_to_come(MOST_NAMED + 1) if call_id != call.call_id)
    named = tuple(_why_not_he(t, rival, mine, agent, at) for rival in islice(callers, MOST_NAMED))
    return named, m.waiting - in_line - len(named)


def score_of(t: Tables, call: Call, at: Instant) -> Score:
    """A waiting caller's priority, with its terms."""
    weight = t.rules.queues[call.queue_id].weight if call.queue_id is not None else EVEN
    return score(call, t.rules.classes[call.call_class], at, weight)


def _why_not_he(t: Tables, rival: Call, chosen: Score, agent: Agent, at: Instant) -> Rival:
    detail = f"waiting {max(0, at - rival.queued_at) / MICROSECONDS_PER_SECOND:.1f} s"
    lacks = t.lacking(rival.requirement, agent.agent_id)
    if lacks is not None:
        verdict = RivalVerdict.AGENT_LACKS_SKILL
        detail = f"{detail}; {lacks}"
    elif agent.agent_id in rival.barred:
        verdict = RivalVerdict.RANG_IN_VAIN
    elif rival.waits_for not in (None, agent.agent_id):
        verdict = RivalVerdict.WAITS_FOR_ANOTHER
        detail = f"{detail}; he waits for {rival.waits_for}"
    elif (team := not_open_to(t, rival, agent)) is not None:
        in_reserve = team.tier == RESERVE
        verdict = RivalVerdict.AGENT_IN_RESERVE if in_reserve else RivalVerdict.AGENT_IN_LATER_TIER
        detail = f"{detail}; the agent is {team}"
    else:
        his = score_of(t, rival, at)
        if chosen.overdue:
            verdict = RivalVerdict.OVERDUE_LATER if his.overdue else RivalVerdict.NOT_OVERDUE
        elif his.call_class is chosen.call_class and his.weight_thousandths == chosen.weight_thousandths:
            verdict = RivalVerdict.BEGAN_LATER
        else:
            verdict = RivalVerdict.LOWER_SCORE
            detail = f"{detail}; {words(his)} against {words(chosen)}"
    return Rival(
        call_id=rival.call_id,
        call_class=rival.call_class,
        queued_at=rival.queued_at,
        verdict=verdict,
        detail=detail,
    )


def words(score: Score) -> str:
    """A score as people compare it: ``3.25 (vip: 5.0 s + 60.0 s / 20.0 s)``."""
    terms = [f"{in_seconds(score.waited):.1f} s"]
    terms += [f"{in_seconds(term):.1f} s" for term in (score.offset, score.boost) if term]
    value = score.millionths / 1_000_000
    weight = "" if score.weight_thousandths == EVEN else f" * {score.weight_thousandths / EVEN:g}"
    return (
        f"{value:.2f} ({score.call_class}: {' + '.join(terms)} / {in_seconds(score.objective):.1f} s{weight})"
    )
