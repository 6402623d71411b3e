"""What a campaign has come to in the last hour: counted by the minute, whatever happens when."""

from typing import Any

from acd.engine import Acd
from acd.instant import Instant, after, seconds
from cti.campaign_meter import CampaignMeter, Counted, _agents_until, _Meter
from cti.envelope import Envelope
from dialer.attempt import AttemptOutcome
from dialer.events import AttemptEnded, AttemptPlaced, AttemptRefused, LiveAnswerCounted
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.tables import DialerTables
from tests.sim_floor import rules_of

AUTUMN = CampaignId("autumn")
NOON = Instant(1_772_449_200_000_000)
IT: dict[str, Any] = {"attempt_id": AttemptId("a1"), "campaign_id": AUTUMN, "lead_id": LeadId("mia")}


def placed() -> AttemptPlaced:
    return AttemptPlaced(**IT, list_id=ListId("may"), number="+331", ring_for=seconds(20))


def ended(talked: int = 0, *, live: bool = False) -> AttemptEnded:
    return AttemptEnded(
        **IT,
        list_id=ListId("may"),
        number="+331",
        outcome=AttemptOutcome.CONNECTED if live else AttemptOutcome.BUSY,
        hangup_cause=0,
        rang=seconds(5),
        talked=seconds(talked),
        agent_id=None,
        live=live,
    )


class Meter(CampaignMeter):
    """One that is told what to hear, and when."""

    def hears(self, minute: int, *messages: Any) -> None:
        at = after(NOON, seconds(60 * minute))
        self.on_step(
            [Envelope(run="r", seq=n, at=at, cause=None, message=one) for n, one in enumerate(messages)]
        )

    def hour(self, minute: int) -> Counted:
        return self.metered(AUTUMN, after(NOON, seconds(60 * minute))).hour


def meter() -> Meter:
    return Meter(Acd(rules_of({"ana": {"sales": 5}}, {"sales": {"sales": 5}})).tables, DialerTables("r"))


def test_an_hour_is_the_latest_one() -> None:
    it = meter()
    it.hears(0, placed(), ended(120, live=True))
    it.hears(30, placed(), ended())
    it.hears(31, placed(), AttemptRefused(**IT, why="no", until=None))
    assert (it.hour(59).attempts, it.hour(59).answer_rate, it.hour(59).talked) == (2, 0.5, seconds(120))
    assert (it.hour(60).attempts, it.hour(60).live) == (1, 0)
    assert it.hour(95).attempts == 0
    assert it.metered(AUTUMN, after(NOON, seconds(6000))).total.attempts == 2


def test_agents_time_is_that_of_the_minutes_it_lies_in() -> None:
    it = _Meter(agents=2, since=NOON)
    _agents_until(it, after(NOON, seconds(90)))
    assert [counted.agents for _, counted in it.minutes] == [seconds(120), seconds(60)]
    it.agents = 1
    _agents_until(it, after(NOON, seconds(3 * 3600)))
    assert it.total.agents == seconds(180 + 3 * 3600 - 90)
    assert len(it.minutes) == 60
    assert sum(counted.agents for _, counted in it.minutes) <= seconds(3600)


def test_talk_is_told_as_a_share_of_the_agents_time() -> None:
    it = meter()
    house = it._meter(AUTUMN)
    house.agents, house.since = 2, NOON
    it.hears(
        10,
        ended(600, live=True),
        LiveAnswerCounted(
            attempt_id=AttemptId("a1"), campaign_id=AUTUMN, abandoned=True, live=1, abandoned_in_all=1
        ),
    )
    hour = it.hour(20)
    assert (hour.agents, hour.talk_share, hour.abandoned) == (seconds(2400), 0.25, 1)
    assert Counted().talk_share is None
