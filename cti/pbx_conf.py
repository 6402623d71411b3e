"""Asterisk's configuration, rendered from ``asterisk-conf/`` for one private instance.

``python -m cti.pbx_conf --to INSTANCE/etc ...`` is what ``scripts/asterisk`` runs.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2

from cti import amd
from cti.config import DEFAULT_CONFIG, Config, load_config, var_dir
from cti.credentials import Credentials, CredentialsError, load_or_create
from cti.media_place import PHRASES, MediaPlace
from cti.ports import Port, conflicts
from ivr.document import DocumentError

TEMPLATES = Path(__file__).resolve().parents[1] / "asterisk-conf"

LATE_S = 2
"""When the engine's heartbeat is so old, whom we have called is let go. It comes twice a second: an engine
may stand still for a second and a half before anybody is let go for nothing."""
LIMITS = "bridge_builtin_interval_features"
"""The module that ends conversations in time: without it a limit would be refused, and the call with it."""
_SAFE = re.compile(r"[A-Za-z0-9_./:,+-]*")


class UnsafeValueError(ValueError):
    """A value that would mean something else inside a configuration file."""


class _Dialplan(str):
    """Dialplan text of our own making: not a value from outside."""

    __slots__ = ()


@dataclass(frozen=True)
class Placement:
    """Where one instance lives, as Asterisk sees it: inside its own root, if it has one."""

    instance: str
    """Directory of the instance; ``etc``, ``lib``, ``log``, ``run`` and ``spool`` are below it, and what
    :mod:`cti.media_place` names."""
    modules: str = "/usr/lib/asterisk/modules"
    data: str = "/usr/share/asterisk"
    """Sounds and music."""
    major: int = 22
    """Asterisk's version."""
    verbose: int = 0
    """How much of the dialplan's steps goes into the log; 0 leaves them out."""


def render(
    config: Config,
    credentials: Credentials,
    target_dir: Path,
    placement: Placement,
    available: Iterable[str] | None = None,
) -> tuple[Path, ...]:
    """Write every configuration file into ``target_dir``; nobody but owner and group may read them.

    ``available`` are the modules that this Asterisk has; without it, all that could be used are named.

    Raises:
        UnsafeValueError: a value could break out of its line. Nothing is written.
        OSError: the directory cannot be written.
    """
    environment = jinja2.Environment(  # noqa: S701 - configuration files; every value goes through _checked
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        finalize=_checked,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    context: dict[str, Any] = {
        "config": config,
        "pbx": config.asterisk,
        "credentials": credentials,
        "place": placement,
        "amd": amd,
        "available": None if available is None else frozenset(available),
        "said": lambda name, otherwise="": _said(placement, name, otherwise or name),
        "whole_limit": _Dialplan("${CTI_MOST}") if available is None or LIMITS in available else None,
        "engine_is_silent": _older_than(config.asterisk.heartbeat_stale_s),
        "engine_is_late": _older_than(LATE_S),
    }
    rendered = {
        name.removesuffix(".j2"): environment.get_template(name).render(context)
        for name in environment.list_templates(extensions=["j2"])
    }
    target_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
    return tuple(_write(target_dir / name, text) for name, text in sorted(rendered.items()))


def ports(config: Config) -> tuple[Port, ...]:
    """The ports Asterisk itself listens on (RTP is taken call by call)."""
    pbx = config.asterisk
    return (
        Port("udp", pbx.sip_host, pbx.sip_port, "asterisk.sip_port"),
        Port("tcp", pbx.sip_host, pbx.sip_port, "asterisk.sip_port"),
        Port("tcp", pbx.host, pbx.ami_port, "asterisk.ami_port"),
    )


def _said(place: Placement, name: str, otherwise: str) -> _Dialplan:
    """The phrase of this name as :mod:`cti.phrases` has it ready in the channel's language, if it has."""
    ready = f"{_checked(place.instance)}/{PHRASES}/${{CHANNEL(language)}}/{name}"
    return _Dialplan(f'${{IF($["${{STAT(e,{ready}.wav)}}" = "1"]?{ready}:{otherwise})}}')


def _older_than(stale_s: int) -> _Dialplan:
    """True when the heartbeat is so old, or from a clock that has since been set back."""
    age = "${STRFTIME(,,%s%3q)} - 0${GLOBAL(CTI_HEARTBEAT)}"  # ms: whole seconds would be late by up to one
    stale_ms = stale_s * 1000
    return _Dialplan(f"{age} >= {stale_ms} | {age} <= -{stale_ms}")


def _checked(value: Any) -> Any:
    """The last gate before a file: a path or a secret is not our own word."""
    if isinstance(value, _Dialplan) or _SAFE.fullmatch(str(value)):
        return value
    raise UnsafeValueError(f"{str(value)!r} must not be put into a configuration file")


def _write(path: Path, text: str) -> Path:
    """Replaced in one step: a running Asterisk that reloads sees the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), 0o640)
        stream.write(text)
    draft.replace(path)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Render the configuration and say which ports it takes, one line each: protocol, host, port, setting."""
    parser = argparse.ArgumentParser(
        prog="python -m cti.pbx_conf", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument(
        "--var", type=Path, help="directory of the secrets file; default CALLWRIGHT_VAR or var"
    )
    parser.add_argument(
        "--to", type=Path, required=True, help="the instance's etc, where the files are written"
    )
    parser.add_argument("--instance", required=True, help="the instance's directory as Asterisk sees it")
    parser.add_argument("--modules", default=Placement.modules, help="the same for Asterisk's modules")
    parser.add_argument("--modules-here", type=Path, help="the modules' directory as we see it")
    parser.add_argument("--data", default=Placement.data, help="sounds and music as Asterisk sees them")
    parser.add_argument("--major", type=int, default=Placement.major, help="Asterisk's version")
    parser.add_argument("--verbose", type=int, default=Placement.verbose, choices=range(11))
    parser.add_argument("--free-ports", action="store_true", help="fail if a port is in use")
    given = parser.parse_args(arguments)
    try:
        config = load_config(given.config)
        var = given.var or var_dir()
        credentials = load_or_create(var / "secrets.json", [a.id for a in config.agents])
        if given.free_ports and (taken := conflicts(ports(config))):
            raise OSError("\n".join(taken))
        placement = Placement(given.instance, given.modules, given.data, given.major, given.verbose)
        available = [m.stem for m in given.modules_here.glob("*.so")] if given.modules_here else None
        render(config, credentials, given.to, placement, available)
        MediaPlace(here=given.to.absolute().parent, there=PurePosixPath(given.instance)).note(var)
    except (DocumentError, CredentialsError, UnsafeValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for port in ports(config):
        print(port.protocol, port.host, port.number, port.setting)
    return 0


if __name__ == "__main__":
    sys.exit(main())
