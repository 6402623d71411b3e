"""Customers outside the core: what is kept of them, and the port behind which they are found.

The store implements the port (:mod:`cti.customer_store`), and so does a CRM over HTTP (:mod:`cti.crm`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from acd.customer import Customer
from acd.ids import AgentId, CustomerId
from acd.instant import Instant

MOST_NUMBERS = 20
MOST_FREE = 30
"""Preferences, and attributes, that one customer may have."""
MOST_FREE_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """All that is kept of a customer."""

    customer_id: CustomerId
    name: str | None = None
    numbers: tuple[str, ...] = ()
    """His telephone numbers, in their one form (:mod:`cti.numbers`); no two customers share one."""
    segment: str | None = None
    language: str | None = None
    own_agent: AgentId | None = None
    preferences: Mapping[str, str] = field(default_factory=dict)
    """What he prefers, for people to read: channel, hours, how he is to be addressed."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Anything else the house knows of him."""
    last_agent: AgentId | None = None
    """Who talked with him last; kept by the engine, not by who writes the record."""
    last_contact_at: Instant | None = None

    @property
    def customer(self) -> Customer:
        """What routing decides by."""
        return Customer(
            customer_id=self.customer_id,
            segment=self.segment,
            language=self.language,
            own_agent=self.own_agent,
            last_agent=self.last_agent,
            numbers=self.numbers,
        )


class DirectoryUnavailable(Exception):
    """Customers cannot be looked up now; the text says why, without secrets."""


class CustomerDirectory(Protocol):
    """Where customers are found."""

    async def find(self, number: str) -> Customer | None:
        """Who has this number, as a trunk shows it; None when nobody is known by it. It may take long: the
        caller of this sets the limit.

        Raises:
            DirectoryUnavailable: nobody can tell now.
        """

    async def close(self) -> None:
        """Let go of connections."""
