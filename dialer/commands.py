"""Commands: what people and integrators ask of the dialer. A command may be refused, with a reason, as data
(:class:`acd.events.Refused`)."""

from dataclasses import dataclass

from acd.customer import Party
from acd.ids import AgentId
from acd.instant import Instant
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptCampaign:
    """Decide about this campaign by these rules from now on; a new one is a draft. Refused when the document
    cannot be read. As text it stands in the journal; the floor reads it for the dialer."""

    campaign_id: CampaignId
    version: int
    document: str
    """The rules as JSON; see :mod:`cti.campaign_json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLeads:
    """Take these leads on; one that is known by his id gets what the list says of him now, and keeps what was
    done about him. Refused, whole, when there would be too many."""

    campaign_id: CampaignId
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCampaign:
    """Begin, or go on. Refused when nothing could ever be dialled."""

    campaign_id: CampaignId
    trial: int | None = None
    """Pause by itself after so many attempts."""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCampaign:
    """Finish what rings, and dial nothing new."""

    campaign_id: CampaignId
    because: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCampaign:
    """Dial nothing new, and give up what rings as soon as it has rung for as long as the law asks. Whoever
    has answered, or answers meanwhile, is served."""

    campaign_id: CampaignId
    because: str = ""
    by: str = ""
    at_once: bool = False
    """Do not wait for that. Also of one that was stopped before, while something rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetCampaign:
    """Know nothing of it any more, nor of its leads. Refused while it runs, is paused, or anything of it is
    under way. Who makes one of that name again tells how many were abandoned before."""

    campaign_id: CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLead:
    """Take somebody off: what rings for him is given up."""

    campaign_id: CampaignId
    lead_id: LeadId
    because: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLead:
    """Preview: an agent asks for the next lead. Refused when there is none, or he is not ready."""

    campaign_id: CampaignId
    agent_id: AgentId
    lead_id: LeadId | None = None
    """A certain one; None: whose turn it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptLead:
    """Preview: call the lead he looks at."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipLead:
    """Preview: not this one, or not now."""

    agent_id: AgentId
    because: str = ""
    again_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialByHand:
    """Manual: an agent dials a number for a campaign. Refused when he is not ready, or it is not running."""

    campaign_id: CampaignId
    agent_id: AgentId
    number: str
    lead_id: LeadId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposeLead:
    """An agent, or a flow, says what came of it. Refused for a disposition the campaign does not know, or one
    that asks for a moment when none is given."""

    attempt_id: AttemptId
    disposition: str
    by: str = ""
    note: str = ""
    call_back_at: Instant | None = None
    call_back_number: str | None = None
    """By one of his numbers, or a new one; None: the same."""
    own_agent: AgentId | None = None
    """Who has promised to call him himself; None: anybody will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyResponded:
    """Somebody has responded in a way this house does not see by itself: came by, wrote, paid."""

    party: Party
    how: str
    campaign_id: CampaignId | None = None
    """None: for all campaigns."""


DialerCommand = (
    AdoptCampaign
    | AddLeads
    | StartCampaign
    | PauseCampaign
    | StopCampaign
    | ForgetCampaign
    | RemoveLead
    | TakeLead
    | AcceptLead
    | SkipLead
    | DialByHand
    | DisposeLead
    | PartyResponded
)
