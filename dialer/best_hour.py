"""At which hour of their day the people of a list answer: learnt from every line that rang to its end.

It steers one thing: who is to be tried again, and has rested enough, is tried in the best of the next hours
if one is known to be clearly better than the first. In hours that the law closes nothing is ever learnt, so
none of them is ever chosen.
"""

from acd.instant import Instant, Span, seconds
from dialer.ids import ListId
from dialer.wall import hour_of_day, next_minute

HOURS_AHEAD = 6
"""How much later than he could be tried somebody is tried at most."""
ENOUGH = 30
"""Lines of an hour before it is believed."""
CLEARLY = 1.25
"""So many times as often they must answer in it as in the first hour that is possible."""
MEMORY = 2_000.0
"""Lines of an hour that are remembered; older ones count less."""
_HOUR = seconds(3_600)


class BestHour:
    """What is known of one campaign's lists."""

    __slots__ = ("_lists",)

    def __init__(self) -> None:
        self._lists: dict[ListId, list[tuple[float, float]]] = {}
        """By hour of the day: lines, and those of them that a person answered."""

    def observe(self, list_id: ListId, hour: int, *, answered: bool) -> None:
        """A line that was placed in this hour of his day rang to its end."""
        hours = self._lists.setdefault(list_id, [(0.0, 0.0)] * 24)
        tried, reached = hours[hour]
        kept = 1.0 - 1.0 / MEMORY
        hours[hour] = (tried * kept + 1.0, reached * kept + answered)

    def rate(self, list_id: ListId, hour: int) -> float | None:
        """The share who answer in this hour; None: not enough is known."""
        hours = self._lists.get(list_id)
        if hours is None or hours[hour][0] < ENOUGH:
            return None
        tried, reached = hours[hour]
        return reached / tried

    def moment(self, list_id: ListId, zone: str | None, earliest: Instant) -> Instant:
        """When somebody is best tried who may be from ``earliest`` on: then, or when a better hour begins."""
        first = self.rate(list_id, hour_of_day(earliest, zone))
        if first is None:
            return earliest
        best, moment = first * CLEARLY, earliest
        for ahead in range(1, HOURS_AHEAD + 1):
            hour = hour_of_day(Instant(earliest + Span(ahead * _HOUR)), zone)
            rate = self.rate(list_id, hour)
            if rate is not None and rate > best:
                best, moment = rate, next_minute(earliest, zone, hour * 60)
        return moment
