"""Parts of the OpenAPI document that several routes share: problems as answers, and schemas without references."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_TEXT = {"type": "string"}
_FAULT = {
    "type": "object",
    "properties": {
        "index": {"type": "integer", "description": "Number of the event, from 0."},
        "pointer": {"type": "string", "description": "JSON pointer into the body."},
        "code": _TEXT,
        "what": _TEXT,
        "why": _TEXT,
        "remedy": _TEXT,
        "where": _TEXT,
    },
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "why", "remedy"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What programs compare."},
        "detail": {"type": "string", "description": "What happened."},
        "why": _TEXT,
        "remedy": {"type": "string", "description": "What to do next."},
        "errors": {"type": "array", "items": _FAULT},
    },
}
"""RFC 9457, with why and what to do."""

_MEANING = {
    400: "The body is no JSON, or is packed wrongly.",
    401: "No valid API key.",
    403: "The key may not write here.",
    404: "There is no such thing.",
    413: "The body, or an event, is too large.",
    415: "The body is packed with something else than gzip.",
    422: "Something in the request cannot be used; nothing was kept.",
    429: "Too many requests.",
    503: "The server cannot keep it now; send it again after Retry-After.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route, for these statuses; `document` adds the form that all problems have."""
    return {status: {"description": _MEANING[status]} for status in statuses}


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model with every reference resolved, so that it can stand in a request body."""
    schema = model.model_json_schema()
    told = _resolved(schema, schema.get("$defs", {}))
    assert isinstance(told, dict)
    return told


def _resolved(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolved(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _resolved(one, definitions)
        for key, one in node.items()
        if key not in ("$defs", "$ref", "discriminator", "title")
    }
    if "$ref" in node:
        return _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions) | kept
    # A field that is called title is one of `properties`, where the name is no keyword.
    if "properties" in node:
        kept["properties"] = {name: _resolved(one, definitions) for name, one in node["properties"].items()}
    return kept
