"""What stands before every address: a request id, the log line, the time taken; and no fault of ours leaves as a broken answer."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earnest.api.limits import BODY_SECONDS
from earnest.api.logs import log, where
from earnest.api.problem import unforeseen

REQUEST_ID = b"x-request-id"
MOST_BODY = 16 << 20
"""Bytes of a request's body at any address; most addresses have a smaller limit of their own."""


class Front:
    """The outermost application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = log()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = secrets.token_hex(8)
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (REQUEST_ID, request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:
            self._log.error("fault", request=request_id, error=type(error).__name__, at=where(error))
            if not status:
                await unforeseen()(scope, receive, told)
        self._tell(scope, request_id, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        facts: dict[str, Any] = {
            "request": request_id,
            "method": scope["method"],
            "route": route_of(scope),
            "status": status,
            "ms": round(seconds * 1000, 2),
            **scope.get("earnest.facts", {}),
        }
        if status >= 500:
            self._log.error("request", **facts)
        elif status >= 400 or not status:
            self._log.warning("request", **facts)
        else:
            self._log.info("request", **facts)


def route_of(scope: Scope) -> str:
    """The template of the address that answered; what nobody answers may hold anything, and is not told."""
    route = scope.get("route")
    template = scope.get("earnest.route") or getattr(route, "path_format", None) or getattr(route, "path", None)
    return str(template) if template else "none"


class BoundedBody:
    """Cuts off bodies that are too large or too slow, for addresses that do not read the request themselves."""

    def __init__(self, app: ASGIApp, *, most: int = MOST_BODY, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size, whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def bounded() -> Message:
            nonlocal size, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(408, headers={"connection": "close"}) from error
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size > self._most:
                raise HTTPException(413, headers={"connection": "close"})
            return message

        await self._app(scope, bounded, send)
