"""The dry run: how many leads of a campaign could be dialled now, and why not the others.

Every lead is looked at as the dialer would, and every number of his that might ring is asked about at the
gate; nothing is noted and nobody is dialled. A long list takes a while, and calls get their turn meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from acd.instant import Instant, in_seconds
from acd.tables import Tables
from cti.campaign_desk import NO_GATEWAY, CampaignDesk, CampaignRefused
from cti.campaign_warnings import not_said, warnings_of
from cti.dial_gate import DialGate
from cti.lead_rows import LeadRecord
from cti.store import StoreUnavailable
from dialer.campaign import CampaignRules, Mode, OwnThen
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Verdict
from dialer.diallable import Obstacle, places_now
from dialer.ids import CampaignId, LeadId
from dialer.lead import LeadState
from dialer.pursuit import Pursuit
from dialer.tables import DialerTables
from ivr.document import DocumentError

log = logging.getLogger(__name__)

AT_ONCE = 25
"""Leads between two turns of the others: a number takes some hundred microseconds."""
MOST_KEPT = 50
"""Dry runs remembered; the oldest that are over are forgotten first."""
MOST_UNDER_WAY = 2
EXAMPLES = 3
MOST_STRANGERS = 20


@dataclass(slots=True, kw_only=True)
class Group:
    """Leads that one thing keeps from being dialled."""

    why: str
    told: str
    """In words; of the first one."""
    leads: int = 0
    until: Instant | None = None
    """When the first of them might be dialled; None: waiting changes nothing."""
    examples: list[LeadId] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class DryRun:
    """One look at all leads of a campaign."""

    campaign_id: CampaignId
    begun_at: Instant
    in_all: int = 0
    looked_at: int = 0
    diallable: int = 0
    """Now."""
    groups: dict[str, Group] = field(default_factory=dict)
    ended_at: Instant | None = None
    warnings: tuple[str, ...] = ()
    """What is not wrong in its rules, and will be regretted."""
    strangers: dict[str, int] = field(default_factory=dict)
    """Agents whom leads wait for and whom the house does not have, :data:`MOST_STRANGERS` at most; with how
    many leads."""
    failed: str = ""
    """Why it did not come to its end."""

    def note_stranger(self, agent_id: str) -> None:
        """One lead more is only his to call."""
        if agent_id in self.strangers or len(self.strangers) < MOST_STRANGERS:
            self.strangers[agent_id] = self.strangers.get(agent_id, 0) + 1

    def count(self, lead_id: LeadId, obstacle: Obstacle | None) -> None:
        """One lead more."""
        self.looked_at += 1
        if obstacle is None:
            self.diallable += 1
            return
        group = self.groups.setdefault(obstacle.why, Group(why=obstacle.why, told=obstacle.told))
        group.leads += 1
        if obstacle.until is not None:
            group.until = obstacle.until if group.until is None else min(group.until, obstacle.until)
        if len(group.examples) < EXAMPLES:
            group.examples.append(lead_id)


class Present(Protocol):
    """How everything stands at this moment."""

    @property
    def campaigns(self) -> DialerTables:
        """The dialer's."""

    @property
    def tables(self) -> Tables:
        """The ACD's."""


