"""What a flow says of whom it talks with: that he is never to be called again, and what came of his call."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doers import carry_out
from ivr.agi.limits import AgiLimits
from ivr.agi.line import Line
from ivr.agi.services import Services
from ivr.campaign_steps import Dispose, Disposed, NotDisposed, NotOptedOut, OptedOut, OptOut
from ivr.dialogue_run import play_through
from ivr.document import parse_document
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import CallerGone, KeyPressed
from ivr.loader import FlowBook, PublishedFlow
from ivr.nodes.node import Outside
from ivr.steps import Done, Step
from ivr.utterance import Sound, TimeOfDay, Utterance
from tests.ivr.caller import Caller, plays
from tests.ivr.scripted_asterisk import Board, a_site, variable

THANKS, SORRY = plays("thanks", stop_on=""), plays("sorry", stop_on="")
ENDS = {
    "ok": {"kind": "hangup", "prompts": ["thanks"]},
    "no": {"kind": "hangup", "prompts": ["sorry"]},
}
MENU = {
    "kind": "menu",
    "prompts": ["press-9"],
    "keys": {"9": "it"},
    "timeout_s": 3,
    "retries": 0,
    "otherwise": "no",
}


def flow(node: dict[str, Any], **more: Any) -> Flow:
    start = "ask" if "ask" in more else "it"
    return Flow.model_validate({"name": "reminder", "start": start, "nodes": {"it": node} | ENDS | more})


def opting_out() -> Flow:
    return flow({"kind": "opt_out", "next": "ok", "failed": "no"}, ask=MENU)


def disposing(**fields: Any) -> Flow:
    return flow(
        {"kind": "disposition", "disposition": "confirmed", "next": "ok"} | fields,
        no={"kind": "hangup"},
        ask=MENU,
    )


def test_by_a_key_his_number_goes_on_the_list() -> None:
    caller = Caller(opting_out(), {"caller": "+33123456789"})
    asked = caller.then(KeyPressed(key="9", then="9"))
    assert asked == OptOut(number="+33123456789", because="asked for it in the flow reminder")
    assert caller.interpreter.talk.next_key() is None  # pressed twice, he wanted nothing else
    assert caller.then(OptedOut()) == THANKS
    assert caller.learned == ["chosen", "opted out"]


def test_he_hears_it_when_the_list_cannot_be_written() -> None:
    caller = Caller(opting_out(), {"caller": "unknown"})
    caller.types("9")
    assert caller.then(NotOptedOut(reason="'unknown' is no telephone number")) == SORRY


def test_who_hangs_up_at_that_moment_has_ended_his_flow() -> None:
    caller = Caller(opting_out(), {"caller": "+33123456789"})
    caller.types("9")
    assert caller.then(CallerGone()) == Done(reason=Ending.CALLER_GONE)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ({}, None),
        ({"at": "3600"}, 3600),
        ({"at": '"09:30"'}, TimeOfDay(hour=9, minute=30)),
        ({"at": '"half past"'}, None),
    ],
)
def test_what_came_of_it_is_said_with_a_moment(written: dict[str, str], at: int | TimeOfDay | None) -> None:
    caller = Caller(disposing(**written), {"caller": "+33123456789"})
    assert caller.types("9") == Dispose(disposition="confirmed", at=at)
    assert caller.then(Disposed()) == THANKS


def test_a_note_is_one_line_of_what_is_known() -> None:
    caller = Caller(disposing(note="{lead.name}: comes\n\x07on {lead.day}"), {"lead.name": "Ann"})
    assert caller.types("9") == Dispose(disposition="confirmed", note="Ann: comes on")


def test_nobody_wants_to_know_and_he_goes_on() -> None:
    caller = Caller(disposing())
    caller.types("9")
    assert caller.then(NotDisposed(reason="it is no campaign's call")) == THANKS
    assert caller.learned == ["chosen", "it is no campaign's call"]


@pytest.mark.parametrize(
    ("node", "where"),
    [
        ({"kind": "opt_out", "next": "ok"}, "failed"),
        ({"kind": "opt_out", "next": "ok", "failed": "no", "number": "caller"}, "number"),
        ({"kind": "disposition", "next": "ok"}, "disposition"),
        ({"kind": "disposition", "disposition": "Not One", "next": "ok"}, "disposition"),
        ({"kind": "disposition", "disposition": "done", "at": "import os", "next": "ok"}, "at"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake_of_the_document(node: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        flow(node, ask=MENU)
    assert where in str(caught.value)


def test_a_flow_tells_which_dispositions_it_names() -> None:
    named = disposing().nodes["it"].names_outside()
    assert list(named) == [(("disposition",), Outside.DISPOSITION, "confirmed")]


DIALOGUES = """
name: reminder
start: ask
nodes:
  ask:
    kind: menu
    prompts: [{text: "Hello {lead.name}. To be called no more press 9."}]
    keys: {1: comes, 9: never}
    timeout_s: 3
    retries: 0
    otherwise: bye
  comes: {kind: disposition, disposition: confirmed, note: "{lead.day}", next: bye}
  never: {kind: opt_out, next: bye, failed: sorry}
  bye: {kind: hangup}
  sorry: {kind: hangup, prompts: [sorry]}
