"""The weight of a queue: how much its callers count beside those of other queues, for agents of both."""

from typing import NewType

Weight = NewType("Weight", int)
"""In thousandths, greater than zero: whole numbers decide."""

EVEN = Weight(1000)
"""A queue like any other."""
