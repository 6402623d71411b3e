"""Whom we owe an answer, and who talked with a customer last, as the store keeps it."""

import pytest

from acd.call_events import (
    CallConnected,
    CustomerRecognised,
    UnansweredClosed,
    UnansweredOpened,
)
from acd.ids import CallId, CustomerId
from acd.instant import Instant, Span
from acd.ledger import WhyOwed
from cti.store import Store
from tests.contract.call_tape import ANA, BEN, SALES, SECOND, Tape


def owing(call: str, caller: str, attempts: int, customer: str | None = None) -> UnansweredOpened:
    return UnansweredOpened(
        call_id=CallId(call),
        caller=caller,
        why=WhyOwed.ABANDONED,
        attempts=attempts,
        customer_id=None if customer is None else CustomerId(customer),
    )


def answering(call: str, caller: str, customer: str | None = None) -> UnansweredClosed:
    who = None if customer is None else CustomerId(customer)
    return UnansweredClosed(call_id=CallId(call), caller=caller, attempts=1, customer_id=who)


async def test_the_store_knows_whom_we_owe_an_answer(store: Store) -> None:
    tape = Tape().then(owing("c1", "+331", 1)).then(owing("c2", "+332", 1)).then(owing("c3", "+331", 2))
    tape.then(answering("c5", "+332")).then(owing("c7", "+334", 1))
    await store.write(tape.envelopes[:2], tape.end)
    await store.write(tape.envelopes, tape.end)
    owed = await store.unanswered(Instant(0))
    assert [(o.caller, o.call_id, o.why, o.attempts) for o in owed] == [
        ("+331", "c3", WhyOwed.ABANDONED, 2),
        ("+334", "c7", WhyOwed.ABANDONED, 1),
    ]
    assert [o.caller for o in await store.unanswered(Instant(owed[0].since + 1))] == ["+334"]
    assert [o.caller for o in await store.unanswered(Instant(0))] == ["+334"], "what is too old is forgotten"


async def test_an_item_is_the_customers_whatever_number_he_called_from(store: Store) -> None:
    tape = Tape().then(owing("c1", "+331", 1))  # before it was known who he is
    tape.then(owing("c2", "+331", 2, "mia")).then(owing("c3", "+339", 3, "mia")).then(owing("c4", "+334", 1))
    await store.write(tape.envelopes, tape.end)
    owed = await store.unanswered(Instant(0))
    assert [(o.customer_id, o.caller, o.attempts) for o in owed] == [("mia", "+339", 3), (None, "+334", 1)]
    tape.then(answering("c5", "+334", "mia"))  # what was open for the number he was answered by is closed too
    await store.write(tape.envelopes, tape.end)
    assert await store.unanswered(Instant(0)) == []


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_was_owed_to_a_number_is_its_customers_once_he_is_known(
    store: Store, at_once: bool
) -> None:
    mia = CustomerId("mia")
    tape = Tape().then(owing("c1", "+331", 2)).then(owing("c0", "+339", 1, "mia"))
    tape.then(CustomerRecognised(call_id=CallId("c2"), customer_id=mia, segment=None, caller="+331"))
    for end in [len(tape.envelopes)] if at_once else [1, 2, 3]:
        await store.write(tape.envelopes[:end], tape.end)
    owed = await store.unanswered(Instant(0))
    assert [(o.customer_id, o.call_id, o.attempts) for o in owed] == [("mia", "c0", 3)]
    tape.then(answering("c3", "+332", "mia"))  # on yet another number
    await store.write(tape.envelopes, tape.end)
    assert await store.unanswered(Instant(0)) == []


async def test_who_left_while_nobody_watched_is_owed_an_answer(store: Store) -> None:
    tape = Tape().then(owing("c0", "+331", 1)).arrives("c1", caller="+331").arrives("c2", caller="unknown")
    tape.then(CustomerRecognised(call_id=CallId("c2"), customer_id=CustomerId("mia"), segment=None))
    tape.arrives("c3", caller="+331").arrives("c4", caller="unknown")
    await store.write(tape.envelopes, tape.end)
    assert await store.close_orphans(set(), Instant(5_000 * SECOND)) == 4
    owed = await store.unanswered(Instant(0))
    assert [(o.customer_id, o.caller, o.call_id, o.why, o.attempts) for o in owed] == [
        ("mia", "unknown", "c2", WhyOwed.LOST, 1),
        (None, "+331", "c3", WhyOwed.LOST, 3),
    ]


async def test_it_is_known_who_talked_with_a_customer_last_and_which_calls_were_his(store: Store) -> None:
    mia = CustomerId("mia")
    tape = Tape()
    for call, agent in (("c1", ANA), ("c2", BEN)):
        tape.arrives(call).then(CustomerRecognised(call_id=CallId(call), customer_id=mia, segment="gold"))
        tape.then(
            CallConnected(
                call_id=CallId(call), agent_id=agent, queue_id=SALES, waited=Span(0), customer_id=mia
            )
        )
    tape.arrives("c3").connects("c3", ANA, waited=0)
    await store.write(tape.envelopes, tape.end)
    assert await store.last_agent(mia) == BEN
    assert await store.last_agent(CustomerId("tom")) is None
    assert [c.call_id for c in await store.calls(10, customer=mia)] == ["c2", "c1"]
    assert {c.customer_id for c in await store.calls(10)} == {mia, None}
