"""The secrets of one installation: made once, kept in a file that only its owner can read."""

import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SECRET_BYTES = 24
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")
_MAX_FILE_BYTES = 4_194_304


class CredentialsError(Exception):
    """The secrets file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets of letters, digits, ``_`` and ``-`` only, so that any configuration file can hold them."""

    ami_secret: str = field(repr=False)
    api_token: str = field(repr=False)
    phone_secrets: Mapping[str, str] = field(repr=False)
    """The password of each agent's phone."""


def load_or_create(path: Path | str, agent_ids: Iterable[str]) -> Credentials:
    """The secrets in ``path``, with one for each agent's phone; what is missing is made and written.

    Secrets of agents who are not named stay in the file: whoever comes back keeps his phone's settings.

    Raises:
        CredentialsError: others may read the file, or it is damaged, or it cannot be written.
    """
    path, agents = Path(path), tuple(agent_ids)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(path.parent):
            kept = _read(path)
            phones = dict(kept.get("phone_secrets", {}))
            phones |= {agent: _new_secret() for agent in agents if agent not in phones}
            ami_secret = kept.get("ami_secret") or _new_secret()
            api_token = kept.get("api_token") or _new_secret()
            complete = {"ami_secret": ami_secret, "api_token": api_token, "phone_secrets": phones}
            if complete != kept:
                _write(path, complete)
    except OSError as error:
        raise CredentialsError(f"{path}: cannot be used: {error.strerror}") from None
    return Credentials(ami_secret, api_token, {agent: phones[agent] for agent in agents})


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """One writer at a time: two programs that start together must agree on the secrets."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(path: Path) -> dict[str, Any]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return {}
    with os.fdopen(handle, "rb") as stream:
        mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
        if mode & 0o077:
            raise CredentialsError(
                f"{path}: others may read it (mode {mode:03o}). If nobody did: chmod 600 {path}; "
                "else delete it, and new secrets are made"
            )
        content = stream.read(_MAX_FILE_BYTES + 1)
    try:
        kept = json.loads(content) if len(content) <= _MAX_FILE_BYTES else None
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict) or not _is_whole(kept):
        raise CredentialsError(f"{path}: is damaged; delete it, and new secrets are made")
    return kept


def _is_whole(kept: Mapping[str, Any]) -> bool:
    if not kept.keys() <= {"ami_secret", "api_token", "phone_secrets"}:
        return False
    phones = kept.get("phone_secrets", {})
    if not isinstance(phones, dict):
        return False
    found = [*(value for key, value in kept.items() if key != "phone_secrets"), *phones.values()]
    return all(isinstance(secret, str) and _SECRET.fullmatch(secret) for secret in found)


def _write(path: Path, complete: Mapping[str, Any]) -> None:
    """Replaced in one step, so a power cut leaves the old secrets or the new ones."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            os.fchmod(stream.fileno(), 0o600)
            json.dump(complete, stream, indent=2)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
