"""How app_amd is told to listen: what of a campaign's rules goes with its lines, and what is the same for all
(``amd.conf`` is made with it).

It counts in milliseconds and decides by how long somebody speaks: a person says a word or two and listens, a
machine goes on. What it says about a line is ``LineJudged``; what its mistakes cost is counted by
:attr:`dialer.campaign.MachineRules.persons_taken_permille`.
"""

from acd.instant import MICROSECONDS_PER_SECOND, Span
from dialer.campaign import MachineRules

GREETING_MS = 2000
"""Somebody who has spoken for so long, pauses left out, is a machine."""
MOST_WORDS = 5
"""So is who has said so many words. Asterisk's own default of two takes *Hello, Ann Miller* for one."""
WORD_MS, BETWEEN_WORDS_MS = 100, 50
"""The least length of a word, and of the pause that ends it."""
LOUDNESS = 256
"""Below it is silence: the mean of a frame's samples."""
LONGEST_WORD_MS = 5000
INITIAL_SILENCE_MS = 60_000
"""Who says nothing at all is not told to be a machine, as he is by Asterisk's default: the time is over long
before that, and who cannot be told is a person."""


def variables(rules: MachineRules | None) -> dict[str, str]:
    """What goes with a campaign's line, for the dialplan's ``AMD()``; without rules it does not listen."""
    if rules is None:
        return {"CTI_AMD": "", "CTI_MACHINE": ""}
    return {
        "CTI_AMD": str(_ms(rules.most)),
        "CTI_AMD_SILENCE": str(_ms(rules.silence_after_greeting)),
        "CTI_MACHINE": rules.then.value,
    }


def _ms(span: Span) -> int:
    return max(1, round(span * 1000 / MICROSECONDS_PER_SECOND))
