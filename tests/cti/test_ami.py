"""The life of the link to Asterisk in good and bad days, over a real loopback socket."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from cti.ami import LinkDown, LinkState
from tests.cti.ami_desk import Desk, linked, told_on_uvloop
from tests.cti.fake_ami import FakeAmi, SeenAction


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


# --- coming up


async def test_the_link_logs_in_without_showing_the_secret(asterisk: FakeAmi) -> None:
    async with linked(asterisk) as desk:
        assert desk.link.state is not LinkState.UP
        await desk.comes_up()
        assert (desk.link.reason, desk.downs) == ("", [])
        assert desk.link.since > 0
    assert b"open sesame" not in asterisk.received
    assert b"AuthType: MD5" in asterisk.received


async def test_a_booting_asterisk_is_not_used_before_it_says_fully_booted(asterisk: FakeAmi) -> None:
    asterisk.booted = False
    async with linked(asterisk) as desk:
        await asterisk.until(lambda: asterisk.logins == 1)
        with pytest.raises(LinkDown):
            await desk.link.act("CoreStatus")
        assert desk.ups == 0
        asterisk.boots()
        await desk.comes_up()
        assert await desk.link.act("CoreStatus")


async def test_an_asterisk_that_never_boots_is_left_and_tried_again(asterisk: FakeAmi) -> None:
    asterisk.booted = False
    async with linked(asterisk, boot_timeout_s=0.05) as desk:
        await asterisk.until(lambda: asterisk.logins == 2)
        assert "FullyBooted" in desk.downs[0]
        assert desk.ups == 0


async def test_events_that_arrive_while_taking_stock_are_handed_over_in_order(asterisk: FakeAmi) -> None:
    desk = Desk()

    async def takes_stock() -> None:
        asterisk.emits("UserEvent", "Uid: 1")
        asterisk.emits("UserEvent", "Uid: 2")
        await desk.until(lambda: len(desk.events) == 2)
        assert desk.link.state is LinkState.CONNECTING
        await desk.link.act_list("DeviceStateList")

    def lists(action: SeenAction) -> None:
        action.connection.send_lines("Event: UserEvent", "Uid: 3")
        action.reply("Response: Success", "EventList: start")
        action.reply("Event: DeviceStateListComplete", "EventList: Complete")
        action.connection.send_lines("Event: UserEvent", "Uid: 4")

    desk.takes_stock = takes_stock
    asterisk.when("DeviceStateList", lists)
    async with linked(asterisk, desk):
        await desk.comes_up()
        await desk.until(lambda: len(desk.events) == 4)
    assert desk.uids() == ["1", "2", "3", "4"]


@pytest.mark.parametrize("trouble", ["raises", "hangs"])
async def test_when_taking_stock_fails_the_link_is_dropped_and_made_again(
    asterisk: FakeAmi, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()

    async def fails_once() -> None:
        if desk.ups == 1 and trouble == "raises":
            raise RuntimeError("no such bridge")
        if desk.ups == 1:
            await asyncio.Event().wait()

    desk.takes_stock = fails_once
    async with linked(asterisk, desk, up_timeout_s=0.05):
        await desk.comes_up(times=2)
    assert len(desk.downs) == 1
    assert ("no such bridge" in desk.downs[0]) == (trouble == "raises")
    assert asterisk.logins == 2


# --- not coming up


async def test_a_wrong_password_is_told_once_and_not_tried_again_and_again(asterisk: FakeAmi) -> None:
    async with linked(asterisk, secret="guess") as desk:
        await desk.until(lambda: desk.downs)
        assert desk.link.state is LinkState.REFUSED
        assert "'callwright': Authentication failed" in desk.downs[0]
        assert "guess" not in desk.downs[0]
        with pytest.raises(LinkDown, match="Authentication failed"):
            await desk.link.act("Ping")
    assert (asterisk.logins, desk.ups, len(desk.downs)) == (1, 0, 1)


async def test_a_corrected_password_is_found_after_the_long_pause_without_a_second_report(
    asterisk: FakeAmi,
) -> None:
    async with linked(asterisk, secret="new", refused_pause_s=0.1) as desk:
        await asterisk.until(lambda: asterisk.logins == 2)
        assert len(desk.downs) == 1
        asterisk.secret = "new"
        await desk.comes_up()
    assert len(desk.downs) == 1
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(asterisk.attempts))


async def test_a_missing_asterisk_is_told_once_and_awaited() -> None:
    asterisk = FakeAmi()
    async with asterisk:
        pass  # the port is known to be free now
    async with linked(asterisk) as desk:
        await desk.until(lambda: desk.downs)
        assert f"127.0.0.1:{asterisk.port}" in desk.downs[0]
        async with asterisk:
            await desk.comes_up()
            assert len(desk.downs) == 1


async def test_attempts_come_at_growing_pauses(asterisk: FakeAmi) -> None:
    asterisk.hangs_up_at_once = True
    async with linked(asterisk, pauses=(0.01, 0.03, 0.06)) as desk:
        await asterisk.until(lambda: len(asterisk.attempts) == 5)
        assert len(desk.downs) == 1
    waits = [later - earlier for earlier, later in pairwise(asterisk.attempts)]
    for waited, pause in zip(waits, (0.01, 0.03, 0.06, 0.06), strict=True):
        assert waited >= pause


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"Asterisk Call Manager/11"])
async def test_a_port_where_something_else_listens_is_named(asterisk: FakeAmi, greeting: bytes) -> None:
    asterisk.greeting = greeting
    async with linked(asterisk, greeting_timeout_s=0.05) as desk:
        await desk.until(lambda: desk.downs)
    assert "greet" in desk.downs[0]
    assert asterisk.logins == 0


# --- losing it


async def test_every_loss_is_told_once(asterisk: FakeAmi) -> None:
    async with linked(asterisk) as desk:
        for loss in (1, 2, 3):
            await desk.comes_up(times=loss)
            assert len(desk.downs) == loss - 1
            asterisk.cuts()
            await desk.until(lambda told=loss: len(desk.downs) == told)
    assert (desk.ups, len(desk.downs)) == (3, 3)


async def test_a_frozen_asterisk_is_noticed(asterisk: FakeAmi) -> None:
    async with linked(asterisk, ping_every_s=0.02, ping_deadline_s=0.05) as desk:
        await desk.comes_up()
        await asterisk.sees("Ping", times=2)
        asterisk.freezes()
        await desk.until(lambda: desk.downs)
        assert "did not answer a ping" in desk.downs[0]
        await desk.comes_up(times=2)


async def test_a_message_without_end_costs_the_link_and_nothing_else(asterisk: FakeAmi) -> None:
    async with linked(asterisk) as desk:
        await desk.comes_up()
        asterisk.sends(b"Event: Hangup\r\nValue: " + b"x" * 32 * 1024 * 1024)
        await desk.until(lambda: desk.downs)
        assert "no end" in desk.downs[0]
        await desk.comes_up(times=2)


async def test_forged_and_odd_headers_cost_nothing(asterisk: FakeAmi) -> None:
    async with linked(asterisk) as desk:
        await desk.comes_up()
        asterisk.emits(
            "UserEvent", "Uid: 1", "Event: Hangup", "Response: Error", "ActionID: x", "ChanVariable: "
        )
        asterisk.emits("UserEvent", "Uid: 2")
        await desk.until(lambda: len(desk.events) == 2)
        assert desk.link.state is LinkState.UP
    assert [event["Event"] for event in desk.events] == ["UserEvent", "UserEvent"]


async def test_a_callback_that_fails_is_logged_once_and_loses_only_its_own_event(
    asterisk: FakeAmi, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    desk.chokes_on = "2"
    async with linked(asterisk, desk):
        await desk.comes_up()
        asterisk.sends(b"".join(b"Event: UserEvent\r\nUid: %d\r\n\r\n" % n for n in (1, 2, 3, 2, 4)))
        await desk.until(lambda: desk.uids() == ["1", "3", "4"])
        assert desk.link.state is LinkState.UP
    told = [r for r in caplog.records if r.exc_info]
    assert [r.getMessage() for r in told] == ["handling of event UserEvent failed"]
    assert desk.downs == []


async def test_a_coroutine_callback_is_refused(asterisk: FakeAmi) -> None:
    class Handler:
        async def __call__(self, event: dict[str, str]) -> None: ...

    async def handle(event: dict[str, str]) -> None: ...

    for callback in (handle, functools.partial(handle), Handler()):
        with pytest.raises(TypeError, match="on_event must be a plain function"):
            async with linked(asterisk, on_event=callback):
                pass
    assert asterisk.attempts == []


async def test_a_report_that_fails_does_not_stop_the_link(asterisk: FakeAmi) -> None:
    def fails(reason: str) -> None:
        raise RuntimeError(reason)

    async with linked(asterisk, on_down=fails) as desk:
        await desk.comes_up()
        asterisk.cuts()
        await desk.comes_up(times=2)
        assert asterisk.logins == 2


# --- stopping


@pytest.mark.parametrize("moment", ["up", "taking stock", "logging in", "pausing"])
async def test_after_stopping_there_is_no_new_attempt(
    asterisk: FakeAmi, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    options: dict[str, Any] = {}
    if moment == "taking stock":
        desk.takes_stock = asyncio.Event().wait
    elif moment == "logging in":
        asterisk.booted = False
    elif moment == "pausing":
        asterisk.hangs_up_at_once = True
        options["pauses"] = (60.0,)
    with caplog.at_level(logging.DEBUG, logger="cti"):
        async with linked(asterisk, desk, **options):
            if moment == "pausing":
                await desk.until(lambda: desk.downs)
            elif moment == "logging in":
                await asterisk.until(lambda: asterisk.logins)
            else:
                await desk.until(lambda: desk.ups)
        await asterisk.until(lambda: not asterisk.connections)
        with pytest.raises(LinkDown, match="stopped"):
            await desk.link.act("Ping")
    assert len(asterisk.attempts) == 1
    assert len(desk.downs) == (1 if moment == "pausing" else 0)
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    "story",
    [
        test_the_link_logs_in_without_showing_the_secret,
        test_a_frozen_asterisk_is_noticed,
        test_a_message_without_end_costs_the_link_and_nothing_else,
    ],
    ids=lambda story: story.__name__.removeprefix("test_"),
)
def test_on_uvloop_too(story: Callable[[FakeAmi], Coroutine[Any, Any, None]]) -> None:
    assert told_on_uvloop(story) >= 1
