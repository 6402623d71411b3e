"""The flows last in force, in a file: an engine starts with them when the database is away."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ivr.document import DocumentError
from ivr.flow_texts import FlowTexts, UnreadableFlows, from_json
from ivr.loader import FlowBook


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFlows:
    """Flows and number plan as they were written, and what they mean."""

    texts: FlowTexts
    book: FlowBook

    @property
    def version(self) -> int:
        """Their number in the store; 0 while they have none."""
        return self.book.version


class FlowsCache:
    """One file, replaced as a whole."""

    def __init__(self, var: Path) -> None:
        self._path = var / "flows-in-force.json"

    def read(self) -> KnownFlows | None:
        """What was in force last; None when there is nothing that can be used."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            texts = from_json(content["document"])
            return KnownFlows(texts=texts, book=texts.book(version=int(content["version"])))
        except (OSError, ValueError, KeyError, TypeError, UnreadableFlows, DocumentError):
            return None

    def write(self, known: KnownFlows) -> None:
        """Remember what is in force now.

        Raises:
            OSError: the data directory cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        content = {"version": known.version, "document": known.texts.to_json()}
        fresh.write_text(json.dumps(content), encoding="utf-8")
        os.replace(fresh, self._path)
