"""A call's way through its flows, for people at a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def path_in_words(path: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every stay in a flow, node by node."""
    for one in path:
        stay = one["stay"]
        version = f", version {stay['flow_version']}" if stay["flow_version"] else ""
        lasted = f" after {stay['spent_s']:.1f} s" if stay["spent_s"] is not None else ""
        how = f"left it{lasted}: {stay['exit'].replace('_', ' ')}" if stay["exit"] else "is in it"
        yield f"{stay['began_at'][11:19]}Z in flow {stay['flow']}{version}; {how}"
        width = max((len(node["node"]) for node in one["nodes"]), default=0)
        for node in one["nodes"]:
            spent = f"{node['spent_s']:6.1f} s" if node["spent_s"] is not None else "       -"
            yield f"     {node['node']:{width}}  {node['kind']:8}  {spent}{_learned(node)}"


def _learned(node: Mapping[str, Any]) -> str:
    tried = f"tried {node['tried']}" if node["tried"] else ""
    key = f"pressed {node['key']}" if node["key"] else ""
    words = [part for part in (tried, key, node["result"]) if part]
    return "  " + ", ".join(words) if words else ""
