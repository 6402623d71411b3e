"""A bad day of campaigns, written down as it happens: the database says what the dialer says, at every kill
and at the end, whatever was lost, doubled or late."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from acd.instant import Instant, seconds
from cti import campaign_memory, campaign_report, dial_attempts, schema
from cti.campaign_report import By, Which
from cti.envelope import Envelope
from cti.journal import Position
from cti.lead_rows import lead_row, standing_of, standing_row
from cti.messages import Event
from cti.store import Store
from dialer.commands import AdoptCampaign
from dialer.compliance.attempts import Attempt
from dialer.events import AttemptEnded, AttemptRefused, CampaignAdopted, LiveAnswerCounted
from dialer.ids import AttemptId, CampaignId
from dialer.lead import LeadStanding
from tests.campaign_day import CAMPAIGNS, CampaignDay

LATER = Instant(seconds(10_000_000_000))


@dataclass(slots=True)
class Snapshot:
    """What the day's own memory says at one moment, and how much had been told by then."""

    told: int
    let_out: dict[AttemptId, Instant]
    ledgers: dict[CampaignId, Any]
    unended: dict[CampaignId, dict[AttemptId, bool]]
    """Whether each is in the ledger."""
    standings: dict[str, LeadStanding]
    states: dict[str, str]


class WrittenDay(CampaignDay):
    """The day, and the journal of it."""

    def __init__(self, seed: int) -> None:
        self.journal: list[Envelope] = []
        self.snapshots: list[Snapshot] = []
        super().__init__(seed, leads=12, minutes=20)
        for recorded in self.world.heard:
            if isinstance(recorded.output, Event):
                self._write(recorded.at, recorded.output)
        self.world.listeners.append(self._write)

    def _write(self, at: Instant, event: Event) -> None:
        run = self.world.floor.tables.rules.run
        if isinstance(event, CampaignAdopted):
            asked = AdoptCampaign(campaign_id=event.campaign_id, version=event.version, document="{}")
            self.journal.append(self._envelope(run, at, asked, None))
        self.journal.append(self._envelope(run, at, event, len(self.journal)))

    def _envelope(self, run: str, at: Instant, message: Any, cause: int | None) -> Envelope:
        return Envelope(run=run, seq=len(self.journal) + 1, at=at, cause=cause, message=message)

    def the_engine_is_killed(self) -> None:
        self.remember()
        super().the_engine_is_killed()

    def remember(self) -> None:
        """What is known now."""
        memory, let_out = self.memory, dict(self.world.lines.let_out)
        self.snapshots.append(
            Snapshot(
                told=len(self.journal),
                let_out=let_out,
                ledgers={rules.campaign_id: memory.remembered(rules).ledger for rules in CAMPAIGNS},
                unended={
                    rules.campaign_id: {
                        one.attempt_id: one.counted for one in memory.unended(rules.campaign_id, let_out)
                    }
                    for rules in CAMPAIGNS
                },
                standings={
                    str(name): one.standing for leads in memory.leads.values() for name, one in leads.items()
                },
                states={str(name): event.now.value for name, event in memory.states.items()},
            )
        )


async def _imports(store: Store, day: WrittenDay) -> None:
    """What was there before the dialer heard of it."""
    blank = {"state": "draft", "since": 0, "because": "", "by": "", "version": 1}
    async with store.transaction() as connection:
        for rules in CAMPAIGNS:
            await connection.execute(schema.campaigns.insert(), [{"campaign_id": rules.campaign_id, **blank}])
            leads = day.memory.leads[rules.campaign_id].values()
            place = {
                "campaign_id": rules.campaign_id,
                "edition": "",
                "added_at": 0,
                "changed_at": 0,
                "place": 1,
            }
            rows = [
                {
                    **place,
                    "lead_id": one.lead.lead_id,
                    "list_id": one.lead.list_id,
                    **lead_row(one.lead),
                    **standing_row(LeadStanding()),
                }
                for one in leads
            ]
            await connection.execute(schema.leads.insert(), rows)


async def _writes(
    store: Store, day: WrittenDay, since: int, snapshot: Snapshot, noted: set[AttemptId]
) -> None:
    async with store.transaction() as connection:
        for name, at in snapshot.let_out.items():
            if name not in noted:
                placed = day.memory.placed[name]
                attempt = Attempt(
                    attempt_id=name,
                    number=placed.number,
                    at=at,
                    campaign_id=placed.campaign_id,
                    lead_id=placed.lead_id,
                )
                await dial_attempts.note(connection, attempt, None)
                noted.add(name)
    for first in range(since, snapshot.told, 500):
        batch = day.journal[first : min(first + 500, snapshot.told)]
        await store.write(batch, Position("day", first + len(batch)))


async def _agrees(store: Store, snapshot: Snapshot) -> None:
    async with store.reading() as connection:
        for rules in CAMPAIGNS:
            name = rules.campaign_id
            assert await campaign_memory.ledger_rows(connection, name, Instant(0)) == snapshot.ledgers[name]
            still = await campaign_memory.open_attempts(connection, name)
            assert {one.attempt_id: one.counted for one in still} == snapshot.unended[name]
        rows = (await connection.execute(select(schema.leads))).all()
        assert {row.lead_id: standing_of(row) for row in rows} == snapshot.standings
        states = (await connection.execute(select(schema.campaigns))).all()
        assert {row.campaign_id: row.state for row in states} == snapshot.states


@pytest.mark.parametrize("seed", [2, 3])
async def test_the_database_says_what_the_dialer_says(tmp_path: Path, seed: int) -> None:
    day = WrittenDay(seed)
    for moment in (47, 300):
        day.later(moment, day.the_engine_is_killed)
    day.lived().the_worst_is_over()
    day.world.run_dry()
    day.remember()
    assert any(one for snapshot in day.snapshots[:-1] for one in snapshot.unended.values()), (
        "killed in the middle"
    )
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'day.db'}")
    await store.open()
    await _imports(store, day)
    since, noted = 0, set[AttemptId]()
    for snapshot in day.snapshots:
        await _writes(store, day, since, snapshot, noted)
        since = snapshot.told
        await _agrees(store, snapshot)

    told = [envelope.message for envelope in day.journal]
    async with store.reading() as connection:
        for rules in CAMPAIGNS:
            name = rules.campaign_id
            counted = await campaign_report.total(
                connection, Which(campaign_id=name, since=Instant(0), until=LATER)
            )
            ends: list[Any] = [
                one
                for one in told
                if isinstance(one, AttemptEnded | AttemptRefused) and one.campaign_id == name
            ]
            outcomes = Counter(one.outcome.value for one in ends if isinstance(one, AttemptEnded))
            assert counted.outcomes == outcomes
            assert counted.running == 0, "everybody ended somewhere"
            live = [one for one in told if isinstance(one, LiveAnswerCounted) and one.campaign_id == name]
            assert counted.counted == len(live)
            assert counted.abandoned == sum(one.abandoned for one in live)
            for by in By:
                groups = await campaign_report.counts(
                    connection, Which(campaign_id=name, since=Instant(0), until=LATER), by
                )
                assert sum(one.dialled for one in groups.values()) == counted.dialled, by
    await store.close()
