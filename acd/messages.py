"""The closed unions of what goes into the core and what comes out of it."""

from acd.commands import Command
from acd.events import Event
from acd.orders import Order
from acd.signals import Signal

Input = Command | Signal
Output = Event | Order
