"""Where providers deliver: `POST /hooks/NAME`. Verified on the raw bytes, kept, and only then answered 200.

    head ── source ── body ── signature ──> journal ──> 200
     413     404      408       401           503: come again
 415     405                503: cannot be checked now

What a body says decides nothing here: an authentic one that nobody can read is kept too, and waits in quarantine. A provider's
unsigned ping is answered 200, and nothing of it is kept.
"""

from __future__ import annotations

import asyncio
import functools
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from earnest.api.guard import caller_address, throttle_of
from earnest.api.limits import Gone, check_head, counted, read_body
from earnest.api.place import Place, find_place
from earnest.api.problem import problem, problem_of
from earnest.api.refusal import too_many
from earnest.api.route import SIGNED, Route
from earnest.channels.channel import Answer
from earnest.channels.signing.scheme import Request
from earnest.definitions.source import Source
from earnest.journal.log import Draft
from earnest.kernel.errors import EarnestError, EnvironmentProblem
from earnest.usecases.admit import LARGEST_BODY, Door, Refused, admit, door_of
from earnest.usecases.source_secrets import Resolved, Secrets

PATH = "/hooks/{name}"
INLINE_BYTES = 64 * 1024
"""Larger bodies are verified in a thread, so that others need not wait for their hashes."""
MOST_QUERY = 16 * 1024


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Threads of their own: reports that fill the server's usual threads delay no delivery."""
    return ThreadPoolExecutor(4, thread_name_prefix="verify")


@dataclass(slots=True)
class Hook:
    """The endpoint of all sources of all workspaces."""

    thin: bool = True
    _doors: dict[int, Door] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["earnest.route"] = PATH
        try:
            response = await self._respond(scope, receive)
        except EarnestError as error:
            response = problem_of(error)
        except Gone:
            return
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response | _Kept:
        parameters = scope["path_params"]
        place = find_place(scope["app"].state.places, parameters.get("workspace"), source=parameters["name"])
        source = door_of(place.state().sources, parameters["name"])
        scope["earnest.facts"] = {"source": source.name, "workspace": place.name}
        door = self._door(source)
        if scope["method"] == "POST":
            return await self._delivery(scope, receive, place, door=door)
        if scope["method"] == "GET" and door.channel.handshake is not None:
            return self._handshake(scope, place, door)
        allowed = "GET, POST" if door.channel.handshake else "POST"
        return problem(
            405,
            "method-not-allowed",
            "this method is not for this address",
            remedy=f"{door.channel.label} delivers with POST.",
            headers={"allow": allowed},
        )

    async def _delivery(self, scope: Scope, receive: Receive, place: Place, *, door: Door) -> Response | _Kept:
        name = door.source.name
        headers = headers_of(scope)
        count = counted(scope)
        try:
            try:
                check_head(headers, most=LARGEST_BODY)
                body = await read_body(receive, count, most=LARGEST_BODY)
            except EarnestError as error:
                place.figures.refused(name, error.code)
                raise
            return await self._decide(scope, place, door, body=body, headers=headers)
        finally:
            count.give_back()

    async def _decide(
        self, scope: Scope, place: Place, door: Door, *, body: bytes, headers: dict[str, str]
    ) -> Response | _Kept:
        """Keep what is authentic."""
        name = door.source.name
        try:
            began = time.perf_counter()
            now_us = place.workspace.clock()
            request = Request(scope["method"], url_of(scope, door.source), headers, body, now_us / 1e6)
            found = await self._admit(door, request, scope["app"].state.secrets, now_us=now_us)
            if isinstance(found, Refused):
                if door.channel.ping is not None and door.channel.ping(headers, body):
                    scope["earnest.facts"]["ping"] = True
                    return _kept(door.channel.answer)
                return _refused(scope, place, name, why=found.why)
            kept = await place.keep(found)
        except EnvironmentProblem as error:
            place.figures.refused(name, error.code)
            place.tally.postponed(name, error.code, place.workspace.clock())
            raise
        place.figures.kept(name, len(body), again=kept.again, seconds=time.perf_counter() - began)
        return _kept(door.channel.answer)

    async def _admit(self, door: Door, request: Request, secrets: Secrets, *, now_us: int) -> Draft | Refused:
        resolved = secrets.of(door.source)
        if not door.scheme.waits and len(request.body) <= INLINE_BYTES:
            return _admit(door, request, resolved, now_us)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_threads(), _admit, door, request, resolved, now_us)

    def _handshake(self, scope: Scope, place: Place, door: Door) -> Response:
        """The provider asks whether this endpoint is ours."""
        name, reference = door.source.name, door.source.verify_token
        token = scope["app"].state.secrets.secret(reference) if reference else None
        if reference and token is None:
            raise EnvironmentProblem(
                "secret-missing",
                f"the verify token of source {name} is not to be found",
                hint="The operator must set it: earnest source show NAME tells which.",
            )
        asked = scope["query_string"][:MOST_QUERY].decode("latin-1")
        assert door.channel.handshake is not None
        said = door.channel.handshake(dict(urllib.parse.parse_qsl(asked, max_num_fields=50)), token) if asked else None
        place.tally.handshake(name, place.workspace.clock(), accepted=said is not None)
        if said is not None:
            return Response(said, media_type="text/plain")
        request = HttpRequest(scope)
        wait_s = throttle_of(request).take("refused", caller_address(request))
        if wait_s:
            raise too_many(wait_s, "refused handshakes")
        return problem(
            403,
            "handshake-refused",
            "this is no handshake, or its verify token is not ours",
            remedy=f"Give {door.channel.label} the verify token of this source.",
        )

    def _door(self, source: Source) -> Door:
        """The source with its channel and scheme; looked up once while it is declared as it is."""
        door = self._doors.get(id(source))
        if door is None or door.source is not source:
            if len(self._doors) > 1_000:
                self._doors.clear()
            door = self._doors[id(source)] = Door.of(source)
        return door


