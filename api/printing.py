"""What the command line prints: tables for people, JSON for programs. Strangers' text stays harmless text."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.path_words import path_in_words

_WIDE = 220
"""Columns when nobody watches: nothing is cut for a pipe."""


def harmless(text: str) -> str:
    """The text without anything that could steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def print_json(data: Any) -> None:
    """Data for programs."""
    print(json.dumps(data, indent=2))


def print_lines(lines: Iterable[str]) -> None:
    """Text for people."""
    for line in lines:
        print(harmless(line))


def print_table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], empty: str) -> None:
    """A table of ``rows``; ``columns`` gives fields and titles, ``empty`` what is said of no rows."""
    if not rows:
        print(empty)
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns.values():
        table.add_column(title)
    for row in rows:
        table.add_row(*(Text(harmless(_cell(row.get(name)))) for name in columns))
    console.print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.1f}"
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{name} {level}" for name, level in value.items())
        case _:
            return str(value)


def clock(at: str | None) -> str | None:
    """The time of day of a point in time, UTC."""
    return None if at is None else f"{at[11:19]}Z"


def estimated(wait: Mapping[str, Any] | None) -> str | None:
    """An estimated wait in a cell: ``< 95 s (80%)``."""
    return None if wait is None else f"< {wait['wait_s']:.0f} s ({wait['quantile']:.0%})"


def covers(accuracy: Mapping[str, Any]) -> str | None:
    """How estimates did, in a cell: ``80% / 81.0% / 200``, and whether they are kept back."""
    if accuracy["coverage"] is None:
        return None
    kept_back = "" if accuracy["told"] else ", silent"
    return f"{accuracy['quantile']:.0%} / {accuracy['coverage']:.1%} / {accuracy['judged']}{kept_back}"


def explained(story: Mapping[str, Any]) -> Iterator[str]:
    """Why a call was routed as it was, line by line."""
    call = story["call"]
    yield f"call {call['call_id']} from {call['caller']} to {call['dialled'] or '-'}: {_whereabouts(story)}"
    yield from path_in_words(story["path"])
    yield from _class_told(story)
    yield from _visits(story)
    if story["waiting"] is not None:
        yield from _still_waiting(story["waiting"])
    if not story["decisions"]:
        yield "no agent was ever chosen for it"
    for number, decision in enumerate(story["decisions"], 1):
        yield ""
        result = _RESULTS.get(decision["ended_as"], decision["ended_as"])
        when, agent, queue = clock(decision["at"]), decision["agent_id"], decision["queue_id"]
        yield f"{number}. {when} queue {queue}: {agent} was chosen, {result}"
        yield f"   {decision['because']}{_by_rules(decision)}"
        if decision["requirement"]:
            yield f"   required: {decision['requirement']}{_relaxed(story, decision)}"
        yield "   agents:"
        yield from _listed(decision["candidates"], "agent_id", decision["candidates_unnamed"])
        if decision["rivals"] or decision["rivals_unnamed"]:
            yield "   other callers who waited:"
            yield from _listed(decision["rivals"], "call_id", decision["rivals_unnamed"])
    if not story["complete"]:
        yield ""
        yield "the database is away: earlier events may be missing"


_EXITS = {
    "abandoned": "he gave up",
    "overflowed": "he went on to another queue",
    "full": "it was full",
    "closed": "it was closed",
    "no_agent": "nobody was there to serve it",
    "timed_out": "he had waited for as long as it allows",
    "callback": "he is called back",
    "callback_missed": "he was called back and not reached",
    "callback_cancelled": "his callback was cancelled",
    "voicemail": "he may leave a message",
    "announcement": "an overflow step had him told something",
    "dismissed": "an overflow step hung up",
    "left_for_ivr": "he was back in a menu",
    "lost": "nobody saw how",
}
_WAYS = {
    "flow": "he went back to his flow",
    "voicemail": "he was asked for a message",
    "announcement": "he was told so and hung up on",
    "hang_up": "he was hung up on",
}


def _visits(story: Mapping[str, Any]) -> Iterator[str]:
    """The queues that did not serve the caller, and what became of him there."""
    for entry in story["timeline"]:
        event = entry["event"]
        if event["type"] == "CallLeftQueue" and event["exit"] in _EXITS:
            waited, why = event["waited_s"], _EXITS[event["exit"]]
            if waited is None:
                yield f"{clock(entry['at'])} not let into queue {event['queue_id']}: {why}"
            else:
                yield f"{clock(entry['at'])} left queue {event['queue_id']} after {waited:.1f} s: {why}"
        elif event["type"] == "CallSentAway" and event["way"] in _WAYS:
            yield f"{clock(entry['at'])} {_WAYS[event['way']]}"


