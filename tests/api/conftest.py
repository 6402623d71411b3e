"""An engine without a PBX, its application and an authorised client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from tests.api.fake_engine import TOKEN, FakeEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[FakeEngine]:
    made = FakeEngine(tmp_path)
    await made.store.open()
    yield made
    await made.store.close()


@pytest.fixture
async def app(engine: FakeEngine) -> AsyncIterator[FastAPI]:
    made = create_app(engine)
    running = asyncio.create_task(engine.runtime.run())
    await engine.connects()
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://engine") as client:
        yield client


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://engine",
        headers={"Authorization": f"Bearer {TOKEN}"},
    ) as client:
        yield client
