"""A call keeps the flows it began with: it may come back to them from a queue, long after newer ones came."""

from collections.abc import Callable, Sequence
from weakref import WeakValueDictionary

from acd.call_events import CallEnded
from acd.ids import CallId
from acd.ivr_events import IvrEntered
from cti.envelope import Envelope
from ivr.conversations import Conversations
from ivr.loader import Entrance


class KeptFlows:
    """Where each live call entered. Remembers nothing of calls that are over, or never began."""

    def __init__(self, find: Callable[[str], Entrance | None], conversations: Conversations) -> None:
        """``find`` says where a new call enters by the number dialled. ``conversations`` are forgotten with
        their calls."""
        self._find, self._conversations = find, conversations
        self._entering: WeakValueDictionary[CallId, Entrance] = WeakValueDictionary()
        """Calls on their way in; forgotten with their session, should the floor not take them."""
        self._kept: dict[CallId, Entrance] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def entrance(self, call_id: str, dialled: str) -> Entrance | None:
        """Where the call enters, or did when it first came; None: no flow answers."""
        name = CallId(call_id)
        entrance = self._kept.get(name) or self._find(dialled)
        if entrance is not None:
            self._entering[name] = entrance
        return entrance

    def on_step(self, step: Sequence[Envelope]) -> None:
        """A runtime's listener."""
        for envelope in step:
            match envelope.message:
                case IvrEntered(call_id=call_id):
                    entrance = self._entering.get(call_id)
                    if entrance is not None:
                        self._kept[call_id] = entrance
                case CallEnded(call_id=call_id):
                    self._kept.pop(call_id, None)
                    self._conversations.take(call_id)
                case _:
                    pass
