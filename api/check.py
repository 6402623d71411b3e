"""What is wrong with a configuration and the documents beside it, all at once, before anything is started."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from acd.requirement import AN_AGENT
from cti.campaign_document import House, campaign_names, load_campaign
from cti.config import Config, load_config, rules_path
from cti.config_ivr import IvrConfig
from cti.dialing_profile import every_profile, load_profile, named_profile, profile_names
from cti.flows_cache import KnownFlows
from cti.own_sounds import OwnSounds
from cti.prompt_keeper import CATALOGUE_DIRECTORY
from cti.prompt_source import PromptSources
from cti.prompts_wanted import languages_of
from cti.rules_document import RulesDocument, load_rules
from cti.rules_overflow import prompts_named
from ivr.audit import audit
from ivr.catalogue import read_catalogue
from ivr.document import DocumentError, Problem, read_document
from ivr.flow_texts import FLOWS_DIRECTORY, NUMBERS_FILE, load_book, read_texts
from ivr.loader import FlowBook
from ivr.nodes.node import Outside
from ivr.subflows import no_treatment


def problems_of(config_path: Path, sounds: OwnSounds, menu_depth: int | None = None) -> Sequence[Problem]:
    """Everything wrong with the configuration, the rules, flows and prompts beside it and what they name, and
    what :mod:`ivr.audit` finds. ``menu_depth``: instead of the configured one."""
    problems, config, rules, book = _read(config_path)
    if book is not None:
        ivr = config.ivr if config is not None else IvrConfig()
        problems += audit(book, menu_depth=menu_depth or ivr.menu_depth)
    problems += profile_problems(config_path, config)
    problems += campaign_problems(config_path, config, rules, book)
    catalogue, mistakes = read_catalogue(config_path.parent / CATALOGUE_DIRECTORY)
    problems += mistakes
    knows = PromptSources(catalogue, sounds).knows
    if book is not None:
        problems += book.missing_prompts(knows)
    if config is not None and rules is not None and book is not None:
        problems += _missing_prompts(rules_path(config_path, config), rules, languages_of(book), knows)
    return problems


def profile_problems(config_path: Path, config: Config | None) -> Iterator[Problem]:
    """What is wrong with the profiles to dial by, whether one is named or not."""
    beside = config_path.parent
    for name in profile_names(beside):
        try:
            load_profile(beside, name)
        except DocumentError as error:
            yield from error.problems
    if config is not None and config.outside.profile not in (None, *profile_names(beside)):
        try:
            named_profile(config_path, config)
        except DocumentError as error:
            yield from error.problems


def campaign_problems(
    config_path: Path, config: Config | None, rules: RulesDocument | None, book: FlowBook | None
) -> Iterator[Problem]:
    """What is wrong with the campaigns' documents, whether anybody has made campaigns of them or not; what of
    the house they do not fit only where that can be read."""
    beside = config_path.parent
    house: House | None = None
    if config is not None and rules is not None and book is not None:
        with suppress(DocumentError):  # told already
            house = House(
                queues=[queue.id for queue in rules.queues],
                flows=book.by_name,
                profiles=every_profile(beside),
                profile=config.outside.profile,
                pools=config.outside.caller_id_pools,
            )
    for name in campaign_names(beside):
        try:
            load_campaign(beside, name, house)
        except DocumentError as error:
            yield from error.problems


def flow_problems_of(config_path: Path, sounds: OwnSounds, menu_depth: int | None) -> Sequence[Problem]:
    """The same, as far as it stands in the flows and the number plan."""
    beside = config_path.parent
    theirs = (str(beside / FLOWS_DIRECTORY), str(beside / NUMBERS_FILE))
    found = problems_of(config_path, sounds, menu_depth)
    return [problem for problem in found if problem.file.startswith(theirs)]


def _missing_prompts(
    path: Path, rules: RulesDocument, languages: Sequence[str], knows: Callable[[str, str], bool]
) -> Iterator[Problem]:
    """Prompts of which some callers who leave a queue hear nothing."""
    document = read_document(path)
    for loc, prompt in prompts_named(rules.queues):
        for language in languages:
            if not knows(prompt, language):
                place = document.place(loc)
                message = f"there is no prompt '{prompt}' in {language}"
                yield Problem(place.file, place.line, place.field, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What an engine begins with."""

    config: Config
    rules: RulesDocument
    """Those last in force, at the first start those of the file."""
    written: RulesDocument | None
    """The rules that the file holds; None when those are wrong."""
    flows: KnownFlows
    """Those last in force, at the first start those of the files."""
    warnings: Sequence[Problem]
    """What is wrong, and stops nobody."""


def load_beginning(config_path: Path, rules: RulesDocument | None, flows: KnownFlows | None) -> Beginning:
    """The configuration, and the rules and flows beside it, unless others are in force already.

    What is wrong with a file whose contents are not needed is told and stops nobody, and so is what flows in
    force name that rules in force do not have: a file that somebody is just changing must not keep the house
    closed.

    Raises:
        DocumentError: the rest is wrong; all problems at once, each with its place.
    """
    problems, warnings = list[Problem](), list[Problem]()
    config, written = None, None
    try:
        config = load_config(config_path)
        written = load_rules(rules_path(config_path, config), [agent.id for agent in config.agents])
    except DocumentError as error:
        (problems if config is None or rules is None else warnings).extend(error.problems)
    first = rules is None and flows is None
    if flows is None:
        try:
            texts = read_texts(config_path.parent)
            flows = KnownFlows(texts=texts, book=texts.book(beside=config_path.parent))
        except DocumentError as error:
            problems += error.problems
    rules = rules or written
    if rules is not None and flows is not None:
        (problems if first else warnings).extend(misfits_between(rules, flows.book))
    if config is not None and flows is not None:
        (problems if first else warnings).extend(unknown_services(config, flows.book))
    if config is None or rules is None or flows is None or problems:
        raise DocumentError(problems)
    return Beginning(config=config, rules=rules, written=written, flows=flows, warnings=warnings)


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
    if config is not None and book is not None:
        problems += unknown_services(config, book)
    return problems, config, rules, book


def misfits_between(rules: RulesDocument, book: FlowBook) -> Iterator[Problem]:
    """What flows and number plan name that the rules do not have, and what the rules name that is no flow."""
    for at, queue in enumerate(rules.queues):
        if queue.treatment is not None:
            for message, suggestion in no_treatment(queue.treatment, book.by_name):
                yield Problem("rules", 0, f"queues.{at}.treatment", message, suggestion)
    yield from book.unknown_calendars(rules.calendars)
    yield from book.unknown(Outside.CALENDAR, rules.calendars)
    yield from book.unknown_queues([queue.id for queue in rules.queues])
    yield from book.unknown(Outside.SKILL, _skills(rules))


def _skills(rules: RulesDocument) -> set[str]:
    """What a flow may require: skills that somebody has, and agents by their names."""
    held = {skill for agent in rules.agents.values() for skill in agent.skills}
    return held | {f"{AN_AGENT}{name}" for name in rules.agents}


def unknown_services(config: Config, book: FlowBook) -> Sequence[Problem]:
    """Services that flows ask, and extensions they put callers through to, that the configuration does not
    know."""
    return [
        *book.unknown(Outside.SERVICE, config.ivr.lookups),
        *book.unknown(Outside.EXTENSION, config.outside.extensions),
    ]
