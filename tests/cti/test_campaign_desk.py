"""What is asked of the campaigns' desk, and what the floor knows again after the engine was started anew."""

import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from acd.events import Refused
from acd.instant import Instant, after, seconds
from cti import campaign_memory, dial_attempts, schema
from cti.campaign_desk import (
    FROZEN_AFTER,
    OVER_FOR,
    CampaignDesk,
    CampaignRefused,
    NoSuchCampaign,
    NotRememberedYet,
)
from cti.campaign_document import House
from cti.campaign_json import from_json
from cti.dialing_profile import load_profile
from cti.envelope import Envelope
from cti.journal import Position
from cti.lead_list import LeadList
from cti.messages import Command, Signal
from cti.store import Store, StoreUnavailable
from dialer.attempt import NOT_DIALLED, AttemptOutcome, Party
from dialer.campaign import CampaignState
from dialer.commands import AdoptCampaign
from dialer.compliance.attempts import Attempt
from dialer.dialer import Dialer
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber, LeadState
from dialer.orders import PlaceLine
from dialer.signals import LineAnswered, LineFailed, LineGone, LineJudged
from ivr.document import DocumentError
from ivr.flow import Flow
from tests.dialer.house import MadeUpFloor

AUTUMN = CampaignId("autumn")
WRITTEN = """\
title: Autumn
mode: agentless
flow: reminder
lines: {most: 2}
"""
FASTER = WRITTEN.replace("most: 2", "most: 3")
NOON = Instant(1_772_449_200_000_000)


def lead(name: str) -> Lead:
    number = LeadNumber(number=f"+3310000000{len(name)}")
    return Lead(lead_id=LeadId(f"may:{name}"), list_id=ListId("may"), numbers=(number,), name=name)


REMINDER = Flow.model_validate({"name": "reminder", "start": "bye", "nodes": {"bye": {"kind": "hangup"}}})


class Run:
    """One run of the engine: a real dialer, a real database that hears of everything, a desk between them."""

    def __init__(self, store: Store, run: str, at: Instant) -> None:
        self.store, self.run, self.at = store, run, at
        self.dialer, self.floor = Dialer(run), MadeUpFloor()
        self.room = 100
        self.flows = {"reminder": REMINDER}
        self.sends_texts = False
        self.full = 0
        """So many signals find the inbox full."""
        self.refuses: str | None = None
        self._steps: list[Envelope] = []
        self._seq = 0
        plain = load_profile(Path("config"), "plain")
        self.desk = CampaignDesk(
            store=store,
            ask=self._ask,
            post=self._post,
            room=lambda: self.room - self.dialer.tables.leads_in_all,
            now=lambda: self.at,
            house=lambda: House(
                queues=["sales"],
                flows=self.flows,
                profiles={"plain": plain},
                profile="plain",
                sends_texts=self.sends_texts,
            ),
        )

    async def _ask(self, command: Command) -> Refused | None:
        if self.refuses is not None:
            return Refused(reason=self.refuses)
        said = self.says(command)
        await self.write_all()
        return next((one for one in said if isinstance(one, Refused)), None)

    def _post(self, signal: Signal) -> bool:
        if self.full > 0:
            self.full -= 1
            return False
        self.says(signal)
        return True

    def says(self, message: Any) -> tuple[Any, ...]:
        """Tell the dialer something, as the runtime does."""
        self.at = after(self.at, seconds(1))
        if isinstance(message, AdoptCampaign):
            rules = from_json(message.document)
            said = self.dialer.adopt(rules, message.version, self.at, self.floor)
        else:
            said = self.dialer.handle(message, self.at, self.floor)
        cause = self._note(message, None)
        for one in said:
            self._note(one, cause)
        return said

    def _note(self, message: Any, cause: int | None) -> int:
        self._seq += 1
        self._steps.append(Envelope(run=self.run, seq=self._seq, at=self.at, cause=cause, message=message))
        return self._seq

    async def write_all(self) -> None:
        """The writer catches up."""
        steps, self._steps = self._steps, []
        if steps:
            await self.store.write(steps, Position(f"{self.run}.jsonl", self._seq))

    async def imports(self, *leads: Lead) -> None:
        """A list comes in."""
        may = LeadList(list_id=ListId("may"), campaign_id=AUTUMN, made_at=self.at)
        await self.desk.leads.put_list(may)
        taken = await self.desk.leads.take_in(may, leads, self.at, "first")
        await self.desk.take_on(AUTUMN, taken.news)

    @property
    def state(self) -> CampaignState:
        """Where the campaign stands."""
        return self.dialer.tables.campaigns[AUTUMN].state

    def stands(self, name: str) -> LeadState:
        """Where a lead stands."""
        return self.dialer.tables.campaigns[AUTUMN].leads[LeadId(f"may:{name}")].state

    @property
    def rings(self) -> dict[str, AttemptId]:
        """Whose telephones ring."""
        return {
            line.lead_id.removeprefix("may:"): line.attempt_id for line in self.dialer.tables.lines.values()
        }


