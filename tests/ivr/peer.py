"""Whoever is at the other end of a line that has no socket."""

import asyncio
from collections.abc import Callable


class Peer(asyncio.Transport):
    """Hands on what is written to him."""

    def __init__(self, hears: Callable[[bytes], None]) -> None:
        super().__init__()
        self._hears = hears
        self.listens = True
        """Whether he may send more."""
        self.untaken = 0
        """Bytes he has not read."""
        self.gone = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._hears(bytes(data))

    def is_closing(self) -> bool:
        return self.gone

    def get_write_buffer_size(self) -> int:
        return self.untaken

    def pause_reading(self) -> None:
        self.listens = False

    def resume_reading(self) -> None:
        self.listens = True

    def abort(self) -> None:
        self.gone = True
