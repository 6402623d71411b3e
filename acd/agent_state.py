"""The states an agent can be in."""

from enum import StrEnum


class AgentState(StrEnum):
    """CSTA calls these loggedOff, notReady, ready, (alerting), busy and workingAfterCall."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAPPING_UP = "wrapping_up"
