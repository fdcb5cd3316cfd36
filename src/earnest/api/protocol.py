"""uvicorn's HTTP protocol with bounds where it has none: how large a head may be, how long head and body may take.

Nothing is timed by timers of its own, which cost more than a request: each connection notes since when it waits for what,
and the server looks over all of them once a second.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from earnest.api.limits import takes_files

HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
"""A body of 3 MB over 1.2 Mbit/s. Providers give up sooner."""
SLOW_SECONDS = 5.0
LEAST_RATE = 32 << 10
"""Bytes a second, on the average since the head, of a body that takes longer than `SLOW_SECONDS`: nobody holds memory by trickling."""
MOST_HEAD = 64 * 1024
"""Bytes of address and headers of one request."""
MOST_HEADERS = 200
MOST_CONNECTIONS = 4_000
"""Open at once; more are answered 503 and closed. Each costs a file descriptor and a few KB."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `_since`: since when it waits for the rest of a head or body; None while it waits for neither."""

    _since: float | None = None
    _in_body = False
    _pending_bytes = 0
    _body_bytes = 0
    _long = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, "too-many-connections", "the server has as many connections as it takes")

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._since is None:
            if self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete):
                self._since = self.loop.time()  # blank lines between requests: the next one is late from now on
        elif not self._in_body:
            self._pending_bytes += len(data)
            if self._pending_bytes > MOST_HEAD and not self.transport.is_closing():
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since, self._in_body, self._pending_bytes = self.loop.time(), False, 0

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MOST_HEAD or len(self.headers) > MOST_HEADERS:
            self._refuse_head()
            raise _HeadTooLarge
        self._since, self._in_body, self._body_bytes = self.loop.time(), True, 0
        self._long = takes_files(self.url.partition(b"?")[0].decode("latin-1"))
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            self._refuse(400, "not-http", "the request is not HTTP/1.1 as it should be")

    def end_if_late(self, now: float) -> None:
        """Answer 408 and close if the rest of a head or body does not come."""
        if self._since is None or self.transport is None or self.transport.is_closing():
            return
        if not self._in_body and now - self._since > HEAD_SECONDS:
            self._refuse(408, "too-slow", f"the head did not arrive within {HEAD_SECONDS:g} seconds")
        elif self._in_body and self._body_late(now - self._since):
            cycle, answered = self.cycle, self.cycle.response_started
            cycle.disconnected, cycle.response_complete = True, True
            cycle.message_event.set()
            if answered:
                self.transport.close()
            else:
                self._refuse(408, "too-slow", "the body arrives too slowly")

    def _body_late(self, seconds: float) -> bool:
        return (seconds > BODY_SECONDS and not self._long) or (
            seconds > SLOW_SECONDS and self._body_bytes < LEAST_RATE * seconds
        )

    def _refuse_head(self) -> None:
        self._refuse(431, "head-too-large", f"the head has more than {MOST_HEAD:,} bytes or {MOST_HEADERS} headers")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer what never became a request, and close. In the midst of another answer: only close."""
        self._since = None
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
