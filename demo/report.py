"""What the demo says at the end: one row a call, what was checked, and ``var/demo.json``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.table import Table

from acd.requirement import Requirement
from acd.skills import SkillSet
from demo.people import Experience
from demo.script import CALLERS, PHONES, GivesUp, ScriptedCaller

ON_THE_WAY = timedelta(seconds=0.1)
IDLE = ("ready", "not_ready", "logged_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call as the API tells it, and whom the caller heard. Spans are in seconds."""

    call_id: str
    caller: str
    vip: bool
    menu_keys: str
    queue: str | None
    agent: str | None
    wait_s: float | None
    talk_s: float | None
    outcome: str
    offers: list[dict[str, str]]
    """Each offer made for this call: agent, when, and how it ended."""
    required: str | None
    """What was required of the agent of the last offer."""
    why: str
    """The last routing decision, in words."""
    heard: list[str]
    """Agents whose voice the caller recognised."""
    queued_at: str | None
    connected_at: str | None


@dataclass(slots=True)
class Verdict:
    """What must hold of a demo, and what did not."""

    checks: dict[str, list[str]] = field(default_factory=dict)

    def expect(self, what: str, misses: Iterator[str]) -> None:
        """Note one promise with everything that broke it."""
        self.checks[what] = list(misses)

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return not any(self.checks.values())


def row(story: Mapping[str, Any], experience: Experience) -> CallRow:
    """A row from ``GET /calls/{id}`` and the caller's own experience."""
    call, told = story["call"], [{**entry["event"], "at": entry["at"]} for entry in story["timeline"]]
    ended = {e["offer_id"]: e["how"] for e in told if e["type"] == "OfferEnded"}
    offers = [
        {"agent": e["agent_id"], "at": e["at"], "how": ended.get(e["offer_id"], "open")}
        for e in told
        if e["type"] == "OfferMade"
    ]
    return CallRow(
        call_id=call["call_id"],
        caller=call["caller"],
        vip=call["call_class"] == "vip",
        menu_keys=call["menu_keys"],
        queue=call["queue_id"],
        agent=call["agent_id"],
        wait_s=call["waited_s"],
        talk_s=call["talked_s"],
        outcome=call["outcome"] or "none",
        offers=offers,
        required=story["decisions"][-1]["requirement"] if story["decisions"] else None,
        why=_words(story["decisions"][-1]) if story["decisions"] else "never offered to anybody",
        heard=experience.talked_with,
        queued_at=call["queued_at"],
        connected_at=call["connected_at"],
    )


def _words(decision: Mapping[str, Any]) -> str:
    chosen, *others = decision["candidates"]
    lost = "; ".join(f"{c['agent_id']}: {c['verdict']} ({c['detail']})" for c in others)
    return f"{chosen['agent_id']}: {chosen['detail']}" + (f" | {lost}" if lost else "")


def judge(
    rows: Sequence[CallRow],
    experiences: Sequence[Experience],
    agents: Sequence[Mapping[str, Any]],
    queues: Sequence[Mapping[str, Any]],
    steps: Mapping[str, Sequence[Requirement]],
) -> Verdict:
    """Hold the story against the script. ``steps`` are what each queue requires, at first and relaxed."""
    verdict = Verdict()
    scripts = {scripted.caller_id: scripted for scripted in CALLERS}
    verdict.expect(f"{len(CALLERS)} calls, each with exactly one outcome", _outcomes(rows, experiences))
    verdict.expect("callers reached the queue of their keys", _queues(rows, scripts))
    verdict.expect("who gave up is abandoned, everybody else was answered", _answered(rows, scripts))
    verdict.expect("agents had the needed skill", _skilled(rows, agents, steps))
    verdict.expect("callers heard the voice of the agent the engine names", _heard(rows))
    verdict.expect("calls of deaf and rejecting phones were handled again", _again(rows))
    verdict.expect("VIPs who waited together with others were answered first", vip_misses(rows))
    verdict.expect(
        "every agent is idle", (f"{a['agent_id']} is {a['state']}" for a in agents if a["state"] not in IDLE)
    )
    verdict.expect(
        "queue figures add up",
        (f"{q['queue_id']}: {q['unexplained']} unexplained" for q in queues if q["unexplained"]),
    )
    return verdict


def _outcomes(rows: Sequence[CallRow], experiences: Sequence[Experience]) -> Iterator[str]:
    if len(rows) != len(CALLERS):
        yield f"{len(rows)} calls are on record"
    yield from (f"{r.caller} has no outcome" for r in rows if r.outcome == "none")
    yield from (f"{e.caller.caller_id}: {e.problem}" for e in experiences if e.problem)


def _queues(rows: Sequence[CallRow], scripts: Mapping[str, ScriptedCaller]) -> Iterator[str]:
    for r in rows:
        scripted = scripts[r.caller]
        if (r.queue, r.menu_keys, r.vip) != (scripted.queue, scripted.keys, scripted.vip):
            yield f"{r.caller} pressed {r.menu_keys} and came to {r.queue}, VIP: {r.vip}"


