"""A call keeps the flows it began with, and nothing is kept of calls that are over."""

import gc

from acd.call import Outcome
from acd.call_events import CallEnded
from acd.events import Event
from acd.ids import CallId
from acd.instant import Instant
from acd.ivr_events import IvrEntered
from cti.envelope import Envelope
from cti.kept_flows import KeptFlows
from ivr.conversations import Conversations
from ivr.flow_texts import FlowTexts
from ivr.loader import Entrance
from tests.ivr.test_loader import NIGHT

TEXTS = FlowTexts(numbers="numbers: {default: night}", flows={"night.yaml": NIGHT})
CALL = CallId("1.1")


class Shelf:
    """New calls enter the latest version."""

    def __init__(self) -> None:
        self.version = 1
        self.conversations = Conversations()
        self.kept = KeptFlows(self._find, self.conversations)

    def _find(self, dialled: str) -> Entrance | None:
        book = TEXTS.book(version=self.version)
        flow = book.answering(dialled, lambda _: True)
        return None if flow is None or dialled == "none" else Entrance(flow=flow, book=book)

    def tells(self, event: Event) -> None:
        self.kept.on_step([Envelope(run="r", seq=1, at=Instant(1), cause=None, message=event)])

    def version_of(self, call_id: str) -> int | None:
        entrance = self.kept.entrance(call_id, "8000")
        return None if entrance is None else entrance.book.version


def test_a_call_comes_back_to_the_version_it_began_with_and_others_meet_the_new_one() -> None:
    shelf = Shelf()
    entrance = shelf.kept.entrance(CALL, "8000")
    assert entrance is not None
    shelf.version = 2  # published between the caller's coming and the floor's answer
    shelf.tells(IvrEntered(call_id=CALL, flow="night", flow_version=1, caller="+331"))
    del entrance
    assert (shelf.version_of(CALL), shelf.version_of("1.2")) == (1, 2)
    shelf.tells(CallEnded(call_id=CALL, queue_id=None, agent_id=None, outcome=Outcome.LEFT_IVR, talked=None))
    assert shelf.version_of(CALL) == 2
    assert len(shelf.kept) == 0


def test_calls_the_floor_did_not_take_are_forgotten() -> None:
    shelf = Shelf()
    for number in range(100):
        shelf.version_of(f"2.{number}")
    gc.collect()
    assert len(shelf.kept) == 0
    assert not shelf.kept._entering
    assert shelf.kept.entrance("1.1", "none") is None
    shelf.tells(IvrEntered(call_id=CALL, flow="gone", caller="+331"))  # of a session that ended meanwhile
    assert len(shelf.kept) == 0
