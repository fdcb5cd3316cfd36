"""A page as a file: built from the same address by the same builder, printed by the printers of reports."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from earnest.access.principal import Principal
from earnest.api.guard import principal_of
from earnest.api.page_answers import root_of
from earnest.api.place import Place, place_of
from earnest.api.refusal import NotAllowed
from earnest.api.route import Route, needs
from earnest.kernel.errors import NotFound
from earnest.kernel.period import moment_of, zone
from earnest.reports.printers import Printer, find_printer
from earnest.reports.report import Report
from earnest.reports.words import translator
from earnest.reports.workings import workings_of
from earnest.web.asked import Asked
from earnest.web.desk import Desk, PageAt
from earnest.web.export import report_blocks
from earnest.web.menu import pages


def export(
    request: Request,
    place: Annotated[Place, Depends(place_of)],
    principal: Annotated[Principal, Depends(principal_of)],
    *,
    page: Annotated[str, Query(max_length=2_000)] = "/",
    format: Annotated[str, Query(max_length=20)] = "pdf",  # noqa: A002
    lang: Annotated[str, Query(max_length=10)] = "en",
) -> Response:
    """A page as a file."""
    printer, words = find_printer(format), translator(lang)
    told = urlsplit(page)
    at, parameters = _page_at(told.path, principal)
    asked = Asked.read(root_of(request), told.path, parse_qsl(told.query))
    with place.tables.use(place.state()) as tables:
        desk = Desk(place.workspace, tables, words, asked, place.name, principal.name, frozenset(principal.scopes))
        built = at.build(desk, **parameters)
        created = moment_of(tables.as_of_us).astimezone(zone(tables.state.timezone))
        story = desk.story(parameters["campaign"]) if set(parameters) == {"campaign"} else None
    blocks = report_blocks(built, place.name, words)
    report = (
        Report(blocks, words, created)
        if story is None
        else Report(blocks, words, created, workings_of(story), story.to_json())
    )
    return file_answer(printer, report, built.title, created)


def _page_at(path: str, principal: Principal) -> tuple[PageAt, dict[str, str]]:
    for at in pages():
        found = compile_path(at.path)[0].match(path)
        if found is not None:
            if at.scope not in principal.scopes:
                raise NotAllowed("scope-missing", f"your role does not allow {at.scope}", hint="Ask an admin for it.")
            return at, found.groupdict()
    raise NotFound("no-such-page", "there is no such page", hint="Export from the page itself.")


def file_answer(printer: Printer, report: Report, title: str, created: datetime) -> Response:
    """The file as a download, named after the page and the day."""
    stem = re.sub(r"[^\w-]+", "-", title.lower()).strip("-")[:60] or "earnest"
    name = f"{stem}-{created:%Y-%m-%d}{printer.ending}"
    plain = name.encode("ascii", "ignore").decode() or f"earnest{printer.ending}"
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    headers = {"content-disposition": told, "cache-control": "private, no-store", "content-security-policy": "sandbox"}
    return Response(printer.write(report), 200, headers, printer.media_type)


ROUTES = (
    Route("GET", "/export", export, access=needs("reports:read"), summary="A page as a file", tag="pages",
          extra={"include_in_schema": False}),
)  # fmt: skip
