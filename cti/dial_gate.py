"""The gate's shell: finds out the facts, asks :func:`dialer.compliance.gate.may_dial`, notes what it allows.

Lists and earlier attempts are read, and the attempt is noted, in one transaction before a telephone rings:
what is added to a list counts from the next question on, and no restart forgets who was dialled. Without the
database nobody is dialled. That somebody answered and found nobody is written behind, when the writer comes
to it: until then the gate remembers.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from acd.call import CallState
from acd.callback import CallbackState
from acd.callback_events import CallbackStateChanged
from acd.ids import CallId
from acd.instant import Instant, Span
from acd.orders import DialCustomer, RingAgentForCallback
from acd.tables import Tables
from acd.transfer import TransferWay
from cti import dial_attempts
from cti.config import Config
from cti.dnc_store import Standing, standing_of, standings_of
from cti.envelope import Envelope
from cti.store import Store, StoreUnavailable
from cti.whereabouts import whereabouts
from dialer.attempt import AttemptOutcome
from dialer.compliance.attempts import Attempt
from dialer.compliance.caller_ids import CallerId, CallerIdPool
from dialer.compliance.facts import DialFacts, DialRules
from dialer.compliance.found_nobody import FoundNobody
from dialer.compliance.gate import may_dial
from dialer.compliance.lines import WINDOW, LineLimits
from dialer.compliance.profile import Profile
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Verdict
from dialer.events import AttemptEnded

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 2.0
"""How long the database may take; an agent's offer lasts longer."""
OWN_POOL = "outside.caller_id"
MOST_STARTS = 10_000
MOST_DIALLED = 10_000
"""Calls whose number is kept, should they be answered by nobody of ours; then the oldest go. More are never
under way."""

_OUTSIDE = frozenset({CallbackState.DIALLING, CallbackState.CONNECTED})


def dial_rules(
    config: Config, profile: Profile | None, profiles: Mapping[str, Profile] | None = None
) -> DialRules:
    """What the house dials by: its own profile, and those that campaigns may name."""
    outside = config.outside
    own = () if outside.caller_id is None else (CallerId(number=outside.caller_id, permission=OWN_POOL),)
    return DialRules(
        outside=outside.rules(config.customers.region),
        profile=profile,
        lines=LineLimits(most=outside.most_lines, most_a_second=outside.most_calls_a_second),
        pools={OWN_POOL: CallerIdPool(name=OWN_POOL, numbers=own), **outside.caller_id_pools},
        own_pool=OWN_POOL,
        profiles=dict(profiles or {}),
    )


def request_of(order: RingAgentForCallback | DialCustomer) -> DialRequest:
    """What an order about a callback asks of the gate. When an agent's phone is rung for it, the customer's
    is dialled only later: it must be allowed until then.
    """
    return DialRequest(
        attempt_id=order.offer_id,
        number=order.number,
        purpose=Purpose.CALLBACK,
        ring_for=order.dial_timeout if isinstance(order, DialCustomer) else order.ring_timeout,
        asked_at=order.asked_at,
        agent_guaranteed=True,
    )


def lines_in_use(tables: Tables, but: Collection[CallId] = ()) -> int:
    """Lines to the outside: callbacks being dialled or with their customer, callers put through. ``but``:
    callbacks that ask for one have none yet.
    """
    callbacks = sum(1 for one in tables.callbacks if one.state in _OUTSIDE and one.call_id not in but)
    transfers = (call.transfer for call in tables.calls.values() if call.state is CallState.TRANSFERRED)
    return callbacks + sum(1 for one in transfers if one is not None and one.way is TransferWay.OUTSIDE)


