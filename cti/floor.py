"""The floor: the pure cores joined behind the same three doors. Today the ACD alone."""

from acd.commands import AdoptRules
from acd.engine import Acd
from acd.events import Refused
from acd.instant import Instant
from acd.rules import Rules
from acd.tables import Tables
from cti.messages import Input, Output, is_dialer_command, is_for_dialer
from cti.rules import people_of, rules_of
from cti.rules_document import UnreadableRules, from_json


class Floor:
    """What a shell drives. Not a single await; the shell alone knows the time."""

    def __init__(self, rules: Rules) -> None:
        self._acd = Acd(rules)

    @property
    def tables(self) -> Tables:
        """The present, for views; consistent whenever no door is open."""
        return self._acd.tables

    def handle(self, message: Input, at: Instant) -> tuple[Output, ...]:
        """Apply one message; see :meth:`acd.engine.Acd.handle`."""
        if isinstance(message, AdoptRules):
            return self._adopt(message, at)
        if is_for_dialer(message):
            refused = (Refused(reason="nothing is dialled here"),) if is_dialer_command(message) else ()
            return (*self._acd.advance(at), *refused)
        return self._acd.handle(message, at)

    def next_deadline(self) -> Instant | None:
        """When :meth:`advance` has something to do."""
        return self._acd.next_deadline()

    def advance(self, to: Instant) -> tuple[Output, ...]:
        """Let time pass until ``to``."""
        return self._acd.advance(to)

    def _adopt(self, command: AdoptRules, at: Instant) -> tuple[Output, ...]:
        """New rules for the people who are here."""
        rules = self.tables.rules
        try:
            document = from_json(command.document)
        except UnreadableRules as unreadable:
            return (*self._acd.advance(at), Refused(reason=f"the rules cannot be read: {unreadable}"))
        new = rules_of(people_of(rules), document, rules.run, rules.outside)
        return self._acd.adopt(new, command.version, at)
