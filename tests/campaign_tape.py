"""What a campaign tells, a second between two facts, written into a store: for tests of its history."""

from typing import Any

from acd.ids import AgentId
from acd.instant import Instant, after, seconds
from cti import campaign_memory, dial_attempts
from cti.attempt_rows import one_attempt
from cti.attempts import AttemptRecord
from cti.envelope import Envelope
from cti.journal import Position
from cti.store import Store
from dialer.attempt import AttemptOutcome
from dialer.compliance.attempts import Attempt
from dialer.events import AttemptEnded, AttemptPlaced, LiveAnswerCounted
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.signals import OpenAttempt

SPRING, AUTUMN = CampaignId("spring"), CampaignId("autumn")
MIA, TOM, LEA = LeadId("mia"), LeadId("tom"), LeadId("lea")
LIST, ANA = ListId("march"), AgentId("ana")
NOON = Instant(1_772_449_200_000_000)


class Tape:
    """What a run of the engine tells, a second between two steps; and what the gate notes beside it."""

    def __init__(self, store: Store, run: str = "run1", begins: Instant = NOON) -> None:
        self.store, self.run, self.at, self.seq = store, run, begins, 0

    async def tells(self, *messages: Any, cause: int | None = None) -> None:
        """One batch of the writer."""
        envelopes = []
        for message in messages:
            self.seq += 1
            envelopes.append(Envelope(run=self.run, seq=self.seq, at=self.at, cause=cause, message=message))
            self.at = after(self.at, seconds(1))
        await self.store.write(envelopes, Position(self.run, self.seq))
        await self.store.write(envelopes, Position(self.run, self.seq))  # a batch may be written again

    async def notes(self, name: str, lead: LeadId = MIA, *, call: str | None = None) -> Instant:
        """The gate lets an attempt out."""
        campaign = None if call is not None else SPRING
        noted = Attempt(attempt_id=name, number="+3312", at=self.at, campaign_id=campaign, lead_id=lead)
        async with self.store.transaction() as connection:
            await dial_attempts.note(connection, noted, call or name)  # a campaign's line is its own call
        return self.at

    async def attempt(self, name: str) -> AttemptRecord | None:
        async with self.store.transaction() as connection:
            return await one_attempt(connection, AttemptId(name))

    async def open(self) -> list[OpenAttempt]:
        async with self.store.transaction() as connection:
            return [*await campaign_memory.open_attempts(connection, SPRING)]


def placed(name: str = "a1", lead: LeadId = MIA, number: str = "+3312") -> AttemptPlaced:
    return AttemptPlaced(
        attempt_id=AttemptId(name),
        campaign_id=SPRING,
        list_id=LIST,
        lead_id=lead,
        number=number,
        ring_for=seconds(20),
    )


def ended(name: str = "a1", how: AttemptOutcome = AttemptOutcome.CONNECTED, **said: Any) -> AttemptEnded:
    fields: dict[str, Any] = {
        "hangup_cause": 16,
        "rang": seconds(2),
        "talked": seconds(60),
        "agent_id": ANA,
        "live": True,
        "lead_id": MIA,
        "number": "+3312",
        **said,
    }
    return AttemptEnded(
        attempt_id=AttemptId(name),
        campaign_id=SPRING,
        list_id=LIST,
        outcome=how,
        **fields,
    )


def counted(name: str, *, abandoned: bool) -> LiveAnswerCounted:
    return LiveAnswerCounted(
        attempt_id=AttemptId(name), campaign_id=SPRING, abandoned=abandoned, live=1, abandoned_in_all=0
    )


def lead_row(name: LeadId) -> dict[str, Any]:
    """A lead of the list, as it is in the database before anybody tried him."""
    said = {
        "lead_id": name,
        "campaign_id": "spring",
        "list_id": "march",
        "place": 1,
        "edition": "",
        "added_at": 0,
        "changed_at": 0,
        "name": name.capitalize(),
        "numbers": [{"number": "+3312"}],
        "priority": 50,
        "language": "",
        "data": [],
    }
    standing = {
        "state": "new",
        "since": 0,
        "attempts": 0,
        "tried": [],
        "barred": [],
        "step": 0,
        "last_outcome": "",
        "disposition": "",
        "because": "",
        "promised": False,
        "outcomes": [],
        "next_number": 0,
        "skipped": 0,
    }
    return {**said, **standing}
