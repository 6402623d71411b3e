"""The configuration's section ``outside``: whom the house may call, and through which trunk."""

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from acd.outside import OutsideRules
from cti.value_types import ExtensionNumber, HostName, Id, NumberPrefix, PhoneNumber, Port, Section
from ivr.document import Misfit
from ivr.suggestion import closest


class OutsideConfig(Section):
    """Calls out of the house. Without an entry in ``allow`` there are none."""

    trunk: Id | None = None
    """The line they leave by, one of ``trunks``."""
    host: HostName | None = None
    """Where the carrier takes calls: an address or a name."""
    port: Port = 5060
    allow: Annotated[tuple[NumberPrefix, ...], Field(max_length=100)] = ()
    """How numbers begin that may be dialled, as they are dialled."""
    extensions: Annotated[tuple[ExtensionNumber, ...], Field(max_length=500)] = ()
    """Numbers behind the same trunk that flows may put callers through to, whatever ``allow`` says."""
    caller_id: PhoneNumber | None = None
    """The number that is shown to whom we call."""
    profile: Id | None = None
    """The profile of ``dialing/`` that everybody is called by; without one, no hours and limits count."""
    most_lines: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Lines to the outside in use at once."""
    most_calls_a_second: Annotated[int, Field(ge=1, le=1000)] | None = None

    @property
    def rules(self) -> OutsideRules:
        """As the core knows it."""
        return OutsideRules(allow=self.allow, extensions=self.extensions)

    @property
    def is_used(self) -> bool:
        """Whether anything leaves by the trunk."""
        return bool(self.allow or self.extensions)

    def misfits(self, trunks: Collection[str]) -> Iterator[Misfit]:
        """What is missing, or fits no trunk."""
        if self.trunk is not None and self.trunk not in trunks:
            yield Misfit(
                ("outside", "trunk"), f"no trunk is called {self.trunk!r}", closest(self.trunk, trunks)
            )
        for name in ("trunk", "host"):
            if self.is_used and getattr(self, name) is None:
                listed = "allow" if self.allow else "extensions"
                yield Misfit(("outside", name), f"must be given: {listed} lets numbers be dialled")
