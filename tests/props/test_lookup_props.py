"""Whatever a service answers and a caller types: an answer is as expected or none, a path leads nowhere else,
and a session on the line ends without a fault of ours."""

import asyncio
import contextlib
import logging
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.expectation import Expected, Kind, NotAsExpected, made_up, taken
from ivr.happenings import Answered, NothingThere
from ivr.interpreter import Interpreter
from ivr.lookups import NoAnswer
from ivr.question import Json, Question, ServiceQuestion
from ivr.steps import LookUp
from ivr.talk import Talk
from ivr.values import Secret, as_text
from tests.ivr.scripted_asterisk import a_site
from tests.ivr.test_agi_hangups import EVERYTHING
from tests.ivr.test_lookup_node import BALANCE, flow

KEYS = st.text("abc012_-", min_size=1, max_size=3)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text()
    | st.sampled_from(["2026-01-02", "2026-02-30", "12.50", "-0", "1e5"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
EXPECTED = st.builds(
    Expected,
    type=st.sampled_from(Kind),
    path=st.none() | st.lists(KEYS, min_size=1, max_size=3).map(".".join),
    optional=st.booleans(),
)


@given(expect=st.dictionaries(KEYS, EXPECTED, max_size=4), answer=JSON)
def test_an_answer_is_as_expected_or_none(expect: dict[str, Expected], answer: Json) -> None:
    try:
        found = taken(expect, answer)
    except NotAsExpected:
        return
    assert found.keys() == expect.keys()
    for name, value in found.items():
        if value is None:
            assert expect[name].optional
        else:
            kinds = {
                Kind.TEXT: str,
                Kind.INTEGER: int,
                Kind.DECIMAL: Decimal,
                Kind.BOOLEAN: bool,
            }
            assert isinstance(value, kinds.get(expect[name].type, object))
            assert as_text(value).isprintable()
            assert len(as_text(value)) <= 500


@given(expected=EXPECTED)
def test_an_answer_made_up_is_as_expected(expected: Expected) -> None:
    assert taken({"it": expected}, made_up({"it": expected}, {}))["it"] is not None


@given(typed=st.text() | st.text("./%\\0123456789*#?&=:@ \r\n\0", max_size=12))
def test_whatever_was_typed_is_one_piece_of_the_path_or_not_sent(typed: str) -> None:
    interpreter = Interpreter(flow(BALANCE), Talk(given={"caller": "1"}, variables={"account": typed}))
    step = interpreter.begin()
    if not isinstance(step, LookUp):
        assert typed in ("", ".", "..")
        return
    assert isinstance(step.question, ServiceQuestion)
    empty, accounts, piece, balance = step.question.path.split("/")
    assert (empty, accounts, balance) == ("", "accounts", "balance")
    assert piece.isascii()
    assert piece.isprintable()
    assert not set(piece) & set("?#/\\:@&= ")
    assert unquote(piece) == typed.encode(errors="replace").decode()


PLACES = ["path: /x/{s}", 'query: {q: "{s}"}', 'query: {q: "a{s}"}', 'body: {q: "{s}"}']


@given(secret=st.text("0123456789", min_size=4, max_size=12), data=st.data())
def test_a_secret_is_in_the_body_or_not_sent(secret: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(PLACES))
    interpreter = Interpreter(flow(f"service: bank\n    {place}"), Talk(variables={"s": Secret(secret)}))
    step = interpreter.begin()
    assert isinstance(step, LookUp) is place.startswith("body")
    assert secret not in repr(step)
    assert secret not in repr(interpreter.take_notes())


class AnyDesk:
    """Answers in any way, at once or a moment later."""

    def __init__(self, says: list[Any]) -> None:
        self._says = says

    async def ask(self, question: Question, key: str) -> Answered | NothingThere:
        said = self._says.pop() if self._says else None
        await asyncio.sleep(0)
        if said is None:
            raise NoAnswer("it says 500", again=False)
        return NothingThere() if said == "nothing" else Answered(data=said)


SAID = ("200 result=0", "200 result=49", "200 result=1", "200 result=0 endpos=8", "200 result=-1", "HANGUP")
ANSWERS = st.sampled_from([f"{said}\n".encode() for said in (*SAID, "511 Dead", "520-", "200 result=", "")])
REQUEST = b"agi_network_script: ivr\nagi_uniqueid: 1.1\nagi_arg_1: 8000\n\n"


@settings(max_examples=60, deadline=None)
@given(
    chunks=st.lists(ANSWERS | ANSWERS | st.binary(max_size=40), max_size=40), says=st.lists(JSON, max_size=3)
)
def test_a_session_with_every_kind_of_node_ends_whatever_the_peer_and_the_service_say(
    chunks: list[bytes], says: list[Any]
) -> None:
    async def peer() -> int:
        async with a_site(AnyDesk(says), line_bytes=64) as site:
            site.numbers["8000"] = EVERYTHING
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(REQUEST + b"".join(chunks))
            writer.write_eof()
            async with asyncio.timeout(10):
                with contextlib.suppress(ConnectionError):
                    await reader.read()
                while site.server.sessions:
                    await asyncio.sleep(0)
            writer.transport.abort()
            return site.server.sessions

    faults = _Faults()
    logging.getLogger("ivr").addHandler(faults)
    try:
        assert asyncio.run(peer()) == 0
    finally:
        logging.getLogger("ivr").removeHandler(faults)
    assert faults.told == []


class _Faults(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())
