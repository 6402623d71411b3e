"""The command ``callwright``: starts and checks the engine, and asks one that runs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from api import cli_leads
from api.app import openapi as openapi_schema
from api.asking import AsJson, ConfigPath, client, secrets_file
from api.attempt_words import attempt_in_words
from api.check import problems_of
from api.cli_agent import agent
from api.cli_agent_leads import add_to as add_agent_leads_to
from api.cli_callbacks import callbacks
from api.cli_campaign import campaign
from api.cli_campaign_report import report_attempts, report_campaign, report_evidence
from api.cli_customers import customers
from api.cli_dial_sim import dial_sim
from api.cli_dnc import dnc
from api.cli_floor import agents, calls, queues, unanswered
from api.cli_ivr import ivr
from api.cli_ivr_report import report_ivr
from api.cli_messages import messages
from api.cli_prompts import prompts
from api.cli_queue import queue
from api.cli_replay import replay
from api.cli_report import report
from api.cli_rules import rules
from api.cli_simulate import simulate
from api.cli_trace import trace
from api.client import NotAuthorised, SaidNo, Unreachable
from api.printing import explained, harmless, print_json, print_lines, print_table
from api.version import VERSION
from cti.config import DEFAULT_CONFIG, load_config, var_dir
from cti.credentials import CredentialsError, load_or_create
from cti.own_sounds import OwnSounds, own_sounds
from cti.pbx_conf import Placement, UnsafeValueError
from cti.pbx_conf import render as render_pbx
from cti.simulator.bank import BankLogError
from ivr.document import DocumentError

PROBLEM, UNREACHABLE, NOT_AUTHORISED = 1, 3, 4
"""Exit codes, besides 0 for success and 2 for a command that was typed wrong."""

app = typer.Typer(
    help="A contact-centre engine on Asterisk.",
    epilog="Exit codes: 0 fine; 1 refused, or problems found; 2 usage; 3 no engine answers; 4 wrong token.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(customers, name="customers")
cli_leads.add_to(campaign)
campaign.command("report")(report_campaign)
campaign.command("attempts")(report_attempts)
campaign.command("evidence")(report_evidence)
add_agent_leads_to(campaign)
app.add_typer(campaign, name="campaign")
app.add_typer(dnc, name="dnc")
app.add_typer(trace, name="trace")
report.command("campaign")(report_campaign)
app.add_typer(report, name="report")
app.command()(simulate)
app.command()(dial_sim)
app.add_typer(rules, name="rules")
ivr.command("report")(report_ivr)
app.add_typer(ivr, name="ivr")


@app.command()
def serve(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run the engine until it is told to stop (Ctrl-C, SIGTERM)."""
    from api.serving import serve as serve_engine  # what only this command needs

    raise typer.Exit(serve_engine(config, var_dir()))


@app.command()
def check(
    config: ConfigPath = DEFAULT_CONFIG,
    sounds: Annotated[
        Path | None,
        typer.Option(help="Directory of Asterisk's sounds, by language; else that of the Asterisk here."),
    ] = None,
) -> None:
    """Check the configuration, the rules and flows beside it, and their prompts."""
    searched = OwnSounds(sounds) if sounds is not None else own_sounds(var_dir())
    problems = problems_of(config, searched)
    if problems:
        print_lines(map(str, problems))
        raise typer.Exit(PROBLEM)
    asterisk = f"those in {searched.directory}" if searched.directory else "not checked: no Asterisk is here"
    print(f"{config}: no problems; Asterisk's own sounds: {asterisk}")


