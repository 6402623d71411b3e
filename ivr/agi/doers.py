"""Every step's doer, by the step's class."""

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi.doing import (
    callbacks,
    campaigns,
    endings,
    hours,
    keys,
    languages,
    leaving_behind,
    lookups,
    prompts,
    queues,
    surveys,
    transfers,
    waiting,
)
from ivr.happenings import Happening
from ivr.steps import Step

DOERS: Doers = {
    **callbacks.DOERS,
    **campaigns.DOERS,
    **endings.DOERS,
    **hours.DOERS,
    **keys.DOERS,
    **languages.DOERS,
    **lookups.DOERS,
    **leaving_behind.DOERS,
    **prompts.DOERS,
    **queues.DOERS,
    **surveys.DOERS,
    **transfers.DOERS,
    **waiting.DOERS,
}


async def carry_out(call: CallInHand, step: Step) -> Happening:
    """Carry out one step of a caller's flow; what happened.

    Raises:
        ProtocolError, TimeoutError, UnsafeArgument, ConnectionLost: the session cannot go on.
    """
    return await DOERS[type(step)](call, step)
