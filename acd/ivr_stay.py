"""A caller's stay in a flow, as long as it lasts."""

from dataclasses import dataclass

from acd.instant import Instant


@dataclass(slots=True, kw_only=True)
class IvrStay:
    """Which flow a caller is in, and since when. Changed only by :mod:`acd.stays`."""

    flow: str
    began_at: Instant
