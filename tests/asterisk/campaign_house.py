"""A real house that dials: eight agents, a profile with short times, and people on the outside."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from demo.phone import Answers, Phone
from tests.asterisk.called_people import People, Somebody
from tests.asterisk.real_house import LOOK_EVERY_S, SOON_S, RealHouse

AGENTS = tuple(f"agent-{n}" for n in range(1, 9))
AGENT_HZ = {agent: 600 + 75 * n for n, agent in enumerate(AGENTS)}
"""What each speaks with; none is a multiple of another, or of who is called."""
QUEUE = "outbound"
SKILLS = (QUEUE, "sales", "support", "billing")
PROFILE: Mapping[str, Any] = {
    "title": "For tests: the shape of the law, with short times",
    "countries": ["FR"],
    "hours": {"week": {"mon-sun": ["00:00-24:00"]}},
    "national": None,
    "attempts": [{"per": "number", "most": 3, "within_h": 24}],
    "gap_min": 0.05,
    "lockout": {"hours": 72},
    "shows_caller_id": True,
    "connecting": {
        "allowances": [{"percent": 3, "within_h": 720}],
        "within_s": 2,
        "ring_at_least_s": 0,
        "message": True,
        "opt_out_key": "9",
    },
}


class CampaignHouse(RealHouse):
    """Its agents' phones answer at once, as phones do that are told to."""

    voices = AGENT_HZ

    def __init__(self, directory: Path, changes: Mapping[str, Any] | None = None) -> None:
        rules = {
            "agents": {agent: {"skills": dict.fromkeys(SKILLS, 5)} for agent in AGENTS},
            "queues": [
                {"id": skill, "requires": {skill: 5}, "ring_timeout_s": 3, "wrap_up_s": 1} for skill in SKILLS
            ],
        }
        people = [{"id": agent, "name": agent} for agent in AGENTS]
        super().__init__(directory, {"agents": people, "rules": rules, **(changes or {})})
        self.asterisk.changes["outside"] = {
            "trunk": "carrier",
            "host": "127.0.0.2",
            "port": self.carrier_port,
            "allow": ["+33"],
            "caller_id": "+33100000000",
            "profile": "short",
            "most_lines": 60,
        }
        self.asterisk.changes["customers"] = {"region": "FR"}
        self.people: People

    def writes(self, campaign: str, document: Mapping[str, Any]) -> None:
        """An operator writes a campaign down, beside the profile; before :meth:`opens`."""
        for directory, name, what in ("dialing", "short", PROFILE), ("campaigns", campaign, document):
            there = self.asterisk.var / directory
            there.mkdir(exist_ok=True)
            (there / f"{name}.yaml").write_text(yaml.safe_dump(what, sort_keys=False))

    def outside_live(self, crowd: Sequence[Somebody], seed: int) -> People:
        """These people, each by his telephone."""
        pbx = self.asterisk.config.asterisk
        self.people = People(crowd, self._outside, (pbx.sip_host, pbx.sip_port), seed=seed)
        return self.people

    async def on_duty(self, *agents: str, talk_s: float | None = None) -> list[Phone]:
        """These agents are ready; whoever talks with them hears it by a tone of their own. They hang up after
        ``talk_s`` seconds, or never."""
        return [await self.ready(agent, Answers(talk_s=talk_s)) for agent in agents]

    async def makes(self, campaign: str, document: Mapping[str, Any], crowd: Sequence[Somebody]) -> None:
        """A campaign with one list of these people."""
        written = yaml.safe_dump(dict(document), sort_keys=False)
        await self._asks("POST", "/campaigns", {"campaign_id": campaign, "document": written})
        await self._asks("PUT", f"/lead-lists/{campaign}-a", {"campaign": campaign})
        for start in range(0, len(crowd), 500):
            leads = [
                {"id": one.number.lstrip("+"), "numbers": [{"number": one.number}], "name": one.does}
                for one in crowd[start : start + 500]
            ]
            taken = await self._asks("POST", "/leads", {"list": f"{campaign}-a", "leads": leads})
            assert taken["rejected"] == [], taken["rejected"]

    async def starts(self, campaign: str) -> None:
        """An operator starts it."""
        await self._asks("POST", f"/campaigns/{campaign}/start", {"by": "zoe"})

    async def finished(self, campaign: str, within_s: float) -> None:
        """Every lead is done, and the history says so, too."""
        async with asyncio.timeout(within_s):
            while (await self._now(f"/campaigns/{campaign}") or {}).get("state") != "finished":
                await asyncio.sleep(LOOK_EVERY_S * 10)
            while any(lead["state"] != "done" for lead in (await self.leads(campaign)).values()):
                await asyncio.sleep(LOOK_EVERY_S * 10)  # the history follows a moment later

    async def leads(self, campaign: str) -> dict[str, dict[str, Any]]:
        """Everybody, by number, as the history has him."""
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            page = await self.get(f"/leads?campaign={campaign}&limit=200{after}")
            found |= {lead["numbers"][0]["number"]: lead for lead in page["leads"]}
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    async def _asks(self, method: str, path: str, what: Mapping[str, Any]) -> Any:
        async with asyncio.timeout(SOON_S):  # after a start it says for a moment that it is still reading
            while (answer := await self.http.request(method, path, json=what)).status_code == 503:
                await asyncio.sleep(LOOK_EVERY_S)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def is_listed(self, number: str) -> None:
        """Somebody asked not to be called."""
        await self._asks(
            "POST", "/dnc", {"number": number, "list": "internal", "by": "zoe", "reason": "asked"}
        )
