"""What a dialer learns as a day goes is what it learns of the day's rows, on SQLite and PostgreSQL alike."""

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from acd.instant import Instant, after
from cti import campaign_recall
from cti.envelope import Envelope
from cti.journal import Position
from cti.messages import Event, Output
from cti.simulator.dialling.scenario import DiallingScenario
from cti.store import Store
from dialer.campaign import CampaignState
from dialer.dialer import Dialer
from dialer.estimates import TALK_CELL_S
from dialer.lead import Lead, LeadStanding
from dialer.signals import CampaignRemembered, LeadsRemembered, LinesRecalled, RememberedLead
from dialer.tables import Campaign
from tests.contract.servers import PrivatePostgres, running
from tests.dialer.house import MadeUpFloor
from tests.sim.dialled_day import CAMPAIGN, LIST, QUEUE, DialledDay, one_of_many

ZONES = ("Europe/Paris", "America/New_York")
REGIONS = ("+33 12", "+1 212")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    with running(server):
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}"
    if request.param == "postgres":
        server: PrivatePostgres = request.getfixturevalue("postgres")
        url = await server.new_database()
    made = Store(url)
    await made.open()
    yield made
    await made.close()


def somebody(n: int) -> Lead:
    return one_of_many(n, n % 2, REGIONS[n % 2], ZONES[n % 2])


class WrittenDay(DialledDay):
    """A day, and all that was told of it."""

    def __init__(self) -> None:
        scenario = DiallingScenario.model_validate({"agents": 14, "hours": 0.4})
        super().__init__(scenario, 7, leads=2_000, lead=somebody, answer_rates=(0.2, 0.5))
        self.journal: list[Envelope] = []
        self.listeners.append(self._write)
        self.run()

    def _write(self, at: Instant, output: Output) -> None:
        if isinstance(output, Event):
            seq = len(self.journal) + 1
            self.journal.append(Envelope(run="day", seq=seq, at=at, cause=seq - 1 or None, message=output))


@lru_cache(maxsize=1)
def the_day() -> WrittenDay:
    return WrittenDay()


async def written(store: Store) -> WrittenDay:
    day = the_day()
    for first in range(0, len(day.journal), 500):
        batch = day.journal[first : first + 500]
        await store.write(batch, Position("day", first + len(batch)))
    return day


async def recalled(store: Store, day: WrittenDay) -> Campaign:
    """The campaign of a new engine, which has seen the database and nothing else."""
    dialer, floor = Dialer("again"), MadeUpFloor()
    online = day.floor.campaigns.campaigns[CAMPAIGN]
    dialer.adopt(online.rules, 1, day.now, floor)
    remembered = CampaignRemembered(
        campaign_id=CAMPAIGN, state=CampaignState.PAUSED, trial_left=None, ledger=()
    )
    leads = tuple(RememberedLead(lead=one.lead, standing=LeadStanding()) for one in online.leads.values())
    async with store.reading() as connection:
        lines = await campaign_recall.recalled_lines(connection, CAMPAIGN, day.now)
        work = await campaign_recall.recalled_work(connection, CAMPAIGN, QUEUE, day.now)
    for signal in (
        remembered,
        LeadsRemembered(campaign_id=CAMPAIGN, leads=leads),
        LinesRecalled(campaign_id=CAMPAIGN, lines=lines),
        work,
    ):
        dialer.handle(signal, day.now, floor)
    return dialer.tables.campaigns[CAMPAIGN]


def beliefs(campaign: Campaign) -> dict[str, object]:
    """Everything that pacing is told by them."""
    estimates, hours = campaign.estimates, range(24)
    return {
        "learnt": (campaign.learnt, campaign.learnt_of),
        "rates": {
            (region, hour): estimates.answer_rate(LIST, hour, region)
            for region in (None, *REGIONS, "elsewhere")
            for hour in hours
        },
        "best hours": [campaign.best_hour.rate(LIST, hour) for hour in hours],
        "rings": [(estimates.answers.outlasts(s), estimates.fails.outlasts(s)) for s in range(60)],
        "talks": [estimates.talks.outlasts(cell * TALK_CELL_S) for cell in range(200)],
        "wraps": [estimates.wraps.outlasts(s) for s in range(120)],
        "seen": [one.seen for one in (estimates.answers, estimates.fails, estimates.talks, estimates.wraps)],
    }


async def test_a_restart_believes_what_was_believed_before(store: Store) -> None:
    day = await written(store)
    online = day.floor.campaigns.campaigns[CAMPAIGN]
    assert online.learnt > 200
    assert online.estimates.talks.seen > 50
    assert dict(online.estimates.rates[LIST].regions()).keys() == set(REGIONS)
    again = beliefs(await recalled(store, day))
    for what, believed in beliefs(online).items():
        assert again[what] == believed, what


async def test_the_latest_are_recalled_and_no_more_than_are_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await written(store)
    async with store.reading() as connection:
        everything = await campaign_recall.recalled_lines(connection, CAMPAIGN, day.now)
        monkeypatch.setattr(campaign_recall, "MOST_LINES", 100)
        latest = await campaign_recall.recalled_lines(connection, CAMPAIGN, day.now)
        nothing = await campaign_recall.recalled_lines(
            connection, CAMPAIGN, after(day.now, campaign_recall.LOOKS_BACK)
        )
    assert len(latest) == 100
    assert {one.lead_id for one in latest} <= {one.lead_id for one in everything[-150:]}
    assert nothing == ()
