"""A callback's line as AMI actions, as it is seen, and what is heard of it."""

from dataclasses import replace

import pytest

from acd.call import CallClass
from acd.callback import CallbackOrder, DialFailure
from acd.callback_signals import CustomerAnswered, DialFailed
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span, seconds
from acd.observation import LiveCall, Place
from acd.orders import DialCustomer, RingAgentForCallback, Standing
from cti.callback_lines import NotAllowed, actions
from cti.dial_gate import request_of
from cti.reconcile import line_of_callback
from cti.translate import signals
from dialer.compliance.verdict import Allowed

STANDING = Standing(queue_id=QueueId("sales"), call_class=CallClass.VIP, queued_at=Instant(42), boost=Span(7))
RING = RingAgentForCallback(
    offer_id=OfferId("run-1"),
    call_id=CallId("cb-run-1"),
    agent_id=AgentId("ana"),
    number="+33612345678",
    ring_timeout=seconds(15),
    standing=STANDING,
)
DIAL = DialCustomer(
    offer_id=OfferId("run-1"),
    call_id=CallId("cb-run-1"),
    number="+33612345678",
    dial_timeout=seconds(30),
    order=CallbackOrder.CUSTOMER_FIRST,
    standing=STANDING,
)


def lets_out(order: RingAgentForCallback | DialCustomer) -> Allowed:
    return Allowed(request=request_of(order), at=Instant(42), caller_id=None)


def test_a_line_bears_the_callbacks_name_and_its_place_and_names_contexts_only() -> None:
    [(name, headers)] = actions(RING, lets_out(RING))
    given = dict(headers)
    assert name == "Originate"
    assert (given["ChannelId"], given["OtherChannelId"]) == ("cb-run-1", "cb-run-1-out")
    assert (given["Context"], given["Exten"]) == ("callback", "ana")
    assert given["Async"] == "true"
    assert not {"Application", "Data"} & given.keys()
    variables = {value for header, value in headers if header == "Variable"}
    assert {"__CTI_CALL=cb-run-1", "CTI_QUEUE=sales", "CTI_CLASS=vip", "CTI_SINCE=42"} <= variables
    assert not any(value.startswith("CTI_OFFER") for value in variables)  # nobody rings for the pair itself


def test_the_customer_is_dialled_on_a_new_line_or_where_the_agent_waits() -> None:
    [(name, headers)] = actions(DIAL, lets_out(DIAL))
    assert (name, dict(headers)["Channel"]) == ("Originate", "Local/+33612345678@outside/n")
    assert (dict(headers)["Context"], dict(headers)["Exten"]) == ("waiting", "s")
    agent_first = replace(DIAL, order=CallbackOrder.AGENT_FIRST)
    *_, (name, headers) = actions(agent_first, lets_out(agent_first))
    assert name == "Redirect"
    assert (dict(headers)["Channel"], dict(headers)["Context"]) == ("cb-run-1-out", "outside")


@pytest.mark.parametrize("number", ["+33612345679", "+33\r\nAction: Command", "+33;x", ""])
def test_no_other_number_and_no_other_attempt_than_the_gate_let_out_reaches_the_link(number: str) -> None:
    for order in (RING, DIAL):
        with pytest.raises(NotAllowed):
            actions(replace(order, number=number), lets_out(order))
        with pytest.raises(NotAllowed):
            actions(replace(order, offer_id=OfferId("run-2")), lets_out(order))


def test_an_agents_phone_and_a_customers_ask_the_gate_for_how_long_each_rings() -> None:
    assert (request_of(RING).ring_for, request_of(DIAL).ring_for) == (seconds(15), seconds(30))
    asked = replace(DIAL, asked_at=Instant(7))
    assert (request_of(DIAL).asked_at, request_of(asked).asked_at) == (None, 7)


def heard(**event: str) -> tuple[object, ...]:
    here = {"Uniqueid": "cb-run-1-out", "ChanVariable(CTI_CALL)": "cb-run-1"}
    return signals(here | {name.replace("_", "-"): value for name, value in event.items()})


def test_what_is_heard_of_the_customers_phone() -> None:
    call_id = CallId("cb-run-1")
    assert heard(Event="DialEnd", DialStatus="ANSWER") == (CustomerAnswered(call_id=call_id),)
    assert heard(Event="DialEnd", DialStatus="BUSY") == ()  # said with its cause a moment later
    for status, why in (
        ("BUSY", DialFailure.BUSY),
        ("NOANSWER", DialFailure.NO_ANSWER),
        ("CHANUNAVAIL", DialFailure.UNREACHABLE),
        ("REFUSED", DialFailure.REFUSED),
        ("CANCEL", DialFailure.CUT_OFF),
    ):
        told = heard(Event="UserEvent", UserEvent="CtiOutsideDone", Status=status)
        assert told == (DialFailed(call_id=call_id, why=why),)
    assert heard(Event="UserEvent", UserEvent="CtiOutsideDone", Status="ANSWER") == ()
    assert heard(Event="Hangup") == ()  # the other half: the one with the name tells
    stranger = {"Event": "DialEnd", "DialStatus": "ANSWER", "Uniqueid": "17.2"}
    assert signals(stranger | {"ChanVariable(CTI_CALL)": "cb-run-1"}) == ()


@pytest.mark.parametrize(
    ("context", "bridged", "outside", "place", "order"),
    [
        ("callback", False, "callback-hold", Place.RINGING, CallbackOrder.AGENT_FIRST),
        ("callback", True, "callback-hold", Place.DIALLING, CallbackOrder.AGENT_FIRST),
        ("callback", True, "out", Place.DIALLING, CallbackOrder.AGENT_FIRST),
        ("callback", True, "out bridged", Place.TALKING, CallbackOrder.AGENT_FIRST),
        ("", False, "callback-hold", Place.RINGING, CallbackOrder.AGENT_FIRST),
        ("", False, "out", Place.DIALLING, CallbackOrder.CUSTOMER_FIRST),
        ("waiting", False, "out bridged", Place.WAITING, CallbackOrder.CUSTOMER_FIRST),
        ("connect", True, "out bridged", Place.TALKING, CallbackOrder.CUSTOMER_FIRST),
    ],
)
def test_where_a_line_is(
    context: str, bridged: bool, outside: str, place: Place, order: CallbackOrder
) -> None:
    as_callers = {"waiting": Place.WAITING, "connect": Place.TALKING}
    call = LiveCall(call_id=CallId("cb-run-1"), place=as_callers.get(context, Place.IN_IVR))
    half = {"Context": context, "BridgeId": "b1" if bridged else ""}
    other = {"Context": outside.split()[0], "BridgeId": "b2" if "bridged" in outside else ""}
    seen = line_of_callback(call, half, other)
    assert (seen.place, seen.callback) == (place, order)
