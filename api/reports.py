"""What the API says of the engine itself."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from api.facts import IsoTime, iso
from api.ports import Health
from api.schemas import MOMENT, example


class LinkReport(BaseModel):
    """The link to the PBX."""

    state: str
    since: IsoTime
    reason: str


class DatabaseReport(BaseModel):
    """The database."""

    state: str
    behind_bytes: int
    reason: str | None


class JournalReport(BaseModel):
    """The journal."""

    alarm: str | None


class MqttReport(BaseModel):
    """The publisher for wallboards."""

    state: str


class WebhookReport(BaseModel):
    """A service that is told of campaigns."""

    name: str = Field(description="By its place in the configuration: its address may be a secret.")
    waiting: int = Field(description="Events kept for it.")
    dropped: int = Field(description="Events it never took.")
    reason: str | None = Field(description="Why it did not take the latest ones; null: it did.")


class TextsReport(BaseModel):
    """The gateway for texts."""

    state: Literal["off", "ok", "failing"]
    waiting: int = Field(description="Texts that are ordered and have no answer yet.")
    reason: str | None = Field(description="What became of the latest offer; null: it was taken.")


class CustomersReport(BaseModel):
    """Who is calling, looked up."""

    asking: int
    reason: str | None = Field(description="Why customers are not recognised; null: they are.")


class IvrReport(BaseModel):
    """The menus."""

    sessions: int
    flows: int = Field(description="The version of the flows that new calls meet.")
    mistakes_in_files: int = Field(
        description="What keeps the files from being published; `GET /flows` says."
    )


class InboxReport(BaseModel):
    """The floor's inbox."""

    behind: int
    missed: int


class HealthReport(BaseModel):
    """How every part is."""

    model_config = example(
        status="ok",
        version="0.1.0",
        run="64f0c2a81b7d3",
        uptime_s=86.4,
        link={"state": "up", "since": MOMENT % 0, "reason": ""},
        database={"state": "ok", "behind_bytes": 0, "reason": None},
        journal={"alarm": None},
        mqtt={"state": "off"},
        webhooks=[{"name": "webhooks.1", "waiting": 0, "dropped": 0, "reason": None}],
        texts={"state": "off", "waiting": 0, "reason": None},
        customers={"asking": 0, "reason": None},
        ivr={"sessions": 3, "flows": 3, "mistakes_in_files": 0},
        inbox={"behind": 0, "missed": 0},
        unexplained=0,
    )

    status: Literal["ok", "degraded", "down"]
    version: str
    run: str = Field(description="Names this life of the engine.")
    uptime_s: float
    link: LinkReport
    database: DatabaseReport
    journal: JournalReport
    mqtt: MqttReport
    webhooks: list[WebhookReport]
    texts: TextsReport
    customers: CustomersReport
    ivr: IvrReport
    inbox: InboxReport
    unexplained: int = Field(description="Calls that queues cannot account for. Anything but 0 is a bug.")

    @classmethod
    def of(cls, health: Health) -> Self:
        """The report of an engine's health."""
        link = {**health.link, "since": iso(health.link["since"])}
        rest = {name: getattr(health, name) for name in cls.model_fields if name != "link"}
        return cls.model_validate({"link": link, **rest})


class Version(BaseModel):
    """Which engine answers."""

    model_config = example(name="callwright", version="0.1.0", run="64f0c2a81b7d3")

    name: Literal["callwright"] = "callwright"
    version: str
    run: str
