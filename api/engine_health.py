"""How an engine and all its neighbours are, for ``GET /health`` and ``callwright status``; no secrets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from acd.instant import in_seconds
from api.ports import Health, TextsHealth, WebhookHealth
from cti.ami_connection import LinkState
from cti.text_gateway import TextsStatus
from cti.webhooks import WebhookStatus

if TYPE_CHECKING:
    from api.engine import Engine


def health_of(engine: "Engine") -> Health:
    """Every part. The whole is degraded while one of those that calls, history or campaigns need says why it
    does not do what it should."""
    link, writer = engine.pbx.link, engine.writer.status
    tables, runtime = engine.runtime.tables, engine.runtime
    unexplained = sum(stats.unexplained(len(tables.in_queue[queue])) for queue, stats in tables.stats.items())
    reasons = [
        writer.reason,
        engine.recognition.health["reason"],
        engine.journal.alarm,
        engine.texts.status.reason,
        *(webhook.status.reason for webhook in engine.webhooks),
    ]
    well = link.state is LinkState.UP and unexplained == 0 and not any(reasons)
    return Health(
        status="ok" if well else "degraded",
        link={"state": link.state.value, "since": link.since, "reason": link.reason},
        database={
            "state": writer.state.value,
            "behind_bytes": writer.behind_bytes,
            "reason": writer.reason,
        },
        journal={"alarm": engine.journal.alarm},
        mqtt={"state": str(engine.mqtt.status) if engine.mqtt is not None else "off"},
        webhooks=webhooks_health([webhook.status for webhook in engine.webhooks]),
        texts=texts_health(engine.texts.status, there=engine.config.texts.url is not None),
        customers=engine.recognition.health,
        ivr={
            "sessions": engine.agi.sessions,
            "flows": engine.flow_shelf.in_force.version,
            "mistakes_in_files": len(engine.flow_shelf.file_problems),
        },
        inbox={"behind": runtime.behind, "missed": runtime.missed},
        unexplained=unexplained,
        run=runtime.run_id,
        uptime_s=in_seconds(engine.clock.now() - engine.started_at),
    )


def webhooks_health(statuses: Sequence[WebhookStatus]) -> list[WebhookHealth]:
    """The services that are told of campaigns."""
    return [
        WebhookHealth(name=one.name, waiting=one.waiting, dropped=one.dropped, reason=one.reason)
        for one in statuses
    ]


def texts_health(status: TextsStatus, *, there: bool) -> TextsHealth:
    """The gateway; ``there``: one is configured."""
    state = "off" if not there else "ok" if status.reason is None else "failing"
    return TextsHealth(state=state, waiting=status.waiting, reason=status.reason)
