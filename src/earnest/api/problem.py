"""Errors as `application/problem+json` (RFC 9457): what happened, why it is refused, what to do; one map from error to status.

    {"type": "urn:earnest:problem:no-such-source", "title": "Not found", "status": 404, "code": "no-such-source",
     "detail": what happened, "why": why that cannot be, "remedy": what to do next}

Nothing of the request's body, query or headers is repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from earnest.api.refusal import Refusal
from earnest.channels.told import shown_value
from earnest.journal.writer import RETRY_AFTER_S
from earnest.kernel.errors import (
    Conflict,
    CurrencyMismatch,
    DataRefused,
    EarnestError,
    EnvironmentProblem,
    NotFound,
    UsageError,
)
from earnest.usecases.access import BeyondOwn

MEDIA_TYPE = "application/problem+json"
MOST_TOLD = 20
"""Faults of one request that are told of."""

STATUSES: tuple[tuple[type[EarnestError], int, str], ...] = (
    (UsageError, 400, "The request itself is wrong."),
    (DataRefused, 422, "The data cannot be used as it is."),
    (NotFound, 404, "There is nothing at this address, or nothing that this caller may see."),
    (Conflict, 409, "It contradicts what is there already."),
    (BeyondOwn, 403, "Nobody can give more than he has."),
    (EnvironmentProblem, 503, "The server cannot do it now; nothing was changed."),
    (CurrencyMismatch, 400, "Amounts of different currencies cannot be added."),
    (EarnestError, 500, "This is a fault of Earnest."),
)
"""One mapping of the error tree to statuses; the first class that fits. A `Refusal` has its own status."""

_PATH = re.compile(r"\S*/\S+")
_WHY = {
    400: "The request is not one that can be read.",
    401: "Nobody known has asked.",
    403: "This caller may not do it.",
    404: "There is nothing at this address, or nothing that this caller may see.",
    405: "The address exists, but not for this method.",
    408: "The request came too slowly.",
    411: "The length of the body must be known.",
    413: "The request is larger than any that is expected here.",
    415: "The body is in a form that is not read here.",
    422: "The request does not have the form that this address expects.",
    429: "This caller has asked too often.",
    431: "The head of the request is larger than any that is expected here.",
    500: "This is a fault of Earnest.",
    503: "The server cannot do it now; nothing was changed.",
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    why: str | None = None,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, object]] = (),
) -> Response:
    """One error as an answer. Status 503 tells when to come back, unless `headers` does."""
    body: dict[str, Any] = {
        "type": f"urn:earnest:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "why": why or _WHY.get(status, _WHY[400 if status < 500 else 500]),
        "remedy": remedy or "",
    }
    if errors:
        body["errors"] = list(errors)
    told = {"retry-after": str(RETRY_AFTER_S)} if status == 503 else {}
    text = json.dumps(body, ensure_ascii=False, default=str).encode(errors="replace")
    return Response(text, status, {**told, **(headers or {})}, MEDIA_TYPE)


def problem_of(error: EarnestError) -> Response:
    """The answer to an error of the tree."""
    if isinstance(error, Refusal):
        return problem(error.status, error.code, error.message, remedy=error.hint, headers=error.headers)
    status, why = next((status, why) for kind, status, why in STATUSES if isinstance(error, kind))
    if status >= 500:
        return problem(
            status, error.code, _without_paths(error.message), why=why, remedy=_without_paths(error.hint or "")
        )
    return problem(status, error.code, error.message, why=why, remedy=error.hint)


def _without_paths(text: str) -> str:
    """What callers need not know: where things lie on this machine. The log has it."""
    return _PATH.sub("…", text)


def unforeseen() -> Response:
    """The answer to a fault of ours; what it was stands in the log."""
    return problem(
        500,
        "unexpected",
        "the server made a mistake",
        remedy="The log tells where, under this answer's X-Request-Id; please report it.",
    )


def wants_page(request: Request) -> bool:
    """Whether a page was asked for: the address is a page's, and a browser asks."""
    route = request.scope.get("route")
    return "pages" in getattr(route, "tags", ()) and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI, *, as_page: Callable[[Request, EarnestError], Response] | None = None) -> None:
    """Answer every error of an application in this form.

    Args:
        as_page: answers the errors of pages that a browser asked for.
    """

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, EarnestError)
        return as_page(request, error) if as_page is not None and wants_page(request) else problem_of(error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            error.headers = {**(error.headers or {}), "Allow": _allowed(request)}
        return _http(error)

    async def on_invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _invalid(error)

    async def on_fault(_request: Request, _error: Exception) -> Response:
        return unforeseen()  # the framework raises it again afterwards, and whoever stands before it tells the log

    app.add_exception_handler(Exception, on_fault)
    app.add_exception_handler(EarnestError, on_error)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)


def _allowed(request: Request) -> str:
    """Every method of the address: the framework names those of the first route that has it."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] != Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods))


def _http(error: HTTPException) -> Response:
    code = {404: "no-such-address", 405: "method-not-allowed", 413: "too-large"}.get(error.status_code)
    phrase = HTTPStatus(error.status_code).phrase
    return problem(
        error.status_code,
        code or phrase.lower().replace(" ", "-"),
        {404: "there is nothing at this address", 405: "this method is not for this address"}.get(
            error.status_code, phrase.lower()
        ),
        remedy={404: "Check the address.", 405: "Use one of the methods in the Allow header."}.get(error.status_code),
        headers=error.headers,
    )


def _invalid(error: RequestValidationError) -> Response:
    """Where the request departs from what is expected; never with the value that stood there."""
    found = [
        {"where": _place(one.get("loc", ())), "what": shown_value(str(one.get("msg", "")))}
        for one in error.errors()[:MOST_TOLD]
    ]
    first = f"{found[0]['where']}: {found[0]['what']}" if found else "the request does not have the expected form"
    return problem(
        422,
        "request-invalid",
        first,
        remedy="Correct what `errors` names; /openapi.json describes each request.",
        errors=found,
    )


def _place(loc: Sequence[object]) -> str:
    """`body.events[3].name`; names given by the caller are cut and masked like values."""
    where = ""
    for part in loc:
        where += f"[{part}]" if isinstance(part, int) else f"{'.' if where else ''}{shown_value(str(part))}"
    return where
