"""The schemas that editors get take what we ship, as the loader does; and refuse what it refuses."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.flows import flow_schema, number_plan_schema
from ivr.document import read_document

SHIPPED = Path(__file__).parents[2] / "config"
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}
KNOWN = {"$ref", "$defs", "$schema", "oneOf", "anyOf", "const", "enum", "type", "required", "properties"}
KNOWN |= {"patternProperties", "additionalProperties", "propertyNames", "items", "pattern", "discriminator"}
KNOWN |= {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "format"}
KNOWN |= {"minimum", "maximum", "title", "description", "default", "examples", "prefixItems"}


def misfits(schema: dict[str, Any], value: Any, root: dict[str, Any], place: str = "") -> Iterator[str]:
    """What of a value a schema does not take: the part of JSON Schema that ours are written in."""
    assert set(schema) <= KNOWN, f"{place}: {set(schema) - KNOWN} is not looked at here"
    if "$ref" in schema:
        yield from misfits(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root, place)
        return
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            tried = [list(misfits(each, value, root, place)) for each in schema[choice]]
            if all(tried):
                yield f"{place}: none of {len(tried)}: {min(tried, key=len)}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: none of {schema['enum']}"
    if "type" in schema:
        right = isinstance(value, TYPES[schema["type"]])
        if not right or (isinstance(value, bool) and schema["type"] in ("number", "integer")):
            yield f"{place}: no {schema['type']}"
            return
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{place}: not like {schema['pattern']}"
    if isinstance(value, dict):
        yield from (f"{place}: without {key}" for key in schema.get("required", ()) if key not in value)
        for key, each in value.items():
            yield from _member(schema, str(key), each, root, f"{place}.{key}")
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from misfits(schema.get("items", {}), each, root, f"{place}.{at}")


def _member(schema: dict[str, Any], key: str, value: Any, root: dict[str, Any], place: str) -> Iterator[str]:
    if key in schema.get("properties", {}):
        yield from misfits(schema["properties"][key], value, root, place)
        return
    for pattern, other in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            yield from misfits(other, value, root, place)
            return
    more = schema.get("additionalProperties", True)
    if isinstance(more, dict):
        yield from misfits(more, value, root, place)
    elif not more:
        yield f"{place}: unknown"


@pytest.mark.parametrize("path", sorted((SHIPPED / "flows").iterdir()), ids=lambda path: path.stem)
def test_editors_take_the_flows_we_ship(path: Path) -> None:
    assert list(misfits(flow_schema(), read_document(path).data, flow_schema())) == []


def test_editors_take_the_number_plan_we_ship() -> None:
    schema = number_plan_schema()
    assert list(misfits(schema, read_document(SHIPPED / "numbers.yaml").data, schema)) == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("next: goodbye", "nxet: goodbye"),
        ("kind: play", "kind: paly"),
        ("start: closed", ""),
        ("max_s: 120", "max_s: soon"),
    ],
)
def test_editors_refuse_what_the_loader_refuses(tmp_path: Path, was: str, now: str) -> None:
    text = (SHIPPED / "flows" / "after-hours.yaml").read_text().replace("next: message}", "next: goodbye}")
    assert was in text
    (tmp_path / "flow.yaml").write_text(text.replace(was, now))
    assert list(misfits(flow_schema(), read_document(tmp_path / "flow.yaml").data, flow_schema()))
