"""The configuration: ``config/callwright.yaml``, and environment variables that win over it.

``CALLWRIGHT_HTTP__PORT=8080`` overrides ``http: {port: ...}``; lists and mappings are given as JSON.
"""

import ipaddress
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from acd.requirement import RESERVED, Requirement
from acd.skills import SkillSet
from cti.config_skills import misplaced_relaxations, requirement_of, unknown_skills, unserved_queues
from ivr.document import Document, DocumentError, Loc, Misfit, Misfits, Place, Problem, read_document
from ivr.suggestion import closest, keys_at

ENV_PREFIX = "CALLWRIGHT_"
ENV_NESTING = "__"
DEFAULT_CONFIG = Path("config/callwright.yaml")


def _matching(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(what)
        return text

    return AfterValidator(check)


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("must be an IPv4 address, such as 127.0.0.1") from None


def _skill_name(text: str) -> str:
    if text in RESERVED:
        raise ValueError(f"cannot name a skill: {text} means something in an expression")
    return text


def _expression(text: str) -> str:
    Requirement.parse(text)
    return text


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
        return str(network.network_address if network.num_addresses == 1 else network)
    except ValueError:
        raise ValueError("must be an IP address or network, such as 192.0.2.7 or 192.0.2.0/24") from None


Id = Annotated[
    str,
    _matching(
        "[a-z][a-z0-9-]{0,30}[a-z0-9]",
        "must be 2 to 32 lower-case letters, digits and inner hyphens, beginning with a letter",
    ),
]
"""Names of agents, queues and trunks. Two characters at least: ``h``, ``i``, ``s`` and ``t`` mean things to a
dialplan."""
SkillName = Annotated[
    str,
    _matching("[a-z][a-z0-9._-]{0,31}", "must be lower-case letters, digits, dots, hyphens, such as lang.en"),
    AfterValidator(_skill_name),
]
SkillLevel = Annotated[int, Field(ge=1, le=10)]
Requires = Annotated[
    Annotated[Mapping[SkillName, SkillLevel], Tag("least levels")]
    | Annotated[str, AfterValidator(_expression), Tag("an expression")],
    Discriminator(lambda given: "an expression" if isinstance(given, str) else "least levels"),
]
"""``{sales: 5, lang.en: 3}``: every skill at its least level; or an expression of :mod:`acd.requirement`."""
FlowName = Annotated[
    str, _matching("[a-z][a-z0-9_-]{0,63}", "must be a flow's name: lower-case letters, digits, hyphens")
]
PhoneNumber = Annotated[str, _matching(r"\+?[0-9]{1,31}", "must be digits, optionally after a +")]
DialledNumber = Annotated[
    str,
    _matching("default|[+*#]?[0-9]{1,31}", "must be digits, optionally after +, * or #, or the word default"),
]
"""What the dialplan lets in; ``default`` stands for every number not named."""
PersonName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=80),
    _matching(r"[^\x00-\x1f\x7f]*", "must not hold control characters"),
]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
DatabaseUrl = Annotated[
    str,
    _matching(
        r"(postgresql\+asyncpg|sqlite\+aiosqlite)://\S+",
        "must begin with postgresql+asyncpg:// or sqlite+aiosqlite://",
    ),
]
MqttUrl = Annotated[
    str,
    _matching(
        r"mqtt://[^\s/]+/?", "must be mqtt://host:port, optionally with user:password@ before the host"
    ),
]
MqttTopic = Annotated[
    str, _matching(r"[^\s/+#$][^\x00-\x1f+#]{0,127}", "must be a topic without wildcards, such as callwright")
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AsteriskConfig(_Section):
    """Where Asterisk listens, and how long it does without the engine."""

    host: Address = "127.0.0.1"
    """Where AMI listens and where the engine's FastAGI server is expected."""
    sip_host: Address = "127.0.0.1"
    """Where phones and trunks reach Asterisk by SIP and RTP; ``0.0.0.0`` for every interface."""
    sip_port: Port = 5160
    ami_port: Port = 5138
    agi_port: Port = 4573
    rtp_start: Port = 20000
    rtp_end: Port = 20999
    heartbeat_stale_s: Annotated[int, Field(ge=3, le=300)] = 10
    """The engine's heartbeat is older than this: it is gone, callers go to the fallback."""
    fallback_music_max_s: Annotated[int, Field(ge=10, le=86_400)] = 1800
    """Without the engine, a caller hears music for at most this long, then an apology."""


class HttpConfig(_Section):
    """Where the API listens."""

    host: Address = "127.0.0.1"
    port: Port = 8000


class DatabaseConfig(_Section):
    """What is remembered across restarts; without a URL, an SQLite file in the data directory."""

    url: DatabaseUrl | None = None


class MqttConfig(_Section):
    """The broker for wallboards; without a URL, nothing is published."""

    url: MqttUrl | None = None
    topic: MqttTopic = "callwright"


class TrunkConfig(_Section):
    """A line into the house, told apart by its peer's addresses."""

    id: Id
    match: Annotated[tuple[Network, ...], Field(min_length=1)]


class AgentConfig(_Section):
    """An agent, and so a phone: ``id`` is the user name it registers with."""

    id: Id
    name: PersonName
    skills: Mapping[SkillName, SkillLevel] = {}


class RelaxConfig(_Section):
    """What a queue requires of agents for who has waited for so long."""

    after_s: Annotated[int, Field(ge=1, le=86_400)]
    requires: Requires


class QueueConfig(_Section):
    """A queue: whom its calls require and how long things may take."""

    id: Id
    requires: Requires = {}
    prefers: Requires | None = None
    """Of the ready agents who may take a call, those who meet this too are chosen first."""
    relax: Annotated[tuple[RelaxConfig, ...], Field(max_length=10)] = ()
    """Steps in the order of their times; each must accept everybody whom the one before accepts, and more."""
    ring_timeout_s: Annotated[int, Field(ge=3, le=120)] = 15
    wrap_up_s: Annotated[int, Field(ge=0, le=3600)] = 10
    service_level_s: Annotated[int, Field(ge=1, le=3600)] = 20
    capacity: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Most callers waiting at once."""

    @property
    def steps(self) -> tuple[Requirement, ...]:
        """What is required at first and after each relaxation."""
        return tuple(map(requirement_of, (self.requires, *(step.requires for step in self.relax))))

    def is_served_by(self, agent: AgentConfig) -> bool:
        """Whether the agent meets what the queue requires before any relaxation."""
        return self.steps[0].suits(SkillSet.of(agent.skills))


class ClassConfig(_Section):
    """What a class of callers is promised: score = (waited + offset_s) / objective_s, the greatest first."""

    objective_s: Annotated[int, Field(ge=1, le=86_400)]
    offset_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    never_exceed_s: Annotated[int, Field(ge=1, le=86_400)]
    """Whoever has waited for so long goes before everybody who has not."""


class ClassesConfig(_Section):
    """The three classes of callers."""

    vip: ClassConfig = ClassConfig(objective_s=20, offset_s=60, never_exceed_s=180)
    returning: ClassConfig = ClassConfig(objective_s=30, offset_s=30, never_exceed_s=300)
    """Callers with an earlier unanswered call."""
    normal: ClassConfig = ClassConfig(objective_s=120, never_exceed_s=600)


class ReturningConfig(_Section):
    """Credit for callers with an earlier unanswered call, and how long they are known."""

    boost_s: Annotated[int, Field(ge=0, le=3600)] = 60
    decays_within_h: Annotated[int, Field(ge=1, le=720)] = 24
    remembered_h: Annotated[int, Field(ge=1, le=720)] = 72


class Config(BaseSettings):
    """Everything that is decided before the engine starts. Read it with :func:`load_config`."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_NESTING,
        env_ignore_empty=True,
        env_parse_none_str="null",
        extra="forbid",
        frozen=True,
    )

    asterisk: AsteriskConfig = AsteriskConfig()
    http: HttpConfig = HttpConfig()
    database: DatabaseConfig = DatabaseConfig()
    mqtt: MqttConfig = MqttConfig()
    trunks: tuple[TrunkConfig, ...] = ()
    agents: tuple[AgentConfig, ...]
    queues: tuple[QueueConfig, ...]
    numbers: Mapping[DialledNumber, FlowName]
    vip_callers: frozenset[PhoneNumber] = frozenset()
    classes: ClassesConfig = ClassesConfig()
    returning: ReturningConfig = ReturningConfig()
    rejected_pause_s: Annotated[int, Field(ge=0, le=3600)] = 10
    """How long an agent who rejected a call is left alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        misfits = [
            *self._repeated_ids(),
            *unknown_skills(self.agents, self.queues),
            *misplaced_relaxations(self.queues),
            *unserved_queues(self.agents, self.queues),
            *self._colliding_ports(),
        ]
        if misfits:
            raise Misfits(misfits)
        return self

    def _repeated_ids(self) -> Iterator[Misfit]:
        kinds: Mapping[str, tuple[AgentConfig | QueueConfig | TrunkConfig, ...]] = {
            "agents": self.agents,
            "queues": self.queues,
            "trunks": self.trunks,
        }
        for kind, members in kinds.items():
            seen = Counter[str]()
            for at, member in enumerate(members):
                seen[member.id] += 1
                if seen[member.id] > 1:
                    yield Misfit((kind, at, "id"), f"{member.id!r} is given to two {kind}")
        phones = {agent.id for agent in self.agents}
        matched: dict[str, str] = {}
        for at, trunk in enumerate(self.trunks):
            if trunk.id in phones:
                yield Misfit(
                    ("trunks", at, "id"), f"{trunk.id!r} is an agent's id already", f"{trunk.id}-trunk"
                )
            for index, address in enumerate(trunk.match):
                if matched.setdefault(address, trunk.id) != trunk.id:
                    yield Misfit(
                        ("trunks", at, "match", index), f"trunk {matched[address]!r} matches it already"
                    )

    def _colliding_ports(self) -> Iterator[Misfit]:
        pbx = self.asterisk
        if pbx.rtp_end < pbx.rtp_start + 3:
            yield Misfit(
                ("asterisk", "rtp_end"), f"must be at least {pbx.rtp_start + 3}: a call takes four ports"
            )
        taken: dict[int, str] = {}
        named = {name: getattr(pbx, name) for name in ("sip_port", "ami_port", "agi_port")}
        for loc, port in [
            *((("asterisk", name), port) for name, port in named.items()),
            (("http", "port"), self.http.port),
        ]:
            if (other := taken.setdefault(port, ".".join(loc))) != ".".join(loc):
                yield Misfit(loc, f"{port} is {other} already")
        if pbx.rtp_start <= pbx.sip_port <= pbx.rtp_end:
            yield Misfit(
                ("asterisk", "sip_port"), f"lies within the RTP ports {pbx.rtp_start} to {pbx.rtp_end}"
            )


@dataclass(frozen=True)
class _Overlaid(Document):
    """The file's document, with the values that the environment gave instead."""

    given: tuple[tuple[str, ...], ...]

    def place(self, loc: Loc) -> Place:
        """A variable where the environment decided, else the line in the file."""
        names = tuple(map(str, loc))
        for path in self.given:
            if names[: len(path)] == path:
                return Place("environment", 0, ENV_PREFIX + ENV_NESTING.join(path).upper())
        return super().place(loc)