class CampaignChecks:
    """The dry runs of the house."""

    def __init__(
        self,
        desk: CampaignDesk,
        gate: DialGate,
        present: Present,
        now: Callable[[], Instant],
        knows: Callable[[str, str], bool] = lambda name, language: True,
    ) -> None:
        """``knows``: whether there is a prompt of this name in this language."""
        self._desk, self._gate, self._present, self._now = desk, gate, present, now
        self._knows = knows
        self._runs: dict[CampaignId, DryRun] = {}
        self._tasks: dict[CampaignId, asyncio.Task[None]] = {}

    def latest(self, campaign_id: CampaignId) -> DryRun | None:
        """The latest one of a campaign, also while it is under way."""
        return self._runs.get(campaign_id)

    async def begin(self, campaign_id: CampaignId) -> DryRun:
        """Look at all leads; the one that is under way, if there is one.

        Raises:
            NoSuchCampaign: there is none.
            CampaignRefused: others are under way, or its document does not fit the house any more.
            StoreUnavailable: nobody can say.
        """
        record = await self._desk.record(campaign_id)
        if campaign_id in self._tasks:
            return self._runs[campaign_id]
        if len(self._tasks) >= MOST_UNDER_WAY:
            raise CampaignRefused(f"{len(self._tasks)} dry runs are under way; try again when one is over")
        try:
            rules = self._desk.rules(campaign_id, record.version.document)
        except DocumentError as error:
            told = "; ".join(map(str, error.problems))
            raise CampaignRefused(f"{campaign_id} does not fit the house any more: {told}") from None
        run = DryRun(
            campaign_id=campaign_id,
            begun_at=self._now(),
            in_all=await self._desk.leads.count(campaign_id),
            warnings=(
                *warnings_of(rules),
                *([NO_GATEWAY] if self._desk.lacks_gateway(rules) else ()),
                *not_said(rules, await self._desk.leads.languages(campaign_id), self._knows),
            ),
        )
        self._forget_oldest()
        self._runs[campaign_id] = run
        task = asyncio.create_task(self._look(run, rules), name=f"dry run of {campaign_id}")
        self._tasks[campaign_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(campaign_id, None))
        return run

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget_oldest(self) -> None:
        over = [name for name in self._runs if name not in self._tasks]
        for name in over[: max(0, len(self._runs) - MOST_KEPT + 1)]:
            del self._runs[name]

    async def _look(self, run: DryRun, rules: CampaignRules) -> None:
        try:
            async for page in self._desk.leads.in_order(run.campaign_id):
                for start in range(0, len(page), AT_ONCE):
                    await self._look_at(run, rules, page[start : start + AT_ONCE])
                    await asyncio.sleep(0)
            run.in_all = run.looked_at
            run.warnings += tuple(_stranger(rules, *one) for one in run.strangers.items())
        except StoreUnavailable as error:
            run.failed = f"the database is away: {error}"
        except asyncio.CancelledError:
            run.failed = "the engine was stopped"
            raise
        except Exception:
            run.failed = "an error of the engine's own; its log says more"
            log.exception("the dry run of %s", run.campaign_id)
        finally:
            run.ended_at = self._now()

    async def _look_at(self, run: DryRun, rules: CampaignRules, some: Sequence[LeadRecord]) -> None:
        known = self._present.campaigns.campaigns.get(run.campaign_id)
        asked: list[tuple[LeadId, list[DialRequest]]] = []
        for record in some:
            pursuit = None if known is None else known.leads.get(record.lead.lead_id)
            if pursuit is None:
                pursuit = Pursuit(lead=record.lead, order=0)
                pursuit.take_up(record.standing)
            only = pursuit.only_agent if pursuit.state is not LeadState.DONE else None
            if only is not None and rules.has_agents and only not in self._present.tables.agents:
                run.note_stranger(only)
            places = places_now(rules, pursuit, self._now())
            if isinstance(places, Obstacle):
                run.count(pursuit.lead_id, places)
            else:
                asked.append((pursuit.lead_id, [_request(rules, pursuit, place) for place in places]))
        verdicts = iter(await self._gate.look_at_all([one for _, requests in asked for one in requests]))
        for lead_id, requests in asked:
            run.count(lead_id, _best([next(verdicts) for _ in requests]))


def _stranger(rules: CampaignRules, agent_id: str, leads: int) -> str:
    then = "are done" if rules.own_then is OwnThen.DONE else "are anybody's"
    hours = in_seconds(rules.own_late) / 3600
    return f"{leads} leads are only for {agent_id} to call, who is no agent; after {hours:g} h they {then}"


def _request(rules: CampaignRules, pursuit: Pursuit, place: int) -> DialRequest:
    return DialRequest(
        attempt_id="check",
        number=pursuit.lead.numbers[place].number,
        purpose=Purpose.CAMPAIGN,
        ring_for=rules.gives_up_after,
        campaign_id=rules.campaign_id,
        lead_id=pursuit.lead_id,
        lead_zone=pursuit.lead.zone,
        pool=rules.pool,
        profile=rules.profile,
        agent_guaranteed=rules.mode in (Mode.PREVIEW, Mode.MANUAL),
    )


def _best(verdicts: Iterable[Verdict]) -> Obstacle | None:
    """None: one of his numbers may be dialled. Else what keeps the one that may be dialled first, by the
    reason that lasts longest."""
    best: Obstacle | None = None
    for verdict in verdicts:
        if isinstance(verdict, Allowed):
            return None
        lasts = max(verdict.reasons, key=lambda one: (one.until is None, one.until or 0))
        obstacle = Obstacle(why=lasts.why.value, told=lasts.told, until=verdict.until)
        if best is None or _sooner(obstacle, best):
            best = obstacle
    assert best is not None, "a lead without numbers"
    return best


def _sooner(one: Obstacle, other: Obstacle) -> bool:
    return one.until is not None and (other.until is None or one.until < other.until)
