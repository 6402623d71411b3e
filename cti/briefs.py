"""A brief as it goes with a channel: in letters that no dialplan, AMI or AGI makes anything of."""

import base64
import binascii
import json
from dataclasses import replace

from acd.brief import NOTHING, Brief, Datum, problem
from acd.instant import Span, seconds

NONE = "-"
"""Nothing goes with him."""
LONGEST_PATIENCE = seconds(24 * 3600)
MOST_WRITTEN = 1000
"""Asterisk answers for a channel's variable with no more than 1,023 characters."""


def written(brief: Brief) -> str:
    """The brief in letters, digits, ``-`` and ``_``. Data that find no room are left out, the last first:
    they are told and kept elsewhere, and only a restart of the engine would have to read them from here.
    """
    if brief == NOTHING:
        return NONE
    text = _written(brief)
    while len(text) > MOST_WRITTEN:
        brief = replace(brief, data=brief.data[:-1])
        text = _written(brief)
    return text


def read(text: str) -> Brief:
    """What :func:`written` wrote; nothing for whatever else it may be."""
    if text in ("", NONE) or len(text) > MOST_WRITTEN:
        return NOTHING
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        requires, data, returns, language, patience = json.loads(decoded)
        brief = Brief(
            requires=_text(requires),
            data=tuple(Datum(name=_text(name), value=_text(value)) for name, value in data),
            patience=Span(max(0, min(int(patience), LONGEST_PATIENCE))),
            returns=returns is True,
            language=_text(language),
        )
    except (binascii.Error, ValueError, TypeError, RecursionError):
        return NOTHING
    return NOTHING if problem(brief) is not None else brief


def _written(brief: Brief) -> str:
    data = [[one.name, one.value] for one in brief.data]
    content = [brief.requires, data, brief.returns, brief.language, brief.patience]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode("ascii").rstrip("=")


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError("no text")
    return given
