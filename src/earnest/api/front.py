"""What stands before every address: a request id, a bound for bodies, the log line; and no fault of ours leaves as a broken answer.

Thin endpoints are called from here, past the framework: its layers cost more than keeping a delivery does.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route as Address
from starlette.types import Message, Receive, Scope, Send

from earnest.api.limits import MOST_FILES, Counted, counted, takes_files
from earnest.api.logs import log, where
from earnest.api.problem import unforeseen
from earnest.api.thin import Thin
from earnest.journal.writer import Overloaded

REQUEST_ID = b"x-request-id"
MOST_BODY = 64 << 10
"""Bytes of a request's body at addresses that do not take events."""
MOST_EVENTS_BODY = 16 << 20
"""Bytes at those that do; each reads its body itself, after the guard, up to a smaller limit of its own."""
_TAKES_EVENTS = re.compile(r"(/w/[^/]+)?(/v1/[^/]+|/api/v1/events)")
_NOSNIFF = (b"x-content-type-options", b"nosniff")


class Front:
    """The outermost application."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._log = log()
        self._thin = [
            (re.compile(route.path_regex), route.endpoint)
            for route in app.routes
            if isinstance(route, Address) and isinstance(route.endpoint, Thin)
        ]
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = f"{self._run}{next(self._numbers) & 0xFFFFFFFF:08x}"
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID, request_id.encode()), _NOSNIFF]
            await send(message)

        try:
            await self._answer(scope, receive, told)
        except ClientDisconnect:
            pass
        except Exception as error:
            self._log.error("fault", request=request_id, error=type(error).__name__, at=where(error))
            if not status:
                await unforeseen()(scope, receive, told)
        self._tell(scope, request_id, status, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        for pattern, endpoint in self._thin:
            match = pattern.match(scope["path"])
            if match is not None:
                scope["path_params"] = match.groupdict()
                scope["app"] = self._app
                await endpoint(scope, receive, send)
                return
        scope["app"] = self._app
        if takes_files(scope["path"]):
            await self._app(scope, _to_disk(receive), send)
            return
        most = MOST_EVENTS_BODY if _TAKES_EVENTS.fullmatch(scope["path"]) else MOST_BODY
        count = counted(scope)
        try:
            await self._app(scope, _bounded(receive, count, most), send)
        finally:
            count.give_back()

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        """Status 0: the sender left before there was an answer."""
        say = self._log.info if 200 <= status < 400 else self._log.error if status >= 500 else self._log.warning
        facts: dict[str, Any] = scope.get("earnest.facts", {})
        say(
            "request",
            request=request_id,
            method=scope["method"],
            route=route_of(scope),
            status=status,
            ms=round(seconds * 1000, 2),
            **facts,
        )


def route_of(scope: Scope) -> str:
    """The template of the address that answered; what nobody answers may hold anything, and is not told."""
    route = scope.get("route")
    template = scope.get("earnest.route") or getattr(route, "path_format", None) or getattr(route, "path", None)
    return str(template) if template else "none"


def _to_disk(receive: Receive) -> Receive:
    """Cuts off what is too large of a body that never lies in memory as a whole. Whose it is, the guard asks before any of it is read."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MOST_FILES + MOST_BODY:
            raise HTTPException(413)
        return message

    return bounded


def _bounded(receive: Receive, count: Counted, most: int) -> Receive:
    """Counts a body, and cuts it off where it is too large, for addresses that do not read the request themselves.

    What it raises is what the framework lets through while it reads a body.
    """

    async def bounded() -> Message:
        message = await receive()
        size = len(message.get("body", b""))
        if count.size + size > most:
            raise HTTPException(413)
        try:
            count.take(size)
        except Overloaded as error:
            raise HTTPException(503) from error
        return message

    return bounded