def _answered(rows: Sequence[CallRow], scripts: Mapping[str, ScriptedCaller]) -> Iterator[str]:
    for r in rows:
        expected = "answered" if scripts[r.caller].gives_up is GivesUp.NEVER else "abandoned"
        if r.outcome != expected:
            yield f"{r.caller} is {r.outcome}, expected {expected}"


def _skilled(
    rows: Sequence[CallRow], agents: Sequence[Mapping[str, Any]], steps: Mapping[str, Sequence[Requirement]]
) -> Iterator[str]:
    has = {a["agent_id"]: SkillSet.of(a["skills"]) for a in agents}
    for r in (r for r in rows if r.agent is not None):
        required = next((step for step in steps.get(r.queue or "", ()) if step.text == r.required), None)
        if required is None:
            yield f"{r.caller} got {r.agent} by {r.required}, which {r.queue} never requires"
        elif (missing := required.missing(has[r.agent or ""])) is not None:
            yield f"{r.caller} got {r.agent}, who lacks {missing}"


def _heard(rows: Sequence[CallRow]) -> Iterator[str]:
    for r in rows:
        expected = [r.agent] if r.outcome == "answered" else []
        if r.heard != expected:
            yield f"{r.caller} heard {r.heard or 'nobody'}, the engine names {r.agent}"


def _again(rows: Sequence[CallRow]) -> Iterator[str]:
    hows = {offer["how"] for r in rows for offer in r.offers}
    yield from (
        f"nobody met an agent who ended in {how}" for how in ("no_answer", "rejected") if how not in hows
    )
    for r in rows:
        failed = any(offer["how"] in ("no_answer", "rejected") for offer in r.offers)
        if failed and r.outcome == "answered" and r.offers[-1]["how"] != "accepted":
            yield f"{r.caller} was answered without an accepted offer"
        if any(offer["agent"] == "dan" and offer["how"] == "accepted" for offer in r.offers):
            yield "Dan never answers, yet he did"


def vip_misses(rows: Sequence[CallRow]) -> Iterator[str]:
    """Normal callers who were offered an agent of a queue in which a VIP was waiting for one.

    A VIP waits from :data:`ON_THE_WAY` after being queued, when certainly in the waiting room, until offered.
    """
    for vip in (r for r in rows if r.vip and r.queued_at is not None):
        came = datetime.fromisoformat(vip.queued_at or "") + ON_THE_WAY
        until = (
            datetime.fromisoformat(vip.offers[0]["at"]) if vip.offers else datetime.max.replace(tzinfo=UTC)
        )
        for normal in (r for r in rows if not r.vip and r.queue == vip.queue):
            for offer in normal.offers:
                if came < datetime.fromisoformat(offer["at"]) < until:
                    yield f"{normal.caller} got an offer while VIP {vip.caller} waited since {vip.queued_at}"


def call_table(rows: Sequence[CallRow]) -> Table:
    """One row a call, for people."""
    table = Table(title="Calls", header_style="bold")
    for name in ("caller", "keys", "queue", "wait", "offered to", "agent", "talk", "heard", "outcome"):
        table.add_column(name, justify="right" if name in ("wait", "talk") else "left", overflow="fold")
    for r in rows:
        offered = " → ".join(
            offer["agent"] + ("" if offer["how"] == "accepted" else f" ({offer['how']})")
            for offer in r.offers
        )
        style = {"answered": "green", "abandoned": "yellow"}.get(r.outcome, "red")
        table.add_row(
            r.caller + (" [magenta]VIP[/]" if r.vip else ""),
            " ".join(r.menu_keys) or "–",
            r.queue or "–",
            _seconds(r.wait_s),
            offered or "–",
            r.agent or "–",
            _seconds(r.talk_s),
            ", ".join(r.heard) or "–",
            f"[{style}]{r.outcome}[/]",
        )
    return table


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def document(
    rows: Sequence[CallRow],
    agents: Sequence[Mapping[str, Any]],
    queues: Sequence[Mapping[str, Any]],
    verdict: Verdict,
    took_s: float,
) -> dict[str, Any]:
    """What goes into ``var/demo.json``."""
    outcomes: dict[str, int] = {}
    for r in rows:
        outcomes[r.outcome] = outcomes.get(r.outcome, 0) + 1
    return {
        "calls": [asdict(r) for r in rows],
        "agents": [dict(agent) | {"phone": type(PHONES[agent["agent_id"]][1]).__name__} for agent in agents],
        "queues": [dict(queue) for queue in queues],
        "summary": {
            "calls": len(rows),
            "outcomes": outcomes,
            "checks": {what: misses or "held" for what, misses in verdict.checks.items()},
            "passed": verdict.passed,
            "took_s": round(took_s, 1),
        },
    }
