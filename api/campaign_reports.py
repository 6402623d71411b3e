"""Campaigns' pasts over HTTP: figures told apart, and the attempts behind every one of them."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant, Span
from api.campaign_report_schemas import (
    AllowanceStands,
    AttemptPage,
    CampaignAgents,
    CampaignAttempt,
    CampaignFigures,
    CampaignGroup,
    CampaignReport,
)
from api.context import LATER, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine, unknown
from api.evidence_schemas import (
    AllowanceDay,
    AllowanceEvidence,
    CampaignEvidence,
    RulesInForce,
    profile_in_words,
)
from api.facts import iso
from api.schemas import NAME_PATTERN
from api.spans import After, Since, Until, cursor, position, span
from api.version import VERSION
from cti import campaign_evidence, campaign_memory, campaign_report
from cti.attempts import OUTCOMES
from cti.campaign_report import By, Which
from cti.campaign_windows import budget_at, days_of, longest
from dialer.ids import AttemptId, CampaignId

MOST_ON_A_PAGE = 500

router = APIRouter(
    prefix="/reports/campaigns",
    tags=["reports"],
    dependencies=[TOKEN],
    responses={**UNAUTHORISED, **UNKNOWN, **LATER},
)

CampaignName = Annotated[
    str, Path(pattern=NAME_PATTERN, description="The campaign's id.", examples=["sales"])
]
_Truth = Annotated[bool | None, Query(description="Only those of which this is so, or is not.")]
_Text = Annotated[str | None, Query(max_length=150, description="Only those of this one.")]


@router.get("/{campaign_id}", operation_id="report_campaign", summary="A campaign's figures")
async def report_campaign(
    campaign_id: CampaignName,
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    by: Annotated[By, Query(description="What is told apart.")] = By.LIST,
) -> CampaignReport:
    """What came of the attempts that were placed in a span of time, all together and told apart: by list, by
    the hour of the called's day, by number, outcome, agent or disposition. Written a moment behind the
    present. Every figure is a count of attempts that `attempts` lists, asked for with the group's key."""
    begin, end = span(engine, since, until)
    campaign = CampaignId(campaign_id)
    which = Which(campaign_id=campaign, since=begin, until=end)
    async with engine.store.reading() as connection:
        await known(engine, connection, campaign)
        total = await campaign_report.total(connection, which)
        groups = await campaign_report.counts(connection, which, by)
        hours = await campaign_report.agent_hours(connection, which)
        adopted = await campaign_memory.rules_at(connection, campaign, end)
        allowances = () if adopted is None else adopted.rules.allowances
        rows = await campaign_memory.ledger_rows(connection, campaign, Instant(end - longest(allowances)))
    return CampaignReport(
        campaign_id=campaign_id,
        since=iso(begin),
        until=iso(end),
        by=by.value,
        rules_version=None if adopted is None else adopted.version,
        total=CampaignFigures.of(total),
        agents=CampaignAgents.of(hours, total),
        allowances=[AllowanceStands.of(budget_at(one, rows, end)) for one in allowances],
        groups=[
            CampaignGroup(key=None if key is None else str(key), figures=CampaignFigures.of(one))
            for key, one in groups.items()
        ],
        complete=sum(one.dialled + one.refused for one in groups.values()) == total.dialled + total.refused,
    )


