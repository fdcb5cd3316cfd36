"""A shared report: `/s/{id}`. The page of a snapshot as it was frozen, without a menu; whatever else stands in the address is ignored.

    id ── digest ── link live? ── snapshot ──> page          ETag = its content; asked for anew each time, as a link can be revoked
     404, the same for a wrong, an expired and a revoked link
    429 who asks too often

Views are not counted, and nothing is kept about who looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from earnest.api.guard import caller_address, throttle_of
from earnest.api.place import Place, Places
from earnest.api.problem import problem, problem_of
from earnest.api.route import PUBLIC, Route
from earnest.api.routes.hooks import headers_of
from earnest.api.survey_page import chosen_language
from earnest.definitions.report import Share, Snapshot
from earnest.kernel.errors import EarnestError
from earnest.reports.closed import POLICY, closed_page, slow_page
from earnest.reports.words import Words, languages, translator
from earnest.usecases.report_share import opened
from earnest.usecases.report_snapshot import Frozen, read_snapshot

PATH = "/s/{id}"
METHODS = ("GET", "HEAD")
_LOCKED = "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a link opens."""

    place: Place
    share: Share
    snapshot: Snapshot

    @property
    def tag(self) -> str:
        return f'"{self.snapshot.file_hash}{"-c" if self.share.comments else ""}"'


class SharedReport:
    """The endpoint of the shared reports of all workspaces."""

    thin = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["earnest.route"] = PATH
        try:
            response = await _respond(scope)
        except EarnestError as error:
            response = problem_of(error)
        await response(scope, receive, send)


async def _respond(scope: Scope) -> Response:
    if scope["method"] not in METHODS:
        return problem(
            405,
            "method-not-allowed",
            "this method is not for this address",
            remedy="A shared report is read with GET.",
            headers={"allow": ", ".join(METHODS)},
        )
    headers = headers_of(scope)
    wait_s = _wait(scope, "address")
    if wait_s:
        return _said(429, slow_page(_words(headers)), {"retry-after": str(wait_s)})
    found = _find(scope)
    if found is None:
        wait_s = _wait(scope, "missed")
        if wait_s:
            return _said(429, slow_page(_words(headers)), {"retry-after": str(wait_s)})
        return _said(404, closed_page(_words(headers)))
    scope["earnest.facts"] = {"workspace": found.place.name}
    frozen = await run_in_threadpool(read_snapshot, found.place.workspace, found.snapshot)
    return _page(found, frozen, headers)


def _wait(scope: Scope, kind: str) -> int:
    request = Request(scope)
    return throttle_of(request).take(kind, caller_address(request))


def _find(scope: Scope) -> _Opened | None:
    """The link's workspace: that of the address `/w/NAME/s/…`, or whichever made it."""
    token, name = scope["path_params"]["id"], scope["path_params"].get("workspace")
    for place in _asked(scope["app"].state.places, name):
        found = opened(place.state(), token, now_us=place.workspace.clock())
        if found is not None:
            return _Opened(place, *found)
    return None


def _asked(places: Places, name: str | None) -> Iterable[Place]:
    for known, place in places.items():
        if isinstance(place, Place) and name in (None, known):
            yield place


def _page(found: _Opened, frozen: Frozen, headers: Mapping[str, str]) -> Response:
    told = _head(frozen.policy + _LOCKED) | {"cache-control": "private, no-cache", "etag": found.tag}
    if matches(headers.get("if-none-match", ""), found.tag):
        return Response(None, 304, told)
    page = frozen.with_comments if found.share.comments and frozen.with_comments is not None else frozen.page
    return Response(page, 200, told, "text/html; charset=utf-8")


def matches(asked: str, tag: str) -> bool:
    """Whether an If-None-Match names this version.

    >>> matches('"a", W/"b"', '"b"'), matches("*", '"b"'), matches('"a"', '"b"')
    (True, True, False)
    """
    named = {one.strip().removeprefix("W/") for one in asked[:2_000].split(",")}
    return "*" in named or tag in named


def _said(status: int, page: str, headers: Mapping[str, str] | None = None) -> Response:
    told = _head(POLICY) | {"cache-control": "no-store", "vary": "accept-language"}
    return Response(page, status, told | dict(headers or {}), "text/html; charset=utf-8")


def _head(policy: str) -> dict[str, str]:
    return {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow, noarchive",
        "x-frame-options": "DENY",
    }


def _words(headers: Mapping[str, str]) -> Words:
    codes = {code.replace("_", "-"): code for code in languages()}
    return translator(codes[chosen_language(None, headers.get("accept-language", ""), tuple(codes))])


_ENDPOINT = SharedReport()

ROUTES = tuple(
    Route(method, PATH, _ENDPOINT, access=PUBLIC, summary="Read a shared report", tag="reports") for method in METHODS
)
