"""The kinds of values that the configuration and the rules are written in."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from acd.requirement import AN_AGENT, RESERVED, Requirement
from cti.numbers import REGIONS


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
    if text.startswith(AN_AGENT):
        raise ValueError(f"cannot name a skill: {text} would be an agent's own")
    if text in RESERVED:
        raise ValueError(f"cannot name a skill: {text} means something in an expression")
    return text


def _expression(text: str) -> str:
    Requirement.parse(text)
    return text


def _region(text: str) -> str:
    if text not in REGIONS:
        raise ValueError("must be a country's two capital letters, such as FR")
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
ReasonCode = Annotated[
    str,
    _matching("[a-z][a-z0-9_]{0,31}", "must be lower-case letters, digits and underscores, such as break"),
]
"""Why an agent is not ready."""
PhoneNumber = Annotated[str, _matching(r"\+?[0-9]{1,31}", "must be digits, optionally after a +")]
NumberPrefix = Annotated[str, _matching(r"\+|\+?[0-9]{1,15}", "must be how numbers begin, such as +33 or 0")]
ExtensionNumber = Annotated[str, _matching("[0-9]{2,8}", "must be 2 to 8 digits, in quotes")]
"""A number of the house."""
HostName = Annotated[
    str, _matching("[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", "must be an address or a host's name")
]
ServiceNumber = Annotated[
    str, _matching("[+*#]?[0-9]{1,31}", "must be digits, optionally after +, * or #, in quotes")
]
"""A number that can be dialled."""
Segment = Annotated[
    str,
    _matching(
        "[a-z0-9][a-z0-9_-]{0,31}", "must be 1 to 32 lower-case letters, digits, hyphens and underscores"
    ),
]
"""A group of customers."""
CustomerName = Annotated[
    str,
    _matching(
        "[0-9A-Za-z][0-9A-Za-z._:@-]{0,63}",
        "must be 1 to 64 letters, digits, dots, colons, @, hyphens and underscores, without spaces",
    ),
]
"""A customer's id."""
Language = Annotated[
    str, _matching("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "must be a language tag, such as fr or pt-BR")
]
Region = Annotated[str, AfterValidator(_region)]
HttpUrl = Annotated[
    str,
    StringConstraints(max_length=1024),
    _matching(r"https?://[^\s/?#@]+([/?][^\s#]*)?", "must be http:// or https://, without user and fragment"),
]
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


class Section(BaseModel):
    """A part of a written document; immutable, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
