"""Asking Asterisk for variables of many channels in few writes."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from cti.ami_connection import ActionFailed, ActionUnconfirmed, Answer, Message

AT_ONCE = 50
"""Channels whose variables are asked for in one write."""
GONE = "No such channel"
"""How Asterisk refuses to speak of a channel that has ended."""


class Asking(Protocol):
    """The part of the link this needs."""

    async def act_list(
        self, name: str, headers: Iterable[tuple[str, str]] = (), *, timeout_s: float | None = None
    ) -> list[Message]:
        """The items of a list."""
        ...

    def act_pipelined(
        self, actions: list[tuple[str, list[tuple[str, str]]]], *, timeout_s: float | None = None
    ) -> asyncio.Future[list[Answer]]:
        """The outcomes of several actions."""
        ...


async def variables_of(link: Asking, uids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What these variables hold, by channel; without the channels that have ended meanwhile.

    Raises:
        LinkDown, ActionFailed, ActionUnconfirmed: Asterisk did not answer; nothing is known.
    """
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(uids), AT_ONCE):
        some = uids[start : start + AT_ONCE]
        answers = await link.act_pipelined(
            [("Getvar", [("Channel", uid), ("Variable", name)]) for uid in some for name in names]
        )
        for at, uid in enumerate(some):
            values = [_value(answer) for answer in answers[at * len(names) : (at + 1) * len(names)]]
            known = [value for value in values if value is not None]
            if len(known) == len(values):  # else he hung up since
                found[uid] = dict(zip(names, known, strict=True))
    return found


def _value(answer: Answer) -> str | None:
    """A variable's value, None when its channel has ended. Other trouble says nothing about the caller."""
    if isinstance(answer, ActionFailed) and answer.message.startswith(GONE):
        return None
    if isinstance(answer, ActionFailed | ActionUnconfirmed):
        raise answer
    return answer.get("Value", "")
