"""Several phones for one caller, in Asterisk's words."""

from typing import Any

import pytest

from acd.ids import AgentId, CallId, OfferId
from acd.instant import Instant, seconds
from acd.observation import Place
from acd.offer_signals import AgentAnswered, AgentRinging, Failure, OfferFailed
from acd.orders import Phone, RingAgents
from cti import several
from cti.reconcile import live_call
from cti.translate import signals

ANA, BEN = (
    Phone(offer_id=OfferId("run-5"), agent_id=AgentId("ana")),
    Phone(offer_id=OfferId("run-6"), agent_id=AgentId("ben-2")),
)
RUNG = "ana=run-5&ben-2=run-6"
CALLER = {"Uniqueid": "1.1", "ChanVariable(CTI_CALL)": "1.1", "CallerIDNum": "+331", "Exten": "s"}
AT = Instant(1_000_000)


def leg(phone: Phone, bridge: str = "") -> dict[str, str]:
    return {
        "Uniqueid": f"2.{phone.agent_id}",
        "Channel": f"PJSIP/{phone.agent_id}-0001",
        "ChanVariable(CTI_CALL)": "1.1",
        "ChanVariable(CTI_OFFER)": phone.offer_id,
        "BridgeId": bridge,
    }


def user_event(name: str, **headers: str) -> dict[str, str]:
    return {"Event": "UserEvent", "UserEvent": name, "Uniqueid": "1.1"} | headers


def test_an_order_is_written_so_that_each_leg_can_know_its_offer() -> None:
    order = RingAgents(call_id=CallId("1.1"), phones=(ANA, BEN), ring_timeout=seconds(15))
    *notes, redirect = several.actions(order, "15")
    assert [dict(headers)["Variable"] for _, headers in notes] == [
        "__CTI_OFFER_ana",
        "__CTI_OFFER_ben-2",
        "CTI_RUNG",
        "CTI_PHONES",
        "CTI_RING",
    ]
    values = {dict(headers)["Variable"]: dict(headers)["Value"] for _, headers in notes}
    assert (values["__CTI_OFFER_ben-2"], values["CTI_RUNG"]) == ("run-6", RUNG)
    assert values["CTI_PHONES"] == "PJSIP/ana&PJSIP/ben-2"
    assert redirect[0] == "Redirect"
    assert dict(redirect[1])["Context"] == several.CONTEXT


def test_what_was_written_is_read_and_nothing_else() -> None:
    assert several.read(RUNG) == (ANA, BEN)
    for odd in ("", "ana", "ana=", "=run-5", "ana=run-5&", "ana=run,5", "h=run-5", "ana=run-5&ben-2=\n"):
        assert several.read(odd) == ()
    assert several.read("&".join(["ana=run-5"] * 100_000)) == ()


def test_each_leg_tells_its_own_story() -> None:
    dial = {"DestChanVariable(CTI_OFFER)": "run-6"}
    assert signals({"Event": "DialBegin"} | dial) == (AgentRinging(offer_id=BEN.offer_id),)
    assert signals({"Event": "DialEnd", "DialStatus": "ANSWER"} | dial) == (
        AgentAnswered(offer_id=BEN.offer_id),
    )


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        ("17", Failure.BUSY),
        ("21", Failure.REJECTED),
        ("19", Failure.NO_ANSWER),
        ("34", Failure.UNREACHABLE),
        ("16", None),
        ("26", None),
        ("0", None),
        ("", None),
    ],
)
def test_why_a_leg_stopped_ringing(cause: str, why: Failure | None) -> None:
    told = signals(user_event("CtiLegGone", Offer="run-6", Cause=cause))
    assert told == (() if why is None else (OfferFailed(offer_id=BEN.offer_id, why=why),))


@pytest.mark.parametrize(
    ("status", "why"), [("NOANSWER", Failure.NO_ANSWER), ("CANCEL", Failure.CANCELLED), ("ANSWER", None)]
)
def test_the_end_of_it_all_is_told_of_everybody(status: str, why: Failure | None) -> None:
    told = signals(user_event("CtiDialDone", Offers=RUNG, Status=status))
    expected: tuple[Any, ...] = tuple(OfferFailed(offer_id=p.offer_id, why=why) for p in (ANA, BEN) if why)
    assert told == expected


def test_a_caller_for_whom_several_ring_is_seen_with_all_of_them() -> None:
    caller = CALLER | {"Context": several.CONTEXT}
    variables = {"CTI_RUNG": RUNG, "CTI_QUEUE": "sales", "CTI_OFFER": "run-1"}
    seen = live_call(caller, variables, AT, [caller, leg(ANA), leg(BEN)])
    assert (seen.place, seen.offer_id, seen.agent_id) == (Place.RINGING, "run-5", "ana")
    assert seen.also_ringing == (BEN,)


def test_of_several_the_one_in_the_callers_bridge_talks() -> None:
    caller = CALLER | {"Context": several.CONTEXT, "BridgeId": "b1"}
    variables = {"CTI_RUNG": RUNG, "CTI_QUEUE": "sales"}
    seen = live_call(caller, variables, AT, [caller, leg(ANA), leg(BEN, "b1")])
    assert (seen.place, seen.offer_id, seen.agent_id) == (Place.TALKING, "run-6", "ben-2")
    assert seen.also_ringing == ()
    nobody = live_call(caller, variables, AT, [caller])
    assert (nobody.place, nobody.agent_id) == (Place.TALKING, None)


def test_only_a_leg_that_rings_is_stopped() -> None:
    caller = CALLER | {"Context": several.CONTEXT, "ChanVariable(CTI_OFFER)": "run-6", "Channel": "PJSIP/t-1"}
    assert several.leg(BEN.offer_id, [caller, leg(ANA), leg(BEN)]) == "PJSIP/ben-2-0001"
    assert several.leg(BEN.offer_id, [caller, leg(ANA), leg(BEN, "b1")]) is None
    assert several.leg(BEN.offer_id, [caller]) is None
