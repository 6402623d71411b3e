"""No way of dialling goes around the gate: what the sources themselves say."""

import ast
from collections.abc import Iterator
from pathlib import Path

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


def test_one_place_writes_originate_and_it_wants_the_gates_word() -> None:
    assert [path for path, tree in sources() if "Originate" in texts(tree)] == ["cti/callback_lines.py"]
    tree = ast.parse(Path("cti/callback_lines.py").read_text())
    (door,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "actions"]
    assert [ast.unparse(one.annotation) for one in door.args.args if one.annotation] == [
        "RingAgentForCallback | DialCustomer",
        "Allowed",
    ]
    private = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} - {"actions", "close"}
    assert all(name.startswith("_") for name in private)


def test_the_gate_alone_gives_its_word() -> None:
    assert [path for path, tree in sources() if "Allowed" in calls(tree)] == ["dialer/compliance/gate.py"]


def test_only_the_line_of_a_callback_is_sent_outside_by_the_engine() -> None:
    assert [path for path, tree in sources() if any(text.endswith("@outside/n") for text in texts(tree))] == [
        "cti/callback_lines.py"
    ]
