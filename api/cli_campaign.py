"""``callwright campaign``: whom to call, how, and how far that is."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.asking import AsJson, ConfigPath, client
from api.cli_campaign_learnt import learnt
from api.cli_campaign_watch import watch
from api.cli_versions import login
from api.client import SaidNo
from api.printing import print_json, print_lines, print_table
from cti.campaign_document import CAMPAIGNS_DIRECTORY, read_campaign
from cti.config import DEFAULT_CONFIG

campaign = typer.Typer(
    help="Campaigns: whom to call, how, and how far that is.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
By = Annotated[str | None, typer.Option(help="Who says so; by default the user of this shell.")]
Because = Annotated[str, typer.Option(help="Why; stays on record.")]
Comment = Annotated[str, typer.Option(help="What it is for; stays on record.")]
DocumentFile = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE.yaml]", help="Else campaigns/CAMPAIGN.yaml beside the configuration."),
]

CHECK_EVERY_S = 0.3

campaign.command()(watch)
campaign.command()(learnt)

STATES = ("new", "due", "resting", "previewed", "in_progress", "to_dispose", "done")


@campaign.command(name="list")
def all_of_them(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """All campaigns."""
    with client(config) as engine:
        rows = engine.get("campaigns")
    if as_json:
        print_json(rows)
        return
    for row in rows:
        leads = leads_by_state(row)
        row["in_all"], row["left"] = sum(leads.values()), sum(leads.values()) - leads.get("done", 0)
        row["told"] = row["problem"] or row["because"]
    columns = {
        "campaign_id": "campaign",
        "title": "title",
        "mode": "mode",
        "queue": "queue",
        "state": "state",
        "in_all": "leads",
        "left": "left",
        "version": "version",
        "told": "because",
    }
    print_table(columns, rows, "there are no campaigns: callwright campaign create NAME")


@campaign.command()
def show(
    name: Name,
    document: Annotated[
        bool, typer.Option("--document", help="Only the document, as it was written.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """One campaign: where it stands, its leads by list, its document."""
    with client(config) as engine:
        told = engine.get("campaigns", name)
    if as_json:
        print_json(told)
        return
    if not document:
        print_lines([in_words(told)])
        rows = [{"list": name, **states} for name, states in sorted(told["leads"].items())]
        print_table(
            {"list": "list", **{state: state.replace("_", " ") for state in STATES}}, rows, "no leads"
        )
        print_lines([f"# version {told['version']}, by {told['author']}: {told['comment'] or 'no comment'}"])
    print_lines(told["document"].splitlines())


@campaign.command()
def create(
    name: Name,
    file: DocumentFile = None,
    comment: Comment = "",
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Make a campaign from its document: a draft, without leads."""
    body = {"campaign_id": name, **_published(name, file, config, comment, by)}
    with client(config) as engine:
        told = engine.post("campaigns", body=body)
    _tell(told, as_json=as_json)


