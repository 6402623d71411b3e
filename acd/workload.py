"""An agent's workload: how long he was in each state, how many calls he took; all told and in his shift."""

from acd.agent_state import AgentState
from acd.instant import Instant, Span, seconds
from acd.reasons import NotReadyReason

NEW_SHIFT_AFTER = seconds(4 * 3600)
"""Who was logged out for so long begins a new shift: yesterday's work counts neither for nor against him."""

BUSY = (AgentState.OFFERED, AgentState.TALKING, AgentState.WRAPPING_UP)
"""Ringing, talking (the caller on hold or not) and wrapping up: what counts as occupied."""


class Workload:
    """Kept true by :func:`acd.agents.move`, the one function that moves an agent. All figures count from the
    start of the engine; those whose names say so, from the start of his shift.
    """

    __slots__ = ("_shift_busy", "_shift_calls", "_shift_staffed", "away", "calls_taken", "spent")

    def __init__(self) -> None:
        self.spent: dict[AgentState, Span] = dict.fromkeys(AgentState, Span(0))
        """Time in each state, up to when he entered the present one."""
        self.away: dict[NotReadyReason, Span] = {}
        """Time not ready, by reason; up to then as well."""
        self.calls_taken = 0
        """Conversations with callers he has begun."""
        self._shift_busy = self._shift_staffed = Span(0)
        self._shift_calls = 0

    def moved(
        self,
        was: AgentState,
        reason: NotReadyReason | None,
        now: AgentState,
        since: Instant,
        at: Instant,
    ) -> None:
        """He leaves ``was``, where he had been since ``since``, for ``now``. What was before the engine first
        heard of him (``since`` 0) is nobody's time.
        """
        span = Span(at - since if since else 0)
        self.spent[was] = Span(self.spent[was] + span)
        if reason is not None:
            self.away[reason] = Span(self.away.get(reason, 0) + span)
        if was is AgentState.LOGGED_OUT and now is not was and (not since or span >= NEW_SHIFT_AFTER):
            self._shift_busy, self._shift_staffed = self._busy(), self._staffed()
            self._shift_calls = self.calls_taken
        if now is AgentState.TALKING and was is not now:
            self.calls_taken += 1

    @property
    def calls_in_shift(self) -> int:
        """Conversations he has begun in his shift."""
        return self.calls_taken - self._shift_calls

    @property
    def busy_in_shift(self) -> Span:
        """Time occupied in his shift, up to when he entered the present state."""
        return Span(self._busy() - self._shift_busy)

    @property
    def staffed_in_shift(self) -> Span:
        """Time logged in in his shift, up to when he entered the present state."""
        return Span(self._staffed() - self._shift_staffed)

    def _busy(self) -> Span:
        return Span(sum(self.spent[state] for state in BUSY))

    def _staffed(self) -> Span:
        return Span(sum(self.spent.values()) - self.spent[AgentState.LOGGED_OUT])
