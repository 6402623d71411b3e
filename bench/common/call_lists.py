"""Queueing without an engine: the same callers under other people's rules, for comparison.

Agents have queues with penalties as Asterisk's app_queue has members. No retries, no delays: whatever polling
costs app_queue is not held against it here.
"""

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush

from cti.simulator.caller import Caller

Waits = list[tuple[int, int]]
"""When a caller came, and how long he waited, in µs."""


def penalties(callers: Iterable[Caller], members: Sequence[Mapping[str, int]], seed: int) -> Waits:
    """What app_queue makes of them: ``members[agent]`` gives each of his queues a penalty.

    A caller gets, of the idle members with the least penalty, the one idle longest. An agent who becomes free
    is rung by whichever of his queues asks first: queues do not know of each other, so that is chance, and
    penalties play no part in it. Callers wait for ever.
    """
    chance = random.Random(seed)
    serving: dict[str, list[tuple[int, int]]] = {}
    for agent, queues in enumerate(members):
        for queue, penalty in queues.items():
            serving.setdefault(queue, []).append((penalty, agent))
    idle_since: dict[int, int] = dict.fromkeys(range(len(members)), 0)
    lines: dict[str, deque[Caller]] = {queue: deque() for queue in serving}
    busy: list[tuple[int, int]] = []
    waits: Waits = []

    def free_until(at: int) -> None:
        while busy and busy[0][0] <= at:
            now, agent = heappop(busy)
            asking = [queue for queue in members[agent] if lines[queue]]
            if asking:
                served = lines[asking[int(chance.random() * len(asking))]].popleft()
                waits.append((served.at, now - served.at))
                heappush(busy, (now + served.handling, agent))
            else:
                idle_since[agent] = now

    for caller in callers:
        free_until(caller.at)
        ready = [
            (penalty, idle_since[agent], agent)
            for penalty, agent in serving[caller.queue_id]
            if agent in idle_since and idle_since[agent] >= 0
        ]
        if ready:
            agent = min(ready)[2]
            idle_since[agent] = -1
            waits.append((caller.at, 0))
            heappush(busy, (caller.at + caller.handling, agent))
        else:
            lines[caller.queue_id].append(caller)
    free_until(1 << 62)
    return waits
