"""What every form of a page needs: where to go then, and the page again with the reason where something was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from earnest.access.principal import Principal
from earnest.api.guard import MOST_FIELDS
from earnest.api.page_answers import build_page, error_page, frame_of, html, root_of, words_for
from earnest.api.place import Place
from earnest.api.problem import STATUSES, wants_page
from earnest.api.refusal import Refusal
from earnest.kernel.errors import EarnestError
from earnest.web.asked import Asked
from earnest.web.desk import PageAt

LONGEST = 4_000
"""Characters of one field."""
NO_STORE = {"cache-control": "no-store"}


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form, without spaces round them; of several with one name the last."""
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return {name: text[:LONGEST].strip() for name, text in form.multi_items() if isinstance(text, str)}


def gone_to(request: Request, path: str) -> Response:
    """To a page of the same workspace, by GET."""
    return RedirectResponse(root_of(request) + path, 303, headers=NO_STORE)


async def page_again(
    request: Request, place: Place, principal: Principal, at: PageAt, *, path: str, given: Mapping[str, Any]
) -> Response:
    """A page as the answer to a form, with what the form led to.

    Args:
        path: of the page. given: for the page; `error` in it decides the status.

    Raises:
        EarnestError: the error, to callers that want no page.
    """
    error = given.get("error")
    if isinstance(error, EarnestError) and not wants_page(request):
        raise error
    return await run_in_threadpool(_again, request, place, principal, at, path=path, given=given)


def _again(
    request: Request, place: Place, principal: Principal, at: PageAt, *, path: str, given: Mapping[str, Any]
) -> Response:
    words = words_for(request)
    asked = Asked.read(root_of(request), path, [])
    error = given.get("error")
    told = dict(given) | ({"status": status_of(error)} if isinstance(error, EarnestError) else {})
    try:
        page = build_page(request, place, principal, at, asked=asked, words=words, given=told)
    except EarnestError as other:
        return error_page(request, other, place=place, principal=principal)
    frame = frame_of(request, words, place=place, principal=principal, asked=asked)
    return html(page, frame, words, headers=NO_STORE)


def status_of(error: EarnestError) -> int:
    """The status of an error."""
    if isinstance(error, Refusal):
        return error.status
    return next(status for kind, status, _ in STATUSES if isinstance(error, kind))
