"""How the engine and its parts are."""

from typing import TYPE_CHECKING

from acd.instant import in_seconds
from api.ports import Health
from cti.ami_connection import LinkState

if TYPE_CHECKING:
    from api.engine import Engine


def health_of(engine: "Engine") -> Health:
    """How every part is, for people and monitors; no secrets."""
    link, writer = engine.pbx.link, engine.writer.status
    tables = engine.runtime.tables
    unexplained = sum(stats.unexplained(len(tables.in_queue[queue])) for queue, stats in tables.stats.items())
    well = (
        link.state is LinkState.UP
        and writer.reason is None
        and engine.recognition.health["reason"] is None
        and engine.journal.alarm is None
        and unexplained == 0
    )
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
        webhooks=[str(webhook.status) for webhook in engine.webhooks],
        customers=engine.recognition.health,
        ivr={
            "sessions": engine.agi.sessions,
            "flows": engine.flow_shelf.in_force.version,
            "mistakes_in_files": len(engine.flow_shelf.file_problems),
        },
        inbox={"behind": engine.runtime.behind, "missed": engine.runtime.missed},
        unexplained=unexplained,
        run=engine.runtime.run_id,
        uptime_s=in_seconds(engine.clock.now() - engine.started_at),
    )
