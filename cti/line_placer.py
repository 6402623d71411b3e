"""Carries out what the dialer orders about lines: one after the other through the gate, each at most once.

How many lines are out is counted here, so that what the gate is asked next already counts what it has just
allowed. A line that was ordered moments ago may not be seen yet: Asterisk opens it in a thread of its own.
So for a while who asks is told that it is there, and it is looked for again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping

from acd.instant import Instant, after, seconds
from acd.outside import is_number
from cti import campaign_lines
from cti.ami_connection import UNANSWERED, ActionFailed, ActionUnconfirmed, Answer, LinkDown
from cti.ami_wire import UnsafeHeader
from cti.asking import Asking
from cti.campaign_lines import NoLine
from cti.clock import Clock
from cti.gate import Gate
from cti.lines_seen import SeenLine, lines_among
from cti.messages import Signal
from dialer.attempt import AttemptState
from dialer.compliance.verdict import Allowed, Reason, Refused, WhyNot
from dialer.ids import AttemptId
from dialer.orders import PlaceLine
from dialer.signals import (
    LineLocated,
    LineOrderFailed,
    LineRefused,
    LinesObserved,
    LineUnconfirmed,
    LiveLine,
)

log = logging.getLogger(__name__)

MOST_WAITING = 1000
"""Orders that wait for the gate; one more fails at once."""
STALE = seconds(3)
"""An order that has waited for so long is out of date: how many to dial is decided anew."""
UNSEEN = seconds(3)
"""How long a line may take to be there after Asterisk was told to open it."""
LOOK_AGAIN_S = 0.1
ASK_AGAIN = seconds(60)
"""When the house may ask again, if the gate does not say."""

_OF_HOUSE = frozenset(
    {
        WhyNot.LISTS_UNKNOWN,
        WhyNot.ATTEMPTS_UNKNOWN,
        WhyNot.LINES_FULL,
        WhyNot.TOO_FAST,
    }
)
"""Reasons that have nothing to do with who is to be dialled, nor for what."""
_OF_CAMPAIGN = frozenset({WhyNot.NO_PROFILE, WhyNot.NO_CALLER_ID})
"""Reasons that hold for everybody of one campaign. Lists that waiting does not make known are another: its
profile goes by a national one that was never imported, or is too old."""
_OF_RULES = frozenset({WhyNot.OTHER_COUNTRY, WhyNot.NOWHERE})
"""Reasons that are no fault of the number's; beside an allow-list that leaves it out."""
_NOT_ANSWERED = frozenset({AttemptState.PLACED, AttemptState.RINGING})


