"""The simulated world's transfers: callers put through to somebody who is no agent."""

from dataclasses import replace
from typing import TYPE_CHECKING

from acd.call_signals import TransferOver, TransferTaken
from acd.callback import DialFailure
from acd.commands import TransferCall
from acd.events import Refused
from acd.instant import Span, seconds
from acd.observation import Place
from acd.transfer import Transfer, TransferWay

if TYPE_CHECKING:
    from cti.simulated_call import SimCall
    from cti.simulation import World

RINGS_OUT = seconds(20)
"""How long somebody's phone rings who is no agent."""


class Transfers:
    """What comes of putting callers through."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def puts_through(
        self, call: "SimCall", number: str, answers: Span | None, talks: Span, *, returns: bool = False
    ) -> str | None:
        """His flow puts him through; returns why not, if refused. Nobody answers when ``answers`` is None."""
        self._world.meets_menu(call)
        way = TransferWay.OUTSIDE if number.startswith("+") else TransferWay.EXTENSION
        outputs = self._world.tell(TransferCall(call_id=call.call_id, way=way, number=number))
        refusal = next((o.reason for o in outputs if isinstance(o, Refused)), None)
        if refusal is not None:
            return refusal
        self._world.move(call, Place.TRANSFERRED)
        call.transfer = Transfer(way=way, number=number)
        if answers is None:
            self._world.later(call, RINGS_OUT, lambda: self._not_taken(call))
        else:
            self._world.later(call, answers, lambda: self._taken(call, talks, returns=returns))
        return None

    def _not_taken(self, call: "SimCall") -> None:
        self._world.report(TransferOver(call_id=call.call_id, failure=DialFailure.NO_ANSWER))
        self._leaves(call, returns=False)

    def _taken(self, call: "SimCall", talks: Span, *, returns: bool) -> None:
        assert call.transfer is not None
        call.transfer = replace(call.transfer, answered_at=self._world.now)
        self._world.report(TransferTaken(call_id=call.call_id))
        self._world.later(call, talks, lambda: self._over(call, returns=returns))

    def _over(self, call: "SimCall", *, returns: bool) -> None:
        self._world.report(TransferOver(call_id=call.call_id, failure=None))
        if returns:
            self._leaves(call, returns=True)
        else:
            self._world.vanish(call)

    def _leaves(self, call: "SimCall", *, returns: bool) -> None:
        self._world.move(call, Place.IN_IVR)
        call.transfer = None

        def goes_on() -> None:
            self._world.meets_menu(call, returns=returns)
            self._world.says_farewell(call)

        self._world.in_a_moment(call, goes_on)