Start = Callable[..., Any]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the engine, again and again, on one database."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}")
    await store.open()
    runs = 0

    async def begin(*, remembers: bool = True) -> Run:
        nonlocal runs
        runs += 1
        run = Run(store, f"run{runs}", after(NOON, seconds(runs * 120)))
        if remembers:
            await run.desk.remember()
        return run

    yield begin
    await store.close()


async def under_way(start: Start) -> Run:
    """A campaign that rings two of its four leads."""
    run: Run = await start()
    await run.desk.create(AUTUMN, WRITTEN, "ben", "")
    await run.imports(lead("mia"), lead("thom"), lead("julia"), lead("sascha"))
    await run.desk.start(AUTUMN, "ben")
    assert sorted(run.rings) == ["mia", "thom"]
    return run


async def test_a_campaign_is_made_filled_and_started(start: Start) -> None:
    run = await under_way(start)
    assert run.state is CampaignState.RUNNING
    kept = await run.desk.record(AUTUMN)
    assert (kept.state, kept.by) == (CampaignState.RUNNING, "ben")
    await run.desk.pause(AUTUMN, "eva", "too loud")
    assert (await run.desk.record(AUTUMN)).because == "too loud"
    with pytest.raises(CampaignRefused, match="it is paused"):
        await run.desk.pause(AUTUMN, "eva", "")
    await run.desk.stop(AUTUMN, "eva", "")
    assert run.state is CampaignState.STOPPED


async def test_a_document_that_does_not_fit_changes_nothing(start: Start) -> None:
    run = await start()
    with pytest.raises(DocumentError, match="did you mean 'agentless'"):
        await run.desk.create(AUTUMN, WRITTEN.replace("agentless", "agentles"), "ben", "")
    with pytest.raises(NoSuchCampaign):
        await run.desk.record(AUTUMN)
    await run.desk.create(AUTUMN, WRITTEN, "ben", "")
    with pytest.raises(DocumentError):
        await run.desk.change(AUTUMN, "{}", 1, "ben", "")
    assert (await run.desk.record(AUTUMN)).version.document == WRITTEN


async def test_a_campaign_with_a_text_needs_a_gateway_to_be_started(start: Start) -> None:
    run = await under_way(start)
    texts = WRITTEN + "steps: [{kind: call}, {kind: text, text: hello}]\n"
    with pytest.raises(CampaignRefused, match="no gateway"):
        await run.desk.change(AUTUMN, texts, 1, "eva", "")
    assert (await run.desk.record(AUTUMN)).version.document == WRITTEN
    await run.desk.stop(AUTUMN, "eva", "")
    await run.desk.change(AUTUMN, texts, 1, "eva", "")
    with pytest.raises(CampaignRefused, match="no gateway"):
        await run.desk.start(AUTUMN, "eva")
    assert run.state is CampaignState.STOPPED
    run.sends_texts = True
    await run.desk.start(AUTUMN, "eva")
    assert run.state is CampaignState.RUNNING


async def test_a_change_counts_from_now_on_and_of_two_one_is_told_so(start: Start) -> None:
    run = await under_way(start)
    await run.desk.change(AUTUMN, FASTER, 1, "eva", "faster")
    assert sorted(run.rings) == ["julia", "mia", "thom"]
    with pytest.raises(CampaignRefused, match="version 2 is in force"):
        await run.desk.change(AUTUMN, WRITTEN, 1, "ben", "")
    run.refuses = "no"
    with pytest.raises(CampaignRefused, match="no"):
        await run.desk.change(AUTUMN, WRITTEN, 2, "ben", "")
    assert (await run.desk.record(AUTUMN)).version.version == 2


async def test_what_the_floor_refuses_is_not_kept(start: Start) -> None:
    run = await start()
    run.refuses = "there are too many"
    with pytest.raises(CampaignRefused, match="too many"):
        await run.desk.create(AUTUMN, WRITTEN, "ben", "")
    assert await run.desk.campaigns.all() == []


