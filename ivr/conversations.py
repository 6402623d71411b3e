"""Conversations of callers who are away from their flow, and may come back to it."""

from collections import OrderedDict

from ivr.interpreter import Interpreter

MOST = 20_000
"""Kept at once; of more, the oldest are forgotten. Those callers go on at their node, and nothing else is
known of them: as after a restart of the engine."""


class Conversations:
    """By call. They are nowhere else: what a caller typed in secret is gone with his call."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._parked: OrderedDict[str, Interpreter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._parked)

    def park(self, call_id: str, interpreter: Interpreter) -> None:
        """The caller is about to leave his flow."""
        self._parked[call_id] = interpreter
        self._parked.move_to_end(call_id)
        if len(self._parked) > self._most:
            self._parked.popitem(last=False)

    def take(self, call_id: str) -> Interpreter | None:
        """The caller is back, or did not go; None when nothing is known of him."""
        return self._parked.pop(call_id, None)

    def of(self, call_id: str) -> Interpreter | None:
        """The same, who stays away."""
        return self._parked.get(call_id)
