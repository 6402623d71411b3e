"""Campaigns as documents: ``config/campaigns/*.yaml``, and what is published over the API.

What an operator decides stands here. What the law of a place asks stands in the profile it names
(:mod:`cti.dialing_profile`); both together are the rules the dialer decides by.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from acd.call import CallClass
from acd.ids import QueueId
from acd.instant import in_seconds, seconds
from cti.campaign_agents import OwnAgentConfig, PreviewConfig, PromisedConfig
from cti.campaign_flow import dispositions_said
from cti.campaign_retry import (
    UNKNOWN_DISPOSITION,
    DispositionConfig,
    DispositionName,
    RetriedOutcome,
    RetryConfig,
    Shown,
    retry_rules,
)
from cti.campaign_steps import StepConfig
from cti.value_types import Id, Section
from dialer.budget import Allowance
from dialer.campaign import (
    AlarmRules,
    Blend,
    CampaignRules,
    ListShare,
    MachineRules,
    MachineThen,
    Mode,
)
from dialer.compliance.profile import Profile
from dialer.ids import CampaignId, ListId
from ivr.document import (
    Document,
    DocumentError,
    Misfit,
    Misfits,
    Problem,
    parse_document,
    read_document,
    validate,
)
from ivr.flow import Flow
from ivr.names import FlowName, Language, PromptName
from ivr.suggestion import closest

CAMPAIGNS_DIRECTORY = "campaigns"
"""Beside the configuration."""
NO_ALLOWANCE = Allowance(share=0.0, least=0)
"""Of a profile that names none: nobody may be abandoned, and after the first one nobody is dialled."""

SpokenText = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]
Spoken = Annotated[tuple[PromptName, ...], Field(max_length=10)] | SpokenText
"""Names of prompts, or one text that is spoken."""
Percent = Annotated[float, Field(ge=0, le=100)]


class ShareConfig(Section):
    """A list, and how much of the dialling it gets."""

    list: Id
    share: Annotated[int, Field(ge=1, le=1000)] = 1
    """Leads taken of it, in proportion to the other lists'."""
    quota: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """When so many of its people were won, nobody else of it is called."""


class LinesConfig(Section):
    """How lines are placed."""

    ring_s: Annotated[int, Field(ge=5, le=120)] = 20
    most: Annotated[int, Field(ge=1, le=10_000)] = 100
    """At once."""
    most_per_agent: Annotated[float, Field(ge=1, le=20)] = 3.0


