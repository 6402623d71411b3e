"""What the rules say about agents' states: reasons, how long each may last, what a failed offer leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from acd.agent_state import AgentState
from acd.instant import Span, seconds
from acd.reasons import OTHER, NotReadyReason


class FailureThen(StrEnum):
    """What becomes of an agent who did not take an offer."""

    PAUSE = "pause"
    """Not ready, until he comes back by himself (or his phone does, when that was missing)."""
    COOL_DOWN = "cool_down"
    """Left alone for a while, then ready again."""
    NEXT_AGENT = "next_agent"
    """He stays ready, at the end of the line; only this caller goes to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailurePolicy:
    """What follows one kind of failed offer."""

    then: FailureThen
    cool_down: Span = Span(0)
    """How long he is left alone, when that is the policy."""
    not_again: Span = seconds(30)
    """How long this caller is not offered to him again; see :mod:`acd.bars`."""


class DwellThen(StrEnum):
    """What happens when an agent is in a state for too long, besides being told."""

    FLAG = "flag"
    """Nothing: people look after it."""
    RELEASE = "release"
    """His wrap-up ends: he goes on to what comes next."""
    LOG_OUT = "log_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellRule:
    """How long an agent may be in one state."""

    most: Span
    then: DwellThen = DwellThen.FLAG


MAY_FOLLOW: Mapping[AgentState, frozenset[DwellThen]] = MappingProxyType(
    {
        AgentState.NOT_READY: frozenset({DwellThen.FLAG, DwellThen.LOG_OUT}),
        AgentState.READY: frozenset({DwellThen.FLAG}),
        AgentState.TALKING: frozenset({DwellThen.FLAG}),
        AgentState.WRAPPING_UP: frozenset({DwellThen.FLAG, DwellThen.RELEASE}),
    }
)
"""States that can last too long, and what may follow. Nobody's conversation is cut; ringing has a lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRules:
    """A reason agents may give for being not ready."""

    label: str
    """What people read."""
    dwell: DwellRule | None = None
    """How long he may be not ready for this reason; None leaves it to :attr:`Rules.dwell`."""


DEFAULT_REASONS: Mapping[NotReadyReason, ReasonRules] = MappingProxyType(
    {
        NotReadyReason(code): ReasonRules(label=label)
        for code, label in (
            ("break", "Break"),
            ("lunch", "Lunch"),
            ("training", "Training"),
            ("meeting", "Meeting"),
            ("back_office", "Back office"),
            (OTHER, "Other"),
        )
    }
)
