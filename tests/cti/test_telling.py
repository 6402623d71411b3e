"""Waiting callers are told things in their language, and never in the way of an offer."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

import pytest

from acd.call import Call, CallState
from acd.ids import CallId
from acd.instant import Instant
from acd.orders import Announce, MoveCaller
from acd.overflow_rules import Way
from cti.telling import Action, Telling
from ivr.utterance import PlaceInLine, Sound, Utterance

CALL = CallId("1.1")


@dataclass
class Told:
    """What was sent to Asterisk, and a voice that can be made to wait."""

    spoken: bool = True
    go: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[dict[str, str]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    call: Call | None = field(
        default_factory=lambda: Call(
            call_id=CALL,
            caller="1",
            dialled="2",
            arrived_at=Instant(0),
            state=CallState.WAITING,
            in_waiting_room=True,
        )
    )

    talked_with: set[CallId] = field(default_factory=set)

    def telling(self) -> Telling:
        return Telling(
            self,
            call_of=lambda _: self.call,
            send=self.send,
            in_background=self.in_background,
            flow_talks_with=self.talked_with.__contains__,
        )

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str] | None:
        return self.words(said, language) if self.spoken else None

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        await self.go.wait()
        return self.words(said, language)

    def words(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        told = (f"place-{one.position}" if isinstance(one, PlaceInLine) else one for one in said)
        return [f"{language}/{one.name if isinstance(one, Sound) else one}" for one in told]

    def send(self, what: str, actions: list[Action]) -> None:
        (_, value), (_, place) = actions
        self.sent.append({dict(value)["Variable"]: dict(value)["Value"], "to": dict(place)["Context"]})

    def in_background(self, work: Coroutine[None, None, None]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    async def speaks(self) -> None:
        self.go.set()
        await asyncio.gather(*self.tasks)


ANNOUNCE = Announce(call_id=CALL, position=3, wait_minutes=None, language="zh")
MOVE = MoveCaller(call_id=CALL, way=Way.VOICEMAIL, prompts=("vm-intro", "beep"), language="zh")


async def test_what_is_spoken_already_is_told_at_once_and_in_order() -> None:
    told = Told()
    told.telling().announce(ANNOUNCE)
    told.telling().move(MOVE)
    assert told.sent == [
        {"CTI_SAY": "zh/place-3", "to": "announce"},
        {"CTI_PROMPTS": "zh/vm-intro&zh/beep", "to": "voicemail"},
    ]
    assert told.tasks == []


async def test_what_has_to_be_spoken_first_is_told_then() -> None:
    told = Told(spoken=False)
    told.telling().announce(ANNOUNCE)
    assert told.sent == []
    await told.speaks()
    assert told.sent == [{"CTI_SAY": "zh/place-3", "to": "announce"}]


@pytest.mark.parametrize("state", [CallState.OFFERED, CallState.CONNECTED, CallState.IN_IVR])
async def test_who_is_offered_meanwhile_is_not_taken_from_the_agents_ringing_phone(state: CallState) -> None:
    told = Told(spoken=False)
    told.telling().announce(ANNOUNCE)
    assert told.call is not None
    told.call.state = state
    await told.speaks()
    assert told.sent == []


@pytest.mark.parametrize("spoken", [True, False])
async def test_whom_a_flow_talks_with_while_he_waits_is_not_interrupted_but_may_be_taken_away(
    spoken: bool,
) -> None:
    """He may be typing the number he wants to be called at."""
    told = Told(spoken=spoken, talked_with={CALL})
    telling = told.telling()
    telling.announce(ANNOUNCE)
    await told.speaks()
    assert told.sent == []
    assert told.call is not None
    told.call.state = CallState.LEAVING
    telling.move(MOVE)
    await told.speaks()
    assert [sent["to"] for sent in told.sent] == ["voicemail"]


async def test_who_has_gone_meanwhile_is_told_nothing() -> None:
    told = Told(spoken=False)
    told.telling().announce(ANNOUNCE)
    told.telling().move(MOVE)
    told.call = None
    await told.speaks()
    assert told.sent == []


async def test_who_is_still_to_leave_when_the_words_are_spoken_leaves_once() -> None:
    told = Told(spoken=False)
    telling = told.telling()
    telling.move(MOVE)
    telling.move(MOVE)
    assert told.call is not None
    told.call.state = CallState.LEAVING
    await told.speaks()
    assert told.sent == [{"CTI_PROMPTS": "zh/vm-intro&zh/beep", "to": "voicemail"}]
