"""A campaign that was lived, journalled, and read again: the same leads, lines and outcomes."""

import asyncio
from contextlib import suppress
from pathlib import Path

from acd.instant import Instant, seconds
from acd.link_signals import LinkRestored
from acd.observation import Observation
from cti.campaign_json import to_json
from cti.clock import Clock
from cti.floor import Floor
from cti.journal import Journal, read_all
from cti.messages import Order, Output
from cti.replay import replay
from cti.runtime import Runtime
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignState
from dialer.commands import AddLeads, AdoptCampaign, StartCampaign
from dialer.events import AttemptEnded
from dialer.orders import PlaceLine
from dialer.signals import LineAnswered, LineFailed, LineGone, LineRings
from tests.campaign_floor import SPRING, house, lead, reminding
from tests.cti.fake_ami import Watched

LEADS = tuple(lead(f"+33{n}") for n in range(20))


class Outside:
    """Telephones that are answered, or declined, as soon as they ring."""

    runtime: Runtime

    def carry_out(self, order: Order) -> None:
        if not isinstance(order, PlaceLine):
            return
        name = order.attempt_id
        self.runtime.post(LineRings(attempt_id=name))
        if order.number.endswith("7"):
            self.runtime.post(LineFailed(attempt_id=name, outcome=AttemptOutcome.INVALID, hangup_cause=1))
        else:
            self.runtime.post(LineAnswered(attempt_id=name))
        self.runtime.post(LineGone(attempt_id=name))


async def test_a_journalled_campaign_is_replayed_to_the_letter(tmp_path: Path) -> None:
    outside, journal, steps = Outside(), Journal(tmp_path, "run"), Watched()
    runtime = Runtime(Floor(house()), Clock(), "run", carry_out=outside.carry_out)
    outside.runtime = runtime
    runtime.listen(journal.append)
    runtime.listen(lambda _: steps.changed())
    running = asyncio.create_task(runtime.run())
    seen = Observation(as_of=runtime.clock.now(), calls=(), reachable=frozenset())
    runtime.post(LinkRestored(seen=seen))
    rules = reminding(max_attempts=1)
    for command in (
        AdoptCampaign(campaign_id=SPRING, version=1, document=to_json(rules)),
        AddLeads(campaign_id=SPRING, leads=LEADS),
        StartCampaign(campaign_id=SPRING, trial=15),
    ):
        assert await runtime.ask(command) is None
    campaign = runtime.campaigns.campaigns[SPRING]
    await steps.until(lambda: campaign.state is CampaignState.PAUSED)
    assert await runtime.ask(StartCampaign(campaign_id=SPRING)) is None
    await steps.until(lambda: campaign.state is CampaignState.FINISHED)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    journal.close()

    found = replay(read_all(tmp_path), lambda run: house())
    assert found.same, (found.difference, found.unreplayed)
    said = [item.message for item in read_all(tmp_path) if hasattr(item, "message")]
    ended = [one.outcome for one in said if isinstance(one, AttemptEnded)]
    assert len(ended) == len(LEADS)
    assert ended.count(AttemptOutcome.INVALID) == 2


def test_a_floor_without_a_campaign_has_nobody_to_dial() -> None:
    floor = Floor(house())
    refused = floor.handle(StartCampaign(campaign_id=SPRING), Instant(seconds(1)))
    said: list[Output] = [one for one in refused if not hasattr(one, "queue_id")]
    assert [getattr(one, "reason", "") for one in said] == ["spring: no such campaign"]
