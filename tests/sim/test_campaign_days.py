"""Campaigns over a link that loses, doubles and delays news, through pauses, outages and a killed engine:
while it lasts no promise breaks; afterwards every lead has ended somewhere, and every attempt once."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from acd.instant import Instant
from cti.floor import Floor
from cti.messages import Output
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignState
from dialer.orders import PlaceLine
from tests.bad_day import RULES
from tests.campaign_day import CAMPAIGNS, CampaignDay

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("killed", [False, True], ids=["lives", "killed"])
def test_after_a_bad_day_every_lead_has_ended_somewhere(seed: int, killed: bool) -> None:
    day = CampaignDay(seed)
    if killed:
        for minute in (7, 19):
            day.later(60 * minute, day.the_engine_is_killed)
    day.lived().the_worst_is_over()
    day.world.run_dry()

    assert day.left() == []
    campaigns = day.world.floor.campaigns
    assert campaigns.lines == {}
    assert day.world.lines.here == {}
    states = {rules.campaign_id: campaigns.campaigns[rules.campaign_id].state for rules in CAMPAIGNS}
    assert set(states.values()) == {CampaignState.FINISHED}
    outcomes = Counter(
        getattr(ends[0], "outcome", AttemptOutcome.FAILED) for ends in day.memory.ends.values()
    )
    assert len(outcomes) > 6


def test_a_fresh_floor_says_the_same_from_the_record_however_late_or_early_its_shell_is() -> None:
    world = CampaignDay(7).lived().world
    said = [recorded.output for recorded in world.heard]
    assert sum(isinstance(one, PlaceLine) for one in said) > 50
    late, early, rng = Floor(RULES), Floor(RULES), Random(7)
    from_late: list[Output] = []
    from_early: list[Output] = []
    now = world.inputs[0][0]
    for at, message in world.inputs:
        from_late += late.handle(message, at)
        for moment in sorted(rng.uniform(now, at) for _ in range(3)):
            from_early += early.advance(Instant(int(moment)))
        from_early += early.handle(message, at)
        now = at
    assert [*from_late, *late.advance(world.now)] == said
    assert [*from_early, *early.advance(world.now)] == said


def test_the_same_seed_lives_the_same_day_in_another_process() -> None:
    program = (
        "from tests.campaign_day import CampaignDay; from hashlib import sha256;"
        "heard = CampaignDay(7, minutes=8).lived().world.heard;"
        "print(sha256('\\n'.join(map(repr, heard)).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for hash_seed in ("1", "2")  # sets are ordered otherwise there
    }
    assert len(told) == 1
