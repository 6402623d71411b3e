"""Everything that flows and rules say to callers in words known beforehand, language by language."""

from collections.abc import Iterable, Iterator

from cti.campaign_flow import languages_with, spoken_by
from cti.rules_document import RulesDocument
from cti.rules_overflow import prompts_named
from dialer.campaign import CampaignRules
from ivr.catalogue import DEFAULT_LANGUAGE
from ivr.loader import FlowBook
from ivr.prompts import Prompt, SayDigits, SayPosition, SayPrompt, SayText, SayWait
from ivr.talk import Talk
from ivr.utterance import PlaceInLine, Sound, Utterance, WaitAtMost

_LONGEST_QUEUE = _LONGEST_WAIT = 20
"""Places in line, and minutes, that are spoken ahead; more of them when the first caller has to hear it."""


def languages_of(book: FlowBook) -> tuple[str, ...]:
    """The languages callers may speak, English among them."""
    spoken = [language for flow in book.flows.values() for language in flow.flow.languages]
    return tuple(dict.fromkeys((DEFAULT_LANGUAGE, *spoken)))


def prompts_wanted(
    book: FlowBook, rules: RulesDocument, campaigns: Iterable[CampaignRules] = ()
) -> Iterator[tuple[Utterance, str]]:
    """What can be made ahead. Texts that hold something of the caller's are made when he hears them."""
    languages = languages_of(book)
    places_are_told = any(queue.announce is not None for queue in rules.queues)
    for published in book.flows.values():
        for node in published.flow.nodes.values():
            for _, prompt in node.prompts_named():
                places_are_told |= isinstance(prompt, SayPosition | SayWait)
                for language in published.flow.languages:
                    if (said := _known_ahead(prompt, language)) is not None:
                        yield said, language
    for campaign in campaigns:
        spoken = languages_with(campaign, languages)
        for prompt in spoken_by(campaign, spoken):
            for language in spoken:
                if (said := _known_ahead(prompt, language)) is not None:
                    yield said, language
    for language in languages:
        for _, name in prompts_named(rules.queues):
            yield Sound(name), language
        if places_are_told:
            yield from ((PlaceInLine(place), language) for place in range(1, _LONGEST_QUEUE + 1))
            yield from ((WaitAtMost(minutes), language) for minutes in range(1, _LONGEST_WAIT + 1))


def _known_ahead(prompt: Prompt, language: str) -> Utterance | None:
    if isinstance(prompt, SayText):
        template = prompt.in_language(language)
        if template is None or not template.always_the_same:
            return None
    if isinstance(prompt, SayDigits) and prompt.digits.names:
        return None
    if isinstance(prompt, str | SayPrompt | SayText | SayDigits):
        return next(iter(Talk(language=language).say([prompt])), None)
    return None
