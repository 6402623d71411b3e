"""The flow of a campaign that names none: to its agents, and words for who finds nobody in time."""

from dataclasses import replace

import pytest

from acd.ids import QueueId
from cti.campaign_flow import flow_of, languages_with, name_of, prompts_of, spoken_by
from cti.campaign_warnings import not_said
from dialer.campaign import CampaignRules, MachineRules, MachineThen, Mode
from dialer.ids import CampaignId
from ivr.back import RefusedLater
from ivr.campaign_steps import OptedOut, OptOut
from ivr.ending import Ending
from ivr.happenings import Finished, KeyPressed, Left, Silence
from ivr.steps import Done, HangUp, LeaveForQueue, ListenForKey, Play
from ivr.utterance import Digits, Sound, Text
from tests.ivr.caller import Caller

RULES = CampaignRules(
    campaign_id=CampaignId("sales"),
    title="Autumn offer",
    mode=Mode.PREDICTIVE,
    queue_id=QueueId("sales"),
    message_prompts=("This was a call from the Sample Company for {lead.name}.",),
    opt_out_key="9",
)
LEAD = {"caller": "+33123456789", "lead.name": "Ann"}


def abandoned(rules: CampaignRules) -> Caller:
    """He answered, and nobody was there in time."""
    caller = Caller(flow_of(rules, ("en", "zh")), LEAD)
    assert isinstance(caller.step, LeaveForQueue)
    caller.then(Left())
    caller.step = caller.interpreter.rejoin(RefusedLater())
    return caller


def test_who_answers_goes_to_the_agents_with_his_name() -> None:
    step = Caller(flow_of(RULES, ("en",)), LEAD).step
    assert isinstance(step, LeaveForQueue)
    assert (step.queue, step.priority, step.node) == ("sales", None, "agent")
    assert [(one.name, one.value) for one in step.brief.data] == [("campaign", "sales"), ("name", "Ann")]


def test_who_finds_nobody_hears_who_called_and_which_key_ends_it() -> None:
    step = abandoned(RULES).step
    assert isinstance(step, Play)
    assert step.said == (
        Text("This was a call from the Sample Company for Ann."),
        Sound("opt-out-press"),
        Digits("9"),
    )
    assert step.stop_on == "9"  # no other key cuts short what has to be heard


def test_the_key_puts_him_on_the_list_and_he_hears_so() -> None:
    caller = abandoned(RULES)
    assert caller.then(KeyPressed(key="9")) == OptOut(
        number="+33123456789", because=f"asked for it in the flow {name_of(RULES)}"
    )
    heard = caller.then(OptedOut())
    assert isinstance(heard, Play)
    assert heard.said == (Sound("opt-out-done"),)
    assert isinstance(caller.then(Finished()), HangUp)


@pytest.mark.parametrize("does", [Silence(), KeyPressed(key="5")])
def test_whoever_does_nothing_more_is_hung_up_on(does: Silence | KeyPressed) -> None:
    caller = abandoned(RULES)
    assert isinstance(caller.then(Finished()), ListenForKey)
    assert isinstance(caller.then(does), HangUp)
    assert caller.then(Finished()) == Done(reason=Ending.HUNG_UP)


def test_where_no_key_is_asked_for_the_message_is_all_he_hears() -> None:
    caller = abandoned(replace(RULES, opt_out_key=None, message_prompts=("sorry", "goodbye")))
    assert isinstance(caller.step, Play)
    assert (caller.step.said, caller.step.stop_on) == ((Sound("sorry"), Sound("goodbye")), "")
    assert isinstance(caller.then(Finished()), HangUp)


def test_without_a_text_of_its_own_a_campaign_still_says_something() -> None:
    step = abandoned(replace(RULES, message_prompts=())).step
    assert isinstance(step, Play)
    assert step.said[0] == Sound("nobody-free")


def test_where_no_message_is_asked_for_he_is_hung_up_on() -> None:
    assert isinstance(abandoned(replace(RULES, message=False)).step, HangUp)


@pytest.mark.parametrize("written", ["a {brace", "}}}", "{import os}", "{" * 2000, "{lead.name", "{}"])
def test_whatever_was_written_is_spoken(written: str) -> None:
    assert len(prompts_of((written,))) == 1
    assert flow_of(replace(RULES, message_prompts=(written,)), ("en",)).nodes["sorry"]


def test_what_is_spoken_is_known_ahead() -> None:
    machine = MachineRules(then=MachineThen.LEAVE_MESSAGE, message=("Please call us.",))
    said = list(spoken_by(replace(RULES, machine=machine), ("en",)))
    texts = [str(getattr(prompt, "text", prompt)) for prompt in said]
    assert any("Sample Company" in text for text in texts)
    assert any("Please call us." in text for text in texts)
    assert {"opt-out-press", "opt-out-done", "technical-problem"} <= set(texts)
    agentless = replace(RULES, mode=Mode.AGENTLESS, queue_id=None, flow="reminder")
    assert list(spoken_by(agentless, ("en",))) == []


def test_a_campaign_speaks_its_own_language_first() -> None:
    assert languages_with(RULES, ("en", "zh")) == ("en", "zh")
    french = replace(RULES, language="fr")
    assert languages_with(french, ("en", "zh")) == ("fr", "en", "zh")
    assert languages_with(replace(RULES, language="zh"), ("en", "zh")) == ("zh", "en")


def test_prompts_that_are_missing_in_a_language_of_its_people_are_told() -> None:
    there = {("opt-out-press", "fr"), ("opt-out-press", "en"), ("opt-out-done", "en")}
    french = replace(RULES, language="fr", message_prompts=("who-we-are",))
    told = [*not_said(french, ["", "en"], lambda name, language: (name, language) in there)]
    assert told == [
        "the prompt who-we-are is not there in fr: it is left out",
        "the prompt opt-out-done is not there in fr: it is heard in English",
        "the prompt technical-problem is not there in fr: it is left out",
        "the prompt who-we-are is not there in en: it is left out",
        "the prompt technical-problem is not there in en: it is left out",
    ]
    assert [*not_said(french, [], lambda name, language: True)] == []