@campaign.command()
def change(
    name: Name,
    file: DocumentFile = None,
    comment: Comment = "",
    base: Annotated[
        int | None, typer.Option(min=1, metavar="VERSION", help="The version you knew; else the latest.")
    ] = None,
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Decide by its document as it is now; what rings, rings by the old one."""
    body = _published(name, file, config, comment, by)
    with client(config) as engine:
        body["base_version"] = base if base is not None else engine.get("campaigns", name)["version"]
        told = engine.put("campaigns", name, body=body)
    _tell(told, as_json=as_json)


@campaign.command()
def check(name: Name, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """A dry run: how many leads could be dialled now, and why not the others. Nobody is dialled. Exit code 1
    when it did not come to its end."""
    with client(config) as engine:
        told = engine.post("campaigns", name, "check")
        with _progress() as progress:
            bar = progress.add_task(f"leads of {name}", total=told["in_all"] or None)
            while told["ended_at"] is None:
                progress.update(bar, completed=told["looked_at"])
                time.sleep(CHECK_EVERY_S)
                told = engine.get("campaigns", name, "check")
    if as_json:
        print_json(told)
    else:
        print_lines([f"{told['diallable']} of {told['looked_at']} leads of {name} could be dialled now"])
        print_lines([f"warning: {one}" for one in told["warnings"]])
        for row in told["kept_back"]:
            row["until"] = "never" if row["until"] is None else f"{row['until'][:16].replace('T', ' ')} UTC"
        columns = {"leads": "leads", "told": "why not", "until": "the first again", "examples": "such as"}
        print_table(columns, told["kept_back"], "nothing keeps anybody back")
    if told["failed"]:
        raise SaidNo(told["failed"])


def _progress() -> Progress:
    """On standard error, while somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@campaign.command()
def start(name: Name, by: By = None, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Begin, or go on with one that was paused or stopped."""
    _ask(config, name, "start", {"by": by or login()}, as_json=as_json)


@campaign.command()
def trial(
    name: Name,
    attempts: Annotated[int, typer.Argument(min=1, max=100_000, metavar="N")],
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Begin, and pause by itself after N attempts."""
    _ask(config, name, "start", {"by": by or login(), "trial": attempts}, as_json=as_json)


@campaign.command()
def pause(
    name: Name,
    because: Because = "",
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Finish what rings, and dial nothing new."""
    _ask(config, name, "pause", {"by": by or login(), "because": because}, as_json=as_json)


@campaign.command()
def stop(
    name: Name,
    because: Because = "",
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="Give up also what has not rung for as long as the profile asks."),
    ] = False,
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Dial nothing new, and give up what rings as soon as it has rung for as long as the profile asks; who
    answers is served."""
    body = {"by": by or login(), "because": because, "at_once": at_once}
    _ask(config, name, "stop", body, as_json=as_json)


@campaign.command()
def remove(name: Name, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Delete one that is a draft or over, with its lists and leads. Its documents and what was dialled stay
    on record."""
    with client(config) as engine:
        told = engine.take_away("campaigns", name)
    if as_json:
        print_json(told)
        return
    print_lines([f"{name} is removed, and {told['leads']} leads with it"])


@campaign.command()
def history(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Versions at most.")] = 20,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Every document of that name, the latest first; also of a campaign that was removed."""
    with client(config) as engine:
        rows = engine.get("campaigns", name, "versions", params={"limit": limit})
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["at"] = row["at"][:19].replace("T", " ")
    columns = {"version": "version", "at": "published", "author": "author", "comment": "comment"}
    print_table(columns, rows, f"nothing was published as {name}")


def leads_by_state(told: dict[str, Any]) -> dict[str, int]:
    """All lists together."""
    states: dict[str, int] = {}
    for of_list in told["leads"].values():
        for state, count in of_list.items():
            states[state] = states.get(state, 0) + count
    return states


def in_words(told: dict[str, Any]) -> str:
    """Where a campaign stands, in a line."""
    whose = f" with the agents of {told['queue']}" if told["queue"] else ""
    said = f" by {told['by']}" if told["by"] else ""
    because = f": {told['because']}" if told["because"] not in ("", "asked") else ""
    problem = f"; {told['problem']}" if told["problem"] else ""
    title = f" ({told['title']})" if told["title"] else ""
    what = f"{told['campaign_id']}{title}, {told['mode'] or '?'}{whose}"
    return f"{what}, is {told['state']}{said}{because}{problem}"


def _ask(config: Path, name: str, what: str, body: dict[str, Any], *, as_json: bool) -> None:
    with client(config) as engine:
        told = engine.post("campaigns", name, what, body=body)
    _tell(told, as_json=as_json)


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    print_lines([in_words(told)])


def _published(name: str, file: Path | None, config: Path, comment: str, by: str | None) -> dict[str, Any]:
    return {"document": _text(name, file, config), "comment": comment, "author": by or login()}


def _text(name: str, file: Path | None, config: Path) -> str:
    """The document's text, checked here first: mistakes are told with the file's name."""
    path = file or config.parent / CAMPAIGNS_DIRECTORY / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise SaidNo(f"{path} cannot be read: {reason}") from None
    read_campaign(text, str(path))
    return text
