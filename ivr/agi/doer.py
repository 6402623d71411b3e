"""What carries out a step with a caller; one family of steps per file in :mod:`ivr.agi.doing`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.agi.call_in_hand import CallInHand
from ivr.happenings import Happening
from ivr.steps import Step

Doer = Callable[[CallInHand, Any], Awaitable[Happening]]
"""Carries out one kind of step and tells what happened."""
Doers = Mapping[type[Step], Doer]
"""By the class of the step."""
