"""What flows ask of services outside and of the customers' directory, and what answers are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ivr.values import Value

Json = str | int | Decimal | bool | Sequence["Json"] | Mapping[str, "Json"] | None
"""An answer as it was read; numbers with a point are ``Decimal``."""
Method = Literal["GET", "POST", "PUT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceQuestion:
    """A request to a service of the house."""

    service: str
    """Its name in the configuration, which knows where it is."""
    method: Method
    path: str = ""
    """After the service's own address: empty, or from a ``/`` on; percent-encoded."""
    query: tuple[tuple[str, str], ...] = ()
    """Names and values, as they are: not encoded yet."""
    body: Mapping[str, Value] | None = None
    """Sent as a JSON object; the only place where a secret is revealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerQuestion:
    """Who has a telephone number."""

    number: str


Question = ServiceQuestion | CustomerQuestion
