"""``hours``: whether it is open."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from ivr.back import Back
from ivr.happenings import HoursAre
from ivr.names import CalendarName, NodeName, Place
from ivr.nodes.node import Node, Outside
from ivr.steps import AskHours
from ivr.talk import Run, Talk


class HoursNode(Node):
    """Goes by the opening hours of one of the rules' calendars."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["hours"]
    hours: CalendarName
    open: NodeName
    closed: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Open or closed."""
        yield ("open",), self.open
        yield ("closed",), self.closed

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The calendar."""
        yield ("hours",), Outside.CALENDAR, self.hours

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask for the hours now."""
        happening = yield AskHours(calendar=self.hours)
        assert isinstance(happening, HoursAre), "nothing else ends this step"
        talk.note(result=f"{'open' if happening.open else 'closed'}{happening.why and ': ' + happening.why}")
        return self.open if happening.open else self.closed
