"""A document is read as its model, or every mistake in it is told with its line."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ivr.document import (
    MAX_BYTES,
    DocumentError,
    Misfit,
    Misfits,
    Problem,
    load_document,
    parse_document,
    validate,
)


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Say(_Closed):
    kind: Literal["say"]
    prompt: str


class Ask(_Closed):
    kind: Literal["ask"]
    keys: dict[str, str]
    retries: int = Field(default=3, ge=0, le=9)


class Plan(_Closed):
    title: str
    mode: Literal["open", "closed"] = "open"
    start: str = "hello"
    steps: dict[str, Annotated[Say | Ask, Field(discriminator="kind")]] = {}
    callers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _starts_somewhere(self) -> "Plan":
        if self.steps and self.start not in self.steps:
            raise Misfits([Misfit(("start",), "no such step", "hello")])
        return self


def read(text: str) -> Plan:
    return validate(parse_document(text.encode(), "plan.yaml"), Plan)


def mistakes(text: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        read(text)
    assert all(isinstance(problem, Problem) for problem in told.value.problems)
    return str(told.value).splitlines()


def test_a_correct_document_is_read_as_its_model(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("title: Main\nsteps:\n  hello: {kind: ask, keys: {1: sales, 0: no}}\n")
    plan = load_document(path, Plan)
    assert plan.steps["hello"] == Ask(kind="ask", keys={"1": "sales", "0": "no"})


def test_times_numbers_and_norway_stay_what_was_written() -> None:
    plan = read("title: no\ncallers: [0612, 18:30, +33123456789, '7']\n")
    assert plan.title == "no"
    assert plan.callers == ("0612", "18:30", "+33123456789", "7")


def test_an_unquoted_number_is_told_to_be_put_in_quotes() -> None:
    told = mistakes("title: Main\ncallers:\n  - 8000\n")
    assert told == ["plan.yaml:3: callers.0: must be text: put it in quotes (did you mean '\"8000\"'?)"]


def test_a_mistyped_key_is_told_with_its_line_and_the_likely_one() -> None:
    told = mistakes("title: Main\nsteps:\n  hello:\n    kind: ask\n    keys: {}\n    retires: 2\n")
    assert told == ["plan.yaml:6: steps.hello.retires: unknown key (did you mean 'retries'?)"]


def test_a_mistyped_word_is_told_with_the_likely_one() -> None:
    assert mistakes("title: Main\nmode: opne\n") == [
        "plan.yaml:2: mode: must be 'open' or 'closed' (did you mean 'open'?)"
    ]
    assert mistakes("title: Main\nsteps:\n  hello:\n    prompt: hi\n    kind: sya\n") == [
        "plan.yaml:5: steps.hello.kind: 'sya' is none of 'say', 'ask' (did you mean 'say'?)"
    ]


def test_a_missing_key_is_told_at_the_thing_that_lacks_it() -> None:
    assert mistakes("title: Main\nsteps:\n  hello: {kind: say}\n") == [
        "plan.yaml:3: steps.hello.prompt: is required but missing"
    ]
    assert mistakes("") == ["plan.yaml:1: title: is required but missing"]
    assert mistakes("title: Main\nsteps:\n  hello: {}\n") == [
        "plan.yaml:3: steps.hello: needs the key 'kind'"
    ]


def test_every_mistake_is_told_in_the_order_of_the_document() -> None:
    told = mistakes(
        "titel: Main\nsteps:\n  a: {kind: ask, keys: 5}\n  b: {kind: ask, keys: {}, retries: 10}\n"
    )
    assert [line.split(" ")[0] for line in told] == [
        "plan.yaml:1:",
        "plan.yaml:1:",
        "plan.yaml:3:",
        "plan.yaml:4:",
    ]


def test_a_validators_finding_is_told_at_its_own_line() -> None:
    told = mistakes("title: Main\nstart: hallo\nsteps:\n  hello: {kind: say, prompt: hi}\n")
    assert told == ["plan.yaml:2: start: no such step (did you mean 'hello'?)"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: a\ntitle: b\n", "plan.yaml:2: title: is given twice"),
        ("steps: {a: {kind: say,\n a: 1, a: 2}}", "plan.yaml:2: steps.a.a: is given twice"),
        ("title: [", "plan.yaml:1: is not valid YAML: expected the node content, but found '<stream end>'"),
        (
            "title: x\n\tmode: y",
            "plan.yaml:2: is not valid YAML: found character '\\t' that cannot start any token",
        ),
        ("title: a\x07b", "plan.yaml:1: holds a character that YAML does not allow: U+0007"),
        (
            "title: !!python/name:os.system x",
            "plan.yaml:1: title: has the tag tag:yaml.org,2002:python/name:os",
        ),
        ("? [a, b]\n: c", "plan.yaml:1: has a key that is not plain text"),
        ("[1, 2]", "plan.yaml:1: must be a mapping (key: value)"),
        ("title: &t [*t]", "plan.yaml:1: title.0.0: is nested more than 32 deep"),
        ("[" * 5000, "plan.yaml:1: is nested more than 32 deep"),
    ],
)
def test_what_is_no_document_is_refused_with_its_line(text: str, told: str) -> None:
    assert mistakes(text)[0].startswith(told)


def test_a_document_that_unfolds_without_end_is_refused() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [" + ", ".join([f"*l{n - 1}"] * 10) + "]" for n in range(1, 12)]
    assert "more than 50000 values" in mistakes("\n".join(lines))[0]


def test_a_file_that_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere.yaml: cannot be read: No such file or directory"):
        load_document(tmp_path / "nowhere.yaml", Plan)
    with pytest.raises(DocumentError, match="Is a directory"):
        load_document(tmp_path, Plan)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(DocumentError, match="is larger than 1048576 bytes"):
        load_document(large, Plan)


def test_latin_1_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes("title: a\nmode: façade\n".encode("latin-1"))
    with pytest.raises(DocumentError, match=r"plan.yaml:2: is not UTF-8 text"):
        load_document(path, Plan)


def _is_read_or_refused(content: bytes) -> bool:
    try:
        validate(parse_document(content, "plan.yaml"), Plan)
    except DocumentError as error:
        return bool(error.problems) and all(problem.message for problem in error.problems)
    return True


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert _is_read_or_refused(content)


_PIECES = [
    "title", "mode", "steps", "kind: say", ": ", "\n", "  ", "- ", ", ", "{", "}", "[", "]", "'", '"', "#",
    "&a ", "*a", "!!int ", "<<", "? ", "|", "~", "1", "0x1f", "1e999", "2001-99-99", "---\n", "%YAML 1.1\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_any_pieces_of_yaml_are_read_or_refused(text: str) -> None:
    assert _is_read_or_refused(text.encode())
