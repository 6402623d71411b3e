"""What callers said, in SQLite and in a real PostgreSQL alike: kept once, counted by whom he talked to."""

from acd.brief import Brief, Datum
from acd.call import CallClass, Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, ConversationEnded
from acd.callback import CallbackOrder
from acd.callback_events import CallbackBooked
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span, seconds
from acd.ivr_events import SurveyAnswered
from cti import survey_rows
from cti.envelope import Envelope
from cti.journal import Position
from cti.messages import Output
from cti.store import Store

EVER = (Instant(0), Instant(2**53))
ANA, BEN, SALES, SUPPORT = AgentId("ana"), AgentId("ben"), QueueId("sales"), QueueId("support")


def says(
    call: str, grade: int | None, agent: AgentId | None, queue: QueueId | None, **more: object
) -> Output:
    values = {"question": "served", "least": 1, "most": 5, "comment": None, **more}
    return SurveyAnswered(
        call_id=CallId(call),
        flow="main",
        node="opinion",
        grade=grade,
        agent_id=agent,
        queue_id=queue,
        **values,  # type: ignore[arg-type]
    )


async def tell(store: Store, *messages: Output) -> None:
    envelopes = [
        Envelope(run="r", seq=seq, at=Instant(seconds(seq)), cause=None, message=message)
        for seq, message in enumerate(messages, start=1)
    ]
    for _ in range(2):  # told again after a crash: known
        await store.write(envelopes, Position("j", 1))


async def test_grades_are_counted_by_question_agent_and_queue(store: Store) -> None:
    await tell(
        store,
        says("c1", 5, ANA, SALES),
        says("c2", 2, ANA, SALES),
        says("c3", 4, BEN, SUPPORT),
        says("c4", 3, None, None),
        says("c4", 10, None, None, question="advise", most=10),
        says("c4", None, None, None, question="words", comment="c4-1"),
    )
    async with store.reading() as connection:
        everything = await survey_rows.grades(connection, *EVER)
        by_agent = await survey_rows.grades(connection, *EVER, by="agent_id")
        of_sales = await survey_rows.grades(connection, *EVER, by="queue_id", queue=SALES)
        later = await survey_rows.grades(connection, Instant(seconds(3)), Instant(seconds(4)))
    assert [(one.question, one.group, one.answers, one.mean, one.comments) for one in everything] == [
        ("advise", None, 1, 10.0, 0),
        ("served", None, 4, 3.5, 0),
        ("words", None, 0, None, 1),
    ]
    served = [(one.group, one.given) for one in by_agent if one.question == "served"]
    assert served == [(None, {3: 1}), ("ana", {2: 1, 5: 1}), ("ben", {4: 1})]
    assert [(one.group, one.mean) for one in of_sales] == [("sales", 3.5)]
    assert [one.given for one in later] == [{4: 1}]


async def test_answers_are_listed_page_by_page(store: Store) -> None:
    await tell(store, *(says(f"c{n}", n, ANA, SALES) for n in range(1, 6)))
    async with store.reading() as connection:
        first = await survey_rows.answers(connection, *EVER, 3)
        last = first[-1]
        rest = await survey_rows.answers(connection, *EVER, 3, after=(last.at, last.run, last.seq))
        mine = await survey_rows.answers(
            connection, *EVER, 9, call=CallId("c2"), agent=ANA, question="served"
        )
    assert [one.grade for one in (*first, *rest)] == [1, 2, 3, 4, 5]
    assert [(one.call_id, one.grade) for one in mine] == [("c2", 2)]


async def test_a_grade_that_came_late_is_his_with_whom_the_record_says_he_talked(store: Store) -> None:
    call = CallId("c1")
    await tell(
        store,
        CallStarted(call_id=call, caller="+331", dialled="8000"),
        CallConnected(call_id=call, agent_id=BEN, queue_id=SUPPORT, waited=Span(0)),
        ConversationEnded(call_id=call, agent_id=BEN, queue_id=SUPPORT, talked=seconds(1)),
        CallEnded(call_id=call, queue_id=None, agent_id=None, outcome=Outcome.ANSWERED, talked=None),
        says("c1", 1, None, None),
    )
    async with store.reading() as connection:
        (found,) = await survey_rows.answers(connection, *EVER, 9)
    assert (found.agent_id, found.queue_id) == (BEN, SUPPORT)
    record = await store.call(call)
    assert record is not None
    assert (record.agent_id, record.queue_id, record.talked_us) == (BEN, SUPPORT, seconds(1))


async def test_a_callback_keeps_its_brief(store: Store) -> None:
    brief = Brief(requires="zh >= 5", data=(Datum(name="a", value="刘"),))
    await tell(
        store,
        CallbackBooked(
            call_id=CallId("cb-1"),
            queue_id=SALES,
            number="+331",
            customer_id=None,
            from_call=None,
            order=CallbackOrder.AGENT_FIRST,
            call_class=CallClass.NORMAL,
            queued_at=Instant(1),
            boost=Span(0),
            booked_at=Instant(1),
            not_before=Instant(1),
            expires_at=Instant(9),
            brief=brief,
        ),
    )
    (record,) = await store.open_callbacks()
    assert record.remembered.brief == brief
