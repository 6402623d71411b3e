"""The databases that contracts are kept on: SQLite, and a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cti.store import Store
from tests.contract.servers import PrivatePostgres, running


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    """One for each contract, with a database for each test: all of them in one took minutes to be removed."""
    server = PrivatePostgres()
    with running(server):
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}"
    server: PrivatePostgres = request.getfixturevalue("postgres")
    return await server.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """A store in it, open."""
    opened = Store(url)
    await opened.open()
    yield opened
    await opened.close()
