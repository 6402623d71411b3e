"""A row's result, as one JSON file."""

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

VAR = Path(os.environ.get("CALLWRIGHT_VAR", "var"))


def write(
    row: int,
    *,
    figures: Any,
    peers: Any,
    goal: str,
    interval: Any,
    met: bool,
    versions: Mapping[str, str],
    load: Mapping[str, Any],
    seeds: Mapping[str, int],
) -> Path:
    """Write ``var/bench/row-N.json`` and say so; its path."""
    report = {
        "row": row,
        "figures": figures,
        "peers": peers,
        "goal": goal,
        "interval": interval,
        "met": met,
        "versions": {
            "python": platform.python_version(),
            "callwright": version("callwright"),
            **versions,
        },
        "load": load,
        "seeds": seeds,
    }
    folder = VAR / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"row-{row}.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nrow {row}: goal {'met' if met else 'NOT met'}; written to {path}")
    return path
