"""How things are named in flows, and what may be written where."""

import re
from keyword import iskeyword
from typing import Annotated

from pydantic import AfterValidator, Field

from acd.brief import LONGEST_NAME
from acd.requirement import Requirement

MAX_PROMPTS = 20
"""The most prompts in one list of a node."""
ALL_KEYS = "0123456789*#"
"""The keys of a telephone, as one text."""

FlowName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
NodeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
CalendarName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$", max_length=32)]
DispositionName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
MailboxName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
GIVEN_VARIABLES = ("caller", "customer", "dialled", "flow", "language", "lead")
"""Variables, or the beginnings of dotted ones, that every flow is given and none can set."""


def _can_be_read(name: str) -> str:
    if name in GIVEN_VARIABLES:
        raise ValueError(f"'{name}' is given and cannot be set")
    if iskeyword(name) or name in {"true", "false", "none"}:
        raise ValueError(f"'{name}' means something else in expressions")
    return name


VariableName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64), AfterValidator(_can_be_read)
]
"""A variable of a flow's own."""
DatumName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=LONGEST_NAME)]
"""What something is called that goes with a caller to the agent's screen."""
PromptName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_/-]*$", max_length=100)]
"""A sound file of Asterisk's, without language and extension: ``hello``, ``digits/1``."""
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
Language = Annotated[str, Field(pattern=f"^{LANGUAGE.pattern}$")]
"""As Asterisk writes it: ``en``, ``zh``, ``pt_BR``."""

PromptNames = Annotated[tuple[PromptName, ...], Field(max_length=10)]
"""Prompts where only names may be given: in the rules of queues. One order to Asterisk holds their sounds."""
Retries = Annotated[int, Field(strict=True, ge=0, le=10)]
FinishKeys = Annotated[str, Field(pattern=r"^[0-9*#]*$", max_length=12)]
"""Keys that end what a caller is saying; empty: none does."""
Seconds = Annotated[float, Field(strict=True, ge=0.5, le=60, allow_inf_nan=False)]


def _requirement(text: str) -> str:
    Requirement.parse(text)
    return text


Requires = Annotated[str, AfterValidator(_requirement)]
"""Which skills are asked of an agent; see :mod:`acd.requirement`."""

Place = tuple[str | int, ...]
"""Where something is written inside a node: keys and list positions."""
