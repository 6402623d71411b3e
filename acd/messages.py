"""The closed unions of what goes into the core and what comes out of it."""

from typing import get_args

from acd.commands import AdoptRules, Command
from acd.events import Event
from acd.orders import Order
from acd.quick import quicken
from acd.signals import Signal

CoreInput = Command | Signal
"""What the ACD takes."""
Input = CoreInput | AdoptRules
"""What a floor takes: it reads documents for its cores."""
Output = Event | Order

for _kind in (*get_args(Command), *get_args(Signal), *get_args(Event), *get_args(Order)):
    quicken(_kind)
