"""A campaign's evidence as a page; no script, nothing fetched. Whatever stands in it is text."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from api.campaign_page import between, document, percent, table

if TYPE_CHECKING:
    from api.evidence_pack import Recount

ATTEMPTS = "attempts.csv"

DAY_COLUMNS = {
    "allowance": "allowance",
    "begins": "from",
    "ends": "to",
    "live": "live answers in the window",
    "abandoned": "abandoned",
    "share": "share",
    "worst_at": "worst at",
    "worst_live": "live then",
    "worst_abandoned": "abandoned then",
    "worst_share": "share then",
    "exceeded": "exceeded",
}


def days(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every allowance, day by day, for tables."""
    for one in told["allowances"]:
        name = f"{one['stands']['percent']:g} % over {one['stands']['window_h']:g} h"
        for day in one["days"]:
            shares = {key: percent(day[key]) for key in ("share", "worst_share")}
            yield {"allowance": name, **{key: day[key] for key in day if key in DAY_COLUMNS}, **shares}


def page(
    told: Mapping[str, Any], recount: "Recount", checks: list[dict[str, Any]], digests: Mapping[str, str]
) -> str:
    """The page: what ``GET …/evidence`` tells, what was counted here, and whether both agree."""
    title = f"Evidence: campaign {told['campaign_id']}, {between(told)}"
    return document(title, _body(told, recount, checks, digests))


def _body(
    told: Mapping[str, Any], recount: "Recount", checks: list[dict[str, Any]], digests: Mapping[str, str]
) -> Iterator[str]:
    total = told["total"]
    yield f"<p><strong>{escape(told['notice'])}</strong></p>"
    yield _paragraph(
        f"{told['title']}. Written {told['made_at'][:19]}Z by {told['engine']}. All times are UTC unless "
        "they carry an offset; those are the clocks of the called."
    )
    yield "<h2>Rules in force</h2>"
    yield from table(_RULES, [{**one, **_joined(one)} for one in told["rules"]])
    yield "<h2>What the gate asks of every attempt, as of writing</h2><ul>"
    yield from (f"<li>{escape(line)}</li>" for line in told["profile"])
    yield "</ul><h2>Figures</h2>"
    yield _paragraph(
        f"{total['dialled']} telephones were dialled, {total['running']} without an end yet. A person "
        f"answered {total['live']}; {total['counted']} live answers were counted, {total['abandoned']} of "
        f"them abandoned ({percent(total['abandoned_share'])}). {_agents(total)}"
    )
    outcomes = [{"outcome": name, "times": times} for name, times in total["outcomes"].items()]
    yield from table({"outcome": "outcome", "times": "times"}, outcomes)
    yield "<h2>Abandoned calls against each allowance, day by day</h2>"
    yield from table(DAY_COLUMNS, [*days(told)])
    yield "<h2>Every abandoned call</h2>"
    yield _paragraph(
        "Answered, and nobody was there in time: also who was connected too late. What he heard is told by "
        "the nodes of the flow he was in, in seconds after the answer."
    )
    yield from table(_ABANDONED, recount.abandoned)
    if len(recount.abandoned) < total["abandoned"]:
        yield _paragraph(f"The first {len(recount.abandoned)}; all are in {ATTEMPTS}.")
    yield "<h2>Not let out</h2>"
    yield _paragraph(
        f"{total['refused']} attempts were refused before a telephone rang, {recount.do_not_call} of them "
        "because the number is on a do-not-call list. They are no attempts, and count for nothing."
    )
    yield _paragraph(
        f"{told['given_up_early']} telephones rang, and were given up before they had rung for as long as "
        "the profile asks: the campaign was stopped at once, or he called in, or was put on a list."
    )
    reasons = [{"why": why, "times": times} for why, times in recount.refused.most_common(500)]
    yield from table({"why": "why", "times": "times"}, reasons)
    yield "<h2>Who does not want to be called</h2>"
    yield _paragraph(
        f"{total['opted_out']} asked so by key or word in one of these calls. {told['listed_for_it']} "
        f"numbers were put on the campaign's own list. Of its {told['leads']} leads "
        f"{told['leads_not_to_be_called']} are done with for that reason. Texts: {told['texts_sent']} sent, "
        f"{told['texts_failed']} failed."
    )
    yield "<h2>Sums, counted twice</h2>"
    yield _paragraph(
        "Once by the database, once from the attempts in this pack."
        if all(check["same"] for check in checks)
        else "They differ: the campaign went on meanwhile, or something is wrong. Ask for a time long over."
    )
    yield from table({"what": "what", "engine": "database", "here": "this pack", "same": "same"}, checks)
    yield "<h2>Every attempt</h2>"
    if recount.rows > len(recount.first):
        yield _paragraph(f"The first {len(recount.first)} of {recount.rows}; all are in {ATTEMPTS}.")
    yield from table(_ATTEMPTS, [_clock_once(one) for one in recount.first])
    yield "<h2>Files beside this page</h2>"
    files = [{"name": name, "sha256": digest} for name, digest in digests.items()]
    yield from table({"name": "file", "sha256": "SHA-256"}, files)


def _clock_once(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where there is one clock, there is no latest one."""
    same = one["local_latest"] == one["local_earliest"]
    return {**one, "local_latest": None} if same else one


def _agents(total: Mapping[str, Any]) -> str:
    if not total["connected"]:
        return "An agent talked with nobody."
    latest = f"{total['longest_connected_after_s']:.2f} s after a person was known to be there"
    return f"An agent talked with {total['connected']}, at the latest {latest}."


def _joined(rules: Mapping[str, Any]) -> dict[str, str]:
    return {
        "allowances": "; ".join(rules["allowances"]),
        "message_prompts": " ".join(rules["message_prompts"]),
    }


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


_RULES = {
    "version": "version",
    "since": "since",
    "mode": "mode",
    "profile": "profile",
    "allowances": "may be abandoned",
    "connect_within_s": "connect within s",
    "ring_for_s": "rings s",
    "message": "message",
    "message_prompts": "what it says",
    "opt_out_key": "opt-out key",
    "machines": "machines",
    "persons_taken_permille": "persons taken for machines ‰",
    "max_attempts": "attempts per person",
}
_ABANDONED = {
    "attempt_id": "attempt",
    "number": "number",
    "local_earliest": "dialled, his clock",
    "answered_at": "answered",
    "judged_at": "known to be a person",
    "party": "party",
    "connected_after_s": "agent after s",
    "ended_at": "ended",
    "outcome": "outcome",
    "heard": "heard",
    "opted_out_at": "opted out",
}
_ATTEMPTS = {
    "attempt_id": "attempt",
    "placed_at": "placed",
    "local_earliest": "his clock, earliest",
    "local_latest": "latest",
    "number": "number",
    "lead_id": "lead",
    "outcome": "outcome",
    "rang_s": "rang s",
    "party": "party",
    "connected_after_s": "agent after s",
    "talked_s": "talked s",
    "abandoned": "abandoned",
    "refused_why": "refused",
    "disposition": "disposition",
}
