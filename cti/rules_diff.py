"""What changes between two rules documents, in the words of those who write them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cti.rules_document import RulesDocument, plain

_NAMES = {"agents": "agent", "queues": "queue", "classes": "class"}
"""Sections whose members have names of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that changes. Something that comes has no ``before``, something that goes no ``after``."""

    where: str
    """The member of the rules it belongs to: ``queue support``, ``agent ana``, ``returning``."""
    what: str
    """The value in it: ``wrap_up_s``, ``skills.sales``; empty for the member as a whole."""
    before: Any
    after: Any

    def __str__(self) -> str:
        name = f"{self.where}: {self.what}".removesuffix(": ")
        if self.before is None:
            return f"{name} added: {told(self.after)}"
        if self.after is None:
            return f"{name} removed: {told(self.before)}"
        return f"{name} {told(self.before)} → {told(self.after)}"


def differences(before: RulesDocument, after: RulesDocument) -> list[Change]:
    """Every value that differs, in the order of the document. Equal rules have none."""
    was, now = plain(before), plain(after)
    return [
        change
        for section in now
        if was[section] != now[section]
        for change in _section(section, was[section], now[section])
    ]


def told(value: Any) -> str:
    """A value as people read it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            given = (f"{key}: {told(each)}" for key, each in value.items() if each not in (None, [], {}))
            return "{" + ", ".join(given) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(told, value)) + "]"
        case _:
            return str(value)


def _section(name: str, was: Any, now: Any) -> Iterator[Change]:
    singular = _NAMES.get(name)
    if singular is None:
        yield from values(name, "", was, now)
        return
    before, after = _members(was), _members(now)
    for member in dict.fromkeys((*before, *after)):
        yield from values(f"{singular} {member}", "", before.get(member), after.get(member))
    stay = [member for member in after if member in before]
    if stay != [member for member in before if member in after]:
        yield Change(where=name, what="order", before=list(before), after=list(after))


def _members(section: Any) -> Mapping[str, Any]:
    """The members of a section by name; those of a list name themselves."""
    if isinstance(section, Mapping):
        return section
    return {str(m["id"]): {key: value for key, value in m.items() if key != "id"} for m in section}


def values(where: str, path: str, was: Any, now: Any) -> Iterator[Change]:
    """Every value below ``path`` of a member that differs, JSON data compared with JSON data."""
    if was == now:
        return
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*was, *now)):
            yield from values(where, f"{path}.{key}".lstrip("."), was.get(key), now.get(key))
        return
    if _is_list_of_words(was) and _is_list_of_words(now) and sorted(was) != sorted(now):
        for word in was:
            if word not in now:
                yield Change(where=where, what=path, before=word, after=None)
        for word in now:
            if word not in was:
                yield Change(where=where, what=path, before=None, after=word)
        return
    if _is_list(was) and _is_list(now) and len(was) == len(now):
        for number, (one, other) in enumerate(zip(was, now, strict=True), 1):
            yield from values(where, f"{path} {number}".strip(), one, other)
        return
    yield Change(where=where, what=path, before=was, after=now)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_list_of_words(value: Any) -> bool:
    return _is_list(value) and all(isinstance(each, str | int) for each in value)
