"""Asking Asterisk what is true: complete answers, partial ones, and answers nobody should believe."""

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.brief import NOTHING, Brief, Datum
from acd.call import CallClass
from acd.instant import Instant
from acd.observation import LiveCall, Place
from acd.transfer import Transfer, TransferWay
from cti import briefs
from cti.ami_connection import ActionFailed, ActionUnconfirmed, Answer, LinkDown, Message
from cti.asking import AT_ONCE
from cti.campaign_lines import lead_written
from cti.reconcile import CALLER_VARIABLES, live_call, locate, observe, phones
from cti.translate import caller_on
from dialer.ids import LeadId

NOW = Instant(1_795_331_800_000_000)
SINCE = NOW - 5_000_000


def channel(uid: str, context: str, **more: str) -> Message:
    return {
        "Channel": f"PJSIP/carrier-{uid}",
        "CallerIDNum": "+3312",
        "Context": context,
        "Exten": "s",
        "Uniqueid": uid,
        "ChanVariable(CTI_CALL)": uid,
        "ChanVariable(CTI_OFFER)": "",
        "BridgeId": "",
    } | more


WAITS = {"CTI_QUEUE": "sales", "CTI_CLASS": "vip", "CTI_SINCE": str(SINCE), "CTI_DIALLED": "8000"}


class Asked:
    """A link that answers from memory."""

    def __init__(self, *channels: Message, devices: Iterable[Message] = ()) -> None:
        self.channels, self.devices = list(channels), list(devices)
        self.variables: dict[str, dict[str, str]] = {c.get("Uniqueid", ""): WAITS for c in channels}
        self.trouble: dict[str, Answer] = {}
        self.writes: list[int] = []
        self.breaks_at_write = 0

    async def act_list(
        self, name: str, headers: Iterable[tuple[str, str]] = (), *, timeout_s: float | None = None
    ) -> list[Message]:
        return {"CoreShowChannels": self.channels, "DeviceStateList": self.devices}[name]

    def act_pipelined(
        self, actions: list[tuple[str, list[tuple[str, str]]]], *, timeout_s: float | None = None
    ) -> asyncio.Future[list[Answer]]:
        self.writes.append(len(actions))
        if len(self.writes) == self.breaks_at_write:
            raise LinkDown("cut")
        future: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        future.set_result([self._answer(name, dict(headers)) for name, headers in actions])
        return future

    def _answer(self, name: str, headers: dict[str, str]) -> Answer:
        assert name == "Getvar"
        uid = headers["Channel"]
        if uid in self.trouble:
            return self.trouble[uid]
        return {"Response": "Success", "Value": self.variables[uid].get(headers["Variable"], "")}


async def test_everybody_is_seen_where_he_is() -> None:
    link = Asked(
        channel("1.1", "callers", **{"ChanVariable(CTI_CALL)": ""}),
        channel("1.2", "arrived"),
        channel("1.3", "ivr"),
        channel("1.4", "waiting"),
        channel("1.5", "fallback"),
        channel("1.6", "fallback"),
        channel("1.7", "connect", Exten="ana"),
        channel("1.8", "connect", Exten="ben", BridgeId="b-1"),
        channel("1.9", "agents", **{"ChanVariable(CTI_CALL)": "1.8", "BridgeId": "b-1"}),
        devices=[
            {"Device": "PJSIP/ana", "State": "RINGING"},
            {"Device": "PJSIP/cleo", "State": "UNAVAILABLE"},
            {"Device": "PJSIP/dan", "State": "UNKNOWN"},
            {"State": "INUSE"},
        ],
    )
    link.variables["1.1"] = link.variables["1.2"] = link.variables["1.3"] = link.variables["1.6"] = {
        "CTI_DIALLED": "8000"
    }
    link.variables["1.7"] = WAITS | {"CTI_OFFER": "run-7"}
    link.variables["1.8"] = WAITS | {"CTI_OFFER": "run-8"}
    seen = (await observe(link, NOW)).floor
    assert seen.as_of == NOW
    assert seen.reachable == {"ana"}
    assert [(c.call_id, c.place, c.queue_id, c.offer_id, c.agent_id) for c in seen.calls] == [
        ("1.1", Place.IN_IVR, None, None, None),
        ("1.2", Place.IN_IVR, None, None, None),
        ("1.3", Place.IN_IVR, None, None, None),
        ("1.4", Place.WAITING, "sales", None, None),
        ("1.5", Place.WAITING, "sales", None, None),
        ("1.6", Place.IN_IVR, None, None, None),
        ("1.7", Place.RINGING, "sales", "run-7", "ana"),
        ("1.8", Place.TALKING, "sales", "run-8", "ben"),
    ]
    waiting = seen.calls[3]
    assert (waiting.caller, waiting.dialled) == ("+3312", "8000")
    assert (waiting.call_class, waiting.queued_at) == (CallClass.VIP, SINCE)


async def test_many_callers_are_asked_about_in_few_writes_and_nobody_is_mixed_up() -> None:
    callers = [channel(f"1.{n}", "waiting") for n in range(2 * AT_ONCE + 3)]
    link = Asked(*callers)
    for n, caller in enumerate(callers):
        link.variables[caller["Uniqueid"]] = {"CTI_QUEUE": f"q{n}"}
    seen = (await observe(link, NOW)).floor
    assert [(c.call_id, c.queue_id) for c in seen.calls] == [(f"1.{n}", f"q{n}") for n in range(len(callers))]
    assert link.writes == [AT_ONCE * len(CALLER_VARIABLES)] * 2 + [3 * len(CALLER_VARIABLES)]


