"""Whose turn it is among the leads that may be tried at any moment: the order, kept as they come and go.

Who was promised a call at this moment goes before everybody. Then lists take turns in proportion to their
shares; within one, priority decides, then who was tried before (his moment was chosen, a new one's was not),
then who is due for longest. Where it is night nobody's turn comes: a time zone that was found closed
is passed over until it opens.
"""

from collections.abc import Container, Iterable, Iterator

from acd.ids import AgentId
from acd.instant import Instant
from acd.lazyheap import Key, LazyHeap
from dialer.ids import LeadId, ListId
from dialer.lead import LeadState
from dialer.pursuit import Pursuit

_ROUND = 1_000_000_007
"""A list that is taken from moves on by this, divided by its share."""

_MOST_URGENT = 101
"""Above every priority: of one agent's own, whom he promised goes first."""

_Heap = LazyHeap[LeadId]
Closed = Container[str]
"""Time zones where nobody's turn comes."""


class _Zones:
    """Some leads, by time zone."""

    __slots__ = ("_heaps",)

    def __init__(self) -> None:
        self._heaps: dict[str | None, _Heap] = {}

    def heap(self, zone: str | None) -> _Heap:
        found = self._heaps.get(zone)
        if found is None:
            found = self._heaps[zone] = LazyHeap()
        return found

    def first(self, closed: Closed) -> tuple[Key, LeadId] | None:
        """The first of those for whom it is open."""
        best: tuple[Key, LeadId] | None = None
        for zone, heap in self._heaps.items():
            first = heap.first() if zone is None or zone not in closed else None
            if first is not None and (best is None or first < best):
                best = first
        return best

    def count(self, closed: Closed) -> int:
        return sum(len(heap) for zone, heap in self._heaps.items() if zone is None or zone not in closed)


class _List:
    """One list's leads, and how far it is in taking turns."""

    __slots__ = ("passed", "share", "zones")

    def __init__(self, share: int) -> None:
        self.share = share
        self.zones = _Zones()
        self.passed = 0


class Turns:
    """Leads whose turn may come, of one campaign."""

    __slots__ = ("_closed", "_every_list", "_lists", "_of_agent", "_own", "_promised", "_where")

    def __init__(self, shares: Iterable[tuple[ListId, int]] = (), *, own: bool = True) -> None:
        """``shares``: the lists that are dialled; none: every list, evenly. ``own``: whether there are agents
        who call somebody alone.
        """
        self._own = own
        self._lists = {list_id: _List(share) for list_id, share in shares if share > 0}
        self._every_list = not self._lists
        self._promised = _Zones()
        self._of_agent: dict[AgentId, _Heap] = {}
        self._where: dict[LeadId, tuple[_Heap, ListId | None]] = {}
        self._closed: dict[str, Instant] = {}

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, lead_id: LeadId) -> bool:
        return lead_id in self._where

    def dials(self, list_id: ListId) -> bool:
        """Whether this list is dialled."""
        return self._every_list or list_id in self._lists

    def enter(self, pursuit: Pursuit) -> None:
        """His turn may come from now on; he may be in already, at another place."""
        lead = pursuit.lead
        self.leave(lead.lead_id)
        if not self.dials(lead.list_id):
            return
        own = pursuit.only_agent
        list_id: ListId | None = None
        if own is not None and self._own:
            heap = self._of_agent.setdefault(own, LazyHeap())
        elif pursuit.promised:
            heap = self._promised.heap(lead.zone)
        else:
            heap, list_id = self._joined(lead.list_id).zones.heap(lead.zone), lead.list_id
        heap.push(lead.lead_id, _key(pursuit))
        self._where[lead.lead_id] = (heap, list_id)

    def leave(self, lead_id: LeadId) -> None:
        """His turn does not come any more."""
        where = self._where.pop(lead_id, None)
        if where is not None:
            where[0].discard(lead_id)

    def first(self) -> LeadId | None:
        """Whose turn it is, of those whom anybody may call; he stays where he is."""
        promised = self._promised.first(self._closed)
        if promised is not None:
            return promised[1]
        chosen = self._next_list()
        return chosen[1] if chosen is not None else None

    def take(self, lead_id: LeadId) -> None:
        """It was his turn: his list moves on, and he is out."""
        where = self._where.get(lead_id)
        if where is not None and where[1] is not None:
            its = self._lists[where[1]]
            its.passed += _ROUND // its.share
        self.leave(lead_id)

    def first_of(self, agent_id: AgentId) -> LeadId | None:
        """Whose turn it is, of those whom only this agent calls."""
        heap = self._of_agent.get(agent_id)
        first = heap.first() if heap is not None else None
        return first[1] if first is not None else None

    @property
    def first_promised(self) -> LeadId | None:
        """Who was promised a call at this moment, by nobody in particular."""
        first = self._promised.first(self._closed)
        return first[1] if first is not None else None

    def agents(self) -> Iterator[AgentId]:
        """Agents for whom somebody is due whom only they call, in the order they were first needed."""
        for agent_id, heap in self._of_agent.items():
            if heap:
                yield agent_id

    @property
    def for_anybody(self) -> int:
        """How many there are whom anybody may call now."""
        lists = sum(its.zones.count(self._closed) for its in self._lists.values())
        return lists + self._promised.count(self._closed)

    def close(self, zone: str, until: Instant) -> None:
        """Nobody's turn comes in this time zone before then."""
        self._closed[zone] = until

    def open(self, zone: str) -> None:
        """It may come again."""
        self._closed.pop(zone, None)

    def closed(self, zone: str | None) -> Instant | None:
        """Until when nobody's turn comes there; None: it may."""
        return self._closed.get(zone) if zone is not None else None

    def _next_list(self) -> tuple[_List, LeadId] | None:
        chosen: tuple[_List, LeadId] | None = None
        for its in self._lists.values():
            if chosen is None or its.passed < chosen[0].passed:
                first = its.zones.first(self._closed)
                if first is not None:
                    chosen = (its, first[1])
        return chosen

    def _joined(self, list_id: ListId) -> _List:
        """The list; one that had nobody catches up with the others first, it saves no turns up."""
        its = self._lists.get(list_id)
        if its is None:
            its = self._lists[list_id] = _List(1)
        if its.zones.first(self._closed) is None:
            now = self._next_list()
            if now is not None:
                its.passed = max(its.passed, now[0].passed)
        return its


def _key(pursuit: Pursuit) -> Key:
    moment = pursuit.next_at if pursuit.next_at is not None else pursuit.since
    tried = 0 if pursuit.state is LeadState.DUE else 1
    if pursuit.promised:
        return (-_MOST_URGENT, 0, moment, pursuit.order)
    return (-pursuit.lead.priority, tried, moment if tried == 0 else Instant(0), pursuit.order)
