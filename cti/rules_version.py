"""A published version of the rules: what the store remembers of it."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from acd.instant import Instant


class VersionState(StrEnum):
    """What became of a version."""

    SCHEDULED = "scheduled"
    """It will be adopted when its time has come."""
    IN_FORCE = "in_force"
    """It decides; at most one does."""
    REPLACED = "replaced"
    """It decided once."""
    CANCELLED = "cancelled"
    """It was taken back, or refused, before it decided anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesVersion:
    """One version. Its document never changes; to return to it is to publish the document anew."""

    version: int
    """Counted from 1."""
    at: Instant
    """When it was published."""
    author: str
    """Who published it, as he called himself."""
    comment: str
    document: str
    """The rules, as :func:`cti.rules_document.to_json` writes them."""
    scheduled_for: Instant
    """When it is to be adopted; not later than ``at`` means at once."""
    state: VersionState = VersionState.SCHEDULED
    adopted_at: Instant | None = None
    """When it first decided."""

    @property
    def digest(self) -> str:
        """SHA-256 of the document: equal rules have equal ones."""
        return digest_of(self.document)


def digest_of(document: str) -> str:
    """SHA-256 of a document's text, in hexadecimal digits."""
    return sha256(document.encode()).hexdigest()
