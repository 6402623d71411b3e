"""The rules last in force, in a file: an engine starts with them when the database is away."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from cti.rules_document import RulesDocument, UnreadableRules, from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRules:
    """Rules and their number in the store; 0 while they have none."""

    version: int
    document: RulesDocument

    @property
    def text(self) -> str:
        """The document in its one written form."""
        return to_json(self.document)


class RulesCache:
    """One file, replaced as a whole."""

    def __init__(self, var: Path) -> None:
        self._path = var / "rules-in-force.json"

    def read(self) -> KnownRules | None:
        """What was in force last; None when there is nothing that can be used."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return KnownRules(version=int(content["version"]), document=from_json(content["document"]))
        except (OSError, ValueError, KeyError, TypeError, UnreadableRules):
            return None

    def write(self, known: KnownRules) -> None:
        """Remember what is in force now.

        Raises:
            OSError: the data directory cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"version": known.version, "document": known.text}), encoding="utf-8")
        os.replace(fresh, self._path)
