"""Who is calling: the directory asked with a time limit, its answers kept for a while.

A caller never waits for longer than the limit. An answer that comes later is told to the floor when it comes.
When the directory fails again and again, it is left alone for a while and callers are simply not recognised.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TypedDict

from acd.call import UNKNOWN_CALLER
from acd.call_events import CallConnected, CallStarted
from acd.call_signals import CustomerFound
from acd.customer import Customer
from acd.ids import AgentId, CallId, CustomerId
from cti.customers import CustomerDirectory, DirectoryUnavailable
from cti.envelope import Envelope

log = logging.getLogger(__name__)

LIMIT_S = 0.3
"""How long a caller may be kept waiting for the answer who he is."""
GIVE_UP_S = 10.0
"""How long an answer is awaited at all."""
KEPT_S = 60.0
"""How long an answer is good for, also the answer that nobody is known."""
MOST_KEPT = 10_000
MOST_AT_ONCE = 100
"""Numbers being asked for at the same time; callers beyond are not recognised."""
FEW = 20
"""Of those met after a restart, so many are asked for at the same time."""
AGAIN_AFTER_S = (1.0, 5.0, 15.0)
"""When they are asked for again; there is no more hurry."""
FAILURES = 5
"""So many failures in a row and the directory is left alone ..."""
LEFT_ALONE_S = 10.0
"""... for so long; then a single caller tries it again."""

Post = Callable[[CustomerFound], object]


class CustomersHealth(TypedDict):
    """Numbers being looked up now; ``reason`` says why customers are not recognised, None while they are."""

    asking: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    customer: Customer | None
    until: float


class Recognition:
    """Asks a directory on behalf of the floor. Listen to the runtime with :meth:`on_step`."""

    def __init__(
        self,
        directory: CustomerDirectory,
        post: Post,
        *,
        limit_s: float = LIMIT_S,
        kept_s: float = KEPT_S,
        stranger: Callable[[str], bool] = lambda number: False,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """``post`` takes late answers to the floor. ``stranger`` says at once, where that can be said, that
        certainly nobody has a number: a caller need not wait for the directory to say so, too.
        """
        self._directory, self._post, self._now = directory, post, now
        self._limit_s, self._kept_s, self._stranger = limit_s, kept_s, stranger
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._last_agents: OrderedDict[CustomerId, AgentId] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Customer | None]] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._left_alone_until = float("-inf")
        self._reason: str | None = None
        self._changes = 0
        self._few = asyncio.Semaphore(FEW)

    @property
    def health(self) -> CustomersHealth:
        """How it goes, now."""
        left_alone = self._now() < self._left_alone_until  # afterwards nobody knows until somebody calls
        return {"asking": len(self._asking), "reason": self._reason if left_alone else None}

    async def customer_of(self, call_id: CallId, number: str) -> Customer | None:
        """Who calls from this number, within the limit; None when that is not known. A later answer is posted
        for the call. Nothing but cancellation is raised."""
        asked = self._ask(number)
        if isinstance(asked, asyncio.Task):
            await asyncio.wait({asked}, timeout=self._limit_s)
            if not asked.done():
                self._later(self._tell(call_id, asked))
                return None
            asked = asked.result()
        return None if asked is None else self._today(asked)

    def on_step(self, step: Sequence[Envelope]) -> None:
        """Recognise callers met after a restart, and remember who talks with whom."""
        for envelope in step:
            message = envelope.message
            if isinstance(message, CallStarted) and message.found:
                self._later(self._recognise(message.call_id, message.caller))
            elif isinstance(message, CallConnected) and message.customer_id is not None:
                self._last_agents[message.customer_id] = message.agent_id
                self._last_agents.move_to_end(message.customer_id)
                if len(self._last_agents) > MOST_KEPT:
                    self._last_agents.popitem(last=False)

    def forget(self) -> None:
        """What was kept is no longer true: customers were changed."""
        self._known.clear()
        self._changes += 1

    async def close(self) -> None:
        """Stop asking."""
        tasks = [*self._asking.values(), *self._late]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._directory.close()

    def _today(self, customer: Customer) -> Customer:
        """With who talked with him last, which may have changed since the directory was asked."""
        last_agent = self._last_agents.get(customer.customer_id)
        return customer if last_agent is None else replace(customer, last_agent=last_agent)

    def _ask(self, number: str) -> asyncio.Task[Customer | None] | Customer | None:
        """The answer, when it is known or nobody can be asked, else the task that is asking."""
        known = self._known.get(number)
        if known is not None and self._now() < known.until:
            return known.customer
        if number in ("", UNKNOWN_CALLER):
            return None
        if number in self._asking:
            return self._asking[number]
        if self._stranger(number):
            self._keep(number, None)
            return None
        tries = 1 if self._failures >= FAILURES else MOST_AT_ONCE
        if len(self._asking) >= tries or self._now() < self._left_alone_until:
            return None
        self._asking[number] = asyncio.get_running_loop().create_task(
            self._look_up(number), name=f"who is {number}"
        )
        return self._asking[number]

    async def _look_up(self, number: str) -> Customer | None:
        changes = self._changes
        try:
            async with asyncio.timeout(GIVE_UP_S):
                customer = await self._directory.find(number)
        except TimeoutError:
            self._failed(f"no answer within {GIVE_UP_S:g} s")
            return None
        except DirectoryUnavailable as error:
            self._failed(str(error))
            return None
        except Exception as bug:  # no fault of a directory, known or not, is the caller's
            log.exception("the customers' directory broke")
            self._failed(type(bug).__name__)
            return None
        finally:
            del self._asking[number]
        if self._reason is not None:
            log.info("customers are recognised again")
        self._failures, self._reason = 0, None
        if changes == self._changes:
            self._keep(number, customer)
        return customer

    def _keep(self, number: str, customer: Customer | None) -> None:
        self._known[number] = _Known(customer, self._now() + self._kept_s)
        self._known.move_to_end(number)
        if len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)

    def _failed(self, reason: str) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._left_alone_until = self._now() + LEFT_ALONE_S
            if self._reason is None:
                log.warning("customers are not recognised: %s", reason)
            self._reason = reason

    def _later(self, telling: Coroutine[None, None, None]) -> None:
        if len(self._late) >= MOST_KEPT:
            telling.close()
            return
        task = asyncio.get_running_loop().create_task(telling, name="recognised late")
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _recognise(self, call_id: CallId, number: str) -> None:
        """After a restart there may be many at once and no directory yet: a few are asked for at a time, and
        again when there was no answer."""
        for pause_s in (0.0, *AGAIN_AFTER_S):
            await asyncio.sleep(pause_s)
            async with self._few:
                asked = self._ask(number)
                customer = await asyncio.shield(asked) if isinstance(asked, asyncio.Task) else asked
            if customer is not None:
                self._post(CustomerFound(call_id=call_id, customer=self._today(customer)))
            if customer is not None or number in self._known:
                return

    async def _tell(self, call_id: CallId, asked: asyncio.Task[Customer | None]) -> None:
        await asyncio.wait({asked})  # not awaited itself: another caller may be waiting for it too
        if not asked.cancelled() and (customer := asked.result()) is not None:
            self._post(CustomerFound(call_id=call_id, customer=self._today(customer)))
