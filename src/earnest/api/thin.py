"""A thin endpoint: ASGI as it is, for addresses that answer thousands of times a second. It guards itself."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from starlette.types import Receive, Scope, Send


@runtime_checkable
class Thin(Protocol):
    """An endpoint that reads the request itself, all methods, and stands before the framework's machinery."""

    thin: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
