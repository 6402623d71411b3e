"""What the index of messages promises, kept by SQLite and by a real PostgreSQL alike."""

from acd.ids import CallId, CustomerId
from acd.instant import Instant, Span
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.message_events import MessageLeft
from cti.envelope import Envelope
from cti.journal import Position
from cti.message_store import MessageStore
from cti.store import Store

SECOND = 1_000_000
CLAIMS, ORDERS = Mailbox("claims"), Mailbox("orders")


def left(
    name: str, at: int, *, kind: MessageKind = MessageKind.VOICEMAIL, mailbox: Mailbox | None = CLAIMS
) -> MessageLeft:
    fax = kind is MessageKind.FAX
    return MessageLeft(
        call_id=CallId(f"call-{name}"),
        message_id=MessageId(name),
        kind=kind,
        mailbox=mailbox,
        caller="+33\0\ud800",
        customer_id=CustomerId("mia"),
        left_at=Instant(at * SECOND),
        length=None if fax else Span(3 * SECOND),
        pages=2 if fax else None,
        size=2**40,
    )


async def tells(store: Store, *messages: MessageLeft, run: str = "run") -> None:
    envelopes = [
        Envelope(run=run, seq=seq, at=Instant(seq), cause=None, message=message)
        for seq, message in enumerate(messages, 1)
    ]
    await store.write(envelopes, Position("segment", 1))


async def test_messages_are_kept_narrowed_and_paged(store: Store) -> None:
    index = MessageStore(store)
    await tells(
        store,
        left("a", 1),
        left("b", 3, kind=MessageKind.FAX, mailbox=ORDERS),
        left("d", 3, kind=MessageKind.RECORDING, mailbox=None),
        left("c", 2),
    )
    everything = await index.page(10)
    assert [m.message_id for m in everything] == ["d", "b", "c", "a"]
    assert everything[0].mailbox is None
    assert (everything[1].pages, everything[1].length_us, everything[1].size) == (2, None, 2**40)
    assert [m.message_id for m in await index.page(2)] == ["d", "b"]
    rest = await index.page(2, before=(everything[1].left_at, everything[1].message_id))
    assert [m.message_id for m in rest] == ["c", "a"]
    assert [m.message_id for m in await index.page(9, mailbox=CLAIMS, state=MessageState.NEW)] == ["c", "a"]
    assert [m.message_id for m in await index.page(9, kind=MessageKind.FAX)] == ["b"]
    assert [m.message_id for m in await index.page(9, call=CallId("call-c"))] == ["c"]
    assert len(await index.page(9, customer=CustomerId("mia"))) == 4
    assert [m.message_id for m in await index.older_than(Instant(3 * SECOND))] == ["a", "c"]
    assert await index.known([MessageId("a"), MessageId("z")]) == {"a"}


async def test_a_message_told_again_keeps_what_became_of_it(store: Store) -> None:
    index = MessageStore(store)
    await tells(store, left("a", 1))
    marked = await index.mark(MessageId("a"), MessageState.DONE, "ana", Instant(9))
    assert marked is not None
    assert (marked.state, marked.by, marked.since) == (MessageState.DONE, "ana", 9)
    await tells(store, left("a", 5), run="later")
    assert await index.get(MessageId("a")) == marked
    assert await index.mark(MessageId("z"), MessageState.DONE, "ana", Instant(9)) is None


async def test_a_message_is_forgotten_once(store: Store) -> None:
    index = MessageStore(store)
    await tells(store, left("a", 1))
    gone = await index.forget(MessageId("a"))
    assert gone is not None
    assert gone.state is MessageState.DELETED
    assert await index.forget(MessageId("a")) is None
    assert await index.get(MessageId("a")) is None
