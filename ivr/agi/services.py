"""What a session asks on a caller's behalf; the same for all callers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.campaigns import Campaigns, NoCampaigns
from ivr.conversations import Conversations
from ivr.happenings import HoursAre
from ivr.keeper import Keeper, NoKeeper
from ivr.lookups import Lookups, NobodyToAsk
from ivr.port import Switchboard
from ivr.prompter import AsteriskSounds, Prompter


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything outside the line that carrying out a step may need."""

    switchboard: Switchboard
    hours: Callable[[str], HoursAre] = lambda calendar: HoursAre(open=True, why="")
    """Whether a calendar of the rules is open now; always, where there are no rules."""
    lookups: Lookups = field(default_factory=NobodyToAsk)
    keeper: Keeper = field(default_factory=NoKeeper)
    campaigns: Campaigns = field(default_factory=NoCampaigns)
    prompter: Prompter = field(default_factory=AsteriskSounds)
    conversations: Conversations = field(default_factory=Conversations)
