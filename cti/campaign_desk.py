"""The campaigns' desk: what is asked about campaigns goes through here, to the store and to the floor.

A campaign is in the store before the floor hears of it, and its leads likewise. After a start the floor is
told of campaigns that are not over, each with its rules, where it stood, and all its leads; of others when
somebody starts them again.
"""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Sequence

from acd.events import Refused
from acd.instant import Instant, seconds
from cti import campaign_memory, campaign_recall
from cti.campaign_document import CampaignDocument, House, read_campaign
from cti.campaign_json import to_json
from cti.campaign_store import CampaignRecord, CampaignStore, CampaignTaken, CampaignVersion
from cti.lead_store import LeadStore
from cti.messages import Command, Signal
from cti.runtime import InboxFull
from cti.store import Store, StoreUnavailable
from dialer.campaign import CampaignRules, CampaignState
from dialer.commands import (
    AddLeads,
    AdoptCampaign,
    ForgetCampaign,
    PauseCampaign,
    RemoveLead,
    StartCampaign,
    StopCampaign,
)
from dialer.ids import CampaignId, LeadId
from dialer.lead import Lead
from dialer.ledger import kept_for
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LinesRecalled,
    OpenAttempt,
)
from ivr.document import DocumentError

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Leads, or lines of earlier runs, told in one message, so that calls get their turn between two of them."""
FULL_PAUSE_S, FULL_PAUSES = 0.1, 50
"""How long, and how often, a full inbox is waited for."""
FROZEN_AFTER = 2_000
"""Leads that are taken on before the collector of garbage is told that they stay."""
OVER_FOR = seconds(3_600)
"""A campaign that is over for so long makes room for others: all of it is written down by then."""
MOST_CAMPAIGNS = 1_000
"""Kept at once; more are refused."""

NO_GATEWAY = "a step of it is a text, and there is no gateway to send one (texts.url in the configuration)"
"""Why a campaign is not started."""

_OVER = frozenset({CampaignState.STOPPED, CampaignState.FINISHED})
_UNDER_WAY = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})


class CampaignRefused(Exception):
    """It was not done; the text says why."""


class NoSuchCampaign(CampaignRefused):
    """There is none of that name."""

    def __init__(self, campaign_id: str) -> None:
        super().__init__(f"there is no campaign {campaign_id}")


class NotRememberedYet(CampaignRefused):
    """What earlier runs left is being read; try again later."""


class CampaignDesk:
    """One for the house. What changes something waits for another who does."""

    def __init__(
        self,
        *,
        store: Store,
        ask: Callable[[Command], Awaitable[Refused | None]],
        post: Callable[[Signal], bool],
        now: Callable[[], Instant],
        house: Callable[[], House],
        room: Callable[[], int],
    ) -> None:
        """``house``: what campaigns may name, now. ``room``: for how many leads more the floor has memory."""
        self.campaigns = CampaignStore(store)
        self.leads = LeadStore(store)
        self.problems: dict[CampaignId, str] = {}
        """Campaigns that should be in the floor's memory and are not, and why."""
        self.caught_up = False
        """Whether the floor knows what earlier runs left."""
        self._store, self._ask, self._post, self._now, self._house = store, ask, post, now, house
        self._room = room
        self._known: set[CampaignId] = set()
        """In the floor's memory, wholly."""
        self._one_at_a_time = asyncio.Lock()
        self._not_frozen = 0

    # -- what is told -----------------------------------------------------------------------------

    def read(self, name: str, text: str) -> CampaignDocument:
        """The campaign that a text writes.

        Raises:
            DocumentError: it is wrong, or does not fit the house; every problem names its line.
        """
        return read_campaign(text, name, self._house())

    def rules(self, name: str, text: str) -> CampaignRules:
        """What the floor would decide by.

        Raises:
            DocumentError: see :meth:`read`.
        """
        house = self._house()
        document = read_campaign(text, name, house)
        return document.rules(CampaignId(name), document.profile_in(house))

    def lacks_gateway(self, rules: CampaignRules) -> bool:
        """Whether it would send texts, and nobody can."""
        return rules.sends_texts and not self._house().sends_texts

    def _rules_of(self, record: CampaignRecord) -> CampaignRules:
        try:
            return self.rules(record.campaign_id, record.version.document)
        except DocumentError as error:
            told = "; ".join(map(str, error.problems))
            raise CampaignRefused(f"{record.campaign_id} does not fit the house any more: {told}") from None

    async def record(self, campaign_id: CampaignId) -> CampaignRecord:
        """A campaign as it is kept.

        Raises:
            NoSuchCampaign: there is none.
        """
        record = await self.campaigns.get(campaign_id)
        if record is None:
            raise NoSuchCampaign(campaign_id)
        return record

    # -- what is done -----------------------------------------------------------------------------
    # All raise CampaignRefused, StoreUnavailable and InboxFull.

    async def create(self, campaign_id: CampaignId, text: str, author: str, comment: str) -> CampaignRecord:
        """A new campaign, a draft.

        Raises:
            DocumentError: see :meth:`read`.
        """
        self.read(campaign_id, text)
        async with self._one_at_a_time:
            self._must_be_caught_up()
            if len(await self.campaigns.all()) >= MOST_CAMPAIGNS:
                raise CampaignRefused(f"there are {MOST_CAMPAIGNS} campaigns, which is all there may be")
            try:
                record = await self.campaigns.create(campaign_id, text, self._now(), author, comment)
            except CampaignTaken as taken:
                raise CampaignRefused(str(taken)) from None
            try:
                await self._remember(record)  # what was dialled under its name before counts on
            except (CampaignRefused, InboxFull):
                await self.campaigns.remove(campaign_id)
                raise
            return record

    async def change(
        self, campaign_id: CampaignId, text: str, base: int, author: str, comment: str
    ) -> CampaignVersion:
        """Decide by another document from now on. ``base``: the version it was made for.

        Raises:
            DocumentError: see :meth:`read`.
        """
        rules = self.rules(campaign_id, text)
        async with self._one_at_a_time:
            self._must_be_caught_up()
            record = await self.record(campaign_id)
            was = record.version
            if record.state in _UNDER_WAY and self.lacks_gateway(rules):
                raise CampaignRefused(f"{campaign_id}: {NO_GATEWAY}")
            try:
                version = await self.campaigns.change(campaign_id, base, text, self._now(), author, comment)
            except CampaignTaken as taken:
                raise CampaignRefused(str(taken)) from None
            if version is None:
                raise NoSuchCampaign(campaign_id)
            if campaign_id in self._known:
                try:
                    await self._adopt(version.version, rules)
                except (CampaignRefused, InboxFull):
                    await self.campaigns.take_back(was)
                    raise
            elif self.problems.pop(campaign_id, None) is not None:
                await self._remember(await self.record(campaign_id))
            return version

    async def start(self, campaign_id: CampaignId, by: str, trial: int | None = None) -> None:
        """Begin, or go on; with ``trial`` pause by itself after so many attempts."""
        async with self._one_at_a_time:
            self._must_be_caught_up()
            goes_on = False
            if campaign_id not in self._known:
                record = await self.record(campaign_id)
                await self._remember(record)
                goes_on = record.state is CampaignState.RUNNING and trial is None
            if (problem := self.problems.get(campaign_id)) is not None:
                raise CampaignRefused(problem)
            if self.lacks_gateway(self._rules_of(await self.record(campaign_id))):
                raise CampaignRefused(f"{campaign_id}: {NO_GATEWAY}")
            if goes_on:  # it only waited for room, or for a document that fits
                return
            await self._done(StartCampaign(campaign_id=campaign_id, trial=trial, by=by))

    async def pause(self, campaign_id: CampaignId, by: str, because: str) -> None:
        """Finish what rings, and dial nothing new."""
        await self._in_memory(campaign_id, PauseCampaign(campaign_id=campaign_id, because=because, by=by))

    async def stop(self, campaign_id: CampaignId, by: str, because: str, *, at_once: bool = False) -> None:
        """Dial nothing new, and give up what has rung for as long as the law asks; ``at_once``: whatever
        rings."""
        command = StopCampaign(campaign_id=campaign_id, because=because, by=by, at_once=at_once)
        await self._in_memory(campaign_id, command)

    async def remove(self, campaign_id: CampaignId) -> int:
        """Delete a campaign that is not under way, with its lists and leads; how many leads. Its documents
        and what was dialled stay on record."""
        async with self._one_at_a_time:
            self._must_be_caught_up()
            await self.record(campaign_id)
            if campaign_id in self._known:
                await self._done(ForgetCampaign(campaign_id=campaign_id))
                self._known.discard(campaign_id)
            gone = await self.leads.forget(campaign_id)
            await self.campaigns.remove(campaign_id)
            self.problems.pop(campaign_id, None)
            return gone

    async def take_on(self, campaign_id: CampaignId, leads: Sequence[Lead]) -> None:
        """Tell the floor of leads that are in the store since a moment, or were changed there. Waits while
        what earlier runs left is being read: it must not be mistaken for new.
        """
        async with self._one_at_a_time:
            if campaign_id not in self._known:
                return  # they are read when it is started
            await self._make_room(len(leads), campaign_id)
            for start in range(0, len(leads), AT_ONCE):
                some = tuple(leads[start : start + AT_ONCE])
                await self._done(AddLeads(campaign_id=campaign_id, leads=some))
                self._they_stay(len(some))

    async def remove_lead(self, campaign_id: CampaignId, lead_id: LeadId, by: str, because: str) -> None:
        """Take somebody off: what rings for him is given up."""
        command = RemoveLead(campaign_id=campaign_id, lead_id=lead_id, because=because, by=by)
        await self._in_memory(campaign_id, command)

    async def _in_memory(self, campaign_id: CampaignId, command: Command) -> None:
        if campaign_id not in self._known:
            self._must_be_caught_up()
            record = await self.record(campaign_id)
            raise CampaignRefused(self.problems.get(campaign_id) or f"{campaign_id}: it is {record.state}")
        await self._done(command)

    async def _done(self, command: Command) -> None:
        refused = await self._ask(command)
        if refused is not None:
            raise CampaignRefused(refused.reason)

    def _must_be_caught_up(self) -> None:
        if not self.caught_up:
            raise NotRememberedYet("the campaigns of earlier runs are being read; try again in a moment")

    # -- at the start -----------------------------------------------------------------------------

    async def remember(self) -> None:
        """Tell the floor what earlier runs left. Call it when the database has all of that, and the world has
        been met; again, when it raised.

        Raises:
            StoreUnavailable: not all was told.
        """
        async with self._one_at_a_time:
            for record in await self.campaigns.all():
                if record.campaign_id in self._known:
                    continue
                if record.state not in _OVER or await self._open_attempts(record.campaign_id):
                    try:
                        await self._remember(record)
                    except InboxFull as full:
                        raise StoreUnavailable(f"{record.campaign_id} was not taken on: {full}") from None
                    except CampaignRefused as refused:  # the others are none the worse
                        self.problems[record.campaign_id] = str(refused)
                        log.warning("campaign %s is not dialled: %s", record.campaign_id, refused)
            self.caught_up = True

    async def _remember(self, record: CampaignRecord) -> None:
        campaign_id = record.campaign_id
        try:
            rules = self.rules(campaign_id, record.version.document)
        except DocumentError as error:
            told = "; ".join(map(str, error.problems))
            self.problems[campaign_id] = f"{campaign_id} does not fit the house any more: {told}"
            log.warning("campaign %s is not dialled: it does not fit any more: %s", campaign_id, told)
            return
        leads = await self.leads.count(campaign_id)
        await self._make_room(leads, campaign_id)
        if leads > (room := self._room()):
            told = f"{campaign_id} has {leads} leads, and there is room for {max(0, room)} more"
            raise CampaignRefused(f"{told}: remove campaigns that are over")
        await self._adopt(record.version.version, rules)
        longest = kept_for(rules.allowances)
        async with self._store.transaction() as connection:
            ledger = await campaign_memory.ledger_rows(
                connection, campaign_id, Instant(self._now() - longest)
            )
            trial_left = await campaign_memory.trial_left(connection, campaign_id)
        await self._told(
            CampaignRemembered(
                campaign_id=campaign_id, state=record.state, trial_left=trial_left, ledger=ledger
            )
        )
        async for page in self.leads.in_order(campaign_id):
            some = tuple(one.remembered for one in page)
            await self._told(LeadsRemembered(campaign_id=campaign_id, leads=some))
            self._they_stay(len(some))
        await self._recall(rules)
        open_attempts = await self._open_attempts(campaign_id)
        async with self._store.transaction() as connection:
            to_dispose = await campaign_memory.counted_live(connection, campaign_id)
        await self._told(
            LeadsAllRemembered(campaign_id=campaign_id, open_attempts=open_attempts, to_dispose=to_dispose)
        )
        self._known.add(campaign_id)
        self.problems.pop(campaign_id, None)
        log.info(
            "campaign %s goes on as it was, %s: %d leads, %d attempts without an end",
            campaign_id, record.state, leads, len(open_attempts),
        )  # fmt: skip

    async def _make_room(self, leads: int, but: CampaignId) -> None:
        """Let campaigns that are over be forgotten, whoever is over for longest first, until there is room.
        They are read again when somebody starts them. ``leads``: so many more.
        """
        if self._room() >= leads:
            return
        records = [one for one in await self.campaigns.all() if one.campaign_id in self._known]
        over = [one for one in records if one.state in _OVER and self._now() - one.since >= OVER_FOR]
        for record in sorted(over, key=lambda one: (one.since, one.campaign_id)):
            if record.campaign_id == but:
                continue
            if await self._ask(ForgetCampaign(campaign_id=record.campaign_id)) is None:
                self._known.discard(record.campaign_id)
                log.info("campaign %s is %s, and makes room for others", record.campaign_id, record.state)
            if self._room() >= leads:
                return

    async def _recall(self, rules: CampaignRules) -> None:
        """Tell the dialer what its estimates had learnt from: after a restart it foretells as before."""
        campaign_id, now = rules.campaign_id, self._now()
        async with self._store.transaction() as connection:
            lines = await campaign_recall.recalled_lines(connection, campaign_id, now)
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            await self._told(LinesRecalled(campaign_id=campaign_id, lines=some))
        if rules.queue_id is not None:
            async with self._store.transaction() as connection:
                work = await campaign_recall.recalled_work(connection, campaign_id, rules.queue_id, now)
            if work.talked:
                await self._told(work)

    def _they_stay(self, leads: int) -> None:
        """Leads stay for days: looked through for garbage again and again, 200,000 of them would hold the
        loop for 0.3 s each time.
        """
        self._not_frozen += leads
        if self._not_frozen >= FROZEN_AFTER:
            self._not_frozen = 0
            gc.freeze()

    async def _open_attempts(self, campaign_id: CampaignId) -> tuple[OpenAttempt, ...]:
        async with self._store.transaction() as connection:
            return await campaign_memory.open_attempts(connection, campaign_id)

    async def _told(self, signal: Signal) -> None:
        for _ in range(FULL_PAUSES):
            if self._post(signal):
                return
            await asyncio.sleep(FULL_PAUSE_S)
        raise StoreUnavailable("the engine has no room for the campaigns of earlier runs")

    async def _adopt(self, version: int, rules: CampaignRules) -> None:
        adopt = AdoptCampaign(campaign_id=rules.campaign_id, version=version, document=to_json(rules))
        await self._done(adopt)
