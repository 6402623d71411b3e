"""The floor as a dialer may know it: agents by what they do and since when, and the lines that ring."""

from collections.abc import Callable

from acd.agent import AgentState
from acd.ids import AgentId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, Span
from dialer.view import Ringing, View


class Floor:
    """Kept up to date by the world."""

    def __init__(self) -> None:
        self.idle: set[AgentId] = set()
        """Ready agents. Counted, never walked through."""
        self.talking: dict[AgentId, Instant] = {}
        self.wrapping_up: dict[AgentId, Instant] = {}
        self.waiting = 0
        """Live answers for whom nobody is there yet."""
        self.most = 0
        """Leads that are left to dial."""
        self.lines = 0
        """That ring."""
        self._rings: dict[int, int] = {}
        """By the second in which they were placed: how many still ring."""

    @property
    def at_work(self) -> int:
        """Agents who take calls, or are busy with one."""
        return len(self.idle) + len(self.talking) + len(self.wrapping_up)

    def agent_moved(self, agent_id: AgentId, now: AgentState, at: Instant) -> None:
        """An agent does something else."""
        self.idle.discard(agent_id)
        self.talking.pop(agent_id, None)
        self.wrapping_up.pop(agent_id, None)
        if now is AgentState.READY:
            self.idle.add(agent_id)
        elif now is AgentState.TALKING:
            self.talking[agent_id] = at
        elif now is AgentState.WRAPPING_UP:
            self.wrapping_up[agent_id] = at

    def placed(self, at: Instant) -> None:
        """A line rings from now on."""
        second = at // MICROSECONDS_PER_SECOND
        self._rings[second] = self._rings.get(second, 0) + 1
        self.lines += 1
        self.most -= 1

    def rang(self, since: Instant) -> None:
        """A line that was placed then rings no more."""
        second = since // MICROSECONDS_PER_SECOND
        left = self._rings[second] - 1
        if left:
            self._rings[second] = left
        else:
            del self._rings[second]
        self.lines -= 1

    def view(self, rate: float, at: Instant, then: Callable[[Instant], float] | None = None) -> View:
        """As pacing sees it, if everybody who is dialled answers with this chance; who was dialled at another
        moment perhaps with the one there was ``then``."""
        half = MICROSECONDS_PER_SECOND // 2
        return View(
            idle=len(self.idle),
            waiting=self.waiting,
            talking=[Span(at - since) for since in self.talking.values()],
            wrapping_up=[Span(at - since) for since in self.wrapping_up.values()],
            ringing=[
                Ringing(
                    age=Span(max(0, at - second * MICROSECONDS_PER_SECOND - half)),
                    rate=rate if then is None else then(Instant(second * MICROSECONDS_PER_SECOND + half)),
                    lines=lines,
                )
                for second, lines in self._rings.items()
            ],
            rate=rate,
            most=self.most,
        )
