"""A link that loses, doubles and delays news, with audits that repair: while it lasts no promise breaks, and
once it is over one look at the truth is enough for everybody to end somewhere."""

from collections import Counter

import pytest

from acd.agent import AgentState
from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted
from acd.invariants import violations
from acd.offer_events import OfferEnded, OfferMade
from acd.orders import RingAgent
from cti.simulation import World
from tests.bad_day import RULES, BadDay


@pytest.mark.parametrize("seed", range(20))
def test_after_a_bad_link_everybody_ends_somewhere(seed: int) -> None:
    day = BadDay(seed)
    world = day.world
    steps = Counter[str]()

    def promises_hold(world: World) -> None:
        steps["checked"] += 1
        broken = violations(world.floor.tables)
        assert not broken, "; ".join(broken)

    world.after_step = promises_hold
    day.lived().the_worst_is_over()
    world.run_dry()

    t = world.floor.tables
    assert steps["checked"] > 1000
    assert (world.calls, t.calls, t.offers, t.talking, len(t.timers)) == ({}, {}, {}, {}, 0)
    assert {a.agent_id: a.state for a in t.agents.values()} == dict.fromkeys(RULES.agents, AgentState.READY)
    said = [r.output for r in world.heard]
    started = [e.call_id for e in said if isinstance(e, CallStarted)]
    ended = [e.call_id for e in said if isinstance(e, CallEnded)]
    assert len(started) == len(set(started)) > 100
    assert sorted(ended) == sorted(started)
    made = [e.offer_id for e in said if isinstance(e, OfferMade)]
    assert made == [o.offer_id for o in said if isinstance(o, RingAgent)]
    assert sorted(made) == sorted(e.offer_id for e in said if isinstance(e, OfferEnded))
    outcomes = Counter(e.outcome for e in said if isinstance(e, CallEnded))
    assert outcomes[Outcome.ANSWERED] == sum(isinstance(e, CallConnected) for e in said) > 20
    assert all(stats.unexplained(0) == 0 for stats in t.stats.values())
