"""The configuration's section ``webhooks``: services that are told what happens to campaigns and leads."""

from typing import Annotated, get_args

from pydantic import AfterValidator, Field

from cti.codec import small_name
from cti.value_types import HttpUrl, Id, Section
from dialer.events import DialerEvent
from ivr.suggestion import closest

EVENTS = tuple(sorted(small_name(kind) for kind in get_args(DialerEvent)))


def _event(name: str) -> str:
    if name not in EVENTS:
        likely = closest(name, EVENTS)
        meant = f" (did you mean {likely}?)" if likely else f": {', '.join(EVENTS)}"
        raise ValueError(f"there is no event {name}{meant}")
    return name


class WebhookConfig(Section):
    """One service."""

    url: HttpUrl
    secret: Annotated[str, Field(pattern="^[!-~]{16,200}$")]
    """With which what is sent is signed."""
    events: Annotated[
        tuple[Annotated[str, AfterValidator(_event)], ...], Field(min_length=1, max_length=len(EVENTS))
    ] = ("attempt_ended", "lead_disposed", "campaign_state_changed")
    campaigns: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    """Only of these; none: of all."""
