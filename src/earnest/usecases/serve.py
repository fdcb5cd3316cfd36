"""Keep a server running: one process that receives, one that builds for each workspace; what dies is started again.

    supervisor ─ owns the listening socket ─┬─ HTTP process (python -m earnest.api)
                                            └─ builder (earnest build --follow), one a workspace

The socket outlives every HTTP process: while one is started anew, callers wait in the backlog, and nobody is refused.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from earnest.kernel.errors import Conflict, EnvironmentProblem, NotFound, UsageError
from earnest.usecases.same_key import Keys
from earnest.usecases.workspace import Workspace, open_workspace

BACKLOG = 2_048
STOP_SECONDS = 10.0
READY_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 1.0
"""A process that lived so long after it was ready is started again at once."""
TRIES_TO_BEGIN = 3
_PR_SET_PDEATHSIG = 1


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to serve.

    Args:
        workspaces: named one by one. folder: whose subfolders are served too, looked up again at each SIGHUP.
        public_url: where the server is called from outside, without a path. trusted_proxies: addresses whose
            X-Forwarded-For is believed. log_level: debug, info, warning, error. clicks_per_address: kept at once, a tenth of
            them each second; 0: no bound; None: the usual one.
    """

    workspaces: tuple[Path, ...] = ()
    folder: Path | None = None
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    log_level: str = "info"
    clicks_per_address: int | None = None

    def served(self, *, before: Mapping[str, Path] | None = None, say: Say | None = None) -> dict[str, Path]:
        """Name in addresses → folder, of every workspace now.

        Args:
            before: those served until now. A new one with the secret of one of them is left out, and `say` is told.

        Raises:
            NotFound: `no-workspace`. Conflict: `workspace-name-twice`, `same-key`.
        """
        folders = list(self.workspaces)
        if self.folder is not None:
            folders += sorted(path.parent for path in self.folder.glob("*/journal.db"))
        found: dict[str, Path] = {}
        for folder in folders:
            name = open_workspace(folder).path.resolve().name
            if found.setdefault(name, folder.resolve()) != folder.resolve():
                raise Conflict(
                    "workspace-name-twice",
                    f"two workspaces are called '{name}', and the folder's name is part of the address",
                    hint="Rename one of the folders.",
                )
        if not found:
            raise NotFound(
                "no-workspace",
                f"there is no workspace in {self.folder or Path()}",
                hint="Create one: earnest init DIR --currency EUR --timezone Europe/Berlin",
            )
        return _of_different_keys(found, before or {}, say)


def _of_different_keys(found: Mapping[str, Path], before: Mapping[str, Path], say: Say | None) -> dict[str, Path]:
    """Without new ones that have the secret of one that was served before; raises Conflict where none was."""
    keys = Keys()
    left_out = set()
    for name in sorted(found, key=lambda name: before.get(name) != found[name]):
        try:
            keys.claim_if_there(Workspace(found[name]))
        except Conflict as error:
            if not before:
                raise
            left_out.add(name)
            if say is not None:
                say(f"Workspace {name} is left out (same-key): {error.message}. {error.hint}")
    return {name: folder for name, folder in found.items() if name not in left_out}


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        UsageError: `bad-host`. EnvironmentProblem: `port-in-use`, `port-refused`.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(
            "bad-host", f"'{host}' is no address of this machine", hint="For example 127.0.0.1."
        ) from error
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        in_use = isinstance(error, OSError) and error.errno in (98, 48)
        raise EnvironmentProblem(
            "port-in-use" if in_use else "port-refused",
            f"port {port} of {host} is in use by another program" if in_use else f"{host}:{port}: {error.strerror}",
            hint="Stop that program, or choose another port: --port 8421.",
        ) from error
    return listening


@dataclass(slots=True)
class Child:
    """A process that should run, and what became of it so far."""

    name: str
    argv: list[str]
    ready_fd: int | None = None
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    ready_at: float = 0.0
    failures: int = 0
    due: float = 0.0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(number)