@app.command()
def phones(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """What to enter into each agent's softphone, its secret among it."""
    settings = load_config(config)
    pbx = settings.asterisk
    secrets = load_or_create(secrets_file(), [agent.id for agent in settings.agents]).phone_secrets
    everywhere = pbx.sip_host == "0.0.0.0"  # noqa: S104 - asked, not bound
    host = "<this machine>" if everywhere else pbx.sip_host
    rows = [
        {
            "agent_id": agent.id,
            "name": agent.name,
            "user": agent.id,
            "secret": secrets[agent.id],
            "server": f"{host}:{pbx.sip_port}",
            "transport": "udp or tcp",
        }
        for agent in settings.agents
    ]
    if as_json:
        print_json(rows)
        return
    columns = {
        "name": "agent",
        "user": "user",
        "secret": "secret",
        "server": "server",
        "transport": "transport",
    }
    print_table(columns, rows, "no agents are configured")


@app.command()
def render(
    to: Annotated[Path, typer.Option(help="Directory the files are written into.")],
    config: ConfigPath = DEFAULT_CONFIG,
    instance: Annotated[
        Path | None,
        typer.Option(help="Asterisk's own directory, with etc, lib, log, run, spool; default: above --to."),
    ] = None,
) -> None:
    """Write Asterisk's configuration. (scripts/asterisk does it by itself.)"""
    settings = load_config(config)
    secrets = load_or_create(secrets_file(), [agent.id for agent in settings.agents])
    place = Placement(str((instance or to.resolve().parent).resolve()))
    print_lines(str(path) for path in render_pbx(settings, secrets, to, place))


@app.command()
def status(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """How the running engine is; exit code 1 when not all is well."""
    with client(config, token_needed=False) as engine:
        health = engine.health()
    if as_json:
        print_json(health)
    else:
        parts = {part: value for part, value in health.items() if isinstance(value, dict)}
        rows = [{"part": "engine", "is": f"{health['status']}, up {health['uptime_s']:.0f} s"}]
        rows += [{"part": part, "is": _told(value)} for part, value in parts.items()]
        rows += [{"part": hook["name"], "is": _told(hook, but="name")} for hook in health["webhooks"]]
        rows.append({"part": "unexplained", "is": f"{health['unexplained']} calls"})
        print_table({"part": "part", "is": "is"}, rows, "")
    if health["status"] != "ok":
        raise typer.Exit(PROBLEM)


def _told(part: dict[str, Any], but: str = "") -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in part.items()
        if value not in (None, "") and name != but
    )


app.command()(agents)


app.command()(agent)
app.command()(queue)
app.add_typer(callbacks, name="callbacks")
app.add_typer(messages, name="messages")
app.add_typer(prompts, name="prompts")


app.command()(unanswered)


app.command()(queues)


app.command()(calls)


@app.command()
def why(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID|ATTEMPT_ID")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Why a call, live or over, got the agents it got; or the whole story of a campaign's attempt."""
    with client(config) as engine:
        attempt = engine.look("attempts", call_id)
        story = engine.get("calls", call_id) if attempt is None else {}
    if attempt is not None:
        if as_json:
            print_json(attempt)
        else:
            print_lines(attempt_in_words(attempt))
        return
    if as_json:
        kept = ("call", "waiting", "decisions", "complete")
        print_json({part: story[part] for part in kept})
        return
    print_lines(explained(story))


@app.command(name="why-idle")
def why_idle(
    agent_id: Annotated[str, typer.Argument(metavar="AGENT")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Why nobody is being offered to an agent now."""
    with client(config) as engine:
        why = engine.get("agents", agent_id, "why-idle")
    if as_json:
        print_json(why)
        return
    print_lines([f"{why['agent_id']}: {why['because']}"])
    print_table({"queue_id": "queue", "waiting": "waiting", "lacks": "he lacks"}, why["queues"], "no queues")


app.command()(replay)


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI schema."""
    print_json(openapi_schema())


@app.command()
def version(as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        print_json({"name": "callwright", "version": VERSION})
    else:
        print(f"callwright {VERSION}")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script. Whatever goes wrong is one clear line on stderr and an exit code."""
    code = 0
    try:
        app(args=None if arguments is None else list(arguments), prog_name="callwright")
    except SaidNo as no:
        code = _fail(no, PROBLEM)
    except Unreachable as away:
        code = _fail(away, UNREACHABLE)
    except NotAuthorised as stranger:
        code = _fail(stranger, NOT_AUTHORISED)
    except (DocumentError, BankLogError, CredentialsError, UnsafeValueError, OSError) as problem:
        code = _fail(problem, PROBLEM)
    sys.exit(code)


def _fail(problem: Exception, code: int) -> int:
    lines = str(problem).splitlines() or [type(problem).__name__]
    print(*(harmless(line) for line in lines), sep="\n", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
