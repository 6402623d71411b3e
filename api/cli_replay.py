"""The command ``callwright replay``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath
from api.printing import print_json, print_lines
from cti.codec import encode
from cti.config import DEFAULT_CONFIG, load_config, rules_path
from cti.journal import read_all
from cti.replay import Difference
from cti.replay import replay as replay_record
from cti.rules import rules_of
from cti.rules_document import load_rules


def replay(
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="A segment file, or a directory of them.")
    ],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Run a recorded journal through a fresh floor: does it say the same again?

    Rules are those of the record; where an old one names none, those of the rules document now.
    """
    settings = load_config(config)
    rules = load_rules(rules_path(config, settings), [agent.id for agent in settings.agents])
    outside = settings.outside.rules(settings.customers.region)
    found = replay_record(read_all(journal), lambda run: rules_of(settings.agents, rules, run, outside))
    if as_json:
        print_json(
            {
                "same": found.same,
                "runs": found.runs,
                "inputs": found.inputs,
                "outputs": found.outputs,
                "difference": None if found.difference is None else _difference(found.difference),
                "unreplayed": found.unreplayed,
            }
        )
    else:
        print(f"{found.runs} runs, {found.inputs} inputs, {found.outputs} outputs came again")
        print_lines(f"not replayed: {what}" for what in found.unreplayed)
        if found.difference is not None:
            told = _difference(found.difference)
            print_lines(f"{name}: {value}" for name, value in told.items() if value is not None)
        print(
            "the same" if found.same else "not the same" if found.difference else "the same as far as it goes"
        )
    if not found.same:
        raise typer.Exit(1)


def _difference(difference: Difference) -> dict[str, Any]:
    recorded, replayed = difference.recorded, difference.replayed
    return {
        "run": difference.run,
        "message": difference.seq,
        "recorded": None if recorded is None else encode(recorded),
        "replayed": None if replayed is None else encode(replayed),
        "broke": difference.broke,
    }
