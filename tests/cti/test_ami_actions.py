"""Every action has one end, and is never sent twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from cti.ami import ActionFailed, ActionUnconfirmed, LinkBusy, LinkDown
from cti.ami_connection import Answer, Limits
from cti.ami_wire import UnsafeHeader
from tests.cti.ami_desk import linked, told_on_uvloop
from tests.cti.fake_ami import FakeAmi, SeenAction


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


async def test_each_answer_finds_the_action_it_belongs_to(asterisk: FakeAmi) -> None:
    kept: list[SeenAction] = []
    asterisk.when("Getvar", kept.append)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        asked = [asyncio.create_task(desk.link.act("Getvar", [("Variable", v)])) for v in "ab"]
        await asterisk.sees("Getvar", times=2)
        for action in reversed(kept):
            action.reply("Response: Success", f"Variable: {action['Variable']}", "Value: ")
        answers = await asyncio.gather(*asked)
    assert [answer["Variable"] for answer in answers] == ["a", "b"]


async def test_asterisks_refusal_is_raised_with_its_words(asterisk: FakeAmi) -> None:
    asterisk.refuses("Redirect", "Channel does not exist")
    asterisk.refuses("BridgeList", "Permission denied")
    async with linked(asterisk) as desk:
        await desk.comes_up()
        with pytest.raises(ActionFailed) as refused:
            await desk.link.act("Redirect", [("Channel", "PJSIP/gone")])
        with pytest.raises(ActionFailed, match="Permission denied"):
            await desk.link.act_list("BridgeList")
    assert refused.value.message == "Channel does not exist"


async def test_a_header_that_smuggles_an_action_is_never_sent(asterisk: FakeAmi) -> None:
    evil = [("Channel", "x\r\n\r\nAction: Command\r\nCommand: core stop now")]
    async with linked(asterisk) as desk:
        await desk.comes_up()
        with pytest.raises(UnsafeHeader):
            await desk.link.act("Hangup", evil)
        with pytest.raises(UnsafeHeader):
            desk.link.act_pipelined([("Setvar", [("Variable", "A")]), ("Redirect", evil)])
        await desk.link.act("CoreStatus")
    assert [action.name for action in asterisk.actions] == ["CoreStatus"]


async def test_an_order_of_several_actions_is_written_at_once_and_answered_in_order(
    asterisk: FakeAmi,
) -> None:
    asterisk.refuses("Setvar", "No such channel")
    asterisk.accepts("Redirect", "Redirect successful")
    async with linked(asterisk) as desk:
        await desk.comes_up()
        asterisk.reads.clear()
        order = desk.link.act_pipelined(
            [("Setvar", [("Variable", "CTI_RING"), ("Value", "15")]), ("Redirect", [("Exten", "ana")])]
        )
        set_, redirected = await order
    assert isinstance(set_, ActionFailed)
    assert isinstance(redirected, dict)
    assert redirected["Message"] == "Redirect successful"
    assert [read.count(b"Action: ") for read in asterisk.reads] == [2]


async def test_a_list_is_collected_up_to_its_end_and_kept_apart_from_the_news(asterisk: FakeAmi) -> None:
    def lists(action: SeenAction) -> None:
        action.reply("Response: Success", "EventList: start", "Message: Device State Changes will follow")
        action.reply("Event: DeviceStateChange", "Device: PJSIP/ana")
        action.connection.send_lines("Event: DeviceStateChange", "Device: PJSIP/ben", "Uid: news")
        action.reply("Event: DeviceStateChange", "Device: PJSIP/cleo")
        action.reply("Event: DeviceStateListComplete", "EventList: Complete", "ListItems: 2")

    asterisk.when("DeviceStateList", lists)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        states = await desk.link.act_list("DeviceStateList")
    assert [state["Device"] for state in states] == ["PJSIP/ana", "PJSIP/cleo"]
    assert desk.uids() == ["news"]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (["Response: Success"], "without a list"),
        (["Response: Success", "EventList: start", "then", "EventList: cancelled"], "cancelled"),
    ],
)
async def test_half_a_list_is_no_list(asterisk: FakeAmi, answer: list[str], complaint: str) -> None:
    def lists(action: SeenAction) -> None:
        action.reply(*answer[:2])
        action.reply("Event: CoreShowChannel", "Channel: PJSIP/ana-1")
        action.reply("Event: CoreShowChannelsComplete", *answer[3:])

    asterisk.when("CoreShowChannels", lists)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        with pytest.raises(ActionFailed, match=complaint):
            await desk.link.act_list("CoreShowChannels")


async def test_a_list_longer_than_it_may_be_ends_and_its_tail_is_ignored(asterisk: FakeAmi) -> None:
    def lists(action: SeenAction) -> None:
        action.reply("Response: Success", "EventList: start")
        for number in range(5):
            action.reply("Event: DeviceStateChange", f"Device: PJSIP/{number}")
        action.reply("Event: DeviceStateListComplete", "EventList: Complete")

    asterisk.when("DeviceStateList", lists)
    async with linked(asterisk, limits=Limits(list_items=3)) as desk:
        await desk.comes_up()
        with pytest.raises(ActionUnconfirmed, match="more than 3 items"):
            await desk.link.act_list("DeviceStateList")
        await desk.link.act("CoreStatus")
    assert desk.events == []


@pytest.mark.parametrize("name", ["Originate", "QueueAdd", "AGI", "Redirect"])
async def test_an_action_that_is_never_answered_ends_at_its_deadline(asterisk: FakeAmi, name: str) -> None:
    asterisk.ignores(name)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        with pytest.raises(ActionUnconfirmed, match=r"no answer within 0\.02 s"):
            await desk.link.act(name, timeout_s=0.02)
        [late] = asterisk.seen(name)
        late.reply("Response: Success")  # nobody waits for it any more
        assert await desk.link.act("CoreStatus")
    assert len(asterisk.seen(name)) == 1


async def test_a_list_that_is_cut_short_ends_at_its_deadline(asterisk: FakeAmi) -> None:
    def starts_only(action: SeenAction) -> None:
        action.reply("Response: Success", "EventList: start")
        action.reply("Event: CoreShowChannel", "Channel: PJSIP/ana-1")

    asterisk.when("CoreShowChannels", starts_only)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        with pytest.raises(ActionUnconfirmed, match="no answer within"):
            await desk.link.act_list("CoreShowChannels", timeout_s=0.02)


async def test_the_news_about_a_finished_action_is_still_an_event(asterisk: FakeAmi) -> None:
    def originates(action: SeenAction) -> None:
        action.reply("Response: Success", "Message: Originate successfully queued")
        action.reply("Event: OriginateResponse", "Response: Failure", "Uid: att-1", "Reason: 0")

    asterisk.when("Originate", originates)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        await desk.link.act("Originate", [("Async", "true"), ("ChannelId", "att-1")])
        await desk.until(lambda: desk.events)
    assert desk.uids() == ["att-1"]


async def test_too_many_open_actions_are_refused_not_hoarded(asterisk: FakeAmi) -> None:
    asterisk.ignores("Getvar")
    async with linked(asterisk, limits=Limits(outstanding=3)) as desk:
        await desk.comes_up()
        open_ = desk.link.act_pipelined([("Getvar", ())] * 3, timeout_s=0.05)
        with pytest.raises(LinkBusy):
            await desk.link.act("Getvar")
        assert all(isinstance(outcome, ActionUnconfirmed) for outcome in await open_)
        assert await desk.link.act("CoreStatus")
    assert len(asterisk.seen("Getvar")) == 3


async def test_whoever_stops_waiting_leaves_nothing_behind(asterisk: FakeAmi) -> None:
    asterisk.ignores("Getvar")
    async with linked(asterisk) as desk:
        await desk.comes_up()
        asking = asyncio.create_task(desk.link.act("Getvar"))
        action = await asterisk.sees("Getvar")
        asking.cancel()
        await asyncio.wait({asking})
        action.reply("Response: Success")
        assert await desk.link.act("CoreStatus")
        assert asking.cancelled()


# --- with the link lost


async def test_an_order_caught_by_a_cut_is_unconfirmed_and_never_sent_again(asterisk: FakeAmi) -> None:
    for name in ("Redirect", "Originate", "CoreShowChannels"):
        asterisk.ignores(name)
    async with linked(asterisk) as desk:
        await desk.comes_up()
        order = desk.link.act_pipelined([("Redirect", ()), ("Originate", ())], timeout_s=60)
        stock = asyncio.create_task(desk.link.act_list("CoreShowChannels", timeout_s=60))
        await asterisk.sees("CoreShowChannels")
        asterisk.cuts()
        outcomes = await order
        with pytest.raises(ActionUnconfirmed, match="link lost"):
            await stock
        assert [type(outcome) for outcome in outcomes] == [ActionUnconfirmed] * 2
        assert len(desk.downs) == 1
        await desk.comes_up(times=2)
        await desk.link.act("CoreStatus")
    assert [action.name for action in asterisk.actions] == [
        "Redirect",
        "Originate",
        "CoreShowChannels",
        "CoreStatus",
    ]


async def test_an_action_without_a_link_fails_at_once_and_never_runs_late(asterisk: FakeAmi) -> None:
    async with linked(asterisk) as desk:
        await desk.comes_up()
        await asterisk.stops()
        await desk.until(lambda: desk.downs)
        with pytest.raises(LinkDown):
            await desk.link.act("Redirect")
        with pytest.raises(LinkDown):
            desk.link.act_pipelined([("Redirect", ())])
        await asterisk.starts()
        await desk.comes_up(times=2)
        await desk.link.act("CoreStatus")
    assert asterisk.seen("Redirect") == []


async def test_the_loss_is_told_before_the_orders_it_caught(asterisk: FakeAmi) -> None:
    asterisk.ignores("Redirect")
    async with linked(asterisk) as desk:
        await desk.comes_up()
        order = desk.link.act_pipelined([("Redirect", ())])
        order.add_done_callback(lambda _: desk.downs.append("order unconfirmed"))
        await asterisk.sees("Redirect")
        asterisk.cuts()
        await order
        await desk.until(lambda: len(desk.downs) == 2)
    assert desk.downs[1] == "order unconfirmed"


async def test_a_peer_that_does_not_read_is_dropped_before_memory_fills(asterisk: FakeAmi) -> None:
    async with linked(asterisk, limits=Limits(outstanding=1_000_000, write_bytes=65536)) as desk:
        await desk.comes_up()
        asterisk.freezes()
        actions = [("Setvar", [("Value", "x" * 900)])] * 50
        orders: list[asyncio.Future[list[Answer]]] = []

        def floods() -> None:
            while len(orders) < 1000:
                orders.append(desk.link.act_pipelined(actions))

        with pytest.raises(LinkDown, match="does not read"):
            floods()
        outcomes = [outcome for order in orders for outcome in await order]
    assert outcomes
    assert {type(outcome) for outcome in outcomes} == {ActionUnconfirmed}


@pytest.mark.parametrize(
    "story",
    [
        test_an_order_of_several_actions_is_written_at_once_and_answered_in_order,
        test_an_order_caught_by_a_cut_is_unconfirmed_and_never_sent_again,
        test_an_action_without_a_link_fails_at_once_and_never_runs_late,
        test_a_peer_that_does_not_read_is_dropped_before_memory_fills,
    ],
    ids=lambda story: story.__name__.removeprefix("test_"),
)
def test_on_uvloop_too(story: Callable[[FakeAmi], Coroutine[Any, Any, None]]) -> None:
    assert told_on_uvloop(story) >= 1
