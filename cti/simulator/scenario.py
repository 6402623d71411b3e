"""The scenario document: who calls, how patient they are, who works when, and what goes wrong."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from acd.call import CallClass
from acd.instant import Instant, seconds
from cti.simulator import people
from ivr.document import Misfit, Misfits

HALF_HOURS = 48
MOST_AGENTS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))

Seconds = Annotated[float, Field(gt=0, le=7 * 86_400)]
SecondsOrNone = Annotated[float, Field(ge=0, le=7 * 86_400)]
Share = Annotated[float, Field(ge=0, le=1)]
Hours = Annotated[float, Field(gt=0, le=24 * 366 * 10)]
HoursFromStart = Annotated[float, Field(ge=0, le=24 * 366 * 10)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
AgentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,25}$")]
Level = Annotated[int, Field(ge=1, le=10)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# -- distributions ------------------------------------------------------------------------------------


class ConstantConfig(_Part):
    """Always the same."""

    kind: Literal["constant"]
    value_s: SecondsOrNone

    def distribution(self) -> people.Distribution:
        """As the simulator draws from it."""
        return people.Constant(self.value_s)


class ExponentialConfig(_Part):
    """Without memory."""

    kind: Literal["exponential"]
    mean_s: Seconds

    def distribution(self) -> people.Distribution:
        """As the simulator draws from it."""
        return people.Exponential(self.mean_s)


class LognormalConfig(_Part):
    """What handling times mostly are."""

    kind: Literal["lognormal"]
    mean_s: Seconds
    sd_s: Seconds

    def distribution(self) -> people.Distribution:
        """As the simulator draws from it."""
        return people.Lognormal(self.mean_s, self.sd_s)


class GammaConfig(_Part):
    """A sum of phases."""

    kind: Literal["gamma"]
    mean_s: Seconds
    sd_s: SecondsOrNone

    def distribution(self) -> people.Distribution:
        """As the simulator draws from it."""
        return people.Gamma(self.mean_s, self.sd_s)


class EmpiricalConfig(_Part):
    """Each of the values as often as any other."""

    kind: Literal["empirical"]
    values_s: Annotated[tuple[SecondsOrNone, ...], Field(min_length=1)]

    def distribution(self) -> people.Distribution:
        """As the simulator draws from it."""
        return people.Empirical(tuple(seconds(value) for value in self.values_s))


class NeverConfig(_Part):
    """It does not end: callers who wait for ever."""

    kind: Literal["never"]

    def distribution(self) -> people.Distribution:
        """As the simulator draws from it."""
        return people.Never()


class TraceConfig(_Part):
    """As the trace of ``--trace`` shows it."""

    kind: Literal["trace"]


Ending = ConstantConfig | ExponentialConfig | LognormalConfig | GammaConfig | EmpiricalConfig
Handling = Annotated[Ending | TraceConfig, Field(discriminator="kind")]
Patience = Annotated[Ending | NeverConfig | TraceConfig, Field(discriminator="kind")]
Reaction = Annotated[Ending, Field(discriminator="kind")]

AT_ONCE = ConstantConfig(kind="constant", value_s=0)


# -- who calls ----------------------------------------------------------------------------------------


class ArrivalsConfig(_Part):
    """Callers of one kind: they come by chance (Poisson), at a rate that is constant or follows the day."""

    queue: Name
    call_class: CallClass | None = Field(default=None, alias="class")
    """None leaves it to the rules."""
    per_hour: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    half_hours: (
        Annotated[tuple[SecondsOrNone, ...], Field(min_length=HALF_HOURS, max_length=HALF_HOURS)] | None
    ) = None
    """Calls expected in each half hour of a day, from midnight."""
    patience: Patience | None = None
    """None: as the scenario says for all."""
    handling: Handling | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.per_hour is None) == (self.half_hours is None):
            raise Misfits([Misfit((), "needs either per_hour or half_hours")])
        if self.half_hours is not None and not any(self.half_hours):
            raise Misfits([Misfit(("half_hours",), "nobody ever calls")])
        return self

    def rates_per_hour(self) -> tuple[float, ...]:
        """Calls an hour in each half hour of a day."""
        if self.half_hours is not None:
            return tuple(2 * calls for calls in self.half_hours)
        assert self.per_hour is not None
        return (self.per_hour,) * HALF_HOURS


class RedialConfig(_Part):
    """Callers who gave up and try again."""

    share: Share
    after: Reaction
    at_most: Annotated[int, Field(ge=1, le=100)] = 3
    """Times one customer tries again."""


# -- who works ----------------------------------------------------------------------------------------


class ShiftConfig(_Part):
    """A span of every day."""

    since: Annotated[str, Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    to: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
    """Earlier than ``from``: on the next day."""

    def spans(self, day: date, zone: ZoneInfo) -> tuple[Instant, Instant]:
        """Its beginning on ``day``, and its end."""
        midnight = datetime.combine(day, time())
        since, to = (midnight + timedelta(minutes=_minutes(text)) for text in (self.since, self.to))
        if to <= since:
            to += timedelta(days=1)
        return _instant(since, zone), _instant(to, zone)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _instant(local: datetime, zone: ZoneInfo) -> Instant:
    return Instant(round((local.replace(tzinfo=zone) - _EPOCH).total_seconds()) * 1_000_000)


class PhonesConfig(_Part):
    """How agents treat a phone that rings."""

    answers_after: Reaction = AT_ONCE
    no_answer: Share = 0
    """Of the rings, those the agent does not hear."""
    rejects: Share = 0
    """Of the rings, those he turns away."""
    back_after: Reaction = ConstantConfig(kind="constant", value_s=60)
    """After a ring he did not hear: when he sets himself ready again."""


class AgentsConfig(PhonesConfig):
    """Agents alike: some of the rules' agents by name, or a number of new ones with skills of their own."""

    ids: tuple[AgentName, ...] = ()
    name: AgentName | None = None
    """Of new agents, who are called NAME1, NAME2 and so on."""
    count: Annotated[int, Field(ge=1, le=MOST_AGENTS)] = 1
    skills: dict[Name, Level] | None = None
    """Of new agents. Without it NAME1 and so on have the skills the rules give them."""
    shifts: tuple[ShiftConfig, ...] = ()
    """When they work, every day; without one they always do."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if bool(self.ids) == (self.name is not None):
            raise Misfits([Misfit((), "needs either ids (agents of the rules) or name (and count)")])
        if self.ids and self.skills is not None:
            raise Misfits([Misfit(("skills",), "the rules say what these agents can do: use name and count")])
        return self

    def agent_ids(self) -> Iterator[str]:
        """Everybody's name."""
        yield from self.ids
        if self.name is not None:
            yield from (f"{self.name}{n}" for n in range(1, self.count + 1))


