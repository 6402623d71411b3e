"""Every step a flow may ask for has somebody who carries it out."""

import sys
from collections.abc import Iterator

import pytest

from ivr.agi.doers import DOERS
from ivr.steps import Away, Done, Step


def _kinds(of: type[Step]) -> Iterator[type[Step]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


# A slotted dataclass leaves its first draft behind among its base's subclasses.
STEPS = [
    kind
    for kind in _kinds(Step)
    if getattr(sys.modules[kind.__module__], kind.__name__) is kind and kind not in (Away, Done)
]


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_has_its_doer(kind: type[Step]) -> None:
    assert kind in DOERS


def test_no_doer_waits_for_a_step_nobody_asks_for() -> None:
    assert set(DOERS) == set(STEPS)


@pytest.mark.parametrize("kind", STEPS)
def test_every_away_step_says_how_it_ends_the_flow(kind: type[Step]) -> None:
    assert not issubclass(kind, Away) or kind.ending
