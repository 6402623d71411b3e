"""The simulated world's agents' phones: how each behaves, and what ringing them comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acd.instant import Span, seconds
from acd.observation import Place
from acd.offer_signals import AgentAnswered, AgentRinging, Failure, OfferFailed, OrderFailed
from acd.orders import Phone, RecallCaller, RingAgent, RingAgents, StopRinging

if TYPE_CHECKING:
    from cti.simulated_call import SimCall
    from cti.simulation import World


@dataclass(slots=True)
class SimPhone:
    """How an agent's phone behaves: ``answers_after`` None lets it ring, ``rejects`` turns calls away."""

    registered: bool = True
    answers_after: Callable[[], Span] | None = lambda: seconds(1)
    rejects: bool = False
    busy: bool = False
    """With something else than our calls."""
    talks: Callable[[], Span | None] = lambda: None
    """How long until this side hangs up; None leaves it to the caller."""


class Ringing:
    """Carries out the orders to ring agents as the dialplan would."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def ring(self, order: RingAgent) -> None:
        """One agent's phone."""
        call = self._world.calls.get(order.call_id)
        if call is None or call.place not in (
            (Place.IN_IVR,) if order.by_flow else (Place.WAITING, Place.RINGING)
        ):
            self._world.report(OrderFailed(offer_id=order.offer_id, detail="no such channel"))
            return
        phone = Phone(offer_id=order.offer_id, agent_id=order.agent_id)
        self._rings(call, (phone,), order.ring_timeout)

    def ring_several(self, order: RingAgents) -> None:
        """Several at once."""
        call = self._world.calls.get(order.call_id)
        if call is None or call.place not in (Place.WAITING, Place.RINGING):
            self._world.report(OrderFailed(offer_id=order.phones[0].offer_id, detail="no such channel"))
        else:
            self._rings(call, order.phones, order.ring_timeout)

    def _rings(self, call: "SimCall", phones: tuple[Phone, ...], ring_timeout: Span) -> None:
        """Each phone does as it does, until one is answered, or none rings any more."""
        self._world.move(call, Place.RINGING)
        self._ringing(call, phones)
        for rung in phones:
            phone = self._world.phones[rung.agent_id]
            busy = phone.busy or self._world.is_busy(rung.agent_id, call)
            if not phone.registered or busy:
                why = Failure.BUSY if busy else Failure.UNREACHABLE
                self._leg_ends(call, rung, Span(0), why)
                continue
            self._world.report(AgentRinging(offer_id=rung.offer_id))
            if phone.rejects:
                self._leg_ends(call, rung, seconds(0.5), Failure.REJECTED)
                continue
            answers = phone.answers_after() if phone.answers_after is not None else None
            if answers is not None and answers < ring_timeout:
                self._world.later(call, answers, lambda r=rung: self._answered(call, r))  # type: ignore[misc]
            else:
                self._leg_ends(call, rung, ring_timeout, Failure.NO_ANSWER)

    def _ringing(self, call: "SimCall", phones: tuple[Phone, ...]) -> None:
        call.rung = phones
        call.offer_id, call.agent_id = phones[0].offer_id, phones[0].agent_id

    def _leg_ends(self, call: "SimCall", rung: Phone, after_: Span, why: Failure) -> None:
        self._world.later(call, after_, lambda: self._leg_ended(call, rung, why))

    def _leg_ended(self, call: "SimCall", rung: Phone, why: Failure) -> None:
        """One phone rings no more; when it was the last, the caller goes back."""
        if rung not in call.rung:
            return
        self._world.report(OfferFailed(offer_id=rung.offer_id, why=why))
        others = tuple(other for other in call.rung if other != rung)
        if others:
            self._ringing(call, others)
        else:
            self._world.to_waiting_room(call)

    def stop(self, order: StopRinging) -> None:
        """One of several phones rings no more."""
        call = self._world.calls.get(order.call_id)
        if call is not None and call.place is Place.RINGING and self._world.link_up:
            for rung in call.rung:
                if rung.offer_id == order.offer_id:
                    self._leg_ended(call, rung, Failure.CANCELLED)

    def recall(self, order: RecallCaller) -> None:
        """None rings any more for him, and he goes back."""
        call = self._world.calls.get(order.call_id)
        if call is not None and call.place is Place.RINGING and call.offer_id == order.offer_id:
            for rung in call.rung:
                self._leg_ended(call, rung, Failure.CANCELLED)

    def _answered(self, call: "SimCall", rung: Phone) -> None:
        """Whoever answers first has him; the others stop ringing."""
        if rung not in call.rung:
            return
        others = [other for other in call.rung if other != rung]
        self._ringing(call, (rung,))
        self._world.report(AgentAnswered(offer_id=rung.offer_id))
        for other in others:
            self._world.report(OfferFailed(offer_id=other.offer_id, why=Failure.CANCELLED))
        self._world.talk(call)
