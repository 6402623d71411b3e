"""What the commands share that ask a running engine: where it is, and with which token."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from api.client import EngineClient, NotAuthorised
from cti.config import load_config, var_dir
from cti.credentials import load_or_create

TOKEN_VARIABLE = "CALLWRIGHT_TOKEN"  # noqa: S105 - its name, not its value

ConfigPath = Annotated[
    Path, typer.Option("--config", envvar="CALLWRIGHT_CONFIG", help="The configuration file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def secrets_file() -> Path:
    """Where the engine keeps its secrets."""
    return var_dir() / "secrets.json"


def client(config_path: Path, *, token_needed: bool = True) -> EngineClient:
    """A client of the engine that a configuration describes.

    Raises:
        NotAuthorised: there is no token to be had here.
    """
    config = load_config(config_path)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token and token_needed:
        if not secrets_file().exists():  # only an engine makes secrets
            raise NotAuthorised(f"no token: {secrets_file()} is not here and {TOKEN_VARIABLE} is not set")
        token = load_or_create(secrets_file(), ()).api_token
    if not re.fullmatch("[!-~]*", token):
        raise NotAuthorised(f"{TOKEN_VARIABLE} holds no token: letters, digits, '_' and '-' only")
    return EngineClient(config.http.host, config.http.port, token)
