"""Work that takes longer than a request: one job a workspace at a time, in a thread; how far it is stands in a file.

start ── lock ── thread: work(progress) ── ended (result or error) ── unlock
The lock goes with the process: a job that has not ended and holds no lock was cut short. What it had journalled counts, and
nothing else of it does.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from earnest.kernel.durable import partial_file
from earnest.kernel.errors import Conflict, EarnestError
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

FOLDER = "uploads"
"""Of a workspace: files that wait to be imported, and the job; none of it is data yet."""
STATUS, LOCK = "job.json", ".job.lock"
TOLD_SECONDS = 0.3
"""The file is written at most so often."""
_TRIES, _PAUSE_SECONDS = 10, 0.02
_starting = threading.Lock()

Work = Callable[[Progress], dict[str, Any]]
"""Does the work and says what came of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """The last job of a workspace.

    Args:
        kind: check, import, undo, sample. about: what it works on. by: who asked for it.
        step, done, of: how far it is. result: what came of it. error: code, message and hint of what stopped it.
        cut: whether the process ended before the job did.
    """

    id: str
    kind: str
    about: str
    by: str
    began_us: int
    step: str = ""
    done: int = 0
    of: int = 0
    ended_us: int | None = None
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    cut: bool = False

    @property
    def running(self) -> bool:
        return self.ended_us is None and not self.cut

    @property
    def share(self) -> int | None:
        """How far it is, 0-100; None before anything is known."""
        return min(100, 100 * self.done // self.of) if self.of else None


def start(workspace: Workspace, kind: str, work: Work, *, about: str = "", by: str = "") -> Job:
    """Begin a job.

    Raises:
        Conflict: `job-running`, while another one of the workspace runs, in whatever process.
    """
    folder = workspace.path / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    held = _lock(folder)
    if held is None:
        raise Conflict(
            "job-running",
            "other work on this workspace is still under way",
            hint="Wait until it is done; /imports shows it.",
        )
    job = Job(secrets.token_hex(8), kind, about, by, workspace.clock())
    _write(folder, job)
    threading.Thread(target=_run, args=(workspace, job, work, held), name=f"job-{kind}", daemon=True).start()
    return job


def job_of(workspace: Workspace) -> Job | None:
    """The job that runs, or the last one; None if there never was one."""
    folder = workspace.path / FOLDER
    try:
        job = Job(**json.loads((folder / STATUS).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if job.ended_us is not None:
        return job
    held = _lock(folder, tries=1)
    if held is None:
        return job
    held.close()
    try:  # it may have ended between the two looks
        again = Job(**json.loads((folder / STATUS).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return again if again.ended_us is not None else replace(again, cut=True)


def wait_for(workspace: Workspace, job: Job, seconds: float) -> Job:
    """The job, once it has ended or so many seconds have passed: what is quick needs no second look."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        now = job_of(workspace)
        if now is None or now.id != job.id or not now.running:
            return now or job
        time.sleep(_PAUSE_SECONDS)
    return job_of(workspace) or job


def forget_job(workspace: Workspace) -> None:
    """Forget a job that has ended: what came of it was read."""
    job = job_of(workspace)
    if job is not None and not job.running:
        (workspace.path / FOLDER / STATUS).unlink(missing_ok=True)


def _run(workspace: Workspace, job: Job, work: Work, held: TextIO) -> None:
    folder, told = workspace.path / FOLDER, [0.0]
    last = [job]

    def progress(what: str, done: int, of: int) -> None:
        last[0] = replace(last[0], step=what, done=done, of=of)
        now = time.monotonic()
        if now - told[0] >= TOLD_SECONDS:
            told[0] = now
            _write(folder, last[0])

    try:
        ended = replace(job, result=work(progress))
    except EarnestError as error:
        ended = replace(job, error={"code": error.code, "message": error.message, "hint": error.hint or ""})
    except Exception as error:  # whatever it is: the page must tell that the work has stopped
        ended = replace(job, error={"code": "unexpected", "message": type(error).__name__, "hint": ""})
    with held:
        _write(folder, replace(ended, step=last[0].step, done=last[0].done, of=last[0].of, ended_us=workspace.clock()))


def _lock(folder: Path, *, tries: int = _TRIES) -> TextIO | None:
    """Hold the workspace's job lock until the file is closed; None if somebody else does."""
    with _starting:
        try:
            stream = (folder / LOCK).open("w")
        except OSError:
            return None
        for _ in range(tries):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return stream
            time.sleep(_PAUSE_SECONDS if tries > 1 else 0)
        stream.close()
        return None


def _write(folder: Path, job: Job) -> None:
    """A disk without room for it keeps the old one; the work goes on."""
    with contextlib.suppress(OSError), partial_file(folder / STATUS) as partial:
        partial.write_text(json.dumps(asdict(job), default=str))
        partial.replace(folder / STATUS)
