"""A floor that calls back, for stories of callbacks."""

from acd.callback import CallbackOrder, CallbackRules, CallbackState
from acd.exits import QueueExit
from acd.ids import QueueId
from tests.sim_floor import OneCallback, SimFloor, rules_of

BOOKED, DUE, RINGING, DIALLING, CONNECTED, DONE, FAILED, EXPIRED, CANCELLED = CallbackState
AGENT_FIRST = CallbackRules()
CUSTOMER_FIRST = CallbackRules(order=CallbackOrder.CUSTOMER_FIRST)


def a_floor(callback: CallbackRules | None = AGENT_FIRST, outside: tuple[str, ...] = ("+33",)) -> SimFloor:
    return SimFloor(
        rules_of(
            {"ana": {"support": 8, "sales": 5}, "ben": {"support": 8}},
            {"support": {"support": 5}, "sales": {"sales": 3}},
            vips=("+3399",),
            outside=outside,
            callback=callback,
        )
    )


def booked(floor: SimFloor, number: str = "+33123") -> OneCallback:
    return floor.caller(number).enters("support").books_and_hangs_up()


def exits(floor: SimFloor, queue: str = "support") -> dict[QueueExit, int]:
    return {e: n for e, n in floor.world.floor.tables.stats[QueueId(queue)].exits.items() if n}
