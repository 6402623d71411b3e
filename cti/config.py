"""The configuration: ``config/callwright.yaml``, and environment variables that win over it.

``CALLWRIGHT_HTTP__PORT=8080`` overrides ``http: {port: ...}``; lists and mappings are given as JSON.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from cti.config_ivr import IvrConfig
from cti.config_messages import MessagesConfig
from cti.config_outside import OutsideConfig
from cti.config_texts import TextsConfig
from cti.config_webhooks import WebhookConfig
from cti.rules_document import RulesDocument
from cti.value_types import (
    Address,
    DatabaseUrl,
    HttpUrl,
    Id,
    MqttTopic,
    MqttUrl,
    Network,
    PersonName,
    Port,
    Region,
    Section,
)
from ivr.document import Document, DocumentError, Loc, Misfit, Misfits, Place, Problem, read_document
from ivr.flow_texts import NUMBERS_FILE
from ivr.names import Language
from ivr.suggestion import closest, keys_at

ENV_PREFIX = "CALLWRIGHT_"
ENV_NESTING = "__"
DEFAULT_CONFIG = Path("config/callwright.yaml")


class AsteriskConfig(Section):
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


class FlowsConfig(Section):
    """The flows and the number plan, which lie beside this file: ``flows/*.yaml``, ``numbers.yaml``."""

    watch: Annotated[bool, Field(strict=True)] = True
    """Whether a change of the files is published by itself; else by ``callwright ivr publish``."""


class HttpConfig(Section):
    """Where the API listens."""

    host: Address = "127.0.0.1"
    port: Port = 8000


class DatabaseConfig(Section):
    """What is remembered across restarts; without a URL, an SQLite file in the data directory."""

    url: DatabaseUrl | None = None


class MqttConfig(Section):
    """The broker for wallboards; without a URL, nothing is published."""

    url: MqttUrl | None = None
    topic: MqttTopic = "callwright"


class CustomersConfig(Section):
    """Where customers are found: in the store here, or in a CRM over HTTP."""

    url: HttpUrl | None = None
    """A CRM, asked with ``?number=``; without one, the store's own customers."""
    token: Annotated[str | None, Field(pattern="^[!-~]{1,500}$")] = None
    """Goes with every question to the CRM, as a bearer token."""
    timeout_ms: Annotated[int, Field(ge=10, le=5000)] = 300
    """How long a caller may be kept waiting for the answer who he is; a later answer still counts."""
    region: Region | None = None
    """Where numbers without a country code are at home."""
    kept_s: Annotated[int, Field(ge=0, le=3600)] = 60
    """How long an answer is good for."""


class SpeechConfig(Section):
    """The voice that speaks prompts of which there is no recording."""

    voices: Annotated[
        dict[Language, Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9+_-]{0,60}$")]],
        Field(max_length=100),
    ] = Field({})
    """Language → one of ``espeak-ng --voices``, where another one than ours is wanted."""
    words_per_minute: Annotated[int, Field(ge=80, le=450)] = 150
    language: Language = "en"
    """What callers are spoken to in whose flow has not said anything else: as long as no engine is there."""
    ahead: bool = True
    """Whether what flows and rules say is spoken when they come into force, not to the first caller."""
    at_once: Annotated[int, Field(ge=1, le=16)] = 2
    """Sounds made at the same time."""
    cache_mb: Annotated[int, Field(ge=10, le=100_000)] = 500
    """Space for sounds that were made; a minute takes one megabyte."""
    cache_files: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000


class TrunkConfig(Section):
    """A line into the house, told apart by its peer's addresses."""

    id: Id
    match: Annotated[tuple[Network, ...], Field(min_length=1)]


class AgentConfig(Section):
    """A person who answers, and his phone: ``id`` is the user name it registers with."""

    id: Id
    name: PersonName


class Config(BaseSettings):
    """Where the machines listen, who works here, which lines lead in: decided before the engine starts.

    Read it with :func:`load_config`. What may change while it runs stands in the rules document
    (:mod:`cti.rules_document`), and in the flows and the number plan (:mod:`ivr.flow_texts`).
    """

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
    flows: FlowsConfig = FlowsConfig()
    database: DatabaseConfig = DatabaseConfig()
    mqtt: MqttConfig = MqttConfig()
    webhooks: Annotated[tuple[WebhookConfig, ...], Field(max_length=10)] = ()
    """Services that are told what happens to campaigns and leads."""
    texts: TextsConfig = TextsConfig()
    messages: MessagesConfig = MessagesConfig()
    customers: CustomersConfig = CustomersConfig()
    speech: SpeechConfig = SpeechConfig()
    trunks: tuple[TrunkConfig, ...] = ()
    agents: tuple[AgentConfig, ...]
    """The people who answer and their phones; what they can do stands in the rules."""
    outside: OutsideConfig = OutsideConfig()
    ivr: IvrConfig = IvrConfig()
    rules: Annotated[str, Field(min_length=1, max_length=1024)] = "rules.yaml"
    """The rules document, relative to this file."""

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
            *self._colliding_ports(),
            *self.outside.misfits([trunk.id for trunk in self.trunks]),
        ]
        if misfits:
            raise Misfits(misfits)
        return self

    def _repeated_ids(self) -> Iterator[Misfit]:
        kinds: Mapping[str, tuple[AgentConfig | TrunkConfig, ...]] = {
            "agents": self.agents,
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
    if moved := [*_belongs_elsewhere(document)]:
        raise DocumentError(moved)
    try:
        return Config(**document.data)
    except ValidationError as error:
        raise DocumentError(document.problems(error, Config)) from None


def _belongs_elsewhere(document: Document) -> Iterator[Problem]:
    """What the one file of earlier versions held, and the rules document or the number plan holds now."""
    if "numbers" in document.data:
        place = document.place(("numbers",))
        yield Problem(place.file, place.line, place.field, f"belongs into {NUMBERS_FILE}, as numbers")
    gone = [key for key in RulesDocument.model_fields if key not in Config.model_fields]
    moved: list[tuple[str | int, ...]] = [(key,) for key in document.data if key in gone]
    people = document.data.get("agents")
    for at, person in enumerate(people if isinstance(people, list) else ()):
        if isinstance(person, Mapping) and "skills" in person:
            moved.append(("agents", at, "skills"))
    for loc in moved:
        place = document.place(loc)
        where = "agents: {ID: {skills: ...}}" if loc[-1] == "skills" else str(loc[-1])
        yield Problem(place.file, place.line, place.field, f"belongs into the rules document, as {where}")


def rules_path(config_path: Path | str, config: Config) -> Path:
    """Where the rules document lies."""
    return Path(config_path).parent / config.rules


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
    if (section, key.partition(ENV_NESTING)[0]) == ("ivr", "lookups"):
        return  # services have names of their own
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