class LinePlacer:
    """One for each Asterisk."""

    def __init__(
        self,
        *,
        link: Asking,
        gate: Gate,
        clock: Clock,
        tell: Callable[[Signal], bool],
        other_lines: Callable[[], int],
        in_background: Callable[[Coroutine[None, None, None]], None],
        settle_s: float,
        alone: Callable[[PlaceLine], str] = lambda order: "",
    ) -> None:
        """``other_lines``: how many lines to the outside are no campaign's. ``settle_s``: how long Asterisk's
        events may lag behind its answers. ``alone``: what he hears when nobody is here any more.
        """
        self._alone = alone
        self._link, self._gate, self._clock, self._tell = link, gate, clock, tell
        self._other_lines, self._in_background, self._settle_s = other_lines, in_background, settle_s
        self._waiting: deque[tuple[PlaceLine, Instant]] = deque()
        self._placing: PlaceLine | None = None
        self._given_up: dict[AttemptId, None] = {}
        """Of those that wait or are being placed."""
        self._works = False
        self._out: dict[AttemptId, tuple[PlaceLine | None, Instant]] = {}
        """Lines that are out, and when each was ordered; no order is known of those found after a restart."""
        self._gone_meanwhile: dict[AttemptId, None] = {}
        """Since all lines were last looked at."""
        self._looks = False
        self._sought: dict[AttemptId, None] = {}
        self._to_close: dict[AttemptId, None] = {}

    @property
    def lines(self) -> int:
        """Lines of campaigns that are out."""
        return len(self._out)

    # -- what the dialer orders ---------------------------------------------------------------------

    def place(self, order: PlaceLine) -> None:
        """Ask the gate in its turn, and dial."""
        if len(self._waiting) >= MOST_WAITING:
            self._failed(order.attempt_id, f"{MOST_WAITING} lines wait to be placed")
            return
        self._waiting.append((order, self._clock.now()))
        if not self._works:
            self._works = True
            self._in_background(self._place_all())

    def drop(self, attempt_id: AttemptId, *, also_dialled: bool = True) -> None:
        """Close a line, unless somebody has answered; who waits for the gate is not dialled. Without
        ``also_dialled`` a line that is dialled rings on."""
        if attempt_id in self._unplaced():
            self._given_up[attempt_id] = None
        elif also_dialled:
            self._to_close[attempt_id] = None
            self._look()

    def locate(self, attempt_id: AttemptId) -> None:
        """Find out whether there is such a line."""
        self._sought[attempt_id] = None
        self._look()

    # -- what is heard and seen ---------------------------------------------------------------------

    def gone(self, attempt_id: AttemptId) -> None:
        """A line has ended."""
        self._gone_meanwhile[attempt_id] = None
        self._out.pop(attempt_id, None)
        self._to_close.pop(attempt_id, None)

    def observing(self) -> None:
        """All lines are about to be looked at."""
        self._gone_meanwhile.clear()

    def observed(self, seen: Mapping[AttemptId, SeenLine], as_of: Instant) -> LinesObserved:
        """What was seen at ``as_of``: with those about to be there, without those that have ended since."""
        there = {one: seen[one].line for one in seen if one not in self._gone_meanwhile}
        for attempt_id, (order, at) in list(self._out.items()):
            if attempt_id in there:
                continue
            if order is not None and as_of < after(at, UNSEEN):
                there[attempt_id] = _about_to_be(order)
            else:
                self.gone(attempt_id)
        for attempt_id in there:
            self._out.setdefault(attempt_id, (None, as_of))
        for order in self._unplaced().values():
            there[order.attempt_id] = _about_to_be(order)
        if self._to_close:
            self._look()
        return LinesObserved(as_of=as_of, lines=tuple(there.values()))

    # -- placing ------------------------------------------------------------------------------------

    def _unplaced(self) -> dict[AttemptId, PlaceLine]:
        placing = [] if self._placing is None else [self._placing]
        return {order.attempt_id: order for order in (*placing, *(order for order, _ in self._waiting))}

    async def _place_all(self) -> None:
        try:
            while self._waiting:
                self._placing, since = self._waiting.popleft()
                await self._place(self._placing, since)
                self._given_up.pop(self._placing.attempt_id, None)
                self._placing = None
        finally:
            self._works, self._placing = False, None

    async def _place(self, order: PlaceLine, since: Instant) -> None:
        """Nobody is dialled before the gate has said yes, and only if he is still wanted then."""
        attempt_id = order.attempt_id
        if self._unwanted(order, since):
            return
        request = campaign_lines.request_of(order)
        verdict = await self._gate.ask(request, lambda: self._other_lines() + self.lines, attempt_id)
        if isinstance(verdict, Refused):
            self._tell(refused(attempt_id, verdict))
        elif self._unwanted(order, since):
            await self._gate.take_back(attempt_id)
        else:
            await self._dial(order, verdict)

    def _unwanted(self, order: PlaceLine, since: Instant) -> bool:
        if order.attempt_id in self._given_up:
            self._failed(order.attempt_id, "given up before it was dialled")
            return True
        if self._clock.now() - since > STALE:
            self._failed(order.attempt_id, "waited for the gate for too long")
            return True
        return False

    async def _dial(self, order: PlaceLine, allowed: Allowed) -> None:
        try:
            answers = self._link.act_pipelined(
                campaign_lines.actions(order, allowed, alone=self._alone(order))
            )
        except (LinkDown, UnsafeHeader, NoLine) as error:
            await self._not_dialled(order.attempt_id, str(error))
            return
        self._out[order.attempt_id] = (order, self._clock.now())
        self._in_background(self._dialled(order.attempt_id, answers))

    async def _dialled(self, attempt_id: AttemptId, answers: "asyncio.Future[list[Answer]]") -> None:
        [answer] = await answers
        if isinstance(answer, ActionFailed):
            self.gone(attempt_id)
            await self._not_dialled(attempt_id, str(answer))
        elif isinstance(answer, ActionUnconfirmed):
            log.warning("the order to dial %s is unconfirmed: %s", attempt_id, answer)
            self._tell(LineUnconfirmed(attempt_id=attempt_id, detail=str(answer)))

    async def _not_dialled(self, attempt_id: AttemptId, detail: str) -> None:
        await self._gate.take_back(attempt_id)
        self._failed(attempt_id, detail)

    def _failed(self, attempt_id: AttemptId, detail: str) -> None:
        log.info("%s is not dialled: %s", attempt_id, detail)
        self._tell(LineOrderFailed(attempt_id=attempt_id, detail=detail))

    # -- looking: for all at once, one look at a time -----------------------------------------------

    def _look(self) -> None:
        if not self._looks:
            self._looks = True
            self._in_background(self._look_until_found())

    async def _look_until_found(self) -> None:
        try:
            while self._sought or self._to_close:
                if not await self._look_once():
                    return  # the next observation looks again for those to be closed, and tells of all others
        finally:
            self._looks = False

    async def _look_once(self) -> bool:
        """Whether it is of use to look again now."""
        sought, to_close = self._sought, dict(self._to_close)
        self._sought = {}
        as_of = self._clock.now()
        try:
            channels = await self._link.act_list("CoreShowChannels")
            found = await lines_among(self._link, channels, sought.keys() | to_close.keys())
            await self._close(to_close, found)
        except UNANSWERED as error:
            log.warning("search for %d lines: %s", len(sought) + len(to_close), error)
            return False
        await asyncio.sleep(self._settle_s)
        unseen = [one for one in sought if one not in found and self._may_come(one, as_of)]
        for attempt_id in sought:
            if attempt_id not in unseen:
                one = found.get(attempt_id)
                located = None if one is None else one.line
                self._tell(LineLocated(attempt_id=attempt_id, as_of=as_of, found=located))
        self._sought = dict.fromkeys(unseen) | self._sought
        if self._sought or self._to_close:
            await asyncio.sleep(LOOK_AGAIN_S)
        return True

    async def _close(self, to_close: Collection[AttemptId], found: Mapping[AttemptId, SeenLine]) -> None:
        """Only lines that nobody has answered."""
        closing = [one for one in to_close if one in found and found[one].line.state in _NOT_ANSWERED]
        unclosed: set[AttemptId] = set()
        if closing:
            answers = await self._link.act_pipelined([campaign_lines.close(one) for one in closing])
            for attempt_id, answer in zip(closing, answers, strict=True):
                if isinstance(answer, ActionFailed):
                    log.info("closing the line of %s: %s", attempt_id, answer)  # it has ended by itself
                elif isinstance(answer, ActionUnconfirmed):
                    unclosed.add(attempt_id)
        now = self._clock.now()
        for attempt_id in to_close:
            comes = attempt_id not in found and self._may_come(attempt_id, now)
            if attempt_id not in unclosed and not comes:
                self._to_close.pop(attempt_id, None)

    def _may_come(self, attempt_id: AttemptId, at: Instant) -> bool:
        """Whether a line that is not there may be there in a moment."""
        _, ordered_at = self._out.get(attempt_id, (None, None))
        return ordered_at is not None and at < after(ordered_at, UNSEEN)


