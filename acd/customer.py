"""A customer: the person behind one or several numbers, as far as routing needs to know him."""

from dataclasses import dataclass

from acd.ids import AgentId, CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who is calling, as the shell found him when the flow began; what the ACD decides by, and no more."""

    customer_id: CustomerId
    segment: str | None = None
    """The group he belongs to, such as ``gold``; the rules say what that means."""
    language: str | None = None
    """The language he prefers, as a tag such as ``fr`` or ``pt-BR``."""
    own_agent: AgentId | None = None
    """The agent who looks after him; he may have left since."""
    last_agent: AgentId | None = None
    """The agent he talked with last; he may have left since."""
    numbers: tuple[str, ...] = ()
    """His telephones in their one form, as far as the directory tells; not all he has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whom a call is with: a customer when he is known, else whoever has this number."""

    caller: str
    customer_id: CustomerId | None = None
