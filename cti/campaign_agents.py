"""A campaign's document: what agents decide, and whom only one of them calls."""

from typing import Annotated

from pydantic import Field

from cti.value_types import Section
from dialer.campaign import OwnThen


class PreviewConfig(Section):
    """An agent sees the lead before he is called."""

    most_s: Annotated[int, Field(ge=5, le=3600)] = 60
    skips: Annotated[int, Field(ge=0, le=100)] = 3
    """How often a lead may be skipped before he is done."""


class PromisedConfig(Section):
    """Calls that agents have promised."""

    remind_min: Annotated[float, Field(ge=0, le=120)] = 5
    """An agent is reminded so long before."""
    late_min: Annotated[float, Field(ge=0, le=1440)] = 15
    """When he is not there for so long, anybody calls."""


class OwnAgentConfig(Section):
    """Leads whose list names the only agent who calls them, when he does not come to work any more."""

    late_h: Annotated[float, Field(ge=1, le=8784)] = 72
    """After so long without him; a weekend is shorter."""
    then: OwnThen = OwnThen.ANYBODY
