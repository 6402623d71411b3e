"""Whom a campaign's line reached while no engine was there: the dialplan writes each down, in a file of the
attempt's name, before it says it is sorry.

The law counts them, and nobody else saw them: when the engine looks again, their lines are gone.
"""

import logging
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from cti.campaign_lines import lead_read
from cti.media_place import MediaPlace, MediaPlaceError
from cti.names import attempt_name, campaign_name
from cti.translate import number
from dialer.attempt import AttemptState
from dialer.ids import AttemptId
from dialer.signals import LiveLine

log = logging.getLogger(__name__)

MOST = 10_000
"""More are not written, either."""
MOST_BYTES = 1_000


class LeftAlone:
    """The files of one Asterisk."""

    def __init__(self, place: Callable[[], MediaPlace]) -> None:
        self._place = place

    def found(self) -> tuple[LiveLine, ...]:
        """Everybody who is written down, as a line on which a person was. Blocks."""
        try:
            files = sorted(islice(self._place().alone.iterdir(), MOST))
            return tuple(line for file in files if (line := _read(file)) is not None)
        except FileNotFoundError:
            return ()
        except (OSError, MediaPlaceError) as error:
            log.warning("who was left alone cannot be read: %s", error)
            return ()

    def forget(self, attempts: Iterable[AttemptId]) -> None:
        """They are in the journal. Blocks."""
        try:
            for attempt_id in attempts:
                (self._place().alone / attempt_id).unlink(missing_ok=True)
        except (OSError, MediaPlaceError) as error:
            log.warning("who was left alone stays written down: %s", error)


def _read(file: Path) -> LiveLine | None:
    """None of what is no such file, or none yet."""
    attempt_id = attempt_name(file.name)
    if attempt_id is None or file.is_symlink() or not file.is_file():
        return None
    with file.open("rb") as stream:
        words = stream.read(MOST_BYTES).decode("ascii", "replace").split()
    if len(words) != 3:
        return None
    campaign, lead = campaign_name(words[0]), lead_read(words[1])
    if campaign is None or lead is None:
        return None
    return LiveLine(
        attempt_id=attempt_id,
        campaign_id=campaign,
        lead_id=lead,
        state=AttemptState.PERSON,
        number=number(words[2]),
    )
