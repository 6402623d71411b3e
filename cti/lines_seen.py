"""Asking Asterisk which lines of campaigns there are, and how far each of them is."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cti.ami_connection import Message
from cti.asking import Asking, variables_of
from cti.campaign_lines import lead_read
from cti.line_signals import PARTIES, line_on
from cti.names import campaign_name
from cti.translate import number
from dialer.attempt import AttemptState, Party
from dialer.ids import AttemptId
from dialer.signals import LiveLine

log = logging.getLogger(__name__)

VARIABLES = ("CTI_CAMPAIGN", "CTI_LEAD", "CTI_NUMBER", "CTI_PARTY")
DIALLING = "campaign-out"
"""The dialplan's context in which the half with the name stays until somebody answers."""
OWN = "campaign"
"""How the contexts begin in which a line is the dialer's alone; beyond them it is like any caller's."""

_TALKING = frozenset({"connect", "connect-several"})
_PERSON = (Party.PERSON, Party.UNSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLine:
    """A line, and whose it is now."""

    line: LiveLine
    is_call: bool
    """Whether whoever answered is the ACD's by now, like any caller."""


async def lines_among(
    link: Asking, channels: Sequence[Message], wanted: Collection[AttemptId] | None = None
) -> dict[AttemptId, SeenLine]:
    """The lines among these channels: all of them, or those wanted.

    Raises:
        LinkDown, ActionFailed, ActionUnconfirmed: Asterisk did not answer; nothing is known.
    """
    theirs: dict[AttemptId, Message] = {}
    for channel in channels:
        line = line_on(channel)
        if line is not None and (wanted is None or line in wanted):
            theirs[line] = channel
    variables = await variables_of(link, [*theirs], VARIABLES)
    found: dict[AttemptId, SeenLine] = {}
    for line, channel in theirs.items():
        if (one := _seen(line, channel, variables.get(line))) is not None:
            found[line] = one
    return found


def _seen(line: AttemptId, channel: Message, variables: Mapping[str, str] | None) -> SeenLine | None:
    if variables is None:
        return None
    campaign, lead = campaign_name(variables["CTI_CAMPAIGN"]), lead_read(variables["CTI_LEAD"])
    if campaign is None or lead is None:
        log.warning("a line %s of nobody's: %s", line, variables)
        return None
    context, party = channel.get("Context", ""), PARTIES.get(variables["CTI_PARTY"])
    return SeenLine(
        line=LiveLine(
            attempt_id=line,
            campaign_id=campaign,
            lead_id=lead,
            state=_state(channel, context, party),
            number=number(variables["CTI_NUMBER"]),
        ),
        is_call=party in _PERSON or not context.startswith(OWN),
    )


def _state(channel: Message, context: str, party: Party | None) -> AttemptState:
    if context == DIALLING:
        by_state = {"Ringing": AttemptState.RINGING, "Up": AttemptState.ANSWERED}
        return by_state.get(channel.get("ChannelStateDesc", ""), AttemptState.PLACED)
    if context.startswith(OWN):
        if party in _PERSON:
            return AttemptState.PERSON
        return AttemptState.ANSWERED if party is None else AttemptState.MACHINE
    if context in _TALKING and channel.get("BridgeId"):
        return AttemptState.CONNECTED
    return AttemptState.PERSON
