"""The documentation page: the OpenAPI schema as plain HTML. No scripts; nothing is fetched from elsewhere."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { background: #f3f4f6; color: #111; padding: .75rem; overflow-x: auto }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc }
table { border-collapse: collapse } td { padding: .15rem 1rem .15rem 0; vertical-align: top }
summary { cursor: pointer }
"""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)
"""Lets the page's own style in, and nothing else."""

_METHODS = ("get", "put", "post", "patch", "delete")


def docs_page(schema: Mapping[str, Any]) -> str:
    """The page for an OpenAPI schema."""
    parts = [
        f"<h1>{escape(schema['info']['title'])} {escape(schema['info']['version'])}</h1>",
        f"<p>{escape(schema['info'].get('description', ''))}</p>",
        '<p>The same for machines: <a href="/openapi.json">openapi.json</a></p>',
    ]
    for path, operations in schema["paths"].items():
        for method in _METHODS:
            if method in operations:
                parts += _operation(schema, method.upper(), path, operations[method])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(schema['info']['title'])}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )


def _operation(schema: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> list[str]:
    parts = [
        f'<h2 id="{escape(operation["operationId"])}"><code>{method} {escape(path)}</code></h2>',
        f"<p><b>{escape(operation.get('summary', ''))}.</b> {escape(operation.get('description', ''))}</p>",
    ]
    if "security" in operation:
        parts.append("<p>Needs <code>Authorization: Bearer &lt;token&gt;</code>.</p>")
    rows = [
        (f"{p['name']} ({p['in']})", p.get("description", ""), p["schema"])
        for p in operation.get("parameters", ())
    ]
    if rows:
        cells = (f"<tr><td><code>{escape(n)}</code></td><td>{escape(text)}</td></tr>" for n, text, _ in rows)
        parts.append(f"<table>{''.join(cells)}</table>")
    if "requestBody" in operation:
        for kind, content in operation["requestBody"]["content"].items():
            title = "Body" if kind == "application/json" else f"Body ({kind})"
            parts += _body(title, content, schema)
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        title = f"{status} {answer.get('description', '')}"
        if content and status.startswith("2"):
            parts += _body(title, content, schema)
        else:
            parts.append(f"<p><code>{escape(title)}</code></p>")
    return parts


def _body(title: str, content: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    named = [example["value"] for example in content.get("examples", {}).values()]
    if isinstance(content.get("example"), str):  # a body that is no JSON is shown as it is
        return [f"<p><code>{escape(title)}</code></p>", f"<pre>{escape(content['example'])}</pre>"]
    examples = named or [_example(content["schema"], schema, ())]
    shown = "\n".join(json.dumps(example, indent=2, ensure_ascii=False) for example in examples)
    return [f"<p><code>{escape(title)}</code></p>", f"<pre>{escape(shown)}</pre>"]


def _example(part: Mapping[str, Any], schema: Mapping[str, Any], above: tuple[str, ...]) -> Any:
    """A value that fits ``part``, from the examples in the schema."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return (
            "…" if name in above else _example(schema["components"]["schemas"][name], schema, (*above, name))
        )
    if part.get("examples"):
        return part["examples"][0]
    if part.get("enum"):
        return part["enum"][0]
    if "const" in part:
        return part["const"]
    for choices in ("anyOf", "oneOf"):
        if choices in part:
            return _example(part[choices][0], schema, above)
    match part.get("type"):
        case "array":
            return [_example(part["items"], schema, above)]
        case "object":
            inner = part.get("properties", {})
            return {name: _example(value, schema, above) for name, value in inner.items()}
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case _:
            return "text"