def load_config(path: Path | str = DEFAULT_CONFIG) -> Config:
    """Read the configuration file, overridden by the environment.

    Raises:
        DocumentError: the file or a variable is wrong; its problems name file and line, or the variable.
    """
    given = _environment()
    written = read_document(path)
    document = _Overlaid(written.file, written.data, written.root, tuple(_paths(given)))
    if not isinstance(document.data, dict):
        raise DocumentError([Problem(document.file, 1, "", "must be a mapping (key: value)")])
    try:
        return Config(**document.data)
    except ValidationError as error:
        raise DocumentError(document.problems(error, Config)) from None


def var_dir() -> Path:
    """The directory for everything that is written while running: ``CALLWRIGHT_VAR``, or ``var`` here."""
    return Path(os.environ.get("CALLWRIGHT_VAR") or "var").resolve()


def _environment() -> Mapping[str, Any]:
    """What the environment says, nested as in the file."""
    unknown = [problem for name in sorted(os.environ) for problem in _unknown_variable(name)]
    if unknown:
        raise DocumentError(unknown)
    try:
        return EnvSettingsSource(Config)()
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        variable = ENV_PREFIX + (named[1].upper() if named else "*")
        raise DocumentError([Problem("environment", 0, variable, "is not valid JSON")]) from None


def _unknown_variable(name: str) -> Iterator[Problem]:
    """A variable that looks like an override of ours, yet overrides nothing."""
    if not name.startswith(ENV_PREFIX) or ENV_NESTING not in name:
        return
    section, _, key = name.removeprefix(ENV_PREFIX).lower().partition(ENV_NESTING)
    if section == "numbers":
        return
    known = [f"{s}{ENV_NESTING}{k}" for s in keys_at(Config, ()) for k in keys_at(Config, (s,)) if k != s]
    if f"{section}{ENV_NESTING}{key}" not in known:
        likely = closest(f"{section}{ENV_NESTING}{key}", known)
        suggestion = ENV_PREFIX + likely.upper() if likely else None
        yield Problem("environment", 0, name, "overrides nothing in the configuration", suggestion)


def _paths(given: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, name))
        else:
            yield (*above, name)