def refused(attempt_id: AttemptId, verdict: Refused) -> LineRefused:
    """The gate's no, as the dialer needs it: because of him, of his campaign, or of the house alone."""
    reasons = tuple(reason.why for reason in verdict.reasons)
    his = [reason for reason in verdict.reasons if reason.why not in _OF_HOUSE | _OF_CAMPAIGN]
    if his:
        until = _until(his)
        return LineRefused(
            attempt_id=attempt_id,
            why=verdict.told,
            never=until is None,
            of_rules=of_rules(verdict, his),
            until=until,
            reasons=reasons,
            zone_opens=_zone_opens(verdict),
        )
    again = _until(verdict.reasons) or after(verdict.at, ASK_AGAIN)
    of_campaign = any(reason.why in _OF_CAMPAIGN or reason.until is None for reason in verdict.reasons)
    return LineRefused(
        attempt_id=attempt_id,
        why=verdict.told,
        never=False,
        until=again,
        reasons=reasons,
        of_house=not of_campaign,
        of_campaign=of_campaign,
    )


def of_rules(verdict: Refused, reasons: Collection[Reason]) -> bool:
    """Whether everything that stands against a number for good is how the house is set up: another
    allow-list or profile, or a time zone that his list gives, would let it out."""
    for_good = [reason for reason in reasons if reason.until is None]
    well_formed = is_number(verdict.request.number)
    return bool(for_good) and all(
        reason.why in _OF_RULES or (reason.why is WhyNot.NO_NUMBER and well_formed) for reason in for_good
    )


def _zone_opens(verdict: Refused) -> Instant | None:
    """It is too early, or too late, where his list says that he is: so it is for all who are there. Of a
    number that may be elsewhere it says nothing of them."""
    request = verdict.request
    if request.lead_zone is None or request.elsewhere or request.asked_at is not None:
        return None
    return next((one.until for one in verdict.reasons if one.why is WhyNot.OUTSIDE_HOURS), None)


def _until(reasons: Collection[Reason]) -> Instant | None:
    moments = [reason.until for reason in reasons]
    known = [moment for moment in moments if moment is not None]
    return max(known) if len(known) == len(moments) else None


def _about_to_be(order: PlaceLine) -> LiveLine:
    return LiveLine(
        attempt_id=order.attempt_id,
        campaign_id=order.campaign_id,
        lead_id=order.lead_id,
        state=AttemptState.PLACED,
        number=order.number,
    )
