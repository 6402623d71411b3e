"""A campaign as an operator writes it: what it comes to, and what is told of one that is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from acd.instant import seconds
from cti.campaign_document import NO_ALLOWANCE, House, campaign_names, load_campaign, read_campaign
from cti.dialing_profile import load_profile, profile_names
from dialer.attempt import AttemptOutcome
from dialer.campaign import MachineThen, Mode, RetryRule, StepKind
from dialer.compliance.profile import Profile
from dialer.ids import CampaignId
from ivr.document import DocumentError
from ivr.loader import load_flows

CONFIG = Path("config")


def profiles() -> Mapping[str, Profile]:
    return {name: load_profile(CONFIG, name) for name in profile_names(CONFIG)}


def house(profile: str | None = "plain") -> House:
    return House(
        queues=("sales", "support", "billing"),
        flows=load_flows(CONFIG / "flows").by_name,
        profiles=profiles(),
        profile=profile,
        pools=("mobiles",),
    )


def problems(text: str, of: House | None = None) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_campaign(text, "autumn", of)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", campaign_names(CONFIG))
def test_every_campaign_that_comes_along_fits_the_house_that_comes_along(name: str) -> None:
    document = load_campaign(CONFIG, name, house())
    rules = document.rules(CampaignId(name), document.profile_in(house()))
    assert rules.profile == "plain"
    assert [one.window for one in rules.allowances] == [seconds(86_400), seconds(30 * 86_400)]


def test_an_operators_words_become_the_dialers_rules() -> None:
    document = load_campaign(CONFIG, "sales", house())
    rules = document.rules(CampaignId("sales"), document.profile_in(house()))
    assert (rules.mode, rules.queue_id, rules.ring_for) == (Mode.PREDICTIVE, "sales", seconds(20))
    assert rules.retry[AttemptOutcome.NO_ANSWER] == RetryRule(
        after=seconds(7200), most=4, next_number=True, other_part_of_day=True
    )
    assert rules.machine is not None
    assert (rules.machine.then, rules.machine.persons_taken_permille) == (MachineThen.HANG_UP, 20)
    sold, again = rules.disposition("sale"), rules.disposition("calls_back")
    assert sold is not None
    assert (sold.success, sold.retry_after) == (True, None)
    assert again is not None
    assert again.calls_back
    assert rules.blend is not None
    assert (rules.blend.service_level, rules.blend.keep_ready) == (0.8, 1)
    assert rules.opt_out_key == "9"
    assert rules.message_prompts[0].startswith("This was a call from")


def test_several_steps_keep_their_hours() -> None:
    document = load_campaign(CONFIG, "collections", house())
    rules = document.rules(CampaignId("collections"), document.profile_in(house()))
    assert [step.kind for step in rules.steps] == [StepKind.TEXT, StepKind.CALL, StepKind.TEXT]
    assert (rules.steps[1].after, rules.steps[1].not_before_minute) == (seconds(86_400), 600)


def test_a_profile_without_an_allowance_lets_nobody_be_abandoned() -> None:
    plain = profiles()["plain"]
    strict = replace(plain, connecting=replace(plain.connecting, allowances=()))
    document = read_campaign("{title: T, mode: predictive, queue: sales, message: [hello]}", "t")
    assert document.rules(CampaignId("t"), strict).allowances == (NO_ALLOWANCE,)


def test_every_mistake_is_told_with_its_line_and_what_was_meant() -> None:
    text = """\
title: Autumn
mode: predictiv
qeue: sales
retry:
  bussy: {after_min: 5}
  no_answer: {after_min: -1}
dispositions:
  never: {do_not_call: true, retry_h: 4}
steps:
  - {kind: text}
