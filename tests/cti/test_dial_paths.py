"""No way of dialling goes around the gate: what the sources themselves say."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("acd", "api", "cti", "dialer", "ivr")


def sources() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted(Path(room).rglob("*.py")):
            yield str(path), ast.parse(path.read_text())


def texts(tree: ast.Module) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name


@pytest.mark.parametrize(
    ("path", "orders"),
    [
        ("cti/callback_lines.py", "RingAgentForCallback | DialCustomer"),
        ("cti/campaign_lines.py", "PlaceLine"),
    ],
)
def test_who_writes_originate_wants_the_gates_word(path: str, orders: str) -> None:
    tree = ast.parse(Path(path).read_text())
    (door,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "actions"]
    assert [ast.unparse(one.annotation) for one in door.args.args if one.annotation] == [orders, "Allowed"]
    writing = [node for node in tree.body if "Originate" in texts(ast.Module(body=[node], type_ignores=[]))]
    assert all(isinstance(node, ast.FunctionDef) for node in writing)
    names = [node.name for node in writing if isinstance(node, ast.FunctionDef)]
    assert all(name == "actions" or name.startswith("_") for name in names)


def test_nobody_else_writes_originate() -> None:
    assert [path for path, tree in sources() if "Originate" in texts(tree)] == [
        "cti/callback_lines.py",
        "cti/campaign_lines.py",
    ]


def test_the_gate_alone_gives_its_word() -> None:
    assert [path for path, tree in sources() if "Allowed" in calls(tree)] == ["dialer/compliance/gate.py"]


@pytest.mark.parametrize(
    ("way", "path"),
    [("outside", "cti/callback_lines.py"), ("campaign-out", "cti/campaign_lines.py")],
)
def test_only_a_line_that_was_let_out_is_sent_outside_by_the_engine(way: str, path: str) -> None:
    ends = f"@{way}/n"
    assert [path for path, tree in sources() if any(text.endswith(ends) for text in texts(tree))] == [path]
