"""What the gate's shell promises, on SQLite and on a real PostgreSQL alike: nobody is dialled who should not
be, whatever is added, dialled or restarted between two questions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.callback import CallbackState
from acd.callback_events import CallbackStateChanged
from acd.ids import CallId, OfferId
from acd.instant import Instant, Span, after, seconds
from acd.offer_signals import OrderFailed
from cti.dial_attempts import attempts_to
from cti.dial_gate import DialGate
from cti.dnc_store import DncStore
from cti.envelope import Envelope
from cti.journal import Position
from cti.store import Store
from dialer.attempt import AttemptOutcome
from dialer.compliance.attempts import AttemptLimit, Whom
from dialer.compliance.facts import DialRules
from dialer.compliance.lines import LineLimits
from dialer.compliance.listing import Listing, ListKind
from dialer.compliance.profile import Lockout
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Refused, Verdict, WhyNot
from dialer.events import AttemptEnded
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from tests.dialer.dialled import DAY, NOON, NUMBER, RULES, under

ONCE_A_DAY = under(attempts=(AttemptLimit(per=Whom.NUMBER, most=1, within=DAY),))


class Day:
    """A gate, and a clock that stands still."""

    def __init__(self, store: Store) -> None:
        self.store, self.at = store, NOON

    def gate(self, rules: DialRules = RULES) -> DialGate:
        return DialGate(store=self.store, rules=rules, region="FR", now=lambda: self.at)

    async def tells(self, *messages: Any) -> None:
        await self.store.write(self.step(*messages), Position("run", 1))

    def step(self, *messages: Any) -> list[Envelope]:
        return [
            Envelope(run="run", seq=n, at=self.at, cause=None, message=message)
            for n, message in enumerate(messages, 1)
        ]


@pytest.fixture
def day(store: Store) -> Day:
    return Day(store)


def to(name: str = "o-1", number: str = NUMBER, **said: Any) -> DialRequest:
    return DialRequest(
        **{
            "attempt_id": name,
            "number": number,
            "purpose": Purpose.CALLBACK,
            "ring_for": seconds(20),
            **said,
        }
    )


def busy(lines: int) -> Callable[[], int]:
    return lambda: lines


def why(verdict: Verdict) -> list[WhyNot]:
    assert isinstance(verdict, Refused), verdict
    return [reason.why for reason in verdict.reasons]


def found_nobody(call_id: str) -> CallbackStateChanged:
    return CallbackStateChanged(
        call_id=CallId(call_id),
        was=CallbackState.CONNECTED,
        now=CallbackState.FAILED,
        because="he hung up",
        attempts=1,
        not_before=NOON,
    )


def abandoned(attempt_id: str) -> AttemptEnded:
    return AttemptEnded(
        attempt_id=AttemptId(attempt_id),
        campaign_id=CampaignId("spring"),
        list_id=ListId("march"),
        lead_id=LeadId("mia"),
        number="0123456789",
        outcome=AttemptOutcome.ABANDONED,
        hangup_cause=16,
        rang=seconds(5),
        talked=Span(0),
        agent_id=None,
        live=True,
    )


async def test_what_is_allowed_counts_at_once_and_after_a_restart(day: Day) -> None:
    gate = day.gate(ONCE_A_DAY)
    assert isinstance(await gate.look(to(), 0), Allowed)
    assert isinstance(await gate.ask(to(), busy(0)), Allowed), "looking is no attempt"
    assert why(await gate.ask(to("o-2"), busy(0))) == [WhyNot.TOO_OFTEN]
    assert why(await gate.ask(to("o-3", "01 23 45 67 89".replace(" ", "")), busy(0)))[-1] is WhyNot.TOO_OFTEN
    assert why(await day.gate(ONCE_A_DAY).ask(to("o-4"), busy(0))) == [WhyNot.TOO_OFTEN]
    day.at = after(NOON, DAY)
    assert isinstance(await gate.ask(to("o-5"), busy(0)), Allowed), "what was refused was no attempt either"


async def test_of_many_at_once_no_more_are_let_out_than_a_limit_allows(day: Day) -> None:
    gate = day.gate(under(attempts=(AttemptLimit(per=Whom.LEAD, most=3, within=DAY),)))
    asked = [gate.ask(to(f"o-{n}", f"+3312345678{n}", lead_id=LeadId("mia")), busy(0)) for n in range(10)]
    verdicts = await asyncio.gather(*asked)
    assert sum(isinstance(verdict, Allowed) for verdict in verdicts) == 3


async def test_what_was_not_made_does_not_count(day: Day) -> None:
    gate = day.gate(ONCE_A_DAY)
    assert isinstance(await gate.ask(to(), busy(0)), Allowed)
    await gate.take_back("o-1")
    assert isinstance(await gate.ask(to("o-2"), busy(0)), Allowed)
    await day.tells(OrderFailed(offer_id=OfferId("o-2"), detail="no link"))
    assert isinstance(await gate.ask(to("o-3"), busy(0)), Allowed)


async def test_who_is_put_on_a_list_between_two_questions_is_not_dialled(day: Day) -> None:
    gate, lists = day.gate(), DncStore(day.store)
    assert isinstance(await gate.look(to(), 0), Allowed)
    entry = Listing(number=NUMBER, kind=ListKind.INTERNAL, at=NOON, by="ana", reason="said so")
    await lists.add(entry)
    assert why(await gate.ask(to(), busy(0))) == [WhyNot.LISTED]
    assert why(await gate.ask(to(asked_at=NOON), busy(0))) == [WhyNot.LISTED]
    assert isinstance(await gate.ask(to(asked_at=Instant(NOON + 1)), busy(0)), Allowed), "he has asked since"


async def test_who_answered_and_found_nobody_is_left_alone(day: Day) -> None:
    gate = day.gate(under(lockout=Lockout(lasts=Span(3 * DAY), unless_agent_guaranteed=True)))
    assert isinstance(await gate.ask(to("o-1"), busy(0), "cb-1"), Allowed)
    await day.tells(found_nobody("cb-1"))
    day.at = after(NOON, DAY)
    assert why(await gate.ask(to("o-2"), busy(0))) == [WhyNot.LOCKED_OUT]
    assert isinstance(await gate.ask(to("o-3", agent_guaranteed=True), busy(0)), Allowed)


@pytest.mark.parametrize("told", ["by_the_dialer", "by_the_floor"])
async def test_whom_one_campaign_has_just_left_alone_no_other_dials_though_the_writer_stands_still(
    day: Day, told: str
) -> None:
    gate = day.gate(under(gap=seconds(60), lockout=Lockout(lasts=Span(3 * DAY))))
    spring, autumn = (CampaignId(name) for name in ("spring", "autumn"))
    assert isinstance(await gate.ask(to("a-1", campaign_id=spring), busy(0), "a-1"), Allowed)
    day.at = after(NOON, seconds(20))
    gate.on_step(day.step(abandoned("a-1") if told == "by_the_dialer" else found_nobody("a-1")))
    # nothing of it is written
    day.at = after(NOON, seconds(120))
    for verdict in (
        await gate.look(to("a-2", campaign_id=autumn), 0),
        *await gate.look_at_all([to("a-2", campaign_id=autumn)]),
        await gate.ask(to("a-2", campaign_id=autumn), busy(0), "a-2"),
    ):
        assert why(verdict) == [WhyNot.LOCKED_OUT]
        assert isinstance(verdict, Refused)
        assert verdict.until == after(NOON, Span(3 * DAY + seconds(20)))
    assert isinstance(await gate.ask(to("a-3", "+33123456780"), busy(0), "a-3"), Allowed), "nobody else is"
    day.at = after(NOON, Span(3 * DAY + seconds(20)))
    assert isinstance(await gate.ask(to("a-4", campaign_id=autumn), busy(0), "a-4"), Allowed)


async def test_lines_and_rate_are_those_of_the_trunk(day: Day) -> None:
    gate = day.gate(replace(RULES, lines=LineLimits(most=2, most_a_second=1)))
    assert isinstance(await gate.ask(to("o-1"), busy(1)), Allowed)
    assert why(await gate.ask(to("o-2"), busy(2))) == [WhyNot.LINES_FULL, WhyNot.TOO_FAST]
    day.at = after(NOON, seconds(1))
    assert isinstance(await gate.ask(to("o-2"), busy(1)), Allowed)


async def test_who_is_put_through_takes_a_line_of_those_there_are_and_is_no_attempt(day: Day) -> None:
    gate = day.gate(replace(RULES, lines=LineLimits(most=2, most_a_second=1)))
    through = to("1.1", purpose=Purpose.TRANSFER)
    assert isinstance(gate.ask_at_once(through, 1), Allowed)
    assert why(gate.ask_at_once(replace(through, attempt_id="1.2"), 2)) == [
        WhyNot.LINES_FULL,
        WhyNot.TOO_FAST,
    ]
    assert why(await gate.ask(to("o-1"), busy(1))) == [WhyNot.LINES_FULL, WhyNot.TOO_FAST], "on his way"
    gate.is_counted()
    assert why(await gate.ask(to("o-1"), busy(1))) == [WhyNot.TOO_FAST], "one rate for all"
    async with day.store.transaction() as connection:
        assert await attempts_to(connection, NUMBER, None, Instant(0)) == ()


async def test_of_two_who_ask_at_the_same_moment_one_has_the_last_line(day: Day) -> None:
    gate = day.gate(replace(RULES, lines=LineLimits(most=1)))
    out: list[str] = []

    async def dials(name: str, number: str) -> Verdict:
        verdict = await gate.ask(to(name, number), lambda: len(out))
        if isinstance(verdict, Allowed):
            out.append(name)
        return verdict

    first, second = await asyncio.gather(dials("o-1", NUMBER), dials("o-2", "+33123456780"))
    assert isinstance(first, Allowed)
    assert why(second) == [WhyNot.LINES_FULL]
    assert out == ["o-1"]


async def test_the_last_line_is_taken_while_it_is_being_noted(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = day.gate(replace(RULES, lines=LineLimits(most=1)))
    transaction, meanwhile = day.store.transaction, []

    @asynccontextmanager
    async def committing() -> AsyncIterator[AsyncConnection]:
        async with transaction() as connection:
            yield connection
            meanwhile.append(gate.ask_at_once(to("1.1", purpose=Purpose.TRANSFER), 0))

    monkeypatch.setattr(day.store, "transaction", committing)
    assert isinstance(await gate.ask(to(), busy(0)), Allowed)
    assert [why(verdict) for verdict in meanwhile] == [[WhyNot.LINES_FULL]]
    assert isinstance(gate.ask_at_once(to("1.2", purpose=Purpose.TRANSFER), 0), Allowed), "he was not dialled"


async def test_without_the_database_nobody_is_dialled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.dial_gate.ANSWER_WITHIN_S", 0.05)
    (tmp_path / "no.db").mkdir()
    away = Store(f"sqlite+aiosqlite:///{tmp_path / 'no.db'}")
    gate = Day(away).gate()
    verdict = await gate.ask(to(), busy(0))
    assert why(verdict) == [WhyNot.LISTS_UNKNOWN, WhyNot.ATTEMPTS_UNKNOWN]
    assert isinstance(verdict, Refused)
    assert verdict.until == after(NOON, seconds(5))
    await gate.take_back("o-1")
    await away.close()


async def test_a_database_that_hangs_is_not_waited_for(
    day: Day, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cti.dial_gate.ANSWER_WITHIN_S", 0.05)
    never: Callable[..., Any] = _Never
    monkeypatch.setattr(day.store, "transaction", never)
    assert WhyNot.LISTS_UNKNOWN in why(await day.gate().ask(to(), busy(0)))
    assert "no answer" in caplog.text


class _Never:
    async def __aenter__(self) -> None:
        await asyncio.Event().wait()

    async def __aexit__(self, *_: object) -> None:
        """It never came to that."""
