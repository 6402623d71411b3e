"""The configuration's section ``messages``: how much callers may leave, and how long it is kept."""

from typing import Annotated

from pydantic import Field

from cti.value_types import Section


class MessagesConfig(Section):
    """What callers leave: voicemail, recordings of flows, faxes."""

    max_s: Annotated[int, Field(ge=5, le=3600)] = 180
    """The longest message a caller may leave whom a queue asked for one; a flow says so itself."""
    silence_s: Annotated[int, Field(ge=1, le=60)] = 5
    """Silence that ends his message."""
    most: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Messages of one kind that are kept; with so many, a caller hears that there is no room."""
    most_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """The same for the space that all of one kind take on the disk, in megabytes."""
    kept_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    """Older ones are deleted, whatever state they are in."""
