"""What Asterisk says of a campaign's lines, in our words. Stateless: both halves of a line bear its name."""

from collections.abc import Mapping

from cti.line_outcome import Dialled, outcome_of
from cti.names import attempt_name, outside_leg
from dialer.attempt import Party
from dialer.ids import AttemptId
from dialer.signals import LineAnswered, LineFailed, LineGone, LineJudged, LineMessageLeft, LineRings

PARTIES = {
    "PERSON": Party.PERSON,
    "MACHINE": Party.MACHINE,
    "UNSURE": Party.UNSURE,
}
"""In the dialplan's words."""
_LONGEST_WORD = 80


def line_on(channel: Mapping[str, str]) -> AttemptId | None:
    """The line whose half this is that bears its name."""
    line = _named(channel)
    return line if line is not None and channel.get("Uniqueid") == line else None


def way_outside(channel: Mapping[str, str]) -> AttemptId | None:
    """The line whose way outside this channel is."""
    line = _named(channel)
    return line if line is not None and channel.get("Uniqueid") == outside_leg(line) else None


def rings(event: Mapping[str, str]) -> tuple[LineRings, ...]:
    """The telephone that is being dialled says that it rings, and so its line does."""
    line = line_on(event) if event.get("ChannelStateDesc") == "Ringing" else None
    return (LineRings(attempt_id=line),) if line is not None else ()


def answered(line: AttemptId) -> tuple[LineAnswered, ...]:
    """The dialling of its telephone has ended well."""
    return (LineAnswered(attempt_id=line),)


def failed(line: AttemptId, event: Mapping[str, str]) -> tuple[LineFailed, ...]:
    """The dialplan has given up on it, and says why; nothing when its telephone was answered."""
    dialled = Dialled(
        status=event.get("Status", ""),
        cause=_code(event.get("Cause", "")) or 0,
        sip=_code(event.get("Sip", "")),
        rang=event.get("Rang", "") != "",
    )
    outcome = outcome_of(dialled)
    if outcome is None:
        return ()
    trunk = _word(event.get("Trunk", ""))
    return (LineFailed(attempt_id=line, outcome=outcome, hangup_cause=dialled.cause, trunk=trunk),)


def judged(event: Mapping[str, str]) -> tuple[LineJudged, ...]:
    """The dialplan says who has answered."""
    line, party = line_on(event), PARTIES.get(event.get("Party", ""))
    if line is None or party is None:
        return ()
    return (LineJudged(attempt_id=line, party=party, words=_word(event.get("Cause", ""))),)


def message_left(event: Mapping[str, str]) -> tuple[LineMessageLeft, ...]:
    """The dialplan has said the campaign's message to an answering machine, to its end."""
    line = line_on(event)
    return (LineMessageLeft(attempt_id=line),) if line is not None else ()


def gone(event: Mapping[str, str]) -> tuple[LineGone, ...]:
    """A channel has ended: nothing is left of a line without the half that bears its name."""
    line = line_on(event)
    return (LineGone(attempt_id=line),) if line is not None else ()


def _word(text: str) -> str:
    return "".join(c for c in text[:_LONGEST_WORD] if c.isascii() and c.isprintable())


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None


def _named(channel: Mapping[str, str]) -> AttemptId | None:
    return attempt_name(channel.get("ChanVariable(CTI_ATTEMPT)", ""))
