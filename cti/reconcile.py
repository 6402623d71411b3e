"""Asking Asterisk what is true: which callers exist, where they are, whose phones are registered."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from acd.call import CallClass
from acd.callback import CallbackOrder
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.observation import LiveCall, Observation, Place
from acd.orders import Phone
from acd.transfer import Transfer
from cti import briefs, several
from cti.ami_connection import Message
from cti.asking import Asking, variables_of
from cti.line_signals import line_on
from cti.lines_seen import SeenLine, lines_among
from cti.names import agent_of, offer_name, outside_leg
from cti.translate import THROUGH, UNKNOWN, caller_on, number, reachable
from dialer.ids import AttemptId

PLACES = {
    "waiting": Place.WAITING,  # once he has a queue
    "fallback": Place.WAITING,  # likewise
    "connect": Place.RINGING,  # or talking, when bridged
    several.CONTEXT: Place.RINGING,  # likewise
    "announce": Place.WAITING,  # he can be moved from it at any moment
    "voicemail": Place.LEAVING_MESSAGE,
    "farewell": Place.FAREWELL,
    **dict.fromkeys(THROUGH, Place.TRANSFERRED),
    "callback": Place.RINGING,  # an agent, for a callback: see line_of_callback
}
"""Contexts of the dialplan, as places; a caller anywhere else is in his flow, or about to be."""

LINE = "Local/"
"""How the channels of a callback's line begin, and a campaign's; nothing else of ours is a pair of those."""

CALLER_VARIABLES = (
    "CTI_QUEUE",
    "CTI_CLASS",
    "CTI_SINCE",
    "CTI_JOINED",
    "CTI_BOOST",
    "CTI_OFFER",
    "CTI_RUNG",
    "CTI_DIALLED",
    "CTI_BRIEF",
)
MOST_DIGITS = 18
MAX_QUEUE_NAME = 64

_CLASSES = {member.value: member for member in CallClass}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All there is, at one moment."""

    floor: Observation
    lines: Mapping[AttemptId, SeenLine]
    """Of campaigns; those whose call is the ACD's stand in both."""


async def observe(link: Asking, as_of: Instant) -> Seen:
    """What is true of everybody. ``as_of`` must have been read before the call.

    Raises:
        LinkDown, ActionFailed, ActionUnconfirmed: Asterisk did not answer; nothing is known.
    """
    channels = await link.act_list("CoreShowChannels")
    lines = await lines_among(link, channels)
    callers = [c for c in channels if caller_on(c) is not None and _is_call(c, lines)]
    calls = await _live_calls(link, callers, channels, as_of)
    devices = await link.act_list("DeviceStateList")
    floor = Observation(as_of=as_of, calls=calls, reachable=frozenset(phones(devices)))
    return Seen(floor=floor, lines=lines)


def _is_call(channel: Message, lines: Mapping[AttemptId, SeenLine]) -> bool:
    """Whether the ACD is to know of it: of a campaign's line, when a person has answered."""
    line = line_on(channel)
    return line is None or (line in lines and lines[line].is_call)


async def locate(link: Asking, call_ids: Collection[CallId], as_of: Instant) -> dict[CallId, LiveCall | None]:
    """What is true of some callers, all asked about at once; None where there is no such channel.

    Raises:
        LinkDown, ActionFailed, ActionUnconfirmed: Asterisk did not answer; nothing is known.
    """
    channels = await link.act_list("CoreShowChannels")
    theirs = [c for c in channels if caller_on(c) in call_ids]
    found = {call.call_id: call for call in await _live_calls(link, theirs, channels, as_of)}
    return {call_id: found.get(call_id) for call_id in call_ids}


def phones(devices: Iterable[Mapping[str, str]]) -> Iterable[AgentId]:
    """The agents whose phones are registered; trunks with a call look the same."""
    for device in devices:
        agent = agent_of(device.get("Device", ""))
        if agent is not None and reachable(device.get("State", "")):
            yield agent


async def _live_calls(
    link: Asking, callers: list[Message], channels: list[Message], as_of: Instant
) -> tuple[LiveCall, ...]:
    live: list[LiveCall] = []
    lines = {c["Uniqueid"]: c for c in channels if c.get("Channel", "").startswith(LINE)}
    variables = await variables_of(link, [channel["Uniqueid"] for channel in callers], CALLER_VARIABLES)
    for channel in callers:
        if (his := variables.get(channel["Uniqueid"])) is None:
            continue  # he hung up since
        call = live_call(channel, his, as_of, channels)
        if line_on(channel) is not None:
            call = replace(call, we_called=True)
        elif channel["Uniqueid"] in lines:
            call = line_of_callback(call, channel, lines.get(outside_leg(call.call_id), {}))
        live.append(call)
    return tuple(live)


