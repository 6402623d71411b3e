"""The closed unions of what goes into the dialer and what comes out of it."""

from dataclasses import dataclass
from typing import get_args

from acd.ids import AgentId, CallId, QueueId
from acd.instant import Span
from acd.quick import quicken
from dialer.commands import DialerCommand
from dialer.events import DialerEvent
from dialer.orders import DialerOrder
from dialer.signals import DialerSignal

DialerInput = DialerCommand | DialerSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForAgent:
    """Asked of the ACD, through the floor: an agent wants to talk with somebody whose number is dialled once
    his own phone has answered. Refused by the ACD when he is not ready."""

    call_id: CallId
    """The attempt's name."""
    agent_id: AgentId
    queue_id: QueueId
    number: str
    ring_for: Span


DialerOutput = DialerEvent | DialerOrder | CallForAgent

for _union in (DialerCommand, DialerSignal, DialerEvent, DialerOrder):
    for _kind in get_args(_union):
        quicken(_kind)