@dataclass(slots=True)
class Supervisor:
    """Runs the processes of a plan on a socket until told to stop.

    Args:
        say: a line about what happens. on_ready: called once, when requests are answered.
    """

    plan: Plan
    listening: socket.socket
    say: Say
    on_ready: Callable[[], None] = lambda: None
    _http: Child | None = None
    _next: Child | None = None
    _retiring: list[Child] = field(default_factory=list)
    _builders: dict[str, Child] = field(default_factory=dict)
    _signals: list[int] = field(default_factory=list)
    _begun: bool = False
    _served: dict[str, Path] = field(default_factory=dict)

    def run(self) -> int:
        """Serve; the exit code."""
        with self._waking() as wake:
            self._served = self.plan.served()
            self._http = self._http_child()
            self._renew_builders()
            while True:
                self._wait(wake)
                if self._stop_asked():
                    return self._stop(0)
                self._watch_http()
                self._watch_builders()
                if not self._begun and self._http.failures >= TRIES_TO_BEGIN:
                    self.say("The HTTP process does not start; its lines above say why.")
                    return self._stop(1)

    def _stop_asked(self) -> bool:
        asked, self._signals[:] = list(self._signals), []
        if signal.SIGHUP in asked:
            self._renew()
        return signal.SIGTERM in asked or signal.SIGINT in asked

    def _watch_http(self) -> None:
        """Start what died, and let a new process take over once it answers."""
        assert self._http is not None
        if self._next is not None:
            self._look(self._next)
            if self._next.ready:
                self._http.signal(signal.SIGHUP)
                self._retiring.append(self._http)
                self._http, self._next = self._next, None
                self.say("The new HTTP process has taken over.")
            elif not self._next.running:
                self.say("The new HTTP process did not start; the old one stays.")
                self._next = None
        self._look(self._http)
        if self._http.ready and not self._begun:
            self._begun = True
            self.on_ready()
        self._revive(self._http)
        self._retiring = [child for child in self._retiring if child.running]

    def _watch_builders(self) -> None:
        for builder in self._builders.values():
            self._revive(builder)

    def _revive(self, child: Child) -> None:
        """Start a child that does not run, when it is due."""
        now = time.monotonic()
        if child.running:
            return
        if child.process is not None:
            steady = child.ready and now - child.ready_at > STEADY_SECONDS
            child.failures = 0 if steady else child.failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**child.failures) if child.failures else 0.0
            self.say(f"{child.name} ended with code {child.process.returncode}; it is started again in {pause:g} s.")
            child.process, child.ready, child.due = None, False, now + pause
        if now >= child.due:
            self._start(child)

    def _start(self, child: Child) -> None:
        argv, passed = list(child.argv), []
        told: int | None = None
        if child.argv[1:3] == ["-m", "earnest.api"]:
            child.ready_fd, told = os.pipe()
            argv += ["--fd", str(self.listening.fileno()), "--ready-fd", str(told)]
            passed = [self.listening.fileno(), told]
        child.process = subprocess.Popen(argv, pass_fds=passed, process_group=0, preexec_fn=_die_with_parent)  # noqa: S603, PLW1509
        if told is None:
            child.ready, child.ready_at = True, time.monotonic()
        else:
            os.close(told)

    def _look(self, child: Child) -> None:
        """See whether a child has said that it is ready."""
        if child.ready_fd is None or not select.select([child.ready_fd], [], [], 0)[0]:
            return
        if os.read(child.ready_fd, 16):
            child.ready, child.ready_at = True, time.monotonic()
        os.close(child.ready_fd)
        child.ready_fd = None

    def _renew(self) -> None:
        """Start everything anew: the plan's workspaces are looked up again, and the old process serves until the new one can."""
        if self._next is not None:
            self._next.signal(signal.SIGTERM)
            self._retiring.append(self._next)
        try:
            self._served = self.plan.served(before=self._served, say=self.say)
        except (NotFound, Conflict) as error:
            self.say(f"Nothing was renewed: {error.message}.")
            self._next = None
            return
        self._next = self._http_child()
        self._start(self._next)
        self._renew_builders()

    def _renew_builders(self) -> None:
        for name, builder in list(self._builders.items()):
            builder.signal(signal.SIGTERM)
            if name not in self._served:
                self._retiring.append(self._builders.pop(name))
        quiet = [] if self.plan.log_level == "debug" else ["--quiet"]
        for name, folder in self._served.items():
            if name not in self._builders:
                argv = [sys.executable, "-c", _CLI, "build", "--follow", "--workspace", str(folder), *quiet]
                self._builders[name] = Child(f"The builder of {name}", argv)

    def _http_child(self) -> Child:
        argv = [sys.executable, "-m", "earnest.api", "--log-level", self.plan.log_level]
        for folder in self._served.values():
            argv += ["--workspace", str(folder)]
        if self.plan.public_url:
            argv += ["--public-url", self.plan.public_url]
        for proxy in self.plan.trusted_proxies:
            argv += ["--trusted-proxy", proxy]
        if self.plan.clicks_per_address is not None:
            argv += ["--clicks-per-address", str(self.plan.clicks_per_address)]
        return Child("The HTTP process", argv)

    def _stop(self, code: int) -> int:
        """Take no more calls, let everything finish, and kill what does not."""
        self.listening.close()
        children = [*self._retiring, *self._builders.values(), *(one for one in (self._http, self._next) if one)]
        for child in children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(
                    f"{child.name} did not stop within {STOP_SECONDS:g} s, and is killed; nothing answered is lost."
                )
                child.process.kill()
                child.process.wait()
        return code

    @contextlib.contextmanager
    def _waking(self) -> Iterator[int]:
        """Signals end the wait; what they ask for is done between waits."""
        readable, writable = os.pipe()
        os.set_blocking(writable, False)
        before = {number: signal.signal(number, self._heard) for number in _HEARD}
        old = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        try:
            yield readable
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(readable)
            os.close(writable)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def _wait(self, wake: int) -> None:
        children = [*self._builders.values(), *(one for one in (self._http, self._next) if one)]
        ready = [child.ready_fd for child in children if child.ready_fd is not None]
        now = time.monotonic()
        due = min((child.due - now for child in children if child.process is None), default=1.0)
        heard, _, _ = select.select([wake, *ready], [], [], min(1.0, max(0.0, due)))
        if wake in heard:
            os.read(wake, 4096)


_HEARD: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_CLI = "from earnest.cli.main import main; main()"


def _die_with_parent() -> None:
    """Between fork and exec: on Linux, SIGTERM when the supervisor dies however it dies, so that nobody serves unwatched."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
