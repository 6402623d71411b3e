"""How app_amd is told to listen: a campaign's rules as the arguments of ``AMD()``.

It counts in milliseconds and decides by how long somebody speaks: a person says a word or two and listens, a
machine goes on. What it says about a line is ``LineJudged``; what its mistakes cost is counted by
:attr:`dialer.campaign.MachineRules.persons_taken_permille`.
"""

from acd.instant import MICROSECONDS_PER_SECOND, Span
from dialer.campaign import MachineRules

GREETING_MS = 1500
"""Somebody who has spoken for so long, pauses left out, is a machine."""
MOST_WORDS = 5
"""So is who has said so many words. Asterisk's own default of two takes *Hello, Ann Miller* for one."""
WORD_MS, BETWEEN_WORDS_MS = 100, 50
"""The least length of a word, and of the pause that ends it."""
LOUDNESS = 256
"""Below it is silence: the mean of a frame's samples."""
LONGEST_WORD_MS = 5000


def arguments(rules: MachineRules) -> str:
    """The arguments of ``AMD()``.

    Who says nothing at all is not told to be a machine, as it does by default: the time is over before that,
    and who cannot be told is a person.
    """
    most_ms = _ms(rules.most)
    never_ms = 2 * most_ms
    return ",".join(
        str(one)
        for one in (
            never_ms,
            GREETING_MS,
            _ms(rules.silence_after_greeting),
            most_ms,
            WORD_MS,
            BETWEEN_WORDS_MS,
            MOST_WORDS,
            LOUDNESS,
            LONGEST_WORD_MS,
        )
    )


def _ms(span: Span) -> int:
    return max(1, round(span * 1000 / MICROSECONDS_PER_SECOND))
