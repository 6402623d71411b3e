"""A message made sooner is the message all the same: frozen, complete, equal to its like."""

from dataclasses import MISSING, FrozenInstanceError, fields
from typing import Any, get_args

import pytest

from acd.agent_events import Because
from acd.commands import EnqueueCall
from acd.exits import QueueExit
from acd.ids import CallId, QueueId
from acd.instant import Span
from acd.messages import Input, Output
from acd.queue_events import CallLeftQueue
from acd.reasons import EngineReason

KINDS = (*get_args(Input), *get_args(Output))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_holds_what_it_was_given_and_nothing_else(kind: Any) -> None:
    given = {f.name: object() for f in fields(kind)}
    message = kind(**given)
    assert {f.name: getattr(message, f.name) for f in fields(kind)} == given
    for f in fields(kind):
        if f.default is not MISSING:
            assert getattr(kind(**{k: v for k, v in given.items() if k != f.name}), f.name) is f.default
        with pytest.raises(FrozenInstanceError):
            setattr(message, f.name, None)
    with pytest.raises(TypeError):
        kind(**given, something_else=1)


def test_a_message_lacking_something_is_refused() -> None:
    with pytest.raises(TypeError, match="queue_id"):
        EnqueueCall(call_id=CallId("c"))  # type: ignore[call-arg]


def test_equal_messages_are_equal_and_hash_alike() -> None:
    one, other = (
        CallLeftQueue(call_id=CallId("c"), queue_id=QueueId("q"), exit=QueueExit.FULL, waited=Span(5))
        for _ in range(2)
    )
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one).startswith("CallLeftQueue(call_id='c', queue_id='q', exit=<QueueExit.FULL")


def test_words_that_never_change_say_so() -> None:
    """mypyc takes them for fields of an object otherwise, and scripts/compile-core fails minutes later."""
    for words in (Because, EngineReason):
        assert {name for name in vars(words) if name.isupper()} <= words.__annotations__.keys()
