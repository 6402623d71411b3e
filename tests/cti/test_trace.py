"""Traces: what is written is read again; what is no trace is refused with its place."""

from pathlib import Path

import pytest

from acd.call import CallClass
from acd.ids import CallId, QueueId
from acd.instant import Instant, Span, seconds
from cti.simulator.trace import COLUMNS, TraceCall, TraceOutcome, read, write
from cti.simulator.trace_figures import figures
from ivr.document import DocumentError

NOON = Instant(915_364_800_000_000)  # 1999-01-03T12:00:00Z
HEADER = ",".join(COLUMNS)
GOOD = "c1,1999-01-03T12:00:00Z,55,ps,vip,6,30,answered,200.5,ANAT"


def served(name: str, at: Instant, waited: float, service: Span | None = seconds(100)) -> TraceCall:
    return TraceCall(
        call_id=CallId(name),
        arrived_at=at,
        customer="55",
        queue=QueueId("ps"),
        call_class=CallClass.VIP,
        ivr=seconds(6),
        waited=seconds(waited),
        outcome=TraceOutcome.ANSWERED,
        service=service,
        agent="ANAT",
    )


def gone(name: str, at: Instant, waited: float, outcome: TraceOutcome) -> TraceCall:
    return TraceCall(
        call_id=CallId(name),
        arrived_at=at,
        customer=None,
        queue=QueueId("nw"),
        waited=seconds(waited),
        outcome=outcome,
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    calls = [
        served("a", NOON, 30),
        served("b", Instant(NOON + 1), 0.000_001, None),
        gone('c, d"e', Instant(NOON + 250_000), 12.25, TraceOutcome.ABANDONED),
        gone("d", Instant(NOON + 250_000), 0, TraceOutcome.LEFT_IVR),
    ]
    assert write(tmp_path / "t.csv", calls) == 4
    assert list(read(tmp_path / "t.csv")) == calls
    assert (tmp_path / "t.csv").read_text().splitlines()[
        1
    ] == "a,1999-01-03T12:00:00Z,55,ps,vip,6,30,answered,100,ANAT"


def test_a_point_in_time_may_have_an_offset_or_be_seconds(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with_offset = GOOD.replace("12:00:00Z", "14:00:00+02:00")
    path.write_text("\n".join((HEADER, with_offset, GOOD.replace("1999-01-03T12:00:00Z", "915364800.5"))))
    assert [call.arrived_at for call in read(path)] == [NOON, NOON + 500_000]


def test_patience_is_known_of_those_who_gave_up_and_bounded_for_the_others() -> None:
    left = gone("c", NOON, 12, TraceOutcome.ABANDONED)
    assert (left.patience, left.patience_censored) == (seconds(12), False)
    stayed = served("a", NOON, 30)
    assert (stayed.patience, stayed.patience_censored) == (seconds(30), True)
    assert (stayed.queued_at, stayed.left_queue_at) == (NOON + seconds(6), NOON + seconds(36))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.csv:1: columns missing or doubled"),
        (HEADER.replace("queue", "qeue"), "t.csv:1: qeue: no column of a trace (did you mean 'queue'?)"),
        (f"{HEADER}\n{GOOD},x", "t.csv:2: 11 fields, the header names 10"),
        (f"{HEADER}\n{GOOD.replace('vip', 'vjp')}", "t.csv:2: call_class: 'vjp' is none of"),
        (f"{HEADER}\n{GOOD.replace(',30,', ',-1,')}", "t.csv:2: waited_s: -1 s is not between"),
        (f"{HEADER}\n{GOOD.replace(',30,', ',nan,')}", "t.csv:2: waited_s: nan s is not between"),
        (f"{HEADER}\n{GOOD.replace(',30,', ',soon,')}", "t.csv:2: waited_s: 'soon' is no number of seconds"),
        (f"{HEADER}\n{GOOD.replace('00Z', '00')}", "does not say its offset from UTC"),
        (f"{HEADER}\n{GOOD.replace('1999-01-03T12:00:00Z', 'noon')}", "'noon' is no point in time"),
        (f"{HEADER}\n{GOOD.replace('1999', '9999')}", "is not between 1970 and 2200"),
        (
            f"{HEADER}\n{GOOD.replace('answered', 'abandoned')}",
            "service_s: a call that abandoned was not served",
        ),
        (f"{HEADER}\n{GOOD}\n{GOOD.replace('12:00:00', '11:59:59')}", "t.csv:3: arrived_at: earlier than"),
        (f"{HEADER}\n{GOOD.replace('ANAT', 'x' * 201)}", "agent: not a line of at most 200 printable"),
        (f"{HEADER}\n{GOOD.replace('ANAT', chr(27))}", "agent: not a line of at most 200 printable"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DocumentError) as refused:
        list(read(path))
    (problem,) = refused.value.problems
    assert said in str(problem).removeprefix(f"{tmp_path}/")


def test_figures_of_a_trace() -> None:
    summary = figures(
        [
            served("a", NOON, 30),
            served("b", NOON, 0, seconds(4)),
            gone("c", NOON, 12, TraceOutcome.ABANDONED),
            gone("d", NOON, 0, TraceOutcome.LEFT_IVR),
        ]
    )
    told = summary.all.told()
    assert told == {
        "calls": 4,
        "waiting_share": 0.5,
        "mean_wait_s": 10.5,
        "abandoned_share": 0.25,
        "left_ivr_share": 0.25,
        "answered_share": 0.5,
        "answered_within_20_s_share": 0.25,
        "mean_service_s": 52.0,
        "mean_service_from_10_s_s": 100.0,
    }
    assert list(summary.by_queue) == ["nw", "ps"]
