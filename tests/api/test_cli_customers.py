"""``callwright customers`` beside an engine that listens on loopback."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening

__all__ = ["engine_shell", "listening"]

LIST = """\
id,numbers,name,segment,own_agent,attribute.contract
mia,+33 1 23 45 67 89|1002,Mia,gold,ana,A-7
tom,anna,Tom,,anna,
lea,+33155555555,Lea,,,
thief,1002,,,,
"""


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(LIST)
    return path


async def test_a_list_is_previewed_taken_in_corrected_and_taken_in_again(
    engine_shell: Callable[..., Any], list_file: Path
) -> None:
    looked = await engine_shell("customers", "import", str(list_file), "--dry-run")
    assert looked.code == 1
    assert "+33123456789, 1002" in looked.out
    assert "line 3: numbers: 'anna' is no telephone number" in looked.out
    assert "line 3: own_agent: there is no agent 'anna' (did you mean 'ana'?)" in looked.out
    assert "line 5: numbers: 1002 is mia's already, in line 2" in looked.out
    assert "4 rows: 2 would be taken, 2 rejected" in looked.out
    assert (await engine_shell("customers", "find", "--json")).data == []

    done = await engine_shell("customers", "import", str(list_file), "--json")
    assert (done.code, done.data["rows"], done.data["taken"]) == (1, 4, 2)
    rejected = list_file.with_suffix(".rejected.csv")
    assert done.data["rejects_file"] == str(rejected)
    rows = list(csv.reader(rejected.read_text().splitlines()))
    assert rows[0][-3:] == ["rejected.line", "rejected.field", "rejected.why"]
    assert [row[0] for row in rows[1:]] == ["tom", "thief"]
    assert rows[1][-2] == "numbers own_agent"

    text = (
        rejected.read_text()
        .replace("anna,Tom,,anna,", "0198765432,Tom,,ana,")
        .replace("thief,1002", "bob,2002")
    )
    rejected.write_text(text.replace("0198765432", "0033198765432"))
    again = await engine_shell("customers", "import", str(rejected))
    assert (again.code, again.out) == (0, "2 rows: 2 taken, 0 rejected\n")

    found = await engine_shell("customers", "find", "+33 198765432", "--json")
    assert [c["customer_id"] for c in found.data] == ["tom"]
    assert "mia" in (await engine_shell("customers", "find", "--segment", "gold")).out
    assert "Lea" in (await engine_shell("customers", "find", "le")).out
    assert (await engine_shell("customers", "find", "nobody")).out == "nobody is found\n"


async def test_what_the_engine_knows_better_is_rejected_with_the_line_of_the_file(
    engine_shell: Callable[..., Any], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("id,numbers\nmia,1002\n")
    second.write_text(
        "id,numbers\n" + "\n" * 3 + "".join(f"c{n},3{n:04d}\n" for n in range(450)) + "x,1002\n"
    )
    assert (await engine_shell("customers", "import", str(first))).code == 0
    said = await engine_shell("customers", "import", str(second), "--rejects", str(tmp_path / "bad.csv"))
    assert said.code == 1
    assert "line 455: numbers: 1002 is mia's already" in said.out
    assert "451 rows: 450 taken, 1 rejected" in said.out
    assert (tmp_path / "bad.csv").read_text().splitlines()[1].startswith("x,1002,455,numbers,")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"id,number\n", "line 1: unknown column 'number' (did you mean 'numbers'?)"),
        ("id,numbers\nm,1,\xe9".encode("latin-1"), "line 2 is not UTF-8"),
        (b'id,numbers\na,1\nb,"1\n', "line 3: unexpected end of data"),
    ],
)
async def test_what_is_no_list_is_one_clear_line(
    engine_shell: Callable[..., Any], tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    said = await engine_shell("customers", "import", str(path))
    assert (said.code, told in said.err, said.err.count("\n")) == (1, True, 1)


async def test_a_customer_is_shown_with_his_calls(
    engine_shell: Callable[..., Any], list_file: Path, engine: FakeEngine
) -> None:
    await engine_shell("customers", "import", str(list_file))
    await engine.calls("c1", "sales", caller="+33123456789")
    await engine.writes_history()
    said = await engine_shell("customers", "show", "mia")
    assert "attributes: contract: A-7" in said.out
    assert "sales" in said.out
    assert [
        c["call_id"] for c in (await engine_shell("customers", "show", "mia", "--json")).data["calls"]
    ] == ["c1"]
    unknown = await engine_shell("customers", "show", "nobody")
    assert (unknown.code, unknown.err) == (1, "there is no customer nobody\n")
