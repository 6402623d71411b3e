"""Calls that begin with an agent, on a real Asterisk: he looks at a lead first, or dials by hand."""

from pathlib import Path
from typing import Any

import pytest

from demo.phone import Answers, Rejects, RingsForever
from demo.tone import onset
from tests.asterisk.called_people import Does, Somebody
from tests.asterisk.campaign_house import AGENT_HZ, QUEUE, CampaignHouse
from tests.asterisk.real_house import SOON_S

pytestmark = pytest.mark.asterisk

ANN, BOB, CLEO = "+33612345701", "+33612345702", "+33612345703"
ANA, BEN = "agent-1", "agent-2"
LOOKING = {"title": "Looking", "mode": "preview", "queue": QUEUE, "message": "This was the Sample Company."}
BY_HAND = {**LOOKING, "title": "By hand", "mode": "manual"}


def number_of(lead_id: str) -> str:
    """The house names its leads by their numbers, after their list."""
    return "+" + lead_id.partition(":")[2]


class LookingHouse(CampaignHouse):
    """Its agents choose."""

    async def says(self, agent: str, what: str, **body: Any) -> None:
        """An agent's own word, which is not refused."""
        answer = await self.http.post(f"/agents/{agent}/{what}", json=body)
        assert answer.status_code == 204, f"{what}: {answer.status_code} {answer.text}"

    async def before(self, agent: str) -> str:
        """The lead he has before him."""
        lead = await self.get(f"/agents/{agent}/lead")
        return str(lead["lead_id"])


async def test_agents_say_whom_they_call(tmp_path: Path) -> None:
    async with LookingHouse(tmp_path / "house") as house:
        house.writes("looking", LOOKING)
        await house.opens()
        await house.on_duty(ANA)
        await house.ready(BEN, RingsForever())
        await house.until(lambda seen: True, "/campaigns")
        people = [Somebody(number=number, does=Does.ANSWERS) for number in (ANN, BOB)]
        await house.makes("looking", LOOKING, people)
        await house.makes("by-hand", BY_HAND, [])
        await house.starts("looking")
        await house.starts("by-hand")
        ann, bob = house.customer(ANN, Answers(after_s=0.2)), house.customer(BOB, Answers(after_s=0.2))
        cleo = house.customer(CLEO, Rejects())

        # Ana looks at one of them and does not want him; then at the other, and calls her.
        await house.says(ANA, "lead/take", campaign="looking")
        skipped = await house.before(ANA)
        await house.says(ANA, "lead/skip", because="not today")
        await house.says(ANA, "lead/take", campaign="looking")
        called = await house.before(ANA)
        assert {number_of(skipped), number_of(called)} == {ANN, BOB}
        await house.says(ANA, "lead/accept")
        phone, other = (ann, bob) if number_of(called) == ANN else (bob, ann)
        call = await phone.next_ring(SOON_S)
        await call.answered(SOON_S)
        await house.until(lambda a: a["state"] == "talking", f"/agents/{ANA}")
        await call.listen(1, SOON_S)
        assert onset(call.recorded(), AGENT_HZ[ANA]) is not None
        await phone.hang_up()
        page = await house.until(
            lambda page: any(lead["state"] == "done" for lead in page["leads"]), "/leads?campaign=looking"
        )
        states = {lead["lead_id"]: lead for lead in page["leads"]}
        assert (states[called]["last_outcome"], states[called]["because"]) == ("connected", "reached")
        assert states[skipped]["state"] == "resting"

        # Ben does not answer his own phone: nobody is dialled for him.
        await house.says(BEN, "lead/take", campaign="looking", lead_id=skipped)
        await house.says(BEN, "lead/accept")
        await house.until(lambda a: a["state"] == "not_ready", f"/agents/{BEN}")
        await house.until(
            lambda page: any(
                (lead["state"], lead["attempts"]) == ("resting", 0)
                for lead in page["leads"]
                if lead["lead_id"] == skipped
            ),
            "/leads?campaign=looking",
        )
        assert other.call is None

        # Ana dials a number by hand; it is declined.
        await house.until(lambda a: a["state"] == "ready", f"/agents/{ANA}")
        await house.says(ANA, "dial", campaign="by-hand", number=CLEO)
        await cleo.next_ring(SOON_S)
        await house.until(lambda a: a["state"] == "ready", f"/agents/{ANA}")
