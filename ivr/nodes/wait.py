"""``wait``: music, for a caller who waits in a queue."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.back import Back, KeyInMusic
from ivr.names import Key, NodeName, Place
from ivr.nodes.node import Node
from ivr.steps import LeaveForMusic
from ivr.talk import Run, Talk


class WaitNode(Node):
    """Leaves a waiting caller to music for a while. Variables that the flow has set are forgotten by then."""

    asks: ClassVar[bool] = True
    comes_back: ClassVar[bool] = True
    while_waiting: ClassVar[bool] = True

    kind: Literal["wait"]
    for_s: Annotated[int, Field(strict=True, ge=1, le=3600)]
    """How long he hears music, in seconds."""
    keys: Annotated[dict[Key, NodeName], Field(max_length=12)] = Field(default_factory=dict)
    """Where he goes at once by a key he presses meanwhile; other keys are the queue's."""
    next: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On, or by key."""
        yield ("next",), self.next
        for key, node in self.keys.items():
            yield ("keys", key), node

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Music; a key that he pressed over the words before it counts too."""
        key = talk.next_key() if back is None else back.key if isinstance(back, KeyInMusic) else None
        talk.forget_keys()
        if key is not None and key in self.keys:
            talk.note(key=key)
            return self.keys[key]
        if back is None:
            here, keys = talk.here, "".join(self.keys)
            yield LeaveForMusic(flow=here.flow, node=here.node, for_s=self.for_s, keys=keys)
        return self.next
