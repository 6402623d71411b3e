"""Names of things. Each is opaque text: nothing is ever parsed out of one."""

from typing import NewType

CallId = NewType("CallId", str)
"""One caller's presence: Asterisk's unique id of the caller's channel (``CTI_CALL``)."""

AgentId = NewType("AgentId", str)
"""An agent; also the name of the agent's SIP endpoint. Lower-case letters, digits, hyphens."""

QueueId = NewType("QueueId", str)
"""A queue. Lower-case letters, digits, hyphens, underscores."""

CustomerId = NewType("CustomerId", str)
"""A customer; as the store, or the CRM in its place, names him."""

OfferId = NewType("OfferId", str)
"""One call reserved with one agent; unique across restarts of the engine (``CTI_OFFER``)."""
