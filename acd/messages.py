"""The closed unions of what goes into the core and what comes out of it."""

from typing import get_args

from acd.commands import Command
from acd.events import Event
from acd.orders import Order
from acd.quick import quicken
from acd.signals import Signal

Input = Command | Signal
Output = Event | Order

for _kind in (*get_args(Command), *get_args(Signal), *get_args(Event), *get_args(Order)):
    quicken(_kind)