def _admit(door: Door, request: Request, resolved: Resolved, now_us: int) -> Draft | Refused:
    return admit(door, request, resolved.secrets, missing=resolved.missing, received_us=now_us)


def _refused(scope: Scope, place: Place, name: str, *, why: str) -> Response:
    scope["earnest.facts"]["refused"] = why
    place.figures.refused(name, "signature")
    place.tally.refused(name, why, place.workspace.clock())
    return problem(
        401,
        "signature-refused",
        "the delivery is not signed as this source's provider signs",
        why="Its signature fits no secret of this source.",
        headers={"www-authenticate": 'Signature realm="hooks"'},
        remedy="Compare the secret here with the provider's, and the address it calls with --public-url.",
    )


class _Kept:
    """200, with what the provider wants to hear."""

    def __init__(self, answer: Answer) -> None:
        length = str(len(answer.body)).encode()
        self._headers = [(b"content-length", length), (b"content-type", answer.content_type.encode())]
        self._body: Message = {"type": "http.response.body", "body": answer.body}

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send(self._body)


_kept = functools.cache(_Kept)


def headers_of(scope: Scope) -> dict[str, str]:
    """Names in lower case → value; several of one name are joined by ", "."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def url_of(scope: Scope, source: Source) -> str:
    """The address as the provider called it: the declared one where a proxy hides it, with the query of this call."""
    query = scope["query_string"].decode("latin-1")
    asked = f"?{query}" if query else ""
    if source.public_url:
        return source.public_url + asked
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    public = getattr(scope["app"].state, "public_url", None)
    if public:
        return f"{public}{path}{asked}"
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "localhost")
    return f"{scope['scheme']}://{host}{path}{asked}"


ROUTES = (
    Route("POST", PATH, Hook(), access=SIGNED, summary="Deliver a webhook", tag="hooks"),
)  # fmt: skip
