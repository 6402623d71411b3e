"""Searching Asterisk for callers: all at once, one search at a time, however many are asked for."""

import asyncio
import logging
from collections.abc import Callable, Collection

from acd.call import Call, CallState
from acd.ids import CallId, OfferId
from acd.link_signals import CallLocated
from acd.observation import LiveCall, Place
from cti import callback_lines, reconcile
from cti.ami import AmiLink
from cti.ami_connection import UNANSWERED
from cti.clock import Clock
from cti.messages import Signal

log = logging.getLogger(__name__)


class CallerSearch:
    """Whom to look for, and what is done with who is found."""

    def __init__(
        self,
        *,
        link: AmiLink,
        clock: Clock,
        tell: Callable[[Signal], bool],
        call_of: Callable[[CallId], Call | None],
        settle_s: float,
    ) -> None:
        self._link = link
        self._clock = clock
        self._tell = tell
        self._call_of = call_of
        self._settle_s = settle_s
        self._search: asyncio.Task[None] | None = None
        self._sought: dict[CallId, None] = {}
        self._to_recall: dict[CallId, OfferId] = {}
        self._to_close: dict[CallId, None] = {}

    def recall(self, call_id: CallId, offer_id: OfferId) -> None:
        """Back to the waiting room with him, if he is being rung for by that offer."""
        self._to_recall[call_id] = offer_id
        self._look()

    def locate(self, call_id: CallId) -> None:
        """Tell where he is."""
        self._sought[call_id] = None
        self._look()

    def close_line(self, call_id: CallId) -> None:
        """Close a callback's line, unless the customer is on it."""
        self._to_close[call_id] = None
        self._look()

    async def close(self) -> None:
        """End the search under way."""
        if self._search is not None:
            self._search.cancel()
            await asyncio.gather(self._search, return_exceptions=True)

    def _look(self) -> None:
        if self._search is None or self._search.done():
            self._search = asyncio.get_running_loop().create_task(self._look_until_found())

    async def _look_until_found(self) -> None:
        while self._sought or self._to_recall or self._to_close:
            sought, self._sought = self._sought, {}
            to_recall, self._to_recall = self._to_recall, {}
            to_close, self._to_close = self._to_close, {}
            everybody = sought.keys() | to_recall.keys() | to_close.keys()
            as_of = self._clock.now()
            try:
                found = await reconcile.locate(self._link, everybody, as_of)
                await self._recall(to_recall, found)
                await self._close_lines(to_close, found)
            except UNANSWERED as error:
                log.warning("search for %d callers: %s", len(everybody), error)
                continue  # the floor asks again, ever more rarely
            await asyncio.sleep(self._settle_s)
            for call_id in sought:
                self._tell(CallLocated(call_id=call_id, as_of=as_of, found=found[call_id]))

    async def _recall(self, offers: dict[CallId, OfferId], found: dict[CallId, LiveCall | None]) -> None:
        """Back to the waiting room: only from ringing for that very offer, never out of a conversation."""
        theirs = [
            call_id for call_id, offer_id in offers.items() if self._may_recall(found[call_id], offer_id)
        ]
        if theirs:
            await self._redirect_to_waiting_room(theirs)

    async def _close_lines(self, lines: Collection[CallId], found: dict[CallId, LiveCall | None]) -> None:
        """Only lines without the customer: whoever has answered meanwhile is not cut off."""
        empty = [
            call_id
            for call_id in lines
            if (line := found[call_id]) is not None and line.place in (Place.RINGING, Place.DIALLING)
        ]
        if empty:
            answers = await self._link.act_pipelined([callback_lines.close(call_id) for call_id in empty])
            for call_id, answer in zip(empty, answers, strict=True):
                if isinstance(answer, Exception):
                    log.warning("closing the line of %s: %s", call_id, answer)

    def _may_recall(self, found: LiveCall | None, offer_id: OfferId) -> bool:
        if found is None or found.place is not Place.RINGING or found.offer_id != offer_id:
            return False
        # The agent may have answered while we looked, and the floor have heard of it.
        call = self._call_of(found.call_id)
        return call is not None and call.state is CallState.WAITING

    async def _redirect_to_waiting_room(self, callers: Collection[CallId]) -> None:
        redirects = [
            (
                "Redirect",
                [("Channel", call_id), ("Context", "waiting"), ("Exten", "s"), ("Priority", "1")],
            )
            for call_id in callers
        ]
        for call_id, answer in zip(callers, await self._link.act_pipelined(redirects), strict=True):
            if isinstance(answer, Exception):
                log.warning("recall of %s: %s", call_id, answer)  # the floor's search for him goes on
