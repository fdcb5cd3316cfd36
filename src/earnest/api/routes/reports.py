"""Reports over HTTP: declare, comment, freeze, share; the same JSON as `earnest report … --json`, of the tables as they stand.

A snapshot never changes: it is answered with an ETag and may be kept. Who may read reports reads drafts and snapshots; declaring,
commenting, freezing and sharing are definitions.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earnest.access.principal import Principal
from earnest.api.guard import principal_of
from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.report_models import (
    CommentChange,
    CommentTold,
    ContentTold,
    DraftTold,
    NewComment,
    NewReport,
    NewShare,
    NewSnapshot,
    ReportTold,
    ShareMade,
    ShareTold,
    SnapshotTold,
)
from earnest.api.route import Route, needs
from earnest.api.routes.shared import matches
from earnest.definitions.report import Report
from earnest.kernel.errors import UsageError
from earnest.usecases.report_draft import (
    add_comment,
    draft_of,
    edit_comment,
    find_comment,
    reports_of,
    resolve_comment,
    set_report,
    withdraw_comment,
    withdraw_report,
)
from earnest.usecases.report_share import revoke_share, share_report
from earnest.usecases.report_snapshot import draft_page, find_snapshot, policy_of, read_snapshot, take_snapshot

PATH = "/api/v1/reports"
KEPT = "private, max-age=31536000, immutable"
"""A snapshot's answer may be kept by whoever got it, and need not be asked for again."""

PlaceGiven = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]
Name = Annotated[str, Path(min_length=1, max_length=100, description="Id of a report.")]
Number = Annotated[int, Path(ge=1, le=2**53, description="As it was answered.")]


def list_reports(place: PlaceGiven) -> list[ReportTold]:
    """Every report that is declared, by id."""
    return [ReportTold.model_validate(one.told()) for one in reports_of(place.state())]


def create(place: PlaceGiven, body: Annotated[NewReport, Body()]) -> ReportTold:
    """Declare a report; with `replace` its next version."""
    told = body.model_dump(exclude={"replace", "campaigns"})
    wanted = Report(**told, campaigns=tuple(body.campaigns))
    return ReportTold.model_validate(set_report(place.workspace, wanted, replacing=body.replace).told())


def show(name: Name, place: PlaceGiven) -> DraftTold:
    """A report with its comments, snapshots and links."""
    return DraftTold.model_validate(draft_of(place.state(), name).to_json(place.workspace.clock()))