@router.get("/{campaign_id}/attempts", operation_id="report_attempts", summary="The attempts behind a figure")
async def report_attempts(
    campaign_id: CampaignName,
    engine: TheEngine,
    since: Since = None,
    until: Until = None,
    list_id: Annotated[_Text, Query(alias="list")] = None,
    hour: Annotated[int | None, Query(ge=0, le=23, description="Of the day of the called.")] = None,
    number: _Text = None,
    outcome: Annotated[
        str | None, Query(description=f"Only those that ended so: {', '.join(OUTCOMES)}.")
    ] = None,
    agent: _Text = None,
    disposition: _Text = None,
    lead: _Text = None,
    live: _Truth = None,
    counted: _Truth = None,
    abandoned: _Truth = None,
    success: _Truth = None,
    opted_out: _Truth = None,
    heard: Annotated[bool, Query(description="Tell also where he was in flows.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Attempts on a page.")] = 50,
    after: After = None,
) -> AttemptPage:
    """Attempts that were placed in a span of time, earliest first: those that a report counts."""
    begin, end = span(engine, since, until)
    which = Which(
        campaign_id=CampaignId(campaign_id),
        since=begin,
        until=end,
        list_id=list_id,
        hour=hour,
        number=number,
        outcome=outcome,
        agent_id=agent,
        disposition=disposition,
        lead_id=lead,
        live=live,
        counted=counted,
        abandoned=abandoned,
        success=success,
        opted_out=opted_out,
    )
    place = None
    if after is not None:
        at, name, _ = position(after)
        place = (at, AttemptId(name))
    async with engine.store.reading() as connection:
        await known(engine, connection, which.campaign_id)
        found = await campaign_report.attempts(connection, which, limit + 1, place)
        page = found[:limit]
        nodes = await campaign_evidence.heard(connection, [one.attempt_id for one in page]) if heard else {}
    return AttemptPage(
        attempts=[CampaignAttempt.of(record, nodes.get(record.attempt_id, ())) for record in page],
        next=cursor(page[-1].placed_at, page[-1].attempt_id, 0) if len(found) > limit else None,
    )


@router.get("/{campaign_id}/evidence", operation_id="report_evidence", summary="What shows how it dialled")
async def report_evidence(
    campaign_id: CampaignName, engine: TheEngine, since: Since = None, until: Until = None
) -> CampaignEvidence:
    """Rules and profile in force, figures, and every allowance day by day over its rolling window; the
    attempts themselves are those of `attempts`, asked for with `heard`. Engineering, not legal advice."""
    begin, end = span(engine, since, until)
    campaign = CampaignId(campaign_id)
    async with engine.store.reading() as connection:
        await known(engine, connection, campaign)
        total = await campaign_report.total(connection, Which(campaign_id=campaign, since=begin, until=end))
        adopted = await campaign_memory.adoptions(connection, campaign, begin, end)
        allowances = adopted[-1].rules.allowances if adopted else ()
        least = adopted[-1].rules.ring_at_least if adopted else Span(0)
        rows = await campaign_memory.ledger_rows(connection, campaign, Instant(begin - longest(allowances)))
        around = await campaign_evidence.around_it(connection, campaign, begin, end, least)
    rows = tuple(row for row in rows if row.begins < end)
    days = await asyncio.to_thread(lambda: [days_of(one, rows, begin, end) for one in allowances])
    named = adopted[-1].rules.profile if adopted else None
    rules = engine.gate.rules
    return CampaignEvidence(
        campaign_id=campaign_id,
        title=adopted[-1].rules.title if adopted else "",
        since=iso(begin),
        until=iso(end),
        made_at=iso(engine.runtime.clock.now()),
        engine=f"callwright {VERSION}",
        rules=[RulesInForce.of(one) for one in adopted],
        profile=[*profile_in_words(rules.profile if named is None else rules.profiles.get(named))],
        total=CampaignFigures.of(total),
        allowances=[
            AllowanceEvidence(
                stands=AllowanceStands.of(budget_at(one, rows, end)),
                days=[AllowanceDay.of(day) for day in told],
            )
            for one, told in zip(allowances, days, strict=True)
        ],
        **CampaignEvidence.around(around),
    )


async def known(engine: TheEngine, connection: AsyncConnection, campaign_id: CampaignId) -> None:
    """Go on with a campaign that is or was one.

    Raises:
        HTTPException: 404, there never was one of that name.
    """
    if not await campaign_memory.is_known(connection, campaign_id):
        raise unknown(engine, f"campaign {campaign_id}")
