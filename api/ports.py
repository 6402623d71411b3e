"""The engine as the API sees it. :mod:`api.engine` is the real one; tests bring their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict

from acd.instant import Instant
from api.version import VERSION
from cti.campaign_check import CampaignChecks
from cti.campaign_desk import CampaignDesk
from cti.campaign_meter import CampaignMeter
from cti.config import Config
from cti.credentials import Credentials
from cti.customer_store import CustomerStore
from cti.dial_gate import DialGate
from cti.dnc_store import DncStore
from cti.flow_shelf import FlowShelf
from cti.keeper import Keeper
from cti.recognition import CustomersHealth, Recognition
from cti.rulebook import Rulebook
from cti.runtime import Runtime
from cti.store import Store


class LinkHealth(TypedDict):
    """The link to the PBX; ``reason`` says why it is not up, empty while it is."""

    state: str
    since: Instant
    reason: str


class DatabaseHealth(TypedDict):
    """How far history is written; ``reason`` says why the database is away, None while it is not."""

    state: str
    behind_bytes: int
    reason: str | None


class JournalHealth(TypedDict):
    """The journal; ``alarm`` says in words what is wrong while messages are being dropped."""

    alarm: str | None


class MqttHealth(TypedDict):
    """The publisher for wallboards; ``off`` when no broker is configured."""

    state: str


class WebhookHealth(TypedDict):
    """A service that is told of campaigns; ``reason`` says why the latest events were not taken, None: they
    were. Its address may be a secret, so it goes by its place in the configuration."""

    name: str
    waiting: int
    """Events kept for it."""
    dropped: int
    """Events it never took."""
    reason: str | None


class TextsHealth(TypedDict):
    """The gateway for texts; ``off`` when none is configured, else ``ok`` or ``failing``, and then ``reason``
    says what became of the latest offer."""

    state: str
    waiting: int
    """Texts that are ordered and have no answer yet."""
    reason: str | None


class IvrHealth(TypedDict):
    """Callers talking with a flow now, the version of the flows that new ones meet, and how many mistakes
    keep the files beside the configuration from being published."""

    sessions: int
    flows: int
    mistakes_in_files: int


class InboxHealth(TypedDict):
    """Messages waiting for the floor now, and signals dropped since the start because it was full."""

    behind: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How every part is. Open to everybody who can reach the port: no secrets in it."""

    status: Literal["ok", "degraded", "down"]
    """``down`` is the API's own word for a floor that does not run: then HTTP says 503."""
    link: LinkHealth
    database: DatabaseHealth
    journal: JournalHealth
    mqtt: MqttHealth
    webhooks: Sequence[WebhookHealth]
    """None where none is configured."""
    texts: TextsHealth
    customers: CustomersHealth
    ivr: IvrHealth
    inbox: InboxHealth
    unexplained: int
    """Calls offered to queues that are neither ended nor waiting; anything but 0 is a bug."""
    run: str
    uptime_s: float
    version: str = VERSION


class Engine(Protocol):
    """What the API needs of a running engine."""

    @property
    def config(self) -> Config:
        """What was decided before the start."""

    @property
    def credentials(self) -> Credentials:
        """The API's token among them."""

    @property
    def runtime(self) -> Runtime:
        """The floor's one writer: commands go there, views are read there."""

    @property
    def caught_up(self) -> bool:
        """Whether the database has what earlier runs left; before, what is not found there may still come."""

    @property
    def customers(self) -> CustomerStore:
        """The customers kept here."""

    @property
    def campaigns(self) -> CampaignDesk:
        """Whom to call, and what is asked about it."""

    @property
    def campaign_checks(self) -> CampaignChecks:
        """Dry runs."""

    @property
    def meter(self) -> CampaignMeter:
        """What campaigns have come to lately."""

    @property
    def dnc(self) -> DncStore:
        """Who is not to be called."""

    @property
    def gate(self) -> DialGate:
        """Whether a number may be dialled."""

    @property
    def keeper(self) -> Keeper:
        """What callers left."""

    @property
    def recognition(self) -> Recognition:
        """Who is calling."""

    @property
    def rulebook(self) -> Rulebook:
        """The versions of the rules."""

    @property
    def flow_shelf(self) -> FlowShelf:
        """The versions of the flows."""

    @property
    def store(self) -> Store:
        """History."""

    def health(self) -> Health:
        """How every part is, now; must be quick."""
