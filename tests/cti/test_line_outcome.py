"""What becomes of a telephone that nobody answered: every final SIP answer, as a real Asterisk told it."""

import pytest

from cti.line_outcome import Dialled, outcome_of
from dialer.attempt import AttemptOutcome

BUSY, NO_ANSWER, REJECTED, INVALID, FAILED = (
    AttemptOutcome.BUSY,
    AttemptOutcome.NO_ANSWER,
    AttemptOutcome.REJECTED,
    AttemptOutcome.INVALID,
    AttemptOutcome.FAILED,
)
SEEN = [
    # With a carrier that gave this answer: DIALSTATUS, HANGUPCAUSE, the answer, whether it had rung before.
    (
        "BUSY",
        0,
        302,
        False,
        FAILED,
    ),  # forwarded, to somebody the gate has not seen
    ("CHANUNAVAIL", 127, 400, False, FAILED),
    ("CHANUNAVAIL", 21, 401, False, FAILED),
    ("CHANUNAVAIL", 21, 403, False, FAILED),
    ("CHANUNAVAIL", 1, 404, False, INVALID),
    ("CHANUNAVAIL", 1, 404, True, INVALID),
    ("CHANUNAVAIL", 127, 405, False, FAILED),
    ("CHANUNAVAIL", 21, 407, False, FAILED),
    ("CHANUNAVAIL", 18, 408, False, FAILED),
    ("CHANUNAVAIL", 18, 408, True, NO_ANSWER),
    ("CHANUNAVAIL", 41, 409, False, FAILED),
    ("CHANUNAVAIL", 22, 410, False, INVALID),
    ("CHANUNAVAIL", 127, 413, False, FAILED),
    ("CHANUNAVAIL", 3, 420, False, FAILED),
    ("CHANUNAVAIL", 127, 421, False, FAILED),
    ("NOANSWER", 19, 480, False, NO_ANSWER),
    ("NOANSWER", 19, 480, True, NO_ANSWER),
    ("CHANUNAVAIL", 127, 481, False, FAILED),
    ("CHANUNAVAIL", 127, 482, False, FAILED),
    ("NOANSWER", 19, 483, False, FAILED),
    ("CHANUNAVAIL", 28, 484, False, INVALID),
    ("CHANUNAVAIL", 1, 485, False, FAILED),
    ("BUSY", 17, 486, False, BUSY),
    ("CHANUNAVAIL", 127, 487, False, FAILED),
    ("CHANUNAVAIL", 58, 488, False, FAILED),
    ("CHANUNAVAIL", 127, 491, False, FAILED),
    ("CHANUNAVAIL", 38, 500, False, FAILED),
    ("CHANUNAVAIL", 29, 501, False, FAILED),
    ("CHANUNAVAIL", 27, 502, False, FAILED),
    ("CONGESTION", 34, 503, False, FAILED),
    ("CONGESTION", 34, 503, True, FAILED),
    ("CHANUNAVAIL", 102, 504, False, FAILED),
    ("CHANUNAVAIL", 127, 505, False, FAILED),
    ("CONGESTION", 34, 513, False, FAILED),
    ("BUSY", 17, 600, False, BUSY),
    ("CHANUNAVAIL", 21, 603, False, REJECTED),
    ("CHANUNAVAIL", 1, 604, False, INVALID),
    ("CHANUNAVAIL", 58, 606, False, FAILED),
    ("CHANUNAVAIL", 127, 607, False, REJECTED),
    ("CHANUNAVAIL", 127, 608, False, FAILED),
    # Its time was over, and this was the last that was heard.
    ("NOANSWER", 0, 100, False, NO_ANSWER),
    ("NOANSWER", 0, 180, True, NO_ANSWER),
    ("NOANSWER", 0, 183, True, NO_ANSWER),
    ("NOANSWER", 0, None, False, FAILED),  # a carrier that says nothing at all
]


@pytest.mark.parametrize(("status", "cause", "sip", "rang", "outcome"), SEEN)
def test_every_final_answer(
    status: str, cause: int, sip: int | None, rang: bool, outcome: AttemptOutcome
) -> None:
    assert outcome_of(Dialled(status=status, cause=cause, sip=sip, rang=rang)) is outcome


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, BUSY),
        (18, NO_ANSWER),
        (19, NO_ANSWER),
        (21, REJECTED),
        *((cause, INVALID) for cause in (1, 22, 28)),
        *((cause, FAILED) for cause in (0, 3, 20, 27, 34, 38, 41, 42, 44, 58, 102, 127, 999)),
    ],
)
def test_without_a_sip_answer_the_cause_tells(cause: int, outcome: AttemptOutcome) -> None:
    assert outcome_of(Dialled(status="CHANUNAVAIL", cause=cause)) is outcome


def test_who_was_answered_or_given_up_has_not_failed() -> None:
    for status in ("ANSWER", "CANCEL", ""):
        assert outcome_of(Dialled(status=status, cause=16, sip=200)) is None
    assert outcome_of(Dialled(status="REFUSED")) is FAILED
