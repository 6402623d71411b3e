"""One attempt's story, for people at a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.printing import clock, explained


def attempt_in_words(story: Mapping[str, Any]) -> Iterator[str]:
    """What happened, line by line; then the call of whoever answered."""
    one = story["attempt"]
    where = f", {one['local_earliest'][11:16]} by his clock" if one["local_earliest"] else ""
    how = one["outcome"].replace("_", " ") if one["outcome"] else "running"
    yield (
        f"attempt {one['attempt_id']} of campaign {one['campaign_id']}: {how}; lead {one['lead_id'] or '-'} "
        f"of list {one['list_id'] or '-'}, {one['number'] or '-'}{where}"
    )
    for entry in story["timeline"]:
        told = _TOLD.get(entry["event"]["type"])
        if told is not None:
            yield f"{clock(entry['at'])} {told(entry['event'])}"
    if story["call"] is not None:
        yield ""
        yield from explained(story["call"])
    elif not story["complete"]:
        yield ""
        yield "the database is away: earlier events may be missing"


def _decided(event: Mapping[str, Any]) -> str:
    return (
        f"{event['lines']} lines were placed ({event['because'].replace('_', ' ')}): {event['idle']} agents "
        f"idle, {event['waiting']} live answers waiting, {event['ringing']} lines ringing; of a hundred "
        f"dialled {event['answer_rate_permille'] / 10:g} answer, {event['budget_left_thousandths'] / 1000:g} "
        "calls may still be abandoned"
    )


def _placed(event: Mapping[str, Any]) -> str:
    who = f" for agent {event['agent_id']}" if event["agent_id"] else ""
    return f"{event['number']} was to be dialled{who}, for {event['ring_for_s']:g} s at most"


def _refused(event: Mapping[str, Any]) -> str:
    until = f"; to be asked again at {event['until'][:16]}Z" if event["until"] else ""
    return f"it was not let out: {event['why']}{until}"


def _judged(event: Mapping[str, Any]) -> str:
    words = f" ({event['words']})" if event["words"] else ""
    return f"who answered was taken for: {event['party']}{words}, {event['after_s']:.1f} s after the answer"


def _ended(event: Mapping[str, Any]) -> str:
    cause = f", hang-up cause {event['hangup_cause']}" if event["hangup_cause"] else ""
    talked = f" after {event['talked_s']:.1f} s of talk" if event["talked_s"] else ""
    return f"it ended{talked}: {event['outcome'].replace('_', ' ')}{cause}"


def _counted(event: Mapping[str, Any]) -> str:
    how = "as abandoned" if event["abandoned"] else "as one that was served"
    return f"it counts {how}: {event['abandoned_in_all']} of {event['live']} in the window now"


def _taken_back(event: Mapping[str, Any]) -> str:
    return (
        "it was a machine after all and counts as no live answer: "
        f"{event['abandoned_in_all']} of {event['live']} in the window now"
    )


def _moved(event: Mapping[str, Any]) -> str:
    standing = event["standing"]
    then = f" until {standing['next_at'][:16]}Z" if standing["next_at"] else ""
    return f"the lead is {standing['state'].replace('_', ' ')}{then}: {event['because'].replace('_', ' ')}"


def _disposed(event: Mapping[str, Any]) -> str:
    note = f": {event['note']}" if event["note"] else ""
    return f"{event['by'] or 'somebody'} said what came of it: {event['disposition']}{note}"


_TOLD = {
    "LinesDecided": _decided,
    "AttemptPlaced": _placed,
    "AttemptRefused": _refused,
    "AttemptRang": lambda event: "the telephone rang",
    "AttemptAnswered": lambda event: f"the receiver was taken off, {event['rang_s']:.1f} s after the order",
    "AttemptJudged": _judged,
    "AttemptConnected": lambda event: (
        f"{event['agent_id']} talked with him, {event['after_s']:.2f} s after a person was known to be there"
    ),
    "AttemptEnded": _ended,
    "LiveAnswerCounted": _counted,
    "LiveAnswerTakenBack": _taken_back,
    "LeadStateChanged": _moved,
    "LeadDisposed": _disposed,
}
