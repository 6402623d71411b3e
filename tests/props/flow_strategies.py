"""Any flow there can be, made from the language's own schema: a new kind of node is in it by itself."""

from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ivr.document import Misfits
from ivr.expectation import made_up
from ivr.flow import Flow
from ivr.happenings import Answered, CallerGone, Finished, Happening, KeyPressed, Left, Silence
from ivr.names import ALL_KEYS
from ivr.nodes.any_node import AnyNode
from ivr.nodes.node import Node
from ivr.steps import LookUp, Step

SCHEMA = Flow.model_json_schema()
KINDS: Mapping[str, str] = next(iter(SCHEMA["properties"]["nodes"]["patternProperties"].values()))[
    "discriminator"
]["mapping"]
"""Kind of node → where its schema is."""
NODE: TypeAdapter[Node] = TypeAdapter(AnyNode)

_BY_PATTERN = {
    "^[a-z0-9][a-z0-9_-]*$": ["sales", "support", "sub"],
    "^[a-z0-9][a-z0-9_/-]*$": ["hello", "digits/1", "beep"],
    "^[a-z][a-z0-9_]*$": ["a", "b", "pin"],
    "^[a-z]{2,3}(_[A-Z]{2})?$": ["en", "zh"],
    "^[0-9*#]$": [*ALL_KEYS],
    "^[A-Z]{3}$": ["EUR", "CNY"],
}
_BY_DESCRIPTION = {
    "An expression": [
        "a",
        "pin",
        "caller",
        "b + 1",
        "a // 0",
        'pin == "1234"',
        'a in ("1", "2", b)',
        "len(b) > 2 and not a",
        "last(text(b), 2)",
        "today()",
        "clock()",
        "customer.language",
        "12.50",
    ],
    "A language or an expression": ["en", "zh", "customer.language", "caller"],
    "A text with expressions in {braces}": ["Hello", "Hello {a}", "{b // 0}", "{pin}{{}}"],
}


