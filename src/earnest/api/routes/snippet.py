"""The landing snippet (`GET /t.js`) and where it sends to (`POST /t/SOURCE`): a door that stands open to every browser.

    source ── origin ── throttle ── body ── does it say something? ──> journal ──> 204
     404       403        429       413             400, 403            503: lost, the page goes on

Only pages of the source's own origins are heard, which a browser cannot forge and a script can: nothing that comes here is proof.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from earnest.api.guard import caller_address, throttle_of
from earnest.api.limits import Gone, check_head, counted, read_body
from earnest.api.place import Place, find_place
from earnest.api.problem import problem, problem_of
from earnest.api.refusal import NotAllowed, too_many
from earnest.api.route import PUBLIC, Route
from earnest.api.routes.hooks import headers_of
from earnest.channels.channel import RECEIVED_HEADER
from earnest.channels.delivery import decode
from earnest.channels.site import SiteOptions, origin_of
from earnest.channels.told import Rejected
from earnest.definitions.source import Source
from earnest.kernel.errors import EarnestError, EnvironmentProblem, NotFound, UsageError
from earnest.tracking.snippet import snippet
from earnest.usecases.admit import Door, draft_of

SCRIPT, PATH = "/t.js", "/t/{source}"
CHANNEL = "site"
LARGEST_BODY = 8 << 10
SCRIPT_SECONDS = 3_600
"""How long browsers keep the script before they ask whether it is still the same."""
PREFLIGHT_SECONDS = 86_400


async def script(request: Request) -> Response:
    """The script, plain or gzipped, or 304 if the browser has it."""
    made = snippet()
    packed = "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{made.tag}{"-gz" if packed else ""}"'
    headers = {
        "etag": tag,
        "cache-control": f"public, max-age={SCRIPT_SECONDS}",
        "vary": "accept-encoding",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    packing = {"content-encoding": "gzip"} if packed else {}
    body = made.gzipped if packed else made.plain
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers | packing)


@dataclass(slots=True)
class Beacon:
    """The endpoint of all sites of all workspaces. No cookie is read or set."""

    thin: bool = True
    _doors: dict[int, tuple[Door, SiteOptions]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["earnest.route"] = PATH
        allowed: dict[str, str] = {}
        try:
            response = await self._respond(scope, receive, allowed)
        except EarnestError as error:
            response = problem_of(error)
        except Gone:
            return
        response.headers.update(allowed | {"vary": "origin", "cache-control": "no-store"})
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, allowed: dict[str, str]) -> Response:
        name = scope["path_params"]["source"]
        place = find_place(scope["app"].state.places, scope["path_params"].get("workspace"), source=name)
        source = _source(place, name)
        scope["earnest.facts"] = {"source": name, "workspace": place.name}
        if scope["method"] not in ("POST", "OPTIONS"):
            return problem(
                405, "method-not-allowed", "this method is not for this address", headers={"allow": "POST, OPTIONS"}
            )
        door, options = self._door(source)
        headers = headers_of(scope)
        _check_origin(place, name, headers.get("origin"), options)
        allowed["access-control-allow-origin"] = headers["origin"]
        if scope["method"] == "OPTIONS":
            asked = {"access-control-allow-methods": "POST", "access-control-allow-headers": "content-type"}
            return Response(status_code=204, headers=asked | {"access-control-max-age": str(PREFLIGHT_SECONDS)})
        request = Request(scope)
        wait_s = throttle_of(request).take("address", caller_address(request))
        if wait_s:
            place.figures.refused(name, "too-many-requests")
            raise too_many(wait_s)
        return await self._take(scope, receive, place, door=door, headers=headers, options=options)

    async def _take(
        self, scope: Scope, receive: Receive, place: Place, *, door: Door, headers: dict[str, str], options: SiteOptions
    ) -> Response:
        name, count = door.source.name, counted(scope)
        try:
            began = time.perf_counter()
            check_head(headers, most=LARGEST_BODY)
            body = await read_body(receive, count, most=LARGEST_BODY)
            now_us = place.workspace.clock()
            _check(door, body, now_us, options)
            kept = await place.keep(draft_of(door, body, {"content-type": "application/json"}, received_us=now_us))
        except EarnestError as error:
            place.figures.refused(name, error.code)
            if isinstance(error, EnvironmentProblem):
                place.tally.postponed(name, error.code, place.workspace.clock())
            raise
        finally:
            count.give_back()
        place.figures.kept(name, len(body), again=kept.again, seconds=time.perf_counter() - began)
        return Response(status_code=204)

    def _door(self, source: Source) -> tuple[Door, SiteOptions]:
        """The source with what it says; read once while it is declared as it is."""
        known = self._doors.get(id(source))
        if known is None or known[0].source is not source:
            if len(self._doors) > 1_000:
                self._doors.clear()
            known = self._doors[id(source)] = Door.of(source), SiteOptions.of(source.options or {})
        return known


def _source(place: Place, name: str) -> Source:
    source = place.state().sources.get(name)
    if source is None or not source.enabled or source.channel != CHANNEL:
        raise NotFound("no-such-source", "no site sends to this address", hint="See `earnest source list`.")
    return source


def _check_origin(place: Place, name: str, origin: str | None, options: SiteOptions) -> None:
    """A page of the source's own; everything else is counted and refused."""
    try:
        ours = origin is not None and origin_of(origin) in options.origins
    except UsageError:
        ours = False
    if ours:
        return
    place.figures.refused(name, "origin")
    why = "the request has no origin" if origin is None else "the page's origin is none of this source's"
    place.tally.refused(name, why, place.workspace.clock())
    raise NotAllowed(
        "origin-not-allowed",
        "this source takes nothing from pages of this origin",
        hint="Declare each origin of the site: earnest source add NAME --as site --origin https://… --replace",
    )


def _check(door: Door, body: bytes, now_us: int, options: SiteOptions) -> None:
    """Refuse at once what could only wait in quarantine: there is nobody who would send it better."""
    payload = decode(body, "application/json")
    parse = door.channel.parse_of(door.source.options)
    told = [payload] if isinstance(payload, Rejected) else list(parse(payload, {RECEIVED_HEADER: str(now_us)}))
    wrong = next((one for one in told if isinstance(one, Rejected)), None)
    if wrong is not None:
        raise UsageError(
            "not-of-the-snippet",
            f"the body is nothing that the snippet sends: {wrong.field or 'body'}, {wrong.reason}",
            hint="Call earnest(…) as docs/snippet.md shows.",
        )
    if not options.identify and isinstance(payload, dict) and payload.get("event") == "identify":
        raise NotAllowed(
            "identify-not-taken",
            "this source does not believe who a page says somebody is",
            hint="earnest source add NAME --as site --identify --replace lets it.",
        )


BEACON = Beacon()
ROUTES = (
    Route("GET", SCRIPT, script, access=PUBLIC, summary="The landing snippet", tag="snippet", in_workspace=False,
          extra={"response_class": Response}),
    Route("POST", PATH, BEACON, access=PUBLIC, summary="What a page with the snippet tells", tag="snippet"),
)  # fmt: skip
