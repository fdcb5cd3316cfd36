"""The dashboard: every page of `earnest.web.pages`, signing in and out, language and theme, and the files that pages load."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from earnest.access.principal import Principal
from earnest.api.credentials import check_same_origin, cookie_name, delete_cookie, set_cookie, shown
from earnest.api.guard import caller_address, principal_of, throttle_of
from earnest.api.page_answers import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    answer_page,
    frame_of,
    html,
    root_of,
    words_for,
)
from earnest.api.place import Place, place_of
from earnest.api.problem import wants_page
from earnest.api.refusal import too_many
from earnest.api.route import KNOWN, PUBLIC, Route, needs
from earnest.kernel.errors import NotFound, UsageError
from earnest.usecases.access_session import NotSignedIn, sign_in, sign_out
from earnest.web.assets import assets
from earnest.web.desk import PageAt
from earnest.web.menu import pages
from earnest.web.page_words import page_languages
from earnest.web.pages.sign_in import sign_in_page

YEAR_S = 31_536_000
PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]


def _endpoint(at: PageAt) -> Callable[..., Awaitable[Response]]:
    """The endpoint of a page: made in a thread, since tables are asked."""

    async def page(request: Request, place: PlaceHere, principal: Caller) -> Response:
        return await run_in_threadpool(answer_page, request, place, principal, at)

    page.__doc__ = f"{at.summary}, as a page."
    return page


def asset(name: str) -> Response:
    """A file that pages load; its name changes with what it holds."""
    found = assets().get(name)
    if found is None:
        raise NotFound("no-such-file", "there is no such file", hint="Load the page again.")
    headers = {"cache-control": f"public, max-age={YEAR_S}, immutable", "etag": f'"{name}"'}
    return Response(found.body, 200, headers, found.media_type)


async def show_sign_in(request: Request, place: PlaceHere) -> Response:
    """The form to sign in with."""
    return _sign_in_answer(request, place)


async def do_sign_in(request: Request, place: PlaceHere) -> Response:
    """Begin a session from the form; the same bounds as for the API."""
    check_same_origin(request)
    if not wants_page(request):
        raise UsageError("for-browsers", "this form is for browsers", hint="Programs send POST /api/v1/session.")
    form = await request.form(max_files=0, max_fields=8)
    name, password, leads = (str(form.get(field) or "") for field in ("name", "password", "next"))
    address, throttle = caller_address(request), throttle_of(request)
    if wait_s := throttle.take("sign_in", address) or throttle.take("sign_in_all", place.name):
        raise too_many(wait_s, "sign-ins")
    before = request.cookies.get(cookie_name(request, place.name))
    done = await run_in_threadpool(
        sign_in,
        place.workspace,
        place.access,
        name[:200],
        password[:1024],
        address=address,
        before=before,
        place=place.name,
    )
    if isinstance(done, NotSignedIn):
        return _sign_in_answer(
            request, place, name=name[:200], leads=leads, wait_s=-(-done.wait_us // 1_000_000), failed=True
        )
    answer = RedirectResponse(_own(request, leads), 303, headers={"cache-control": "no-store"})
    set_cookie(answer, request, place.name, done.session_id)
    return answer


async def do_sign_out(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """End the session."""
    credential = shown(request, place.name)
    if credential is not None and credential.kind == "session":
        sign_out(place.access, credential.text)
    answer = RedirectResponse(f"{root_of(request)}/sign-in", 303)
    delete_cookie(answer, request, place.name)
    return answer


async def prefer(request: Request, _place: PlaceHere) -> Response:
    """Remember language and theme in this browser, and go back to the page."""
    form = await request.form(max_files=0, max_fields=8)
    answer = RedirectResponse(_own(request, str(form.get("next") or "")), 303)
    language, theme = str(form.get("lang") or ""), str(form.get("theme") or "")
    secure = request.url.scheme == "https"
    if language in page_languages():
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="lax", secure=secure, httponly=True)
    if theme in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="lax", secure=secure, httponly=True)
    else:
        answer.delete_cookie(THEME_COOKIE)
    return answer


def _sign_in_answer(
    request: Request, place: Place, *, name: str = "", leads: str = "", wait_s: int = 0, failed: bool = False
) -> Response:
    words = words_for(request)
    root = root_of(request)
    leads = leads or request.query_params.get("next", "")
    page = sign_in_page(
        words,
        root,
        name=name,
        leads=_own(request, leads),
        wait_s=wait_s,
        failed=failed,
        nobody=not place.access.users(),
    )
    return html(page, frame_of(request, words, place=place), words, headers={"cache-control": "no-store"})


def _own(request: Request, leads: str) -> str:
    """An address on this server, in this workspace; anything else leads home."""
    root = root_of(request)
    own = leads.startswith(f"{root}/") and not leads.startswith("//") and "\\" not in leads and leads.isprintable()
    return leads if own else f"{root}/"


_HIDDEN = {"include_in_schema": False}


def _routes() -> tuple[Route, ...]:
    own = tuple(
        Route("GET", at.path, _endpoint(at), access=needs(at.scope), summary=at.summary, tag="pages", extra=_HIDDEN)
        for at in pages()
    )
    return (
        Route("GET", "/static/{name}", asset, access=PUBLIC, summary="A file of the pages", tag="pages", extra=_HIDDEN),
        Route("GET", "/sign-in", show_sign_in, access=PUBLIC, summary="Sign in, the form", tag="pages", extra=_HIDDEN),
        Route("POST", "/sign-in", do_sign_in, access=PUBLIC, summary="Sign in by the form", tag="pages", extra=_HIDDEN),
        Route(
            "POST", "/sign-out", do_sign_out, access=KNOWN, summary="Sign out by the form", tag="pages", extra=_HIDDEN
        ),
        Route("POST", "/preferences", prefer, access=PUBLIC, summary="Language and theme", tag="pages", extra=_HIDDEN),
        *own,
    )


ROUTES = _routes()
