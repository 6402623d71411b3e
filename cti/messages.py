"""The closed unions of what goes into the floor and what comes out of it: those of both cores.

What the cores ask of each other stays on the floor (:class:`dialer.messages.CallForAgent`).
"""

from typing import TYPE_CHECKING, get_args

from acd import commands, events, messages, orders, signals
from acd.commands import AdoptRules
from dialer.commands import DialerCommand
from dialer.events import DialerEvent
from dialer.messages import DialerInput
from dialer.orders import DialerOrder
from dialer.signals import DialerSignal

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Command = commands.Command | AdoptRules | DialerCommand
Signal = signals.Signal | DialerSignal
Input = messages.CoreInput | AdoptRules | DialerInput
"""What a floor takes: it reads documents for its cores."""
Event = events.Event | DialerEvent
Order = orders.Order | DialerOrder
Output = Event | Order

_DIALER_INPUTS = frozenset(get_args(DialerInput))
_INPUTS = frozenset(get_args(Input))
_ORDERS = frozenset(get_args(Order))
_ACD_EVENTS = frozenset(get_args(events.Event))
_DIALER_ORDERS = frozenset(get_args(DialerOrder))

# Asked of every message: a union would be gone through kind by kind.


def is_for_dialer(message: Input) -> "TypeIs[DialerInput]":
    """Whether it is the dialer who takes this."""
    return type(message) in _DIALER_INPUTS


def is_input(message: Input | Output) -> "TypeIs[Input]":
    """Whether it goes into a floor."""
    return type(message) in _INPUTS


def is_acd_event(said: messages.Output) -> "TypeIs[events.Event]":
    """Whether what the ACD said is a fact."""
    return type(said) in _ACD_EVENTS


def is_order(output: Output) -> "TypeIs[Order]":
    """Whether somebody has to carry it out."""
    return type(output) in _ORDERS


def is_dialer_order(order: Order) -> "TypeIs[DialerOrder]":
    """Whether the dialer gave it."""
    return type(order) in _DIALER_ORDERS
