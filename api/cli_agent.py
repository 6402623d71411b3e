"""``callwright agent``: what an agent may ask for, and what a supervisor decides over his head."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.client import EngineClient
from api.printing import print_json, print_lines
from cti.config import DEFAULT_CONFIG


class Wish(StrEnum):
    """What an agent may ask for."""

    READY = "ready"
    NOT_READY = "not-ready"
    LOGOUT = "logout"
    DONE = "done"
    MORE_TIME = "more-time"
    PAUSE = "pause"
    LEAVE = "leave"
    TAKE_UP = "take-up"


_STATES = {Wish.READY: "ready", Wish.NOT_READY: "not_ready", Wish.LOGOUT: "logged_out"}
_STANDINGS = {Wish.PAUSE: "paused", Wish.LEAVE: "left", Wish.TAKE_UP: "serves"}
_WRAP_UP = {Wish.DONE: "end", Wish.MORE_TIME: "extend"}


def agent(
    agent_id: Annotated[str, typer.Argument(metavar="ID")],
    wish: Annotated[
        Wish, typer.Argument(metavar="ready|not-ready|logout|done|more-time|pause|leave|take-up")
    ],
    reason: Annotated[
        str | None,
        typer.Option(help="Why not ready, one of the rules' reasons; 'other' when it is not given."),
    ] = None,
    queue: Annotated[
        str | None, typer.Option(help="The one queue to pause, leave or take up; he goes on in the others.")
    ] = None,
    after: Annotated[
        bool, typer.Option("--after", help="After this call and its wrap-up, which goes on.")
    ] = False,
    by: Annotated[
        str | None, typer.Option(help="The supervisor who decides it over the agent's head.")
    ] = None,
    because: Annotated[str | None, typer.Option(help="Why he does; kept on record.")] = None,
    now: Annotated[bool, typer.Option("--now", help="With --by: without wrap-up.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Set an agent's state; while he is busy it takes effect afterwards.

    'done' and 'more-time' end and extend his wrap-up.
    """
    if reason is not None and wish not in (Wish.NOT_READY, Wish.PAUSE):
        raise typer.BadParameter("a reason goes with not-ready and pause only", param_hint="--reason")
    if (queue is not None) != (wish in _STANDINGS):
        raise typer.BadParameter("goes with pause, leave and take-up, which need it", param_hint="--queue")
    forced = by is not None
    if (because is not None) != forced or (now and not forced):
        raise typer.BadParameter("--by and --because go together, --now with both", param_hint="--by")
    if ((forced or after) and wish not in _STATES) or (forced and after):
        raise typer.BadParameter("goes with ready, not-ready and logout only", param_hint="--after, --by")
    body: dict[str, Any] = {"state": _STATES.get(wish)} | ({"reason": reason} if reason else {})
    with client(config) as engine:
        if forced:
            forcing = body | {"by": by, "why": because, "now": now}
            told = engine.put("agents", agent_id, "forced-state", body=forcing)
        else:
            told = _ask(engine, agent_id, wish, body, after, queue)
    if as_json:
        print_json(told)
        return
    print_lines([_in_words(told)])


def _ask(
    engine: EngineClient, agent_id: str, wish: Wish, body: dict[str, Any], after: bool, queue: str | None
) -> Any:
    if queue is not None:
        standing = body | {"standing": _STANDINGS[wish]}
        del standing["state"]
        return engine.put("agents", agent_id, "queues", queue, body=standing)
    if wish in _WRAP_UP:
        return engine.post("agents", agent_id, "wrap-up", _WRAP_UP[wish])
    return engine.put("agents", agent_id, "next-state" if after else "state", body=body)


def _in_words(told: dict[str, Any]) -> str:
    why = f" ({told['reason']})" if told["reason"] else ""
    becomes = f", then {told['next_state']}" if told["next_state"] else ""
    because = f" ({told['next_reason']})" if told["next_reason"] else ""
    forced = f" as {told['next_by']} has decided" if told["next_by"] else ""
    away = "".join(f"; has {how['standing']} {queue}" for queue, how in told["away_from"].items())
    return f"{told['agent_id']} is {told['state']}{why}{becomes}{because}{forced}{away}"