async def test_who_hangs_up_while_being_looked_at_is_left_out_alone() -> None:
    link = Asked(channel("1.1", "waiting"), channel("1.2", "waiting"), channel("1.3", "waiting"))
    link.trouble["1.2"] = ActionFailed("Getvar", "No such channel")
    assert [c.call_id for c in (await observe(link, NOW)).floor.calls] == ["1.1", "1.3"]
    assert (await locate(link, ["1.2"], NOW)) == {"1.2": None}


@pytest.mark.parametrize(
    "trouble", [ActionUnconfirmed("Getvar", "link lost"), ActionFailed("Getvar", "Permission denied")]
)
async def test_any_other_trouble_never_passes_for_a_caller_who_is_gone(trouble: Answer) -> None:
    link = Asked(channel("1.1", "waiting"), channel("1.2", "waiting"))
    link.trouble["1.2"] = trouble
    with pytest.raises(type(trouble)):
        await observe(link, NOW)
    with pytest.raises(type(trouble)):
        await locate(link, ["1.2"], NOW)


async def test_a_link_lost_half_way_gives_no_half_truth() -> None:
    link = Asked(*[channel(f"1.{n}", "waiting") for n in range(AT_ONCE + 1)])
    link.breaks_at_write = 2
    with pytest.raises(LinkDown):
        await observe(link, NOW)


async def test_several_callers_are_located_at_once() -> None:
    link = Asked(channel("1.1", "waiting"), channel("1.2", "ivr"), channel("1.3", "waiting"))
    found = await locate(link, ["1.3", "1.9", "1.1"], NOW)
    assert {call_id: call and call.place for call_id, call in found.items()} == {
        "1.1": Place.WAITING,
        "1.3": Place.WAITING,
        "1.9": None,
    }
    assert link.writes == [2 * len(CALLER_VARIABLES)]
    assert await locate(link, [], NOW) == {}


@pytest.mark.parametrize("since", ["", "-1", "1e9", "²", "9" * 19, "soon", "1.5"])
def test_what_is_no_instant_is_unknown(since: str) -> None:
    assert live_call(channel("1.1", "waiting"), WAITS | {"CTI_SINCE": since}, NOW).queued_at is None


def test_nobody_waits_since_tomorrow() -> None:
    tomorrow = str(NOW + 86_400_000_000)
    assert live_call(channel("1.1", "waiting"), WAITS | {"CTI_SINCE": tomorrow}, NOW).queued_at == NOW


def test_a_caller_somewhere_new_in_the_dialplan_is_still_a_caller() -> None:
    strange = channel("1.1", "announcements")
    assert caller_on(strange) == "1.1"
    assert live_call(strange, WAITS, NOW).place is Place.IN_IVR


HEADERS = st.sampled_from([*channel("1.1", "waiting"), *CALLER_VARIABLES])
VALUES = st.one_of(st.sampled_from(["1.1", "waiting", "connect", "fallback", "ana", "run-1"]), st.text())
FOREIGN = st.dictionaries(HEADERS, VALUES)


@given(FOREIGN, FOREIGN)
def test_whatever_a_channel_says_it_is_a_sane_caller_or_none(
    shown: dict[str, str], said: dict[str, str]
) -> None:
    if caller_on(shown) is None:
        return
    found = live_call(shown, said, NOW)
    assert isinstance(found, LiveCall)
    assert found.call_id == shown["Uniqueid"]
    assert (
        max(len(found.caller), len(found.dialled), len(found.queue_id or ""), len(found.agent_id or "")) <= 64
    )
    assert found.queued_at is None or 0 <= found.queued_at <= NOW


@given(st.lists(st.dictionaries(st.sampled_from(["Device", "State", "Event"]), st.text())))
def test_whatever_a_device_list_holds_nobody_is_invented(devices: list[dict[str, str]]) -> None:
    assert all(f"PJSIP/{agent}" in [d.get("Device") for d in devices] for agent in phones(devices))


def test_a_caller_who_is_put_through_is_seen_so_and_whether_anybody_answered() -> None:
    channel = {"Uniqueid": "1.1", "Context": "through-extension", "Exten": "501", "CallerIDNum": "+331"}
    rings = live_call(channel, {}, Instant(7))
    assert (rings.place, rings.transfer) == (
        Place.TRANSFERRED,
        Transfer(way=TransferWay.EXTENSION, number="501"),
    )
    talks = live_call({**channel, "BridgeId": "b-1"}, {}, Instant(7))
    assert talks.transfer == Transfer(way=TransferWay.EXTENSION, number="501", answered_at=Instant(7))


def test_what_goes_with_a_caller_is_read_from_his_channel() -> None:
    brief = Brief(requires="zh >= 5", data=(Datum(name="a", value="b"),), returns=True)
    channel = {"Uniqueid": "1.1", "Context": "waiting", "CallerIDNum": "+331"}
    assert live_call(channel, {"CTI_BRIEF": briefs.written(brief)}, Instant(7)).brief == brief
    assert live_call(channel, {"CTI_BRIEF": "rubbish"}, Instant(7)).brief == NOTHING


async def test_whom_a_campaign_called_is_seen_to_be_so() -> None:
    ours = {"ChanVariable(CTI_ATTEMPT)": "run-a1", "Channel": "Local/+331@campaign-out-1;1"}
    link = Asked(channel("run-a1", "waiting", **ours), channel("1.4", "waiting"))
    link.variables["run-a1"] = WAITS | {
        "CTI_CAMPAIGN": "spring",
        "CTI_LEAD": lead_written(LeadId("ann")),
        "CTI_NUMBER": "+331",
        "CTI_PARTY": "PERSON",
    }
    seen = (await observe(link, NOW)).floor
    assert [(call.call_id, call.we_called) for call in seen.calls] == [("run-a1", True), ("1.4", False)]
