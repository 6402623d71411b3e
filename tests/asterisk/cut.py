"""A cable between the engine and AMI: bytes go through until somebody cuts it."""

import asyncio
import contextlib


class Cable:
    """Forwards TCP to one place. Cutting it ends every connection at once and refuses new ones."""

    def __init__(self) -> None:
        self._far: tuple[str, int] = ("", 0)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._whole = True
        self.port = 0

    async def lay(self, far: tuple[str, int]) -> int:
        """Connect to ``far``; the near end's port on loopback."""
        self._far = far
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def cut(self) -> None:
        """From here on nothing goes through."""
        self._whole = False
        await self._hang_up()

    def mend(self) -> None:
        """New connections go through again."""
        self._whole = True

    async def close(self) -> None:
        """Take it away."""
        if self._server is not None:
            self._server.close()
        await self._hang_up()

    async def _hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_writer: asyncio.StreamWriter | None = None
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._far)
            async with asyncio.TaskGroup() as group:
                there = group.create_task(_pump(reader, far_writer))
                back = group.create_task(_pump(far_reader, writer))
                await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
                there.cancel()
                back.cancel()
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
