"""A campaign's rules as JSON and back: the text in which they stand in the journal, complete."""

from functools import cache

from pydantic import TypeAdapter, ValidationError

from dialer.campaign import CampaignRules

MOST_CHARACTERS = 1_048_576
"""Of one campaign's rules; more is not read."""


class UnreadableCampaign(ValueError):
    """JSON that is no campaign's rules; it was written by another version of ours, or by nobody of ours."""


@cache
def _adapter() -> TypeAdapter[CampaignRules]:
    return TypeAdapter(CampaignRules)


def to_json(rules: CampaignRules) -> str:
    """Everything, defaults written out; spans in microseconds."""
    return _adapter().dump_json(rules).decode("utf-8")


def from_json(text: str) -> CampaignRules:
    """What :func:`to_json` wrote. A field with a default may be missing, nothing may be added.

    Raises:
        UnreadableCampaign: it is something else; whatever the text, nothing else is raised.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableCampaign(f"it is longer than {MOST_CHARACTERS} characters")
    try:
        return _adapter().validate_json(text.encode("utf-8", "replace"), strict=True, extra="forbid")
    except ValidationError as error:
        told = [f"{_dotted(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False)[:5]]
        raise UnreadableCampaign("; ".join(told)) from None


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "campaign"
