"""A trial: so many attempts and no more, whatever is refused, started anew or killed meanwhile."""

import pytest

from acd.instant import Instant, seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignState
from dialer.ids import AttemptId
from dialer.lead import LeadStanding, LeadState
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LineRefused,
    OpenAttempt,
    RememberedLead,
)
from tests.dialer.house import NOON, C, House, agentless, lead

NAMES = ("ann", "bob", "cleo", "dan", "eve", "fay")


def house_of(**more: object) -> House:
    house = House(agentless(**more))
    house.add(*map(lead, NAMES))
    return house


def refuses(house: House, name: str) -> None:
    house.says(LineRefused(attempt_id=house.line(name), why="listed", never=True))


def test_what_the_gate_refuses_is_none_of_it() -> None:
    house = house_of()
    house.start(trial=2)
    assert house.dialled() == ["ann", "bob"]
    refuses(house, "ann")
    assert house.dialled() == ["ann", "bob", "cleo"]
    for name in ("bob", "cleo"):
        house.fails(name, AttemptOutcome.BUSY)
    assert house.state() is CampaignState.PAUSED
    assert house.dialled() == ["ann", "bob", "cleo"]


@pytest.mark.parametrize("before", [None, 2])
def test_what_rang_before_it_began_is_none_of_it_either(before: int | None) -> None:
    house = house_of(most_lines=2)
    house.start(trial=before)
    assert house.dialled() == ["ann", "bob"]
    house.start(trial=1)
    for name in ("ann", "bob"):
        refuses(house, name)
    assert house.dialled() == ["ann", "bob", "cleo"]


@pytest.mark.parametrize(
    ("let_out", "in_trial", "more"), [(True, True, 1), (False, True, 2), (False, False, 1), (True, False, 1)]
)
def test_a_kill_in_the_middle_adds_nothing(let_out: bool, in_trial: bool, more: int) -> None:
    """Of three, one is over and one was under way: the database counts both, and one is left."""
    house = House()
    house.told += house.dialer.adopt(agentless(), 1, house.at, house.floor)
    house.says(CampaignRemembered(campaign_id=C, state=CampaignState.RUNNING, trial_left=1, ledger=()))
    old, before = AttemptId("r0-a2"), Instant(NOON - seconds(9))
    under_way = LeadStanding(
        state=LeadState.IN_PROGRESS, since=before, attempts=1, tried=(1,), attempt_id=old
    )
    standings = {"ann": under_way}
    house.says(
        LeadsRemembered(
            campaign_id=C,
            leads=tuple(
                RememberedLead(lead=lead(name), standing=standings.get(name, LeadStanding()))
                for name in NAMES
            ),
        )
    )
    was = OpenAttempt(
        attempt_id=old,
        lead_id=lead("ann").lead_id,
        number="+331ann",
        at=before,
        let_out=let_out,
        in_trial=in_trial,
    )
    house.says(LeadsAllRemembered(campaign_id=C, open_attempts=(was,)))
    assert len(house.dialled()) == more
    for name in house.dialled():
        house.fails(name, AttemptOutcome.BUSY)
    house.wait(seconds(3_600))
    assert len(house.dialled()) == more
    assert house.state() is CampaignState.PAUSED
