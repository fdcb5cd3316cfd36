"""uvicorn's HTTP protocol with bounds where it has none: how large a head may be, and how long one may take."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 10.0
MOST_HEAD = 64 * 1024
"""Bytes of address and headers of one request."""
MOST_HEADERS = 200
MOST_CONNECTIONS = 4_000
"""Open at once; more are answered 503 and closed. Each costs a file descriptor and a few KB."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    _head_bytes = 0
    _pending_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, "too-many-connections", "the server has as many connections as it takes")
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_complete()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._head_timer is not None:
            self._pending_bytes += len(data)
            if self._pending_bytes > MOST_HEAD and not self.transport.is_closing():
                self._refuse_head()
        elif self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()  # blank lines between requests: the next one is late from now on

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_timer is None:
            self._await_head()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._head_complete()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            self._refuse(400, "not-http", "the request is not HTTP/1.1 as it should be")

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD or len(self.headers) > MOST_HEADERS:
            if not self.transport.is_closing():
                self._refuse_head()
            raise _HeadTooLarge

    def _refuse_head(self) -> None:
        self._refuse(431, "head-too-large", f"the head has more than {MOST_HEAD:,} bytes or {MOST_HEADERS} headers")

    def _await_head(self) -> None:
        self._pending_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_late)

    def _head_complete(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._refuse(408, "too-slow", f"the head did not arrive within {HEAD_SECONDS:g} seconds")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer what never became a request, and close. In the midst of another answer: only close."""
        self._head_complete()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()
            return
        told: dict[str, Any] = {"type": f"urn:earnest:problem:{code}", "title": code, "status": status, "code": code}
        told |= {"detail": detail, "why": "The request cannot be read.", "remedy": "Send another."}
        body = json.dumps(told).encode()
        again = b"retry-after: 5\r\n" if status == 503 else b""
        self.transport.write(
            b"%scontent-type: application/problem+json\r\ncontent-length: %d\r\n%sconnection: close\r\n\r\n%s"
            % (STATUS_LINE[status], len(body), again, body)
        )
        self.transport.close()


class _HeadTooLarge(Exception):
    """Stops the parser; the answer has been given."""
