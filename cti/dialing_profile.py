"""Profiles of who may be dialled when, as documents: ``config/dialing/*.yaml``."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from acd.instant import seconds
from cti.config import Config
from cti.rules_hours import Days, SpecialDayConfig, TimeSpan, days_named_twice, special_days_of, week_of
from cti.value_types import Region, Section
from dialer.budget import Allowance
from dialer.compliance.attempts import AttemptLimit, Whom
from dialer.compliance.calling_hours import CallingHours
from dialer.compliance.profile import Connecting, Lockout, NationalList, Profile
from ivr.document import DocumentError, Misfit, Misfits, Problem, load_document, read_document
from ivr.suggestion import closest

log = logging.getLogger(__name__)

DIALING_DIRECTORY = "dialing"
"""Beside the configuration."""
MOST_H = 24 * 366

Hours = Annotated[float, Field(gt=0, le=MOST_H)]


class CallingHoursConfig(Section):
    """A week by the clock of the called; days that are not named are closed."""

    week: Mapping[Days, Annotated[tuple[TimeSpan, ...], Field(max_length=10)]]
    days: Annotated[tuple[SpecialDayConfig, ...], Field(max_length=1000)] = ()
    """Each goes before its weekday; that of one year before one of every year."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if misfits := [*self._misfits()]:
            raise Misfits(misfits)
        return self

    def _misfits(self) -> Iterator[Misfit]:
        yield from days_named_twice(self.week, self.days)
        if not any(self.week.values()):
            yield Misfit(("week",), "nobody could ever be called")

    @property
    def hours(self) -> CallingHours:
        """As the gate knows them."""
        return CallingHours(week=week_of(self.week), special=special_days_of(self.days))


class NationalConfig(Section):
    """The country's register, imported by ``callwright dnc import``."""

    max_age_days: Annotated[int, Field(ge=1, le=366)] | None = None
    """How old the import may be; older: nobody is called but who asked for it."""


class AttemptLimitConfig(Section):
    """So many attempts at most within so many hours, whenever these begin."""

    per: Literal["number", "lead"]
    most: Annotated[int, Field(ge=1, le=100)]
    within_h: Hours
    same_campaign: Annotated[bool, Field(strict=True)] = False
    """Attempts for other campaigns, and callbacks, do not count."""

    @property
    def limit(self) -> AttemptLimit:
        """As the gate knows it."""
        return AttemptLimit(
            per=Whom(self.per),
            most=self.most,
            within=seconds(self.within_h * 3600),
            same_campaign=self.same_campaign,
        )


class LockoutConfig(Section):
    """How long a number is left alone that answered and found nobody."""

    hours: Hours
    unless_agent_guaranteed: Annotated[bool, Field(strict=True)] = False


class AllowanceConfig(Section):
    """How many live answers may be abandoned, over how long."""

    percent: Annotated[float, Field(ge=0, lt=100)]
    within_h: Hours
    least: Annotated[int, Field(ge=0, le=10_000)] = 100
    """The percentage is never taken of fewer answers than these."""

    @property
    def allowance(self) -> Allowance:
        """As the ledger knows it."""
        return Allowance(share=self.percent / 100, window=seconds(self.within_h * 3600), least=self.least)


class ConnectingConfig(Section):
    """What is due to who answers; for pacing, not looked at by the gate."""

    allowances: Annotated[tuple[AllowanceConfig, ...], Field(max_length=10)] = ()
    """All must be kept; without one, nobody may be abandoned."""
    within_s: Annotated[float, Field(gt=0, le=60)] = 2
    """How long after his greeting somebody must be there."""
    ring_at_least_s: Annotated[int, Field(ge=0, le=120)] = 15
    message: Annotated[bool, Field(strict=True)] = True
    """Who is abandoned hears who has called him."""
    opt_out_key: Annotated[str, Field(pattern="^[0-9*#]$")] | None = None

    @property
    def connecting(self) -> Connecting:
        """As pacing knows it."""
        return Connecting(
            allowances=tuple(one.allowance for one in self.allowances),
            within=seconds(self.within_s),
            ring_at_least=seconds(self.ring_at_least_s),
            message=self.message,
            opt_out_key=self.opt_out_key,
        )


class ProfileDocument(Section):
    """One file of ``config/dialing``; its name is the profile's."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
    countries: Annotated[tuple[Region, ...], Field(max_length=300)] = ()
    """Where it is meant for; without any, everywhere."""
    hours: CallingHoursConfig
    hours_when_asked: CallingHoursConfig | None = None
    """For those who have themselves asked to be called; otherwise as for all."""
    national: NationalConfig | None = None
    attempts: Annotated[tuple[AttemptLimitConfig, ...], Field(max_length=20)] = ()
    gap_min: Annotated[float, Field(ge=0, le=60 * MOST_H)] = 0
    """Between two attempts to one number."""
    lockout: LockoutConfig | None = None
    shows_caller_id: Annotated[bool, Field(strict=True)] = True
    connecting: ConnectingConfig = ConnectingConfig()

    def profile(self, name: str) -> Profile:
        """As the gate knows it."""
        return Profile(
            name=name,
            title=self.title,
            countries=frozenset(self.countries),
            hours=self.hours.hours,
            hours_when_asked=None if self.hours_when_asked is None else self.hours_when_asked.hours,
            national=None if self.national is None else _national(self.national),
            attempts=tuple(one.limit for one in self.attempts),
            gap=seconds(self.gap_min * 60),
            lockout=None if self.lockout is None else _lockout(self.lockout),
            shows_caller_id=self.shows_caller_id,
            connecting=self.connecting.connecting,
        )


def _national(written: NationalConfig) -> NationalList:
    days = written.max_age_days
    return NationalList(max_age=None if days is None else seconds(days * 86_400))


def _lockout(written: LockoutConfig) -> Lockout:
    return Lockout(
        lasts=seconds(written.hours * 3600), unless_agent_guaranteed=written.unless_agent_guaranteed
    )


def named_profile(config_path: Path, config: Config) -> Profile | None:
    """The profile that the configuration names, if any.

    Raises:
        DocumentError: see :func:`load_profile`; it names the configuration's line.
    """
    name = config.outside.profile
    if name is None:
        return None
    if name not in (names := profile_names(config_path.parent)):
        place = read_document(config_path).place(("outside", "profile"))
        message = f"there is no {config_path.parent / DIALING_DIRECTORY / name}.yaml"
        raise DocumentError([Problem(place.file, place.line, place.field, message, closest(name, names))])
    return load_profile(config_path.parent, name)


def load_profile(beside: Path, name: str) -> Profile:
    """The profile of this name, from the directory beside a configuration that lies in ``beside``.

    Raises:
        DocumentError: it cannot be read, or is wrong; every problem names its line.
    """
    directory = beside / DIALING_DIRECTORY
    return load_document(directory / f"{name}.yaml", ProfileDocument).profile(name)


def every_profile(beside: Path) -> dict[str, Profile]:
    """All that can be read, by name: a house does not stand still for one that nobody may name."""
    found: dict[str, Profile] = {}
    for name in profile_names(beside):
        try:
            found[name] = load_profile(beside, name)
        except DocumentError as error:
            log.warning("nobody is dialled by the profile %s: %s", name, error)
    return found


def profile_names(beside: Path) -> list[str]:
    """The profiles there are."""
    return sorted(file.stem for file in (beside / DIALING_DIRECTORY).glob("*.yaml"))
