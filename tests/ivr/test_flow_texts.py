"""Flows and number plan as texts: read, kept, told apart; and which flow answers whom, when."""

from pathlib import Path

import pytest

from ivr.document import DocumentError
from ivr.flow_texts import FlowTexts, UnreadableFlows, from_json, load_book, read_texts
from ivr.loader import FlowBook
from tests.ivr.test_loader import NIGHT, SALES_LINE

NUMBERS = """\
numbers:
  "8000": {flow: sales-line, hours: office, closed: night}
  "8001": sales-line
  default: night
"""
TEXTS = FlowTexts(numbers=NUMBERS, flows={"sales.yaml": SALES_LINE, "night.yaml": NIGHT})


def answered_by(book: FlowBook, dialled: str, *, is_open: bool = True) -> str | None:
    found = book.answering(dialled, lambda calendar: is_open and calendar == "office")
    return None if found is None else found.name


def mistakes(numbers: str = NUMBERS, **flows: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        FlowTexts(numbers=numbers, flows={f"{name}.yaml": text for name, text in flows.items()}).book()
    return str(told.value).splitlines()


def test_a_number_leads_to_its_flow_by_its_hours_and_every_other_to_the_default() -> None:
    book = TEXTS.book(version=3)
    assert book.version == 3
    assert answered_by(book, "8000") == "sales-line"
    assert answered_by(book, "8000", is_open=False) == "night"
    assert answered_by(book, "8001", is_open=False) == "sales-line"
    assert answered_by(book, "unknown") == "night"
    alone = FlowTexts(numbers='numbers: {"8000": night}', flows={"night.yaml": NIGHT}).book()
    assert answered_by(alone, "8001") is None
    assert answered_by(FlowBook(alone.flows.values()), "8000") is None


def test_what_lies_in_a_directory_is_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "numbers.yaml").write_text(NUMBERS)
    for name, text in TEXTS.flows.items():
        (tmp_path / "flows" / name).write_text(text)
    (tmp_path / "flows" / ".sales.yaml").write_text("an editor's own")
    assert read_texts(tmp_path) == TEXTS
    assert load_book(tmp_path).meaning == TEXTS.book().meaning
    (tmp_path / "flows" / "late.yaml").write_bytes(b"name: late\nstart: \xff")
    (tmp_path / "numbers.yaml").unlink()
    with pytest.raises(DocumentError) as told:
        read_texts(tmp_path)
    assert str(told.value).splitlines() == [
        f"{tmp_path}/numbers.yaml: cannot be read: No such file or directory",
        f"{tmp_path}/flows/late.yaml:2: is not UTF-8 text",
    ]


def test_they_are_kept_as_they_were_written() -> None:
    assert from_json(TEXTS.to_json()) == TEXTS
    other_order = FlowTexts(numbers=NUMBERS, flows=dict(reversed(TEXTS.flows.items())))
    assert other_order.digest == TEXTS.digest
    commented = FlowTexts(numbers="# ours\n" + NUMBERS, flows=TEXTS.flows)
    assert commented.digest != TEXTS.digest
    assert commented.book().meaning == TEXTS.book().meaning
    changed = FlowTexts(numbers=NUMBERS.replace("8001", "8002"), flows=TEXTS.flows)
    assert changed.book().meaning != TEXTS.book().meaning


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"numbers": 1, "flows": {}}', '{"numbers": "", "flows": {"a": 1}}', "null"]
)
def test_what_is_not_ours_is_said_to_be_so(text: str) -> None:
    with pytest.raises(UnreadableFlows):
        from_json(text)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("8001", "80;1", "numbers.yaml:3: numbers.80;1: must be digits"),
        ('"8001": sales-line', '"8001": Sales!', "numbers.yaml:3: numbers.8001: must be a flow's name"),
        ('"8001": sales-line', '"8001": 7', "numbers.yaml:3: numbers.8001: must be a mapping (key: value)"),
        ("8001", "8000", "numbers.yaml:3: numbers.8000: is given twice"),
        (
            '"8001": sales-line',
            '"8001": sale-line',
            "numbers.yaml:3: numbers.8001: no flow is called 'sale-line' (did you mean 'sales-line'?)",
        ),
        (
            "closed: night",
            "closed: nihgt",
            "numbers.yaml:2: numbers.8000.closed: no flow is called 'nihgt' (did you mean 'night'?)",
        ),
        (", closed: night", "", "numbers.yaml:2: numbers.8000.hours: means nothing without closed"),
        ("hours: office, ", "", "numbers.yaml:2: numbers.8000.closed: means nothing without hours"),
        ("hours: office", "hour: office", "numbers.yaml:2: numbers.8000.hour: unknown key"),
    ],
)
def test_a_mistake_in_the_number_plan_is_told_with_its_line(was: str, now: str, told: str) -> None:
    lines = mistakes(NUMBERS.replace(was, now), sales=SALES_LINE, night=NIGHT)
    assert any(line.startswith(told) for line in lines), lines


def test_hours_must_be_one_of_the_rules_calendars() -> None:
    book = TEXTS.book(beside=Path("config"))
    assert book.unknown_calendars({"office"}) == ()
    assert [str(problem) for problem in book.unknown_calendars(["ofice"])] == [
        "config/numbers.yaml:2: numbers.8000.hours: no calendar is called 'office' (did you mean 'ofice'?)"
    ]


def test_mistakes_of_all_files_are_told_at_once() -> None:
    told = mistakes("numbers: {", sales=SALES_LINE.replace("start: choice", "start: choise"), night="name: [")
    assert [line.split(":")[0] for line in told] == ["flows/night.yaml", "flows/sales.yaml", "numbers.yaml"]


def test_files_from_anywhere_have_decent_names_and_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("../main.yaml", "main.yml", "a\nb.yaml", ".yaml", "x" * 200 + ".yaml"):
        with pytest.raises(DocumentError, match="is no name for a flow's file"):
            FlowTexts(numbers=NUMBERS, flows={name: NIGHT}).book()
    monkeypatch.setattr("ivr.flow_texts.MAX_TOTAL_BYTES", 100)
    with pytest.raises(DocumentError, match="hold more than 100 bytes together"):
        TEXTS.book()
