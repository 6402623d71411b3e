"""Fixtures of the stories about telephones."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.demo.line import Line, a_line


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    before = asyncio.all_tasks()
    async with a_line() as line:
        yield line
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, "a closed endpoint leaves no task behind"
