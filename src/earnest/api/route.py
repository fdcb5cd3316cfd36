"""A route: address, handler and who may call it, declared together. A route without an `Access` cannot be written.

    api/routes/<group>.py: ROUTES = (Route("POST", "/hooks/{name}", receive, access=SIGNED, …), …)

The application mounts every route of every group twice: under `/w/{workspace}` and, where the server has one workspace,
at the root. The authorisation matrix in the docs and its test are made from these declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route.

    Args:
        by: ``public``: anybody. ``signed``: whoever signs as the source says; the handler verifies. ``scope``: a session
            or an API key that has `scope`; with no scope, any that the workspace knows.
        channel: only API keys bound to a source of this channel. None: any caller with the scope.
    """

    by: Literal["public", "signed", "scope"]
    scope: str | None = None
    channel: str | None = None


PUBLIC = Access("public")
SIGNED = Access("signed")
KNOWN = Access("scope")
"""Any session or API key of the workspace, whatever its scopes."""


def needs(scope: str) -> Access:
    """A session or an API key with this scope (`access.roles.SCOPES`)."""
    return Access("scope", scope)


def sends(channel: str) -> Access:
    """An API key that sends events to a source of this channel: no session, and no other key, has a source to send to."""
    return Access("scope", "events:write", channel)


@dataclass(frozen=True, slots=True)
class Route:
    """One address.

    Args:
        endpoint: a FastAPI endpoint. It takes the workspace by `Depends(place_of)` and, where it matters, who calls by
            `Depends(principal_of)` (`earnest.api.place`, `earnest.api.guard`).
        extra: further arguments of `FastAPI.add_api_route` (response_model, responses, openapi_extra …).
        in_workspace: False for what belongs to the server, not to a workspace (`/healthz`): mounted once, at the root.
    """

    method: str
    path: str
    endpoint: Callable[..., Any]
    access: Access
    summary: str
    tag: str
    in_workspace: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
