"""The OpenAPI document: what the framework makes of the routes, with who may call each and the form of every error."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from earnest.api.app import PREFIX, routes
from earnest.api.openapi_parts import PROBLEM

_KEY_NAMES = ("bearer", "write_key", "api_key")
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key: ek_…"},
    "write_key": {"type": "http", "scheme": "basic", "description": "An API key as user name, without a password."},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of all addresses. Made once: the routes of an application do not change."""
    if getattr(app.state, "document", None) is None:
        app.state.document = _completed(app.openapi())
    made = app.state.document
    assert isinstance(made, dict)
    return made


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    access = {(route.method, route.path): route.access for route in routes()}
    components = made.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            needed = access.get((method.upper(), path.removeprefix(PREFIX)))
            if needed is not None and needed.by == "scope":
                operation["security"] = [{name: []} for name in _KEY_NAMES]
                operation["x-earnest-scope"] = needed.scope
            _tell_problems(operation["responses"])
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    return made


def _tell_problems(responses: dict[str, Any]) -> None:
    """Every error has one form; those that a route does not name are told as the default."""
    answer = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses.setdefault("default", {"description": "What went wrong, why, and what to do."})
    for status, told in responses.items():
        if status == "default" or status.startswith(("4", "5")):
            told["content"] = answer