def live_call(
    channel: Mapping[str, str],
    variables: Mapping[str, str],
    as_of: Instant,
    channels: Iterable[Mapping[str, str]] = (),
) -> LiveCall:
    """One caller, from his channel (see :func:`cti.translate.caller_on`) and its variables.

    ``channels`` are all there are: of several phones that rang, the one in his bridge has him.

    What is no class, no instant or no name counts as unknown; nobody waits since a moment yet to come.
    """
    place, queue = PLACES.get(channel.get("Context", ""), Place.IN_IVR), variables.get("CTI_QUEUE", "")
    if place is Place.WAITING and not queue:
        place = Place.IN_IVR
    elif place is Place.RINGING and channel.get("BridgeId"):
        place = Place.TALKING
    since, joined, boost = (
        _whole(variables.get(name, "")) for name in ("CTI_SINCE", "CTI_JOINED", "CTI_BOOST")
    )
    dialled = variables.get("CTI_DIALLED", "")
    offer_id, agent_id, others = _rung(place, channel, variables, channels)
    return LiveCall(
        call_id=CallId(channel["Uniqueid"]),
        place=place,
        caller=number(channel.get("CallerIDNum", UNKNOWN)),
        dialled=number(dialled) if dialled else "",
        queue_id=QueueId(queue) if 0 < len(queue) <= MAX_QUEUE_NAME else None,
        call_class=_CLASSES.get(variables.get("CTI_CLASS", ""), CallClass.NORMAL),
        queued_at=min(Instant(since), as_of) if since is not None else None,
        joined_at=min(Instant(joined), as_of) if joined is not None else None,
        boost=Span(boost or 0),
        offer_id=offer_id,
        agent_id=agent_id,
        also_ringing=others,
        brief=briefs.read(variables.get("CTI_BRIEF", "")),
        transfer=_transfer(channel, as_of),
    )


def _transfer(channel: Mapping[str, str], as_of: Instant) -> Transfer | None:
    way = THROUGH.get(channel.get("Context", ""))
    if way is None:
        return None
    answered_at = as_of if channel.get("BridgeId") else None
    return Transfer(way=way, number=number(channel.get("Exten", "")), answered_at=answered_at)


def line_of_callback(call: LiveCall, channel: Mapping[str, str], outside: Mapping[str, str]) -> LiveCall:
    """What is special of a callback's line: ``channel`` is its half that is seen as the caller's, ``outside``
    the other one, through which the customer is dialled.
    """
    agent_first = channel.get("Context") == "callback" or outside.get("Context") == "callback-hold"
    place = call.place
    if channel.get("Context") == "callback":
        bridged = bool(channel.get("BridgeId"))
        reached = bridged and bool(outside.get("BridgeId"))
        place = Place.TALKING if reached else Place.DIALLING if bridged else Place.RINGING
    elif place is Place.IN_IVR:  # not in the dialplan yet: nobody has answered on the other half
        place = Place.RINGING if agent_first else Place.DIALLING
    order = CallbackOrder.AGENT_FIRST if agent_first else CallbackOrder.CUSTOMER_FIRST
    return replace(call, place=place, callback=order)


def _rung(
    place: Place,
    caller: Mapping[str, str],
    variables: Mapping[str, str],
    channels: Iterable[Mapping[str, str]],
) -> tuple[OfferId | None, AgentId | None, tuple[Phone, ...]]:
    """Which offer rings for him, whose phone, and which others; or under which he talks, and with whom."""
    if place not in (Place.RINGING, Place.TALKING):
        return None, None, ()
    if caller.get("Context") != several.CONTEXT:
        agent = agent_of(f"PJSIP/{caller.get('Exten', '')}")
        return offer_name(variables.get("CTI_OFFER", "")), agent, ()
    phones = several.read(variables.get("CTI_RUNG", ""))
    if place is Place.TALKING:
        answered = several.winner(caller.get("BridgeId", ""), channels, phones)
        phones = (answered,) if answered is not None else ()
    return (phones[0].offer_id, phones[0].agent_id, phones[1:]) if phones else (None, None, ())


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
