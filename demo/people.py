"""The demo's people at their telephones: agents who are rung, callers who press keys and listen."""

import asyncio
from dataclasses import dataclass, field

from cti.config import Config
from cti.credentials import Credentials
from demo.caller import Caller, CallerCall
from demo.campaign_scene import CUSTOMERS
from demo.endpoint import SipEndpoint
from demo.leg import CallFailed, LegState
from demo.media import MediaClock
from demo.phone import Phone
from demo.script import CALLER_TONE_HZ, PHONES, GivesUp, ScriptedCaller
from demo.tone import longest_run

CALLERS_FROM = "127.0.0.2"
"""The trunk's address: Asterisk knows callers by it."""
DIALLED = "8000"
PATIENCE_S = 75.0
"""A caller who is still on the line after this long fails the demo."""
BETWEEN_KEYS_S = 1.6
"""After a wrong key the menu says so; the next key comes when so much has been heard of it."""
WAITS_BEFORE_GIVING_UP_S = 2.0
HEARD_AT_LEAST_S = 1.0
"""An agent's tone must be heard without a break for this long to count as a conversation."""


@dataclass
class Experience:
    """What a caller lived through, seen from the telephone only."""

    caller: ScriptedCaller
    connected: bool = False
    heard: dict[str, float] = field(default_factory=dict)
    """Agents whose tone was heard, and for how many seconds."""
    packets_sent: int = 0
    packets_received: int = 0
    problem: str | None = None

    @property
    def talked_with(self) -> list[str]:
        """The agents recognised by their voice."""
        return [agent for agent, seconds in self.heard.items() if seconds >= HEARD_AT_LEAST_S]


class People:
    """All telephones of the demo, on two sockets."""

    def __init__(self, config: Config, credentials: Credentials) -> None:
        self._config, self._credentials = config, credentials
        self.customers: dict[str, Phone] = {}
        """The telephones of those whom the house calls; the carrier rings them."""
        self._stack: MediaClock | None = None
        self._endpoints: list[SipEndpoint] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._ringing: dict[str, asyncio.Event] = {}
        self.phones: dict[str, Phone] = {}
        self.caller: Caller

    async def __aenter__(self) -> "People":
        self._stack = await MediaClock().__aenter__()
        pbx = self._config.asterisk
        for host in (pbx.host, CALLERS_FROM):
            self._endpoints.append(await SipEndpoint.open(media=self._stack, host=host))
        agents, callers = self._endpoints
        registrar = (pbx.sip_host, pbx.sip_port)
        self.caller = Caller(callers, host=pbx.sip_host, sip_port=pbx.sip_port, tone_hz=CALLER_TONE_HZ)
        for user, (tone_hz, behaviour) in PHONES.items():
            self.phones[user] = Phone(
                agents,
                user=user,
                secret=self._credentials.phone_secrets[user],
                registrar=registrar,
                behaviour=behaviour,
                tone_hz=tone_hz,
            )
        outside = await SipEndpoint.open(media=self._stack, host=CALLERS_FROM, port=self._config.outside.port)
        self._endpoints.append(outside)
        self.customers = {
            number: Phone(outside, user=number, secret="", registrar=registrar, behaviour=behaviour)
            for number, behaviour in CUSTOMERS.items()
        }
        await asyncio.gather(*(phone.register() for phone in self.phones.values()))
        self._watchers = [asyncio.create_task(self._watch(phone)) for phone in self.phones.values()]
        return self

    async def __aexit__(self, *_: object) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await asyncio.gather(*(phone.unregister() for phone in self.phones.values()), return_exceptions=True)
        for endpoint in self._endpoints:
            await endpoint.close()
        if self._stack is not None:
            await self._stack.__aexit__(None, None, None)

    async def _watch(self, phone: Phone) -> None:
        while True:
            ringing = await phone.next_ring(3600)
            self._rang(ringing.caller).set()

    def _rang(self, caller_id: str) -> asyncio.Event:
        return self._ringing.setdefault(caller_id, asyncio.Event())

    async def calls(self, scripted: ScriptedCaller) -> Experience:
        """Live through one call, to its end."""
        experience = Experience(scripted)
        call = await self.caller.call(DIALLED, caller_id=scripted.caller_id)
        try:
            await self._live(call, scripted)
            await call.hung_up(PATIENCE_S)
            experience.connected = True
        except CallFailed as failed:
            experience.problem = f"refused: {failed}"
        except TimeoutError:
            experience.problem = f"still on the line after {PATIENCE_S:.0f} s, {call.state}"
            call.drop()
        experience.packets_sent, experience.packets_received = call.packets_sent, call.packets_received
        # Listening to a whole recording takes a while: elsewhere, so that the other telephones go on.
        experience.heard = await asyncio.to_thread(_listen, call)
        return experience

    async def _live(self, call: CallerCall, scripted: ScriptedCaller) -> None:
        await call.answered(10)
        for at, key in enumerate(scripted.keys):
            # Who presses keys before anybody speaks with him may not be heard: there is nobody yet.
            await call.listen(BETWEEN_KEYS_S if at else scripted.thinks_s, PATIENCE_S)
            await call.press(key)
        if scripted.gives_up is GivesUp.WAITING:
            await asyncio.sleep(WAITS_BEFORE_GIVING_UP_S)
        elif scripted.gives_up is GivesUp.RINGING:
            async with asyncio.timeout(PATIENCE_S):
                await self._rang(scripted.caller_id).wait()
        else:
            return
        if call.state is not LegState.ENDED:
            await call.hang_up()


def _listen(call: CallerCall) -> dict[str, float]:
    samples = call.recorded()
    heard = {agent: longest_run(samples, tone_hz) for agent, (tone_hz, _) in PHONES.items()}
    return {agent: round(seconds, 2) for agent, seconds in heard.items() if seconds > 0}
