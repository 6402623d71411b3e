"""A brief on a channel: back as it was, cut to what Asterisk answers with, and nothing out of nonsense."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from acd.brief import LONGEST_NAME, LONGEST_VALUE, MOST_DATA, NOTHING, Brief, Datum
from acd.instant import seconds
from cti.briefs import MOST_WRITTEN, NONE, read, written
from ivr.agi_protocol import assignment

data = st.lists(
    st.builds(Datum, name=st.text(max_size=LONGEST_NAME), value=st.text(max_size=LONGEST_VALUE)),
    max_size=MOST_DATA,
).map(tuple)
briefs = st.builds(
    Brief, requires=st.sampled_from(["", "zh >= 5", "a or (b and c >= 2)"]), data=data, returns=st.booleans()
)


@given(briefs)
def test_it_comes_back_or_the_beginning_of_its_data_does(brief: Brief) -> None:
    text = written(brief)
    assert len(text) <= MOST_WRITTEN
    assert assignment({"CTI_BRIEF": text}) == f"CTI_BRIEF={text}"
    again = read(text)
    assert (again.requires, again.returns) == (brief.requires, brief.returns)
    assert [one.name.encode("utf-8", "replace").decode() for one in brief.data][: len(again.data)] == [
        one.name for one in again.data
    ]


def test_little_comes_back_whole() -> None:
    brief = Brief(requires="zh", data=(Datum(name="name", value='Liú 刘, "x"\r\n;{}'),), patience=seconds(20))
    assert read(written(brief)) == brief
    brief = Brief(language="zh")
    assert read(written(brief)) == brief
    assert (written(NOTHING), read(NONE), read("")) == (NONE, NOTHING, NOTHING)


@given(st.text(max_size=1200))
def test_nonsense_is_nothing(text: str) -> None:
    if text != NONE:
        brief = read(text)
        assert brief == NOTHING or read(written(brief)) == brief


def test_what_could_not_have_been_written_is_nothing() -> None:
    for content in (
        [],
        {},
        ["a >", [], False, ""],
        ["a" * 600, [], 1, ""],
        ["", [["n", 5]], False, ""],
        ["", 5, True, ""],
        ["", [], True, "no language"],
        ["", [], True],
    ):
        text = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
        assert read(text) == NOTHING
