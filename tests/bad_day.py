"""A bad day: callers, moody agents, and a link that loses, doubles and delays news. Seeded, so repeatable."""

from collections.abc import Callable

from acd.call import CallClass
from acd.commands import SetAgentNotReady, SetAgentReady
from acd.ids import AgentId
from acd.instant import Span, after, seconds
from acd.reasons import NotReadyReason
from cti.simulated_call import SimCall
from cti.simulated_faults import NO_FAULTS, Faults
from cti.simulation import World
from tests.sim_floor import rules_of

RULES = rules_of(
    {
        "ana": {"sales": 8, "support": 3},
        "ben": {"support": 8},
        "cleo": {"sales": 5},
        "dan": {"support": 2, "billing": 9},
        "eva": {"billing": 4, "sales": 2},
    },
    {"sales": {"sales": 2}, "support": {"support": 2}, "billing": {"billing": 3}},
    wrap_up=seconds(5),
    vips=("+337",),
)
BAD_LINK = Faults(lost=0.05, doubled=0.1, late=0.1, unconfirmed=0.05, barred=0.1)


class BadDay:
    """Callers, moody agents, phones that come and go, link failures, and audits every half minute."""

    def __init__(
        self, seed: int, faults: Faults = BAD_LINK, *, callers: int = 150, minutes: int = 20
    ) -> None:
        self.world = World(RULES, seed)
        self.world.mend_link()
        self.world.faults = faults
        self.rng = self.world.rng
        self.over = False
        for agent_id in RULES.agents:
            self.a_mood_strikes(agent_id)
        for number in range(callers):
            self.later(self.rng.uniform(0, 60 * minutes), lambda n=number: self.somebody_calls(f"+33{n}"))
        self.later(30, self.somebody_audits)
        self.later(self.rng.expovariate(1 / 300), self.the_link_breaks)
        self.ends_at = after(self.world.now, seconds(60 * minutes))

    def later(self, secs: float, what: Callable[[], None]) -> None:
        self.world.plan(seconds(secs), lambda: None if self.over else what())

    def a_mood_strikes(self, agent_id: AgentId) -> None:
        phone, mood = self.world.phones[agent_id], self.rng.random()
        phone.rejects = mood < 0.1
        phone.answers_after = None if 0.1 <= mood < 0.2 else lambda: seconds(self.rng.uniform(0, 16))
        phone.talks = lambda: seconds(self.rng.uniform(0, 90))
        self.world.registers(agent_id, registered=self.rng.random() < 0.9)
        if self.rng.random() < 0.15:
            self.world.tell(SetAgentNotReady(agent_id=agent_id, reason=NotReadyReason("break")))
        else:
            self.world.tell(SetAgentReady(agent_id=agent_id))
        self.later(self.rng.expovariate(1 / 30), lambda: self.a_mood_strikes(agent_id))

    def somebody_calls(self, number: str) -> None:
        call = self.world.arrives(number)
        self.later(self.rng.uniform(0, 5), lambda: self.he_chooses(call))
        self.world.plan(seconds(self.rng.expovariate(1 / 120)), lambda: self.world.hangs_up(call))

    def he_chooses(self, call: SimCall) -> None:
        if call.call_id in self.world.calls:
            vip = CallClass.VIP if self.rng.random() < 0.2 else None
            talks = seconds(self.rng.uniform(1, 60)) if self.rng.random() < 0.5 else None
            self.world.enters(call, self.rng.choice(list(RULES.queues)), vip, talks)

    def somebody_audits(self) -> None:
        self.world.audit()
        self.later(30, self.somebody_audits)

    def the_link_breaks(self) -> None:
        self.world.cut_link()
        self.later(self.rng.uniform(0, 20), self.world.mend_link)
        self.later(self.rng.expovariate(1 / 300), self.the_link_breaks)

    def lived(self) -> "BadDay":
        """Live until the bad link's last minute; callers are everywhere then."""
        self.world.run(self.ends_at)
        return self

    def the_worst_is_over(self) -> None:
        """The link is good again, phones are there and are answered; one audit after the last late news."""
        self.over = True
        self.world.mend_link()
        self.world.faults = NO_FAULTS
        for agent_id, phone in self.world.phones.items():
            phone.rejects, phone.answers_after = False, lambda: seconds(1)
            self.world.registers(agent_id)
        self.wait(BAD_LINK.most_late + seconds(1))
        self.world.audit()
        for _ in range(2):  # whose phone was still ringing for nobody is ready after the second time
            for agent_id in RULES.agents:
                self.world.tell(SetAgentReady(agent_id=agent_id))
            self.wait(seconds(60))

    def wait(self, span: Span) -> None:
        self.world.run(after(self.world.now, span))
