"""Who goes first: priority that ages, as one number that can be explained.

A caller's *score* is ``(waited + class offset + boost) / class objective``, times the weight of his queue.
The greatest score goes first, so every class is served in proportion to what it was promised, and everybody's
score grows while he waits.
Whoever has waited (boost included) for as long as his class may never exceed is *overdue*: overdue callers go
before all others, earliest deadline first. From then on only those overdue before him are ahead, so nobody
starves: among callers the same agents can take, at most those overdue at his deadline are served between it
and his turn.

Within a class both orders are the order of ``counted_from``, which never changes while a caller waits.
"""

from acd.call import Call, CallClass
from acd.decision import Score
from acd.instant import Instant, Span
from acd.lazyheap import Key
from acd.rules import ClassRules
from acd.weight import EVEN, Weight

SCALE = 1_000_000
"""Scores are compared as whole millionths: no float decides."""


def counted_from(call: Call) -> Instant:
    """The instant his wait is counted from: when he was queued, less his boost."""
    return Instant(call.queued_at - call.boost)


def within_class(call: Call) -> Key:
    """His place among callers of his class. Never ties."""
    return (counted_from(call), call.arrival)


def score_millionths(rules: ClassRules, start: int, at: Instant, weight: Weight = EVEN) -> int:
    """The score, times a million, of a caller counted from ``start`` in a queue of this weight."""
    return (at - start + rules.offset) * SCALE * weight // (rules.objective * EVEN)


def is_overdue(rules: ClassRules, start: int, at: Instant) -> bool:
    """Whether a caller counted from ``start`` has waited for as long as his class may never exceed."""
    return at - start >= rules.never_exceed


def serving_order(rules: ClassRules, place: Key, at: Instant, weight: Weight = EVEN) -> Key:
    """Who goes first across classes: the least key. ``place`` is his :func:`within_class`. Never ties."""
    start, arrival = place
    if is_overdue(rules, start, at):
        return (0, start + rules.never_exceed, start, arrival)
    return (1, -score_millionths(rules, start, at, weight), start, arrival)


def score(call: Call, rules: ClassRules, at: Instant, weight: Weight = EVEN) -> Score:
    """The score with its terms, for people."""
    start = counted_from(call)
    return Score(
        call_class=CallClass(call.call_class),
        waited=Span(max(0, at - call.queued_at)),
        offset=rules.offset,
        boost=call.boost,
        objective=rules.objective,
        never_exceed=rules.never_exceed,
        weight_thousandths=weight,
        millionths=score_millionths(rules, start, at, weight),
        overdue=is_overdue(rules, start, at),
    )
