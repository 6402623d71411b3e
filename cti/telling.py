"""Orders by which waiting callers are told something: announcements, and what they hear when sent away.

The words may have to be spoken first. That keeps nobody waiting: an announcement that comes too late, because
its caller is being offered meanwhile, is not made.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

from acd.call import Call, CallState
from acd.ids import CallId
from acd.orders import Announce, MoveCaller
from cti import treatments
from ivr.utterance import Utterance

Action = tuple[str, list[tuple[str, str]]]


class Announcer(Protocol):
    """Knows by which sounds callers are told something."""

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str] | None:
        """What Asterisk plays for ``said``; None when it has to be spoken first."""
        ...

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        """Likewise, spoken now if need be; within seconds. What cannot be said is left out."""
        ...


class Telling:
    """Carries out such orders."""

    def __init__(
        self,
        announcer: Announcer,
        *,
        call_of: Callable[[CallId], Call | None],
        send: Callable[[str, list[Action]], None],
        in_background: Callable[[Coroutine[None, None, None]], None],
        flow_talks_with: Callable[[CallId], bool] = lambda call_id: False,
    ) -> None:
        """``send`` sends actions at once, under a name for the log; ``call_of`` knows the floor's belief.
        ``flow_talks_with`` knows of whom a flow is talking with: he is not interrupted by announcements.
        """
        self._announcer, self._call_of = announcer, call_of
        self._flow_talks_with = flow_talks_with
        self._send, self._in_background = send, in_background
        self._moving: set[CallId] = set()
        """Who leaves when the words are spoken; a second order for him is the same one."""

    def announce(self, order: Announce) -> None:
        """Tell him his place and his wait."""
        said = treatments.announcement(order.position, order.wait_minutes)
        files = self._announcer.ready(said, order.language)
        if files is not None:
            self._say(order, files)
        else:
            self._in_background(self._announce_later(order, said))

    def move(self, order: MoveCaller) -> None:
        """Out of the waiting room. Should it come to nothing, the floor's search for him finds him there."""
        said = treatments.prompts(order.prompts)
        files = self._announcer.ready(said, order.language)
        if files is not None:
            self._take_away(order, files)
        elif order.call_id not in self._moving:
            self._moving.add(order.call_id)
            self._in_background(self._move_later(order, said))

    async def _announce_later(self, order: Announce, said: Sequence[Utterance]) -> None:
        files = await self._announcer.files(said, order.language)
        call = self._call_of(order.call_id)
        if call is not None and call.state is CallState.WAITING and call.in_waiting_room:
            self._say(order, files)

    async def _move_later(self, order: MoveCaller, said: Sequence[Utterance]) -> None:
        try:
            files = await self._announcer.files(said, order.language)
        finally:
            self._moving.discard(order.call_id)
        call = self._call_of(order.call_id)
        if call is not None and call.state is CallState.LEAVING:
            self._take_away(order, files)

    def _say(self, order: Announce, files: Sequence[str]) -> None:
        channel = ("Channel", order.call_id)
        if not files or self._flow_talks_with(
            order.call_id
        ):  # he may be typing: it would begin anew with him
            return
        self._send(
            f"announcement to {order.call_id}",
            [
                ("Setvar", [channel, ("Variable", "CTI_SAY"), ("Value", treatments.in_turn(files))]),
                ("Redirect", [channel, ("Context", "announce"), ("Exten", "s"), ("Priority", "1")]),
            ],
        )

    def _take_away(self, order: MoveCaller, files: Sequence[str]) -> None:
        channel = ("Channel", order.call_id)
        context, extension = treatments.PLACES[order.way]
        self._send(
            f"order to move {order.call_id}",
            [
                ("Setvar", [channel, ("Variable", "CTI_PROMPTS"), ("Value", treatments.in_turn(files))]),
                ("Redirect", [channel, ("Context", context), ("Exten", extension), ("Priority", "1")]),
            ],
        )
