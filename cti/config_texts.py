"""The configuration's section ``texts``: the gateway by which campaigns send texts."""

from typing import Annotated

from pydantic import Field

from cti.value_types import HttpUrl, Section


class TextsConfig(Section):
    """Somebody else's service that sends texts; without a URL, no campaign with a text is started."""

    url: HttpUrl | None = None
    """Where a text is posted to."""
    token: Annotated[str | None, Field(pattern="^[!-~]{1,500}$")] = None
    """Goes with every text, as a bearer token."""
    sender: Annotated[str | None, Field(alias="from", pattern=r"^[^\x00-\x1f\x7f]{1,50}$")] = None
    """Who sends it, as the gateway knows us: a number or a name; None: the gateway decides."""