# -- what goes wrong ----------------------------------------------------------------------------------


class LinkCutConfig(_Part):
    """The link to the PBX is away for a while: nobody is offered anything, talks go on."""

    at_h: HoursFromStart
    for_s: Seconds


class FaultsConfig(_Part):
    """What goes wrong; what agents do wrong stands with the agents."""

    link_cuts: tuple[LinkCutConfig, ...] = ()

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Self:
        end = 0.0
        for at, cut in enumerate(self.link_cuts):
            if cut.at_h < end:
                raise Misfits([Misfit(("link_cuts", at, "at_h"), "begins before the cut above is over")])
            end = cut.at_h + cut.for_s / 3600
        return self


# -- the document -------------------------------------------------------------------------------------


class Scenario(_Part):
    """A written scenario. Read a file with :func:`cti.simulator.loading.load_scenario`."""

    starts: datetime = datetime(2026, 1, 5)
    """Local time of the zone, by default a Monday; with a trace, its first day at midnight counts instead."""
    zone: str = "UTC"
    hours: Hours | None = None
    """How long callers come; with a trace, its whole length unless said."""
    warm_up_h: HoursFromStart = 0
    """At the beginning; callers who come in it are served and not counted."""
    seed: Annotated[int, Field(ge=0)] = 1
    runs: Annotated[int, Field(ge=1, le=10_000)] = 10
    arrivals: tuple[ArrivalsConfig, ...] = ()
    """Empty: the callers are those of the trace."""
    patience: Patience = NeverConfig(kind="never")
    handling: Handling = ConstantConfig(kind="constant", value_s=180)
    redial: RedialConfig | None = None
    phones: PhonesConfig = PhonesConfig()
    """Of agents who are not described below."""
    agents: tuple[AgentsConfig, ...] = ()
    """Empty: everybody whom the rules name, always (with a trace: who answered in it, when he did)."""
    faults: FaultsConfig = FaultsConfig()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        misfits = [*self._zone(), *self._spans(), *self._repeated_agents()]
        if misfits:
            raise Misfits(misfits)
        return self

    def _zone(self) -> Iterator[Misfit]:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            yield Misfit(("zone",), f"{self.zone!r} is no time zone, such as Europe/Paris")
        if self.starts.tzinfo is not None:
            yield Misfit(("starts",), "is local time: without an offset")

    def _spans(self) -> Iterator[Misfit]:
        if self.hours is not None and self.warm_up_h >= self.hours:
            yield Misfit(("warm_up_h",), f"must be less than the {self.hours:g} hours of the whole")
        if self.arrivals and self.hours is None:
            yield Misfit(("arrivals",), "needs hours: how long callers come")

    def _repeated_agents(self) -> Iterator[Misfit]:
        seen = set[str]()
        for at, group in enumerate(self.agents):
            for agent_id in group.agent_ids():
                if agent_id in seen:
                    yield Misfit(("agents", at), f"{agent_id!r} is described twice")
                    break
                seen.add(agent_id)

    def of_the_trace(self) -> Iterator[str]:
        """Where the document counts on a trace."""
        if not self.arrivals:
            yield "arrivals"
        parts = {"patience": self.patience, "handling": self.handling}
        for at, one in enumerate(self.arrivals):
            parts |= {f"arrivals.{at}.patience": one.patience, f"arrivals.{at}.handling": one.handling}  # type: ignore[dict-item]
        yield from (where for where, part in parts.items() if isinstance(part, TraceConfig))