async def test_after_a_kill_everybody_stands_where_he_stood_and_nobody_is_dialled_twice(start: Start) -> None:
    run = await under_way(start)
    rings = run.rings
    run.says(LineFailed(attempt_id=rings["mia"], outcome=AttemptOutcome.BUSY))
    dialled = sorted({"mia", *run.rings})
    await run.write_all()
    async with run.store.transaction() as connection:
        await _note_as_dialled(connection, run)  # by the gate, which let them out
    # killed: no line is left, nothing more is written

    again: Run = await start(remembers=False)
    with pytest.raises(NotRememberedYet):
        await again.desk.start(AUTUMN, "ben")
    again.full = 3
    await again.desk.remember()
    await again.desk.remember()  # nothing happens
    assert again.state is CampaignState.RUNNING
    told = [envelope.message for envelope in again._steps if isinstance(envelope.message, PlaceLine)]
    assert sorted(str(one.lead_id).removeprefix("may:") for one in told) == sorted(
        {"mia", "thom", "julia", "sascha"} - set(dialled)
    )
    assert again.stands("mia") is LeadState.RESTING


async def test_the_budget_of_abandoned_calls_is_no_larger_after_a_restart_nor_after_a_removal(
    start: Start,
) -> None:
    run = await under_way(start)
    for name in ("mia", "thom"):
        attempt = run.rings[name]
        for news in (
            LineAnswered(attempt_id=attempt),
            LineJudged(attempt_id=attempt, party=Party.PERSON),
            LineGone(attempt_id=attempt),
        ):
            run.says(news)
    await run.write_all()
    counted = run.dialer.tables.campaigns[AUTUMN].ledger.budget(AUTUMN, run.at).live
    assert counted == 2
    again: Run = await start()
    assert again.dialer.tables.campaigns[AUTUMN].ledger.budget(AUTUMN, again.at).live == counted
    await again.desk.stop(AUTUMN, "ben", "")
    for attempt in again.rings.values():
        again.says(LineGone(attempt_id=attempt))
    assert await again.desk.remove(AUTUMN) == 4
    await again.desk.create(AUTUMN, WRITTEN, "ben", "")
    assert again.dialer.tables.campaigns[AUTUMN].ledger.budget(AUTUMN, again.at).live == counted
    assert again.dialer.tables.campaigns[AUTUMN].leads == {}


async def test_what_is_over_is_not_in_memory_until_somebody_starts_it_again(start: Start) -> None:
    run = await under_way(start)
    await run.desk.stop(AUTUMN, "ben", "")
    for attempt in run.rings.values():
        run.says(LineGone(attempt_id=attempt))
    await run.write_all()
    again: Run = await start()
    assert again.dialer.tables.campaigns == {}
    with pytest.raises(CampaignRefused, match="it is stopped"):
        await again.desk.pause(AUTUMN, "ben", "")
    await again.imports(lead("elisabeth"))
    await again.desk.start(AUTUMN, "ben", trial=1)
    assert len(again.dialer.tables.campaigns[AUTUMN].leads) == 5
    assert len(again.rings) == 1


async def test_who_was_dialled_by_a_campaign_that_was_stopped_gets_his_end(start: Start) -> None:
    run = await under_way(start)
    await run.desk.stop(AUTUMN, "ben", "")
    await run.write_all()  # killed before the lines were gone
    async with run.store.transaction() as connection:
        await _note_as_dialled(connection, run)
    again: Run = await start()
    assert {again.stands("mia"), again.stands("thom")} <= {LeadState.RESTING, LeadState.DONE, LeadState.DUE}
    assert again.rings == {}


async def test_what_a_stopped_campaign_ordered_and_never_let_out_gets_its_end_too(start: Start) -> None:
    run = await under_way(start)
    await run.desk.stop(AUTUMN, "ben", "")
    await run.write_all()  # killed before the gate was asked
    again: Run = await start()
    await again.write_all()
    assert again.rings == {}
    async with again.store.transaction() as connection:
        assert await campaign_memory.open_attempts(connection, AUTUMN) == ()
        rows = (await connection.execute(select(schema.campaign_attempts.c.outcome))).scalars().all()
    assert rows == [NOT_DIALLED, NOT_DIALLED]
    once_more: Run = await start()
    assert once_more.dialer.tables.campaigns == {}, "nothing is left to be ended"


@pytest.mark.parametrize("noted", [0, 1, 2])
async def test_a_trial_is_so_many_calls_and_no_more_also_over_a_kill(start: Start, noted: int) -> None:
    run: Run = await start()
    await run.desk.create(AUTUMN, WRITTEN, "ben", "")
    await run.imports(*(lead("m" * n) for n in range(1, 9)))
    await run.desk.start(AUTUMN, "ben", trial=3)
    await run.write_all()
    async with run.store.transaction() as connection:
        await _note_as_dialled(connection, run, most=noted)  # the engine is killed while the gate is asked
    dialled = noted
    again: Run = await start()
    while again.rings:
        for attempt in again.rings.values():
            dialled += 1
            again.says(LineFailed(attempt_id=attempt, outcome=AttemptOutcome.BUSY))
    assert dialled == 3
    assert again.state is CampaignState.PAUSED


