"""Names of calls, offers and agents in Asterisk's words: what can be one, and nothing else."""

import re

from acd.ids import AgentId, CallId, OfferId
from dialer.ids import AttemptId, CampaignId

_CALL = re.compile(r"[A-Za-z0-9._:-]{1,149}")  # 149: what Asterisk allows its unique ids
_OFFER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CAMPAIGN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PHONE = re.compile(r"PJSIP/([a-z][a-z0-9-]{0,30}[a-z0-9])")


def call_name(text: str) -> CallId | None:
    """A call's name, if this can be one."""
    return CallId(text) if _CALL.fullmatch(text) else None


def attempt_name(text: str) -> AttemptId | None:
    """An attempt's name, if this can be one: the call of whoever answers bears it, too."""
    return AttemptId(text) if _CALL.fullmatch(text) else None


def campaign_name(text: str) -> CampaignId | None:
    """A campaign's name, if this can be one."""
    return CampaignId(text) if _CAMPAIGN.fullmatch(text) else None


def offer_name(text: str) -> OfferId | None:
    """An offer's name, if this can be one."""
    return OfferId(text) if _OFFER.fullmatch(text) else None


def agent_of(endpoint: str) -> AgentId | None:
    """The agent whose SIP endpoint this may be (``PJSIP/ana``); trunks look the same."""
    named = _PHONE.fullmatch(endpoint)
    return AgentId(named[1]) if named else None


def outside_leg(call_id: str) -> str:
    """The unique id of a callback's other half: its way to the customer (see the dialplan's ``outside``)."""
    return f"{call_id}-out"
