"""Flows that talk with callers who wait: words between two spells of music, and the ways out of a queue."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ivr.back import Back, KeyInMusic, LeftQueue, MusicOver
from ivr.document import DocumentError, parse_document, validate
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import CallbackBooked, Finished, Left, PlaceIs, QueueRefused, Silence
from ivr.interpreter import Interpreter
from ivr.loader import FlowBook, PublishedFlow
from ivr.notes import NodeAnswered
from ivr.port import Waiting
from ivr.steps import AskCallback, AskPlace, Done, HangUp, LeaveForMusic, LeaveQueue, ListenForKey, Play, Step
from ivr.talk import Talk
from ivr.utterance import PlaceInLine, Sound, WaitAtMost
from tests.ivr.caller import key
from tests.ivr.scripted_asterisk import FLOW, PATIENCE_S, Site, a_site

MUSIC = LeaveForMusic(flow="comfort", node="music", for_s=30, keys="3*")
COMFORT: dict[str, Any] = {
    "name": "comfort",
    "purpose": "wait",
    "start": "place",
    "nodes": {
        "place": {"kind": "play", "prompts": [{"position": True}, {"wait": True}], "next": "offer"},
        "offer": {
            "kind": "menu",
            "prompts": ["press-1"],
            "keys": {"1": "callback", "2": "goodbye"},
            "timeout_s": 3,
            "retries": 0,
            "otherwise": "music",
        },
        "music": {"kind": "wait", "for_s": 30, "keys": {"3": "offer", "*": "goodbye"}, "next": "place"},
        "callback": {"kind": "callback", "booked": "thanks", "refused": "music"},
        "thanks": {"kind": "hangup", "prompts": ["thanks"]},
        "goodbye": {"kind": "hangup", "prompts": ["goodbye"]},
    },
}


def comfort(**nodes: Any) -> Flow:
    return Flow.model_validate({**COMFORT, "nodes": COMFORT["nodes"] | nodes})


class Waiter:
    """A waiting caller in a treatment."""

    def __init__(self, at: str = "", back: Back | None = None) -> None:
        self.interpreter = Interpreter(comfort(), Talk(waits=True))
        self.step: Step = self.interpreter.begin(at, back)

    def then(self, *happenings: Any) -> Step:
        for happening in happenings:
            self.step = self.interpreter.proceed(happening)
        return self.step

    @property
    def learned(self) -> list[tuple[str, str | None, str | None]]:
        return [
            (note.node, note.key, note.result)
            for note in self.interpreter.take_notes()
            if isinstance(note, NodeAnswered)
        ]


def said(*utterances: Any) -> Play:
    return Play(said=utterances, language="en", stop_on="0123456789*#")


# -- what he hears -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "minutes", "words"),
    [
        (2, 3, (PlaceInLine(2), WaitAtMost(3))),
        (1, None, (PlaceInLine(1),)),
        (None, None, ()),
    ],
)
def test_he_is_told_what_is_known_of_his_place_and_then_hears_music(
    position: int | None, minutes: int | None, words: tuple[Any, ...]
) -> None:
    waiter = Waiter()
    assert waiter.step == AskPlace()
    told = waiter.then(PlaceIs(position=position, wait_minutes=minutes))
    if words:
        assert told == said(*words)
        told = waiter.then(Finished())
    assert told == said(Sound("press-1"))
    assert waiter.then(Finished()) == ListenForKey(timeout_s=3)
    assert waiter.then(Silence()) == MUSIC
    assert waiter.then(Left()) == Done(reason=Ending.MUSIC)


def test_after_the_music_it_goes_on_where_it_had_left_him() -> None:
    assert Waiter("music", MusicOver()).step == AskPlace()
    assert Waiter("music", KeyInMusic(key="3")).step == said(Sound("press-1"))
    assert Waiter("music", KeyInMusic(key="9")).step == AskPlace()  # of another flow, before it was edited
    assert Waiter("gone", MusicOver()).step == AskPlace()
    assert Waiter("music", KeyInMusic(key="3")).learned == [("music", "3", None)]


def test_a_key_pressed_over_the_words_before_the_music_is_one_of_its_own() -> None:
    waiter = Waiter("music", MusicOver())
    waiter.then(PlaceIs(position=2, wait_minutes=None), key("3"))
    assert waiter.step == MUSIC  # the menu took it, and it is none of its keys
    loud = comfort(place={"kind": "play", "prompts": ["loud"], "next": "music"})
    interpreter = Interpreter(loud, Talk(waits=True))
    interpreter.begin()
    assert interpreter.proceed(key("3")) == said(Sound("press-1"))


# -- ways out of the queue ---------------------------------------------------------------------------------


def test_who_books_leaves_the_waiting_room_and_hears_so_outside() -> None:
    waiter = Waiter("music", KeyInMusic(key="3"))
    assert waiter.then(key("1")) == AskCallback(queue=None, waits=True)
    assert waiter.then(CallbackBooked()) == LeaveQueue(flow="comfort", node="callback")
    assert waiter.then(Left()) == Done(reason=Ending.LEFT_QUEUE)
    thanks = Play(said=(Sound("thanks"),), language="en", stop_on="")
    assert waiter.interpreter.rejoin(LeftQueue()) == thanks
    assert Waiter("callback", LeftQueue()).step == thanks  # nothing else is known of him


def test_who_cannot_be_called_goes_on_waiting() -> None:
    waiter = Waiter("music", KeyInMusic(key="3"))
    assert waiter.then(key("1"), QueueRefused(reason="he shows no number")) == MUSIC


def test_nothing_that_ends_his_wait_is_done_before_he_is_out_of_the_queue() -> None:
    waiter = Waiter("music", KeyInMusic(key="*"))
    assert waiter.step == LeaveQueue(flow="comfort", node="goodbye")
    waiter.then(Left())
    assert waiter.interpreter.rejoin(LeftQueue()) == Play(said=(Sound("goodbye"),), language="en", stop_on="")
    assert waiter.then(Finished()) == HangUp()


# -- how it is written ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "nodes", "wrong"),
    [
        ("wait", {}, None),
        ("call", {}, "nodes.music.kind: only callers who wait (purpose: wait) hear music"),
        ("call", {}, "nodes.place.prompts.0: only who waits (purpose: wait) has a place in line"),
        ("call", {}, "nodes.callback: needs queue: nobody waits here (purpose: wait)"),
        (
            "wait",
            {"callback": {"kind": "callback", "queue": "s", "booked": "thanks", "refused": "music"}},
            "nodes.callback.queue: is the one he waits in",
        ),
        ("wait", {"music": {"kind": "wait", "for_s": 0, "next": "place"}}, "nodes.music.for_s"),
        (
            "wait",
            {"music": {"kind": "wait", "for_s": 9, "keys": {"10": "place"}, "next": "place"}},
            "keys.10",
        ),
        ("wait", {"music": {"kind": "wait", "for_s": 9, "next": "plaice"}}, "did you mean 'place'"),
    ],
)
def test_what_is_wrong_with_a_treatment_is_told_with_its_place(
    purpose: str, nodes: dict[str, Any], wrong: str | None
) -> None:
    written = {**COMFORT, "purpose": purpose, "nodes": COMFORT["nodes"] | nodes}
    document = parse_document(json.dumps(written).encode(), "comfort.yaml")
    try:
        validate(document, Flow)
        told = ""
    except DocumentError as error:
        told = str(error)
    assert (wrong or "") in told
    assert bool(wrong) is bool(told)


def book(**flows: dict[str, Any]) -> FlowBook:
    document = parse_document(b"", "test.yaml")
    return FlowBook(
        [
            PublishedFlow(
                flow=Flow.model_validate({"name": name, **written}), version="0" * 12, document=document
            )
            for name, written in flows.items()
        ]
    )


def test_a_queue_node_names_a_treatment_that_is_one() -> None:
    def main(treatment: str) -> dict[str, Any]:
        queue = {"kind": "queue", "queue": "s", "treatment": treatment, "refused": "bye"}
        return {"start": "queue", "nodes": {"queue": queue, "bye": {"kind": "hangup"}}}

    rest = {name: value for name, value in COMFORT.items() if name != "name"}
    assert not book(main=main("comfort"), comfort=rest).misfits_within()
    (unknown,) = book(main=main("confort"), comfort=rest).misfits_within()
    assert unknown.suggestion == "comfort"
    (wrong,) = book(main=main("main"), comfort=rest).misfits_within()
    assert wrong.message == "'main' is no treatment: its purpose is call"


@pytest.mark.parametrize(
    ("way_out", "told"),
    [
        ({"kind": "voicemail", "mailbox": "s", "saved": "end", "failed": "end"}, True),
        ({"kind": "callback", "queue": "s", "booked": "end", "refused": "end"}, True),
        ({"kind": "hours", "hours": "office", "open": "end", "closed": "end"}, False),
    ],
)
def test_nobody_is_taken_out_of_his_queue_by_a_sub_flow_or_by_one_within_it(
    way_out: dict[str, Any], told: bool
) -> None:
    """He would come back to a node of the treatment, and these are none."""
    end = {"end": {"kind": "return"}}
    outer = {"inner": {"kind": "subflow", "flow": "inner", "next": "end"}} | end
    inner = {"out": way_out} | end

    def comfort(enters: str) -> dict[str, Any]:
        enter = {"kind": "subflow", "flow": enters, "next": "music"}
        return {
            "purpose": "wait",
            "start": "enter",
            "nodes": {"enter": enter, "music": {"kind": "wait", "for_s": 5, "next": "enter"}},
        }

    for enters in ("inner", "outer"):
        misfits = book(
            comfort=comfort(enters),
            outer={"purpose": "sub", "start": "inner", "nodes": outer},
            inner={"purpose": "sub", "start": "out", "nodes": inner},
        ).misfits_within()
        messages = [misfit.message for misfit in misfits]
        assert messages == (["'inner' takes callers out of their queue, at 'out'"] if told else [])


# -- the shell ---------------------------------------------------------------------------------------------


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with a_site() as site:
        document = parse_document(b"", "test.yaml")
        flows = [PublishedFlow(flow=flow, version="0" * 12, document=document) for flow in (FLOW, comfort())]
        site.book = FlowBook(flows, version=7)
        yield site


async def test_the_dialplan_is_told_how_long_and_by_which_keys_to_come_back(site: Site) -> None:
    site.board.waits_in, site.board.place = "sales", Waiting(position=2, wait_minutes=None)
    asterisk = await site.connects()
    asterisk.asks_for("waiting", node="-", treatment="comfort")
    await asterisk.hears_and_answers('STREAM FILE "press-1" "0123456789*#"', "200 result=0 endpos=80")
    assert site.server.talks_with("1.1")
    assert not site.server.talks_with("1.2")
    await asterisk.hears_and_answers('WAIT FOR DIGIT "3000"', "200 result=0")
    told = "CTI_TALK_FLOW=comfort,CTI_TALK_NODE=music,CTI_TALK_S=30,CTI_TALK_KEYS=3*"
    await asterisk.carries_out([f'EXEC "MSet" "{told}"'])
    assert await asterisk.is_left()
    assert not site.server.talks_with("1.1")
    assert ("place",) in site.board.of("1.1")
    assert not [told for told in site.board.told if told[0] == "entered"]


async def test_a_key_in_the_music_leads_on_and_a_booking_out_of_the_waiting_room(site: Site) -> None:
    site.board.waits_in = "sales"
    asterisk = await site.connects()
    asterisk.asks_for("waiting", node="music", treatment="comfort", key="3")
    await asterisk.hears_and_answers('STREAM FILE "press-1" "0123456789*#"', "200 result=49 endpos=80")
    await asterisk.carries_out(['EXEC "MSet" "CTI_LEFT=comfort,CTI_LEFT_NODE=callback,CTI_NEXT=left"'])
    assert await asterisk.is_left()
    assert ("callback", "his own") in site.board.of("1.1")
    outside = await site.connects()
    outside.asks_for("left", node="callback", treatment="comfort")
    await outside.hears_and_answers('STREAM FILE "thanks" ""', "200 result=0 endpos=80")
    await outside.carries_out(['SET VARIABLE "CTI_NEXT" "bye"'])
    assert await outside.is_left()
    assert ("entered", "0612", "8000", "comfort 7") in site.board.of("1.1")


async def test_an_engine_that_stops_while_he_books_lets_the_dialplan_hear_that_he_has_left(
    site: Site,
) -> None:
    """Else the next engine would find him waiting, and he would be served and called back as well."""
    engine_goes_on = asyncio.Event()
    site.board.waits_in, site.board.before_reply = "sales", engine_goes_on.wait
    asterisk = await site.connects()
    asterisk.asks_for("waiting", node="music", treatment="comfort", key="3")
    await asterisk.hears_and_answers('STREAM FILE "press-1" "0123456789*#"', "200 result=49 endpos=80")
    await site.board.asked_to_book.wait()
    closing = asyncio.create_task(site.server.close(grace_s=PATIENCE_S))
    await asyncio.sleep(0)
    engine_goes_on.set()
    await asterisk.carries_out(['EXEC "MSet" "CTI_LEFT=comfort,CTI_LEFT_NODE=callback,CTI_NEXT=left"'])
    assert await asterisk.is_left()
    await closing


@pytest.mark.parametrize(("treatment", "waits_in"), [("main", "sales"), ("nothing", "sales"), ("", "sales")])
async def test_what_is_no_treatment_leaves_him_to_music(site: Site, treatment: str, waits_in: str) -> None:
    site.board.waits_in = waits_in
    asterisk = await site.connects()
    asterisk.asks_for("waiting", node="music", treatment=treatment)
    assert await asterisk.is_left()


async def test_who_does_not_wait_for_the_engine_is_asked_about_soon_again(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for("waiting", node="music", treatment="comfort")
    await asterisk.carries_out(['SET VARIABLE "CTI_TALK_S" "1"'])
    assert await asterisk.is_left()


async def test_an_order_that_takes_him_away_ends_it_quietly(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.board.waits_in = "sales"
    asterisk = await site.connects()
    asterisk.asks_for("waiting", node="music", treatment="comfort", key="3")
    assert (await asterisk.hears()).startswith("STREAM FILE")
    asterisk.says("200 result=-1 endpos=8000", "HANGUP", "HANGUP")
    asterisk.writer.close()
    assert await asterisk.is_left()
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