async def _note_as_dialled(connection: Any, run: Run, most: int = 100) -> None:
    for line in list(run.dialer.tables.lines.values())[:most]:
        attempt = Attempt(
            attempt_id=line.attempt_id,
            number=line.number,
            at=run.at,
            campaign_id=line.campaign_id,
            lead_id=line.lead_id,
        )
        await dial_attempts.note(connection, attempt, None)


async def test_a_campaign_that_fits_the_house_no_more_waits_for_another_document(start: Start) -> None:
    run: Run = await start()
    await run.desk.create(AUTUMN, WRITTEN, "ben", "")
    again: Run = await start(remembers=False)
    again.flows = {"reminders": REMINDER}
    await again.desk.remember()
    assert "does not fit the house any more" in again.desk.problems[AUTUMN]
    with pytest.raises(CampaignRefused, match="did you mean 'reminders'"):
        await again.desk.start(AUTUMN, "ben")
    await again.desk.change(AUTUMN, WRITTEN.replace("reminder", "reminders"), 1, "ben", "")
    assert again.desk.problems == {}
    assert again.state is CampaignState.DRAFT


async def test_an_engine_that_is_too_far_behind_is_told_later(start: Start, monkeypatch: Any) -> None:
    run = await under_way(start)
    await run.write_all()
    again: Run = await start(remembers=False)
    monkeypatch.setattr("cti.campaign_desk.FULL_PAUSE_S", 0.0)
    again.full = 1_000_000
    with pytest.raises(StoreUnavailable, match="no room"):
        await again.desk.remember()
    assert not again.desk.caught_up
    again.full = 0
    await again.desk.remember()
    assert len(again.dialer.tables.campaigns[AUTUMN].leads) == 4


async def test_a_campaign_for_which_there_is_no_room_leaves_the_others_alone(start: Start) -> None:
    run = await under_way(start)
    winter = CampaignId("winter")
    await run.desk.create(winter, WRITTEN, "ben", "")
    await run.write_all()
    again: Run = await start(remembers=False)
    again.room = 3
    await again.desk.remember()
    told = "autumn has 4 leads, and there is room for 3 more: remove campaigns that are over"
    assert again.desk.problems == {AUTUMN: told}
    assert [*again.dialer.tables.campaigns] == [winter]
    with pytest.raises(CampaignRefused, match="there is room for 3 more"):
        await again.desk.start(AUTUMN, "ben")
    again.room = 4
    await again.desk.start(AUTUMN, "ben")
    assert again.desk.problems == {}


async def test_campaigns_that_are_over_make_room_for_others_after_a_while(start: Start) -> None:
    run = await under_way(start)
    await run.desk.stop(AUTUMN, "ben", "", at_once=True)
    for attempt in list(run.rings.values()):
        run.says(LineGone(attempt_id=attempt))
    await run.write_all()
    winter, spring = CampaignId("winter"), CampaignId("spring")
    await run.desk.create(winter, WRITTEN, "ben", "")
    await run.desk.create(spring, WRITTEN, "ben", "")
    run.room = 6
    await run.desk.take_on(winter, [lead("a"), lead("bb")])
    assert AUTUMN in run.dialer.tables.campaigns, "it may still be started again, or be said something of"
    run.at = after(run.at, OVER_FOR)
    await run.desk.take_on(spring, [])
    assert AUTUMN in run.dialer.tables.campaigns, "nobody needs its room"
    await run.desk.take_on(winter, [lead("ccc"), lead("dddd")])
    assert sorted(run.dialer.tables.campaigns) == [spring, winter]
    run.room = 100
    await run.desk.start(AUTUMN, "ben")
    assert run.state is CampaignState.RUNNING
    mia = run.dialer.tables.campaigns[AUTUMN].leads[LeadId("may:mia")]
    assert mia.attempts == 2, "once before, of which it knows, and now"


async def test_what_runs_is_not_removed(start: Start) -> None:
    run = await under_way(start)
    with pytest.raises(CampaignRefused, match="it is running; stop it first"):
        await run.desk.remove(AUTUMN)
    assert await run.desk.leads.count(AUTUMN) == 4


async def test_many_leads_are_no_work_for_the_collector_of_garbage(start: Start) -> None:
    run: Run = await start()
    await run.desk.create(AUTUMN, WRITTEN, "zoe", "")
    frozen = gc.get_freeze_count()
    try:
        await run.desk.take_on(AUTUMN, [lead(f"{n}") for n in range(FROZEN_AFTER - 1)])
        assert gc.get_freeze_count() == frozen
        await run.desk.take_on(AUTUMN, [lead("and one more")])
        assert gc.get_freeze_count() >= frozen + 2 * FROZEN_AFTER  # leads and their numbers at least
    finally:
        gc.unfreeze()
