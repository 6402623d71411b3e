"""What is not wrong in a campaign's rules, and will be regretted all the same."""

from collections.abc import Callable, Iterable, Iterator

from cti.campaign_flow import languages_with, spoken_by
from dialer.campaign import CampaignRules, MachineThen, Mode
from ivr.catalogue import DEFAULT_LANGUAGE

_DIALS_AHEAD = (Mode.PROGRESSIVE, Mode.PREDICTIVE)
"""Whoever answers may find nobody there: the allowance is asked."""


def warnings_of(rules: CampaignRules) -> Iterator[str]:
    """In words. Persons whom the detection takes for machines and hangs up on count as abandoned: where they
    alone are more than an allowance lets be, its budget is spent as soon as somebody answers."""
    machine = rules.machine
    if machine is None or machine.then is MachineThen.PASS_ON or rules.mode not in _DIALS_AHEAD:
        return
    taken = machine.persons_taken_permille / 10
    share = 100 * min(allowance.share for allowance in rules.allowances)
    if taken and taken >= share:
        yield (
            f"machine.persons_taken_percent: {taken:g} % of all persons are taken for machines and count as "
            f"abandoned, and {rules.profile} lets {share:g} % be abandoned: nothing is left to dial ahead "
            "by, and dialling stops. Pass machines on (then: pass_on), do without, or measure your lines"
        )


def not_said(rules: CampaignRules, spoken: Iterable[str], knows: Callable[[str, str], bool]) -> Iterator[str]:
    """Which prompts of its own are missing in a language of its people: who has called, that nobody is free,
    how to be called no more, what machines are left. ``spoken``: what its leads speak; who names none is
    spoken to in the campaign's. ``knows``: whether there is a prompt of this name in this language."""
    languages = languages_with(rules, [one or rules.language or DEFAULT_LANGUAGE for one in ("", *spoken)])
    said = [prompt for prompt in spoken_by(rules, languages) if isinstance(prompt, str)]
    for language in languages:
        for name in dict.fromkeys(said):
            if not knows(name, language):
                else_ = "heard in English" if knows(name, DEFAULT_LANGUAGE) else "left out"
                yield f"the prompt {name} is not there in {language}: it is {else_}"
