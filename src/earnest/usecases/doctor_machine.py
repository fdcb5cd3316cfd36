"""Checks of the machine: versions, disk, file system, limits, time."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from earnest.journal.log import OLDEST_SQLITE
from earnest.kernel.period import moment_of
from earnest.usecases.doctor_case import Case, Symptom, Unlooked
from earnest.usecases.gaps import duration
from earnest.warehouse import duck, received

_FULLEST = 0.95
_LEAST_FREE = 1_000_000_000
_FEWEST_OPEN_FILES = 1_024
_CLOCK_TOLERANCE_US = 60_000_000
_LATE_US = 600_000_000
_FEWEST_EVENTS = 20
_DAY_US = 86_400_000_000
_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|fuse\.(sshfs|s3fs|rclone|glusterfs|gcsfuse)")


@dataclass(frozen=True, slots=True)
class Floor:
    """The lowest version of a package without a fault that reaches us, and what is wrong with older ones."""

    package: str
    oldest: str
    fault: str


FLOORS = (
    Floor("babel", "2.9.1", "CVE-2021-42771: locale files can be loaded from anywhere"),
    Floor("cryptography", "44.0.1", "CVE-2024-12797: bundled OpenSSL may miss a failed authentication"),
    Floor("h11", "0.16.0", "CVE-2025-43859: bodies can be split differently than by a proxy"),
    Floor("jinja2", "3.1.6", "CVE-2025-27516: templates can leave the sandbox"),
    Floor("pyarrow", "14.0.1", "CVE-2023-47248: files can run code when they are read"),
    Floor("python-multipart", "0.0.27", "forms can keep the server busy"),
    Floor("starlette", "0.49.1", "CVE-2025-62727: a Range header can keep the server busy"),
)
"""Tested against the lock, so that no release goes below; SQLite's floor is `journal.log.OLDEST_SQLITE`."""


def sqlite_too_old(case: Case) -> Iterator[Symptom]:
    oldest = ".".join(str(part) for part in OLDEST_SQLITE)
    if _parts(case.machine.sqlite) < OLDEST_SQLITE:
        yield Symptom(
            f"SQLite {case.machine.sqlite} is in use; {oldest} is the oldest that is safe", "pip install -U apsw"
        )


def dependency_too_old(case: Case) -> Iterator[Symptom]:
    for floor in FLOORS:
        version = case.machine.version(floor.package)
        if version is not None and _parts(version) < _parts(floor.oldest):
            yield Symptom(
                f"{floor.package} {version} is installed; {floor.oldest} is the oldest without {floor.fault}",
                f"pip install -U {floor.package}, or reinstall Earnest from its lock.",
            )


def time_zone_missing(case: Case) -> Iterator[Symptom]:
    names = {case.state.timezone, *(account.timezone for account in case.state.accounts.values())}
    for name in sorted(names):
        if not case.machine.has_zone(name):
            yield Symptom(f"the time zone {name} is not known on this machine", "pip install -U tzdata")


def open_files_low(case: Case) -> Iterator[Symptom]:
    if case.machine.open_files < _FEWEST_OPEN_FILES:
        yield Symptom(
            f"a process may hold {case.machine.open_files:,} files open; {_FEWEST_OPEN_FILES:,} are the least",
            "Set LimitNOFILE=65536 in the service's unit, or ulimit -n 65536.",
        )


def file_system_of_network(case: Case) -> Iterator[Symptom]:
    kind = _file_system(str(case.workspace.path.resolve()), case.machine.mounts)
    if kind and _NETWORK.fullmatch(kind):
        yield Symptom(
            f"the workspace stands on a network file system ({kind})",
            "Move it to a local disk; back up to the network instead.",
        )


def disk_nearly_full(case: Case) -> Iterator[Symptom]:
    total, free = case.machine.disk
    if free < _LEAST_FREE or free < (1 - _FULLEST) * total:
        yield Symptom(
            f"{free / 1e9:,.1f} GB of {total / 1e9:,.0f} GB are free where the workspace stands",
            "Make room, or move the workspace to a larger disk: from some point on every delivery is answered 503.",
        )


def clock_behind_journal(case: Case) -> Iterator[Symptom]:
    case.need_journal()
    with case.workspace.journal() as journal:
        last = journal.entry(journal.last_seq())
    if last is not None and last.received_us - case.now_us > _CLOCK_TOLERANCE_US:
        yield Symptom(
            f"the clock says {_utc(case.now_us)}, and the journal's last entry is of {_utc(last.received_us)}",
            "Set the clock (timedatectl), and keep it set by NTP. New entries get the last one's time until then.",
        )


def clock_far_off(case: Case) -> Iterator[Symptom]:
    """The providers' clocks are many and right: what they tell is never from the future, and some of it is always fresh."""
    case.need_journal()
    found = _lags(case)
    if found is None:
        return
    count, least, middle = found
    if count < _FEWEST_EVENTS:
        return
    by = f"of {count:,} events received in the last 24 hours"
    remedy = (
        "Set the clock (timedatectl), and keep it set by NTP: signatures with a time in them are refused otherwise."
    )
    if middle < -_CLOCK_TOLERANCE_US:
        yield Symptom(f"half {by} are told to have happened {duration(-middle)} or more after we received them", remedy)
    elif least > _LATE_US:
        yield Symptom(f"each {by} is told to have happened {duration(least)} or more before we received it", remedy)


def _lags(case: Case) -> tuple[int, int, int] | None:
    """Number of events received in the last 24 hours, the least and the middle time between event and receipt."""
    since = case.now_us - _DAY_US
    chunks = [chunk for chunk in received.load(case.workspace.events).chunks if chunk.last_us >= since]
    kinds = ("message", "reply", "click")
    files = [case.workspace.events / one.path for chunk in chunks for one in chunk.segments if one.kind in kinds]
    if not files:
        return None
    lags = "received_us - occurred_us"
    with contextlib.closing(duck.connect()) as con:
        row = con.execute(
            f"SELECT count(*), min({lags}), CAST(median({lags}) AS BIGINT) FROM {duck.parquet(files)} WHERE received_us >= $1",
            [since],
        ).fetchone()
    return (int(row[0]), int(row[1]), int(row[2])) if row and row[0] else None


def _file_system(path: str, mounts: str) -> str | None:
    """Type of the file system a path stands on: that of the longest mount point it lies under, the last one mounted."""
    if not mounts:
        raise Unlooked("this system does not tell its mounts")
    best, kind = -1, None
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[1])
        under = path == point or path.startswith(point.rstrip("/") + "/")
        if under and len(point) >= best:
            best, kind = len(point), fields[2]
    return kind


def _parts(version: str) -> tuple[int, ...]:
    """The numbers of a version, up to the first part that is none.

    Example:
        >>> _parts("0.49.1") < _parts("0.49.10rc1")
        True
    """
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _utc(us: int) -> str:
    return f"{moment_of(us):%Y-%m-%d %H:%M:%S} UTC"
