"""What is wrong with a configuration and the documents beside it, all at once, before anything is started."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cti.config import Config, load_config, rules_path
from cti.rules_document import RulesDocument, load_rules
from cti.rules_overflow import prompts_named
from ivr.document import DocumentError, Problem, read_document
from ivr.flow_texts import load_book
from ivr.loader import FlowBook, has_sound

_SOUNDS = (
    "usr/share/asterisk/sounds/en",
    "usr/share/asterisk/sounds/en_US_f_Allison",  # in a private root "en" is a link that leads nowhere
    "var/lib/asterisk/sounds/en",
)


def known_sounds(var: Path) -> Path | None:
    """The English sounds of the Asterisk that would be used; None when there is none on this machine."""
    private = Path(os.environ.get("CALLWRIGHT_ASTERISK_ROOT") or var / "asterisk-root")
    found = (root / place for root in (private, Path("/")) for place in _SOUNDS)
    return next((place for place in found if place.is_dir()), None)


def problems_of(config_path: Path, sounds: Path | None) -> Sequence[Problem]:
    """Everything wrong with the configuration, the rules and flows beside it and what they name; prompts too,
    if ``sounds`` says where they lie."""
    problems, config, rules, book = _read(config_path)
    if sounds is not None and book is not None:
        problems += book.missing_prompts(sounds)
    if sounds is not None and config is not None and rules is not None:
        problems += _missing_prompts(rules_path(config_path, config), rules, sounds)
    return problems


def _missing_prompts(path: Path, rules: RulesDocument, sounds: Path) -> Iterator[Problem]:
    """Prompts of overflow steps with no sound file: callers hear nothing there."""
    document = read_document(path)
    for loc, prompt in prompts_named(rules.queues):
        if not has_sound(sounds, prompt):
            place = document.place(loc)
            yield Problem(place.file, place.line, place.field, f"no sound file '{prompt}' in {sounds}")


def load_checked(config_path: Path) -> tuple[Config, RulesDocument, FlowBook]:
    """The configuration and the rules, flows and number plan beside it, which fit together.

    Raises:
        DocumentError: they do not, or one of them is wrong; all problems at once, each with its place.
    """
    problems, config, rules, book = _read(config_path)
    if config is None or rules is None or book is None or problems:
        raise DocumentError(problems)
    return config, rules, book


def load_around(
    config_path: Path, in_force: RulesDocument
) -> tuple[Config, RulesDocument | None, FlowBook, Sequence[Problem]]:
    """The configuration and the flows beside it, and the rules that lie there, None when they are wrong.

    Rules are in force already: what is wrong with the file, or what flows name that those rules do not have,
    is told and stops nobody. A file that somebody is just changing must not keep the house closed.

    Raises:
        DocumentError: the rest is wrong; all problems at once, each with its place.
    """
    config, book = load_config(config_path), load_book(config_path.parent)
    problems = [*misfits_between(in_force, book)]
    try:
        people = [agent.id for agent in config.agents]
        return config, load_rules(rules_path(config_path, config), people), book, problems
    except DocumentError as error:
        return config, None, book, [*problems, *error.problems]


def _read(config_path: Path) -> tuple[list[Problem], Config | None, RulesDocument | None, FlowBook | None]:
    problems: list[Problem] = []
    config: Config | None = None
    rules: RulesDocument | None = None
    book: FlowBook | None = None
    try:
        config = load_config(config_path)
        rules = load_rules(rules_path(config_path, config), [agent.id for agent in config.agents])
    except DocumentError as error:
        problems += error.problems
    try:
        book = load_book(config_path.parent)
    except DocumentError as error:
        problems += error.problems
    if rules is not None and book is not None:
        problems += misfits_between(rules, book)
    return problems, config, rules, book


def misfits_between(rules: RulesDocument, book: FlowBook) -> Iterator[Problem]:
    """What flows and number plan name that the rules do not have."""
    yield from book.unknown_calendars(rules.calendars)
    yield from book.unknown_queues([queue.id for queue in rules.queues])
