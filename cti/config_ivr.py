"""The configuration's section ``ivr``: how many callers flows may have, and whom they may ask."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from cti.value_types import HttpUrl, Id, Section

_OURS = {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type"}
_OURS |= {"host", "idempotency-key", "transfer-encoding"}


def _free(name: str) -> str:
    if name.lower() in _OURS:
        raise ValueError("is set by the engine itself")
    return name


HeaderName = Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,100}$"), AfterValidator(_free)]
HeaderValue = Annotated[str, Field(pattern="^[!-~]([ -~]{0,498}[!-~])?$")]


class ServiceConfig(Section):
    """A service that flows may ask by its name. They say what to ask, never where."""

    url: HttpUrl
    """What a flow's ``path`` is put after; a query in it goes with every request."""
    token: Annotated[str | None, Field(pattern="^[!-~]{1,500}$")] = None
    """Goes with every request, as a bearer token."""
    headers: Annotated[Mapping[HeaderName, HeaderValue], Field(max_length=20)] = {}
    """Go with every request."""
    most_at_once: Annotated[int, Field(ge=1, le=200)] = 20
    """Questions under way at the same time; with more, callers take the way of a failed lookup at once."""


class IvrConfig(Section):
    """How many callers flows may have, and what those may use of the world."""

    most_callers: Annotated[int, Field(ge=1, le=5000)] = 500
    """Callers in flows at the same time; further ones stay in music until there is room."""

    lookups: Annotated[Mapping[Id, ServiceConfig], Field(max_length=50)] = {}
    """Services by the name flows give them."""
    menu_depth: Annotated[int, Field(ge=1, le=20)] = 3
    """Menus one after the other that a caller may have to pass; ``callwright check`` tells of more."""