class DialGate:
    """One for the house: every way of dialling asks it."""

    def __init__(
        self,
        *,
        store: Store,
        rules: DialRules,
        region: str | None,
        now: Callable[[], Instant],
    ) -> None:
        """``region``: where numbers without a country code are at home."""
        self._store, self.rules, self._region, self._now = store, rules, region, now
        self._starts: deque[Instant] = deque(maxlen=MOST_STARTS)
        self._one_by_one = asyncio.Lock()
        self._on_their_way = 0
        """Lines that were taken at once, and that nobody else counts yet."""
        self._let_out = 0
        """The same of who is let out, while it is being noted."""
        self._found_nobody = FoundNobody()
        self._dialled: dict[str, str] = {}
        """Which number was dialled for which call, the latest last."""

    def on_step(self, step: Sequence[Envelope]) -> None:
        """A runtime's listener: who is left alone is left alone from now on, written down or not."""
        for envelope in step:
            match envelope.message:
                case CallbackStateChanged(was=CallbackState.CONNECTED, now=CallbackState.FAILED, call_id=one):
                    number = self._dialled.get(one)
                    if number is not None:
                        self._found_nobody.note(number, envelope.at)
                case AttemptEnded(outcome=AttemptOutcome.ABANDONED, number=dialled):
                    number = whereabouts(dialled, self._region).number
                    self._found_nobody.note(number, envelope.at)
                case _:
                    pass

    async def look(self, request: DialRequest, lines: int) -> Verdict:
        """What it would say; nothing is noted. ``lines``: those in use."""
        return await self._asked(request, lambda: lines, note=False, call_id=None)

    async def look_at_all(self, requests: Sequence[DialRequest]) -> list[Verdict]:
        """What it would say of each, were lines free; nothing is noted. For some dozens at a time: the floor
        waits meanwhile.

        Raises:
            StoreUnavailable: nobody can say.
        """
        now = self._now()
        numbers = [whereabouts(request.number, self._region).number for request in requests]
        profiles = [self.rules.profile_of(request) for request in requests]
        remembers = max((one.remembers for one in profiles if one is not None), default=Span(0))
        leads = {request.lead_id for request in requests if request.lead_id is not None}
        async with self._store.transaction() as connection:
            earlier = await dial_attempts.attempts_to_any(
                connection, sorted(set(numbers)), sorted(leads), Instant(now - remembers)
            )
            standings = await standings_of(connection, sorted(set(numbers)))
        verdicts = []
        for request, number, profile in zip(requests, numbers, profiles, strict=True):
            since = now - (profile.remembers if profile is not None else Span(0))
            attempts = tuple(
                one
                for one in earlier
                if one.at > since
                and (one.number == number or (request.lead_id is not None and one.lead_id == request.lead_id))
            )
            facts = replace(self._facts(request, 0, standings[number], attempts), starts=())
            verdicts.append(may_dial(request, self.rules, facts, now))
        return verdicts

    async def ask(
        self, request: DialRequest, lines: Callable[[], int], call_id: str | None = None
    ) -> Verdict:
        """Whether this may be dialled now, for a call if there is one. An attempt that is allowed is noted as
        made: see :meth:`take_back`. ``lines`` counts those in use when it is decided: those who were asked
        for before, and waited for the database, are let out by then.
        """
        async with self._one_by_one:
            return await self._asked(request, lines, note=True, call_id=call_id)

    def ask_at_once(self, request: DialRequest, lines: int) -> Verdict:
        """The same of what goes by no lists and no earlier attempts: nothing is read, and nothing noted but
        that a line was taken, which counts here until :meth:`is_counted`.
        """
        assert request.purpose is Purpose.TRANSFER, "everybody else is looked up"
        at = self._now()
        verdict = may_dial(request, self.rules, self._facts(request, lines, None, None), at)
        if isinstance(verdict, Allowed):
            self._starts.append(at)
            self._on_their_way += 1
        return verdict

    def is_counted(self) -> None:
        """A line that was taken at once counts among those in use by now; or it was not taken after all."""
        assert self._on_their_way > 0, "nobody is on his way"
        self._on_their_way -= 1

    async def take_back(self, attempt_id: str) -> None:
        """What was allowed was not made after all."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S), self._store.transaction() as connection:
                await dial_attempts.take_back(connection, attempt_id)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("attempt %s stays on record, though nobody was dialled: %s", attempt_id, error)

    async def _asked(
        self, request: DialRequest, lines: Callable[[], int], *, note: bool, call_id: str | None
    ) -> Verdict:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._with_database(request, lines, note=note, call_id=call_id)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning(
                "whether %s may be dialled is not known: %s", request.number, str(error) or "no answer"
            )
        unknown = self._facts(request, lines(), standing=None, attempts=None)
        return may_dial(request, self.rules, unknown, self._now())

    async def _with_database(
        self, request: DialRequest, lines: Callable[[], int], *, note: bool, call_id: str | None
    ) -> Verdict:
        await self._store.opened()  # after a start it takes a moment
        try:
            return await self._looked_up(request, lines, note=note, call_id=call_id)
        finally:
            if note:  # there is one at a time, and who asks for it counts it now
                self._let_out = 0

    async def _looked_up(
        self, request: DialRequest, lines: Callable[[], int], *, note: bool, call_id: str | None
    ) -> Verdict:
        number = whereabouts(request.number, self._region).number
        profile = self.rules.profile_of(request)
        remembers = profile.remembers if profile is not None else Span(0)
        async with self._store.transaction() as connection:
            at = self._now()
            attempt = Attempt(
                attempt_id=request.attempt_id,
                number=number,
                at=at,
                campaign_id=request.campaign_id,
                lead_id=request.lead_id,
            )
            if note:  # written first: it takes the write lock, so that what follows reads nothing stale
                await dial_attempts.note(connection, attempt, call_id)
            earlier = await dial_attempts.attempts_to(
                connection, number, request.lead_id, Instant(at - remembers)
            )
            attempts = tuple(one for one in earlier if one.attempt_id != request.attempt_id)
            standing = await standing_of(connection, number)
            verdict = may_dial(request, self.rules, self._facts(request, lines(), standing, attempts), at)
            if note and isinstance(verdict, Allowed):
                self._starts.append(at)
                self._let_out = 1
                self._keep_number(call_id, number)
            elif note:
                await dial_attempts.take_back(connection, request.attempt_id)
        return verdict

    def _keep_number(self, call_id: str | None, number: str) -> None:
        if call_id is None:
            return
        self._dialled.pop(call_id, None)
        self._dialled[call_id] = number
        if len(self._dialled) > MOST_DIALLED:
            del self._dialled[next(iter(self._dialled))]

    def _facts(
        self,
        request: DialRequest,
        lines: int,
        standing: Standing | None,
        attempts: tuple[Attempt, ...] | None,
    ) -> DialFacts:
        earliest = self._now() - WINDOW
        while self._starts and self._starts[0] <= earliest:
            self._starts.popleft()
        number = whereabouts(request.number, self._region)
        return DialFacts(
            number=number,
            listings=None if standing is None else standing.listings,
            national_as_of=None if standing is None else standing.national_as_of,
            attempts=attempts,
            lines_in_use=lines + self._on_their_way + self._let_out,
            starts=tuple(self._starts),
            left_alone_at=self._found_nobody.latest(number.number),
        )
