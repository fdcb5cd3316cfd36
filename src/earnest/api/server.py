"""The HTTP process: opens the workspaces, serves them on a socket that it was given, and stops without losing anything.

    SIGTERM, SIGINT   no new connections; finish what is under way; write what waits; exit 0
    SIGHUP            the same, more patiently: another process has taken over the socket
    a broken journal  answer 503 to what waits, then exit 70: whoever started it starts it anew

`earnest serve` starts this; it is no command of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvicorn

from earnest.api.app import make_app
from earnest.api.front import Front
from earnest.api.logs import configure, log
from earnest.api.place import Broken, Place, name_of
from earnest.api.protocol import BoundedProtocol
from earnest.api.redirect_memory import Memory, Redirects
from earnest.api.throttle import CLICKS_AT_ONCE, Limits, Throttle, clicks_limit
from earnest.channels.channel import channels
from earnest.channels.signing.scheme import schemes
from earnest.kernel.errors import Conflict, EarnestError
from earnest.usecases.same_key import Keys
from earnest.usecases.source_secrets import Secrets
from earnest.usecases.workspace import Workspace, open_workspace

EXIT_BROKEN = 70
EXIT_NOTHING_TO_SERVE = 71
EXIT_SAME_KEY = 72
SAVE_SECONDS = 5.0
DRAIN_SECONDS = 1.0
HAND_OVER_SECONDS = 5.0
"""How long connections may finish by themselves after a new process has taken over."""
FINISH_SECONDS = 4.0
KEEP_ALIVE_SECONDS = 75
"""Longer than the proxies before us keep theirs, so that none sends into a connection we are closing."""
BACKLOG = 2_048
GARBAGE_OBJECTS = 10_000
SWITCH_SECONDS = 0.0005
"""The writer's thread asks for the interpreter so soon; with Python's 5 ms, every step of a transaction may wait that long."""


class Served:
    """The workspaces of this process. What could not be opened is tried again every few seconds; its links lead on meanwhile.

    Args:
        folders: name → folder.

    Raises:
        Conflict: `same-key`. One that can be read only later, and then turns out to have another's secret, is left out.
    """

    def __init__(self, folders: Mapping[str, Path], on_broken: Broken, secrets: Secrets) -> None:
        self.secrets = secrets
        self._folders = folders
        self._on_broken = on_broken
        self._keys = Keys()
        for folder in folders.values():
            self._keys.claim_if_there(Workspace(folder))
        self.redirects = Redirects(
            {name: Memory(Workspace(folder), keys=self._keys) for name, folder in folders.items()}
        )
        self.places: dict[str, Place | EarnestError] = {}
        for name in folders:
            self.places[name] = self._open(name)
            self.redirects.memories[name].begin()

    def opened(self) -> list[Place]:
        """Those that are served."""
        return [place for place in self.places.values() if isinstance(place, Place)]

    async def reopen(self) -> None:
        """Try again what could not be opened; on the event loop, which waits for no disk meanwhile."""
        for name in [name for name, place in self.places.items() if not isinstance(place, Place)]:
            self.places[name] = await asyncio.to_thread(self._open, name)

    def _open(self, name: str) -> Place | EarnestError:
        before = self.places.get(name)
        try:
            workspace, lost = open_workspace(self._folders[name]), self.redirects.memories[name].lost
            self._keys.claim_if_there(workspace)
            place = Place(name, workspace, on_broken=self._on_broken, lost=lost)
        except EarnestError as error:
            if not isinstance(before, EarnestError) or before.code != error.code:
                log().error("workspace-unavailable", workspace=name, code=error.code, said=error.message)
            return error
        if before is not None:
            log().warning("workspace-opened", workspace=name)
        _tell_missing(place, self.secrets)
        return place


class Server(uvicorn.Server):
    """uvicorn's server with our signals and a drain: connections are told to close before any is closed."""

    def __init__(self, config: uvicorn.Config, served: Served, ready_fd: int | None) -> None:
        super().__init__(config)
        self.exit_code = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self._served = served
        self._reopening: asyncio.Task[None] | None = None
        self._drain_s = DRAIN_SECONDS
        self._ready_fd = ready_fd

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = self.loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: self.stop(drain_s=HAND_OVER_SECONDS))
        yield

    def stop(self, *, exit_code: int = 0, drain_s: float = DRAIN_SECONDS) -> None:
        """Stop soon; on the event loop's thread."""
        self.exit_code = self.exit_code or exit_code
        self._drain_s = drain_s
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_fd is not None:
            os.write(self._ready_fd, b"ready\n")
            os.close(self._ready_fd)

    async def on_tick(self, counter: int) -> bool:
        if counter % int(SAVE_SECONDS / 0.1) == 0:
            for place in self._served.opened():
                place.tally.save()
            if self._reopening is None or self._reopening.done():
                self._reopening = asyncio.create_task(self._served.reopen())
        if counter % 10 == 0:
            self._served.redirects.refresh_soon()
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                assert isinstance(connection, BoundedProtocol)
                connection.end_if_late(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        until = asyncio.get_running_loop().time() + self._drain_s
        while self.server_state.connections and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; the exit code."""
    asked = _arguments(arguments)
    configure(asked.log_level)
    _raise_file_limit()
    breaking = _Breaking()
    try:
        served = Served({name_of(folder): folder for folder in asked.workspace}, breaking, Secrets())
    except Conflict as error:
        log().error("refused", code=error.code, said=error.message, remedy=error.hint)
        return EXIT_SAME_KEY
    channels()  # found now, not by the first delivery
    schemes()
    if not served.opened() and not served.redirects.lead_anywhere():
        return EXIT_NOTHING_TO_SERVE
    app = make_app(served.places, public_url=asked.public_url, secrets=served.secrets, redirects=served.redirects)
    app.state.throttle = Throttle(Limits(clicks=clicks_limit(asked.clicks_per_address)))
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what is there now stays: no collection looks through it again, and makes deliveries wait
    gc.set_threshold(GARBAGE_OBJECTS)
    config = uvicorn.Config(
        Front(app),
        http=BoundedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(asked.trusted_proxy),
        forwarded_allow_ips=asked.trusted_proxy,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(FINISH_SECONDS),
        backlog=BACKLOG,
    )
    server = breaking.server = Server(config, served, asked.ready_fd)
    try:
        server.run(sockets=[socket.socket(fileno=asked.fd)])
    finally:
        gc.unfreeze()
        for place in served.opened():
            place.close()
        served.redirects.close()
    log().warning("stopped", exit_code=server.exit_code)
    return server.exit_code


class _Breaking:
    """Stops the server when a journal breaks; called in a writer's thread."""

    server: Server | None = None

    def __call__(self, place: Place, error: EarnestError) -> None:
        if self.server is not None and self.server.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self.server.loop.call_soon_threadsafe(functools.partial(self.server.stop, exit_code=EXIT_BROKEN))
        log().error("journal-broken", workspace=place.name, code=error.code)


def _tell_missing(place: Place, secrets: Secrets) -> None:
    """Say at the start what would else be noticed by deliveries that are postponed."""
    for source in place.state().sources.values():
        missing = secrets.of(source).missing
        if source.enabled and missing:
            log().warning("secret-missing", workspace=place.name, source=source.name, references=missing)


def _raise_file_limit() -> None:
    """Each connection is a file: take as many as the system lets this process have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m earnest.api", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument("--ready-fd", type=int, help="told `ready` once requests are answered")
    parser.add_argument("--workspace", type=Path, action="append", required=True)
    parser.add_argument("--public-url")
    parser.add_argument("--trusted-proxy", action="append", default=[])
    parser.add_argument("--clicks-per-address", type=int, default=CLICKS_AT_ONCE, help="kept at once; 0: no bound")
    parser.add_argument("--log-level", default="info")
    return parser.parse_args(arguments)
