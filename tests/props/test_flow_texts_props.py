"""Whatever is handed in as flows and number plan is read or reported, and never anything else."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.document import DocumentError
from ivr.flow_texts import FlowTexts, UnreadableFlows, from_json
from ivr.loader import FlowBook

SHIPPED = Path(__file__).parents[2] / "config"
NUMBERS = (SHIPPED / "numbers.yaml").read_text()
FLOWS = {path.name: path.read_text() for path in (SHIPPED / "flows").iterdir()}

WORDS = "numbers: default 8000 main { } [ ] - &a *a !!x | ~ flow: hours: closed: office name: start: nodes:"
PIECES = st.sampled_from([*WORDS.split(), ": ", "\n", "  ", "\0", "\ud800", "'", '"'])
TEXT = st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """A good text with something cut out and something put in."""
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.integers(0, 40)))
    return text[:start] + draw(TEXT) + text[end:]


@settings(max_examples=150, deadline=None)
@given(
    numbers=TEXT | damaged(NUMBERS),
    flow=TEXT | damaged(FLOWS["main.yaml"]),
    name=st.sampled_from(["main.yaml", "other.yaml"]) | st.text(max_size=12),
)
def test_texts_are_read_or_reported(numbers: str, flow: str, name: str) -> None:
    texts = FlowTexts(numbers=numbers, flows=FLOWS | {name: flow})
    assert len(texts.digest) == 64
    told: list[str] = []
    try:
        book = texts.book()
    except DocumentError as error:
        told = [str(problem) for problem in error.problems]
        book = None
    assert told if book is None else isinstance(book, FlowBook)
    if book is None:
        return
    assert from_json(texts.to_json()) == texts
    for dialled in ("8000", "default", "", numbers[:31]):
        found = book.answering(dialled, lambda calendar: bool(calendar))
        assert found is None or found.name in book.flows


@settings(max_examples=100, deadline=None)
@given(text=TEXT | st.text(max_size=60) | damaged('{"numbers":"numbers: {}","flows":{"a.yaml":"x"}}'))
def test_what_was_kept_is_ours_or_not(text: str) -> None:
    try:
        texts = from_json(text)
    except UnreadableFlows:
        return
    assert all(isinstance(each, str) for each in (texts.numbers, *texts.flows, *texts.flows.values()))
