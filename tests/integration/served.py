"""Real servers on real sockets: the HTTP process alone, or `earnest serve` with everything; and who delivers to them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earnest.definitions.source import Source
from earnest.usecases.workspace import Workspace, init

SECRET = "s3cret-of-the-app"
ENVIRON = {"HOOK_SECRET": SECRET, "HOOK_TOKEN": "verify-me"}
_CLI = "from earnest.cli.main import main; main()"


def workspace(folder: Path, *sources: Source) -> Workspace:
    """A new workspace with sources; `wa` (WhatsApp) if none are named."""
    made = init(folder, currency="EUR", timezone="Europe/Berlin")
    for source in sources or (whatsapp("wa"),):
        made.record("source.set", source.to_json())
    return made


def whatsapp(name: str, secret: str = "env:HOOK_SECRET") -> Source:
    return Source(name, "whatsapp", "meta", (secret,), verify_token="env:HOOK_TOKEN")


def status_body(number: int, *, statuses: int = 1, padding: int = 0) -> bytes:
    """One WhatsApp delivery with statuses of its own."""
    told = [
        {"id": f"wamid.{number}.{one}", "status": "sent", "timestamp": "1772359200", "recipient_id": "4915112345678"}
        | ({"biz_opaque_callback_data": "x" * padding} if padding else {})
        for one in range(statuses)
    ]
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}, "statuses": told}
    change = {"field": "messages", "value": value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]}).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers Meta sends with a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}", "content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        told: dict[str, Any] = json.loads(self.body)
        assert {"type", "title", "status", "code", "detail", "why", "remedy"} <= set(told)
        assert told["status"] == self.status
        return told


@dataclass
class Served:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def deliver(self, body: bytes, path: str = "/hooks/wa", secret: str = SECRET) -> Answer:
        return self.ask("POST", path, body, signed(body, secret))

    def raw(self, sent: bytes, *, seconds: float = 15) -> bytes:
        """Bytes on a socket of their own → everything that comes back until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as one:
            heard = b""
            with contextlib.suppress(OSError):
                one.sendall(sent)
                while part := one.recv(65536):
                    heard += part
            return heard

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


def listening_socket() -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.listen(2048)
    return one


def start_http(
    socket_: socket.socket, folders: Sequence[Path], *, extra: Sequence[str] = (), log: Path | None = None
) -> subprocess.Popen[bytes]:
    """The HTTP process alone, when it answers."""
    ready, told = os.pipe()
    argv = [sys.executable, "-m", "earnest.api", "--fd", str(socket_.fileno()), "--ready-fd", str(told)]
    for folder in folders:
        argv += ["--workspace", str(folder)]
    with contextlib.ExitStack() as files:
        err = files.enter_context(log.open("ab")) if log else None
        level = [] if "--log-level" in extra else ["--log-level", "info" if log else "error"]
        process = subprocess.Popen(
            [*argv, *level, *extra], pass_fds=[socket_.fileno(), told], env=os.environ | ENVIRON, stderr=err
        )
    os.close(told)
    with os.fdopen(ready, "rb") as pipe:
        assert pipe.readline() == b"ready\n", f"the server ended with code {process.wait()}"
    return process


@contextlib.contextmanager
def http_process(*folders: Path, extra: Sequence[str] = (), log: Path | None = None) -> Iterator[Served]:
    """The HTTP process alone, on a socket of the test's."""
    with listening_socket() as one:
        process = start_http(one, folders, extra=extra, log=log)
        try:
            yield Served(process, one.getsockname()[1])
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def serving(*arguments: str, log: Path | None = None, environ: Mapping[str, str] = ENVIRON) -> Iterator[Served]:
    """`earnest serve`, when it says that it answers; stopped at the end."""
    argv = [sys.executable, "-c", _CLI, "serve", "--port", "0", "--json", *arguments]
    with contextlib.ExitStack() as files:
        err = files.enter_context(log.open("ab")) if log else None
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=err, env=os.environ | environ)
    try:
        assert process.stdout is not None
        text = b"".join(iter_until(process.stdout.readline, b"}\n"))
        address = json.loads(text)["data"]["address"]
        yield Served(process, int(address.rpartition(":")[2]))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout is not None:
            process.stdout.close()


def iter_until(read: Callable[[], bytes], last: bytes) -> Iterator[bytes]:
    """Lines up to and with the one that is `last`, or to the end."""
    while line := read():
        yield line
        if line == last:
            return


def children(pid: int, named: str) -> list[int]:
    """Processes that this one started and whose command line has a word."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if named in Path(f"/proc/{child}/cmdline").read_text().replace("\0", " "):
                found.append(int(child))
    return found


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something, or fail."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@dataclass
class Senders:
    """Providers that deliver without a pause, each body until it is acknowledged, over several connections.

    Args:
        refused: connections that nobody took. answers: status → how many.
    """

    port: int
    connections: int = 6
    path: str = "/hooks/wa"
    padding: int = 0
    acknowledged: list[bytes] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    refused: int = 0
    broken: int = 0
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Senders:
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(self.connections)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        connection: http.client.HTTPConnection | None = None
        body: bytes | None = None
        while not self._stopping.is_set():
            body = body or status_body(next(self._numbers), padding=self.padding)
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                    connection.connect()
            except OSError:
                self.refused += 1
                connection = None
                time.sleep(0.01)
                continue
            try:
                connection.request("POST", self.path, body, signed(body))
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self.broken += 1
                connection.close()
                connection = None
                continue
            with self._lock:
                self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
            if answer.status == 200:
                self.acknowledged.append(body)
                body = None
            else:
                time.sleep(0.02)
            if answer.getheader("connection") == "close":
                connection.close()
                connection = None
        if connection is not None:
            connection.close()


def kept(place: Workspace, source: str = "wa") -> dict[bytes, int]:
    """Body → how often it is in the journal; its chain is intact."""
    found: dict[bytes, int] = {}
    with place.journal() as journal:
        for entry in journal.received(after=0):
            if entry.source == source:
                found[entry.body] = found.get(entry.body, 0) + 1
        assert journal.verify() is None
    return found


def check_all_kept(place: Workspace, acknowledged: Sequence[bytes], source: str = "wa") -> None:
    """Everything acknowledged is in the journal, and everything that is there is there once."""
    found = kept(place, source)
    assert set(acknowledged) <= set(found)
    assert set(found.values()) <= {1}


@contextlib.contextmanager
def in_this_process(place: Workspace, environ: Mapping[str, str]) -> Iterator[int]:
    """The server's application on a socket of its own, in a thread: for what needs a clock of the test's. The port."""
    import uvicorn

    from earnest.api.app import make_app
    from earnest.api.front import Front
    from earnest.api.place import Place
    from earnest.api.protocol import BoundedProtocol
    from earnest.usecases.source_secrets import Secrets

    served = Place("shop", place)
    app = Front(make_app({"shop": served}, secrets=Secrets(environ)))
    config = uvicorn.Config(app, http=BoundedProtocol, loop="uvloop", ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with listening_socket() as one:
        thread = threading.Thread(target=server.run, args=([one],), daemon=True)
        thread.start()
        try:
            until(lambda: server.started)
            yield one.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
            served.close()
