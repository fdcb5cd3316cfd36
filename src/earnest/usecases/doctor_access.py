"""Checks of who may come in, and of backups."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from earnest.access.records import ApiKey
from earnest.access.roles import ADMIN
from earnest.kernel.errors import EarnestError
from earnest.kernel.period import DAY_US, HOUR_US, moment_of
from earnest.usecases.access import ACCESS_FILE, open_access
from earnest.usecases.doctor_case import Case, Symptom, Unlooked
from earnest.usecases.gaps import duration

_SOON_US = 14 * DAY_US
_BACKUP_US = 48 * HOUR_US


def no_admin(case: Case) -> Iterator[Symptom]:
    if case.listen is None:
        raise Unlooked("it is not known where the server listens")
    if _loopback(case.listen):
        return
    if (case.workspace.path / ACCESS_FILE).is_file():
        with open_access(case.workspace) as store:
            if any(user.role == ADMIN and user.disabled_us is None for user in store.users()):
                return
    yield Symptom(
        f"the server listens on {case.listen}, and there is no admin who can sign in",
        "earnest user add NAME --role admin",
    )


def key_expired(case: Case) -> Iterator[Symptom]:
    for key in _keys(case):
        if key.expires_us is not None and -_SOON_US <= key.expires_us - case.now_us <= 0:
            yield Symptom(
                f"API key {key.name} expired on {_day(key.expires_us)}",
                "Make a new one (earnest key create), and revoke this one.",
            )


def key_expiring(case: Case) -> Iterator[Symptom]:
    for key in _keys(case):
        if key.expires_us is not None and 0 < key.expires_us - case.now_us <= _SOON_US:
            yield Symptom(
                f"API key {key.name} expires on {_day(key.expires_us)}",
                "Make a new one (earnest key create), change to it, and revoke this one.",
            )


def key_without_expiry(case: Case) -> Iterator[Symptom]:
    for key in _keys(case):
        if key.expires_us is None:
            yield Symptom(f"API key {key.name} never expires", "Make one that does, change to it, and revoke this one.")


def no_backup(case: Case) -> Iterator[Symptom]:
    case.need_journal()
    with case.workspace.journal() as journal:
        first = journal.entry(1)
    remedy = "earnest backup create DIR, every night: see docs/operations.md."
    if case.backups:
        age_us = case.now_us - case.backups[-1].received_us
        if age_us > _BACKUP_US:
            yield Symptom(f"the last backup was made {duration(age_us)} ago", remedy)
    elif first is not None and case.now_us - first.received_us > _BACKUP_US:
        yield Symptom(
            f"the workspace is {duration(case.now_us - first.received_us)} old and was never backed up", remedy
        )


def backup_on_same_disk(case: Case) -> Iterator[Symptom]:
    if case.backups and case.backups[-1].data.get("same_disk"):
        yield Symptom(
            "the last backup lies on the workspace's own disk", "Copy backups to another machine, or make them there."
        )


def _keys(case: Case) -> list[ApiKey]:
    """API keys that were not revoked."""
    if not (case.workspace.path / ACCESS_FILE).is_file():
        return []
    if not case.writable:
        raise Unlooked("the workspace's folder cannot be written")
    try:
        with open_access(case.workspace) as store:
            return [key for key in store.api_keys() if key.revoked_us is None]
    except EarnestError as error:
        raise Unlooked(error.message) from error


def _loopback(address: str) -> bool:
    host = address.strip("[]")
    if host in ("localhost", ""):
        return host == "localhost"
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _day(us: int) -> str:
    return moment_of(us).date().isoformat()
