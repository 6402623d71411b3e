"""The least that can be done about waiting callers: AMI Hangup of an agent -> Redirect of the next caller.

No journal, no skills, no offers, no recovery: the floor below which no engine on this control model can come.
A process of its own, as the engine is one. Run: python -m bench.common.raw_floor CONFIG VAR AGENT...
"""

import sys
from collections import deque
from pathlib import Path

import uvloop

from cti.ami import AmiLink
from cti.clock import Clock
from cti.config import load_config
from cti.credentials import load_or_create
from cti.pbx import AMI_USER

MOST_WAITING = 1000


class RawFloor:
    """Agents who are free, channels that wait, first come first served."""

    def __init__(self, agents: list[str]) -> None:
        self.free = deque(agents)
        self.waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self.link: AmiLink

    def on_event(self, event: dict[str, str]) -> None:
        """A caller waits, or a channel has ended: an agent's, or that of a caller who still waited."""
        if event["Event"] == "UserEvent":
            if event.get("UserEvent") == "BenchWait":
                self.waiting.append(event["Uid"])
        else:
            agent = event["Channel"].removeprefix("PJSIP/").rpartition("-")[0]
            if agent.startswith("bench-"):
                self.free.append(agent)
            elif event["Uniqueid"] in self.waiting:
                self.waiting.remove(event["Uniqueid"])
        while self.free and self.waiting:
            agent, caller = self.free.popleft(), self.waiting.popleft()
            redirect = [
                ("Channel", caller),
                ("Context", "bench-connect"),
                ("Exten", agent),
                ("Priority", "1"),
            ]
            self.link.act_pipelined([("Redirect", redirect)])


async def main(config_path: Path, var: Path, agents: list[str]) -> None:
    """Route until the process is ended."""
    config = load_config(config_path)
    floor = RawFloor(agents)

    async def on_up() -> None:
        print("up", flush=True)

    floor.link = AmiLink(
        host=config.asterisk.host,
        port=config.asterisk.ami_port,
        username=AMI_USER,
        secret=load_or_create(var / "secrets.json", [agent.id for agent in config.agents]).ami_secret,
        wanted_events=frozenset({"UserEvent", "Hangup"}),
        on_event=floor.on_event,
        on_up=on_up,
        on_down=lambda reason: print(reason, file=sys.stderr, flush=True),
        clock=Clock().now,
    )
    await floor.link.run()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
