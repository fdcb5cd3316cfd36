"""Forms of the imports' pages: upload, dry run, import, throw away, undo; sample data in and out. Work that takes long is a job."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from earnest.access.principal import Principal
from earnest.api.guard import principal_of
from earnest.api.limits import MOST_FILES
from earnest.api.page_posts import fields_of, gone_to, page_again
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.api.upload_parts import Parts, receive_files
from earnest.kernel.errors import Conflict, DataRefused, EarnestError, NotFound
from earnest.usecases.import_chosen import FURTHER, check, chosen, refuse_sample, take
from earnest.usecases.import_files import undo_import
from earnest.usecases.jobs import Job, Work, job_of, start, wait_for
from earnest.usecases.sample import check_empty, load_sample, remove_sample
from earnest.usecases.uploads import Waiting, discard, find_waiting, keep_upload, new_place
from earnest.warehouse.build import Progress
from earnest.web.pages.import_waiting import PAGE as WAITING
from earnest.web.pages.imports import PAGE as IMPORTS
from earnest.web.pages.sample import PAGE as SAMPLE

SOON_SECONDS = 0.8
"""What is done by then is shown at once."""
PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]
_COLUMN = re.compile(r"c(\d{1,4})")


async def upload(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Files come in, and wait to be looked at."""
    parts = Parts(lambda name: new_place(place.workspace, name))
    try:
        await run_in_threadpool(refuse_sample, place.workspace)
        await receive_files(request, parts, most=MOST_FILES)
        kept = [await run_in_threadpool(_keep, place, principal, one) for one in parts.found]
        if not kept:
            raise DataRefused("no-files", "no file was chosen", hint="Choose one or several files, then upload them.")
    except EarnestError as error:
        await run_in_threadpool(_forget, place, parts)
        return await page_again(request, place, principal, IMPORTS, path="/imports", given={"error": error})
    except BaseException:
        await asyncio.shield(run_in_threadpool(_forget, place, parts))
        raise
    return gone_to(request, f"/imports/waiting/{kept[0].id}" if len(kept) == 1 else "/imports")


async def try_it(request: Request, place: PlaceHere, principal: Caller, upload: str) -> Response:
    """Keep how a file is to be read, and begin a dry run."""
    given, workspace = await fields_of(request), place.workspace
    columns = {int(found[1]): text for name, text in given.items() if (found := _COLUMN.fullmatch(name))}
    further = {name: given.get(name, "") for name in FURTHER}
    one = find_waiting(workspace, upload)
    kind, saved = given.get("kind", ""), given.get("saved", "")
    try:
        keep = functools.partial(chosen, workspace, one, kind=kind, saved=saved, columns=columns, further=further)
        await run_in_threadpool(keep)
        await _begun(place, "check", functools.partial(check, workspace, upload), about=upload, by=principal)
    except NotFound:
        raise
    except EarnestError as error:
        path = f"/imports/waiting/{upload}"
        return await page_again(request, place, principal, WAITING, path=path, given={"error": error})
    return gone_to(request, f"/imports/waiting/{upload}")


async def commit(request: Request, place: PlaceHere, principal: Caller, upload: str) -> Response:
    """Begin the import of a file that waits."""
    find_waiting(place.workspace, upload)
    refuse_sample(place.workspace)
    work = functools.partial(take, place.workspace, upload, by=principal.name)
    job = await _begun(place, "import", work, about=upload, by=principal)
    failed = job.error is not None
    return gone_to(request, f"/imports/waiting/{upload}" if failed else "/imports")


async def throw_away(request: Request, place: PlaceHere, upload: str) -> Response:
    """Throw a file away that waits; not while it is being read."""
    job = await run_in_threadpool(job_of, place.workspace)
    if job is not None and job.running and job.about == upload:
        raise Conflict("job-running", "the file is being read", hint="Wait until that is done, then throw it away.")
    await run_in_threadpool(discard, place.workspace, upload)
    return gone_to(request, "/imports")


async def undo(request: Request, place: PlaceHere, principal: Caller, number: str) -> Response:
    """Begin to undo an import."""
    one = place.state().imports.get(int(number)) if re.fullmatch(r"[0-9]{1,15}", number) else None
    if one is None or one.undone_us is not None:
        raise NotFound("no-such-import", "there is no such import that counts", hint="See the list of imports.")
    refuse_sample(place.workspace)
    work = functools.partial(_undo, place, one.seq, by=principal.name)
    await _begun(place, "undo", work, about=number, by=principal)
    return gone_to(request, "/imports")


async def sample(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Begin to fill an empty workspace with sample data."""
    try:
        await run_in_threadpool(check_empty, place.workspace)
        await _begun(place, "sample", functools.partial(_load_sample, place), by=principal)
    except EarnestError as error:
        return await page_again(request, place, principal, SAMPLE, path="/sample", given={"error": error})
    return gone_to(request, "/sample")


async def no_sample(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Begin to take sample data out."""
    try:
        work = functools.partial(_remove_sample, place, by=principal.name)
        await _begun(place, "sample-removal", work, by=principal)
    except EarnestError as error:
        return await page_again(request, place, principal, SAMPLE, path="/sample", given={"error": error})
    return gone_to(request, "/sample")


async def _begun(place: Place, kind: str, work: Work, *, by: Principal, about: str = "") -> Job:
    """Begin a job, and give what is quick the time to end."""
    job = await run_in_threadpool(start, place.workspace, kind, work, about=about, by=by.name)
    return await run_in_threadpool(wait_for, place.workspace, job, SOON_SECONDS)


def _keep(place: Place, principal: Principal, found: tuple[str, Path]) -> Waiting:
    number, path = found
    return keep_upload(place.workspace, number, path, by=principal.name)


def _forget(place: Place, parts: Parts) -> None:
    for number, _ in parts.found:
        discard(place.workspace, number)


def _undo(place: Place, number: int, progress: Progress, *, by: str) -> dict[str, Any]:
    undo_import(place.workspace, number, by=by, progress=progress)
    return {"undone": number}


def _load_sample(place: Place, progress: Progress) -> dict[str, Any]:
    return {"rows": load_sample(place.workspace, progress=progress)}


def _remove_sample(place: Place, progress: Progress, *, by: str) -> dict[str, Any]:
    remove_sample(place.workspace, by=by, progress=progress)
    return {}


_NEEDS = needs("definitions:write")
_HIDDEN = {"include_in_schema": False}


def _form(path: str, endpoint: Callable[..., Any], summary: str) -> Route:
    return Route("POST", path, endpoint, access=_NEEDS, summary=summary, tag="pages", extra=_HIDDEN)


ROUTES = (
    _form("/imports/upload", upload, "Upload files"),
    _form("/imports/waiting/{upload}/check", try_it, "Try an uploaded file"),
    _form("/imports/waiting/{upload}/commit", commit, "Import an uploaded file"),
    _form("/imports/waiting/{upload}/discard", throw_away, "Throw an uploaded file away"),
    _form("/imports/{number}/undo", undo, "Undo an import"),
    _form("/sample", sample, "Load sample data"),
    _form("/sample/remove", no_sample, "Take sample data out"),
)
