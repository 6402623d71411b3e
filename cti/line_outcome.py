"""Why nobody answered a campaign's telephone: what the dialplan saw, as an attempt's outcome.

It sees app_dial's ``DIALSTATUS``, the hang-up cause (Q.850) that chan_pjsip makes of the carrier's last SIP
answer, and the answer itself. The answer goes first, where it says something of the called: of the causes,
21 is a person who declines (603) and also a carrier that does not let us call (401, 403, 407), and 19 a
telephone that nobody answers (480) and a call that went in circles (483). What became of every final answer
on Asterisk 22.10 stands in ``tests/cti/test_line_outcome.py``.
"""

from dataclasses import dataclass
from types import MappingProxyType

from dialer.attempt import AttemptOutcome

_BUSY, _NO_ANSWER, _REJECTED, _INVALID, _FAILED = (
    AttemptOutcome.BUSY,
    AttemptOutcome.NO_ANSWER,
    AttemptOutcome.REJECTED,
    AttemptOutcome.INVALID,
    AttemptOutcome.FAILED,
)

BY_SIP = MappingProxyType(
    {
        404: _INVALID,  # not found
        410: _INVALID,  # gone
        480: _NO_ANSWER,  # temporarily unavailable: switched off, no coverage, or rang out
        484: _INVALID,  # address incomplete
        486: _BUSY,  # busy here
        600: _BUSY,  # busy everywhere
        603: _REJECTED,  # decline
        604: _INVALID,  # does not exist anywhere
        607: _REJECTED,  # unwanted (RFC 8197): the called says so
    }
)
"""What the carrier's answer says of the called. All other refusals are the carrier's, or the network's."""

BY_CAUSE = MappingProxyType(
    {
        1: _INVALID,  # unallocated number
        17: _BUSY,  # user busy
        18: _NO_ANSWER,  # no user responding
        19: _NO_ANSWER,  # user alerted, no answer
        21: _REJECTED,  # call rejected
        22: _INVALID,  # number changed
        28: _INVALID,  # invalid number format
    }
)
"""The same by the cause, for a way outside that is not SIP. 34, 38, 41, 42 and all others are
the network's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """What the dialplan tells when it has dialled."""

    status: str
    """``DIALSTATUS``, or ``REFUSED``: its own word for a number that its list does not let out."""
    cause: int = 0
    """Q.850; 0: none came."""
    sip: int | None = None
    """The last answer, provisional ones included; None: none came, or it was not SIP."""
    rang: bool = False
    """Whether ringing, or anything else before an answer, was heard."""


def outcome_of(dialled: Dialled) -> AttemptOutcome | None:
    """How it ended when nobody answered; None when somebody did, or when we gave up ourselves.

    Whatever is not known to be about the called is the carrier's failure.
    """
    match dialled:
        case Dialled(status="ANSWER" | "CANCEL" | ""):
            return None
        case Dialled(status="REFUSED"):
            return _FAILED
        case Dialled(sip=int(final)) if final >= 300:
            rang_out = final == 408 and dialled.rang  # the next carrier's way to end the ringing
            return _NO_ANSWER if rang_out else BY_SIP.get(final, _FAILED)
        case Dialled(status="NOANSWER", sip=None, rang=False):
            return _FAILED  # the carrier was never heard
        case Dialled(status="NOANSWER"):
            return _NO_ANSWER
        case Dialled(status="BUSY"):
            return _BUSY
        case _:
            return BY_CAUSE.get(dialled.cause, _FAILED)
