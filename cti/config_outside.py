"""The configuration's section ``outside``: whom the house may call, and through which trunk."""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from acd.outside import OutsideRules
from cti.value_types import ExtensionNumber, HostName, Id, NumberPrefix, PhoneNumber, Port, Section
from dialer.compliance.caller_ids import CallerId, CallerIdPool
from ivr.document import Misfit
from ivr.suggestion import closest


class ShownNumber(Section):
    """A number of the house that may be shown to whom a campaign calls."""

    number: PhoneNumber
    permission: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    """Why it may be shown: a contract, a carrier's letter."""


class CarrierConfig(Section):
    """One more way out."""

    trunk: Id
    """What it is called; what is told of a call that came to nothing names it."""
    host: HostName
    """Where it takes calls: an address or a name."""
    port: Port = 5060


Pool = Annotated[tuple[ShownNumber, ...], Field(min_length=1, max_length=1000)]
"""Numbers of which one is shown: the one most like who is called."""


class OutsideConfig(Section):
    """Calls out of the house. Without an entry in ``allow`` there are none."""

    trunk: Id | None = None
    """The line they leave by, one of ``trunks``."""
    host: HostName | None = None
    """Where the carrier takes calls: an address or a name."""
    port: Port = 5060
    trunks: Annotated[tuple[CarrierConfig, ...], Field(max_length=10)] = ()
    """Further ways out, in this order: each is tried when nothing rang by the one before."""
    check_every_s: Annotated[int, Field(ge=0, le=3600)] = 30
    """Where there are several: how often each is asked whether it is there; left out while it does
    not answer; 0: none is asked."""
    allow: Annotated[tuple[NumberPrefix, ...], Field(max_length=100)] = ()
    """How numbers begin that may be dialled, as they are dialled."""
    extensions: Annotated[tuple[ExtensionNumber, ...], Field(max_length=500)] = ()
    """Numbers behind the same trunk that flows may put callers through to, whatever ``allow`` says."""
    caller_id: PhoneNumber | None = None
    """The number that is shown to whom we call."""
    pools: Annotated[Mapping[Id, Pool], Field(max_length=100)] = {}
    """Numbers to show, by name of the pool: campaigns name one."""
    profile: Id | None = None
    """The profile of ``dialing/`` that everybody is called by; without one, no hours and limits count."""
    most_lines: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Lines to the outside in use at once."""
    most_calls_a_second: Annotated[int, Field(ge=1, le=1000)] | None = None

    longest_transfer_s: Annotated[int, Field(ge=10, le=86_400)] = 3600
    """How long a caller whom a flow puts through outside may talk there; a node may say less."""

    def rules(self, region: str | None) -> OutsideRules:
        """As the core knows it; ``region``: where numbers without a country code are at home."""
        return OutsideRules(allow=self.allow, extensions=self.extensions, region=region)

    @property
    def caller_id_pools(self) -> dict[str, CallerIdPool]:
        """As the gate knows them."""
        return {
            name: CallerIdPool(
                name=name,
                numbers=tuple(CallerId(number=one.number, permission=one.permission) for one in shown),
            )
            for name, shown in self.pools.items()
        }

    @property
    def is_used(self) -> bool:
        """Whether anything leaves by the trunk."""
        return bool(self.allow or self.extensions)

    @property
    def carriers(self) -> tuple[CarrierConfig, ...]:
        """All ways out, in the order in which they are tried."""
        if self.trunk is None or self.host is None:
            return ()
        return (CarrierConfig(trunk=self.trunk, host=self.host, port=self.port), *self.trunks)

    def misfits(self, trunks: Collection[str]) -> Iterator[Misfit]:
        """What is missing, or fits no trunk."""
        if self.trunk is not None and self.trunk not in trunks:
            yield Misfit(
                ("outside", "trunk"), f"no trunk is called {self.trunk!r}", closest(self.trunk, trunks)
            )
        names = [self.trunk, *(one.trunk for one in self.trunks)]
        for at, one in enumerate(self.trunks):
            if one.trunk in names[: at + 1]:
                yield Misfit(("outside", "trunks", at, "trunk"), f"{one.trunk} is a way out already")
        for name in ("trunk", "host"):
            if (self.is_used or self.trunks) and getattr(self, name) is None:
                yield Misfit(("outside", name), f"must be given: {self._why_used}")

    @property
    def _why_used(self) -> str:
        if not self.is_used:
            return "trunks come after it"
        return f"{'allow' if self.allow else 'extensions'} lets numbers be dialled"
