"""A transfer: a caller put through to somebody who is no agent, by his flow."""

from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant


class TransferWay(StrEnum):
    """How somebody is reached."""

    EXTENSION = "extension"
    """A number of the house."""
    OUTSIDE = "outside"
    """Any number that the house may call outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """With whom a caller is, or is about to be."""

    way: TransferWay
    number: str
    answered_at: Instant | None = None
    """None as long as nobody has."""