class MachineConfig(Section):
    """Answering machine detection."""

    then: MachineThen = MachineThen.HANG_UP
    message: Spoken = ()
    """What it is left after its beep."""
    most_s: Annotated[float, Field(ge=1, le=10)] = 4
    """How long it may take to tell; who cannot be told is a person."""
    silence_s: Annotated[float, Field(ge=0.1, le=3)] = 0.8
    """The part of the two seconds that is over when it says *person*."""
    persons_taken_percent: Percent = 2
    """Of persons, how many it takes for machines, as measured on this line."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.then is MachineThen.LEAVE_MESSAGE) is not bool(self.message):
            told = "is for then: leave_message" if self.message else "needs the message that it is left"
            raise Misfits([Misfit(("message",), told)])
        return self

    @property
    def rules(self) -> MachineRules:
        """As the core knows them."""
        return MachineRules(
            then=self.then,
            message=_spoken(self.message),
            most=seconds(self.most_s),
            silence_after_greeting=seconds(self.silence_s),
            persons_taken_permille=round(self.persons_taken_percent * 10),
        )


class BlendConfig(Section):
    """Inbound first."""

    queues: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]
    """While any of these is worse than this, nothing new is dialled."""
    service_level_percent: Percent = 80
    visits: Annotated[int, Field(ge=1, le=500)] = 20
    """Over so many of its latest visits; fewer say nothing."""
    keep_ready: Annotated[int, Field(ge=0, le=1000)] = 0
    """So many ready agents are left to inbound."""

    @property
    def blend(self) -> Blend:
        """As the core knows it."""
        return Blend(
            queues=tuple(map(QueueId, self.queues)),
            service_level=self.service_level_percent / 100,
            visits=self.visits,
            keep_ready=self.keep_ready,
        )


class AlarmsConfig(Section):
    """When somebody should look."""

    budget_left_percent: Percent = 25
    """Of the allowance of abandoned calls."""
    answer_rate_below_percent: Percent = 0
    leads_left: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    agents_waiting_s: Annotated[int, Field(ge=10, le=86_400)] = 120
    """Agents were free and leads were due, and nobody was connected for so long."""

    @property
    def rules(self) -> AlarmRules:
        """As the core knows them."""
        return AlarmRules(
            budget_left=self.budget_left_percent / 100,
            answer_rate_below=self.answer_rate_below_percent / 100,
            leads_left=self.leads_left,
            agents_waiting=seconds(self.agents_waiting_s),
        )


class CampaignDocument(Section):
    """One campaign; a file's name is its name. Read a file with :func:`load_campaign`."""

    title: Annotated[Shown, StringConstraints(min_length=1)]
    language: Language | None = None
    """In which people are spoken to whose list names none; else in the flow's first, or English."""
    mode: Mode
    queue: Id | None = None
    """Whose agents talk; agentless campaigns have none."""
    flow: FlowName | None = None
    """Talks with who answers; without one he goes to the queue at once."""
    call_class: CallClass = CallClass.VIP
    """How urgent those are who answered: the law leaves them two seconds."""
    lists: Annotated[tuple[ShareConfig, ...], Field(max_length=100)] = ()
    """Without any, all of the campaign's, evenly."""
    priority: Annotated[int, Field(ge=1, le=100)] = 1
    """Its share of free agents beside other campaigns of the same agents."""
    lines: LinesConfig = LinesConfig()
    max_attempts: Annotated[int, Field(ge=1, le=1000)] = 6
    """Per lead, by all his numbers."""
    retry: Mapping[RetriedOutcome, RetryConfig] = {}
    """By outcome; one that is not named goes by the dialer's defaults."""
    machine: MachineConfig | None = None
    """Without it, whoever answers is a person."""
    dispositions: Annotated[Mapping[DispositionName, DispositionConfig], Field(max_length=50)] = {}
    """Without any, nobody is asked what came of it."""
    dispose_within_s: Annotated[int, Field(ge=10, le=86_400)] = 300
    """Then it is ``unknown``, and he is done."""
    script: Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = ""
    """For the agent's screen; Markdown, with ``{name}`` and the lead's data."""
    steps: Annotated[tuple[StepConfig, ...], Field(max_length=20)] = ()
    """Without any, one call."""
    blend: BlendConfig | None = None
    preview: PreviewConfig = PreviewConfig()
    promised: PromisedConfig = PromisedConfig()
    own_agent: OwnAgentConfig = OwnAgentConfig()
    auto_answer: Annotated[bool, Field(strict=True)] = True
    """Agents' phones answer by themselves."""
    message: Spoken = ()
    """What is heard by who answered when nobody was there in time: who has called."""
    pool: Id | None = None
    """Of caller ids; else the house's."""
    profile: Id | None = None
    """By which it is dialled; else the house's."""
    alarms: AlarmsConfig = AlarmsConfig()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if misfits := [*self._misfits()]:
            raise Misfits(misfits)
        return self

    def _misfits(self) -> Iterator[Misfit]:
        agentless = self.mode is Mode.AGENTLESS
        if agentless and self.queue is not None:
            yield Misfit(("queue",), "an agentless campaign has no agents: leave it out, or change the mode")
        if agentless and self.flow is None:
            yield Misfit(("flow",), "needs a flow: nobody else talks with who answers")
        if agentless and self.blend is not None:
            yield Misfit(("blend",), "is for campaigns with agents")
        if not agentless and self.queue is None:
            yield Misfit(("queue",), f"needs a queue, whose agents talk: mode is {self.mode}")
        if self.mode in (Mode.PREVIEW, Mode.MANUAL):
            for name in ("machine", "flow"):
                if getattr(self, name) is not None:
                    yield Misfit((name,), f"is not used when mode is {self.mode}: the agent is there first")
        if UNKNOWN_DISPOSITION in self.dispositions:
            yield Misfit(("dispositions", UNKNOWN_DISPOSITION), "is the engine's own word: nobody has said")
        if self.mode is Mode.MANUAL and self.steps:
            yield Misfit(("steps",), "an agent who dials by hand decides himself what is next")
        seen: set[str] = set()
        for at, one in enumerate(self.lists):
            if one.list in seen:
                yield Misfit(("lists", at, "list"), f"{one.list} is named twice")
            seen.add(one.list)

    def misfits_with(self, house: "House") -> Iterator[Misfit]:
        """What it names that the house does not have, and what it does not keep of its profile."""
        if self.queue is not None and self.queue not in house.queues:
            yield _unknown(("queue",), "queue", self.queue, house.queues)
        if self.flow is not None and self.flow not in house.flows:
            yield _unknown(("flow",), "flow", self.flow, house.flows)
        elif self.flow is not None:
            for said, place in dispositions_said(self.flow, house.flows).items():
                if said not in self.dispositions:
                    told = f"{place} says {said!r}, which is none of the dispositions"
                    yield Misfit(("flow",), told, closest(said, self.dispositions))
        if self.flow is not None and self.flow in house.flows and self.language is not None:
            spoken = house.flows[self.flow].languages
            if self.language not in spoken:
                told = f"the flow {self.flow} speaks {', '.join(spoken)}, and not {self.language}"
                yield Misfit(("language",), told, closest(self.language, spoken))
        for at, queue in enumerate(self.blend.queues if self.blend is not None else ()):
            if queue not in house.queues:
                yield _unknown(("blend", "queues", at), "queue", queue, house.queues)
        if self.pool is not None and self.pool not in house.pools:
            yield _unknown(("pool",), "pool of caller ids", self.pool, house.pools)
        if (name := self.profile or house.profile) is None:
            yield Misfit(("profile",), "needs a profile: outside.profile names none")
        elif name not in house.profiles:
            yield _unknown(("profile",), "profile", name, house.profiles)
        else:
            yield from self._misfits_with_profile(house.profiles[name])

    def _misfits_with_profile(self, profile: Profile) -> Iterator[Misfit]:
        connecting = profile.connecting
        if self.mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE, Mode.AGENTLESS):
            least = in_seconds(connecting.ring_at_least)
            if self.lines.ring_s < least:
                told = f"{profile.name} lets nobody be given up before {least:g} s of ringing"
                yield Misfit(("lines", "ring_s"), told)
        hears = self.message or self.flow  # a flow says it itself, where nobody takes him
        if self.mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE) and connecting.message and not hears:
            told = f"needs a message: by {profile.name}, who is abandoned hears who has called him"
            yield Misfit(("message",), told)

    def profile_in(self, house: "House") -> Profile:
        """The one it is dialled by; :meth:`misfits_with` has found nothing."""
        name = self.profile or house.profile
        assert name is not None, "misfits_with tells"
        return house.profiles[name]

    def rules(self, campaign_id: CampaignId, profile: Profile) -> CampaignRules:
        """As the core knows them."""
        connecting = profile.connecting
        return CampaignRules(
            campaign_id=campaign_id,
            title=self.title,
            language=self.language or "",
            mode=self.mode,
            queue_id=None if self.queue is None else QueueId(self.queue),
            flow=self.flow or "",
            call_class=self.call_class,
            lists=tuple(
                ListShare(list_id=ListId(one.list), share=one.share, quota=one.quota) for one in self.lists
            ),
            priority=self.priority,
            ring_for=seconds(self.lines.ring_s),
            most_lines=self.lines.most,
            most_lines_per_agent=self.lines.most_per_agent,
            max_attempts=self.max_attempts,
            retry=retry_rules(self.retry),
            machine=None if self.machine is None else self.machine.rules,
            dispositions=tuple(one.disposition(name) for name, one in self.dispositions.items()),
            dispose_within=seconds(self.dispose_within_s),
            script=self.script,
            steps=tuple(one.step for one in self.steps),
            blend=None if self.blend is None else self.blend.blend,
            preview_for=seconds(self.preview.most_s),
            skips=self.preview.skips,
            remind_before=seconds(self.promised.remind_min * 60),
            promised_late=seconds(self.promised.late_min * 60),
            own_late=seconds(self.own_agent.late_h * 3600),
            own_then=self.own_agent.then,
            auto_answer=self.auto_answer,
            pool=self.pool,
            profile=profile.name,
            allowances=connecting.allowances or (NO_ALLOWANCE,),
            connect_within=connecting.within,
            ring_at_least=connecting.ring_at_least,
            message=connecting.message,
            message_prompts=_spoken(self.message),
            opt_out_key=connecting.opt_out_key,
            alarms=self.alarms.rules,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a campaign may name."""

    queues: Collection[str]
    flows: Mapping[str, Flow]
    profiles: Mapping[str, Profile]
    profile: str | None
    """The house's own."""
    pools: Collection[str] = ()
    sends_texts: bool = False
    """Whether there is a gateway for texts."""


def load_campaign(beside: Path, name: str, house: House | None = None) -> CampaignDocument:
    """The campaign of this name, from the directory beside a configuration that lies in ``beside``.

    Raises:
        DocumentError: it cannot be read, or is wrong; every problem names its line.
    """
    return campaign_in(read_document(beside / CAMPAIGNS_DIRECTORY / f"{name}.yaml"), house)


def read_campaign(text: str, name: str, house: House | None = None) -> CampaignDocument:
    """The campaign that a text writes; ``name`` stands in for its file in messages.

    Raises:
        DocumentError: it is wrong; every problem names its line.
    """
    return campaign_in(parse_document(text.encode("utf-8", "replace"), name), house)


def campaign_in(document: Document, house: House | None) -> CampaignDocument:
    """The campaign that a parsed document writes, for a house if one is given.

    Raises:
        DocumentError: it is wrong; every problem names its line.
    """
    campaign = validate(document, CampaignDocument)
    problems = []
    for misfit in campaign.misfits_with(house) if house is not None else ():
        at = document.place(misfit.loc)
        problems.append(Problem(at.file, at.line, at.field, misfit.message, misfit.suggestion))
    if problems:
        raise DocumentError(sorted(problems, key=lambda problem: problem.line))
    return campaign


def campaign_names(beside: Path) -> list[str]:
    """The campaigns there are as files."""
    return sorted(file.stem for file in (beside / CAMPAIGNS_DIRECTORY).glob("*.yaml"))


def _unknown(loc: tuple[str | int, ...], what: str, name: str, known: Collection[str]) -> Misfit:
    return Misfit(loc, f"there is no {what} {name!r}", closest(name, known))


def _spoken(written: tuple[str, ...] | str) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written
