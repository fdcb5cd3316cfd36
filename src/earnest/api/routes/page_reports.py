"""What the pages of reports do: declare, comment, freeze, share, revoke; and a report as a file."""

from __future__ import annotations

import functools
import re
from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from earnest.access.principal import Principal
from earnest.api.guard import principal_of
from earnest.api.page_answers import answer_built, root_of
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.api.routes.page_export import file_answer
from earnest.definitions.report import Report as Declared
from earnest.kernel.errors import UsageError
from earnest.kernel.period import moment_of, zone
from earnest.reports.printers import find_printer
from earnest.reports.report import Report
from earnest.reports.workings import workings_of
from earnest.usecases.report_draft import add_comment, draft_of, set_report
from earnest.usecases.report_share import revoke_share, share_report
from earnest.usecases.report_snapshot import find_snapshot, read_snapshot, take_snapshot
from earnest.usecases.report_told import tell, with_comments
from earnest.web.menu import pages
from earnest.web.render import HEADERS

PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]
_WRITE = needs("definitions:write")


async def create(request: Request, place: PlaceHere) -> Response:
    """Declare a report by the form."""
    form = await request.form()
    title = _text(form, "title")
    report = Declared(
        id=_id(title, place),
        title=title,
        campaigns=tuple(str(one) for one in form.getlist("campaign")),
        audience=_text(form, "audience") or None,
        language=_text(form, "language") or "en",
        hide_costs=bool(_text(form, "hide_costs")),
    )
    made = await run_in_threadpool(set_report, place.workspace, report)
    return _to(request, f"/reports/{made.id}")


async def comment(request: Request, place: PlaceHere, principal: Caller, report: str) -> Response:
    """Comment on a report."""
    form = await request.form()
    at = _text(form, "at") or "result"
    await run_in_threadpool(add_comment, place.workspace, report, _text(form, "text"), author=principal.name, at=at)
    return _to(request, f"/reports/{report}")


async def freeze(request: Request, place: PlaceHere, principal: Caller, report: str) -> Response:
    """Take a snapshot."""
    note = _text(await request.form(), "note") or None
    await run_in_threadpool(take_snapshot, place.workspace, report, by=principal.name, note=note, build=False)
    return _to(request, f"/reports/{report}")


async def share(request: Request, place: PlaceHere, principal: Caller, report: str) -> Response:
    """Make a link to the last snapshot, and show it once."""
    form = await request.form()
    server = str(request.base_url).rstrip("/") + root_of(request)
    made = await run_in_threadpool(
        share_report, place.workspace, report, by=principal.name, days=_days(_text(form, "days")),
        comments=bool(_text(form, "comments")), server=server,
    )  # fmt: skip
    at = next(one for one in pages() if one.path == "/reports/{report}")
    given = {"link": made.url or server + made.path}
    answer = functools.partial(answer_built, path=f"/reports/{report}", given=given)
    return await run_in_threadpool(answer, request, place, principal, at)


async def revoke(request: Request, place: PlaceHere, report: str) -> Response:
    """Revoke a link."""
    told = _text(await request.form(), "link")
    if not told.isdecimal():
        raise UsageError("no-such-link", "no link was named", hint="Use the button beside the link.")
    await run_in_threadpool(revoke_share, place.workspace, report, int(told))
    return _to(request, f"/reports/{report}")


def as_file(
    place: PlaceHere,
    report: str,
    format: Annotated[str, Query(max_length=20)] = "pdf",  # noqa: A002
) -> Response:
    """A report as it is told now, as a file."""
    printer = find_printer(format)
    with place.tables.use(place.state()) as tables:
        draft = draft_of(tables.state, report)
        told = tell(place.workspace, tables, draft.report)
        blocks = with_comments(told, draft.comments, tables.state.timezone)
        created = moment_of(tables.as_of_us).astimezone(zone(tables.state.timezone))
    alone = len(told.stories) == 1 and not draft.report.hide_costs
    numbers = (workings_of(told.stories[0]), told.stories[0].to_json()) if alone else (None, None)
    return file_answer(printer, Report(blocks, told.words, created, *numbers), draft.report.title, created)


def snapshot(place: PlaceHere, report: str, number: int) -> Response:
    """A snapshot, as its links show it."""
    found = find_snapshot(place.state(), number, report=report)
    frozen = read_snapshot(place.workspace, found)
    headers = {
        **HEADERS,
        "content-security-policy": frozen.policy,
        "cache-control": "private, max-age=31536000, immutable",
    }
    return Response(frozen.with_comments or frozen.page, 200, headers, "text/html; charset=utf-8")


def _text(form: FormData, name: str) -> str:
    return str(form.get(name) or "").strip()


def _days(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise UsageError("bad-expiry", f"'{text}' is not a number of days", hint="Write whole days, or leave it empty.")
    return int(text)


def _id(title: str, place: Place) -> str:
    """An id made of the title that no report has yet."""
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "report"
    known, number = place.state().reports, 1
    while (name := stem if number == 1 else f"{stem}-{number}") in known:
        number += 1
    return name


def _to(request: Request, path: str) -> Response:
    return RedirectResponse(root_of(request) + path, 303)


_HIDDEN = {"include_in_schema": False}
_READ = needs("reports:read")
ROUTES = (
    Route("POST", "/reports", create, access=_WRITE, summary="Declare a report by the form", tag="pages", extra=_HIDDEN),
    Route("POST", "/reports/{report}/comment", comment, access=_WRITE, summary="Comment by the form", tag="pages", extra=_HIDDEN),
    Route("POST", "/reports/{report}/snapshot", freeze, access=_WRITE, summary="Freeze by the form", tag="pages", extra=_HIDDEN),
    Route("POST", "/reports/{report}/share", share, access=_WRITE, summary="Share by the form", tag="pages", extra=_HIDDEN),
    Route("POST", "/reports/{report}/revoke", revoke, access=_WRITE, summary="Revoke a link by the form", tag="pages", extra=_HIDDEN),
    Route("GET", "/reports/{report}/file", as_file, access=_READ, summary="A report as a file", tag="pages", extra=_HIDDEN),
    Route("GET", "/reports/{report}/snapshots/{number}", snapshot, access=_READ, summary="A snapshot", tag="pages", extra=_HIDDEN),
)  # fmt: skip
