"""Databases as such: which kinds there are, how each is reached, how its tables are brought up to date."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosqlite
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection) -> None:
    """Bring the tables up to date."""
    config = AlembicConfig(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


async def _connect_sqlite(*args: Any, **kwargs: Any) -> aiosqlite.Connection:
    """Connect. aiosqlite does not wait for its thread when that fails, so the thread may outlive the loop."""
    connection = aiosqlite.connect(*args, **kwargs)
    connection._thread.daemon = True
    try:
        return await connection
    except BaseException:
        connection._thread.join()  # told to stop already: a matter of microseconds
        raise


CONNECT_ARGS: Mapping[str, dict[str, Any]] = {
    "sqlite+aiosqlite": {"timeout": 2, "async_creator_fn": _connect_sqlite},
    "postgresql+asyncpg": {"timeout": 5, "command_timeout": 10},
}
"""By driver we know: how long a lock, a connection and a statement are waited for, in seconds."""


def engine_at(url: URL) -> AsyncEngine:
    """Connections to one database, made when they are needed."""
    driver = url.drivername
    engine = create_async_engine(
        url,
        connect_args=CONNECT_ARGS[driver],
        json_serializer=json.JSONEncoder(separators=(",", ":")).encode,
        pool_pre_ping=driver.startswith("postgresql"),
    )
    if driver.startswith("sqlite"):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not stop the writer, nor he them
    cursor.execute("PRAGMA synchronous=FULL")  # the journal forgets what is committed: commits must last
    cursor.close()


def reason_of(error: BaseException) -> str:
    """What a driver or the database said went wrong, on one line."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split())
    return text or type(cause).__name__
