"""Every step a flow can ask for is carried out by somebody."""

from typing import get_args, get_type_hints

import pytest

from ivr.agi.doers import DOERS
from ivr.interpreter import Done, Step

STEPS = [kind for kind in get_args(Step) if kind is not Done]


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_has_a_doer_who_takes_it(kind: type) -> None:
    assert get_type_hints(DOERS[kind])["step"] is kind


def test_no_doer_waits_for_a_step_nobody_asks_for() -> None:
    assert set(DOERS) == set(STEPS)
