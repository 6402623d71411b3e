"""What an engine begins with: configuration, rules, flows and secrets, read and checked together."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.check import load_beginning
from cti.config import Config, rules_path
from cti.credentials import Credentials, load_or_create
from cti.dialing_profile import every_profile, named_profile
from cti.flows_cache import FlowsCache, KnownFlows
from cti.rules_cache import KnownRules, RulesCache
from cti.rules_document import RulesDocument
from dialer.compliance.profile import Profile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What an engine begins with."""

    config: Config
    known: KnownRules
    """The rules to begin with: those last in force, at the first start those of the file."""
    written: RulesDocument | None
    """What the file says; None when that is wrong."""
    rules_file: Path
    flows: KnownFlows
    """The flows to begin with: those last in force, at the first start those of the files."""
    directory: Path
    """Where flows and number plan lie."""
    credentials: Credentials
    profile: Profile | None
    """By which everybody is dialled whose campaign names no other."""
    profiles: Mapping[str, Profile]
    """Those that campaigns may name."""


def load_everything(config_path: Path, var: Path) -> House:
    """Read configuration, rules, flows and secrets, and check that they fit together.

    Raises:
        DocumentError: a document is wrong; every problem names its place.
        CredentialsError: the secrets file cannot be used.
    """
    known = RulesCache(var).read()
    found = load_beginning(config_path, None if known is None else known.document, FlowsCache(var).read())
    known = known or KnownRules(version=0, document=found.rules)
    for problem in found.warnings:
        log.warning("%s (version %d of the rules is in force)", problem, known.version)
    return House(
        config=found.config,
        known=known,
        written=found.written,
        rules_file=rules_path(config_path, found.config),
        flows=found.flows,
        directory=config_path.parent,
        credentials=load_or_create(var / "secrets.json", [agent.id for agent in found.config.agents]),
        profile=named_profile(config_path, found.config),
        profiles=every_profile(config_path.parent),
    )
