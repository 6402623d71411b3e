"""``callwright campaign take``, ``accept``, ``skip``, ``dial``, ``dispose``: an agent and his lead."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.cli_versions import login
from api.client import EngineClient
from api.moments import a_moment
from api.printing import print_json, print_lines
from cti.config import DEFAULT_CONFIG

Agent = Annotated[str, typer.Argument(metavar="AGENT")]
Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
At = Annotated[str | None, typer.Option(metavar="TIME", help="18:30, or 2026-03-02T18:30.")]


def before(agent: Agent, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """The lead an agent has before him, with his script."""
    with client(config) as engine:
        _tell(engine, agent, as_json=as_json)


def take(
    campaign: Campaign,
    agent: Agent,
    lead: Annotated[str | None, typer.Option(metavar="LEAD", help="A certain one.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Preview: have an agent look at the next lead."""
    with client(config) as engine:
        engine.post("agents", agent, "lead", "take", body={"campaign": campaign, "lead_id": lead})
        _tell(engine, agent, as_json=as_json)


def accept(agent: Agent, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Preview: call the lead he looks at; his own phone rings first."""
    with client(config) as engine:
        engine.post("agents", agent, "lead", "accept")
        _tell(engine, agent, as_json=as_json)


def skip(
    agent: Agent,
    because: Annotated[str, typer.Option(help="Why.")] = "",
    again_at: At = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Preview: not this one, or not now."""
    body = {"because": because, "again_at": _moment(again_at)}
    with client(config) as engine:
        engine.post("agents", agent, "lead", "skip", body=body)
        _tell(engine, agent, as_json=as_json)


def dial(
    campaign: Campaign,
    agent: Agent,
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    lead: Annotated[str | None, typer.Option(metavar="LEAD", help="Whose number it is.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Dial a number by hand; the agent's own phone rings first."""
    with client(config) as engine:
        engine.post("agents", agent, "dial", body={"campaign": campaign, "number": number, "lead_id": lead})
        _tell(engine, agent, as_json=as_json)


def dispose(
    attempt: Annotated[str, typer.Argument(metavar="ATTEMPT")],
    disposition: Annotated[str, typer.Argument(metavar="DISPOSITION")],
    note: Annotated[str, typer.Option(help="For whoever calls him next.")] = "",
    call_back_at: At = None,
    own_agent: Annotated[
        str | None, typer.Option(metavar="AGENT", help="Who has promised to call him himself.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who says so; by default the user of this shell.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Say what came of an attempt, while it lasts or afterwards."""
    body = {
        "disposition": disposition,
        "note": note,
        "by": by or login(),
        "call_back_at": _moment(call_back_at),
        "own_agent": own_agent,
    }
    with client(config) as engine:
        engine.post("attempts", attempt, "disposition", body=body)
    print_lines([f"{attempt}: {disposition}"])


def responded(
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    how: Annotated[str, typer.Option(help="How: he wrote, came by, paid.")],
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="Else for all campaigns.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Somebody has responded by himself: he leaves the lists at once, and what rings for him is given up."""
    with client(config) as engine:
        engine.post("campaigns", "responded", body={"number": number, "how": how, "campaign": campaign})
    print_lines([f"{number} is called no more"])


def add_to(group: typer.Typer) -> None:
    """Make these commands of the group ``campaign``."""
    for one in (before, take, accept, skip, dial, dispose, responded):
        group.command()(one)


def _moment(written: str | None) -> str | None:
    return None if written is None else a_moment(written, datetime.now(UTC).astimezone()).isoformat()


def _tell(engine: EngineClient, agent: str, *, as_json: bool) -> None:
    told = engine.get("agents", agent, "lead")
    if as_json:
        print_json(told)
        return
    print_lines(_in_words(agent, told))


def _in_words(agent: str, told: dict[str, Any] | None) -> list[str]:
    if told is None:
        return [f"{agent} has no lead before him"]
    attempt = f", attempt {told['attempt_id']}" if told["attempt_id"] else ""
    state = told["state"].replace("_", " ")
    lines = [f"{told['lead_id']} of {told['campaign_id']}, {state}{attempt}"]
    lines += [f"{told['name'] or 'no name'}: {', '.join(told['numbers'])}"]
    lines += [f"{name}: {value}" for name, value in told["data"].items()]
    lines += told["script"].splitlines()
    if told["dispositions"]:
        lines += ["what may be said: " + ", ".join(one["disposition"] for one in told["dispositions"])]
    return lines
