"""The simulated world's outside: customers with telephones, and the lines opened towards them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acd.callback import CallbackOrder, DialFailure
from acd.callback_signals import CustomerAnswered, DialFailed
from acd.ids import CallId
from acd.instant import Span, seconds
from acd.observation import Place
from acd.offer_signals import AgentAnswered, AgentRinging, Failure, OfferFailed
from acd.orders import CancelDial, DialCustomer, RingAgentForCallback, Standing

if TYPE_CHECKING:
    from cti.simulated_call import SimCall
    from cti.simulation import World


@dataclass(slots=True)
class SimCustomer:
    """How a customer's phone behaves: ``answers_after`` None lets it ring."""

    answers_after: Callable[[], Span] | None = lambda: seconds(2)
    busy: bool = False
    talks: Callable[[], Span | None] = lambda: None
    """How long until he hangs up; None leaves it to the agent."""
    dialled: int = 0
    """How often his phone was dialled."""


class Outside:
    """Carries out the orders about callbacks as the dialplan would."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.customers: dict[str, SimCustomer] = {}

    def customer(self, number: str) -> SimCustomer:
        """Whoever has this number."""
        return self.customers.setdefault(number, SimCustomer())

    # -- orders ----------------------------------------------------------------------------

    def carry_out(self, order: RingAgentForCallback | DialCustomer) -> bool:
        """Do as ordered; False when the line is not as it must be."""
        return self._dial_for(order) if isinstance(order, DialCustomer) else self._ring_agent(order)

    def _ring_agent(self, order: RingAgentForCallback) -> bool:
        """Open a line and ring the agent's phone for it; False when there is such a line already."""
        world = self._world
        if order.call_id in world.calls:
            return False
        line = self._open(order.call_id, order.number, order.standing, CallbackOrder.AGENT_FIRST)
        world.move(line, Place.RINGING)
        line.offer_id, line.agent_id = order.offer_id, order.agent_id
        phone = world.phones[order.agent_id]
        busy = phone.busy or world.is_busy(order.agent_id, line)
        if not phone.registered or busy:
            why = Failure.BUSY if busy else Failure.UNREACHABLE
            world.later(line, Span(0), lambda: self._agent_failed(line, why))
            return True
        world.report(AgentRinging(offer_id=order.offer_id))
        answers = phone.answers_after() if phone.answers_after is not None else None
        if phone.rejects:
            world.later(line, seconds(0.5), lambda: self._agent_failed(line, Failure.REJECTED))
        elif answers is not None and answers < order.ring_timeout:
            world.later(line, answers, lambda: self._agent_answered(line))
        else:
            world.later(line, order.ring_timeout, lambda: self._agent_failed(line, Failure.NO_ANSWER))
        return True

    def _dial_for(self, order: DialCustomer) -> bool:
        """Dial the customer on the agent's line, or on a new one; False when there is no fit line."""
        line = self._world.calls.get(order.call_id)
        if order.order is CallbackOrder.CUSTOMER_FIRST:
            if line is not None:
                return False
            line = self._open(order.call_id, order.number, order.standing, order.order)
        elif line is None or line.place is not Place.DIALLING:
            return False
        self._dial(line, order.number, order.dial_timeout)
        return True

    def cancel(self, order: CancelDial) -> None:
        """Close the line, unless the customer is on it."""
        line = self._world.calls.get(order.call_id)
        if line is not None and line.place in (Place.RINGING, Place.DIALLING) and not line.reached:
            self._world.vanish(line)

    # -- what becomes of a line ---------------------------------------------------------------

    def _open(self, call_id: CallId, number: str, standing: Standing, order: CallbackOrder) -> "SimCall":
        line = self._world.line(call_id, number)
        line.queue_id, line.call_class = standing.queue_id, standing.call_class
        line.queued_at, line.boost, line.callback = standing.queued_at, standing.boost, order
        line.brief = standing.brief
        line.place = Place.DIALLING
        return line

    def _agent_failed(self, line: "SimCall", why: Failure) -> None:
        assert line.offer_id is not None
        self._world.report(OfferFailed(offer_id=line.offer_id, why=why))
        self._world.vanish(line)

    def _agent_answered(self, line: "SimCall") -> None:
        assert line.offer_id is not None
        self._world.move(line, Place.DIALLING)
        self._world.report(AgentAnswered(offer_id=line.offer_id))
        # The dialplan does not let an agent sit there for ever when nobody has a customer dialled.
        self._world.later(line, seconds(60), lambda: self._world.vanish(line))

    def _dial(self, line: "SimCall", number: str, dial_timeout: Span) -> None:
        world, customer = self._world, self.customer(number)
        world.move(line, Place.DIALLING)
        customer.dialled += 1
        answers = customer.answers_after() if customer.answers_after is not None else None
        if customer.busy:
            world.later(line, seconds(0.5), lambda: self._not_reached(line, DialFailure.BUSY))
        elif answers is not None and answers < dial_timeout:
            world.later(line, answers, lambda: self._reached(line, customer))
        else:
            world.later(line, dial_timeout, lambda: self._not_reached(line, DialFailure.NO_ANSWER))

    def _reached(self, line: "SimCall", customer: SimCustomer) -> None:
        line.reached, line.talks = True, customer.talks()
        self._world.report(CustomerAnswered(call_id=line.call_id))
        if line.callback is CallbackOrder.CUSTOMER_FIRST:
            self._world.to_waiting_room(line)
        else:
            self._world.talk(line)

    def _not_reached(self, line: "SimCall", why: DialFailure) -> None:
        self._world.report(DialFailed(call_id=line.call_id, why=why))
        self._world.later(line, seconds(2), lambda: self._world.vanish(line))  # an agent is told so first