tests:
  - {name: he comes, lead: {name: Ann, day: Monday}, keys: [1], hears: [Hello Ann], passes: [comes, bye]}
  - {name: a number answered, keys: [1], given: {comes: refused}, hears: ["Hello . To"], passes: [comes, bye]}
  - {name: never again, keys: [9], passes: [never, bye]}
  - {name: no list, keys: [9], given: {never: failed}, hears: [sorry]}
"""


def test_dialogues_know_leads_and_what_may_come_of_it() -> None:
    document = parse_document(DIALOGUES.encode(), "reminder.yaml")
    published = PublishedFlow(flow=Flow.model_validate(document.data), version="0", document=document)
    book = FlowBook([published])
    assert [play_through(book, published, one) for one in published.flow.tests] == [[], [], [], []]


class Office:
    """Takes down what flows say, unless it cannot."""

    def __init__(self, refuses: str | None = None) -> None:
        self.refuses = refuses
        self.told: list[tuple[str, ...]] = []

    async def opt_out(self, *, call_id: str, number: str, because: str) -> str | None:
        self.told.append((call_id, number, because))
        return self.refuses

    async def dispose(
        self, *, call_id: str, disposition: str, note: str, at: int | TimeOfDay | None
    ) -> str | None:
        self.told.append((call_id, disposition, note, str(at)))
        return self.refuses

    def message_for_machine(self, *, call_id: str, campaign: str, language: str) -> Sequence[Utterance]:
        self.told.append((call_id, campaign, language))
        return (Sound("we-called"), Sound("goodbye")) if campaign == "sales" else ()


@pytest.mark.parametrize("refuses", [None, "the database is away"])
async def test_whoever_keeps_the_list_and_runs_the_campaign_is_told(refuses: str | None) -> None:
    office, limits = Office(refuses), AgiLimits()
    line: Line = object()  # type: ignore[assignment]  # nothing is said to Asterisk
    call = CallInHand("7f-a3", line, Services(switchboard=Board(), campaigns=office), limits)
    steps: list[Step] = [
        OptOut(number="+33123456789", because="asked"),
        Dispose(disposition="done", note="n", at=60),
    ]
    came = [await carry_out(call, step) for step in steps]
    assert office.told == [("7f-a3", "+33123456789", "asked"), ("7f-a3", "done", "n", "60")]
    if refuses is None:
        assert came == [OptedOut(), Disposed()]
    else:
        assert came == [NotOptedOut(reason=refuses), NotDisposed(reason=refuses)]


async def test_the_dialplan_is_told_what_a_machine_is_left_and_nobody_calls_it_a_call() -> None:
    office = Office()
    async with a_site(campaigns=office) as site:
        for campaign, prompts in (("sales", "we-called&goodbye"), ("gone", "")):
            asterisk = await site.connects()
            asterisk.asks_for("machine", uid="7f-a3", dialled=campaign, language="zh")
            await asterisk.carries_out([variable("CTI_PROMPTS", prompts)])
            assert await asterisk.is_left()
        assert office.told == [("7f-a3", "sales", "zh"), ("7f-a3", "gone", "zh")]
        assert site.board.told == []