def _class_told(story: Mapping[str, Any]) -> Iterator[str]:
    """Why the caller was of his class when he was last queued."""
    queued = [e["event"] for e in story["timeline"] if e["event"]["type"] == "CallQueued"]
    if queued and queued[-1].get("class_because"):
        yield f"of class {queued[-1]['call_class']}: {queued[-1]['class_because']}"


def _still_waiting(why: Mapping[str, Any]) -> Iterator[str]:
    score = why["score"]
    yield f"still waiting, place {why['position']}: {why['because']}{_by_rules(why)}"
    yield f"   required: {why['requirement']}"
    if why["relaxes_at"] is not None:
        yield f"   less will be required at {clock(why['relaxes_at'])}"
    if why["tier_opens_at"] is not None:
        yield f"   tier {why['tier'] + 1} of agents opens at {clock(why['tier_opens_at'])}"
    terms = " + ".join(f"{score[term]:g} s" for term in ("waited_s", "offset_s", "boost_s") if score[term])
    overdue = ", overdue" if score["overdue"] else ""
    value = score["millionths"] / 1_000_000
    promised = f"{score['objective_s']:g} s ({score['call_class']}{overdue})"
    weight = score["weight_thousandths"] / 1000
    times = f" * {weight:g}" if weight != 1 else ""
    yield f"   score: {value:.2f} = ({terms or '0 s'}) / {promised}{times}"
    yield from (f"   {prospect}" for prospect in why["prospects"])
    if why["estimated_wait"] is not None:
        yield f"   {_foretold(why['estimated_wait'])}"
    yield "   agents:"
    yield from _listed(why["candidates"], "agent_id", why["candidates_unnamed"])
    if why["ahead"]:
        yield "   before him:"
        yield from (f"     {ahead['call_id']}  {ahead['detail']}" for ahead in why["ahead"])


def _foretold(estimate: Mapping[str, Any]) -> str:
    said = f"answered within {estimate['wait_s']:.0f} s, {estimate['quantile']:.0%} sure"
    met = f"{estimate['ahead']:g} ahead, {estimate['agents']} agents there"
    grew = f"; longer than told before: {estimate['grew']}" if estimate["grew"] else ""
    return f"estimate: {said}; median {estimate['median_s']:.0f} s ({met}){grew}"


_RESULTS = {
    None: "the phone rings",
    "accepted": "who answered",
    "no_answer": "who did not answer",
    "rejected": "who rejected the call",
    "unreachable": "whose phone could not be reached",
    "expired": "of whose phone nothing was heard",
    "withdrawn": "and the offer was withdrawn",
}


def _by_rules(told: Mapping[str, Any]) -> str:
    """Which version of the rules it was; empty when nobody numbered them."""
    return f" (rules version {told['rules_version']})" if told["rules_version"] else ""


def _relaxed(story: Mapping[str, Any], decision: Mapping[str, Any]) -> str:
    """Why less was required than at first; empty when it was not."""
    because = ""
    for entry in story["timeline"]:
        event = entry["event"]
        if event["type"] == "CallQueued":
            because = ""
        elif event["type"] == "CallReassessed" and entry["at"] <= decision["at"]:
            because = f" (by new rules {clock(entry['at'])})"
        elif event["type"] == "RequirementRelaxed" and entry["at"] <= decision["at"]:
            because = f" (relaxed {clock(entry['at'])}: {_RELAXED[event['because']]})"
    return because


_RELAXED = {"waited": "the caller had waited", "nobody_could": "nobody logged in met it before"}


def _whereabouts(story: Mapping[str, Any]) -> str:
    call, live = story["call"], story["live"]
    parts = [live["state"] if live else f"ended, {call['outcome'] or 'outcome not known yet'}"]
    if call["queue_id"]:
        parts.append(f"queue {call['queue_id']} ({call['call_class']})")
    if call["agent_id"]:
        parts.append(f"agent {call['agent_id']}")
    if call["waited_s"] is not None:
        parts.append(f"waited {call['waited_s']:.1f} s")
    if call["talked_s"] is not None:
        parts.append(f"talked {call['talked_s']:.1f} s")
    return ", ".join(parts)


def _listed(entries: Sequence[Mapping[str, Any]], name: str, unnamed: int) -> Iterator[str]:
    width = max((len(entry[name]) for entry in entries), default=0)
    for entry in entries:
        verdict = entry["verdict"].replace("_", " ")
        yield f"     {entry[name]:{width}}  {verdict:18}  {entry['detail']}"
    if unnamed:
        yield f"     and {unnamed} more"
