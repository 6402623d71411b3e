"""A campaign's line as AMI actions, and what is heard of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.call import CallClass
from acd.call_signals import CallerHungUp
from acd.ids import CallId, QueueId
from acd.instant import Instant, seconds
from cti.ami_wire import encode_action
from cti.callback_lines import NotAllowed
from cti.campaign_lines import NoLine, actions, close, lead_read, lead_written, request_of
from cti.translate import signals
from dialer.attempt import AttemptOutcome, Party
from dialer.campaign import MachineRules, MachineThen
from dialer.compliance.request import Purpose
from dialer.compliance.verdict import Allowed
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.orders import PlaceLine
from dialer.signals import LineAnswered, LineFailed, LineGone, LineJudged, LineMessageLeft, LineRings

LINE = AttemptId("run-a7")
ORDER = PlaceLine(
    attempt_id=LINE,
    campaign_id=CampaignId("spring"),
    lead_id=LeadId("list-1/42"),
    number="+33612345678",
    zone=None,
    ring_for=seconds(20),
    flow="",
    queue_id=QueueId("sales"),
    call_class=CallClass.VIP,
    machine=None,
    connect_within=seconds(2),
    auto_answer=True,
    language="fr",
    pool=None,
    profile=None,
)


def lets_out(order: PlaceLine, caller_id: str | None = "+33100000000") -> Allowed:
    return Allowed(request=request_of(order), at=Instant(42), caller_id=caller_id)


def originated(order: PlaceLine, **more: Any) -> tuple[dict[str, str], dict[str, str]]:
    [(name, headers)] = actions(order, lets_out(order, **more))
    assert name == "Originate"
    variables = [value.partition("=") for header, value in headers if header == "Variable"]
    assert all("," not in value for _, _, value in variables)  # Asterisk would make another variable of it
    return dict(headers), {name: value for name, _, value in variables}


def test_a_line_bears_the_attempts_name_and_names_contexts_only() -> None:
    given, variables = originated(ORDER)
    assert given["Channel"] == "Local/+33612345678@campaign-out/n"
    assert (given["ChannelId"], given["OtherChannelId"]) == ("run-a7", "run-a7-out")
    assert (given["Context"], given["Exten"], given["Async"]) == ("campaign", "s", "true")
    assert not {"Application", "Data"} & given.keys()
    assert variables["__CTI_CALL"] == variables["CTI_ATTEMPT"] == LINE
    assert (variables["CTI_CLASS"], variables["CTI_DIAL"], variables["CTI_LANGUAGE"]) == ("vip", "20", "fr")
    assert "CTI_QUEUE" not in variables  # he is in none before his flow has him wait
    assert variables["CTI_CAMPAIGN"] == variables["CTI_DIALLED"] == "spring"
    assert variables["CTI_SHOWN"] == "+33100000000"
    assert lead_read(variables["CTI_LEAD"]) == ORDER.lead_id
    assert close(LINE) == ("Hangup", [("Channel", "run-a7")])


def test_how_to_listen_for_a_machine_goes_with_it() -> None:
    assert originated(ORDER)[1]["CTI_AMD"] == originated(ORDER)[1]["CTI_MACHINE"] == ""
    rules = MachineRules(
        then=MachineThen.LEAVE_MESSAGE, most=seconds(3.5), silence_after_greeting=seconds(0.7)
    )
    variables = originated(replace(ORDER, machine=rules))[1]
    told = [variables[name] for name in ("CTI_AMD", "CTI_AMD_SILENCE", "CTI_MACHINE")]
    assert told == ["3500", "700", "leave_message"]


@pytest.mark.parametrize("odd", ["中文", "a,b=c", "en\r\nX: y", "${SHELL(ls)}"])
def test_a_language_nobody_speaks_is_none(odd: str) -> None:
    assert originated(replace(ORDER, language=odd))[1]["CTI_LANGUAGE"] == ""


def test_it_shows_what_the_gate_has_chosen_or_nothing() -> None:
    assert originated(ORDER, caller_id=None)[1]["CTI_SHOWN"] == ""
    with pytest.raises(NoLine):
        originated(ORDER, caller_id="+33 1;x")


@pytest.mark.parametrize("number", ["+33612345679", "+33\r\nAction: Command", "+33;x", ""])
def test_no_other_number_and_no_other_attempt_than_the_gate_let_out_is_dialled(number: str) -> None:
    with pytest.raises(NotAllowed):
        actions(replace(ORDER, number=number), lets_out(ORDER))
    with pytest.raises(NotAllowed):
        actions(replace(ORDER, attempt_id=AttemptId("run-a8")), lets_out(ORDER))


@pytest.mark.parametrize("odd", ["a,b=c", "a b", "x" * 65, "a\r\nb", "${SHELL(ls)}"])
def test_a_name_that_means_something_to_asterisk_opens_no_line(odd: str) -> None:
    for order in (
        replace(ORDER, campaign_id=CampaignId(odd)),
        replace(ORDER, attempt_id=AttemptId(odd * 3)),
    ):
        with pytest.raises(NoLine):
            actions(order, lets_out(order))


@given(st.text(min_size=1, max_size=40))
def test_a_leads_name_may_be_anything_somebody_wrote_into_a_file(name: str) -> None:
    order = replace(ORDER, lead_id=LeadId(name))
    headers, variables = originated(order)
    assert variables["CTI_LEAD"].replace("-", "").replace("_", "").isalnum()
    assert lead_read(variables["CTI_LEAD"]) == name
    assert encode_action("Originate", list(headers.items()), "1")


def test_a_leads_name_has_an_end() -> None:
    assert lead_read(lead_written(LeadId("é" * 100))) == "é" * 100
    with pytest.raises(NoLine):
        lead_written(LeadId("é" * 101))


@given(st.text())
def test_what_is_no_leads_name_is_nobodys(text: str) -> None:
    read = lead_read(text)
    assert read is None or len(read.encode("utf-8", "surrogatepass")) <= 200


def test_the_gate_is_asked_for_a_campaign_its_lead_and_where_he_is() -> None:
    asked = request_of(replace(ORDER, zone="Europe/Paris", pool="paris", asked_at=Instant(7)))
    assert (asked.purpose, asked.campaign_id, asked.lead_id) == (Purpose.CAMPAIGN, "spring", "list-1/42")
    assert (asked.lead_zone, asked.pool, asked.asked_at) == ("Europe/Paris", "paris", 7)
    assert (asked.ring_for, asked.agent_guaranteed, asked.elsewhere) == (seconds(20), False, False)
    assert request_of(replace(ORDER, elsewhere=True)).elsewhere


def heard(uniqueid: str, **event: str) -> tuple[object, ...]:
    here = {"Uniqueid": uniqueid, "ChanVariable(CTI_CALL)": LINE, "ChanVariable(CTI_ATTEMPT)": LINE}
    return signals(here | event)


def test_what_is_heard_of_a_line() -> None:
    named, outside = "run-a7", "run-a7-out"
    assert heard(named, Event="Newstate", ChannelStateDesc="Ringing") == (LineRings(attempt_id=LINE),)
    assert heard(named, Event="Newstate", ChannelStateDesc="Up") == ()
    assert heard(outside, Event="Newstate", ChannelStateDesc="Ringing") == ()
    assert heard(outside, Event="DialEnd", DialStatus="ANSWER") == (LineAnswered(attempt_id=LINE),)
    assert heard(outside, Event="DialEnd", DialStatus="BUSY") == ()  # said with its cause a moment later
    done = {"Event": "UserEvent", "UserEvent": "CtiOutsideDone"}
    told = heard(outside, **done, Status="BUSY", Cause="17", Sip="486", Trunk="t1")
    assert told == (LineFailed(attempt_id=LINE, outcome=AttemptOutcome.BUSY, hangup_cause=17, trunk="t1"),)
    assert heard(outside, **done, Status="ANSWER", Cause="16") == ()
    assert heard(outside, Event="Hangup") == ()  # the half with the name tells
    gone = (LineGone(attempt_id=LINE), CallerHungUp(call_id=CallId(LINE)))
    assert heard(named, Event="Hangup") == gone


@pytest.mark.parametrize("party", Party)
def test_what_is_heard_of_who_answered(party: Party) -> None:
    event = {"Event": "UserEvent", "UserEvent": "CtiJudged", "Party": party.upper(), "Cause": "TOOLONG-5000"}
    assert heard("run-a7", **event) == (LineJudged(attempt_id=LINE, party=party, words="TOOLONG-5000"),)
    assert heard("run-a7-out", **event) == ()
    assert heard("run-a7", **event | {"Party": "GHOST"}) == ()


def test_a_machine_was_left_the_message() -> None:
    event = {"Event": "UserEvent", "UserEvent": "CtiMessageLeft"}
    assert heard("run-a7", **event) == (LineMessageLeft(attempt_id=LINE),)
    assert heard("run-a7-out", **event) == ()


def test_a_telephone_on_a_line_says_nothing_of_it() -> None:
    agents = {"Uniqueid": "17.2", "ChanVariable(CTI_CALL)": LINE, "ChanVariable(CTI_ATTEMPT)": ""}
    assert signals(agents | {"Event": "Newstate", "ChannelStateDesc": "Ringing"}) == ()
    assert signals(agents | {"Event": "Hangup"}) == ()
    inherited = agents | {"ChanVariable(CTI_ATTEMPT)": LINE}
    assert signals(inherited | {"Event": "Newstate", "ChannelStateDesc": "Ringing"}) == ()
    assert signals(inherited | {"Event": "Hangup"}) == ()


@given(st.sampled_from(["Status", "Cause", "Sip", "Rang", "Trunk"]), st.text())
def test_whatever_the_end_of_dialling_holds_it_is_told_harmlessly(header: str, text: str) -> None:
    event = {"Event": "UserEvent", "UserEvent": "CtiOutsideDone", "Status": "CONGESTION", header: text}
    for signal in heard("run-a7-out", **event):
        assert isinstance(signal, LineFailed)
        assert 0 <= signal.hangup_cause <= 999
        assert signal.trunk.isascii()
        assert signal.trunk.isprintable() or not signal.trunk


@pytest.mark.parametrize("files", ["a,CTI_QUEUE=x", "a\r\nAction: Originate", "a b", "a" * 801, "a&"])
def test_what_is_played_when_the_engine_is_gone_is_files_or_left_out(files: str) -> None:
    def played(alone: str) -> list[str]:
        ((_, headers),) = actions(ORDER, lets_out(ORDER), alone=alone)
        return [value for name, value in headers if name == "Variable" and value.startswith("CTI_ALONE")]

    assert played("/sounds/of-9f.1&digits/2") == ["CTI_ALONE=/sounds/of-9f.1&digits/2"]
    assert played(files) == []
