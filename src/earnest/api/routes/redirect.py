"""Where a click goes: `GET /r/CODE` is answered 302 from memory, and only then handed to the journal, which nobody waits for.

    code ── seal ── link ── leads? ──> 302 Location ── click ──> the writer's queue
              └──────┴────────┴─ no: the same 404            └ what it cannot take, or one address has too many of, is counted

The visitor's query is nobody's business: nothing of the request comes into the answer.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from earnest.api.clicks import click_draft, evidence, network_of
from earnest.api.guard import caller_address, throttle_of
from earnest.api.place import Place
from earnest.api.problem import problem, problem_of
from earnest.api.redirect_memory import Memory, Redirects, Target
from earnest.api.refusal import too_many
from earnest.api.route import PUBLIC, Route
from earnest.kernel.errors import EarnestError
from earnest.tracking.codes import Code

PATH = "/r/{code}"
CLICK_ID_BYTES = 16
_HEADERS = [
    (b"content-length", b"0"),
    (b"cache-control", b"private, no-store"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-robots-tag", b"noindex"),
]
_BODY = {"type": "http.response.body", "body": b""}
_NOWHERE = (
    "<!doctype html>\n"
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Not found</title></head>\n"
    "<body><h1>Not found</h1><p>This link leads nowhere.</p></body></html>\n"
)


@dataclass(slots=True)
class Redirect:
    """The endpoint of all links of all workspaces."""

    thin: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["earnest.route"] = PATH
        if scope["method"] not in ("GET", "HEAD"):
            await _not_allowed()(scope, receive, send)
            return
        redirects: Redirects = scope["app"].state.redirects
        found = redirects.read(scope["path_params"]["code"], scope["path_params"].get("workspace"))
        if found is None:
            await _missed(scope)(scope, receive, send)
            return
        name, memory, code = found
        target = await memory.find(code)
        at_us = memory.workspace.clock()
        if target is None or target.landing is None or not target.leads(at_us):
            await _missed(scope)(scope, receive, send)
            return
        scope["earnest.facts"] = {"workspace": name}
        click_id = secrets.token_urlsafe(CLICK_ID_BYTES)
        location = (b"location", target.landing.of(click_id).encode())
        try:
            await send({"type": "http.response.start", "status": 302, "headers": [location, *_HEADERS]})
            await send(_BODY)
        finally:
            if throttle_of(request := HttpRequest(scope)).take("clicks", caller_address(request)):
                _lose(scope, memory, "too-many", name=name)
            else:
                _hand_over(
                    scope, memory, _facts(scope, memory, target, code, click_id=click_id, at_us=at_us), name=name
                )


def _facts(scope: Scope, memory: Memory, target: Target, code: Code, *, click_id: str, at_us: int) -> dict[str, object]:
    """What is told of a click: its body in the journal."""
    client = scope.get("client")
    network, (headers, cut) = network_of(client[0] if client else None), evidence(scope["headers"])
    visitor = None
    if network is not None and memory.visitors is not None:
        visitor = memory.visitors.visitor(network, headers.get("user-agent", ""), at_us)
    return {
        "click": click_id,
        "at": at_us,
        "link": target.link.id,
        "recipient": code.recipient,
        "within": target.within,
        "method": scope["method"],
        "headers": headers,
        "network": network,
        "visitor": visitor,
    } | ({"cut": cut} if cut else {})


def _lose(scope: Scope, memory: Memory, reason: str, *, name: str) -> None:
    """Count an answered click that is not kept."""
    memory.lost.add(reason, 1, now_us=memory.workspace.clock())
    place: Place | EarnestError | None = scope["app"].state.places.get(name)
    if isinstance(place, Place):
        place.figures.redirected()


def _hand_over(scope: Scope, memory: Memory, facts: dict[str, object], *, name: str) -> None:
    """Give an answered click to the writer. What cannot be given is counted."""
    place: Place | EarnestError | None = scope["app"].state.places.get(name)
    if not isinstance(place, Place):
        _lose(scope, memory, place.code if place is not None else "no-workspace", name=name)
        return
    place.figures.redirected()
    place.keep_click(click_draft(facts, at_us=memory.workspace.clock()))


def _missed(scope: Scope) -> Response:
    """The one answer to whatever leads nowhere, for whatever reason."""
    request = HttpRequest(scope)
    wait_s = throttle_of(request).take("missed", caller_address(request))
    if wait_s:
        return problem_of(too_many(wait_s, "requests for links that lead nowhere"))
    return Response(
        _NOWHERE,
        404,
        {
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'",
            "referrer-policy": "no-referrer",
            "x-robots-tag": "noindex",
        },
        "text/html",
    )


def _not_allowed() -> Response:
    return problem(
        405,
        "method-not-allowed",
        "this method is not for this address",
        remedy="Links are followed with GET.",
        headers={"allow": "GET, HEAD"},
    )


ROUTES = tuple(
    Route(method, PATH, Redirect(), access=PUBLIC, summary="Follow a link", tag="links") for method in ("GET", "HEAD")
)
