"""One real call through the shipped dialplan, as Asterisk 22 told it: the exact story in our words.

A caller waits; Ana's phone rings out; Ben answers, talks and hangs up.
"""

from pathlib import Path

import pytest

from acd.call_signals import CallArrived, CallerHungUp, CallerWaiting
from acd.offer_signals import AgentAnswered, AgentHungUp, AgentRinging, Failure, OfferFailed, PhoneChanged
from cti.ami_wire import Deframer, split_banner
from cti.translate import WANTED_EVENTS, signals

STREAM = (Path(__file__).parent / "first_light.raw").read_bytes()
CALL = "1795331784.0"


def phone(name: str) -> PhoneChanged:
    return PhoneChanged(agent_id=name, reachable=True)


STORY = (
    phone("ana"),  # both register
    phone("ben"),
    CallArrived(call_id=CALL, caller="unknown", dialled="8000"),  # his number is read next
    phone("carrier"),  # a trunk is a device too; it is nobody's phone
    CallerWaiting(call_id=CALL),
    AgentRinging(offer_id="of-1"),
    phone("ana"),
    OfferFailed(offer_id="of-1", why=Failure.NO_ANSWER),
    AgentHungUp(offer_id="of-1"),
    CallerWaiting(call_id=CALL),
    phone("ana"),
    AgentRinging(offer_id="of-2"),
    phone("ben"),
    AgentAnswered(offer_id="of-2"),
    phone("ben"),
    AgentHungUp(offer_id="of-2"),
    phone("ben"),
    CallerHungUp(call_id=CALL),
    PhoneChanged(agent_id="carrier", reachable=False),
)


@pytest.mark.parametrize("piece", [1, 7, 1448, len(STREAM)])
@pytest.mark.parametrize("wanted", [WANTED_EVENTS, None])
def test_the_story_is_told_exactly_however_it_is_cut(piece: int, wanted: frozenset[str] | None) -> None:
    greeting = split_banner(STREAM)
    assert greeting is not None
    _, rest = greeting
    deframer = Deframer(wanted=wanted)
    heard = [m for at in range(0, len(rest), piece) for m in deframer.feed(rest[at : at + piece])]
    assert tuple(signal for event in heard for signal in signals(event)) == STORY
