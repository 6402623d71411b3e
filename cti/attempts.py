"""What the database says about a campaign's attempts, as a pure function of what was told of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from acd.ids import AgentId
from acd.instant import Instant, Span
from dialer.attempt import NOT_DIALLED, AttemptOutcome, Party
from dialer.events import (
    AttemptAnswered,
    AttemptConnected,
    AttemptEnded,
    AttemptJudged,
    AttemptPlaced,
    AttemptRang,
    AttemptRefused,
    LeadDisposed,
    LiveAnswerCounted,
    LiveAnswerTakenBack,
)
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.signals import LineFailed, OptedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt's whole life in one row. What nobody saw is None."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    list_id: ListId | None = None
    lead_id: LeadId | None = None
    number: str = ""
    """As it was dialled; empty: nobody wrote it down."""
    zones: str | None = None
    """Where he was, as far as is known: his list's time zone, else all that his number may be in, with commas
    between; None: nobody knows."""
    local_hour: int | None = None
    """What the clock there showed when he was dialled, 0 to 23; in the first of several zones."""
    wanted_by: AgentId | None = None
    """The agent who wanted to talk with him: preview, manual, promised."""
    placed_at: Instant
    """When it was ordered; the gate may still have said no."""
    ring_for_us: Span | None = None
    """How long it was allowed to ring."""
    rang_at: Instant | None = None
    answered_at: Instant | None = None
    party: Party | None = None
    judged_at: Instant | None = None
    judged_words: str | None = None
    """The detection's own words."""
    connected_at: Instant | None = None
    connected_after_us: Span | None = None
    """From when a person was known to be there until an agent was: the law's clock."""
    agent_id: AgentId | None = None
    """Who talked with him."""
    opted_out_at: Instant | None = None
    """When he asked, by key or word, not to be called any more."""
    ended_at: Instant | None = None
    """None while it lasts, and when its engine was killed before it ended."""
    outcome: str | None = None
    """One of :class:`AttemptOutcome`, or :data:`NOT_DIALLED`."""
    hangup_cause: int | None = None
    """Asterisk's (Q.850), where one was told."""
    trunk: str | None = None
    """By which it failed."""
    rang_us: Span | None = None
    talked_us: Span | None = None
    live: bool | None = None
    """Whether a person answered."""
    counted_at: Instant | None = None
    """When it went into the ledger of live answers; None: it did not."""
    taken_back_at: Instant | None = None
    """When it was taken out again: it was a machine, says who has heard it. Never one that was abandoned."""
    abandoned: bool | None = None
    """As the ledger counted it."""
    refused_why: str | None = None
    """In words."""
    refused_reasons: str | None = None
    """Every :class:`~dialer.compliance.verdict.WhyNot` of the gate, with commas; empty: not the gate."""
    refused_until: Instant | None = None
    disposition: str | None = None
    success: bool | None = None
    disposed_at: Instant | None = None
    disposed_by: str | None = None
    note: str | None = None

    @property
    def was_dialled(self) -> bool:
        """Whether it was let out, as far as is known."""
        return self.outcome != NOT_DIALLED


Columns = dict[str, Any]


def attempt_after(record: AttemptRecord | None, message: Any, at: Instant) -> AttemptRecord | None:
    """The record of the message's attempt once this has happened at ``at``.

    ``record`` is what was known of it, None for nothing. News without a campaign's name (the world's) of an
    attempt nobody knows changes nothing; other news begins a record, so that a hole in the journal costs
    details, not attempts. An end is final: what is told later of who it was changes nothing.
    """
    change = _CHANGES.get(type(message))
    if change is None:
        return record
    if record is None:
        campaign_id = getattr(message, "campaign_id", None)
        if campaign_id is None:
            return None
        record = AttemptRecord(attempt_id=message.attempt_id, campaign_id=campaign_id, placed_at=at)
    return replace(record, **change(record, message, at))


def _placed(known: AttemptRecord, event: AttemptPlaced, at: Instant) -> Columns:
    return {
        "list_id": event.list_id,
        "lead_id": event.lead_id,
        "number": event.number,
        "ring_for_us": event.ring_for,
        "wanted_by": event.agent_id,
        "placed_at": at,
    }


def _refused(known: AttemptRecord, event: AttemptRefused, at: Instant) -> Columns:
    return {
        "lead_id": event.lead_id,
        "ended_at": at,
        "outcome": NOT_DIALLED,
        "refused_why": event.why,
        "refused_reasons": ",".join(event.reasons),
        "refused_until": event.until,
    }


def _ended(known: AttemptRecord, event: AttemptEnded, at: Instant) -> Columns:
    return {
        "list_id": event.list_id,
        "lead_id": event.lead_id,
        "number": event.number,
        "ended_at": at,
        "outcome": event.outcome.value,
        "hangup_cause": event.hangup_cause or None,
        "rang_us": event.rang,
        "talked_us": event.talked,
        "agent_id": event.agent_id or known.agent_id,
        "live": event.live and known.taken_back_at is None,
    }


def _counted(known: AttemptRecord, event: LiveAnswerCounted, at: Instant) -> Columns:
    return {"counted_at": at, "abandoned": event.abandoned} if known.counted_at is None else {}


_CHANGES: dict[type, Callable[[AttemptRecord, Any, Instant], Columns]] = {
    AttemptPlaced: _placed,
    AttemptRefused: _refused,
    AttemptRang: lambda known, event, at: {"rang_at": known.rang_at or at},
    AttemptAnswered: lambda known, event, at: {"answered_at": at, "rang_us": event.rang},
    AttemptJudged: lambda known, event, at: {
        "party": event.party,
        "judged_at": at,
        "judged_words": event.words,
    },
    AttemptConnected: lambda known, event, at: {
        "connected_at": at,
        "connected_after_us": event.after,
        "agent_id": event.agent_id,
    },
    AttemptEnded: _ended,
    LiveAnswerCounted: _counted,
    LiveAnswerTakenBack: lambda known, event, at: {
        "counted_at": event.counted_at,
        "taken_back_at": known.taken_back_at or at,
        "live": False,
        "abandoned": False,
    },
    LeadDisposed: lambda known, event, at: {
        "disposition": event.disposition,
        "success": event.success,
        "disposed_at": at,
        "disposed_by": event.by,
        "note": event.note,
    },
    LineFailed: lambda known, signal, at: {
        "trunk": signal.trunk or None,
        "hangup_cause": signal.hangup_cause or None,
    },
    OptedOut: lambda known, signal, at: {"opted_out_at": at},
}

ATTEMPT_MESSAGES = frozenset(_CHANGES)
"""What changes what is known of an attempt."""

OUTCOMES = (*(outcome.value for outcome in AttemptOutcome), NOT_DIALLED)
"""Every way an attempt may end, in the order in which they are told."""
