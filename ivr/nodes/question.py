"""What kinds of nodes that ask for something by keys have in common."""

from collections.abc import Collection
from typing import ClassVar

from ivr.names import ALL_KEYS, Retries, Seconds
from ivr.nodes.node import Node
from ivr.prompts import Prompts, SomePrompts
from ivr.talk import Asking, Talk


class Question(Node):
    """Asks the caller for something. Any key interrupts the prompts."""

    asks: ClassVar[bool] = True
    while_waiting: ClassVar[bool] = True

    prompts: SomePrompts
    timeout_s: Seconds
    """How long to wait for a key once the prompts are over, in seconds."""
    retries: Retries
    """How many times it is asked again after a wrong answer or silence."""
    invalid_prompts: Prompts = ()
    """Played after a wrong answer, before it is asked again."""
    timeout_prompts: Prompts = ()
    """Played after silence, before it is asked again."""

    def ask_for_one_of(
        self, talk: Talk, keys: Collection[str], interrupted_by: str = ALL_KEYS
    ) -> Asking[str | None]:
        """Ask until one of ``keys`` is pressed; None: all tries are over. After a wrong key what was typed
        behind it is forgotten: it was meant for another question."""
        prompts = self.prompts
        if talk.late_key in keys:
            talk.late_key = None  # here it means something
        for left in range(self.retries, -1, -1):
            key = yield from talk.ask_key(prompts, self.timeout_s, interrupted_by)
            if key is not None and key in keys:
                talk.note(key=key, result="chosen", answered=True)
                return key
            talk.note_failure(key, silent=key is None, more=left > 0)
            talk.forget_keys()
            prompts = (self.timeout_prompts if key is None else self.invalid_prompts) + self.prompts
        return None