machine: {then: leave_message}
"""
    assert problems(text) == [
        "autumn:2: mode: must be 'preview', 'progressive', 'predictive', 'agentless' or 'manual' "
        "(did you mean 'predictive'?)",
        "autumn:3: qeue: unknown key (did you mean 'queue'?)",
        "autumn:5: retry.bussy: must be 'abandoned', 'hung_up', 'left_flow', 'machine', 'message_left', "
        "'busy', 'no_answer', 'rejected', 'failed', 'cancelled', 'agent_gone' or 'lost' "
        "(did you mean 'busy'?)",
        "autumn:6: retry.no_answer.after_min: Input should be greater than or equal to 0",
        "autumn:8: dispositions.never.do_not_call: he is never called again, and yet to be tried again",
        "autumn:10: steps.0: needs the text that is sent",
        "autumn:11: machine: needs the message that it is left",
    ]


def test_what_the_house_does_not_have_is_told_with_the_nearest_it_has() -> None:
    text = """\
title: Autumn
mode: predictive
queue: sale
blend: {queues: [suport]}
pool: mobile
profile: plane
lines: {ring_s: 10}
message: [hello]
"""
    assert problems(text, house()) == [
        "autumn:3: queue: there is no queue 'sale' (did you mean 'sales'?)",
        "autumn:4: blend.queues.0: there is no queue 'suport' (did you mean 'support'?)",
        "autumn:5: pool: there is no pool of caller ids 'mobile' (did you mean 'mobiles'?)",
        "autumn:6: profile: there is no profile 'plane' (did you mean 'plain'?)",
    ]


def test_what_its_profile_asks_is_asked_of_a_campaign() -> None:
    text = "title: Autumn\nmode: predictive\nqueue: sales\nlines: {ring_s: 10}\n"
    assert problems(text, house()) == [
        "autumn:1: needs a message: by plain, who is abandoned hears who has called him",
        "autumn:4: lines.ring_s: plain lets nobody be given up before 15 s of ringing",
    ]
    assert problems(text, house(profile=None)) == ["autumn:1: needs a profile: outside.profile names none"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{title: T, mode: agentless}", "needs a flow: nobody else talks with who answers"),
        ("{title: T, mode: agentless, flow: f, queue: sales}", "queue: an agentless campaign has no agents"),
        ("{title: T, mode: preview}", "needs a queue, whose agents talk: mode is preview"),
        ("{title: T, mode: manual, queue: sales, machine: {}}", "machine: is not used when mode is manual"),
        ("{title: T, mode: manual, queue: sales, dispositions: {unknown: {}}}", "is the engine's own word"),
        ("{title: T, mode: manual, queue: sales, lists: [{list: aa}, {list: aa}]}", "aa is named twice"),
        ('{title: "a\\nb", mode: manual, queue: sales}', "title: String should match pattern"),
        ("[]", "must be a mapping"),
    ],
)
def test_what_does_not_fit_together_is_told(text: str, told: str) -> None:
    assert told in "\n".join(problems(text))


def test_a_flow_says_only_what_its_campaign_can_hear() -> None:
    text = "title: Autumn\nmode: agentless\nflow: reminder\nprofile: plain\n"
    told = "dispositions: {confirmd: {}, to_be_moved: {}, wrong_number: {}}\n"
    [problem] = problems(text + told, house())
    assert problem.startswith("autumn:3: flow: reminder.comes says 'confirmed', which is none of the disp")
    assert "did you mean 'confirmd'?" in problem


AGENTLESS = "title: Dates\nmode: agentless\nflow: appointments\nlanguage: {}\nlines: {{ring_s: 25}}\n"


def test_a_campaign_has_a_language_that_its_flow_must_speak() -> None:
    written = read_campaign("title: Offer\nmode: manual\nqueue: sales\nlanguage: pt_BR\n", "autumn", house())
    assert written.rules(CampaignId("autumn"), written.profile_in(house())).language == "pt_BR"
    assert problems("title: Offer\nmode: manual\nqueue: sales\nlanguage: French\n")
    of = house()
    (flow,) = {name for name in of.flows if name == load_campaign(CONFIG, "appointments", of).flow}
    said = problems(AGENTLESS.replace("appointments", flow).format("xx"), of)
    assert any(f"the flow {flow} speaks" in one and "not xx" in one for one in said), said
