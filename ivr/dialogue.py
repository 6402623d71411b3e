"""A dialogue as flows write it under ``tests``: what a caller does, and what must come of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ivr.names import ALL_KEYS, Language, NodeName, VariableName

SILENCE, HANG_UP = "silence", "hang up"
"""What a caller may do instead of pressing keys."""
MAX_DIALOGUES = 200


def _text(typed: object) -> object:
    """``1`` needs no quotes in a list of keys."""
    return str(typed) if isinstance(typed, int) and not isinstance(typed, bool) else typed


def _keys(typed: str) -> str:
    if typed in (SILENCE, HANG_UP) or (typed and set(typed) <= set(ALL_KEYS)):
        return typed
    raise ValueError(f"must be keys (12#), '{SILENCE}' or '{HANG_UP}'")


Typed = Annotated[
    str,
    Field(max_length=64),
    BeforeValidator(_text, json_schema_input_type=str | int),
    AfterValidator(_keys),
]
Scalar = str | int | float | bool | None


class Dialogue(BaseModel):
    """One scripted call. Whatever is left out is not looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    caller: Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}$")] = "+33100000000"
    dialled: Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}$")] = "8000"
    at: datetime = datetime(2026, 3, 2, 10, 0)
    """When the call begins, by the clock on the wall of the house."""
    customer: dict[Literal["id", "segment", "language", "name"], str] = {}
    """What is known of the caller; nothing: a stranger."""
    lead: Annotated[dict[VariableName, str], Field(max_length=20)] = {}
    """What a campaign's list says of him, ``lead.name`` in the flow; nothing: it is no campaign's call."""
    given: Annotated[dict[NodeName, str | dict[VariableName, Scalar]], Field(max_length=500)] = {}
    """Node → what comes of it: ``refused``, ``closed``, ``failed``; of a lookup also what it finds. By
    default everything goes well."""
    keys: Annotated[tuple[Typed, ...], Field(max_length=200)] = ()
    """What the caller does each time he is asked: keys, silence, or he hangs up. Then he is silent."""
    hears: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    """Prompts (by name or text), in this order, others between them: a part of what is said is enough."""
    passes: Annotated[tuple[NodeName, ...], Field(max_length=200)] = ()
    """Nodes, in this order, others between them."""
    language: Language | None = None
    """What he is spoken to in at the end."""
    sets: dict[VariableName, Scalar] = {}
    """What variables hold at the end."""
    ends: Annotated[str, Field(max_length=100)] | None = None
    """``hung up``, ``queued sales``, ``caller gone``."""
