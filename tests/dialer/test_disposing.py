"""What came of an attempt, said once for each."""

from acd.instant import seconds
from dialer.attempt import Party
from dialer.campaign import Disposition
from dialer.commands import DisposeLead
from dialer.events import LeadDisposed
from dialer.lead import LeadState
from tests.dialer.house import HOUR, House, agentless, lead

RULES = agentless(
    dispositions=(
        Disposition(name="away", retry_after=HOUR),
        Disposition(name="confirmed", success=True),
    )
)


def says(house: House, name: str, disposition: str) -> DisposeLead:
    return DisposeLead(attempt_id=house.line(name), disposition=disposition, by="flow reminder")


def test_what_came_of_an_earlier_attempt_does_not_keep_the_next_one_from_being_said() -> None:
    house = House(RULES)
    house.add(lead("ann"))
    house.start()
    house.answers("ann", Party.PERSON)
    first = says(house, "ann", "away")
    house.says(first)
    assert "it was away" in house.refusal(says(house, "ann", "confirmed"))  # once for each
    house.hangs_up("ann")
    assert house.stands("ann") is LeadState.RESTING

    house.wait(HOUR + seconds(1))
    house.answers("ann", Party.PERSON)
    assert house.refusal(first)  # of the earlier attempt nothing more is said
    house.says(says(house, "ann", "confirmed"))
    house.hangs_up("ann")
    assert house.stands("ann") is LeadState.DONE
    said = [one.disposition for one in house.told if isinstance(one, LeadDisposed)]
    assert said == ["away", "confirmed"]
