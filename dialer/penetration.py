"""How far a campaign has come with each of its lists. Kept up to date with every lead that moves."""

from dataclasses import dataclass

from dialer.campaign import CampaignRules
from dialer.ids import ListId
from dialer.lead import LeadState, WhyDone
from dialer.pursuit import Pursuit

_TRIED, _DONE, _WON = 1, 2, 4


@dataclass(slots=True, kw_only=True)
class Penetration:
    """One list's leads."""

    leads: int = 0
    tried: int = 0
    """Dialled at least once."""
    done: int = 0
    """Nothing more will be tried."""
    won: int = 0
    """Of these, those with whom it ended in success: a disposition that says so, or, where the campaign asks
    for none, a conversation."""


class Penetrations:
    """Of every list of one campaign."""

    __slots__ = ("by_list",)

    def __init__(self) -> None:
        self.by_list: dict[ListId, Penetration] = {}

    def weigh(self, rules: CampaignRules, pursuit: Pursuit) -> None:
        """Count a lead as what he is now, and not as what he was."""
        now = _of(rules, pursuit)
        list_id = pursuit.lead.list_id
        if pursuit.weighed_in != list_id:
            if pursuit.weighed_in is not None:
                self.by_list[pursuit.weighed_in].leads -= 1
                self._add(pursuit.weighed_in, pursuit.weighed, -1)
            self.by_list.setdefault(list_id, Penetration()).leads += 1
            self._add(list_id, now, 1)
        elif pursuit.weighed != now:
            self._add(list_id, pursuit.weighed & ~now, -1)
            self._add(list_id, now & ~pursuit.weighed, 1)
        pursuit.weighed_in, pursuit.weighed = list_id, now

    def won(self, list_id: ListId) -> int:
        """How many of a list were won."""
        its = self.by_list.get(list_id)
        return its.won if its is not None else 0

    def _add(self, list_id: ListId, marks: int, by: int) -> None:
        its = self.by_list[list_id]
        its.tried += by * bool(marks & _TRIED)
        its.done += by * bool(marks & _DONE)
        its.won += by * bool(marks & _WON)


def _of(rules: CampaignRules, pursuit: Pursuit) -> int:
    marks = _TRIED if pursuit.attempts > 0 else 0
    if pursuit.state is LeadState.DONE:
        marks |= _DONE | (_WON if _is_won(rules, pursuit) else 0)
    return marks


def _is_won(rules: CampaignRules, pursuit: Pursuit) -> bool:
    if pursuit.because != WhyDone.REACHED:
        return False
    disposition = rules.disposition(pursuit.disposition)
    return disposition.success if disposition is not None else not rules.dispositions
