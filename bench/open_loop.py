"""A sender in a process of its own: requests at a fixed rate, whether or not the server keeps up, or as fast as it answers.

Open loop: a request's latency counts from the moment it was due, also while it waits for a free connection; a sender that
waits for answers before it sends more (wrk, hey) would leave out just the requests that a stall delays.

    python -m bench.open_loop --port 8420 --path /hooks/wa --rate 1000 --seconds 20      prints one JSON object
    python -m bench.open_loop --port 8420 --get --path /r/CODE --path /r/OTHER
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field

import uvloop

_BODY = (
    '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"statuses":[{"id":"wamid.%s",'
    '"status":"delivered","timestamp":"1772359200","recipient_id":"49151%08d","biz_opaque_callback_data":"camp-%d",'
    '"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"marketing"}}]},"field":"messages"}]}]}'
)
_BROWSER = (
    "host: 127.0.0.1\r\nuser-agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
    "Safari/537.36\r\naccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "accept-language: de-DE,de;q=0.9\r\naccept-encoding: gzip, deflate, br, zstd\r\nsec-fetch-dest: document\r\n"
    "sec-fetch-mode: navigate\r\nsec-fetch-site: none\r\nsec-fetch-user: ?1\r\nupgrade-insecure-requests: 1\r\n"
)


@dataclass
class Run:
    """What is sent and what came of it. Args: paths: taken in turn. get: GET requests as a browser's, without a body."""

    paths: list[str]
    secret: str
    get: bool = False
    requests: deque[bytes] = field(default_factory=deque)
    due: deque[tuple[float, bytes]] = field(default_factory=deque)
    idle: deque[Connection] = field(default_factory=deque)
    """In turn, so that none is so long without a request that the server lets it go."""
    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    saturate: bool = False
    until: float = 0.0

    def make(self, number: int, mark: str) -> bytes:
        """One signed delivery of a status of its own, or one visit."""
        path = self.paths[number % len(self.paths)]
        if self.get:
            return f"GET {path} HTTP/1.1\r\n{_BROWSER}\r\n".encode()
        body = (_BODY % (f"{mark}{number:010d}", number % 100_000_000, number % 20)).encode()
        said = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nuser-agent: facebookexternalua\r\n"
            f"accept: */*\r\nx-hub-signature-256: sha256={said}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.heard = b""
        self.due = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  (uvloop's own class)
        self.run.idle.append(self)

    def send(self, due: float, request: bytes) -> None:
        self.due = due
        assert self.transport is not None
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, found, rest = self.heard.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        self.heard = b""
        now = time.perf_counter()
        status = int(head[9:12])
        run = self.run
        run.statuses[status] = run.statuses.get(status, 0) + 1
        run.seconds.append(now - self.due)
        if run.saturate and now < run.until and run.requests:
            self.send(now, run.requests.popleft())
        elif run.due:
            self.send(*run.due.popleft())
        else:
            run.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        print(f"a connection was closed: {exc}", file=sys.stderr)


async def drive(run: Run, *, port: int, connections: int, rate: float, seconds: float) -> float:
    """Send; the seconds that sending and answering took."""
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", port)
    while len(run.idle) < connections:
        await asyncio.sleep(0.001)
    began = time.perf_counter()
    run.until = began + seconds
    if not rate:
        run.saturate = True
        for connection in [run.idle.popleft() for _ in range(connections)]:
            connection.send(time.perf_counter(), run.requests.popleft())
        while time.perf_counter() < run.until and run.requests:
            await asyncio.sleep(0.01)
    else:
        planned = min(len(run.requests), int(rate * seconds))
        for number in range(planned):
            due = began + number / rate
            wait = due - time.perf_counter()
            if wait > 0.0005:
                await asyncio.sleep(wait)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            if run.idle:
                run.idle.popleft().send(due, run.requests.popleft())
            else:
                run.due.append((due, run.requests.popleft()))
    end = time.perf_counter() + 10
    while len(run.idle) < connections and time.perf_counter() < end:
        await asyncio.sleep(0.005)
    return time.perf_counter() - began


def main() -> None:
    """Run what the arguments say and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", action="append", help="default: /hooks/wa")
    parser.add_argument("--get", action="store_true", help="GET requests, as a browser sends them")
    parser.add_argument("--secret", default="bench-secret")
    parser.add_argument("--rate", type=float, default=0, help="requests a second; 0: as fast as they are answered")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--most", type=int, default=60_000, help="requests made beforehand when saturating")
    asked = parser.parse_args()
    run = Run(asked.path or ["/hooks/wa"], asked.secret, asked.get)
    mark = f"{time.time_ns():x}"
    wanted = int(asked.rate * asked.seconds) if asked.rate else asked.most
    run.requests.extend(run.make(number, mark) for number in range(wanted))
    took = uvloop.run(
        drive(run, port=asked.port, connections=asked.connections, rate=asked.rate, seconds=asked.seconds)
    )
    taken = sorted(run.seconds)
    told = {
        "answered": len(taken),
        "statuses": run.statuses,
        "per_second": len(taken) / took,
        "p50_ms": taken[len(taken) // 2] * 1000,
        "p99_ms": taken[min(len(taken) - 1, int(len(taken) * 0.99))] * 1000,
        "max_ms": taken[-1] * 1000,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
