"""A queue's callbacks in the rules: whether and how it calls back who does not want to hold the line."""

from typing import Annotated

from pydantic import Field

from acd.callback import CallbackOrder, CallbackRules
from acd.instant import seconds
from cti.value_types import Section
from ivr.names import Key, PromptNames


class CallbackConfig(Section):
    """How a queue calls back."""

    order: CallbackOrder = CallbackOrder.AGENT_FIRST
    delay_s: Annotated[int, Field(ge=0, le=3600)] = 30
    """How long after the booking at the earliest."""
    dial_timeout_s: Annotated[int, Field(ge=5, le=120)] = 30
    """How long the customer's phone may ring."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """How often he is dialled at most."""
    retry_gap_s: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long after a failed attempt the next one may follow at the earliest."""
    expires_h: Annotated[float, Field(gt=0, le=336)] = 24
    """How long after the booking, or the time asked for, it is given up: then we owe him an answer."""
    most: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Callbacks kept at once."""
    ahead_h: Annotated[float, Field(gt=0, le=336)] = 168
    """How far ahead he may ask to be called at a time of his own."""
    key: Key | None = None
    """The key by which who waits asks to be called back."""
    prompts: PromptNames = ("auth-thankyou", "vm-goodbye")
    """What a waiting caller hears when his place is kept and he is let go."""

    @property
    def rules(self) -> CallbackRules:
        """As the core knows it."""
        return CallbackRules(
            order=self.order,
            delay=seconds(self.delay_s),
            dial_timeout=seconds(self.dial_timeout_s),
            attempts=self.attempts,
            retry_gap=seconds(self.retry_gap_s),
            expires_after=seconds(self.expires_h * 3600),
            most=self.most,
            ahead=seconds(self.ahead_h * 3600),
            key=self.key,
            prompts=self.prompts,
        )
