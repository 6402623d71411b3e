"""A fax machine: a second private Asterisk, at the trunk's address, that sends pages with its own SendFAX."""

import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cti.config import Config
from cti.media_place import media_place
from tests.asterisk.pbx import PrivateAsterisk

PAGE = Path(__file__).with_name("fax_page.tif")
"""One page, 1728 pixels wide, 163 lines: "CALLWRIGHT FAX 7" over a thick line. As res_fax writes pages: one
that has come over whole has the very same bytes."""

_WIDTH, _LENGTH, _OFFSETS, _COUNTS = 256, 257, 273, 279


@dataclass(frozen=True)
class Page:
    """A page of a TIFF file."""

    width: int
    """In pixels."""
    length: int
    """In lines."""
    picture: bytes
    """As it is compressed."""


def pages(file: bytes) -> list[Page]:
    """The pages of a fax as Asterisk writes it: little-endian, one strip each."""
    assert file[:4] == b"II*\0"
    found, at = list[Page](), struct.unpack_from("<I", file, 4)[0]
    while at:
        (count,) = struct.unpack_from("<H", file, at)
        tags = {}
        for entry in range(count):
            tag, kind, _, value = struct.unpack_from("<HHII", file, at + 2 + 12 * entry)
            tags[tag] = value & 0xFFFF if kind == 3 else value
        begins = tags[_OFFSETS]
        found.append(Page(tags[_WIDTH], tags[_LENGTH], file[begins : begins + tags[_COUNTS]]))
        (at,) = struct.unpack_from("<I", file, at + 2 + 12 * count)
    return found


class FaxMachine:
    """Sends :data:`PAGE`. ``directory`` becomes its data directory."""

    def __init__(self, directory: Path) -> None:
        self._asterisk = PrivateAsterisk(directory, {"asterisk": {"sip_host": "127.0.0.2"}})
        self._page = ""

    def __enter__(self) -> Self:
        self._asterisk.start()
        self._asterisk.cli("module load res_clioriginate.so")
        place = media_place(self._asterisk.var)
        page = place.fax / PAGE.name
        shutil.copyfile(PAGE, page)
        page.chmod(0o644)
        self._page = place.for_asterisk(page)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asterisk.stop()

    def sends(self, to: Config, number: str, *, as_sound: bool) -> None:
        """Call a number of a house and send the page, over T.38 or as sound; the end is not awaited."""
        pbx = to.asterisk
        how = ",F" if as_sound else ""
        called = f"PJSIP/carrier/sip:{number}@{pbx.sip_host}:{pbx.sip_port}"
        self._asterisk.cli(f"channel originate {called} application SendFAX {self._page}{how}")
