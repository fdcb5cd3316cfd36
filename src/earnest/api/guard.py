"""The guard stands before every route: who calls, may they do this, how often. What no declaration allows is refused.

    throttle ─ 429 │ credential → principal ─ 401 │ scope, the key's source ─ 403 │ our own page, if a session changes something ─ 403

A session or key is looked up in the workspace that is addressed, and exists in no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from earnest.access.identify import Refused, by_key, by_session
from earnest.access.principal import NOBODY, Principal
from earnest.api.bound_source import bound_source
from earnest.api.credentials import CSRF_FIELD, CSRF_HEADER, SAFE_METHODS, Shown, check_csrf, shown
from earnest.api.place import Place, place_of
from earnest.api.refusal import NotAllowed, NotIdentified, too_many
from earnest.api.route import Access
from earnest.api.throttle import Throttle, address_of

MOST_FIELDS = 200
"""Of a form."""

_WHY = {
    "unknown": "the {what} is not known in this workspace",
    "expired": "the {what} has expired",
    "revoked": "the {what} was revoked",
}


def guard(access: Access) -> Callable[..., Awaitable[Principal]]:
    """The dependency that lets only those through whom `access` names.

    Raises (when called):
        NotIdentified, NotAllowed, TooMany: 401, 403, 429.
    """
    if access.by == "scope":

        async def scoped(request: Request, place: Annotated[Place, Depends(place_of)]) -> Principal:
            return await _identified(request, place, access)

        return scoped
    return _signed if access.by == "signed" else _public


async def principal_of(request: Request) -> Principal:
    """Who calls: what the guard found; nobody on public and signed routes."""
    found = getattr(request.state, "principal", NOBODY)
    assert isinstance(found, Principal)
    return found


def throttle_of(request: Request) -> Throttle:
    """The server's buckets: `app.state.throttle`, made with the usual limits if the application has none."""
    state = request.app.state
    if not hasattr(state, "throttle"):
        state.throttle = Throttle()
    throttle = state.throttle
    assert isinstance(throttle, Throttle)
    return throttle


def caller_address(request: Request) -> str:
    """The address a request counts for. Behind a proxy: the client's, if the server trusts that proxy, else the proxy's."""
    return address_of(request.client.host if request.client else None)


async def _public(request: Request) -> Principal:
    wait_s = throttle_of(request).take("address", caller_address(request))
    if wait_s:
        raise too_many(wait_s)
    return NOBODY


async def _signed(request: Request) -> Principal:
    """No bucket: see `throttle`. The handler verifies the signature."""
    return NOBODY


async def _identified(request: Request, place: Place, access: Access) -> Principal:
    try:
        principal, credential = _look_up(request, place)
    except NotIdentified as error:
        _note(request, refused=error.code)
        wait_s = throttle_of(request).take("refused", caller_address(request))
        if wait_s:
            raise too_many(wait_s, "requests without a valid session or API key") from None
        raise
    _note(request, by=principal.told())
    wait_s = throttle_of(request).take("caller", (place.name, principal.key_id or principal.name))
    if wait_s:
        raise too_many(wait_s)
    _check_scope(principal, access.scope)
    if access.channel is not None:
        bound_source(principal, place.state(), channel=access.channel)
    if credential.kind == "session" and request.method not in SAFE_METHODS:
        check_csrf(request, credential.text, sent=await _form_token(request))
    if place.access.uses_due(place.workspace.clock()):
        await run_in_threadpool(place.access.note_uses)
    request.state.principal = principal
    return principal


async def _form_token(request: Request) -> str | None:
    """The token that a page's form carries; forms with files carry it in their address, so that no file is read before it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return request.query_params.get(CSRF_FIELD)
    if kind == "application/x-www-form-urlencoded" and CSRF_HEADER not in request.headers:
        return str((await request.form(max_files=0, max_fields=MOST_FIELDS)).get(CSRF_FIELD) or "")
    return None


def _check_scope(principal: Principal, scope: str | None) -> None:
    if scope is not None and scope not in principal.scopes:
        raise NotAllowed(
            "scope-missing",
            f"{'this API key' if principal.kind == 'key' else 'your role'} does not allow {scope}",
            hint="Ask an admin for it.",
            scope=scope,
        )


def _note(request: Request, **facts: object) -> None:
    """For the log line of this request."""
    request.scope["earnest.facts"] = {**request.scope.get("earnest.facts", {}), **facts}


def _look_up(request: Request, place: Place) -> tuple[Principal, Shown]:
    """Who shows what.

    Raises:
        NotIdentified: `not-signed-in`, `two-credentials`, `unreadable-credential`, or `unknown-`, `expired-`,
            `revoked-` with `key` or `session`.
    """
    credential = shown(request, place.name)
    if credential is None:
        raise NotIdentified(
            "not-signed-in",
            "this needs a session or an API key, and the request shows none",
            hint="Send Authorization: Bearer ek_…, or sign in: POST /api/v1/session.",
        )
    find = by_key if credential.kind == "key" else by_session
    found = find(place.access, credential.text, workspace=place.name, now_us=place.workspace.clock())
    if isinstance(found, Refused):
        what = "API key" if credential.kind == "key" else "session"
        raise NotIdentified(
            f"{found.why}-{credential.kind}",
            _WHY[found.why].format(what=what),
            hint="Make a key: earnest key create." if credential.kind == "key" else "Sign in: POST /api/v1/session.",
        )
    return found, credential
