"""A campaign's line as AMI actions: a pair of Local channels, like a callback's (:mod:`cti.callback_lines`).

One half bears the attempt's name; whoever answers is talked with there, from the dialplan's ``campaign``
on. The other half is the way outside, ``campaign-out``, where the allow-list is asked once more. Neither
what may ring nor what may run is in an order: contexts of our own are named, never an application.

What a restart must find again goes with both halves as variables, in letters nobody makes anything of: a
lead's name comes from somebody's file.
"""

import base64
import binascii
import re
from dataclasses import replace

from acd.ids import CallId
from acd.instant import in_seconds
from acd.orders import DialCustomer, RingAgentForCallback
from acd.tables import Tables
from cti import amd, dial_gate
from cti.callback_lines import CODEC, HOLD_S, Action, NotAllowed
from cti.names import call_name, outside_leg
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed
from dialer.ids import AttemptId, LeadId
from dialer.orders import PlaceLine
from dialer.tables import DialerTables
from ivr.names import LANGUAGE

MOST_LEAD_NAME = 200
"""Bytes; written in a third more letters. Asterisk takes no line much longer than a thousand."""
MOST_ALONE = 800
"""Letters of the files that are played when the engine is gone."""

_SHOWN = re.compile(r"\+?[0-9]{1,32}")
_FILES = re.compile(r"[A-Za-z0-9/._-]+(?:&[A-Za-z0-9/._-]+)*")
_PLAIN = re.compile(r"[A-Za-z0-9._-]{0,64}")


class NoLine(ValueError):
    """An order whose words cannot go into a line as they are."""


def request_of(order: PlaceLine) -> DialRequest:
    """What an order asks of the gate."""
    return DialRequest(
        attempt_id=order.attempt_id,
        number=order.number,
        purpose=Purpose.CAMPAIGN,
        ring_for=order.ring_for,
        campaign_id=order.campaign_id,
        lead_id=order.lead_id,
        lead_zone=order.zone,
        elsewhere=order.elsewhere,
        pool=order.pool,
        profile=order.profile,
        asked_at=order.asked_at,
        agent_guaranteed=order.agent_guaranteed,
    )


def in_campaign(request: DialRequest, call_id: CallId, t: DialerTables) -> DialRequest:
    """What is asked of the gate when an agent calls somebody of his campaign by his own telephone: by the
    campaign's profile and lists, and noted by its attempt's name. Other calls are asked for as they are.
    """
    line = t.lines.get(AttemptId(call_id))
    if line is None:
        return request
    campaign, pursuit = t.of_line(line)
    return replace(
        request,
        attempt_id=line.attempt_id,
        purpose=Purpose.MANUAL if pursuit is None else Purpose.CAMPAIGN,
        campaign_id=line.campaign_id,
        lead_id=None if pursuit is None else pursuit.lead_id,
        lead_zone=None if pursuit is None else pursuit.lead.zone,
        elsewhere=line.place < 0,
        pool=campaign.rules.pool,
        profile=campaign.rules.profile,
    )


def asked_of_gate(
    order: RingAgentForCallback | DialCustomer, acd: Tables, campaigns: DialerTables
) -> DialRequest | None:
    """What an order about a callback asks of the gate; None: it was for an agent's call, which is over."""
    callback = acd.callbacks.get(order.call_id)
    for_agent = callback is not None and callback.dial_for is not None
    if for_agent and AttemptId(order.call_id) not in campaigns.lines:
        return None
    return in_campaign(dial_gate.request_of(order), order.call_id, campaigns)


def answers_by_itself(call_id: CallId, t: DialerTables) -> bool:
    """Whether a campaign wants the phone to, of an agent who has asked for a call of its."""
    line = t.lines.get(AttemptId(call_id))
    return line is not None and t.campaigns[line.campaign_id].rules.auto_answer


def actions(order: PlaceLine, allowed: Allowed, *, alone: str = "") -> list[Action]:
    """What to tell Asterisk, with the gate's word for this very attempt. ``alone``: files that are played to
    who answers when the engine is gone; left out when they could be anything else.

    Raises:
        NotAllowed: the word is about another attempt, or another number.
        NoLine: a name in it is none that can be told to Asterisk.
    """
    given = allowed.request
    if (given.attempt_id, given.number) != (order.attempt_id, order.number):
        raise NotAllowed(f"{given.number} was allowed for {given.attempt_id}, not this")
    if call_name(outside_leg(order.attempt_id)) is None:
        raise NoLine(f"{order.attempt_id!r} is no name for a line")
    ring_s = max(1, round(in_seconds(order.ring_for)))
    kept = {"__CTI_CALL": order.attempt_id, **_variables(order, allowed, ring_s)}
    if len(alone) <= MOST_ALONE and _FILES.fullmatch(alone):
        kept["CTI_ALONE"] = alone
    # The second carrier is asked only when nothing rang at the first: twice the time is more than enough.
    within_ms = (2 * ring_s + HOLD_S) * 1000
    return [
        (
            "Originate",
            [
                ("Channel", f"Local/{order.number}@campaign-out/n"),
                ("ChannelId", order.attempt_id),
                ("OtherChannelId", outside_leg(order.attempt_id)),
                ("Context", "campaign"),
                ("Exten", "s"),
                ("Priority", "1"),
                ("CallerID", f"<{order.number}>"),
                ("Timeout", str(within_ms)),
                ("Async", "true"),
                ("Codecs", CODEC),
                *(("Variable", f"{name}={value}") for name, value in kept.items()),
            ],
        )
    ]


def close(attempt_id: AttemptId) -> Action:
    """Close a line; its other half and every telephone on it go too."""
    return ("Hangup", [("Channel", attempt_id)])


def lead_written(lead_id: LeadId) -> str:
    """A lead's name as it goes with a line.

    Raises:
        NoLine: it is too long.
    """
    name = lead_id.encode("utf-8", "surrogatepass")
    if len(name) > MOST_LEAD_NAME:
        raise NoLine(f"a lead's name of {len(name)} bytes")
    return base64.urlsafe_b64encode(name).decode("ascii").rstrip("=")


def lead_read(text: str) -> LeadId | None:
    """What :func:`lead_written` wrote; None for whatever else it may be."""
    try:
        name = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return LeadId(name.decode("utf-8", "surrogatepass")) if 0 < len(name) <= MOST_LEAD_NAME else None
    except (binascii.Error, ValueError):
        return None


def _variables(order: PlaceLine, allowed: Allowed, ring_s: int) -> dict[str, str]:
    """No leading underscores: only the two halves bear these, not the telephones on them."""
    shown = allowed.caller_id or ""
    if shown and not _SHOWN.fullmatch(shown):
        raise NoLine(f"{shown!r} cannot be shown")
    named = {
        "CTI_CAMPAIGN": order.campaign_id,
        "CTI_DIALLED": order.campaign_id,  # in a caller's place: what he has dialled
        "CTI_CLASS": order.call_class.value,
    }
    for name, value in named.items():
        if not _PLAIN.fullmatch(value):
            raise NoLine(f"{name}: {value!r} cannot go with a line")
    return {
        **named,
        "CTI_LANGUAGE": order.language if LANGUAGE.fullmatch(order.language) else "",
        "CTI_ATTEMPT": order.attempt_id,
        "CTI_LEAD": lead_written(order.lead_id),
        "CTI_NUMBER": order.number,
        "CTI_DIAL": str(ring_s),
        "CTI_SHOWN": shown,
        **amd.variables(order.machine),
        "CTI_AUTO_ANSWER": "yes" if order.auto_answer else "",
    }
