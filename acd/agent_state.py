"""The states an agent can be in."""

from enum import StrEnum


class QueueStanding(StrEnum):
    """How an agent stands to one queue he could serve, whatever his state."""

    SERVES = "serves"
    PAUSED = "paused"
    """He is offered none of its callers for a while; he still counts as somebody who is logged in for it."""
    LEFT = "left"
    """He does not work for it: for its callers it is as if he were logged out."""


class AgentState(StrEnum):
    """CSTA calls these loggedOff, notReady, ready, (alerting), busy and workingAfterCall."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAPPING_UP = "wrapping_up"
