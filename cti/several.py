"""Several phones ringing for one caller: how an order for it is written for Asterisk, and read back.

The dialplan dials all phones at once (context ``connect-several``); before a phone rings, its leg learns
which offer it rings for: the one noted under its endpoint's name. ``CTI_RUNG`` on the caller's channel keeps
them all.
"""

from collections.abc import Iterable, Mapping

from acd.ids import OfferId
from acd.orders import Phone, RingAgents
from cti.names import agent_of, offer_name

CONTEXT = "connect-several"
MOST = 10
"""Phones that ring for one caller at once: what Asterisk and a reader of its events can be asked to bear."""

Action = tuple[str, list[tuple[str, str]]]


def actions(order: RingAgents, ring_s: str) -> list[Action]:
    """What to send, the redirect last."""
    channel = ("Channel", order.call_id)
    noted: list[tuple[str, str]] = [
        *((f"__CTI_OFFER_{phone.agent_id}", phone.offer_id) for phone in order.phones),
        ("CTI_RUNG", written(order.phones)),
        ("CTI_PHONES", "&".join(f"PJSIP/{phone.agent_id}" for phone in order.phones)),
        ("CTI_RING", ring_s),
    ]
    redirect: Action = ("Redirect", [channel, ("Context", CONTEXT), ("Exten", "s"), ("Priority", "1")])
    return [*(("Setvar", [channel, ("Variable", name), ("Value", value)]) for name, value in noted), redirect]


def written(phones: Iterable[Phone]) -> str:
    """``ana=run-5&ben=run-6``."""
    return "&".join(f"{phone.agent_id}={phone.offer_id}" for phone in phones)


def read(text: str) -> tuple[Phone, ...]:
    """What :func:`written` wrote; nothing when any of it makes no sense."""
    phones: list[Phone] = []
    for part in text.split("&", MOST) if text else ():
        agent, _, offer = part.partition("=")
        agent_id, offer_id = agent_of(f"PJSIP/{agent}"), offer_name(offer)
        if agent_id is None or offer_id is None:
            return ()
        phones.append(Phone(offer_id=offer_id, agent_id=agent_id))
    return tuple(phones)


def winner(bridge: str, channels: Iterable[Mapping[str, str]], rung: tuple[Phone, ...]) -> Phone | None:
    """Of the phones that rang, the one whose leg is in the caller's bridge."""
    here = [c for c in channels if bridge and c.get("BridgeId") == bridge]
    talking = {offer_name(channel.get("ChanVariable(CTI_OFFER)", "")) for channel in here}
    return next((phone for phone in rung if phone.offer_id in talking), None)


def leg(offer_id: OfferId, channels: Iterable[Mapping[str, str]]) -> str | None:
    """The channel that rings for an offer, by its name; None when it rings no more, or talks."""
    for channel in channels:
        own, call = channel.get("Uniqueid"), channel.get("ChanVariable(CTI_CALL)")
        rings = own != call and not channel.get("BridgeId")
        if rings and channel.get("ChanVariable(CTI_OFFER)") == offer_id:
            return channel.get("Channel")
    return None
