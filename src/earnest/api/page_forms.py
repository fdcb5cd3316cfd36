"""What a page's form sends: read, done, answered by going back to a page; or shown again with what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from earnest.access.principal import Principal
from earnest.api.guard import MOST_FIELDS
from earnest.api.page_answers import build_page, error_page, frame_of, html, root_of, words_for
from earnest.api.place import Place
from earnest.api.problem import wants_page
from earnest.kernel.errors import EarnestError, UsageError
from earnest.web.asked import LONGEST, Asked
from earnest.web.desk import PageAt

LONGEST_FIELD = 2_000
Given = Mapping[str, str]


async def answer_form(
    request: Request, place: Place, principal: Principal, at: PageAt, *, does: Callable[[Given], Any]
) -> Response:
    """Do what a form asks for and go back to its page (303); what is refused is shown above the form, with what was given.

    Args:
        does: takes the fields and changes something, in a thread. The field `form` names the form on the page.
    """
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    given = {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}
    try:
        if any(len(text) > LONGEST_FIELD for text in given.values()):
            raise UsageError(
                "too-long", f"a field holds more than {LONGEST_FIELD:,} characters", hint="Say it shorter."
            )
        await run_in_threadpool(does, given)
    except EarnestError as error:
        if not wants_page(request):
            raise
        return await run_in_threadpool(_again, request, place, principal, at, given=given, error=error)
    return RedirectResponse(_own(request, at, given), 303, headers={"cache-control": "no-store"})


def _again(
    request: Request, place: Place, principal: Principal, at: PageAt, *, given: Given, error: EarnestError
) -> Response:
    words, root = words_for(request), root_of(request)
    alert = " ".join(part for part in (f"{error.message[:1].upper()}{error.message[1:]}.", error.hint) if part)
    told = {name: text[:LONGEST] for name, text in given.items() if name != "csrf"} | {"alert": alert}
    try:
        asked = Asked.read(root, at.path, [])
        page = build_page(request, place, principal, at, asked=asked, words=words, given=told)
    except EarnestError as other:
        return error_page(request, other, place=place, principal=principal)
    frame = frame_of(request, words, place=place, principal=principal, asked=asked)
    return html(replace(page, status=422), frame, words, headers={"cache-control": "no-store"})


def _own(request: Request, at: PageAt, given: Given) -> str:
    """The state of the page the form stood on; anything but an address of this page leads to the page as it is at first."""
    home, wanted = root_of(request) + at.path, given.get("next", "")
    same = wanted == home or wanted.startswith((f"{home}?", f"{home}#"))
    return wanted if same and wanted.isprintable() and "\\" not in wanted else home
