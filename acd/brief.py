"""A brief: what a flow hands on with its caller, for whoever takes him and for what comes after."""

import re
from dataclasses import dataclass, replace

from acd.instant import Span
from acd.requirement import Requirement, RequirementError

MOST_DATA = 10
LONGEST_NAME = 32
LONGEST_VALUE = 200
"""Characters."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """Something the flow learnt, for the agent's screen. Never a secret: it is told, kept and shown."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What goes with a caller from queue to queue, into his callback, and over a restart of the engine."""

    requires: str = ""
    """What he requires of his agent beyond what his queue does, as :mod:`acd.requirement` writes it; nothing
    by itself. It never relaxes."""
    data: tuple[Datum, ...] = ()
    language: str = ""
    """What he is spoken to in, ``zh``; empty: English."""
    patience: Span = Span(0)
    """How long he waits at most in the queue he comes to, before he is back in his flow; nothing: as long as
    the queue has him."""
    returns: bool = False
    """Whether his flow takes him back when the agent has hung up and he has not."""

    @property
    def requirement(self) -> Requirement | None:
        """What he requires himself; None when nothing.

        Raises:
            RequirementError: that makes no sense.
        """
        return Requirement.parse(self.requires) if self.requires else None

    def for_callback(self) -> "Brief":
        """The same for the call by which he is called back: no flow waits for him there."""
        return replace(self, patience=Span(0), returns=False)


NOTHING = Brief()


def problem(brief: Brief) -> str | None:
    """Why a brief cannot be taken on; None when it can."""
    try:
        _ = brief.requirement
    except RequirementError as error:
        return f"what he requires makes no sense: {error}"
    if brief.language and not _LANGUAGE.fullmatch(brief.language):
        return f"{brief.language!r} is no language"
    if brief.patience < 0:
        return "he waits for less than no time"
    if len(brief.data) > MOST_DATA:
        return f"more than {MOST_DATA} data go with him"
    if any(len(one.name) > LONGEST_NAME or len(one.value) > LONGEST_VALUE for one in brief.data):
        return f"a datum is longer than {LONGEST_VALUE} characters, or its name than {LONGEST_NAME}"
    return None
