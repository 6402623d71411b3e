"""Of which class a caller is, and why. The first that holds decides:

1. the flow asked for a class at its queue node;
2. the number he dialled is listed for a class;
3. his own number is listed as a VIP's;
4. his segment is listed for a class;
5. we owe him an answer: he is returning;
6. he is normal.
"""

from acd.call import Call, CallClass
from acd.instant import Instant
from acd.tables import Tables

BY_FLOW = "the flow asked for it"
BY_CALLER = "his number is listed"
BY_CALLBACK = "he was when his callback was booked"
BY_NOTHING = "nothing makes him special"
BEFORE_RESTART = "so he was when the engine was away"


def classify(t: Tables, call: Call, asked: CallClass | None, at: Instant) -> tuple[CallClass, str]:
    """His class and, in words, why. ``asked`` is what the flow asked for, None when it left that open."""
    if asked is not None:
        return asked, BY_FLOW
    for name, rules in t.rules.classes.items():
        if call.dialled in rules.dialled:
            return name, f"he dialled {call.dialled}"
    if call.caller in t.rules.vip_callers:
        return CallClass.VIP, BY_CALLER
    segment = call.customer.segment if call.customer is not None else None
    for name, rules in t.rules.classes.items():
        if segment in rules.segments:
            return name, f"his segment is {segment}"
    item = t.ledger.item(call.party, at)
    if item is None:
        return CallClass.NORMAL, BY_NOTHING
    times = "once" if item.attempts == 1 else f"{item.attempts} times"
    return CallClass.RETURNING, f"his calls went unanswered {times}, the last one as {item.why}"
