"""The FastAGI server against a scripted Asterisk, over real sockets; each trap seen is a test."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from acd.brief import Datum
from acd.customer import Customer
from acd.ids import CustomerId
from ivr.agi.server import AgiServer
from ivr.agi.services import Services
from ivr.flow import Flow
from ivr.port import Enqueued, QueueClosed, Ring
from tests.ivr.scripted_asterisk import (
    AFTERWARDS,
    FLOW,
    HELLO,
    INTO_QUEUE,
    INVALID,
    LISTEN,
    PATIENCE_S,
    PLACE_IN_LINE,
    PLAYED,
    PRESS_1,
    Site,
    a_site,
    pressed,
    variable,
)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with a_site() as site:
        yield site


async def test_a_caller_chooses_and_waits_in_the_queue(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for(callerid="+33 6 12")
    await asterisk.hears_and_answers(HELLO, PLAYED, PRESS_1, PLAYED, LISTEN, pressed("1"))
    await asterisk.carries_out(INTO_QUEUE)
    assert await asterisk.is_left()
    assert site.board.of("1.1") == [
        ("entered", "+33612", "8000", "main 7"),
        ("step", "greeting", "-"),
        ("step", "choice", "1"),
        ("step", "sales", "-"),
        ("enqueue", "sales", "-"),
    ]


async def test_a_key_over_the_greeting_is_enough(site: Site) -> None:
    site.board.reply = Enqueued(queue="sales", call_class="vip", since="5", boost="60")
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("9"))
    told = (
        "CTI_QUEUE=sales,CTI_NODE=vip-desk,CTI_CLASS=vip,CTI_SINCE=5,CTI_JOINED=0,CTI_BOOST=60,"
        "CTI_BRIEF=-,CTI_RETURNS=no,CTI_NEXT=wait"
    )
    await asterisk.carries_out([f'EXEC "MSet" "{told}"'])
    assert ("enqueue", "sales", "vip") in site.board.of("1.1")


async def test_a_wrong_key_interrupts_and_is_told_to_be_wrong(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(
        HELLO, PLAYED, PRESS_1, pressed("7"), INVALID, PLAYED, PRESS_1, PLAYED, LISTEN, pressed("A")
    )
    await asterisk.carries_out(INTO_QUEUE)
    assert [told for told in site.board.of("1.1") if told[1] == "choice"] == [
        ("step", "choice", "7"),
        ("step", "choice", "A"),
    ]


async def test_a_silent_caller_is_helped_by_a_person(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, PLAYED)
    for _ in range(2):
        await asterisk.hears_and_answers(PRESS_1, PLAYED, LISTEN, "200 result=0")
    await asterisk.carries_out(INTO_QUEUE)
    assert await asterisk.is_left()


async def test_a_refused_caller_hears_goodbye_before_the_engine_hears_the_end(site: Site) -> None:
    site.board.reply = QueueClosed(reason="full")
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    assert await asterisk.hears() == 'STREAM FILE "goodbye" ""'
    assert ("finished",) not in site.board.of("1.1")
    asterisk.says(PLAYED)
    assert await asterisk.hears() == variable("CTI_NEXT", "bye")
    assert site.board.of("1.1")[-1] == ("finished",)
    asterisk.says("200 result=1")
    assert await asterisk.is_left()


async def test_a_caller_who_hangs_up_is_left_in_peace(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, PLAYED, PRESS_1, "200 result=-1 endpos=1760")
    assert await asterisk.is_left()
    assert ("enqueue", "sales", "-") not in site.board.of("1.1")


async def test_a_hang_up_line_does_not_shift_the_answers_after_it(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    assert await asterisk.hears() == INTO_QUEUE[0]
    asterisk.says("HANGUP", "200 result=1")
    await asterisk.carries_out(INTO_QUEUE[1:])
    assert await asterisk.is_left()


async def test_a_key_answered_after_a_hang_up_is_not_followed(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    assert await asterisk.hears() == HELLO
    asterisk.says("HANGUP")
    asterisk.says(pressed("1"))
    assert await asterisk.is_left()
    assert [what for what, *_ in site.board.of("1.1")] == ["entered", "step"]


async def test_a_dead_channel_ends_the_session(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(
        HELLO, "511 Command Not Permitted on a dead channel or intercept routine"
    )
    assert await asterisk.is_left()


async def test_a_missing_sound_is_not_taken_for_a_hang_up(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, "200 result=-1 endpos=0", "CHANNEL STATUS", "200 result=6")
    await asterisk.hears_and_answers(PRESS_1, pressed("1"))
    await asterisk.carries_out(INTO_QUEUE)
    assert "the prompt 'hello' cannot be played" in caplog.text


async def test_a_hang_up_before_the_first_sound_is_not_taken_for_a_missing_one(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, "200 result=-1 endpos=0", "CHANNEL STATUS", "511 Dead")
    assert await asterisk.is_left()


@pytest.mark.parametrize(
    "answer",
    [
        "520-Invalid command syntax.  Proper usage follows:\nUsage: STREAM FILE\n520 End of proper usage.",
        "520 Invalid command syntax.  Proper usage not available.",
        "510 Invalid or unknown command",
        "200 result=",
        "200 result=77777",
        "200 result=65",
        "HTTP/1.1 400 Bad Request",
        "HANGUP\n" * 20,
    ],
)
async def test_an_answer_that_makes_no_sense_ends_the_session(site: Site, answer: str) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, answer)
    assert await asterisk.is_left()


async def test_variables_that_cannot_be_set_end_the_session(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"), INTO_QUEUE[0], "200 result=-1")
    assert await asterisk.is_left()


@pytest.mark.parametrize("evil", ["normal\nSET VARIABLE CTI_NEXT bye", "normal,CTI_NEXT=bye", ""])
async def test_nothing_foreign_gets_into_a_command(
    site: Site, evil: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.board.reply = Enqueued(queue="sales", call_class=evil, since="1", boost="0")
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    assert await asterisk.is_left()
    assert "neither a name nor a number" in caplog.text


async def test_odd_bytes_in_a_callers_name_do_not_end_the_call(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.says(
        "agi_network_script: ivr", "agi_uniqueid: 1.1", b"agi_calleridname: \xe9\xff", b"agi_callerid: \xe9"
    )
    asterisk.says("agi_arg_1: 8000", "")
    assert await asterisk.hears() == HELLO
    assert site.board.of("1.1")[0] == ("entered", "unknown", "8000", "main 7")


@pytest.mark.parametrize("script", ["", "ivr2", "../ivr", "x" * 500])
async def test_another_script_is_not_served(site: Site, script: str) -> None:
    asterisk = await site.connects()
    asterisk.asks_for(script)
    assert await asterisk.is_left()
    assert site.board.told == []


async def test_a_query_after_the_script_is_served(site: Site) -> None:
    asterisk = await site.connects()
    asterisk.asks_for("ivr?lang=en")
    assert await asterisk.hears() == HELLO


async def test_an_agent_who_is_ready_at_once_is_rung_without_the_waiting_room(site: Site) -> None:
    site.board.reply = Enqueued(
        queue="sales",
        call_class="normal",
        since="1732257600000000",
        boost="0",
        ring=Ring(agent="ana", offer="run-7", ring_s=15),
    )
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    rings = "__CTI_OFFER=run-7,CTI_AGENT=ana,CTI_RING=15,CTI_NEXT=connect"
    await asterisk.carries_out([f'EXEC "MSet" "{PLACE_IN_LINE},{rings}"'])
    assert await asterisk.is_left()


async def test_a_number_no_flow_answers_is_hung_up_on(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    asterisk = await site.connects()
    asterisk.asks_for(dialled="123")
    await asterisk.carries_out([variable("CTI_NEXT", "bye")])
    assert await asterisk.is_left()
    assert site.board.told == []
    assert "no flow answers the number 123" in caplog.text


async def test_a_call_that_is_over_for_the_engine_does_not_come_back(site: Site) -> None:
    site.board.knows_the_call = False
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.carries_out([variable("CTI_NEXT", "bye")])
    assert await asterisk.is_left()


async def test_a_failing_engine_is_logged_once_and_gives_the_caller_back(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise RuntimeError("no engine")

    site.board.before_reply = fails
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    assert await asterisk.is_left()
    assert [r.message for r in caplog.records if r.levelno >= logging.ERROR] == ["call 1.1: failed, closed"]


async def test_a_frozen_engine_gives_the_caller_back() -> None:
    async with a_site(engine_s=0.05) as site:
        site.board.before_reply = asyncio.Event().wait
        asterisk = await site.connects()
        asterisk.asks_for()
        await asterisk.hears_and_answers(HELLO, pressed("1"))
        assert await asterisk.is_left()


async def test_a_command_never_answered_ends_the_session() -> None:
    async with a_site(prompt_s=0.05, answer_s=0.05) as site:
        mute, slow = await site.connects(), await site.connects()
        mute.asks_for(uid="1.1")
        assert await mute.hears() == HELLO
        slow.asks_for(uid="2.2")
        assert await slow.hears() == HELLO
        assert await mute.is_left()
        assert await slow.is_left()


async def test_a_request_that_never_ends_is_cut_while_others_are_served() -> None:
    async with a_site(request_s=0.2) as site:
        slowloris, other = await site.connects(), await site.connects()
        slowloris.says("agi_network: yes")
        other.asks_for()
        assert await slowloris.is_left()
        await other.hears_and_answers(HELLO, pressed("1"))
        await other.carries_out(INTO_QUEUE)


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"",
        b"\n",
        b"\0\0\0\0\n\n",
        b"\xff\xfe\xfd\n\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"agi_network: yes\n",
        b"agi_x: " + b"a" * 20_000,
        b"agi_x: " + b"a" * 20_000 + b"\n",
        b"agi_x: 1\n" * 300,
        (b"agi_x: " + b"a" * 8000 + b"\n") * 20,
    ],
)
async def test_strangers_disturb_nobody(site: Site, bytes_sent: bytes) -> None:
    caller = await site.connects()
    caller.asks_for()
    for _ in range(20):
        stranger = await site.connects()
        stranger.writer.write(bytes_sent)
        stranger.writer.write_eof()
        assert await stranger.is_left()
    await caller.hears_and_answers(HELLO, pressed("1"))
    await caller.carries_out(INTO_QUEUE)
    assert await caller.is_left()


async def test_a_full_ivr_closes_further_connections_unanswered(caplog: pytest.LogCaptureFixture) -> None:
    async with a_site(sessions=2) as site:
        first, second = await site.connects(), await site.connects()
        first.asks_for(uid="1.1")
        second.asks_for(uid="2.2")
        for _ in range(3):
            assert await (await site.connects()).is_left()
        assert site.server.refused == 3
        assert caplog.text.count("the IVR is full") == 1
        await first.hears_and_answers(HELLO, "200 result=-1 endpos=9")
        assert await first.is_left()
        third = await site.connects()
        third.asks_for(uid="3.3")
        assert await third.hears() == HELLO


async def test_closing_gives_callers_back_at_once(site: Site) -> None:
    listening, silent = await site.connects(), await site.connects()
    listening.asks_for()
    assert await listening.hears() == HELLO
    await site.server.close(grace_s=PATIENCE_S)
    assert await listening.is_left()
    assert await silent.is_left()
    assert site.server.sessions == 0
    with pytest.raises(OSError):
        await site.connects()


async def test_closing_lets_a_hand_over_finish(site: Site) -> None:
    engine_goes_on = asyncio.Event()
    site.board.before_reply = engine_goes_on.wait
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    await site.board.asked_to_enqueue.wait()
    closing = asyncio.create_task(site.server.close(grace_s=PATIENCE_S))
    engine_goes_on.set()
    await asterisk.carries_out(INTO_QUEUE)
    assert await asterisk.is_left()
    await closing


async def test_closing_waits_no_longer_than_its_grace(site: Site) -> None:
    site.board.before_reply = asyncio.Event().wait
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers(HELLO, pressed("1"))
    await site.board.asked_to_enqueue.wait()
    await site.server.close(grace_s=0.05)
    assert await asterisk.is_left()
    assert site.server.sessions == 0


async def test_closing_twice_or_before_starting_does_nothing(site: Site) -> None:
    await site.server.close(grace_s=0)
    await site.server.close(grace_s=0)
    never_started = AgiServer(flow_for=lambda _: None, services=Services(switchboard=site.board))
    await never_started.close(grace_s=0)
    assert never_started.sessions == 0


async def test_a_port_in_use_is_told(site: Site) -> None:
    second = AgiServer(flow_for=lambda _: None, services=Services(switchboard=site.board))
    with pytest.raises(OSError, match="in use"):
        await second.start("127.0.0.1", site.port)


async def test_a_flow_that_never_ends_is_ended(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    rounds = FLOW.model_dump()
    rounds["nodes"]["choice"]["otherwise"] = "choice"
    site.numbers["8000"] = Flow.model_validate(rounds)
    asterisk = await site.connects()
    asterisk.asks_for()
    while not (heard := await asterisk.hears()).startswith("SET"):
        asterisk.says("200 result=0 endpos=1" if heard.startswith("STREAM") else "200 result=0")
    assert heard == variable("CTI_NEXT", "bye")
    asterisk.says("200 result=1")
    assert await asterisk.is_left()
    assert "too long" in caplog.text


async def test_five_hundred_callers_at_once(site: Site) -> None:
    async def calls(at: int) -> None:
        asterisk = await site.connects()
        asterisk.asks_for(uid=f"7.{at}")
        await arrived.wait()
        await asterisk.hears_and_answers(HELLO, pressed("1"))
        await asterisk.carries_out(INTO_QUEUE)
        assert await asterisk.is_left()

    arrived = asyncio.Barrier(500)
    async with asyncio.TaskGroup() as group:
        for at in range(500):
            group.create_task(calls(at))
    assert sum(told[0] == "enqueue" for told in site.board.told) == 500
    assert site.server.refused == 0


async def test_a_caller_whose_agent_hung_up_goes_on_where_he_left_with_all_that_is_known(site: Site) -> None:
    site.numbers["8000"] = AFTERWARDS
    first = await site.connects()
    first.asks_for()
    await first.hears_and_answers('STREAM FILE "press-1" "0123456789*#"', pressed("7"))
    returning = PLACE_IN_LINE.replace("NODE=sales", "NODE=desk").replace("RETURNS=no", "RETURNS=yes")
    await first.carries_out([f'EXEC "MSet" "{returning},CTI_NEXT=wait"'])
    assert await first.is_left()
    assert site.board.briefs[-1].data == (Datum(name="pressed", value="7"),)
    assert len(site.conversations) == 1
    again = await site.connects()
    again.asks_for("back")
    await again.hears_and_answers('STREAM FILE "digits/7" ""', PLAYED)
    await again.carries_out([variable("CTI_NEXT", "bye")])
    assert await again.is_left()
    assert ("entered", "0612", "8000", "main 7", "back") in site.board.of("1.1")
    assert len(site.conversations) == 0


async def test_nothing_is_kept_of_a_caller_whom_the_queue_does_not_take(site: Site) -> None:
    site.numbers["8000"] = AFTERWARDS
    site.board.reply = QueueClosed(reason="closed")
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers('STREAM FILE "press-1" "0123456789*#"', pressed("7"))
    await asterisk.hears_and_answers('STREAM FILE "goodbye" ""', PLAYED)
    assert len(site.conversations) == 0
    await asterisk.carries_out([variable("CTI_NEXT", "bye")])


async def test_a_caller_who_comes_back_to_an_engine_that_knows_nothing_goes_on_there(
    site: Site,
) -> None:
    site.numbers["8000"] = AFTERWARDS
    asterisk = await site.connects()
    asterisk.asks_for("back", node="desk")
    await asterisk.hears_and_answers('STREAM FILE "goodbye" ""', PLAYED)
    await asterisk.carries_out([variable("CTI_NEXT", "bye")])
    assert await asterisk.is_left()


async def test_a_flow_knows_who_is_calling(site: Site) -> None:
    site.board.customer = Customer(customer_id=CustomerId("c-1"), segment="gold", language="zh")
    nodes = {
        "who": {
            "kind": "branch",
            "cases": [{"when": "customer.id == 'c-1' and customer.segment == 'gold'", "next": "gold"}],
            "otherwise": "bye",
        },
        "gold": {"kind": "hangup", "prompts": ["gold"]},
        "bye": {"kind": "hangup", "prompts": ["goodbye"]},
    }
    site.numbers["8000"] = Flow.model_validate({"name": "main", "start": "who", "nodes": nodes})
    asterisk = await site.connects()
    asterisk.asks_for()
    assert await asterisk.hears() == 'STREAM FILE "gold" ""'
    site.board.customer = None
    stranger = await site.connects()
    stranger.asks_for(uid="2.2")
    assert await stranger.hears() == 'STREAM FILE "goodbye" ""'


async def test_a_caller_who_comes_back_unknown_is_spoken_to_as_his_channel_is(site: Site) -> None:
    flow = AFTERWARDS.model_dump(by_alias=True) | {"languages": ["en", "zh"]}
    flow["nodes"]["desk"]["after"] = flow["nodes"]["desk"]["refused"] = "which"
    del flow["nodes"]["repeat"], flow["nodes"]["seven"]
    flow["nodes"]["which"] = {
        "kind": "branch",
        "cases": [{"when": "language == 'zh'", "next": "chinese"}],
        "otherwise": "goodbye",
    }
    flow["nodes"]["chinese"] = {"kind": "hangup", "prompts": ["nihao"]}
    site.numbers["8000"] = Flow.model_validate(flow)
    asterisk = await site.connects()
    asterisk.asks_for("back", node="desk", language="zh")
    await asterisk.hears_and_answers('STREAM FILE "nihao" ""', PLAYED)
    await asterisk.carries_out([variable("CTI_NEXT", "bye")])
    assert await asterisk.is_left()


PUT_THROUGH = Flow.model_validate(
    {
        "name": "main",
        "start": "office",
        "nodes": {
            "office": {"kind": "transfer", "to": {"outside": "+33123"}, "failed": "goodbye"},
            "goodbye": {"kind": "hangup", "prompts": ["goodbye"]},
        },
    }
)


async def test_a_caller_is_put_through_and_comes_back_when_nobody_answers(site: Site) -> None:
    site.numbers["8000"] = PUT_THROUGH
    asterisk = await site.connects()
    asterisk.asks_for()
    told = "CTI_NODE=office,CTI_WAY=outside,CTI_TO=+33123,CTI_DIAL=30,CTI_LONGEST=0,CTI_RETURNS=no"
    told += ",CTI_NEXT=transfer"
    await asterisk.carries_out([f'EXEC "MSet" "{told}"'])
    assert await asterisk.is_left()
    assert ("put through", "outside", "+33123") in site.board.of("1.1")
    again = await site.connects()
    again.asks_for("failed")
    await again.hears_and_answers('STREAM FILE "goodbye" ""', PLAYED)
    await again.carries_out([variable("CTI_NEXT", "bye")])


async def test_a_caller_who_may_not_be_put_through_goes_on(site: Site) -> None:
    site.numbers["8000"], site.board.lets_through = PUT_THROUGH, False
    asterisk = await site.connects()
    asterisk.asks_for()
    await asterisk.hears_and_answers('STREAM FILE "goodbye" ""', PLAYED)
    assert len(site.conversations) == 0