async def preview(
    name: Name,
    place: PlaceGiven,
    *,
    comments: Annotated[bool, Query(description="With its comments.")] = True,
) -> Response:
    """The page of a report as it is told now, of the tables as they stand. Nothing is kept, and no experiment is read by it."""
    shown = await run_in_threadpool(draft_page, place.workspace, name, comments=comments, build=False)
    told = {"content-security-policy": policy_of(shown), "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(shown, 200, told, "text/html; charset=utf-8")


def withdraw(name: Name, place: PlaceGiven) -> None:
    """Keep a report in no list any more; its links open nothing from now on."""
    withdraw_report(place.workspace, name)


def comment(name: Name, place: PlaceGiven, caller: Caller, body: Annotated[NewComment, Body()]) -> CommentTold:
    """Comment on a report, at one of its sections."""
    said = add_comment(place.workspace, name, body.text, author=caller.name, at=body.at, campaign=body.campaign)
    return CommentTold.model_validate(said.to_json())


def change_comment(
    name: Name, number: Number, place: PlaceGiven, body: Annotated[CommentChange, Body()]
) -> CommentTold:
    """Say a comment in other words, or mark it as done or as open."""
    _own(place, name, number)
    if body.text is None and body.resolved is None:
        raise UsageError("nothing-to-change", "no change was asked for", hint="Give text or resolved.")
    if body.text is not None:
        edit_comment(place.workspace, number, body.text)
    if body.resolved is not None:
        resolve_comment(place.workspace, number, resolved=body.resolved)
    return CommentTold.model_validate(find_comment(place.workspace.state(), number).to_json())


def delete_comment(name: Name, number: Number, place: PlaceGiven) -> None:
    """Take a comment back; that it was said stays in the journal."""
    _own(place, name, number)
    withdraw_comment(place.workspace, number)


def freeze(name: Name, place: PlaceGiven, caller: Caller, body: Annotated[NewSnapshot, Body()]) -> SnapshotTold:
    """Take a snapshot of what the report says now."""
    taken = take_snapshot(place.workspace, name, by=caller.name, note=body.note, build=False)
    return SnapshotTold.model_validate(taken.to_json())


async def content(name: Name, number: Number, request: Request, place: PlaceGiven) -> Response:
    """What a snapshot holds: stories, worded blocks, rules, comments. It never changes."""
    found = find_snapshot(place.state(), number, report=name)
    tag = f'"{found.file_hash}"'
    told = {"etag": tag, "cache-control": KEPT}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(None, 304, told)
    frozen = await run_in_threadpool(read_snapshot, place.workspace, found)
    body = found.to_json() | {
        "stories": list(frozen.stories),
        "sections": list(frozen.sections),
        "rules": frozen.rules,
        "said": list(frozen.comments),
    }
    return JSONResponse(body, headers=told)


async def page(
    name: Name,
    number: Number,
    place: PlaceGiven,
    *,
    comments: Annotated[bool, Query(description="With the comments it holds.")] = False,
) -> Response:
    """The page of a snapshot, as its links show it."""
    frozen = await run_in_threadpool(read_snapshot, place.workspace, find_snapshot(place.state(), number, report=name))
    shown = frozen.with_comments if comments and frozen.with_comments is not None else frozen.page
    told = {"content-security-policy": frozen.policy, "cache-control": KEPT, "referrer-policy": "no-referrer"}
    return Response(shown, 200, told, "text/html; charset=utf-8")


def share(
    name: Name, request: Request, place: PlaceGiven, *, caller: Caller, body: Annotated[NewShare, Body()]
) -> ShareMade:
    """Make a link to a snapshot. What opens it stands in this answer alone."""
    server = request.app.state.public_url
    made = share_report(
        place.workspace,
        name,
        by=caller.name,
        snapshot=body.snapshot,
        days=body.expires_days,
        comments=body.comments,
        server=server if isinstance(server, str) else None,
    )
    told = made.share.to_json(place.workspace.clock()) | {"path": made.path, "url": made.url}
    return ShareMade.model_validate(told)


def revoke(name: Name, number: Number, place: PlaceGiven) -> ShareTold:
    """Revoke a link: its next request opens nothing. Twice is as good as once."""
    gone = revoke_share(place.workspace, name, number)
    return ShareTold.model_validate(gone[0].to_json(place.workspace.clock()))


def _own(place: Place, name: str, number: int) -> None:
    """Refuse a comment of another report as if there were none.

    Raises:
        NotFound: `no-such-report`, `no-such-comment`.
    """
    known = {one.seq for one in draft_of(place.state(), name).comments}
    find_comment(place.state(), number if number in known else 0)


_READ, _WRITE = needs("reports:read"), needs("definitions:write")
_SAID = problems(401, 403, 404, 422, 429, 503)
_WRONG = {400: {"description": "What is asked for cannot be: no such section, audience or language, or costs that cannot be hidden."}}  # fmt: skip
_THERE = {409: {"description": "There is a report of this id already."}}
_SAME = {304: {"description": "It is what the caller has."}}
_HTML = {200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "The page."}}
_ONE, _TAKEN = f"{PATH}/{{name}}", f"{PATH}/{{name}}/snapshots"


def _route(method: str, path: str, endpoint: Any, summary: str, **extra: Any) -> Route:
    told = {"responses": _SAID | extra.pop("also", {})} | extra
    access = _READ if method == "GET" else _WRITE
    return Route(method, path, endpoint, access=access, summary=summary, tag="reports", extra=told)


ROUTES = (
    _route("GET", PATH, list_reports, "List reports"),
    _route("POST", PATH, create, "Declare a report", status_code=201, also=_WRONG | _THERE),
    _route("GET", _ONE, show, "Show a report"),
    _route("GET", f"{_ONE}/page", preview, "Preview a report", response_class=Response, also=_HTML),
    _route("DELETE", _ONE, withdraw, "Withdraw a report", status_code=204),
    _route("POST", f"{_ONE}/comments", comment, "Comment on a report", status_code=201, also=_WRONG),
    _route("PATCH", f"{_ONE}/comments/{{number}}", change_comment, "Change a comment", also=_WRONG),
    _route("DELETE", f"{_ONE}/comments/{{number}}", delete_comment, "Take a comment back", status_code=204),
    _route("POST", _TAKEN, freeze, "Take a snapshot", status_code=201),
    _route("GET", f"{_TAKEN}/{{number}}", content, "Read a snapshot", response_model=ContentTold, also=_SAME),
    _route(
        "GET", f"{_TAKEN}/{{number}}/page", page, "Read the page of a snapshot", response_class=Response, also=_HTML
    ),
    _route("POST", f"{_ONE}/links", share, "Share a snapshot", status_code=201),
    _route("DELETE", f"{_ONE}/links/{{number}}", revoke, "Revoke a link"),
)
