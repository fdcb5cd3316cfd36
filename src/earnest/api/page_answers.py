"""How a page is answered: made from open tables, in the reader's language, and not made again while nothing changed.

GET ── who ── mark of the tables ── the same as before? 304 ── build ── HTML with its ETag
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

import earnest
from earnest.access.principal import NOBODY, Principal
from earnest.access.secret import csrf_token
from earnest.api.credentials import shown
from earnest.api.place import Place
from earnest.api.problem import STATUSES, wants_page
from earnest.api.refusal import NotIdentified, Refusal
from earnest.kernel.errors import EarnestError
from earnest.reports.blocks import Said
from earnest.reports.words import Words
from earnest.web.asked import Asked
from earnest.web.desk import Desk, PageAt
from earnest.web.first_run import sample_chip
from earnest.web.menu import menu
from earnest.web.page import Empty, Frame, Link, Option, Page
from earnest.web.page_words import NAMES, chosen_language, page_languages, page_words
from earnest.web.render import HEADERS, page_html

LANGUAGE_COOKIE, THEME_COOKIE, KEYS_COOKIE = "earnest-language", "earnest-theme", "earnest-keys"
THEMES = ("light", "dark")


def root_of(request: Request) -> str:
    """What stands before every path of the workspace."""
    named = request.path_params.get("workspace")
    return f"/w/{named}" if named is not None else ""


def words_for(request: Request) -> Words:
    """The words of the reader's language: chosen, or the browser's."""
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return page_words(chosen_language(wanted, request.headers.get("accept-language", "")))


def answer_page(request: Request, place: Place, principal: Principal, at: PageAt) -> Response:
    """A page that looks at the workspace."""
    words = words_for(request)
    root = root_of(request)
    path = request.url.path.removeprefix(root) or "/"
    try:
        asked = Asked.read(root, path, list(request.query_params.multi_items()))
        tag = _tag(request, place, principal, words)
        if at.live and request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag, "cache-control": "private, no-cache"})
        page = build_page(request, place, principal, at, asked=asked, words=words, given=_kept(request))
    except EarnestError as error:
        if not wants_page(request):
            raise
        return error_page(request, error, place=place, principal=principal)
    frame = frame_of(request, words, place=place, principal=principal, asked=asked, mark=tag)
    told = {"etag": tag} if page.status == 200 and at.live and not page.wait else {}
    return html(page, frame, words, headers=told)


def build_page(
    request: Request,
    place: Place,
    principal: Principal,
    at: PageAt,
    *,
    asked: Asked,
    words: Words,
    given: Mapping[str, Any] | None = None,
) -> Page:
    """Make a page from open tables.

    Raises:
        EarnestError: as the page's builder.
    """
    parameters = {name: value for name, value in request.path_params.items() if name != "workspace"}
    with place.tables.use(place.state()) as tables:
        desk = Desk(
            place.workspace, tables, words, asked, place.name, principal.name, frozenset(principal.scopes), given or {}
        )
        page = at.build(desk, **parameters)
    chip = sample_chip(desk)
    return replace(page, chips=(chip, *page.chips)) if chip is not None else page


def _kept(request: Request) -> dict[str, Any]:
    """What this browser keeps that a page may show."""
    return {KEYS_COOKIE: request.cookies.get(KEYS_COOKIE, "")}


def answer_built(
    request: Request, place: Place, principal: Principal, at: PageAt, *, path: str, given: Mapping[str, Any]
) -> Response:
    """A page in answer to a form, with what came of it: shown once, kept nowhere."""
    words = words_for(request)
    asked = Asked(root_of(request), path)
    page = build_page(request, place, principal, at, asked=asked, words=words, given=given)
    frame = frame_of(request, words, place=place, principal=principal, asked=asked)
    return html(page, frame, words, headers={"cache-control": "no-store"})


def html(page: Page, frame: Frame, words: Words, *, headers: Mapping[str, str] | None = None) -> Response:
    """A page as an answer."""
    told = {**HEADERS, "cache-control": "private, no-cache", "vary": "cookie, accept-language", **(headers or {})}
    return Response(page_html(page, frame, words), page.status, told, "text/html; charset=utf-8")


def frame_of(
    request: Request,
    words: Words,
    *,
    place: Place | None = None,
    principal: Principal = NOBODY,
    asked: Asked | None = None,
    mark: str = "",
) -> Frame:
    """What stands round a page; the menu only for those who are known."""
    root = root_of(request)
    known = place is not None and principal is not NOBODY
    credential = shown(request, place.name) if place is not None and known else None
    session = credential.text if credential is not None and credential.kind == "session" else None
    theme = request.cookies.get(THEME_COOKIE, "")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Frame(
        language=words.language,
        theme=theme if theme in THEMES else "",
        workspace=place.name if place is not None else "",
        root=root,
        here=here if request.method == "GET" else root + "/",
        menu=menu(words, asked or Asked(root, "/")) if known else (),
        who=principal.name if known else "",
        csrf=csrf_token(session) if session else "",
        mark=mark.strip('"'),
        keys=request.cookies.get(KEYS_COOKIE) != "off",
        languages=tuple(Option(code, NAMES[code]) for code in page_languages()),
    )


def error_page(
    request: Request, error: EarnestError, *, place: Place | None = None, principal: Principal = NOBODY
) -> Response:
    """What happened, why, and what to do, as a page; who is not known is led to sign in."""
    if isinstance(error, NotIdentified) and request.method == "GET":
        return RedirectResponse(_sign_in(request), 303, headers={"cache-control": "no-store"})
    status = (
        error.status
        if isinstance(error, Refusal)
        else next((status for kind, status, _ in STATUSES if isinstance(error, kind)), 500)
    )
    words = words_for(request)
    home = Link(words.label("menu", "Overview"), root_of(request) + "/", "primary")
    title = {
        403: words.say("You may not see this"),
        404: words.say("There is nothing here"),
        429: words.say("Too many requests"),
        503: words.say("Not now"),
    }.get(status, words.say("This cannot be shown"))
    steps = (Said(error.hint, words.foreign),) if error.hint and status < 500 else ()
    message = (
        Said(error.message, words.foreign)
        if status < 500
        else Said(words.say("The server cannot do it now; nothing was changed."))
    )
    told = Empty(title, message.text, (*steps, Said(words.say("Code: %(code)s", code=error.code))), (home,))
    frame = frame_of(request, words, place=place, principal=principal)
    headers = dict(error.headers or {}) if isinstance(error, Refusal) else {}
    return html(Page(title, "", (told,), status=status), frame, words, headers=headers)


def _sign_in(request: Request) -> str:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{root_of(request)}/sign-in?next={quote(here, safe='')}"


def _tag(request: Request, place: Place, principal: Principal, words: Words) -> str:
    """What the page is made of, as a tag: tables and definitions, address, reader, language, theme, version."""
    told = (
        place.tables.mark(place.state()), request.url.path, request.url.query, principal.name, sorted(principal.scopes),
        words.language, request.cookies.get(THEME_COOKIE, ""), earnest.__version__,
    )  # fmt: skip
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:24]}"'