def made_from(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a JSON schema, as far as one can say so."""
    if "$ref" in schema:
        return st.deferred(lambda: made_from(SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]))
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return st.one_of([made_from(one) for one in schema[either]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _BY_TYPE.get(schema.get("type", "null"), _nothing)(schema)


def _nothing(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return st.none()


def _text(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    known = _BY_DESCRIPTION.get(schema.get("description", "")) or _BY_PATTERN.get(schema.get("pattern", ""))
    if known is not None:
        return st.sampled_from(known)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).filter(
            lambda text: len(text) <= schema.get("maxLength", 100)
        )
    return st.text(max_size=min(8, schema.get("maxLength", 8)))


def _integer(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    return st.integers(least, schema.get("maximum", least + 10))


def _number(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    return st.floats(least, schema.get("maximum", least + 10))


def _list(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "prefixItems" in schema:
        return st.tuples(*map(made_from, schema["prefixItems"])).map(list)
    least = schema.get("minItems", 0)
    return st.lists(made_from(schema["items"]), min_size=least, max_size=max(least, 2))


def _mapping(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" in schema:
        required = schema.get("required", ())
        fields = {name: made_from(one) for name, one in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: one for name, one in fields.items() if name in required},
            optional={name: one for name, one in fields.items() if name not in required},
        )
    least = schema.get("minProperties", 0)
    for pattern, one in schema.get("patternProperties", {}).items():
        names = made_from({"type": "string", "pattern": pattern})
        return st.dictionaries(names, made_from(one), min_size=least, max_size=max(least, 3))
    values = schema.get("additionalProperties")
    names = made_from(schema.get("propertyNames", {}) | {"type": "string"})
    if not isinstance(values, dict):
        return st.just({})
    return st.dictionaries(names, made_from(values), min_size=least, max_size=max(least, 3))


_BY_TYPE: Mapping[str, Callable[[Mapping[str, Any]], st.SearchStrategy[Any]]] = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": lambda schema: st.booleans(),
    "array": _list,
    "object": _mapping,
}


def _fits(written: Any) -> bool:
    try:
        NODE.validate_python(written)
    except ValidationError:
        return False
    return True


def _one_who_is_asked(written: dict[str, Any]) -> dict[str, Any]:
    """A lookup asks a service or the customers, and says what holds without an answer."""
    left_out = ("service", "path", "query", "method", "body") if "customer" in written else ("customer",)
    asked = {} if "customer" in written else {"service": "sales", "path": "/of/{a}"}
    if "body" in written:
        asked |= {"method": "POST"} if asked else {}
    expected = written.get("expect", {})
    default = {name: one for name, one in written.get("default", {}).items() if name in expected}
    kept = {name: one for name, one in written.items() if name not in left_out}
    return {"failed": "n0"} | kept | asked | {"default": default}


def _answerable(written: dict[str, Any]) -> dict[str, Any]:
    """A survey asks something, and its grades go upwards."""
    questions = [one | ({"scale": [1, 5]} if "scale" in one else {}) for one in written["questions"]]
    return written | {"questions": questions or [{"name": "a", "prompts": ["hello"], "scale": [1, 10]}]}


MENDED: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "lookup": _one_who_is_asked,
    "survey": _answerable,
}
"""What the schema cannot say of a kind: nearly all that it allows would be refused otherwise."""

NODES = {
    kind: made_from({"$ref": place}).map(MENDED.get(kind, lambda written: written)).filter(_fits)
    for kind, place in KINDS.items()
}


@st.composite
def flow_documents(
    draw: st.DrawFn, purpose: str = "call", without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What could be written for a valid flow: up to seven nodes and a hangup. Nodes that ask nobody lead
    forward or to one that asks, so no loop is without one. What is not reached, or misplaced in this flow, is
    left out.
    """
    wanted = draw(st.lists(st.sampled_from(sorted(set(KINDS) - without)), max_size=7))
    written = [draw(NODES[kind]) for kind in wanted]
    written.append({"kind": "return"} if purpose == "sub" else {"kind": "hangup"})
    names = [f"n{at}" for at in range(len(written))]
    asking = [name for name, node in zip(names, written, strict=True) if NODE.validate_python(node).asks]
    nodes = dict(zip(names, written, strict=True))
    for at, name in enumerate(names):
        onward = st.sampled_from(names if name in asking else names[at + 1 :] + asking or names)
        for place, _ in NODE.validate_python(nodes[name]).leads_to():
            _put(nodes[name], place, draw(onward))
    header = {"name": purpose, "purpose": purpose, "languages": ["en", "zh"], "start": "n0"}
    while True:
        nodes = {name: node for name, node in nodes.items() if name in _reached(nodes)}
        wrong = _wrong_in(header | {"nodes": nodes})
        if not wrong:
            return header | {"nodes": nodes}
        nodes |= {name: {"kind": "hangup"} for name in wrong}


def flows(purpose: str = "call", without: frozenset[str] = frozenset()) -> st.SearchStrategy[Flow]:
    """Any valid flow."""
    return flow_documents(purpose, without).map(Flow.model_validate)


def _put(node: Any, place: tuple[str | int, ...], name: str) -> None:
    for part in place[:-1]:
        node = node[part]
    node[place[-1]] = name


def _reached(nodes: Mapping[str, Any]) -> set[str]:
    reached, ahead = {"n0"}, ["n0"]
    while ahead:
        targets = {target for _, target in NODE.validate_python(nodes[ahead.pop()]).leads_to()}
        ahead += sorted(targets - reached)
        reached |= targets
    return reached


def _wrong_in(document: dict[str, Any]) -> set[str]:
    """Nodes that this flow cannot have."""
    try:
        Flow.model_validate(document)
    except ValidationError as error:
        return {
            str(misfit.loc[1])
            for detail in error.errors()
            if isinstance(cause := detail.get("ctx", {}).get("error"), Misfits)
            for misfit in cause.misfits
        }
    return set()


# --- what happens to callers ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.builds(KeyPressed, key=st.sampled_from(ALL_KEYS + "ABCD"))


def possible_after(step: Step) -> st.SearchStrategy[Happening]:
    """Whatever can come of ``step``."""
    known: dict[type[Happening], st.SearchStrategy[Happening]] = {KeyPressed: KEYS}
    if isinstance(step, LookUp):
        expected = st.just(made_up(step.expects, {}))
        known[Answered] = st.builds(Answered, data=expected | JSON)
    kinds = [known[kind] if kind in known else st.builds(kind) for kind in step.ends_with]
    return st.one_of(*kinds, st.just(CallerGone())).filter(step.may_end_with)


def left_alone(step: Step) -> Happening:
    """The least helpful that can come of it: nobody presses a key, nobody is let in, nothing is found."""
    kinds = [kind for kind in step.ends_with if kind is not KeyPressed]
    for dull in (Silence, Finished):
        if dull in kinds:
            return dull()
    unhelpful = [kind for kind in kinds if kind is not Left] or kinds
    return _dull(unhelpful[-1])


def _dull(kind: type[Happening]) -> Happening:
    empty: Mapping[Any, Any] = {bool: False, str: "", int: 0, float: 0.0}
    return kind(**{name: empty.get(hint, ()) for name, hint in get_type_hints(kind).items()})
